"""The counters of guesses in the database, and the addresses from which accounts have logged in."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from stormpath import forks
from stormpath.server.domain.guesses import (
    KNOWN_MS,
    MOST_KNOWN,
    SKEW_MS,
    WINDOW_MS,
    Counter,
    Full,
    Window,
    too_many,
)
from stormpath.server.domain.storage import Busy, Unavailable
from stormpath.server.storage.database import Database
from stormpath.server.storage.group_commit import GroupCommit
from stormpath.server.storage.repeated_reads import is_lost

#: Old rows are looked for once in so many guesses, and so many are deleted: more than these have added.
_FORGET_EVERY: Final = 20
_FORGOTTEN: Final = 100

#: PostgreSQL's state of an error for a null where none may be.
_IS_NULL: Final = "23502"

#: How often a guess is tried again that met another at the limit: each time, that one is seen.
_TRIES: Final = 10

# On PostgreSQL, another guess may reach the limit after the statement has looked for counters that are full.
# Then the number becomes null, which the table refuses, and the statement counts nothing at all.
_TAKE: Final = """
WITH asked (key, most) AS (VALUES {asked})
INSERT INTO guesses AS counter (tenant_id, key, wrong, pending, ends_at)
SELECT :tenant, asked.key, 0, 1, CAST(:ends_at AS BIGINT) FROM asked WHERE NOT EXISTS (
  SELECT 1 FROM guesses AS found JOIN asked ON found.key = asked.key WHERE found.tenant_id = :tenant
  AND found.ends_at > :now AND found.ends_at <= :latest AND found.wrong + found.pending >= asked.most)
ORDER BY asked.key
ON CONFLICT (tenant_id, key) DO UPDATE SET
  pending = CASE
    WHEN counter.ends_at <= :now OR counter.ends_at > :latest THEN 1
    WHEN counter.wrong + counter.pending < (SELECT most FROM asked WHERE asked.key = counter.key)
    THEN counter.pending + 1 END,
  wrong = CASE WHEN counter.ends_at <= :now OR counter.ends_at > :latest THEN 0 ELSE counter.wrong END,
  ends_at = CASE WHEN counter.ends_at <= :now OR counter.ends_at > :latest THEN excluded.ends_at
    ELSE counter.ends_at END
RETURNING key, ends_at
"""

_FULL: Final = """
WITH asked (key, most) AS (VALUES {asked})
SELECT found.key, asked.most, found.wrong, found.ends_at
FROM guesses AS found JOIN asked ON found.key = asked.key WHERE found.tenant_id = :tenant
AND found.ends_at > :now AND found.ends_at <= :latest AND found.wrong + found.pending >= asked.most
"""

# PostgreSQL locks the rows in the order of their keys first: else two statements could wait for each other.
_SQLITE_SETTLE: Final = """
UPDATE guesses SET pending = pending - 1, wrong = wrong + :wrong
WHERE tenant_id = :tenant AND pending > 0 AND (key, ends_at) IN (VALUES {taken})
"""
_POSTGRESQL_SETTLE: Final = """
WITH locked AS (SELECT tenant_id, key FROM guesses
  WHERE tenant_id = :tenant AND (key, ends_at) IN (VALUES {taken}) ORDER BY key FOR UPDATE)
UPDATE guesses SET pending = pending - 1, wrong = wrong + :wrong FROM locked
WHERE guesses.tenant_id = locked.tenant_id AND guesses.key = locked.key AND pending > 0
"""

# What another process deletes at the moment is not waited for; SQLite has one that writes.
_SQLITE_FORGET: Final = (
    "DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {expiry} <= :now "
    "ORDER BY {expiry} LIMIT :batch)"
)
_POSTGRESQL_FORGET: Final = _SQLITE_FORGET.replace(":batch)", ":batch FOR UPDATE SKIP LOCKED)")
_OLD_GUESSES: Final = {"table": "guesses", "key": "tenant_id, key", "expiry": "ends_at"}
_OLD_ADDRESSES: Final = {
    "table": "known_addresses",
    "key": "tenant_id, account_key, address_key",
    "expiry": "expires_at",
}

_KNOWN_UNTIL: Final = (
    "SELECT expires_at FROM known_addresses WHERE tenant_id = :tenant AND account_key = :account "
    "AND address_key = :address AND expires_at > :now AND expires_at <= :latest"
)
_KNOW: Final = (
    "INSERT INTO known_addresses (tenant_id, account_key, address_key, expires_at) "
    "VALUES (:tenant, :account, :address, :until) "
    "ON CONFLICT (tenant_id, account_key, address_key) DO UPDATE SET expires_at = excluded.expires_at"
)
_KEEP_LATEST: Final = (
    "DELETE FROM known_addresses WHERE tenant_id = :tenant AND account_key = :account "
    "AND address_key <> :address AND address_key NOT IN (SELECT address_key FROM known_addresses "
    "WHERE tenant_id = :tenant AND account_key = :account AND address_key <> :address "
    "ORDER BY expires_at DESC LIMIT :others)"
)


class _Work(NamedTuple):
    """What is done on a driver's connection, and whether that may happen twice."""

    run: Callable[[Any], Any]
    may_repeat: bool = True


