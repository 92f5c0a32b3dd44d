"""A model of the service in plain Python values: an application, organizations, directories."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from end_to_end.tokens_model import Tokens

Json = dict[str, Any]

ENABLED, DISABLED, UNVERIFIED = "ENABLED", "DISABLED", "UNVERIFIED"


@dataclass
class Directory:
    """A directory; its name is unique among all."""

    name: str
    description: str | None = None
    status: str = ENABLED
    custom_data: Json = field(default_factory=dict)


@dataclass
class Group:
    """A group of a directory (its href), in which the name is unique."""

    directory: str
    name: str
    description: str | None = None
    status: str = ENABLED
    custom_data: Json = field(default_factory=dict)


@dataclass
class Account:
    """An account of a directory (its href), in which username and e-mail are unique."""

    directory: str
    username: str
    email: str
    given_name: str | None = None
    surname: str | None = None
    status: str = ENABLED
    email_verification_status: str = UNVERIFIED
    custom_data: Json = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.given_name, self.surname) if part)


@dataclass
class Organization:
    """An organization; its name and its key are unique among all."""

    name: str
    name_key: str
    status: str = ENABLED
    custom_data: Json = field(default_factory=dict)


@dataclass
class Mapping:
    """A store (its href) of the application, or of an organization."""

    store: str
    is_default_account_store: bool = False
    is_default_group_store: bool = False


class Refused(Exception):
    """The service has to refuse this, with that code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Codes:
    """The codes of refused creations and mappings: without a default store, and with a disabled one."""

    of_accounts: tuple[int, int]
    of_groups: tuple[int, int]
    mapped_twice: int
    group_for_groups: int


OF_APPLICATION = Codes((5100, 5101), (5102, 5103), 5104, 5112)
OF_ORGANIZATION = Codes((4600, 4601), (4602, 4603), 4604, 4612)

#: Where the application's default store is an organization, which has none in turn, or a disabled one.
DELEGATED = {"is_default_account_store": (5116, 5117), "is_default_group_store": (5118, 5119)}

#: The owner of the application's mappings; those of an organization are under its href.
APPLICATION = ""


