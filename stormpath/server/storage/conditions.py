"""Filters as SQL conditions with the same meaning on both databases."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from stormpath.server.schema.query import Between, MatchKind


def text_condition(column: sa.ColumnElement[str], kind: MatchKind, value: str) -> sa.ColumnElement[bool]:
    """Return the comparison of a folded column with a folded text."""
    if kind == "present":
        return column.is_not(None)
    if kind == "equals":
        return column == value
    if kind == "starts":
        # A range instead of LIKE: either database can answer it from the index.
        end = _after_prefix(value)
        return column >= value if end is None else sa.and_(column >= value, column < end)
    if kind == "ends":
        return column.endswith(value, autoescape=True)
    return column.contains(value, autoescape=True)


def _after_prefix(prefix: str) -> str | None:
    """Return the first text after all that begin with the prefix; there is none after the last character."""
    head = prefix.rstrip("\U0010ffff")
    if not head:
        return None
    # Surrogates are not characters.
    last = ord(head[-1]) + 1
    return head[:-1] + chr(0xE000 if last == 0xD800 else last)


def between(column: sa.ColumnElement[Any], bounds: Between) -> sa.ColumnElement[bool]:
    """Return the comparison of a number with its bounds."""
    parts: list[sa.ColumnElement[bool]] = [column.is_not(None)]
    if bounds.low is not None:
        parts.append(column >= bounds.low if bounds.low_included else column > bounds.low)
    if bounds.high is not None:
        parts.append(column <= bounds.high if bounds.high_included else column < bounds.high)
    return sa.and_(*parts)
