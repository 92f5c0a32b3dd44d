"""Accounts as logins need them: by login name, with their password hashes and account links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from stormpath.server.domain.agent_logins import AgentLink
from stormpath.server.domain.hash_kinds import HashKind
from stormpath.server.schema.query import fold

#: The most colons in a username or an address. A login is ``name:password``, and both may hold colons: so
#: many names have to be looked for.
MOST_COLONS: Final = 15

#: What a username or an address has to match for that.
FEW_COLONS: Final = rf"[^:]*(:[^:]*){{0,{MOST_COLONS}}}"

#: The longest username or address, and the longest that is folded. A letter may be typed as several
#: characters, and folding takes a time that grows with the square of their number.
LONGEST_NAME: Final = 255
_LONGEST_TYPED: Final = 2 * LONGEST_NAME

#: The most names that `Logins.longest` looks for: each with the blanks around it, and without.
MOST_NAMES: Final = 2 * (MOST_COLONS + 1)


def find(
    logins: Logins, application_id: str, names: Sequence[str], store: tuple[str, str] | None
) -> tuple[str, Login | None]:
    """Return which of several folded names a login means, and its account, if there is one.

    One statement for one name, and two for several, whether there is an account or not.
    """
    name = names[0] if len(names) == 1 else logins.longest(application_id, names, store)
    return name, logins.find(application_id, name, store)


def names_meant(typed: str) -> list[str]:
    """Return the folded names that a login may mean: as it is, and without blanks around it.

    No account gets a name with blanks around it any more, and some have one from before.
    """
    if len(typed) > _LONGEST_TYPED:
        # No account's, and folding it may take long.
        return [typed]
    bare = typed.strip()
    return [fold(typed)] if bare == typed else [fold(typed), fold(bare)]


@dataclass(frozen=True, slots=True)
class Login:
    """The account a login names, with what decides whether it may enter.

    ``group_status`` and ``organization_status`` are those of what it was reached through, if it was.
    ``linking_status`` is that of the account linking policy that applies. ``agent_id`` is the agent of the
    account's directory, if it has one: it tries the passwords of which there is no hash.
    """

    account_id: str
    password_hash: str | None
    password_modified_at: int | None
    account_status: str
    directory_id: str
    directory_status: str
    group_status: str | None
    organization_status: str | None
    linking_status: str | None
    agent_id: str | None

    def __repr__(self) -> str:
        return f"<Login of account {self.account_id}>"


class Match(NamedTuple):
    """An account that a login name finds in an account store of an application, and where that store is.

    ``list_index`` is the position among the stores of the application; ``inner_index`` that among the stores
    of the organization which is there.
    """

    login: Login
    list_index: int
    inner_index: int


class Logins(Protocol):
    """Accounts by their usernames and e-mail addresses."""

    def find(
        self, application_id: str, login: str, store: tuple[str, str] | None, *, by_email: bool = False
    ) -> Login | None:
        """Return the first account, in the order of the application's stores, that a folded login names.

        An organization among them is searched in its place, store by store. With a ``store`` (its kind and
        id), only that one is searched. With ``by_email``, usernames are not searched.
        """

    def matches(self, application_id: str, login: str, limit: int) -> list[Match]:
        """Return all that a folded login name finds, in the order in which `find` takes the first of them.

        An account that several stores contain is there several times. One statement.
        """

    def longest(self, application_id: str, names: Sequence[str], store: tuple[str, str] | None) -> str:
        """Return the longest of several folded names for which `find` returns an account, else the first.

        One statement, however many names there are: at most ``MOST_NAMES``.
        """

    def has_stores(self, application_id: str, store: tuple[str, str] | None) -> bool:
        """Tell whether there is any directory or group that `find` searches."""

    def agent_link(self, directory_id: str, account_id: str) -> AgentLink | None:
        """Return the agent of a directory, and the entry of one of its accounts, if there is such an account.

        One statement, whether there is one or not.
        """

    def hash_kinds(self, application_id: str, store: tuple[str, str] | None) -> list[HashKind]:
        """Return the kinds of hashes in the directories that `find` searches, with their numbers.

        Large numbers are estimates. The cost depends on the number of kinds and directories (at most 16 are
        read), not on that of accounts.
        """


class PasswordHashes(Protocol):
    """The hashes of accounts' present and earlier passwords."""

    def latest(self, account_id: str, limit: int) -> list[str]:
        """Return the hashes of an account's latest passwords, its present one first."""

    def keep(self, account_id: str, id: str, limit: int) -> None:
        """Copy the present hash into the history under a new ``id``; remove all but the latest ``limit``."""

    def replace(self, account_id: str, old: str, new: str) -> bool:
        """Replace the present hash, unless it has changed since ``old`` was read; tell whether it was."""


@dataclass(frozen=True, slots=True)
class LinkEnd:
    """One link of an account: its id, and the account at its other end with its directory."""

    link_id: str
    account_id: str
    directory_id: str


class AccountLinks(Protocol):
    """The links between accounts."""

    def of_account(self, account_id: str) -> list[LinkEnd]:
        """Return the links of an account."""
