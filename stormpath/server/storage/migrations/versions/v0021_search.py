"""The index of texts, by which searches inside names and addresses find rows, and that of custom data."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

from stormpath.server.storage.migrations.shared import BINARY_TEXT

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# The columns of what a row belongs to, and those of its texts.
TEXTS: Final = {
    "accounts": (
        ("directory_id", "tenant_id"),
        ("username_key", "email_key", "given_name_key", "middle_name_key", "surname_key"),
    ),
    "applications": (("tenant_id",), ("name_key", "description_key")),
    "directories": (("tenant_id",), ("name_key", "description_key")),
    "groups": (("directory_id", "tenant_id"), ("name_key", "description_key")),
    "organizations": (("tenant_id",), ("name_key", "label_key", "description_key")),
}


def upgrade() -> None:
    for owners in ("accounts", "groups"):
        _index_custom_data(owners)
    # Those of texts on PostgreSQL need an extension, which the role may not be able to create: the service
    # tries it each time that it opens the database (storage/trigram_extension.py).
    if op.get_bind().dialect.name == "sqlite":
        for table, (scopes, texts) in TEXTS.items():
            _index_on_sqlite(table, scopes, texts)


def _index_custom_data(owners: str) -> None:
    name = f"{owners}_custom_values"
    op.create_table(
        name,
        sa.Column("directory_id", BINARY_TEXT, nullable=False),
        sa.Column("path", BINARY_TEXT, nullable=False),
        sa.Column("value", BINARY_TEXT, nullable=False),
        sa.Column("owner_id", BINARY_TEXT, sa.ForeignKey(f"{owners}.id", ondelete="CASCADE"), nullable=False),
        sa.PrimaryKeyConstraint("directory_id", "path", "value", "owner_id"),
        sqlite_with_rowid=False,
    )
    # Documents of before have the entry of those that are not indexed until they are stored again.
    op.execute(
        f"INSERT INTO {name} (directory_id, path, value, owner_id) "  # noqa: S608  # Our names.
        f"SELECT directory_id, '', '', owner_id FROM {owners}_custom_data JOIN {owners} ON owner_id = id"
    )
    op.create_index(f"ix_{name}_owner_id", name, ["owner_id"])


def _index_on_sqlite(table: str, scopes: tuple[str, ...], texts: tuple[str, ...]) -> None:
    index, rows = f"{table}_search", f"{table}_search_rows"
    columns = ", ".join(scopes + texts)
    # S608: constants of this file.
    number = f"(SELECT number FROM {rows} WHERE id = %s.id)"  # noqa: S608  # Our names.
    added = (
        f"INSERT INTO {index} (rowid, {columns}) "  # noqa: S608  # Our names.
        f"VALUES ({number % 'NEW'}, {_values('NEW', scopes, texts)});"
    )
    removed = (
        f"INSERT INTO {index} ({index}, rowid, {columns}) "  # noqa: S608  # Our names.
        f"VALUES ('delete', {number % 'OLD'}, {_values('OLD', scopes, texts)});"
    )
    changed = " OR ".join(f"NEW.{each} IS NOT OLD.{each}" for each in texts)
    for statement in (
        f"CREATE TABLE {rows} (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE)",
        f"CREATE VIRTUAL TABLE {index} USING fts5({columns}, content='', columnsize=0, "
        "detail=column, tokenize='trigram case_sensitive 1')",
        f"INSERT INTO {rows} (id) SELECT id FROM {table} ORDER BY id",  # noqa: S608  # Our names.
        f"INSERT INTO {index} (rowid, {columns}) SELECT number, {_values(table, scopes, texts)} "  # noqa: S608  # Our names.
        f"FROM {rows} JOIN {table} ON {table}.id = {rows}.id ORDER BY number",
        f"CREATE TRIGGER search_{table}_added AFTER INSERT ON {table} "  # noqa: S608  # Our names.
        f"BEGIN INSERT INTO {rows} (id) VALUES (NEW.id); {added} END",
        f"CREATE TRIGGER search_{table}_changed AFTER UPDATE OF {', '.join(texts)} ON {table} "
        f"WHEN {changed} BEGIN {removed} {added} END",
        f"CREATE TRIGGER search_{table}_removed AFTER DELETE ON {table} "  # noqa: S608  # Our names.
        f"BEGIN {removed} DELETE FROM {rows} WHERE id = OLD.id; END",
    ):
        op.get_bind().exec_driver_sql(statement)


def _values(row: str, scopes: tuple[str, ...], texts: tuple[str, ...]) -> str:
    values = [_scope(f"{row}.{each}") for each in scopes]
    return ", ".join(values + [f"char(2) || {row}.{each} || char(3)" for each in texts])


def _scope(column: str) -> str:
    """Return the last six characters of an id as three of Unicode's private use area."""
    code = f"(unicode(substr('000000' || {column}, -%s)) - 48)"
    pairs = (f"57344 + 75 * {code % at} + {code % (at - 1)}" for at in (6, 4, 2))
    return f"char({', '.join(pairs)})"
