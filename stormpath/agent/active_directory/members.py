"""The members of a group in Active Directory: a part of them at a time, each with its id.

The server returns at most ``MaxValRange`` values of an attribute (1,500 unless an administrator changed that)
and is asked for the rest by ``member;range=1500-*`` (MS-ADTS 3.1.1.3.1.3.3). A group whose members change
meanwhile is read again by the next run.

The primary group of an account, usually Domain Users, does not name it in ``member``: it is not mirrored.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import ldap
from ldap.controls import RequestControl

from stormpath.agent.connection import Connection
from stormpath.agent.directory_problems import DirectoryProblem
from stormpath.agent.entries import Entry
from stormpath.agent.search import Search, first

STEP: Final = 1500

#: DNs come as ``<GUID=...>;<SID=...>;CN=...`` (MS-ADTS 3.1.1.3.4.1.5); SEQUENCE { INTEGER 1 }: as text.
EXTENDED_DN: Final = RequestControl("1.2.840.113556.1.4.529", True, b"\x30\x03\x02\x01\x01")


def parts(connection: Connection, group_id: str, attribute: str, step: int = STEP) -> Iterator[Entry]:
    """Yield the group as an entry with some of its members, until all were there."""
    start = 0
    while (found := _part(connection, group_id, f"{attribute};range={start}-{start + step - 1}")) is not None:
        for name, values in found.attributes.items():
            plain, _, option = name.partition(";range=")
            if plain != attribute.casefold():
                continue
            yield Entry(found.dn, {plain: values})
            end = option.partition("-")[2]
            if not end.isdigit():
                return  # "*", or a server that returns everything at once.
            start = int(end) + 1
            break
        else:
            return


def _part(connection: Connection, group_id: str, asked: str) -> Entry | None:
    """Return the group with the values asked for; ``None`` when it is not there any more."""
    base = f"<GUID={group_id}>"
    try:
        return first(
            connection, Search(base, "(objectClass=*)", [asked], ldap.SCOPE_BASE, controls=(EXTENDED_DN,))
        )
    except DirectoryProblem as problem:
        # It was deleted since it was found: the next run tells that.
        if problem.kind == "base_not_found":
            return None
        raise
