"""The unit of work: reads, or changes that are kept together, on behalf of one tenant.

Every statement made here is scoped by the tenant; another tenant's rows are not found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import sqlalchemy as sa

from stormpath import forks
from stormpath.server.domain.storage import Busy, DamagedRow, Row, TimedOut, Unavailable
from stormpath.server.schema.query import Page, Query
from stormpath.server.storage import damage, deadlines
from stormpath.server.storage.account_links import AccountLinks
from stormpath.server.storage.admin_actions import StoredAdminActions
from stormpath.server.storage.agent_states import StoredAgentStates
from stormpath.server.storage.challenges import StoredChallenges, StoredFactorCodes
from stormpath.server.storage.console_reads import StoredConsoleReads
from stormpath.server.storage.custom_data import CustomData
from stormpath.server.storage.deletions import StoredDeletions
from stormpath.server.storage.errors import ERRORS, translate, translated
from stormpath.server.storage.idempotency import IdempotencyKeys
from stormpath.server.storage.issued_tokens import IssuedTokens
from stormpath.server.storage.listing import Listing
from stormpath.server.storage.logins import Logins
from stormpath.server.storage.mirrors import Mirrors
from stormpath.server.storage.one_time_tokens import StoredTokens
from stormpath.server.storage.outbox_writer import OutboxWriter
from stormpath.server.storage.password_hashes import PasswordHashes
from stormpath.server.storage.provider_identities import ProviderIdentities
from stormpath.server.storage.store_mappings import StoreMappings
from stormpath.server.storage.tables import Tables, by_name, owner_column
from stormpath.server.storage.tenant_messages import StoredTenantMessages

#: How many rows are searched for a damaged one, of several that cannot be read together.
_SEARCHED: Final = 1000


class Unit:
    """The storage contract of the rules (``stormpath.server.domain.storage.Unit``), in SQL.

    ``events`` are those that were emitted and not rolled back.
    """

    def __init__(
        self, connection: sa.Connection, tables: Tables, dialect: sa.Dialect, tenant_id: str
    ) -> None:
        self.connection = connection
        self.tables = tables
        self.dialect = dialect
        self.tenant_id = tenant_id
        self.events: list[Any] = []
        #: The rows that were read, by resource: where using them fails, the damaged one is found.
        self.rows: list[tuple[str, Row]] = []

    # Each is made when it is first used: a unit is opened for every request.

    @forks.cached_property
    def outbox(self) -> OutboxWriter:
        return OutboxWriter(self)

    @forks.cached_property
    def tokens(self) -> StoredTokens:
        return StoredTokens(self.connection, self.tables, self.tenant_id)

    @forks.cached_property
    def issued_tokens(self) -> IssuedTokens:
        return IssuedTokens(self.connection, self.tables, self.tenant_id)

    @forks.cached_property
    def idempotency(self) -> IdempotencyKeys:
        return IdempotencyKeys(self.connection, self.tables, self.tenant_id)

    @forks.cached_property
    def logins(self) -> Logins:
        return Logins(self.connection, self.tables, self.tenant_id)

    @forks.cached_property
    def passwords(self) -> PasswordHashes:
        return PasswordHashes(self.connection, self.tables, self.tenant_id)

    @forks.cached_property
    def challenges(self) -> StoredChallenges:
        return StoredChallenges(self.connection, self.tables, self.tenant_id)

    @forks.cached_property
    def factor_codes(self) -> StoredFactorCodes:
        return StoredFactorCodes(self.connection, self.tables, self.tenant_id)

    @forks.cached_property
    def account_links(self) -> AccountLinks:
        return AccountLinks(self.connection, self.tables, self.tenant_id)

    @forks.cached_property
    def provider_identities(self) -> ProviderIdentities:
        return ProviderIdentities(self.connection, self.tables, self.tenant_id)

    @forks.cached_property
    def mappings(self) -> StoreMappings:
        return StoreMappings(self.connection, self.tables, self.tenant_id)

    @forks.cached_property
    def custom_data(self) -> CustomData:
        return CustomData(self.connection, self.tables, self.tenant_id)

    @forks.cached_property
    def deletions(self) -> StoredDeletions:
        return StoredDeletions(self.connection, self.tables, self.tenant_id)

    @forks.cached_property
    def mirrors(self) -> Mirrors:
        return Mirrors(self.connection, self.tables, self.tenant_id)

    @forks.cached_property
    def admin_actions(self) -> StoredAdminActions:
        return StoredAdminActions(self.connection, self.tables)

    @forks.cached_property
    def agents(self) -> StoredAgentStates:
        return StoredAgentStates(self.connection, self.tables, self.dialect, self.tenant_id)

    @forks.cached_property
    def tenant_messages(self) -> StoredTenantMessages:
        return StoredTenantMessages(self)

    @forks.cached_property
    def console_reads(self) -> StoredConsoleReads:
        return StoredConsoleReads(self.connection, self.tables, self.tenant_id)

    def get(self, resource: str, id: str) -> Row | None:
        prepared = self.tables.prepared(resource, self.dialect, lambda: self.tables.by_id(resource))
        try:
            row = prepared.one(self.connection, id=id, owner=self.tenant_id)
        except Exception as error:
            if (found := damage.unreadable(self.tables.of[resource], id, error)) is not None:
                raise found from None
            raise
        if row is not None:
            self.rows.append((resource, row))
        return row

    def get_many(self, resource: str, ids: Iterable[str]) -> dict[str, Row]:
        table = self.tables.of[resource]
        statement = sa.select(*self.tables.columns(resource)).where(
            table.c.id.in_(set(ids)), _of_tenant(table, self.tenant_id)
        )
        with self._naming_damage(resource):
            found = {each["id"]: dict(each) for each in self.connection.execute(statement).mappings()}
        self.rows += [(resource, each) for each in found.values()]
        return found

    def find(self, resource: str, **columns: Any) -> Row | None:
        name = f"{resource} by {' '.join(columns)}"
        prepared = self.tables.prepared(name, self.dialect, lambda: self.tables.by_columns(resource, columns))
        with self._naming_damage(resource):
            row = prepared.one(self.connection, owner=self.tenant_id, **by_name(columns))
        if row is not None:
            self.rows.append((resource, row))
        return row

    def page(self, owner: str, owner_id: str, collection: str, item: str, query: Query) -> Page:
        with self._naming_damage(item):
            page = Listing(
                self.connection, self.tables, self.tenant_id, owner, owner_id, collection, item, query
            ).read()
        self.rows += [(item, each) for each in page.rows]
        return page

    def contains(self, owner: str, owner_id: str, collection: str, item: str, id: str) -> bool:
        return Listing(
            self.connection, self.tables, self.tenant_id, owner, owner_id, collection, item, Query()
        ).contains(id)

    def insert(self, resource: str, row: Mapping[str, Any]) -> None:
        with translated():
            self.connection.execute(self.tables.of[resource].insert(), [dict(row)])

    def insert_many(self, resource: str, rows: Iterable[Mapping[str, Any]]) -> None:
        # RETURNING makes few statements of many rows: on PostgreSQL triggers run once for each statement.
        table = self.tables.of[resource]
        with translated():
            self.connection.execute(table.insert().returning(table.c.id), [dict(each) for each in rows])

    def update(self, resource: str, id: str, changes: Mapping[str, Any]) -> bool:
        table = self.tables.of[resource]
        statement = (
            table.update().where(table.c.id == id, _of_tenant(table, self.tenant_id)).values(dict(changes))
        )
        with translated():
            return self.connection.execute(statement).rowcount == 1

    def delete(self, resource: str, id: str) -> bool:
        table = self.tables.of[resource]
        if resource in self.tables.large_owners:
            deadlines.allow(self.connection, deadlines.LONG)
        statement = table.delete().where(table.c.id == id, _of_tenant(table, self.tenant_id))
        return self.connection.execute(statement).rowcount == 1

    def lock(self, resource: str, id: str) -> bool:
        # SQLite's transaction is the lock already; PostgreSQL needs a lock on the row. Not its strongest one:
        # inserts of rows that only refer to this one would wait for it, and deadlock with each other.
        prepared = self.tables.prepared(
            f"lock of {resource}",
            self.dialect,
            lambda: _only_id(self.tables.of[resource]).with_for_update(key_share=True),
        )
        return prepared.one(self.connection, id=id, owner=self.tenant_id) is not None

    @contextmanager
    def _naming_damage(self, resource: str) -> Iterator[None]:
        """Raise ``DamagedRow`` for the row because of which the block cannot read several."""
        try:
            yield
        except Exception as error:
            table = self.tables.of[resource]
            if damage.unreadable(table, "", error) is None:
                raise
            ids = sa.select(table.c.id).where(_of_tenant(table, self.tenant_id)).limit(_SEARCHED)
            for id in self.connection.execute(ids).scalars().all():
                self.get(resource, id)
            if (column := damage.undecodable_column(error)) is not None:
                raise DamagedRow(table.name, "(one of many)", f"the column {column} is not UTF-8") from None
            raise

    def damaged(self, error: BaseException) -> DamagedRow | None:
        """Return which row is damaged, where using the rows of this unit failed; ``None`` if none is."""
        return damage.damaged(((self.tables.of[resource], row) for resource, row in self.rows), error)

    def keep_event(self, event: object) -> None:
        self.events.append(event)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        # After an error PostgreSQL refuses every statement in the transaction, until it is rolled back.
        kept = len(self.events)
        self.connection.exec_driver_sql("SAVEPOINT attempt")
        try:
            yield
        except BaseException as error:
            del self.events[kept:]
            self._undo_attempt(error)
            raise
        self.connection.exec_driver_sql("RELEASE SAVEPOINT attempt")

    def _undo_attempt(self, error: BaseException) -> None:
        try:
            self.connection.exec_driver_sql("ROLLBACK TO SAVEPOINT attempt")
            self.connection.exec_driver_sql("RELEASE SAVEPOINT attempt")
        except ERRORS as lost:
            # The connection broke, or the database ended the whole transaction: the unit cannot go on, and a
            # rule must not mistake this for an error that it can answer.
            if isinstance(error, (Unavailable, TimedOut, Busy, *ERRORS)):
                return
            raise translate(lost) from error

    def __repr__(self) -> str:
        return f"<Unit of tenant {self.tenant_id}>"


def _only_id(table: sa.Table) -> sa.Select[Any]:
    return sa.select(table.c.id).where(
        table.c.id == sa.bindparam("id"), owner_column(table) == sa.bindparam("owner")
    )


def _of_tenant(table: sa.Table, tenant_id: str) -> sa.ColumnElement[bool]:
    return owner_column(table) == tenant_id
