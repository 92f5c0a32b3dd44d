"""Searches in custom data: the one place with the two databases' JSON functions.

A path leads through objects by key. An array at its end matches when any of its elements does.
"""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa

from stormpath.server.schema.query import Between, CustomBetween, CustomMatch, MatchKind
from stormpath.server.storage.conditions import between, text_condition

_DECIMAL = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d{1,3})?", re.ASCII)

# The escape of NUL, and not a backslash that is escaped itself before "u0000".
_NUL = r"(^|[^\\])(\\\\)*\\u0000"

Values = tuple[sa.FromClause, sa.ColumnElement[str], sa.ColumnElement[float], sa.ColumnElement[int]]


def matches(
    dialect: str, documents: sa.Table, owner: sa.ColumnElement[Any], wanted: CustomMatch | CustomBetween
) -> sa.ColumnElement[bool]:
    """Return the condition that a row's custom data has such a value at the path."""
    source, text, number, instant = _values(dialect, documents, wanted.path)
    if isinstance(wanted, CustomMatch):
        condition = _as_text(text, number, wanted.kind, wanted.value)
    else:
        condition = sa.or_(_within(number, wanted.numbers), _within(instant, wanted.instants))
    return sa.exists(
        sa.select(1).select_from(_beside(documents, source)).where(documents.c.owner_id == owner, condition)
    )


def sort_key(
    dialect: str, documents: sa.Table, owner: sa.ColumnElement[Any], path: tuple[str, ...]
) -> sa.ColumnElement[Any]:
    """Return the text of the value at the path, by which rows are ordered."""
    source, text, _, _ = _values(dialect, documents, path)
    chosen = sa.select(sa.func.min(text)).select_from(_beside(documents, source))
    return chosen.where(documents.c.owner_id == owner).scalar_subquery()


def _beside(documents: sa.Table, source: sa.FromClause) -> sa.Join:
    # The values are those of the document in the same row: there is nothing to join on.
    return documents.join(source, sa.true())


def _as_text(
    text: sa.ColumnElement[str], number: sa.ColumnElement[float], kind: MatchKind, value: str
) -> sa.ColumnElement[bool]:
    condition = text_condition(text, kind, value)
    if kind == "equals" and (exact := _number(value)) is not None:
        return sa.or_(condition, number == exact)
    return condition


def _number(text: str) -> float | None:
    # Python would also read 1_000, and the digits of other scripts.
    return float(text) if _DECIMAL.fullmatch(text) else None


def _within(value: sa.ColumnElement[Any], bounds: Between | None) -> sa.ColumnElement[bool]:
    return sa.false() if bounds is None else between(value, bounds)


def _values(dialect: str, documents: sa.Table, path: tuple[str, ...]) -> Values:
    return (_sqlite_values if dialect == "sqlite" else _postgresql_values)(documents, path)


def _sqlite_values(documents: sa.Table, path: tuple[str, ...]) -> Values:
    where = "$" + "".join(f'."{key}"' for key in path)
    each = sa.func.json_each(documents.c.document, where).table_valued(
        "type", "atom", "value", name="each_value"
    )
    # json_each lists the members of an object too; those lie deeper than the path says.
    kind = sa.case((sa.func.json_type(documents.c.document, where) == "object", None), else_=each.c.type)
    is_text, is_number = kind == "text", kind.in_(("integer", "real"))
    text = sa.case(
        (is_text, sa.func.lowered(each.c.atom)),
        (is_number, sa.cast(each.c.atom, sa.Text)),
        (kind.in_(("true", "false")), each.c.type),
    )
    number = sa.case((is_number, each.c.atom))
    instant = sa.case((is_text, sa.func.instant(each.c.atom)))
    return each, text, number, instant


def _postgresql_values(documents: sa.Table, path: tuple[str, ...]) -> Values:
    from sqlalchemy.dialects.postgresql import JSONB, JSONPATH, array

    # jsonb refuses the escape of the NUL character, which JSON allows: such documents are not searched.
    readable = sa.not_(documents.c.document.regexp_match(_NUL))
    document = sa.case((readable, sa.cast(documents.c.document, JSONB)))
    # Strict, so that a key is never taken for the index of an array; silent where the path ends early.
    where = "strict $" + "".join(f'."{key}"' for key in path)
    found = sa.func.jsonb_path_query_first(
        document, sa.cast(where, JSONPATH), sa.literal({}, JSONB), sa.true(), type_=JSONB
    )
    listed = sa.case(
        (sa.func.jsonb_typeof(found) == "array", found), else_=sa.func.jsonb_build_array(found, type_=JSONB)
    )
    each = (
        sa.func.jsonb_array_elements(listed)
        .table_valued(sa.column("value", JSONB), name="each_value")
        .lateral()
    )
    value = each.c.value
    kind = sa.func.jsonb_typeof(value)
    bare = value.op("#>>", return_type=sa.Text())(sa.cast(array([], type_=sa.Text), sa.ARRAY(sa.Text)))
    text = sa.case(
        (kind == "string", sa.func.lower(bare.collate("und-x-icu")).collate("C")),
        (kind.in_(("number", "boolean")), bare),
    )
    number = sa.case((kind == "number", sa.cast(bare, sa.Numeric)))
    instant = sa.case((kind == "string", sa.func.custom_data_instant(bare)))
    return each, text, number, instant
