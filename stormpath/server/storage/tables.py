"""The tables, made from the declarations, and the few that no resource declares."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.declaration import Column, Link, Resource, Text, snake_case
from stormpath.server.storage import counts
from stormpath.server.storage.prepared import Prepared

# Ids, folded keys and timestamps compare byte by byte on both databases, whatever the cluster's locale is.
_BINARY_TEXT: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_TYPES: Final[dict[str, Any]] = {
    "id": _BINARY_TEXT,
    "key": _BINARY_TEXT,
    "text": sa.Text(),
    "integer": sa.BigInteger(),
    "boolean": sa.Boolean(create_constraint=False),
    "instant": sa.BigInteger(),
    "list": sa.JSON(),
}

#: Columns that are read only by the query that needs them.
UNREAD: Final = frozenset({"password_hash"})


class Tables:
    """Every table of a database, by the resource it keeps.

    ``of["account"]`` keeps accounts; ``custom_data["account"]`` their custom data documents, one row for each
    account that has ever been given any.
    """

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.metadata = sa.MetaData()
        self.resources = {each.name: each for each in resources}
        self.of = {name: self._table(each) for name, each in self.resources.items()}
        self.custom_data = {
            name: self._custom_data_table(name)
            for name, each in self.resources.items()
            if each.custom_data is not None
        }
        self.api_keys = _api_keys(self.metadata)
        self.nonces = _nonces(self.metadata)
        self.service_state = _service_state(self.metadata)
        self.counts = counts.add_table(self.metadata, _BINARY_TEXT)
        self.counted = counts.counted(self.resources.values())
        counts.add_triggers(self)
        self._prepared: dict[str, Prepared] = {}
        for name in self.resources:
            self._index(name)

    def columns(self, name: str) -> list[sa.ColumnElement[Any]]:
        """Return what a row of that resource holds: its columns and the links that are looked up."""
        table = self.of[name]
        stored: list[sa.ColumnElement[Any]] = [
            each for each in table.c if each.name not in UNREAD and not each.info.get("key")
        ]
        flagged = [
            self._flagged_link(name, each)
            for each in self.resources[name].own
            if isinstance(each, Link) and each.flagged
        ]
        return stored + flagged

    def prepared(self, name: str, dialect: sa.Dialect, make: Callable[[], sa.Select[Any]]) -> Prepared:
        """Return the prepared statement of that name, which ``make`` returns when it is first needed."""
        found = self._prepared.get(name)
        if found is None:
            found = self._prepared[name] = Prepared(make(), dialect)
        return found

    def by_id(self, name: str) -> sa.Select[Any]:
        """Return the statement that reads one resource by its ``id``, for its ``owner`` (the tenant)."""
        table = self.of[name]
        return sa.select(*self.columns(name)).where(
            table.c.id == sa.bindparam("id"), owner_column(table) == sa.bindparam("owner")
        )

    def _flagged_link(self, name: str, link: Link) -> sa.ColumnElement[Any]:
        items = self.of[link.to[0]]
        return (
            sa.select(items.c.id)
            .where(items.c[f"{snake_case(name)}_id"] == self.of[name].c.id, items.c[snake_case(link.flagged)])
            .scalar_subquery()
            .label(link.column_of(link.to[0]))
        )

    def _table(self, resource: Resource) -> sa.Table:
        columns = [column for each in resource.attributes for column in each.columns()]
        return sa.Table(
            snake_case(resource.plural),
            self.metadata,
            sa.Column("id", _BINARY_TEXT, primary_key=True, nullable=False),
            *(self._column(each) for each in columns),
        )

    def _column(self, column: Column) -> sa.Column[Any]:
        foreign_key = []
        if column.refers_to is not None:
            target = snake_case(self.resources[column.refers_to].plural)
            foreign_key.append(sa.ForeignKey(f"{target}.id", ondelete="CASCADE"))
        return sa.Column(
            column.name,
            _TYPES[column.kind],
            *foreign_key,
            nullable=column.nullable,
            info={"key": column.kind == "key"},
        )

    def _custom_data_table(self, name: str) -> sa.Table:
        owner = snake_case(self.resources[name].plural)
        return sa.Table(
            f"{owner}_custom_data",
            self.metadata,
            sa.Column(
                "owner_id",
                _BINARY_TEXT,
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
                self._one_flagged(name, attribute)
        for columns in resource.unique:
            self._unique(table, columns[-1], columns)
        for columns in resource.indexes:
            self._list_index(table, *columns)
        for column in table.c:
            if column.foreign_keys:
                # Lists are read in the order of ids, one owner at a time.
                self._list_index(table, column.name)

    def _list_index(self, table: sa.Table, *columns: str) -> None:
        sa.Index(f"ix_{table.name}_{'_'.join(columns)}", *(table.c[each] for each in columns), table.c.id)

    def _unique(self, table: sa.Table, name: str, columns: Iterable[str]) -> None:
        sa.Index(f"uq_{table.name}_{name}", *(table.c[each] for each in columns), unique=True)

    def _one_flagged(self, name: str, link: Link) -> None:
        items = self.of[link.to[0]]
        flag = items.c[snake_case(link.flagged)]
        sa.Index(
            f"uq_{items.name}_{flag.name}",
            items.c[f"{snake_case(name)}_id"],
            unique=True,
            sqlite_where=flag,
            postgresql_where=flag,
        )


def owner_column(table: sa.Table) -> sa.Column[str]:
    """Return the column that says whose a row is; a tenant is its own."""
    column: sa.Column[str] = table.c.id if table.name == "tenants" else table.c.tenant_id
    return column


def _api_keys(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "api_keys",
        metadata,
        sa.Column("id", _BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("tenant_id", _BINARY_TEXT, sa.ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False),
        sa.Column(
            "account_id", _BINARY_TEXT, sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("encrypted_secret", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("modified_at", sa.BigInteger, nullable=False),
        sa.Index("ix_api_keys_account_id", "account_id"),
        sa.Index("ix_api_keys_tenant_id", "tenant_id"),
    )


def _nonces(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "nonces",
        metadata,
        sa.Column("purpose", _BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("value", _BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Index("ix_nonces_expires_at", "expires_at"),
    )


def _service_state(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "service_state",
        metadata,
        sa.Column("name", _BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
    )
