"""The kinds of password hashes in directories: how many accounts have imported ones of which scheme and cost.

A login needs to know this of the directories that it searches. The index of imported hashes answers it, at a
cost that depends on the number of kinds: the hashes of one kind stand together, in the order of their salts,
which are random. So the first few hundred tell, by how far they reach, how many there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import takewhile
from typing import Final

import sqlalchemy as sa

from stormpath.server.domain.hash_kinds import HashKind, bind_kind, kind_of
from stormpath.server.storage import counts
from stormpath.server.storage.service_tables import IS_IMPORTED
from stormpath.server.storage.tables import Tables

#: The most directories of one application, and the most kinds in one of them; others are left out.
MOST_DIRECTORIES: Final = 16
MOST_KINDS: Final = 16

#: Hashes that are read at a time: all of a small directory, and the first ones of a kind in a large one.
ROWS: Final = 256

#: Greater than every character of a hash.
_AFTER: Final = "~"

#: The characters of salts: the alphabets of bcrypt and of base64 have these places in common.
_DIGITS: Final = {
    each: place
    for place, each in enumerate("/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 1)
}
_LENGTH: Final = 8


def of_directories(
    connection: sa.Connection, tables: Tables, directories: Mapping[str, str | None]
) -> list[HashKind]:
    """Return the kinds of the directories' hashes; those that were not imported are one kind.

    ``directories`` are their ids, with those of their agents: where there is one, accounts without a hash are
    a kind of their own.
    """
    found: list[HashKind] = []
    for directory, total in counts.totals(connection, tables, "account", directories).items():
        imported = _imported(connection, tables, directory, total)
        rest = max(0.0, total - sum(each.number for each in imported))
        found += imported
        if directories[directory] is not None:
            bound = rest * _share_without_hash(connection, tables, directory)
            found.append(HashKind(bind_kind(directory), bound))
            rest -= bound
        found.append(HashKind(None, rest))
    return found


def _share_without_hash(connection: sa.Connection, tables: Tables, directory: str) -> float:
    """Return which part of the accounts whose hash was not imported have none: of the oldest and the newest.

    In a directory of Active Directory it is all of them. In one of LDAP, logins renew imported hashes.
    """
    accounts = tables.of["account"].c
    of_directory = sa.select(
        accounts.password_hash.is_(None).label("has_none"), sa.text(f"{IS_IMPORTED} AS is_imported")
    ).where(accounts.directory_id == directory)
    ends = (of_directory.order_by(each).limit(ROWS // 2) for each in (accounts.id, accounts.id.desc()))
    rows = [row for each in ends for row in connection.execute(each)]
    own = [row.has_none for row in rows if not row.is_imported]
    return sum(own) / len(own) if own else 1.0


def _imported(connection: sa.Connection, tables: Tables, directory: str, total: int) -> list[HashKind]:
    accounts = tables.of["account"].c
    of_directory = (accounts.directory_id == directory, sa.text(IS_IMPORTED))
    hashes = sa.select(accounts.password_hash).where(*of_directory).order_by(accounts.password_hash)
    found: list[HashKind] = []
    after = ""
    while len(found) < MOST_KINDS:
        rows = list(connection.execute(hashes.where(accounts.password_hash > after).limit(ROWS)).scalars())
        if len(rows) < ROWS:
            numbers = Counter(map(kind_of, rows))
            return found + [
                HashKind(kind, numbers[kind]) for kind in list(numbers)[: MOST_KINDS - len(found)]
            ]
        kind = kind_of(rows[0])
        of_kind = list(takewhile(lambda each, kind=kind: each.startswith(kind), rows))  # type: ignore[misc]
        number = float(len(of_kind))
        if len(of_kind) == ROWS:
            highest = sa.select(sa.func.max(accounts.password_hash)).where(*of_directory)
            last = connection.execute(highest.where(accounts.password_hash < kind + _AFTER)).scalar_one()
            number = min(float(total), ROWS / part_before(rows[-1], rows[0], last))
        found.append(HashKind(kind, number))
        after = kind + _AFTER
    return found


def part_before(middle: str, first: str, last: str) -> float:
    """Return which part of all hashes, from the first to the last, stand before one if they are random."""
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
    low, here, high = (_number(each[shared : shared + _LENGTH]) for each in (first, middle, last))
    return max(here - low, 1) / max(high - low, 1) if high > low else 1.0


def _number(text: str) -> int:
    number = 0
    for place in range(_LENGTH):
        number = number * 64 + _DIGITS.get(text[place : place + 1], 0)
    return number
