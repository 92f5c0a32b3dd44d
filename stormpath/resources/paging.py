"""Paging: the positions of a collection that a list contains, and the pages that hold them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from stormpath.resources.protocols import JsonObject

R = TypeVar("R")

# The largest number of items that the service returns in one page.
LARGEST_PAGE = 100

# A longer number is more than any collection has.
_DIGITS = 18
_LIMIT_OF_LINK = re.compile(r"(?<=[?&]limit=)\d+")


def fetch(store: Any, href: str, params: Mapping[str, Any] | None) -> JsonObject:
    """Return a page of a collection, always from the service. Its items may be shared with the cache."""
    get_page = getattr(store, "get_page", None)
    page: JsonObject = (
        get_page(href, params) if get_page is not None else store.get_resource(href, params=params)
    )
    return page


def window_of(query: Mapping[str, Any] | None) -> slice | None:
    """Return the positions that ``limit`` and ``offset`` of a query select.

    None if it has neither, or one that the service will refuse.
    """
    if not query or not ("limit" in query or "offset" in query):
        return None
    offset, limit = _whole(query.get("offset", 0)), _whole(query.get("limit", sys.maxsize))
    return None if offset is None or limit is None else slice(offset, offset + limit)


def _whole(value: Any) -> int | None:
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) <= _DIGITS else None
    return value if type(value) is int and value >= 0 else None


def without_window(query: Mapping[str, Any]) -> dict[str, Any]:
    """Return a query without ``limit`` and ``offset``."""
    return {name: value for name, value in query.items() if name not in ("limit", "offset")}


def with_limit(href: str, limit: int) -> str:
    """Return the link to a next page with another number of items."""
    return _LIMIT_OF_LINK.sub(str(limit), href)


@dataclass(frozen=True)
class Span:
    """The positions of a collection that remain after slicing it, any number of times.

    They depend on the number of items only where a slice has negative numbers.
    """

    slices: tuple[slice, ...] = ()

    def narrowed(self, narrower: slice) -> Span:
        """Return the span of a slice of this one."""
        return Span((*self.slices, narrower))

    @property
    def needs_size(self) -> bool:
        """Whether the positions depend on the size of the collection."""
        bounds = (bound for each in self.slices for bound in (each.start, each.stop, each.step))
        return any(bound is not None and bound < 0 for bound in bounds)

    def positions(self, size: int = sys.maxsize) -> range:
        """Return the positions in a collection of that size, by default an endless one."""
        positions = range(size)
        for each in self.slices:
            positions = positions[each]
        return positions


class Page(Generic[R]):
    """One page of a collection: the items from ``offset`` on, made into objects when they are read.

    A page read ``by_cursor`` is the last one if it has no ``next`` link. The next page of a cursor is as
    large as the one before, so a page that was expanded in its owner (not ``full_size``) is followed by
    offset.
    """

    def __init__(
        self,
        raw: Mapping[str, Any],
        offset: int,
        make: Callable[[Any], R],
        *,
        by_cursor: bool = False,
        full_size: bool = True,
    ) -> None:
        self.raw = raw
        self.offset = offset
        self.items: list[Any] = raw.get("items") or []
        self.size: int = raw.get("size", offset + len(self.items))
        link = raw.get("next") if full_size else None
        self.next_href: str | None = link["href"] if link else None
        self._by_cursor = by_cursor
        self._make = make
        self._made: dict[int, R] = {}

    @property
    def end(self) -> int:
        """The position after the last item."""
        return self.offset + len(self.items)

    @property
    def is_last(self) -> bool:
        """Whether the collection ends here."""
        if self.next_href is not None:
            return False
        short = len(self.items) < self.raw.get("limit", len(self.items))
        return self._by_cursor or not self.items or short or self.end >= self.size

    def covers(self, position: int) -> bool:
        """Whether the page holds the item at a position of the collection."""
        return self.offset <= position < self.end

    def at(self, position: int) -> R:
        """Return the item at a position of the collection, the same object every time."""
        if not self.covers(position):
            raise IndexError(f"no item at {position} of {self.size}")
        if position not in self._made:
            self._made[position] = self._make(self.items[position - self.offset])
        return self._made[position]

    def __iter__(self) -> Iterator[R]:
        return map(self.at, range(self.offset, self.end))

    def between(self, start: int, stop: int) -> list[Any]:
        """Return the raw items from one position up to another, as far as the page holds them."""
        return self.items[max(0, start - self.offset) : max(0, stop - self.offset)]
