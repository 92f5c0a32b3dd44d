"""Stored security events, administrators' actions and daily counts, in SQL: how they are read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.domain.security_events import MOST_LISTED, AdminAction, DailyCount, StoredEvent
from stormpath.server.logs.security import Event
from stormpath.server.storage.database import Database

#: After every id, byte by byte.
_AFTER_ALL: Final = "~"

_EVENT_COLUMNS: Final = ", ".join(StoredEvent._fields)
_ACTION_COLUMNS: Final = ", ".join(AdminAction._fields)

#: SQLite keeps no statistics, and would search all events of a tenant: it is told which index has the rows.
_OF_EVENT: Final = "INDEXED BY ix_security_events_event "
_OF_ACCOUNT: Final = "INDEXED BY ix_security_events_account "
_OF_RESOURCE: Final = "INDEXED BY ix_admin_actions_resource_id "

_DAILY: Final = (
    "SELECT day, kind, count FROM daily_counts WHERE tenant_id = :tenant AND day >= :since ORDER BY day, kind"
)


def _nothing_waits() -> None:
    """Do nothing, where no events wait to be stored."""


class StoredSecurityEvents:
    """The contract of those who read (``stormpath.server.domain.security_events.SecurityEvents``), in SQL.

    ``before_read`` stores what waits to be stored, so that a reader in this process finds it.
    """

    def __init__(self, database: Database, before_read: Callable[[], None] = _nothing_waits) -> None:
        self._database = database
        self._is_sqlite = database.dialect == "sqlite"
        self._before_read = before_read

    def events(
        self,
        tenant_id: str,
        *,
        account_id: str | None = None,
        event: str | None = None,
        outcome: str | None = None,
        before: str | None = None,
        limit: int = 100,
    ) -> list[StoredEvent]:
        kinds = _kinds(event, outcome, is_of_account=account_id is not None)
        if kinds is not None and not kinds:
            return []
        given: dict[str, Any] = {"tenant": tenant_id, "before": before or _AFTER_ALL, "limit": _most(limit)}
        if account_id is not None:
            given["account"] = account_id
        for number, kind in enumerate(kinds or ()):
            given[f"event{number}"] = kind
        statement = _page_of_events(
            None if kinds is None else len(kinds), account_id is not None, self._is_sqlite
        )
        return [StoredEvent(*row) for row in self._rows(statement, given)]

    def actions(
        self, tenant_id: str, *, resource_id: str | None = None, before: str | None = None, limit: int = 100
    ) -> list[AdminAction]:
        given = {"tenant": tenant_id, "before": before or _AFTER_ALL, "limit": _most(limit)}
        index = of_resource = ""
        if resource_id is not None:
            given["resource"] = resource_id
            index = _OF_RESOURCE if self._is_sqlite else ""
            of_resource = "AND resource_id = :resource "
        statement = (
            f"SELECT {_ACTION_COLUMNS} FROM admin_actions {index}WHERE tenant_id = :tenant {of_resource}"  # noqa: S608  # Our own names.
            "AND id < :before ORDER BY id DESC LIMIT :limit"
        )
        return [AdminAction(*row) for row in self._rows(statement, given)]

    def daily(self, tenant_id: str, since_day: int) -> list[DailyCount]:
        found = self._rows(_DAILY, {"tenant": tenant_id, "since": since_day})
        return [DailyCount(int(day), kind, int(count)) for day, kind, count in found]

    def last_login(self, tenant_id: str, account_ids: Collection[str]) -> dict[str, int]:
        if len(account_ids) > MOST_LISTED:
            raise ValueError(f"The last logins of {MOST_LISTED} accounts are found at once, not more.")
        if not account_ids:
            return {}
        given = {"tenant": tenant_id, "event": Event.LOGIN_SUCCEEDED.value}
        given |= {f"account{number}": each for number, each in enumerate(account_ids)}
        found = self._rows(_last_logins(len(account_ids), self._is_sqlite), given)
        return {account_id: int(at) for account_id, at in found if at is not None}

    def _rows(self, statement: str, given: dict[str, Any]) -> Sequence[Sequence[Any]]:
        self._before_read()
        with self._database.connect() as connection:
            return connection.execute(sa.text(statement), given).all()


def _most(limit: int) -> int:
    return max(0, min(limit, MOST_LISTED))


def _kinds(event: str | None, outcome: str | None, *, is_of_account: bool) -> list[str] | None:
    """Return the events that a page may have; ``None`` for all that there are."""
    if event is None and outcome is None and not is_of_account:
        return None
    return [
        each.value for each in Event if event in (None, each.value) and outcome in (None, each.outcome.value)
    ]


@cache
def _page_of_events(kinds: int | None, is_of_account: bool, is_sqlite: bool) -> str:
    """Return the statement that reads a page of events of so many kinds (``None`` for all).

    An index has the rows of each kind in their order, so the first rows of each are merged: whatever is
    asked for, only as many rows are read as there are on a page of each kind.
    """
    if kinds is None:
        return _newest("")
    of_account = "AND account_id = :account " if is_of_account else ""
    index = (_OF_ACCOUNT if is_of_account else _OF_EVENT) if is_sqlite else ""
    parts = (
        f"SELECT * FROM ({_newest(f'{of_account}AND event = :event{number} ', index)}) AS kind{number}"  # noqa: S608  # Our own names.
        for number in range(kinds)
    )
    together = " UNION ALL ".join(parts)
    return f"SELECT * FROM ({together}) AS found ORDER BY id DESC LIMIT :limit"  # noqa: S608  # Our own names.


def _newest(condition: str, index: str = "") -> str:
    return (
        f"SELECT {_EVENT_COLUMNS} FROM security_events {index}WHERE tenant_id = :tenant {condition}"  # noqa: S608  # Our own names.
        "AND id < :before ORDER BY id DESC LIMIT :limit"
    )


@cache
def _last_logins(number: int, is_sqlite: bool) -> str:
    asked = ", ".join(f"(:account{each})" for each in range(number))
    index = _OF_ACCOUNT if is_sqlite else ""
    return (
        f"WITH asked (id) AS (VALUES {asked}) SELECT asked.id, (SELECT at FROM security_events {index}"  # noqa: S608  # Our own names.
        "WHERE tenant_id = :tenant AND account_id = asked.id AND event = :event "
        "ORDER BY security_events.id DESC LIMIT 1) FROM asked"
    )
