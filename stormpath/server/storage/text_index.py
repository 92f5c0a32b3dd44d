"""The index by which texts are found that contain a text: of names, addresses and descriptions.

On SQLite it is a table of FTS5 for each kind of resource, which holds the three-character parts (trigrams) of
the folded texts. On PostgreSQL it is a GIN index of the extension ``pg_trgm``. Triggers, or the index itself,
keep it in the transaction of the change.

It also holds what each row belongs to, its directory and tenant: a search in a small directory reads none of
the rows in which a large one contains the text. On SQLite that is the end of the id, as three characters
of Unicode's private use area, so that each is one trigram. Two ids may share it, as two texts may share all
trigrams: what the index finds are candidates, and the conditions of the query are checked on each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from stormpath.server.schema.query import MatchKind

if TYPE_CHECKING:
    from stormpath.server.storage.tables import Tables

#: The columns that say what a row belongs to, where a table has them.
SCOPES: Final = ("directory_id", "tenant_id")

#: The most trigrams of one text that are looked for.
MOST_TRIGRAMS: Final = 12

#: Beside the first and the last character of each text on SQLite: with them it also has trigrams for what it
#: begins and ends with, and one of a single character has one.
_START: Final = "\x02"
_END: Final = "\x03"

_PRIVATE_USE: Final = 0xE000

#: PostgreSQL's list of what is not in the index yet, in kilobytes. Each search reads all of it.
_PENDING: Final = 128

EXTENSION: Final = "CREATE EXTENSION IF NOT EXISTS pg_trgm"


def of(tables: Tables) -> dict[str, tuple[list[str], list[str]]]:
    """Return the columns of scopes and those of texts that are indexed, by table."""
    found = {}
    for name, resource in tables.resources.items():
        if resource.text_index:
            table = tables.of[name]
            scopes = [each for each in SCOPES if each in table.c]
            found[table.name] = (scopes, [each.key_column for each in resource.searched_texts])
    return found


def sqlite_names(table: str) -> tuple[str, str]:
    """Return the names of SQLite's index of a table, and of the table that numbers its rows."""
    return f"{table}_search", f"{table}_search_rows"


def add(tables: Tables) -> None:
    """Create the indexes with the declared tables, in ``create_all``. Migrations write their own."""
    for dialect, statements in (
        ("sqlite", sqlite_ddl(tables)),
        ("postgresql", [EXTENSION, *postgresql_indexes(tables)]),
    ):
        for statement in statements:
            ddl = sa.DDL(statement.replace("%", "%%")).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]  # SQLAlchemy has no annotation here
            sa.event.listen(tables.metadata, "after_create", ddl)


def sqlite_ddl(tables: Tables) -> list[str]:
    """Return the statements that make SQLite's indexes, and the triggers that keep them."""
    statements = []
    for table, (scopes, texts) in of(tables).items():
        index, rows = sqlite_names(table)
        columns = ", ".join([*scopes, *texts])
        # S608: names that are declared.
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
        statements += [
            # A number of our own: VACUUM may change that of SQLite.
            f"CREATE TABLE {rows} (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE)",
            f"CREATE VIRTUAL TABLE {index} USING fts5({columns}, content='', columnsize=0, "
            "detail=column, tokenize='trigram case_sensitive 1')",
            f"CREATE TRIGGER search_{table}_added AFTER INSERT ON {table} "  # noqa: S608  # Our names.
            f"BEGIN INSERT INTO {rows} (id) VALUES (NEW.id); {added} END",
            f"CREATE TRIGGER search_{table}_changed AFTER UPDATE OF {', '.join(texts)} ON {table} "
            f"WHEN {changed} BEGIN {removed} {added} END",
            f"CREATE TRIGGER search_{table}_removed AFTER DELETE ON {table} "  # noqa: S608  # Our names.
            f"BEGIN {removed} DELETE FROM {rows} WHERE id = OLD.id; END",
        ]
    return statements


def _values(row: str, scopes: list[str], texts: list[str]) -> str:
    values = [_sql_scope(f"{row}.{each}") for each in scopes]
    return ", ".join(values + [f"char(2) || {row}.{each} || char(3)" for each in texts])


def _sql_scope(column: str) -> str:
    """Return :func:`_scope` in SQL."""
    # ``unicode`` is that of the first character.
    code = f"(unicode(substr('000000' || {column}, -%s)) - 48)"
    pairs = (f"{_PRIVATE_USE} + 75 * {code % at} + {code % (at - 1)}" for at in (6, 4, 2))
    return f"char({', '.join(pairs)})"


def _scope(id: str) -> str:
    end = [ord(each) - 48 for each in f"000000{id}"[-6:]]
    return "".join(chr(_PRIVATE_USE + 75 * end[at] + end[at + 1]) for at in (0, 2, 4))


def trigrams(kind: MatchKind, text: str) -> list[str]:
    """Return three-character parts that each folded text has on SQLite which matches, some if there are many.

    There are none for a text that is too short.
    """
    if kind == "present" or "\x00" in text:
        return []
    start = _START if kind in ("starts", "equals") else ""
    end = _END if kind in ("ends", "equals") else ""
    whole = f"{start}{text}{end}"
    number = len(whole) - 2
    if number <= MOST_TRIGRAMS:
        places = list(range(number))
    else:
        # From all over the text, the last one included.
        places = [each * (number - 1) // (MOST_TRIGRAMS - 1) for each in range(MOST_TRIGRAMS)]
    return list(dict.fromkeys(whole[each : each + 3] for each in places))


def fts5_all(parts: list[str], column: str = "") -> str:
    """Return a query of FTS5 for rows with all of the parts, in one column or in any."""
    return " AND ".join(f"{column} : {_quoted(each)}" if column else _quoted(each) for each in parts)


def fts5_scope(column: str, ids: tuple[str, ...]) -> str:
    """Return a query of FTS5 for rows that belong to one of the owners."""
    return "(" + " OR ".join(f"{column} : {_quoted(_scope(each))}" for each in ids) + ")"


def _quoted(text: str) -> str:
    # A string of FTS5, in which nothing but a quotation mark has a meaning.
    return '"' + text.replace('"', '""') + '"'


def postgresql_indexes(tables: Tables, opclass: str = "gin_trgm_ops") -> list[str]:
    """Return the statements that make PostgreSQL's indexes, once the extension is there.

    Of expressions, not of the columns: such an index also answers ``=``, and slowly. A login, which compares
    a name, would be led to it.
    """
    made = {
        table: [f"({each} || '') {opclass}" for each in texts] for table, (_, texts) in of(tables).items()
    }
    return [
        f"CREATE INDEX IF NOT EXISTS {postgresql_name(table)} ON {table} USING gin "
        f"((ARRAY[{', '.join(scopes)}]), {', '.join(made[table])}) "
        f"WITH (gin_pending_list_limit = {_PENDING})"
        for table, (scopes, _) in of(tables).items()
    ]


def postgresql_name(table: str) -> str:
    """Return the name of PostgreSQL's index of a table."""
    return f"ix_{table}_search_texts"


def postgresql_scope(table: sa.Table, ids: tuple[str, ...]) -> sa.ColumnElement[bool]:
    """Return the condition, which the index answers, that a row belongs to one of the owners."""
    from sqlalchemy.dialects.postgresql import array

    columns: list[sa.ColumnElement[Any]] = [table.c[each] for each in SCOPES if each in table.c]
    return array(columns).op("&&", is_comparison=True)(
        sa.literal(list(ids), sa.ARRAY(sa.Text(collation="C")))
    )
