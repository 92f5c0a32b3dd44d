"""Values that may be used once, such as the nonces of signed requests."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from stormpath import forks
from stormpath.server.storage.database import Database
from stormpath.server.storage.group_commit import GroupCommit

#: The longest value that is stored as it is; a digest stands for a longer one.
_LONGEST: Final = 160

#: Old values are looked for once in so many values; at most so many are deleted then.
_FORGET_EVERY: Final = 100
_FORGOTTEN_AT_ONCE: Final = 400

#: Seconds between the announcement that older values are refused and their deletion: longer than a statement
#: takes that was begun before the announcement.
ANNOUNCED: Final = 60.0

# A value with a date at or before the horizon is refused, whether it is stored or not.
_IS_LATER: Final = (
    "> coalesce((SELECT CAST(value AS BIGINT) FROM service_state WHERE name = 'nonces_horizon'), 0)"
)
_SQLITE_INSERT: Final = (
    "INSERT INTO nonces (purpose, value, expires_at) "
    f"SELECT ?, ?, ? WHERE ? {_IS_LATER} ON CONFLICT DO NOTHING"
)
_POSTGRESQL_INSERT: Final = _SQLITE_INSERT.replace("?", "%s")
# In the order of the values: two processes that insert the same ones never wait for each other.
_POSTGRESQL_INSERT_MANY: Final = (
    "INSERT INTO nonces (purpose, value, expires_at) SELECT purpose, value, expires_at "
    "FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[]) "
    "AS given (purpose, value, expires_at, dated) "
    "WHERE dated " + _IS_LATER + " ORDER BY purpose, value ON CONFLICT DO NOTHING RETURNING purpose, value"
)
_RAISE_HORIZON: Final = (
    "INSERT INTO service_state (name, value) VALUES ('nonces_horizon', ?) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value "
    "WHERE CAST(service_state.value AS BIGINT) < CAST(excluded.value AS BIGINT)"
)
_FORGET: Final = (
    "DELETE FROM nonces WHERE (purpose, value) IN "
    "(SELECT purpose, value FROM nonces WHERE expires_at <= ? LIMIT ?)"
)


class _Nonce(NamedTuple):
    purpose: str
    value: str
    expires_at: int
    dated: int
    now: int


class Nonces:
    """The used values of all tenants (``stormpath.server.domain.api_keys.Nonces``).

    A value is proven new by its insertion into one table, for all processes. Those of several threads share a
    commit, and no commit waits for the disk: after a power failure, what was signed just before it could be
    sent once more.

    **No clock lets a replay pass.** A value is deleted only when everything dated like it is refused anyway,
    also by processes whose clock is behind or is put back: the table has a horizon, and the insertion itself
    compares the date with it. The horizon is two ``window`` s (seconds) back, and rises as fast as the
    monotonic clock of this process, however far its wall clock jumps ahead. So the table holds what was
    signed within the last three windows, and a little more; and when a clock that was wrong from the start is
    put right, signed requests are refused until it has caught up: never accepted twice.
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
        self._horizon: tuple[float, int] | None = None

    def remember(self, purpose: str, value: str, dated: int, now: int) -> bool:
        if len(value) > _LONGEST:
            value = hashlib.sha256(value.encode()).hexdigest()
        return self._group.add(_Nonce(purpose, value, dated + self._window_ms, dated, now))

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
            return [driver.execute(_SQLITE_INSERT, nonces[0][:4]).rowcount == 1]
        driver.execute("BEGIN IMMEDIATE")
        try:
            are_new = [driver.execute(_SQLITE_INSERT, each[:4]).rowcount == 1 for each in nonces]
            driver.execute("COMMIT")
        except BaseException:
            if driver.in_transaction:
                driver.execute("ROLLBACK")
            raise
        return are_new

    def _into_postgresql(self, driver: Any, nonces: Sequence[_Nonce]) -> Sequence[bool]:
        if len(nonces) == 1:
            return [driver.execute(_POSTGRESQL_INSERT, nonces[0][:4]).rowcount == 1]
        columns = [list(each) for each in zip(*(each[:4] for each in nonces), strict=True)]
        inserted = set(driver.execute(_POSTGRESQL_INSERT_MANY, columns).fetchall())
        are_new = []
        for each in nonces:
            # Of those that came twice in one group, one is new.
            are_new.append((each.purpose, each.value) in inserted)
            inserted.discard((each.purpose, each.value))
        return are_new

    def _forget(self, driver: Any, now: int, began: float, began_at: int) -> None:
        """Delete some values behind the horizon; raise the horizon once in a while."""
        clock, horizon = self._monotonic(), self._horizon
        if horizon is not None and clock - horizon[0] < ANNOUNCED:
            return
        if horizon is not None:
            deleted = self._execute(driver, _FORGET, horizon[1], _FORGOTTEN_AT_ONCE)
            if deleted == _FORGOTTEN_AT_ONCE:
                return
        raised = min(now, began_at + round((clock - began) * 1000)) - 2 * self._window_ms
        self._execute(driver, _RAISE_HORIZON, str(raised))
        self._horizon = (clock, raised)

    def _execute(self, driver: Any, statement: str, *parameters: Any) -> int:
        return int(driver.execute(statement.replace("?", self._mark), parameters).rowcount)