class Model:
    """Everything by href, in the order of creation; mappings by owner, in the order of their list index."""

    def __init__(self) -> None:
        self.directories: dict[str, Directory] = {}
        self.groups: dict[str, Group] = {}
        self.accounts: dict[str, Account] = {}
        self.memberships: list[tuple[str, str]] = []
        self.organizations: dict[str, Organization] = {}
        self.mappings_of: dict[str, dict[str, Mapping]] = {APPLICATION: {}}
        # Directories whose new accounts have to verify their address; passwords changed since the creation.
        self.verifying: set[str] = set()
        self.passwords: dict[str, str] = {}
        self.tokens = Tokens()

    @property
    def mappings(self) -> dict[str, Mapping]:
        """The application's."""
        return self.mappings_of[APPLICATION]

    def owners(self) -> dict[str, Directory | Group | Account | Organization]:
        """Return everything that has custom data."""
        return {**self.directories, **self.groups, **self.accounts, **self.organizations}

    def stores(self) -> dict[str, Directory | Group]:
        """Return everything that an application and an organization can map."""
        return {**self.directories, **self.groups}

    def codes(self, owner: str) -> Codes:
        return OF_ORGANIZATION if owner in self.organizations else OF_APPLICATION

    def check_free(self, kind: str, name: str, value: str, directory: str | None, but: str = "") -> None:
        """Refuse a name that another one of the same place has, in any letter case."""
        for href, each in getattr(self, kind).items():
            same_place = directory is None or each.directory == directory
            if href != but and same_place and getattr(each, name).casefold() == value.casefold():
                raise Refused(2001)

    def check_account(self, account: Account, but: str = "") -> None:
        """Refuse an account whose username or e-mail is taken."""
        self.check_free("accounts", "username", account.username, account.directory, but)
        self.check_free("accounts", "email", account.email, account.directory, but)

    def check_organization(self, organization: Organization, but: str = "") -> None:
        """Refuse an organization whose name or key is taken."""
        self.check_free("organizations", "name", organization.name, None, but)
        self.check_free("organizations", "name_key", organization.name_key, None, but)

    def check_member(self, account: str, group: str) -> None:
        """Refuse a membership that is there, or across directories."""
        if self.accounts[account].directory != self.groups[group].directory:
            raise Refused(2014)
        if (account, group) in self.memberships:
            raise Refused(409)

    def check_mapping(self, mapping: Mapping, owner: str = APPLICATION, *, is_new: bool) -> None:
        """Refuse a group as the default place of groups, and a store that is mapped already."""
        codes = self.codes(owner)
        if mapping.is_default_group_store and mapping.store in self.groups:
            raise Refused(codes.group_for_groups)
        if is_new and any(each.store == mapping.store for each in self.mappings_of[owner].values()):
            raise Refused(codes.mapped_twice)

    def account_store(self, owner: str = APPLICATION) -> str:
        """Return the store that the owner's new accounts go to."""
        return self._default_store(owner, "is_default_account_store", self.codes(owner).of_accounts)

    def group_store(self, owner: str = APPLICATION) -> str:
        """Return the directory that the owner's new groups go to."""
        return self._default_store(owner, "is_default_group_store", self.codes(owner).of_groups)

    def _default_store(self, owner: str, flag: str, codes: tuple[int, int]) -> str:
        none, disabled = codes
        mappings = self.mappings_of[owner].values()
        found = next((each.store for each in mappings if getattr(each, flag)), None)
        if found is None:
            raise Refused(none)
        if found in self.organizations:
            if self.organizations[found].status == DISABLED:
                raise Refused(disabled)
            return self._default_store(found, flag, DELEGATED[flag])
        if DISABLED in (self.stores()[found].status, self.directory_of(found).status):
            raise Refused(disabled)
        return found

    def directory_of(self, store: str) -> Directory:
        return self.directories[self.groups[store].directory if store in self.groups else store]

    def place(self, href: str, mapping: Mapping, index: int | None, owner: str = APPLICATION) -> None:
        """Put a mapping at an index (at the end without one), and take its flags from the others."""
        mappings = self.mappings_of[owner]
        for flag in ("is_default_account_store", "is_default_group_store"):
            if getattr(mapping, flag):
                for each in mappings.values():
                    setattr(each, flag, False)
                setattr(mapping, flag, True)
        if index is None and href in mappings:
            mappings[href] = mapping
            return
        order = [each for each in mappings if each != href]
        order.insert(len(order) if index is None else max(0, index), href)
        self.mappings_of[owner] = {each: mapping if each == href else mappings[each] for each in order}

    def remove_directory(self, href: str) -> None:
        """Remove a directory and all that is in it."""
        for group in self.in_directory(self.groups, href):
            self.remove_group(group)
        for account in self.in_directory(self.accounts, href):
            self.remove_account(account)
        self._unmap(href)
        self.verifying.discard(href)
        del self.directories[href]

    def remove_group(self, href: str) -> None:
        self.memberships = [each for each in self.memberships if each[1] != href]
        self._unmap(href)
        del self.groups[href]

    def remove_organization(self, href: str) -> None:
        self._unmap(href)
        del self.mappings_of[href], self.organizations[href]

    def remove_account(self, href: str) -> None:
        self.memberships = [each for each in self.memberships if each[0] != href]
        self.tokens.end(href)
        self.passwords.pop(href, None)
        del self.accounts[href]

    def in_directory(self, among: dict[str, Any], directory: str) -> list[str]:
        return [href for href, each in among.items() if each.directory == directory]

    def members(self, group: str) -> list[str]:
        """Return the accounts of a group, in the order of their creation."""
        return [href for href in self.accounts if (href, group) in self.memberships]

    def groups_of(self, account: str) -> list[str]:
        return [href for href in self.groups if (account, href) in self.memberships]

    def reached(self, owner: str = APPLICATION) -> set[str]:
        """Return the directories and groups that an owner maps, by way of organizations too."""
        stores = {each.store for each in self.mappings_of[owner].values()}
        return stores.union(*(self.reached(each) for each in stores if each in self.organizations))

    def accounts_of(self, owner: str = APPLICATION) -> list[str]:
        """Return the accounts of all mapped stores, each once."""
        stores = self.reached(owner)
        return [
            href
            for href, each in self.accounts.items()
            if each.directory in stores or any((href, group) in self.memberships for group in stores)
        ]

    def all_groups_of(self, owner: str = APPLICATION) -> list[str]:
        """Return the groups that are mapped, and those of all mapped directories, each once."""
        stores = self.reached(owner)
        return [href for href, each in self.groups.items() if href in stores or each.directory in stores]

    def _unmap(self, store: str) -> None:
        for owner, mappings in self.mappings_of.items():
            kept = {href: each for href, each in mappings.items() if each.store != store}
            self.mappings_of[owner] = kept


def ordered(hrefs: Iterable[str], value: Callable[[str], str | None], *, descending: bool) -> list[str]:
    """Return the hrefs as a list is ordered: in no letter case, nulls at the high end, ties as created."""

    def key(href: str) -> tuple[bool, str]:
        text = value(href)
        return text is None, (text or "").casefold()

    return sorted(hrefs, key=key, reverse=descending)
