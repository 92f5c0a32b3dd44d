"""A query of a collection in plain values, which the REST engine makes and storage runs.

Names are column names; strings are already folded (see :func:`fold`), times are milliseconds since 1970.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal

from stormpath.server.schema.errors import ApiError, Code

DEFAULT_LIMIT = 25
MAX_LIMIT = 100

#: The longest query string, and the most parameters in one. The cursor of a ``next`` link holds the values of
#: up to eight attributes, in Base64.
MAX_QUERY: Final = 32 * 1024
MAX_PARAMETERS: Final = 64

#: The longest text in custom data that is composed, in characters: composing takes a time that grows with the
#: square of the length.
MAX_COMPOSED: Final = 255

MatchKind = Literal["equals", "starts", "ends", "contains", "present"]


def check_size(query: str) -> None:
    """Raise an error for a query string that is too long, or has too many parameters, to be parsed."""
    if len(query) > MAX_QUERY:
        raise ApiError(Code.QUERY_MALFORMED, f"The query string is longer than {MAX_QUERY} characters.")
    if query.count("&") >= MAX_PARAMETERS:
        raise ApiError(Code.QUERY_MALFORMED, f"The query string has more than {MAX_PARAMETERS} parameters.")


def fold(text: str) -> str:
    """Return the form in which names, e-mails and searches are compared: case-folded, Unicode-composed."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text.casefold())


def fold_custom_data(text: str) -> str:
    """Return the form in which custom data is searched and ordered: as :func:`fold` up to ``MAX_COMPOSED``.

    A longer text is case-folded alone. PostgreSQL has the same as a function of its own
    (``custom_data_folded``, in migration 0013).
    """
    return fold(text) if len(text) <= MAX_COMPOSED else text.casefold()


@dataclass(frozen=True, slots=True)
class Match:
    """One attribute compared with a text."""

    column: str
    kind: MatchKind
    value: str = ""


@dataclass(frozen=True, slots=True)
class OneOf:
    """One attribute that is one of several words."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnyContains:
    """Each of the words is contained in at least one of the columns (the ``q`` parameter).

    A word with a space in it is looked for in the ``joined`` columns too, which join the others by spaces.
    """

    columns: tuple[str, ...]
    words: tuple[str, ...]
    joined: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Between:
    """A number between two bounds; ``None`` leaves an end open."""

    column: str
    low: int | Decimal | None = None
    high: int | Decimal | None = None
    low_included: bool = True
    high_included: bool = True


@dataclass(frozen=True, slots=True)
class CustomMatch:
    """A custom data value, at a path of keys, whose text matches, or which is the ``number``."""

    path: tuple[str, ...]
    kind: MatchKind
    value: str = ""
    number: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CustomBetween:
    """A custom data value, at a path of keys, between two bounds.

    JSON numbers are compared with ``numbers``, ISO 8601 strings with ``instants``; each is a :class:`Between`
    without a column, or ``None`` where the bounds cannot be read that way.
    """

    path: tuple[str, ...]
    numbers: Between | None
    instants: Between | None


Filter = Match | OneOf | AnyContains | Between | CustomMatch | CustomBetween


@dataclass(frozen=True, slots=True)
class Order:
    """One sort key: a column, or a path into the custom data."""

    column: str = ""
    descending: bool = False
    custom_path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cursor:
    """The end of the page before: its last row's sort values and id, and the total counted for it."""

    after: tuple[Any, ...]
    id: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Query:
    """Filters (all must hold), order (ties are broken by id) and the window."""

    filters: tuple[Filter, ...] = ()
    order: tuple[Order, ...] = ()
    offset: int = 0
    limit: int = DEFAULT_LIMIT
    cursor: Cursor | None = None


@dataclass(slots=True)
class Page:
    """A page of a collection: the rows of the window, the total, and the cursor of a next page, if any."""

    rows: list[dict[str, Any]]
    size: int
    offset: int
    limit: int
    next: Cursor | None = field(default=None)
