"""The runs of synchronizations: one row for each agent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.domain.mirrors import RunState
from stormpath.server.storage.tenant_scoped import TenantScoped

#: The changes of a table after which PostgreSQL looks at it anew, beside a tenth of its rows. It would do so
#: by itself, a minute later. Fewer are no reason: an agent may make any number of runs.
_LEAST_CHANGES: Final = 1000
_OUTDATED: Final = (
    "SELECT given.name FROM unnest(CAST(:tables AS text[])) AS given(name) "
    "JOIN pg_stat_user_tables AS counted ON counted.relid = to_regclass(given.name) "
    "WHERE counted.n_mod_since_analyze > :least + counted.n_live_tup / 10"
)


class MirrorRuns(TenantScoped):
    """The runs of one tenant's agents (``stormpath.server.domain.mirrors.MirrorRuns``)."""

    __slots__ = ()

    def lock(self, directory_id: str, agent_id: str) -> RunState | None:
        # In the order in which a deletion takes them: the directory, its agent, the agent's run.
        for kind, id in (("directory", directory_id), ("agent", agent_id)):
            table = self._tables.of[kind]
            there = sa.select(table.c.id).where(table.c.id == id, table.c.tenant_id == self._tenant_id)
            if self._connection.execute(there.with_for_update(read=True, key_share=True)).first() is None:
                return None
        states = self._tables.agent_states
        found = (
            sa.select(states)
            .where(states.c.tenant_id == self._tenant_id, states.c.agent_id == agent_id)
            .with_for_update()
        )
        row = self._connection.execute(found).mappings().first()
        if row is None:
            self._add(agent_id)
            row = self._connection.execute(found).mappings().one()
        return RunState(
            run=row["run"],
            process=row["run_process"],
            kind=row["run_kind"],
            stage=row["run_stage"],
            started_at=row["run_started_at"],
            seen_at=row["run_seen_at"],
            cursor=row["cursor"],
            cursor_configuration=row["cursor_configuration"],
            full_run_at=row["full_run_at"],
            wants_run=row["wants_run"],
            allows_deletions=row["allows_deletions"],
            wants_full=bool(row["wants_full"]),
            told_at=row["told_at"],
        )

    def change(self, agent_id: str, changes: Mapping[str, Any]) -> None:
        states = self._tables.agent_states
        of_agent = (states.c.tenant_id == self._tenant_id, states.c.agent_id == agent_id)
        self._connection.execute(states.update().where(*of_agent).values(dict(changes)))

    def update_statistics(self) -> None:
        # SQLite chooses its indexes by the statement alone.
        if self._connection.dialect.name != "postgresql":
            return
        tables = [self._tables.of[each].name for each in ("account", "group", "groupMembership")]
        tables += [self._tables.mirror_entries.name, self._tables.mirror_members.name]
        found = self._connection.execute(sa.text(_OUTDATED), {"tables": tables, "least": _LEAST_CHANGES})
        if outdated := [row.name for row in found]:
            self._connection.exec_driver_sql(f"ANALYZE {', '.join(outdated)}")

    def _add(self, agent_id: str) -> None:
        # Another process may be adding it, too.
        values = {
            "tenant_id": self._tenant_id,
            "agent_id": agent_id,
            "run": 0,
            "wants_run": False,
            "allows_deletions": False,
        }
        self._connection.execute(inserting(self._connection, self._tables.agent_states), values)


def inserting(connection: sa.Connection, table: sa.Table) -> sa.Insert:
    """Return an insertion that leaves rows as they are which are there already."""
    statement: sa.Insert = upsert(connection, table).on_conflict_do_nothing()
    return statement


def upsert(connection: sa.Connection, table: sa.Table) -> Any:
    """Return an insertion that may say what to do where a row is there already."""
    # Each dialect has a class of its own for it.
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)
