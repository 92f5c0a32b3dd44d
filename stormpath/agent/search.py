"""Searches: entries one by one, in pages (RFC 2696) where the server has them, in bounded memory."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import ldap
from ldap.controls import LDAPControl
from ldap.controls.libldap import SimplePagedResultsControl
from ldap.filter import escape_filter_chars

from stormpath.agent import referrals
from stormpath.agent.connection import Connection
from stormpath.agent.directory_problems import DirectoryProblem, problem
from stormpath.agent.entries import GUID, ID_ATTRIBUTES, Entry

PAGE_SIZE: Final = 500
#: What a search asks for that needs the DNs alone (RFC 4511 4.5.1.8).
NO_ATTRIBUTES: Final = ("1.1",)

_MAX_REFERENCES: Final = 1000


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked for."""

    base: str
    filter: str
    attributes: Sequence[str]
    scope: int = ldap.SCOPE_SUBTREE
    #: Further controls of each request, such as those of Active Directory.
    controls: tuple[LDAPControl, ...] = ()
    #: 0 for all entries.
    size_limit: int = 0


@dataclass(slots=True)
class _Page:
    """What the end of a page says."""

    references: list[Sequence[str]] = field(default_factory=list)
    cookie: bytes = b""


def entries(connection: Connection, search: Search, trail: referrals.Trail | None = None) -> Iterator[Entry]:
    """Yield what a search finds, as it comes; then what lies behind referrals, where they are followed.

    Raises ``DirectoryProblem`` at any moment: what came before it is part of the result only.
    """
    # The URLs of each name the same place.
    references: list[Sequence[str]] = []
    cookie = b""
    while True:
        page = _Page()
        try:
            yield from _page(connection, search, cookie, page)
        except ldap.REFERRAL as error:
            references.append(_urls_of(error))
            if not connection.settings.follows_referrals:
                raise problem(error, connection.address, search.base, search.filter) from error
        except ldap.SIZELIMIT_EXCEEDED as error:
            if not search.size_limit:
                raise problem(error, connection.address, search.base, search.filter) from error
        except ldap.LDAPError as error:
            raise problem(error, connection.address, search.base, search.filter) from error
        if len(references) < _MAX_REFERENCES:
            references += page.references
        if not page.cookie:
            break
        cookie = page.cookie
    if references and connection.settings.follows_referrals:
        yield from _elsewhere(connection, search, references, trail)


def first(connection: Connection, search: Search) -> Entry | None:
    """Return an entry that a search finds; ``None`` where there is none."""
    found = entries(
        connection,
        Search(search.base, search.filter, search.attributes, search.scope, search.controls, size_limit=1),
    )
    return next(found, None)


def dn_of(connection: Connection, base: str, entry_id: str) -> str | None:
    """Return the DN that an entry has now, by its id; ``None`` where it is not below the base any more."""
    found = first(connection, Search(base, _filter_of(entry_id), NO_ATTRIBUTES))
    return None if found is None else found.dn


def _filter_of(entry_id: str) -> str:
    escaped = escape_filter_chars(entry_id)
    parts = [f"({attribute}={escaped})" for attribute in ID_ATTRIBUTES if attribute != GUID]
    with suppress(ValueError):
        identified = uuid.UUID(entry_id)
        parts.append(f"({GUID}={''.join(f'{chr(92)}{each:02x}' for each in identified.bytes_le)})")
        digits = identified.hex
        # As 389 Directory Server writes it.
        parts.append(f"(nsUniqueId={'-'.join(digits[at : at + 8] for at in range(0, 32, 8))})")
    return f"(|{''.join(parts)})"


def _page(connection: Connection, search: Search, cookie: bytes, page: _Page) -> Iterator[Entry]:
    controls = list(search.controls)
    if not search.size_limit:
        # Not critical: a server without pages returns everything at once.
        controls.append(SimplePagedResultsControl(False, size=PAGE_SIZE, cookie=cookie))
    raw, seconds = connection.raw, connection.options.answer_seconds
    number = raw.search_ext(
        search.base,
        search.scope,
        search.filter,
        list(search.attributes),
        serverctrls=controls,
        timeout=int(seconds) or 1,
        sizelimit=search.size_limit,
    )
    is_done = False
    try:
        while not is_done:
            kind, data, _, answered = raw.result3(number, all=0, timeout=seconds)
            is_done = kind == ldap.RES_SEARCH_RESULT
            yield from _entries_of(data or (), page)
            if is_done:
                page.cookie = _cookie_of(answered)
    except ldap.LDAPError:
        is_done = True
        raise
    finally:
        if not is_done:
            connection.abandon(number)


def _entries_of(data: Sequence[tuple[Any, ...]], page: _Page) -> Iterator[Entry]:
    for dn, found, *_ in data:
        if dn is None:
            page.references.append([each if isinstance(each, str) else each.decode() for each in found])
        else:
            yield Entry.from_wire(dn, found)


def _cookie_of(controls: Sequence[Any]) -> bytes:
    for each in controls:
        if each.controlType == SimplePagedResultsControl.controlType:
            return bytes(each.cookie or b"")
    return b""


def _urls_of(error: ldap.LDAPError) -> list[str]:
    # The library writes "Referral:", then a URL a line.
    told = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    return [line.strip() for line in str(told.get("info") or "").splitlines() if "://" in line]


def _elsewhere(
    connection: Connection,
    search: Search,
    references: Sequence[Sequence[str]],
    trail: referrals.Trail | None,
) -> Iterator[Entry]:
    trail = trail or referrals.Trail.of(connection.settings, search.base)
    for urls in references:
        try:
            target, further, other = referrals.followed(connection, urls, search.base, search.scope, trail)
            with other:
                there = Search(target.base, search.filter, search.attributes, target.scope, search.controls)
                yield from entries(other, there, further)
        except DirectoryProblem as failure:
            if connection.settings.ignores_referral_problems:
                continue
            raise referrals.problem(connection.address, urls, failure) from failure
