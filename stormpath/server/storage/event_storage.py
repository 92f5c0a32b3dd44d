"""How security events and daily counts are stored in batches, and how many of them stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from stormpath import forks
from stormpath.server.domain.security_events import (
    DAY_MS,
    KEPT_DAYS,
    CountKey,
    StoredEvent,
    day_of,
)
from stormpath.server.storage.database import Database

#: So many rows are removed at most of one tenant by one batch: more than a batch adds.
REMOVED_AT_ONCE: Final = 1000

#: After so many new rows of one kind and tenant it is looked whether there are too many, or after a tenth of
#: as many as there may be.
LOOK_EVERY: Final = 1000

#: So many numbers of new rows are kept at most: one for each tenant and kind of event.
_MOST_NUMBERS: Final = 10_000

_MARKS: Final = ", ".join("?" * len(StoredEvent._fields))

# A batch that is sent again, since the answer to its commit was lost, changes nothing.
_INSERT: Final = (
    f"INSERT INTO security_events ({', '.join(StoredEvent._fields)}) VALUES ({_MARKS}) ON CONFLICT DO NOTHING"  # noqa: S608  # Our own names.
)
_ADD: Final = (
    "INSERT INTO daily_counts (tenant_id, day, kind, count) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (tenant_id, day, kind) DO UPDATE SET count = daily_counts.count + excluded.count"
)
_NEXT_TENANT: Final = "SELECT min(id) FROM tenants WHERE id > ?"
_FIRST_TOO_MANY: Final = (
    "SELECT id FROM security_events WHERE tenant_id = ? AND event = ? ORDER BY id DESC LIMIT 1 OFFSET ?"
)
_OLDEST_OF_KIND: Final = (
    "SELECT id FROM security_events WHERE tenant_id = ? AND event = ? AND id <= ? ORDER BY id LIMIT ?"
)
_OLDEST: Final = "SELECT at FROM {table} WHERE tenant_id = ? ORDER BY id LIMIT 1"
_OLDEST_ROWS: Final = "SELECT id FROM {table} WHERE tenant_id = ? ORDER BY id LIMIT ?"
_FORGET_COUNTS: Final = "DELETE FROM daily_counts WHERE tenant_id = ? AND day < ?"


class EventStorage:
    """Stores batches of security events and counts (``write``), one transaction each.

    ``days`` is for how long events are kept, and ``most`` is how many are kept of one kind of one tenant, the
    newest; 0 for no bound of that number. Each batch removes what is too old of one tenant, by turns, and
    what is too much of the kinds in it; up to a thousand rows of each, found by an index.
    """

    def __init__(self, database: Database, clock: Callable[[], int], days: int, most: int) -> None:
        self._database = database
        self._is_sqlite = database.dialect == "sqlite"
        self._clock = clock
        self._days = days
        self._most = most
        self._look_every = max(1, min(LOOK_EVERY, most // 10))
        self._after_fork()
        forks.renew_in_child(self)

    def _after_fork(self) -> None:
        # Used by the one thread that writes.
        self._tenant = ""
        self._new: Counter[tuple[str, str]] = Counter()

    def write(self, events: Sequence[StoredEvent], counts: Mapping[CountKey, int]) -> None:
        """Store events, and add to counts; raises storage errors, and then has stored nothing."""
        now = self._clock()
        with self._database.translated(), self._database.transaction() as connection:
            if events:
                self._run(connection, _INSERT, [tuple(each) for each in events])
            if counts:
                # In one order: two processes never wait for each other in a circle.
                self._run(connection, _ADD, [(*key, counts[key]) for key in sorted(counts)])
            tenant = self._remove_old(connection, now)
            looked_at = self._remove_too_many(connection, events)
        self._tenant = tenant
        self._count_new(events, looked_at)

    def _remove_old(self, connection: sa.Connection, now: int) -> str:
        """Remove what is too old of the next tenant; return its id, or an empty text after the last one."""
        tenant: str | None = self._run(connection, _NEXT_TENANT, (self._tenant,)).scalar()
        if tenant is None:
            return ""
        self._remove_before(connection, "security_events", tenant, now - self._days * DAY_MS)
        self._remove_before(connection, "admin_actions", tenant, now - KEPT_DAYS * DAY_MS)
        self._run(connection, _FORGET_COUNTS, (tenant, day_of(now) - KEPT_DAYS))
        return tenant

    def _remove_before(self, connection: sa.Connection, table: str, tenant: str, before: int) -> None:
        oldest = self._run(connection, _OLDEST.format(table=table), (tenant,)).scalar()
        if oldest is None or oldest >= before:
            return
        rows = _OLDEST_ROWS.format(table=table)
        self._remove(connection, table, rows, (tenant, REMOVED_AT_ONCE), tenant, before)

    def _remove_too_many(
        self, connection: sa.Connection, events: Sequence[StoredEvent]
    ) -> set[tuple[str, str]]:
        """Remove the oldest events of kinds that have too many; return the kinds that were looked at."""
        if not self._most:
            return set()
        added = Counter((each.tenant_id, each.event) for each in events)
        # A kind that this process has not seen yet is looked at, too.
        due = {
            each
            for each, number in added.items()
            if each not in self._new or self._new[each] + number >= self._look_every
        }
        for tenant, event in sorted(due):
            last = self._run(connection, _FIRST_TOO_MANY, (tenant, event, self._most)).scalar()
            if last is not None:
                given = (tenant, event, last, max(REMOVED_AT_ONCE, 2 * len(events)))
                self._remove(connection, "security_events", _OLDEST_OF_KIND, given, tenant)
        return due

    def _remove(
        self,
        connection: sa.Connection,
        table: str,
        rows: str,
        given: tuple[Any, ...],
        tenant: str,
        before: int | None = None,
    ) -> None:
        # What another process removes at the moment is left to it. PostgreSQL may run a query that is not in
        # an array once for each row that it compares, and each time find other rows.
        found = f"IN ({rows})" if self._is_sqlite else f"= ANY(ARRAY({rows} FOR UPDATE SKIP LOCKED))"
        is_old = "" if before is None else " AND at < ?"
        statement = f"DELETE FROM {table} WHERE tenant_id = ? AND id {found}{is_old}"  # noqa: S608  # Our own names.
        self._run(connection, statement, (tenant, *given, *(() if before is None else (before,))))

    def _count_new(self, events: Sequence[StoredEvent], looked_at: set[tuple[str, str]]) -> None:
        if len(self._new) > _MOST_NUMBERS:
            # Those kinds are looked at once more, with their next event.
            self._new.clear()
        self._new.update((each.tenant_id, each.event) for each in events)
        for each in looked_at:
            self._new[each] = 0

    def _run(self, connection: sa.Connection, statement: str, given: Any) -> sa.CursorResult[Any]:
        return connection.exec_driver_sql(
            statement if self._is_sqlite else statement.replace("?", "%s"), given
        )
