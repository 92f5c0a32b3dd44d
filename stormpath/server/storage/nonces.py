"""Values that may be used once, such as the nonces of signed requests."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from stormpath import forks
from stormpath.server.storage.database import Database
from stormpath.server.storage.group_commit import GroupCommit

#: The longest value whose digest is taken directly; the SHA-256 of a longer one stands for it.
_LONGEST: Final = 160

#: A part of the table is looked through for old values once in so many values, and has so many rows: ten for
#: each new one.
_FORGET_EVERY: Final = 100
_LOOKED_THROUGH: Final = 1000

#: Seconds between the announcement that older values are refused and their deletion: longer than a statement
#: takes that was begun before the announcement.
ANNOUNCED: Final = 60.0

_LEAST: Final = -(2**63)
_GREATEST: Final = 2**63 - 1

# A value with a date at or before the horizon is refused, whether it is stored or not.
_IS_LATER: Final = (
    "> coalesce((SELECT CAST(value AS BIGINT) FROM service_state WHERE name = 'nonces_horizon'), 0)"
)
_SQLITE_INSERT: Final = (
    f"INSERT INTO nonces (digest, expires_at) SELECT ?, ? WHERE ? {_IS_LATER} ON CONFLICT DO NOTHING"
)
_POSTGRESQL_INSERT: Final = _SQLITE_INSERT.replace("?", "%s")
# In the order of the digests: two processes that insert the same ones never wait for each other.
_POSTGRESQL_INSERT_MANY: Final = (
    "INSERT INTO nonces (digest, expires_at) SELECT digest, expires_at "
    "FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS given (digest, expires_at, dated) "
    "WHERE dated " + _IS_LATER + " ORDER BY digest ON CONFLICT DO NOTHING RETURNING digest, expires_at"
)
_RAISE_HORIZON: Final = (
    "INSERT INTO service_state (name, value) VALUES ('nonces_horizon', ?) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value "
    "WHERE CAST(service_state.value AS BIGINT) < CAST(excluded.value AS BIGINT)"
)
_END_OF_PART: Final = "SELECT digest FROM nonces WHERE digest >= ? ORDER BY digest LIMIT 1 OFFSET ?"
_FORGET: Final = "DELETE FROM nonces WHERE digest BETWEEN ? AND ? AND expires_at <= ?"


class _Nonce(NamedTuple):
    digest: int
    expires_at: int
    dated: int
    now: int


class Nonces:
    """The used values of all tenants (``stormpath.server.domain.api_keys.Nonces``).

    A value is proven new by its insertion into one table, for all processes. Those of several threads share a
    commit, and no commit waits for the disk: after a power failure, what was signed just before it could be
    sent once more.

    **The table holds digests** of 64 bits, which are its key: one small tree is cheaper than text and an
    index. Two values have the same digest by a chance of 1 in 2^64, and then the second is refused. One that
    was used before is never accepted.

    **No clock lets a replay pass.** A value is deleted only when everything dated like it is refused anyway,
    also by processes whose clock is behind or is put back: the table has a horizon, and the insertion itself
    compares the date with it. The horizon is two ``window`` s (seconds) back, and rises as fast as the
    monotonic clock of this process, however far its wall clock jumps ahead. When a clock that was wrong from
    the start is put right, signed requests are refused until it has caught up: never accepted twice.

    **The table is bounded** without an index by age. A process goes round it, ten rows for each value that
    it remembers, and deletes what is behind a horizon that it announced a minute or more before. So a round
    takes a tenth as many values as there are rows, and the table holds at most a ninth more than what was
    signed within three windows and two minutes. Several processes go round from places chosen by chance, and
    look at ten rows for each value together.
    """

    def __init__(
        self, database: Database, window: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._window_ms = round(window * 1000)
        self._monotonic = monotonic
        self._insert = self._into_sqlite if database.dialect == "sqlite" else self._into_postgresql
        self._group = GroupCommit[_Nonce, bool](self._write)
        self._mark = "?" if database.dialect == "sqlite" else "%s"
        self._after_fork()
        forks.renew_in_child(self)

    def _after_fork(self) -> None:
        # Used by the one thread that writes.
        self._until_forgetting = _FORGET_EVERY
        self._began: tuple[float, int] | None = None
        self._announced: tuple[float, int] | None = None
        self._horizon: int | None = None
        self._place = _digest_of(os.urandom(8))

    def remember(self, purpose: str, value: str, dated: int, now: int) -> bool:
        if len(value) > _LONGEST:
            value = hashlib.sha256(value.encode()).hexdigest()
        digest = _digest_of(f"{purpose}\0{value}".encode())
        return self._group.add(_Nonce(digest, dated + self._window_ms, dated, now))

    def _write(self, nonces: Sequence[_Nonce]) -> Sequence[bool]:
        return self._database.write_without_wait(lambda driver: self._insert_and_forget(driver, nonces))

    def _insert_and_forget(self, driver: Any, nonces: Sequence[_Nonce]) -> Sequence[bool]:
        if self._began is None:
            self._began = (self._monotonic(), nonces[0].now)
        are_new = self._insert(driver, nonces)
        self._until_forgetting -= len(nonces)
        if self._until_forgetting <= 0:
            self._until_forgetting = _FORGET_EVERY
            self._forget(driver, nonces[-1].now, *self._began)
        return are_new

    def _into_sqlite(self, driver: Any, nonces: Sequence[_Nonce]) -> Sequence[bool]:
        if len(nonces) == 1:
            return [driver.execute(_SQLITE_INSERT, nonces[0][:3]).rowcount == 1]
        driver.execute("BEGIN IMMEDIATE")
        try:
            are_new = [driver.execute(_SQLITE_INSERT, each[:3]).rowcount == 1 for each in nonces]
            driver.execute("COMMIT")
        except BaseException:
            if driver.in_transaction:
                driver.execute("ROLLBACK")
            raise
        return are_new

    def _into_postgresql(self, driver: Any, nonces: Sequence[_Nonce]) -> Sequence[bool]:
        if len(nonces) == 1:
            return [driver.execute(_POSTGRESQL_INSERT, nonces[0][:3]).rowcount == 1]
        columns = [list(each) for each in zip(*(each[:3] for each in nonces), strict=True)]
        inserted = set(driver.execute(_POSTGRESQL_INSERT_MANY, columns).fetchall())
        are_new = []
        for each in nonces:
            # Of those that came twice in one group, one is new: the one of the date that was inserted.
            are_new.append(each[:2] in inserted)
            inserted.discard(each[:2])
        return are_new

    def _forget(self, driver: Any, now: int, began: float, began_at: int) -> None:
        """Raise the horizon once in a while; delete part of what is behind the one before."""
        clock = self._monotonic()
        if self._announced is None or clock - self._announced[0] >= ANNOUNCED:
            if self._announced is not None:
                self._horizon = self._announced[1]
            raised = min(now, began_at + round((clock - began) * 1000)) - 2 * self._window_ms
            self._execute(driver, _RAISE_HORIZON, str(raised))
            self._announced = (clock, raised)
        if self._horizon is not None:
            row = self._execute(driver, _END_OF_PART, self._place, _LOOKED_THROUGH - 1).fetchone()
            last = _GREATEST if row is None else int(row[0])
            self._execute(driver, _FORGET, self._place, last, self._horizon)
            self._place = _LEAST if last == _GREATEST else last + 1

    def _execute(self, driver: Any, statement: str, *parameters: Any) -> Any:
        return driver.execute(statement.replace("?", self._mark), parameters)


def _digest_of(value: bytes) -> int:
    """Return 64 bits as both databases store them. Migration 0011 has a copy: a change needs another one."""
    return int.from_bytes(hashlib.blake2b(value, digest_size=8).digest(), "big", signed=True)