class StoredGuesses:
    """The counters in the database (``stormpath.server.domain.guesses.Guesses``).

    A guess is taken and settled by one statement each. The statements of several threads share a commit on
    SQLite, and no commit waits for the disk: after a power failure, the guesses just before it are forgotten.

    The tables are bounded by what is counted within a window: with each twentieth guess, up to a hundred rows
    are deleted that have expired, found by an index.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._is_sqlite = database.dialect == "sqlite"
        self._group = GroupCommit[_Work, Any](self._write)
        self._after_fork()
        forks.renew_in_child(self)

    def _after_fork(self) -> None:
        # Used by the one thread that writes.
        self._until_forgetting = _FORGET_EVERY

    def take(self, tenant_id: str, counters: Sequence[Counter], now: int) -> Sequence[Window]:
        given = {**_asked(tenant_id, counters, now), "ends_at": now + WINDOW_MS}
        asked = len(counters)

        def take(driver: Any) -> tuple[Sequence[Window], Sequence[Full]]:
            for _ in range(_TRIES):
                if taken := self._take(driver, asked, given):
                    return taken, ()
                if full := self._full(driver, asked, given):
                    return (), full
            raise Busy("Too many guesses at the same moment.")

        taken, full = self._group.add(_Work(take))
        if full:
            raise too_many(full, now)
        return taken  # type: ignore[no-any-return]  # the group has results of several types

    def check(self, tenant_id: str, counters: Sequence[Counter], now: int) -> None:
        given = _asked(tenant_id, counters, now)
        full = self._group.add(_Work(lambda driver: self._full(driver, len(counters), given)))
        if full:
            raise too_many(full, now)

    def settle(self, tenant_id: str, taken: Sequence[Window], *, was_wrong: bool) -> None:
        given: dict[str, Any] = {"tenant": tenant_id, "wrong": int(was_wrong)}
        for number, each in enumerate(taken):
            given |= {f"key{number}": each.key, f"number{number}": each.ends_at}
        text = _SQLITE_SETTLE if self._is_sqlite else _POSTGRESQL_SETTLE
        if taken:
            work = _Work(lambda driver: self._execute(driver, text, len(taken), given), may_repeat=False)
            self._group.add(work)

    def known_until(self, tenant_id: str, account: str, address: str, now: int) -> int:
        given = {"tenant": tenant_id, "account": account, "address": address, "now": now}
        given["latest"] = now + KNOWN_MS + SKEW_MS
        row = self._group.add(_Work(lambda driver: self._execute(driver, _KNOWN_UNTIL, 0, given).fetchone()))
        return 0 if row is None else int(row[0])

    def know(self, tenant_id: str, account: str, address: str, now: int) -> None:
        given = {"tenant": tenant_id, "account": account, "address": address, "until": now + KNOWN_MS}
        given["others"] = MOST_KNOWN - 1

        def know(driver: Any) -> None:
            self._execute(driver, _KNOW, 0, given)
            self._execute(driver, _KEEP_LATEST, 0, given)
            self._forget(driver, now, **_OLD_ADDRESSES)

        self._group.add(_Work(know))

    def _write(self, work: Sequence[_Work]) -> Sequence[Any]:
        done: list[Any] = []
        try:
            return self._database.write_without_wait(lambda driver: self._together(driver, work, done))
        except Unavailable as error:
            # A guess that is taken twice counts twice until its window ends, and none is given back twice.
            if not (is_lost(error.__cause__) and work[len(done)].may_repeat):  # type: ignore[arg-type]  # it has one
                raise
            return self._database.write_without_wait(lambda driver: self._together(driver, work, done))

    def _together(self, driver: Any, work: Sequence[_Work], done: list[Any]) -> Sequence[Any]:
        """Add the results of what is not done yet; on PostgreSQL, each is a transaction of its own."""
        if len(work) == 1 or not self._is_sqlite:
            for each in work[len(done) :]:
                done.append(each.run(driver))
            return done
        driver.execute("BEGIN IMMEDIATE")
        try:
            results = [each.run(driver) for each in work]
            driver.execute("COMMIT")
        except BaseException:
            if driver.in_transaction:
                driver.execute("ROLLBACK")
            raise
        return results

    def _take(self, driver: Any, asked: int, given: dict[str, Any]) -> list[Window]:
        try:
            taken = [Window(*row) for row in self._execute(driver, _TAKE, asked, given).fetchall()]
        except Exception as error:
            if getattr(error, "sqlstate", None) != _IS_NULL:
                raise
            return []
        self._until_forgetting -= 1
        if self._until_forgetting <= 0:
            self._until_forgetting = _FORGET_EVERY
            self._forget(driver, given["now"], **_OLD_GUESSES)
        return taken

    def _full(self, driver: Any, asked: int, given: dict[str, Any]) -> list[Full]:
        return [Full(*row) for row in self._execute(driver, _FULL, asked, given)]

    def _forget(self, driver: Any, now: int, **names: str) -> None:
        text = _SQLITE_FORGET if self._is_sqlite else _POSTGRESQL_FORGET
        self._execute(driver, text.format(**names), 0, {"now": now, "batch": _FORGOTTEN})

    def _execute(self, driver: Any, text: str, pairs: int, given: dict[str, Any]) -> Any:
        return driver.execute(_statement(text, pairs, self._is_sqlite), given)


def _asked(tenant_id: str, counters: Sequence[Counter], now: int) -> dict[str, Any]:
    """Return the parameters of a statement that asks for counters."""
    given: dict[str, Any] = {"tenant": tenant_id, "now": now, "latest": now + WINDOW_MS + SKEW_MS}
    for number, each in enumerate(counters):
        given |= {f"key{number}": each.key, f"number{number}": each.limit}
    return given


@cache
def _statement(text: str, pairs: int, is_sqlite: bool) -> str:
    """Return a statement for so many pairs of a key and a number, with the parameters of the driver."""
    if pairs:
        values = ", ".join(f"(:key{number}, CAST(:number{number} AS BIGINT))" for number in range(pairs))
        text = text.format(asked=values, taken=values)
    return text if is_sqlite else re.sub(r":([a-z_]+\d*)", r"%(\1)s", text)
