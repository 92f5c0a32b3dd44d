"""What every tracker does: tell what an entry is, list ids, and check first that the settings fit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

import ldap

from stormpath.agent import names, search
from stormpath.agent.connection import Connection
from stormpath.agent.contract import Sink
from stormpath.agent.directory_problems import DirectoryProblem
from stormpath.agent.directory_settings import DirectorySettings, EntrySettings
from stormpath.agent.entries import ID_ATTRIBUTES, Entry
from stormpath.agent.mapping import Mapper

#: Below such an entry lie others: where it moves, they move with it, and no other entry tells of that.
CONTAINERS: Final = (
    "organizationalUnit",
    "organization",
    "domain",
    "dcObject",
    "container",
    "nsContainer",
    "builtinDomain",
    "country",
    "locality",
)

_ANY: Final = "(objectClass=*)"
_DIGEST_BYTES: Final = 16


class SetDigest:
    """A digest of a set of texts that does not depend on their order: equal sets have equal digests."""

    def __init__(self) -> None:
        self.count = 0
        self._sum = 0

    def add(self, text: str) -> None:
        """Fold one text in."""
        self.count += 1
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        self._sum += int.from_bytes(digest[:_DIGEST_BYTES])

    def __str__(self) -> str:
        return f"{self.count}:{self._sum % (1 << 8 * _DIGEST_BYTES):x}"


def searched(settings: DirectorySettings) -> tuple[EntrySettings, EntrySettings]:
    """Return what is searched for, accounts first: groups name them."""
    return settings.accounts, settings.groups


def attributes_of(mapper: Mapper, of: EntrySettings) -> list[str]:
    """Return the attributes to ask for."""
    return mapper.account_attributes if of.kind == "account" else mapper.group_attributes


def tell(entry: Entry, kind: str, mapper: Mapper, sink: Sink) -> str | None:
    """Tell the sink what an entry is, a group with its members; return its id."""
    if kind == "account":
        if (account := mapper.account(entry)) is None:
            return None
        sink.account(account)
        return account.id
    if (group := mapper.group(entry)) is None:
        return None
    sink.group(group)
    sink.members(group.id, mapper.member_keys(entry))
    return group.id


def ids(connection: Connection, of: EntrySettings) -> Iterator[str]:
    """Yield the ids of all accounts, or groups, and nothing else of them."""
    asked = search.Search(of.base, of.filter, ID_ATTRIBUTES, is_small=True)
    return (entry_id for entry in search.entries(connection, asked) if (entry_id := entry.id) is not None)


def containers(connection: Connection, settings: DirectorySettings) -> str:
    """Return a digest of the names of what contains accounts and groups."""
    digest = SetDigest()
    classes = "".join(f"(objectClass={each})" for each in CONTAINERS)
    for base in _outermost({settings.accounts.base, settings.groups.base}):
        asked = search.Search(base, f"(|{classes})", ID_ATTRIBUTES, is_small=True)
        for entry in search.entries(connection, asked):
            digest.add(f"{entry.id} {entry.dn}")
    return str(digest)


def _outermost(bases: set[str]) -> list[str]:
    return [
        base
        for base in sorted(bases)
        if not any(base != other and names.is_below(base, other) for other in bases)
    ]


def check(connection: Connection, settings: DirectorySettings) -> None:
    """Check before a full run that the settings fit the server; raise ``DirectoryProblem``.

    A wrong filter or a wrong attribute would empty the mirror.
    """
    for each in searched(settings):
        at_base = search.Search(each.base, _ANY, search.NO_ATTRIBUTES, ldap.SCOPE_BASE)
        if search.first(connection, at_base) is None:
            hidden = f"The LDAP server at {connection.address} shows agentUserDn no entry {each.base}"
            raise DirectoryProblem(
                "base_not_found", f"{hidden}: check baseDn, dnSuffix and its access rights."
            )
    accounts, email = settings.accounts, settings.account_attributes.email
    if not _matches(connection, accounts.base, accounts.filter):
        raise DirectoryProblem(
            "nothing_matches",
            f"The account filter {accounts.filter} matches no entry below {accounts.base}: check "
            "objectClass, objectFilter and dnSuffix.",
        )
    if not _matches(connection, accounts.base, f"(&{accounts.filter}({email}=*))"):
        raise DirectoryProblem(
            "attribute_missing",
            f"No account below {accounts.base} has the attribute {email}: check emailRdn, and that "
            "agentUserDn may read it.",
        )


def _matches(connection: Connection, base: str, search_filter: str) -> bool:
    return search.first(connection, search.Search(base, search_filter, search.NO_ATTRIBUTES)) is not None
