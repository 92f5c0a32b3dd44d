"""Logins that wait for an agent: rows that live for as long as one login takes.

No commit waits for the disk: after a power failure, no request waits for them any more. Those of several
threads share one. The statement that takes logins takes each once, also where processes ask at the same time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from stormpath.server.domain.agent_logins import (
    MALFORMED,
    MOST_WAITING,
    OUTCOMES,
    Signals,
    WaitingLogin,
    agent_channel,
    outcome_channel,
)
from stormpath.server.domain.guesses import SKEW_MS
from stormpath.server.storage.database import Database
from stormpath.server.storage.group_commit import GroupCommit

#: Rows whose process was killed are removed so long after their end, and so many at a time. A login that has
#: ended by this clock is taken until then, too: the clock of the machine that waits for it may be behind.
_ABANDONED_MS: Final = SKEW_MS
_REMOVED: Final = 100

# Two logins at the same moment may both be the last one that may wait: the limit need not be exact.
_ADD: Final = (
    "INSERT INTO agent_logins (id, tenant_id, agent_id, entry_id, dn, password, created_at, ends_at) "
    "SELECT :id, :tenant, :agent, CAST(:entry AS TEXT), :dn, :password, :now, :ends_at "
    "WHERE (SELECT count(*) FROM agent_logins WHERE agent_id = :agent AND ends_at > :now) < :most"
)
_SQLITE_TAKE: Final = (
    "UPDATE agent_logins SET taken_by = :process WHERE id IN (SELECT id FROM agent_logins "
    "WHERE agent_id = :agent AND taken_by IS NULL AND ends_at > :since ORDER BY id LIMIT :most) "
    "RETURNING id, entry_id, dn, password, ends_at"
)
# Chosen by a query of its own: one in a condition may be run for each row, and choose others each time.
_POSTGRESQL_TAKE: Final = (
    "WITH chosen AS MATERIALIZED (SELECT id FROM agent_logins WHERE agent_id = :agent AND taken_by IS NULL "
    "AND ends_at > :since ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED) "
    "UPDATE agent_logins SET taken_by = :process FROM chosen WHERE agent_logins.id = chosen.id "
    "RETURNING agent_logins.id, entry_id, dn, password, ends_at"
)
_WAITING: Final = (
    "SELECT count(*) FROM agent_logins WHERE agent_id = :agent AND taken_by IS NULL AND ends_at > :since"
)
_ANSWER: Final = (
    "UPDATE agent_logins SET outcome = :outcome "
    "WHERE id = :id AND agent_id = :agent AND taken_by IS NOT NULL AND outcome IS NULL"
)
_OUTCOME: Final = "SELECT outcome FROM agent_logins WHERE id = :id"
_REMOVE: Final = "DELETE FROM agent_logins WHERE id = :id"
_SQLITE_REMOVE_ABANDONED: Final = (
    "DELETE FROM agent_logins WHERE id IN (SELECT id FROM agent_logins WHERE ends_at < :before "
    "ORDER BY ends_at LIMIT :most)"
)
_POSTGRESQL_REMOVE_ABANDONED: Final = _SQLITE_REMOVE_ABANDONED.replace(
    "LIMIT :most)", "LIMIT :most FOR UPDATE SKIP LOCKED)"
)


class StoredAgentLogins:
    """The logins in the database (``stormpath.server.domain.agent_logins.AgentLogins``)."""

    def __init__(self, database: Database, signals: Signals) -> None:
        self._database = database
        self._signals = signals
        self._is_sqlite = database.dialect == "sqlite"
        self._group = GroupCommit[Callable[[Any], Any], Any](self._write)
        self._take = _SQLITE_TAKE if self._is_sqlite else _POSTGRESQL_TAKE
        self._remove_abandoned = _SQLITE_REMOVE_ABANDONED if self._is_sqlite else _POSTGRESQL_REMOVE_ABANDONED

    def add(self, tenant_id: str, agent_id: str, login: WaitingLogin, now: int) -> bool:
        given = {
            "id": login.id,
            "tenant": tenant_id,
            "agent": agent_id,
            "entry": login.entry_id,
            "dn": login.dn,
            "password": login.sealed_password,
            "now": now,
            "ends_at": login.ends_at,
            "most": MOST_WAITING,
        }

        def add(driver: Any) -> bool:
            old = {"before": now - _ABANDONED_MS, "most": _REMOVED}
            self._execute(driver, self._remove_abandoned, old)
            return int(self._execute(driver, _ADD, given).rowcount) == 1

        if not self._group.add(add):
            return False
        self._signals.send(agent_channel(agent_id))
        return True

    def take(self, agent_id: str, process: str, most: int, now: int) -> list[WaitingLogin]:
        # Read first: on SQLite, the other statement waits for those that write, also in vain.
        if most <= 0 or not self.waiting(agent_id, now):
            return []
        given = {"agent": agent_id, "process": process, "most": most, "since": now - _ABANDONED_MS}
        rows = self._group.add(lambda driver: self._execute(driver, self._take, given).fetchall())
        found = [WaitingLogin(id, entry, dn, bytes(sealed), end) for id, entry, dn, sealed, end in rows]
        return sorted(found, key=lambda each: each.id)

    def answer(self, agent_id: str, id: str, outcome: str) -> bool:
        given = {"agent": agent_id, "id": id, "outcome": outcome if outcome in OUTCOMES else MALFORMED}
        changed = self._group.add(lambda driver: self._execute(driver, _ANSWER, given).rowcount)
        if changed:
            self._signals.send(outcome_channel(id))
        return bool(changed)

    def outcome(self, id: str) -> str | None:
        row = self._one(_OUTCOME, {"id": id})
        return None if row is None else row[0]

    def remove(self, id: str) -> None:
        self._group.add(lambda driver: self._execute(driver, _REMOVE, {"id": id}))

    def waiting(self, agent_id: str, now: int) -> int:
        row = self._one(_WAITING, {"agent": agent_id, "since": now - _ABANDONED_MS})
        return 0 if row is None else int(row[0])

    def _write(self, work: Sequence[Callable[[Any], Any]]) -> Sequence[Any]:
        return self._database.write_without_wait(lambda driver: self._together(driver, work))

    def _together(self, driver: Any, work: Sequence[Callable[[Any], Any]]) -> Sequence[Any]:
        """Return the results; on PostgreSQL, each is a transaction of its own."""
        if len(work) == 1 or not self._is_sqlite:
            return [each(driver) for each in work]
        driver.execute("BEGIN IMMEDIATE")
        try:
            results = [each(driver) for each in work]
            driver.execute("COMMIT")
        except BaseException:
            if driver.in_transaction:
                driver.execute("ROLLBACK")
            raise
        return results

    def _one(self, text: str, given: dict[str, Any]) -> Any:
        with self._database.connect() as connection:
            driver = connection.connection.driver_connection
            return self._execute(driver, text, given).fetchone()

    def _execute(self, driver: Any, text: str, given: dict[str, Any]) -> Any:
        return driver.execute(text if self._is_sqlite else _in_psycopg(text), given)


def _in_psycopg(text: str) -> str:
    return re.sub(r":([a-z_]+)", r"%(\1)s", text)
