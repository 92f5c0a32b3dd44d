"""Which rows a search inside texts finds, read from the index of texts (``text_index.py``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from stormpath.server.schema.query import AnyContains, Filter, Match, MatchKind
from stormpath.server.storage import text_index
from stormpath.server.storage.candidates import Candidates, Scope
from stormpath.server.storage.cross_join import CrossJoin
from stormpath.server.storage.tables import Tables

Condition = sa.ColumnElement[bool]

#: The shortest text that PostgreSQL's index finds anywhere, and the shortest at an end of a word.
_INSIDE: Final = 3
_AT_AN_END: Final = 2

#: The most texts of ``q`` that PostgreSQL's index looks for.
MAX_PARTS: Final = 8


def candidates(
    dialect: str, tables: Tables, table: sa.Table, filters: Sequence[Filter], scope: Scope
) -> Candidates | None:
    """Return the rows of an indexed table that filters may find.

    ``None`` means that all texts are too short for the index.
    """
    _, texts = tables.text_index[table.name]
    find = _on_sqlite if dialect == "sqlite" else _on_postgresql
    return find(table, texts, filters, scope)


def _on_sqlite(
    table: sa.Table, texts: Sequence[str], filters: Sequence[Filter], scope: Scope
) -> Candidates | None:
    found = [each for wanted in filters if (each := _fts5(wanted, texts))]
    if not found:
        return None
    index_name, rows_name = text_index.sqlite_names(table.name)
    index = sa.table(index_name, sa.column("rowid", sa.Integer))
    rows = sa.table(rows_name, sa.column("number", sa.Integer), sa.column("id", table.c.id.type))
    joined = CrossJoin(CrossJoin(index, rows, rows.c.number == index.c.rowid), table, table.c.id == rows.c.id)
    query = " AND ".join([text_index.fts5_scope(scope.column, scope.ids), *found])
    condition = sa.literal_column(index_name).op("MATCH", is_comparison=True)(query)
    return Candidates(joined, table.c.id, condition, sa.select(index.c.rowid).where(condition))


def _fts5(wanted: Filter, texts: Sequence[str]) -> str:
    match wanted:
        case Match() if wanted.column in texts:
            return text_index.fts5_all(text_index.trigrams(wanted.kind, wanted.value), wanted.column)
        case AnyContains():
            found = (text_index.trigrams("contains", each) for each in _parts(wanted))
            parts = dict.fromkeys(trigram for each in found for trigram in each)
            return text_index.fts5_all(list(parts)[: text_index.MOST_TRIGRAMS])
    return ""


def _parts(wanted: AnyContains) -> list[str]:
    """Return texts that a row has in some of the columns: each is in one of those that are joined."""
    return list(dict.fromkeys(part for word in wanted.words for part in word.split()))


def _on_postgresql(
    table: sa.Table, texts: Sequence[str], filters: Sequence[Filter], scope: Scope
) -> Candidates | None:
    found = [each for wanted in filters for each in _likes(wanted, table, texts)]
    if not found:
        return None
    condition = sa.and_(text_index.postgresql_scope(table, scope.ids), *found)
    return Candidates(table, table.c.id, condition, sa.select(table.c.id).where(condition))


def _likes(wanted: Filter, table: sa.Table, texts: Sequence[str]) -> list[Condition]:
    match wanted:
        case Match() if wanted.column in texts and _has_trigrams(wanted.kind, wanted.value):
            return [_like(table.c[wanted.column], wanted.kind, wanted.value)]
        case AnyContains():
            parts = [each for each in _parts(wanted) if _has_trigrams("contains", each)]
            return [
                sa.or_(*(_like(table.c[column], "contains", part) for column in wanted.columns))
                for part in parts[:MAX_PARTS]
            ]
    return []


def _like(column: sa.ColumnElement[str], kind: MatchKind, text: str) -> Condition:
    # Also for what is compared by = or a range: the index answers LIKE alone.
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    before = "%" if kind in ("ends", "contains") else ""
    after = "%" if kind in ("starts", "contains") else ""
    # As the index has it (``text_index.postgresql_indexes``).
    indexed = column.op("||")(sa.literal_column("''", sa.Text()))
    return indexed.like(f"{before}{escaped}{after}")


def _has_trigrams(kind: MatchKind, text: str) -> bool:
    if kind == "present" or "\x00" in text:
        return False
    letters = "".join(each if each.isalnum() else " " for each in text)
    words = letters.split()
    if any(len(each) >= _INSIDE for each in words):
        return True
    if kind == "equals":
        return bool(words)
    # The ends of a text are ends of words.
    first, last = letters.split(" ", 1)[0], letters.rsplit(" ", 1)[-1]
    return len(first if kind == "starts" else last if kind == "ends" else "") >= _AT_AN_END
