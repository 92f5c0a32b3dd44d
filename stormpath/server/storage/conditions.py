"""Filters as SQL conditions that both databases read alike."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from stormpath.server.query import Between, MatchKind

# Sorts after every text that begins with what it is appended to.
_LAST = "\U0010ffff"


def text_condition(column: sa.ColumnElement[str], kind: MatchKind, value: str) -> sa.ColumnElement[bool]:
    """Return the comparison of a folded column with a folded text."""
    if kind == "present":
        return column.is_not(None)
    if kind == "equals":
        return column == value
    if kind == "starts":
        # A range instead of LIKE: either database can answer it from the index.
        return sa.and_(column >= value, column < value + _LAST)
    if kind == "ends":
        return column.endswith(value, autoescape=True)
    return column.contains(value, autoescape=True)


def between(column: sa.ColumnElement[Any], bounds: Between) -> sa.ColumnElement[bool]:
    """Return the comparison of a number with its bounds."""
    parts: list[sa.ColumnElement[bool]] = [column.is_not(None)]
    if bounds.low is not None:
        parts.append(column >= bounds.low if bounds.low_included else column > bounds.low)
    if bounds.high is not None:
        parts.append(column <= bounds.high if bounds.high_included else column < bounds.high)
    return sa.and_(*parts)
