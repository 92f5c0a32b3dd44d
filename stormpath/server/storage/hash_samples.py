"""Samples of the password hashes in directories: a login needs to know of which kinds they are."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from random import Random
from typing import Final

import sqlalchemy as sa

from stormpath.server.storage import counts
from stormpath.server.storage.tables import Tables

#: The most directories of one application, and the rows of one directory.
MOST_DIRECTORIES: Final = 16
ROWS: Final = 256

#: The places in a large directory where rows are read.
_PLACES: Final = 16

#: Keys between two others are made of this many characters, of as many kinds.
_LENGTH: Final = 4
_KINDS: Final = 128


def of_directories(
    connection: sa.Connection, tables: Tables, directories: Iterable[str], seed: str
) -> list[tuple[str, float]]:
    """Return hashes of the directories' accounts, each with the number of accounts that it stands for."""
    totals = counts.totals(connection, tables, "account", directories)
    found: list[tuple[str, float]] = []
    for each, total in totals.items():
        hashes = _of_directory(connection, tables, each, total, f"{seed} {each}")
        # Accounts without a password stand for others without one.
        weight = total / len(hashes) if hashes else 0
        found += [(stored, weight) for stored in hashes if stored is not None]
    return found


def _of_directory(
    connection: sa.Connection, tables: Tables, directory: str, total: int, seed: str
) -> list[str | None]:
    """Return the hashes, ``None`` where there is none, of up to `ROWS` accounts.

    E-mail addresses say little about how a password was hashed, unlike the time of creation: whole imports
    are of one time. So rows are read in the order of addresses, in places all over the directory.
    """
    accounts = tables.of["account"].c
    of_directory = accounts.directory_id == directory
    in_order = sa.select(accounts.password_hash).where(of_directory).order_by(accounts.email_key)
    if total <= ROWS:
        return list(connection.execute(in_order.limit(ROWS)).scalars())
    low, high = (
        connection.execute(sa.select(each(accounts.email_key)).where(of_directory)).scalar_one()
        for each in (sa.func.min, sa.func.max)
    )
    windows = [
        in_order.where(accounts.email_key >= each).limit(ROWS // _PLACES).subquery()
        for each in keys_between(low, high, seed)
    ]
    return list(connection.execute(sa.union_all(*(sa.select(each) for each in windows))).scalars())


def keys_between(low: str, high: str, seed: str) -> list[str]:
    """Return `_PLACES` keys from one to the other, at about equal distances; the seed moves them a little."""
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(low, high, strict=False)))
    begin, end = (_number(each[shared:]) for each in (low, high))
    random = Random(seed)  # noqa: S311  # the seed is the secret
    steps = ((place + random.random()) / _PLACES for place in range(_PLACES))
    return [low[:shared] + _text(int(begin + (end - begin) * each)) for each in steps]


def _number(text: str) -> int:
    number = 0
    for place in range(_LENGTH):
        code = ord(text[place]) if place < len(text) else 0
        number = number * _KINDS + min(code, _KINDS - 1)
    return number


def _text(number: int) -> str:
    codes = []
    for _ in range(_LENGTH):
        number, code = divmod(number, _KINDS)
        # PostgreSQL takes no NUL.
        codes.append(chr(max(code, 1)))
    return "".join(reversed(codes))
