"""Totals of the large collections, which triggers keep, so that no list counts its rows.

A collection is counted when its declaration says so. Triggers see every insertion and deletion of a row,
cascades included, and what they write commits or rolls back with it.

The total of one collection is the sum of its rows in ``counts``. On SQLite, which has one writer at a time,
there is one row. On PostgreSQL a transaction adds to any row that no other transaction has locked, and
inserts a new one when there is none: writers never wait for a counter, neither in a queue nor in a deadlock,
and a collection has no more rows than it ever had writers at the same moment. The totals are deleted with
their owner. That does not wait either: a transaction that has locked a total of the owner has also locked an
item or the owner itself, for which the deletion has waited before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from string import Template
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from stormpath.server.schema import Collection, Resource, snake_case
from stormpath.server.storage.column_types import BINARY_TEXT

if TYPE_CHECKING:
    from stormpath.server.storage.tables import Tables

# PL/pgSQL plans its statements once for each connection.
_ADD_TO_COUNT: Final = """
CREATE FUNCTION add_to_count(owner text, items text, change bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE counts SET total = total + change
    WHERE owner_id = owner AND kind = items AND slot = (
        SELECT slot FROM counts WHERE owner_id = owner AND kind = items LIMIT 1 FOR UPDATE SKIP LOCKED
    );
    IF NOT FOUND THEN
        INSERT INTO counts (owner_id, kind, slot, total)
        VALUES (owner, items, nextval('counts_slot'), change);
    END IF;
END
$$
"""

# At the end of the transaction: rows that a deletion cascades to are counted after its own triggers.
_FORGET_COUNTS: Final = """
CREATE FUNCTION forget_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM counts WHERE owner_id = OLD.id;
    RETURN NULL;
END
$$
"""

# The names in these statements are those of declared tables and columns, never of a request.
_SQLITE_ADDED: Final = Template(
    "INSERT INTO counts (owner_id, kind, slot, total) VALUES (NEW.$column, '$items', 0, 1) "
    "ON CONFLICT (owner_id, kind, slot) DO UPDATE SET total = total + 1;"
)
_SQLITE_REMOVED: Final = Template(
    "UPDATE counts SET total = total - 1 WHERE owner_id = OLD.$column AND kind = '$items';"
)
_SQLITE_FORGET: Final = Template(
    "CREATE TRIGGER forget_counts_of_$owners AFTER DELETE ON $owners "
    "BEGIN DELETE FROM counts WHERE owner_id = OLD.id; END"
)
_POSTGRESQL_COUNT: Final = Template(
    "    PERFORM add_to_count(owner, '$items', CASE TG_OP WHEN 'DELETE' THEN -number ELSE number END)\n"
    "    FROM (SELECT $column AS owner, count(*) AS number FROM changed GROUP BY 1) AS each;\n"
)


def add_table(metadata: sa.MetaData) -> sa.Table:
    """Declare the table of the totals."""
    return sa.Table(
        "counts",
        metadata,
        sa.Column("owner_id", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("kind", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("slot", sa.BigInteger, primary_key=True, nullable=False, autoincrement=False),
        sa.Column("total", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def counted(resources: Iterable[Resource]) -> dict[tuple[str, str], str]:
    """Return the kind of owner for each kind of item and column of it that are counted."""
    return {
        (each.of, f"{snake_case(owner.name)}_id"): owner.name
        for owner in resources
        for each in owner.own
        if isinstance(each, Collection) and each.counted
    }


def add_triggers(tables: Tables) -> None:
    """Create the triggers with the declared tables, in ``create_all``. Migrations write their own."""
    for dialect, statements in (("sqlite", sqlite_ddl(tables)), ("postgresql", postgresql_ddl(tables))):
        for statement in statements:
            ddl = sa.DDL(statement.replace("%", "%%")).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]  # SQLAlchemy has no annotation here
            sa.event.listen(tables.metadata, "after_create", ddl)


def sqlite_ddl(tables: Tables) -> list[str]:
    """Return the statements that make the triggers on SQLite; they run once for each row."""
    statements = []
    for items, columns in _columns(tables).items():
        added = " ".join(_SQLITE_ADDED.substitute(items=items, column=each) for each in columns)
        removed = " ".join(_SQLITE_REMOVED.substitute(items=items, column=each) for each in columns)
        statements += [
            f"CREATE TRIGGER count_{items}_added AFTER INSERT ON {items} BEGIN {added} END",
            f"CREATE TRIGGER count_{items}_removed AFTER DELETE ON {items} BEGIN {removed} END",
        ]
    return statements + [_SQLITE_FORGET.substitute(owners=each) for each in _owners(tables)]


def postgresql_ddl(tables: Tables) -> list[str]:
    """Return the statements that make the triggers on PostgreSQL; they run once for each statement."""
    statements = ["CREATE SEQUENCE counts_slot", _ADD_TO_COUNT, _FORGET_COUNTS]
    for items, columns in _columns(tables).items():
        statements += [
            _postgresql_function(items, columns),
            f"CREATE TRIGGER count_{items}_added AFTER INSERT ON {items} "
            f"REFERENCING NEW TABLE AS changed EXECUTE FUNCTION count_{items}()",
            f"CREATE TRIGGER count_{items}_removed AFTER DELETE ON {items} "
            f"REFERENCING OLD TABLE AS changed EXECUTE FUNCTION count_{items}()",
        ]
    return statements + [
        f"CREATE CONSTRAINT TRIGGER forget_counts_of_{owners} AFTER DELETE ON {owners} "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION forget_counts()"
        for owners in _owners(tables)
    ]


def _postgresql_function(items: str, columns: Iterable[str]) -> str:
    body = "".join(_POSTGRESQL_COUNT.substitute(items=items, column=each) for each in columns)
    return (
        f"CREATE FUNCTION count_{items}() RETURNS trigger LANGUAGE plpgsql AS $$\n"
        f"BEGIN\n{body}    RETURN NULL;\nEND\n$$"
    )


def totals(
    connection: sa.Connection, tables: Tables, item: str, owner_ids: Iterable[str]
) -> Mapping[str, int]:
    """Return how many items of that kind each owner has; one that never had any is left out."""
    count = tables.counts.c
    statement = (
        sa.select(count.owner_id, sa.func.sum(count.total))
        .where(count.owner_id.in_(list(owner_ids)), count.kind == tables.of[item].name)
        .group_by(count.owner_id)
    )
    return {owner_id: int(total) for owner_id, total in connection.execute(statement)}


def _columns(tables: Tables) -> dict[str, list[str]]:
    columns: dict[str, list[str]] = {}
    for item, column in tables.counted:
        columns.setdefault(tables.of[item].name, []).append(column)
    return {items: sorted(columns[items]) for items in sorted(columns)}


def _owners(tables: Tables) -> list[str]:
    return sorted({tables.of[owner].name for owner in tables.counted.values()})
