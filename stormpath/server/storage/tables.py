"""The tables: those made from the declarations of resources, and the few that no resource declares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.schema import Column, InheritedText, Link, Lookup, Resource, Text, snake_case
from stormpath.server.storage import (
    cascades,
    counts,
    custom_index,
    event_tables,
    mirror_tables,
    service_tables,
    text_index,
)
from stormpath.server.storage.column_types import BINARY_TEXT, TYPES
from stormpath.server.storage.prepared import Prepared, PreparedChange

#: Columns that are in no row: only the queries that need them name them.
NEVER_SELECTED: Final = frozenset({"password_hash"})


class Tables:
    """Every table of a database, by the resource it keeps.

    ``of["account"]`` keeps accounts; ``custom_data["account"]`` their custom data documents, one row for each
    account that has ever been given any. ``configured`` are texts, by column, that stand before those of the
    tenant's owner where a resource has none (``InheritedText``).
    """

    def __init__(self, resources: Iterable[Resource], configured: Mapping[str, str] | None = None) -> None:
        self.metadata = sa.MetaData()
        self._configured = configured or {}
        self.resources = {each.name: each for each in resources}
        self.of = {name: self._table(each) for name, each in self.resources.items() if not each.view_of}
        self.of |= {name: self.of[each.view_of] for name, each in self.resources.items() if each.view_of}
        self.custom_data = {
            name: self._custom_data_table(name)
            for name, each in self.resources.items()
            if each.custom_data is not None
        }
        #: The index of custom data, for the resources whose lists are searched by it.
        self.custom_values = {
            name: custom_index.add_table(self.metadata, self.resources[name])
            for name in custom_index.searched(self.resources.values())
        }
        self.nonces = service_tables.nonces(self.metadata)
        self.password_history = service_tables.password_history(self.metadata)
        self.service_state = service_tables.service_state(self.metadata)
        self.idempotency_keys = service_tables.idempotency_keys(self.metadata)
        self.workflow_tokens = service_tables.workflow_tokens(self.metadata)
        self.spent_refresh_tokens = service_tables.spent_refresh_tokens(self.metadata)
        self.provider_identities = service_tables.provider_identities(self.metadata)
        self.outbox = service_tables.outbox(self.metadata)
        self.mailings = service_tables.mailings(self.metadata)
        self.recovery_codes = service_tables.recovery_codes(self.metadata)
        self.guesses = service_tables.guesses(self.metadata)
        self.known_addresses = service_tables.known_addresses(self.metadata)
        self.console_sessions = service_tables.console_sessions(self.metadata)
        self.agent_states = mirror_tables.agent_states(self.metadata)
        self.mirror_entries = mirror_tables.mirror_entries(self.metadata)
        self.mirror_members = mirror_tables.mirror_members(self.metadata)
        self.agent_logins = mirror_tables.agent_logins(self.metadata)
        self.security_events = event_tables.security_events(self.metadata)
        self.admin_actions = event_tables.admin_actions(self.metadata)
        self.daily_counts = event_tables.daily_counts(self.metadata)
        event_tables.index_dead_messages(self.outbox)
        service_tables.index_imported_hashes(self.of["account"])
        self.counts = counts.add_table(self.metadata)
        self.counted = counts.counted(self.resources.values())
        #: The resources that large collections belong to.
        self.large_owners = frozenset(self.counted.values())
        counts.add_triggers(self)
        #: The columns of scopes and of texts in the index of texts, by table.
        self.text_index = text_index.of(self)
        text_index.add(self)
        self.deletions = service_tables.deletions(self.metadata)
        self._remembering: dict[str, sa.Insert] = {}
        self._prepared: dict[str, Prepared] = {}
        self._changes: dict[str, PreparedChange] = {}
        for name, each in self.resources.items():
            if not each.view_of:
                self._index(name)

    def columns(self, name: str) -> list[sa.ColumnElement[Any]]:
        """Return the columns of that resource's rows, and the values that are looked up in other tables."""
        resource = self.resources[name]
        lookups = [
            self._looked_up_link(name, each) if isinstance(each, Link) else self._looked_up(name, each)
            for each in resource.own
            if (isinstance(each, Link) and (each.flagged or each.latest)) or isinstance(each, Lookup)
        ]
        return self._stored_columns(resource) + lookups

    def _stored_columns(self, resource: Resource) -> list[sa.ColumnElement[Any]]:
        table = self.of[resource.name]
        if resource.view_of:
            names = {each.name for attribute in resource.attributes for each in attribute.columns()}
            return [table.c.id, *(each for each in table.c if each.name in names)]
        owners = {each.column: each for each in resource.own if isinstance(each, InheritedText)}
        return [
            self._inherited(each, owners[each.name]) if each.name in owners else each
            for each in table.c
            if each.name not in NEVER_SELECTED and not each.info.get("key")
        ]

    def _inherited(self, column: sa.Column[Any], text: InheritedText) -> sa.ColumnElement[Any]:
        """Return the column; where it is null the configured text, or else that of the tenant's owner."""
        if (configured := self._configured.get(column.name)) is not None:
            return sa.func.coalesce(column, sa.literal(configured, sa.Text())).label(column.name)
        tenants, accounts = self.of["tenant"], self.of["account"]
        of_owner = (
            sa.select(accounts.c[text.of_owner])
            .join_from(tenants, accounts, accounts.c.id == tenants.c.owner_account_id)
            .where(tenants.c.id == column.table.c.tenant_id)
            .scalar_subquery()
        )
        return sa.func.coalesce(column, of_owner).label(column.name)

    def _looked_up(self, name: str, lookup: Lookup) -> sa.ColumnElement[Any]:
        other, key = self.of.get(lookup.of), "id"
        if other is None:
            # Kept beside accounts, under their ids.
            other, key = {"providerIdentity": self.provider_identities}[lookup.of], "account_id"
        return (
            sa.select(other.c[lookup.column])
            .where(other.c[key] == self.of[name].c[lookup.by])
            .scalar_subquery()
            .label(lookup.column)
        )

    def prepared(self, name: str, dialect: sa.Dialect, make: Callable[[], sa.Select[Any]]) -> Prepared:
        """Return the prepared statement of that name, which ``make`` returns when it is first needed."""
        found = self._prepared.get(name)
        if found is None:
            found = self._prepared[name] = Prepared(make(), dialect)
        return found

    def prepared_change(
        self, name: str, dialect: sa.Dialect, make: Callable[[], sa.Insert | sa.Delete]
    ) -> PreparedChange:
        """Return the prepared change of that name, which ``make`` returns when it is first needed."""
        found = self._changes.get(name)
        if found is None:
            found = self._changes[name] = PreparedChange(make(), dialect)
        return found

    def remembering(self, name: str) -> sa.Insert:
        """Return the statement that keeps the ids of a resource and of all that is deleted with it."""
        found = self._remembering.get(name)
        if found is None:
            found = self._remembering[name] = cascades.remembering(self, name)
        return found

    def by_id(self, name: str) -> sa.Select[Any]:
        """Return the statement that reads one resource by its ``id``, for its ``owner`` (the tenant)."""
        table = self.of[name]
        return sa.select(*self.columns(name)).where(
            table.c.id == sa.bindparam("id"), owner_column(table) == sa.bindparam("owner")
        )

    def by_columns(self, name: str, columns: Iterable[str]) -> sa.Select[Any]:
        """Return the statement that finds one resource of the ``owner`` by these columns (``by_name``)."""
        table = self.of[name]
        conditions = (
            table.c[each] == sa.bindparam(f"by_{each}", type_=table.c[each].type) for each in columns
        )
        of_owner = owner_column(table) == sa.bindparam("owner")
        return sa.select(*self.columns(name)).where(*conditions, of_owner).limit(1)

    def _looked_up_link(self, name: str, link: Link) -> sa.ColumnElement[Any]:
        items = self.of[link.to[0]]
        found = sa.select(items.c.id).where(items.c[f"{snake_case(name)}_id"] == self.of[name].c.id)
        # Ids are in the order of creation.
        found = (
            found.order_by(items.c.id.desc()).limit(1)
            if link.latest
            else found.where(items.c[snake_case(link.flagged)])
        )
        return found.scalar_subquery().label(link.column_of(link.to[0]))

    def _table(self, resource: Resource) -> sa.Table:
        columns = [column for each in resource.attributes for column in each.columns()]
        return sa.Table(
            snake_case(resource.plural),
            self.metadata,
            sa.Column("id", BINARY_TEXT, primary_key=True, nullable=False),
            *(self._column(each) for each in columns),
        )

    def _column(self, column: Column) -> sa.Column[Any]:
        foreign_key = []
        if column.refers_to is not None:
            target = snake_case(self.resources[column.refers_to].plural)
            ondelete = "SET NULL" if column.null_on_delete else "CASCADE"
            foreign_key.append(sa.ForeignKey(f"{target}.id", ondelete=ondelete))
        return sa.Column(
            column.name,
            TYPES[column.kind],
            *foreign_key,
            nullable=column.nullable,
            server_default=_server_default(column.default),
            info={"key": column.kind == "key"},
        )

    def _custom_data_table(self, name: str) -> sa.Table:
        owner = snake_case(self.resources[name].plural)
        return sa.Table(
            f"{owner}_custom_data",
            self.metadata,
            sa.Column(
                "owner_id",
                BINARY_TEXT,
                sa.ForeignKey(f"{owner}.id", ondelete="CASCADE"),
                primary_key=True,
                nullable=False,
            ),
            sa.Column("created_at", sa.BigInteger, nullable=False),
            sa.Column("modified_at", sa.BigInteger, nullable=False),
            # Text, not a JSON type: keys keep their order and numbers their spelling.
            sa.Column("document", sa.Text, nullable=False),
        )

    def _index(self, name: str) -> None:
        resource, table = self.resources[name], self.of[name]
        for attribute in resource.own:
            if isinstance(attribute, Text) and attribute.unique_within is not None:
                columns = (*attribute.unique_within, attribute.key_column)
                self._unique(table, attribute.column, columns)
            if isinstance(attribute, Link) and attribute.flagged:
                self._unique_flag(name, attribute)
        for columns in resource.unique:
            self._unique(table, columns[-1], columns)
        for columns in resource.indexes:
            self._list_index(table, *columns)
        for column in table.c:
            if column.foreign_keys:
                # Lists are read in the order of ids, one owner at a time.
                self._list_index(table, column.name)

    def _list_index(self, table: sa.Table, *columns: str) -> None:
        name = _index_name(f"ix_{table.name}_{'_'.join(columns)}")
        sa.Index(name, *(table.c[each] for each in columns), table.c.id)

    def _unique(self, table: sa.Table, name: str, columns: Iterable[str]) -> None:
        sa.Index(_index_name(f"uq_{table.name}_{name}"), *(table.c[each] for each in columns), unique=True)

    def _unique_flag(self, name: str, link: Link) -> None:
        items = self.of[link.to[0]]
        flag = items.c[snake_case(link.flagged)]
        sa.Index(
            f"uq_{items.name}_{flag.name}",
            items.c[f"{snake_case(name)}_id"],
            unique=True,
            sqlite_where=flag,
            postgresql_where=flag,
        )


def by_name(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return values of columns as parameters of ``Tables.by_columns``."""
    return {f"by_{name}": value for name, value in columns.items()}


def _index_name(name: str) -> str:
    """Return the name of an index, cut to the length that PostgreSQL keeps."""
    return name[:63]


def owner_column(table: sa.Table) -> sa.Column[str]:
    """Return the column with the id of a row's tenant; a tenant's row is its own."""
    column: sa.Column[str] = table.c.id if table.name == "tenants" else table.c.tenant_id
    return column


def _server_default(value: bool | str | None) -> sa.ColumnElement[bool] | str | None:
    if isinstance(value, bool):
        return sa.true() if value else sa.false()
    return value


@lru_cache(maxsize=8)
def shared_tables(
    resources: tuple[Resource, ...], configured: frozenset[tuple[str, str]], dialect: str
) -> Tables:
    """Return the tables for databases of a dialect, which share them and the statements prepared for them.

    To make them takes as long as half of the rest of opening a database.
    """
    return Tables(resources, dict(configured))
