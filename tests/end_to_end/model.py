"""What the service should hold, as plain Python values: one application, and directories with all in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

ENABLED, DISABLED = "ENABLED", "DISABLED"


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
    custom_data: Json = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.given_name, self.surname) if part)


@dataclass
class Mapping:
    """A store (its href) of the application."""

    store: str
    is_default_account_store: bool = False
    is_default_group_store: bool = False


class Refused(Exception):
    """The service has to refuse this, with that code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Model:
    """Everything by href, in the order of creation; ``mappings`` in the order of their list index."""

    def __init__(self) -> None:
        self.directories: dict[str, Directory] = {}
        self.groups: dict[str, Group] = {}
        self.accounts: dict[str, Account] = {}
        self.memberships: list[tuple[str, str]] = []
        self.mappings: dict[str, Mapping] = {}

    def owners(self) -> dict[str, Directory | Group | Account]:
        """Return everything that has custom data."""
        return {**self.directories, **self.groups, **self.accounts}

    def stores(self) -> dict[str, Directory | Group]:
        """Return everything that an application can map."""
        return {**self.directories, **self.groups}

    def check_free(self, kind: str, name: str, value: str, directory: str | None, but: str = "") -> None:
        """Refuse a name that another one of the same place has, in whatever letter case."""
        for href, each in getattr(self, kind).items():
            same_place = directory is None or each.directory == directory
            if href != but and same_place and getattr(each, name).casefold() == value.casefold():
                raise Refused(2001)

    def check_account(self, account: Account, but: str = "") -> None:
        """Refuse an account whose username or e-mail is taken."""
        self.check_free("accounts", "username", account.username, account.directory, but)
        self.check_free("accounts", "email", account.email, account.directory, but)

    def check_member(self, account: str, group: str) -> None:
        """Refuse a membership that is there, or across directories."""
        if self.accounts[account].directory != self.groups[group].directory:
            raise Refused(2014)
        if (account, group) in self.memberships:
            raise Refused(409)

    def check_mapping(self, mapping: Mapping, *, is_new: bool) -> None:
        """Refuse a group as the default place of groups, and a store that is mapped already."""
        if mapping.is_default_group_store and mapping.store in self.groups:
            raise Refused(5112)
        if is_new and any(each.store == mapping.store for each in self.mappings.values()):
            raise Refused(5104)

    def default_store(self, flag: str, none: int, disabled: int) -> str:
        """Return the store that the application's new accounts or groups go to."""
        found = next((each.store for each in self.mappings.values() if getattr(each, flag)), None)
        if found is None:
            raise Refused(none)
        if DISABLED in (self.stores()[found].status, self.directory_of(found).status):
            raise Refused(disabled)
        return found

    def directory_of(self, store: str) -> Directory:
        return self.directories[self.groups[store].directory if store in self.groups else store]

    def place(self, href: str, mapping: Mapping, index: int | None) -> None:
        """Put a mapping at an index (at the end without one), and take its flags from the others."""
        for flag in ("is_default_account_store", "is_default_group_store"):
            if getattr(mapping, flag):
                for each in self.mappings.values():
                    setattr(each, flag, False)
                setattr(mapping, flag, True)
        if index is None and href in self.mappings:
            return
        order = [each for each in self.mappings if each != href]
        order.insert(len(order) if index is None else max(0, index), href)
        self.mappings = {each: mapping if each == href else self.mappings[each] for each in order}

    def remove_directory(self, href: str) -> None:
        """Remove a directory and all that is in it."""
        for group in self.in_directory(self.groups, href):
            self.remove_group(group)
        for account in self.in_directory(self.accounts, href):
            self.remove_account(account)
        self._unmap(href)
        del self.directories[href]

    def remove_group(self, href: str) -> None:
        self.memberships = [each for each in self.memberships if each[1] != href]
        self._unmap(href)
        del self.groups[href]

    def remove_account(self, href: str) -> None:
        self.memberships = [each for each in self.memberships if each[0] != href]
        del self.accounts[href]

    def in_directory(self, among: dict[str, Any], directory: str) -> list[str]:
        return [href for href, each in among.items() if each.directory == directory]

    def members(self, group: str) -> list[str]:
        """Return the accounts of a group, in the order of their creation."""
        return [href for href in self.accounts if (href, group) in self.memberships]

    def groups_of(self, account: str) -> list[str]:
        return [href for href in self.groups if (account, href) in self.memberships]

    def application_accounts(self) -> list[str]:
        """Return the accounts of all mapped stores, each once."""
        stores = {each.store for each in self.mappings.values()}
        return [
            href
            for href, each in self.accounts.items()
            if each.directory in stores or any((href, group) in self.memberships for group in stores)
        ]

    def application_groups(self) -> list[str]:
        stores = {each.store for each in self.mappings.values()}
        return [href for href, each in self.groups.items() if href in stores or each.directory in stores]

    def _unmap(self, store: str) -> None:
        self.mappings = {href: each for href, each in self.mappings.items() if each.store != store}


def ordered(hrefs: Iterable[str], value: Callable[[str], str | None], *, descending: bool) -> list[str]:
    """Return the hrefs as a list is ordered: in no letter case, nulls at the high end, ties as created."""

    def key(href: str) -> tuple[bool, str]:
        text = value(href)
        return text is None, (text or "").casefold()

    return sorted(hrefs, key=key, reverse=descending)
