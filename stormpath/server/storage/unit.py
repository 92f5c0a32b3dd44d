"""The unit of work: what reads, or what changes together, on behalf of one tenant.

Every statement made here is scoped by the tenant; another tenant's row is simply not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from stormpath.server.domain.storage import (
    Creation,
    LinkEnd,
    Login,
    OneTimeToken,
    Row,
)
from stormpath.server.schema.query import (
    Page,
    Query,
)
from stormpath.server.storage import (
    account_links,
    idempotency,
    logins,
    one_time_tokens,
    password_history,
    store_mappings,
)
from stormpath.server.storage.errors import translated
from stormpath.server.storage.listing import Listing
from stormpath.server.storage.outbox_writer import OutboxWriter
from stormpath.server.storage.tables import Tables, owner_column


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

    def get(self, resource: str, id: str) -> Row | None:
        prepared = self.tables.prepared(resource, self.dialect, lambda: self.tables.by_id(resource))
        return prepared.one(self.connection, id=id, owner=self.tenant_id)

    def get_many(self, resource: str, ids: Iterable[str]) -> dict[str, Row]:
        table = self.tables.of[resource]
        statement = sa.select(*self.tables.columns(resource)).where(
            table.c.id.in_(set(ids)), _owned(table, self.tenant_id)
        )
        return {each["id"]: dict(each) for each in self.connection.execute(statement).mappings()}

    def find(self, resource: str, **columns: Any) -> Row | None:
        table = self.tables.of[resource]
        conditions = (table.c[name] == value for name, value in columns.items())
        statement = sa.select(*self.tables.columns(resource)).where(
            *conditions, _owned(table, self.tenant_id)
        )
        found = self.connection.execute(statement.limit(1)).one_or_none()
        return None if found is None else dict(found._mapping)

    def page(self, owner: str, owner_id: str, collection: str, item: str, query: Query) -> Page:
        return Listing(self.connection, self.tables, owner, owner_id, collection, item, query).read()

    def contains(self, owner: str, owner_id: str, collection: str, item: str, id: str) -> bool:
        return Listing(self.connection, self.tables, owner, owner_id, collection, item, Query()).has(id)

    def insert(self, resource: str, row: Mapping[str, Any]) -> None:
        with translated():
            self.connection.execute(self.tables.of[resource].insert(), [dict(row)])

    def update(self, resource: str, id: str, changes: Mapping[str, Any]) -> bool:
        table = self.tables.of[resource]
        statement = (
            table.update().where(table.c.id == id, _owned(table, self.tenant_id)).values(dict(changes))
        )
        with translated():
            return self.connection.execute(statement).rowcount == 1

    def delete(self, resource: str, id: str) -> bool:
        table = self.tables.of[resource]
        statement = table.delete().where(table.c.id == id, _owned(table, self.tenant_id))
        return self.connection.execute(statement).rowcount == 1

    def lock(self, resource: str, id: str) -> bool:
        table = self.tables.of[resource]
        # SQLite's transaction is the lock already; PostgreSQL needs the row's. Not its strongest one, for
        # which rows that only refer to this one would have to wait, and with it for each other.
        statement = (
            sa.select(table.c.id)
            .where(table.c.id == id, _owned(table, self.tenant_id))
            .with_for_update(key_share=True)
        )
        return self.connection.execute(statement).first() is not None

    def keep_event(self, event: object) -> None:
        self.events.append(event)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        # PostgreSQL lets nothing more be done in a transaction after an error, unless it goes back before it.
        kept = len(self.events)
        self.connection.exec_driver_sql("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            del self.events[kept:]
            self.connection.exec_driver_sql("ROLLBACK TO SAVEPOINT attempt")
            raise
        finally:
            self.connection.exec_driver_sql("RELEASE SAVEPOINT attempt")

    def remember_creation(self, creation: Creation, now: int) -> None:
        idempotency.remember(self.connection, self.tables, self.tenant_id, creation, now)

    def find_creation(self, key: str, now: int) -> Creation | None:
        return idempotency.find(self.connection, self.tables, self.tenant_id, key, now)

    def custom_data(self, resource: str, ids: Iterable[str]) -> dict[str, Row]:
        table = self.tables.custom_data[resource]
        statement = sa.select(table).where(table.c.owner_id.in_(set(ids)))
        return {each["owner_id"]: dict(each) for each in self.connection.execute(statement).mappings()}

    def save_custom_data(self, resource: str, owner_id: str, row: Mapping[str, Any]) -> None:
        table = self.tables.custom_data[resource]
        changed = table.update().where(table.c.owner_id == owner_id).values(dict(row))
        if self.connection.execute(changed).rowcount == 0:
            self.connection.execute(table.insert(), [{"owner_id": owner_id, **row}])

    def find_login(
        self, application_id: str, login: str, store: tuple[str, str] | None, *, by_email: bool = False
    ) -> Login | None:
        kind, store_id = store or (None, None)
        found = logins.finder(self.tables, self.dialect, kind, by_email=by_email).one(
            self.connection, application=application_id, login=login, store=store_id, tenant=self.tenant_id
        )
        return None if found is None else Login(**{name: found[name] for name in Login.__dataclass_fields__})

    def password_hashes(self, account_id: str, limit: int) -> list[str]:
        return password_history.latest(self.connection, self.tables, self.tenant_id, account_id, limit)

    def keep_password_hash(self, account_id: str, id: str, limit: int) -> None:
        password_history.keep(self.connection, self.tables, self.tenant_id, account_id, id, limit)

    def replace_password_hash(self, account_id: str, old: str, new: str) -> bool:
        return logins.replace_hash(self.connection, self.tables, self.tenant_id, account_id, old, new)

    def ways_to_store(self, application_id: str, kind: str, store_id: str) -> list[str]:
        return store_mappings.ways_to_store(self.connection, self.tables, application_id, kind, store_id)

    def mapping_ids(self, mapping: str, owner_id: str) -> list[str]:
        return store_mappings.ids_in_order(self.connection, self.tables, mapping, owner_id)

    def renumber(self, mapping: str, ids: Iterable[str]) -> None:
        store_mappings.renumber(self.connection, self.tables, mapping, ids)

    def clear_flag(self, mapping: str, owner_id: str, flag: str) -> None:
        store_mappings.clear_flag(self.connection, self.tables, mapping, owner_id, flag)

    def mapping_owners(self, mapping: str, kind: str, store_id: str) -> list[str]:
        return store_mappings.owners_naming(self.connection, self.tables, mapping, kind, store_id)

    def account_links(self, account_id: str) -> list[LinkEnd]:
        return account_links.of_account(self.connection, self.tables, account_id)

    def add_token(self, token: OneTimeToken) -> None:
        with translated():
            one_time_tokens.add(self.connection, self.tables, self.tenant_id, token)

    def find_token(
        self, purpose: str, digest: str, now: int, application_id: str | None = None
    ) -> OneTimeToken | None:
        return one_time_tokens.find(
            self.connection, self.tables, self.tenant_id, purpose, digest, now, application_id
        )

    def spend_token(self, purpose: str, digest: str, now: int, application_id: str | None = None) -> bool:
        return one_time_tokens.spend(
            self.connection, self.tables, self.tenant_id, purpose, digest, now, application_id
        )

    def revoke_tokens(self, purpose: str, account_id: str, now: int) -> None:
        one_time_tokens.revoke(self.connection, self.tables, self.tenant_id, purpose, account_id, now)

    @property
    def outbox(self) -> OutboxWriter:
        return OutboxWriter(self)

    def __repr__(self) -> str:
        return f"<Unit of tenant {self.tenant_id}>"


def _owned(table: sa.Table, tenant_id: str) -> sa.ColumnElement[bool]:
    return owner_column(table) == tenant_id
