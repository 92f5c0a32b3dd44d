"""Searches in custom data: the one place with the two databases' JSON functions.

A path leads through objects by key. An array at its end matches when any of its elements does.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.schema.query import MAX_COMPOSED, Between, CustomBetween, CustomMatch
from stormpath.server.storage import custom_values
from stormpath.server.storage.column_types import BINARY_TEXT
from stormpath.server.storage.conditions import between, text_condition

# The escape of NUL, and not a backslash that is escaped itself before "u0000".
_NUL: Final = r"(^|[^\\])(\\\\)*\\u0000"

# A path that leads nowhere, as this key is reserved.
_NOWHERE: Final = "$.href"

Condition = sa.ColumnElement[bool]


def matches(
    dialect: str, documents: sa.Table, owner: sa.ColumnElement[Any], wanted: CustomMatch | CustomBetween
) -> Condition:
    """Return the condition that a row's custom data has such a value at the path."""
    rows: sa.FromClause = documents
    condition: Condition
    if dialect == "sqlite":
        function = (
            sa.func.custom_data_matches if isinstance(wanted, CustomMatch) else sa.func.custom_data_is_between
        )
        condition = function(_sqlite_found(documents, wanted.path), custom_values.encoded(wanted))
    else:
        values = _PostgresqlValues(documents, wanted.path)
        rows, condition = values.rows, values.condition(wanted)
    return sa.exists(sa.select(1).select_from(rows).where(documents.c.owner_id == owner, condition))


def sort_key(
    dialect: str, documents: sa.Table, owner: sa.ColumnElement[Any], path: tuple[str, ...]
) -> sa.ColumnElement[str]:
    """Return the text by whose bytes rows are ordered: numbers by value, then texts; null for no value."""
    if dialect == "sqlite":
        key = sa.func.custom_data_order_key(_sqlite_found(documents, path), type_=BINARY_TEXT)
        rows: sa.FromClause = documents
    else:
        values = _PostgresqlValues(documents, path)
        rows, key = values.rows, sa.func.min(values.order_key, type_=BINARY_TEXT)
    return sa.select(key).select_from(rows).where(documents.c.owner_id == owner).scalar_subquery()


def _sqlite_found(documents: sa.Table, path: tuple[str, ...]) -> sa.ColumnElement[str]:
    """Return the JSON text that the functions of ``custom_values`` take."""
    return sa.func.json_extract(documents.c.document, _json_path(path), _NOWHERE)


def _json_path(path: tuple[str, ...]) -> str:
    return "$" + "".join(f'."{key}"' for key in path)


class _PostgresqlValues:
    """The values at a path, with their documents: a row for each, or for each element of an array."""

    def __init__(self, documents: sa.Table, path: tuple[str, ...]) -> None:
        from sqlalchemy.dialects.postgresql import JSONB, JSONPATH, array

        # jsonb refuses the escape of the NUL character, which JSON allows: such documents are not searched.
        readable = sa.not_(documents.c.document.regexp_match(_NUL))
        document = sa.case((readable, sa.cast(documents.c.document, JSONB)))
        # Strict, so that a key is never taken for the index of an array; silent where the path ends early.
        found = sa.func.jsonb_path_query_first(
            document,
            sa.cast(f"strict {_json_path(path)}", JSONPATH),
            sa.literal({}, JSONB),
            sa.true(),
            type_=JSONB,
        )
        listed = sa.case(
            (sa.func.jsonb_typeof(found) == "array", found),
            else_=sa.func.jsonb_build_array(found, type_=JSONB),
        )
        each = (
            sa.func.jsonb_array_elements(listed)
            .table_valued(sa.column("value", JSONB), name="each_value")
            .lateral()
        )
        # The values are those of the document in the same row: there is nothing to join on.
        self.rows = documents.join(each, sa.true())
        self._kind = sa.func.jsonb_typeof(each.c.value)
        self._bare = each.c.value.op("#>>", return_type=sa.Text())(
            sa.cast(array([], type_=sa.Text), sa.ARRAY(sa.Text))
        )
        self._number = sa.case((self._kind == "number", sa.cast(self._bare, sa.Numeric)))

    def condition(self, wanted: CustomMatch | CustomBetween) -> Condition:
        """Return the condition that the value matches."""
        if isinstance(wanted, CustomBetween):
            instant = sa.case((self._kind == "string", sa.func.custom_data_instant(self._bare)))
            return sa.or_(_within(self._number, wanted.numbers), _within(instant, wanted.instants))
        text = self._text(self._bare)
        if wanted.kind == "starts":
            # No index could answer a range, whose two comparisons would compute the text twice.
            condition = text.startswith(wanted.value, autoescape=True)
        else:
            condition = text_condition(text, wanted.kind, wanted.value)
        # A number of Python's would be sent as a float, in which a long one is another one.
        return condition if wanted.number is None else sa.or_(condition, self._number == wanted.number)

    @property
    def order_key(self) -> sa.ColumnElement[str]:
        """The text by which the value is ordered, as ``custom_values.order_key`` has it."""
        text = self._text(sa.func.left(self._bare, MAX_COMPOSED, type_=sa.Text()))
        return sa.case(
            (self._kind == "number", sa.func.custom_data_number_key(self._number, type_=BINARY_TEXT)),
            else_=sa.literal("3", BINARY_TEXT).concat(text),
        )

    def _text(self, bare: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
        folded = sa.func.custom_data_folded(bare, type_=sa.Text())
        return sa.case(
            (self._kind == "string", folded), (self._kind.in_(("number", "boolean")), bare)
        ).collate("C")


def _within(value: sa.ColumnElement[Any], bounds: Between | None) -> Condition:
    return sa.false() if bounds is None else between(value, bounds)
