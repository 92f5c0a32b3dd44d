"""The reading half of collections: loops, lengths, indexes and slices, in as few requests as possible."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any, ClassVar, Generic, Self, TypeVar

from stormpath.resources.attributes import Number
from stormpath.resources.criteria import check_criteria
from stormpath.resources.detached import NO_CLIENT
from stormpath.resources.expansion import Expansion
from stormpath.resources.links import Kind
from stormpath.resources.paging import LARGEST_PAGE, Page, Span, fetch, window_of, with_limit, without_window
from stormpath.resources.prefetch import BackgroundCall
from stormpath.resources.protocols import JsonObject
from stormpath.resources.resource import Resource

R = TypeVar("R", bound=Resource)


class Listing(Resource, Generic[R]):
    """The reading half of a collection; see :class:`~stormpath.resources.collection.CollectionResource`."""

    resource_class: ClassVar[type[Resource]]

    limit = Number()
    offset = Number()

    # The positions that slices leave, and those that a ``limit`` beyond one page selects.
    _span = Span()
    _window_of_pages: Span | None = None
    _prefetches = False
    # The page loaded last, for indexes; a page that no loop has used yet; a loop that has not started.
    _window: Page[R] | None = None
    _unused: Page[R] | None = None
    _not_started: list[Page[R]] | None = None

    def __init__(
        self,
        client: Any,
        href: str | None = None,
        properties: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        expand: Expansion | None = None,
    ) -> None:
        if query:
            check_criteria(query)
            window = window_of(query)
            if window is not None and "limit" in query and window.stop - window.start > LARGEST_PAGE:
                self._window_of_pages = Span((window,))
        super().__init__(client, href, properties, query, expand)
        if "items" in self._raw:
            self._window = self._unused = self._plain_page()

    @property
    def items(self) -> list[R]:
        """The resources of the page that answers a plain request. Costs a request unless it is loaded."""
        self._ensure_data()
        if "items" not in self._values:
            self._values["items"] = [self._item(raw) for raw in self._raw.get("items", ())]
        items: list[R] = self._values["items"]
        return items

    @property
    def size(self) -> int:
        """The number of items in the whole collection. Costs a request unless a page of it is loaded."""
        if self._window is None:
            self._ensure_data()
        return self._window.size if self._window is not None else 0

    def __iter__(self) -> Iterator[R]:
        handed: list[Page[R]] = []
        self._not_started = handed
        return self._walk(handed)

    def __len__(self) -> int:
        if self._is_empty_slice():
            return 0
        page = self._unused or self._first_page()
        if self._not_started is not None:
            # list() makes the iterator first and then asks for the length: both use the same page.
            self._not_started[:] = [page]
        if not self._span.slices:
            return page.size
        # A slice is used once: the loop after its length uses the same page.
        self._unused = page
        return len(self._span.positions(page.size))

    def __reversed__(self) -> Iterator[R]:
        return reversed(list(self))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Listing):
            return NotImplemented
        return (
            type(self) is type(other)
            and self._absolute_href() == other._absolute_href()
            and (self._query or {}, self._span) == (other._query or {}, other._span)
        )

    __hash__ = Resource.__hash__

    def __str__(self) -> str:
        # A list has no name, and a request for one would be wasted.
        return repr(self)

    def __getstate__(self) -> dict[str, Any]:
        # Of the pages, only that of a plain request is data of the list.
        state = super().__getstate__()
        return {name: state[name] for name in state if name not in ("_window", "_unused", "_not_started")}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(state)
        if "items" in self._raw:
            self._window = self._plain_page()

    def refresh(self) -> None:
        """Fetch the page of a plain request again, and drop all others."""
        self._window = self._unused = None
        super().refresh()

    def _refuse_reading(self) -> None:
        """Raise ``ValueError`` if the service has no such list: some exist only under another resource."""

    def _read(self, name: str) -> Any:
        return self.items if name == "items" else super()._read(name)

    def _item(self, raw: Any) -> R:
        made: Any = raw
        if not isinstance(raw, Resource):
            made = self.resource_class(self._client, properties=raw, expand=self._expand)
        item: R = made  # Of the class R, which the type of ``resource_class`` does not say.
        return item

    def _take_client(self, client: Any) -> Iterable[Any]:
        held = super()._take_client(client)
        if self._window is not None:
            self._window = self._plain_page() if "items" in self._raw else None
        return held

    @classmethod
    def _kind_of_json(cls, key: str) -> Kind | None:
        return cls.resource_class if key == "items" else super()._kind_of_json(key)

    def _view(self, query: Mapping[str, Any], span: Span) -> Self:
        if span.slices and (window := window_of(query)) is not None:
            # Of a slice, a limit and an offset are another slice.
            query, span = without_window(query), span.narrowed(window)
        view = type(self)(self._client, href=self._href, query=query, expand=self._expand)
        view._span = span
        view._prefetches = self._prefetches
        return view

    def _spelled_for_query(self, name: str) -> str:
        # The names in a search, an order or an expansion of a list are attributes of its items.
        return self.resource_class._wire_of(name)

    @property
    def _is_one_page(self) -> bool:
        """Whether the query selects a single page."""
        if self._query is None or self._window_of_pages is not None:
            return False
        return "limit" in self._query or "offset" in self._query

    @property
    def _reach(self) -> Span:
        """The positions of the collection that the list contains, unless it is one page."""
        return self._window_of_pages or self._span

    def _is_loaded(self) -> bool:
        return "items" in self._raw

    def _cached(self) -> None:
        return None

    def _load(self, overwrite: bool = False) -> None:
        self._refuse_reading()
        super()._load(overwrite)
        self._window = self._plain_page()

    def _plain_page(self) -> Page[R]:
        offset = 0 if self._is_one_page else self._raw.get("offset", 0)
        return Page(self._raw, offset, self._item, full_size=False)

    def _get_next_page(self, offset: int, limit: int) -> JsonObject:
        """Return the page of a size from an offset on."""
        return fetch(self._store, self._href or "", {**self._params(), "offset": offset, "limit": limit})

    def _page_at(self, offset: int, limit: int) -> Page[R]:
        if self._is_one_page:
            raw = fetch(self._store, self._href or "", self._params())
        elif offset:
            raw = self._get_next_page(offset, limit)
        else:
            raw = fetch(self._store, self._href or "", {**self._params(), "limit": limit})
        page = self._window = Page(raw, offset, self._item)
        return page

    def _first_page(self) -> Page[R]:
        self._refuse_reading()
        if self._client is NO_CLIENT and "items" in self._raw:
            return self._plain_page()
        if self._reach.needs_size:
            return self._page_at(0, LARGEST_PAGE)
        positions = self._reach.positions()
        return self._page_at(positions.start, min(LARGEST_PAGE, positions.stop - positions.start))

    def _next_page_call(self, page: Page[R], stop: int) -> Callable[[], Page[R]] | None:
        """Return what reads the next page of a pass that goes up to ``stop``; None at the end."""
        if page.is_last or page.end >= stop or self._is_one_page:
            return None
        if page.next_href is not None:
            # A cursor asks for as many items as the page before had.
            needed = stop - page.end
            href = page.next_href if needed >= len(page.items) else with_limit(page.next_href, needed)
            return partial(self._page_by_cursor, href, page.end)
        return partial(self._page_by_offset, page.end, min(LARGEST_PAGE, stop - page.end))

    def _page_by_cursor(self, href: str, offset: int) -> Page[R]:
        return Page(fetch(self._store, href, None), offset, self._item, by_cursor=True)

    def _page_by_offset(self, offset: int, limit: int) -> Page[R]:
        return Page(self._get_next_page(offset, limit), offset, self._item)

    def _walk(self, handed: list[Page[R]]) -> Iterator[R]:
        if self._not_started is handed:
            self._not_started = None
        if self._is_empty_slice():
            return
        page = handed.pop() if handed else self._unused or self._first_page()
        self._unused = None
        raws = self._walk_slice(page) if self._reach.slices else self._walk_up(page, page.offset, sys.maxsize)
        del page
        for raw in raws:
            yield self._item(raw)

    def _walk_up(self, page: Page[R], start: int, stop: int) -> Iterator[Any]:
        """Yield the raw items of a range of positions, from a page that has the first of them on."""
        while True:
            items = page.between(start, stop)
            next_page = self._next_page_call(page, stop)
            # No part of a page is kept while the next one is read: with two in memory a long pass takes a
            # quarter longer. Only prefetching lists hold two.
            del page
            if next_page is not None and self._prefetches:
                next_page = BackgroundCall(next_page)
            items.reverse()
            while items:
                yield items.pop()
            if next_page is None:
                return
            page = next_page()

    def _walk_slice(self, page: Page[R]) -> Iterator[Any]:
        positions = self._reach.positions(page.size) if self._reach.needs_size else self._reach.positions()
        if not positions:
            return
        lowest, highest = sorted((positions[0], positions[-1]))
        if page.offset != lowest and not page.covers(lowest):
            page = self._page_at(lowest, min(LARGEST_PAGE, highest + 1 - lowest))
        every = self._walk_up(page, lowest, highest + 1)
        del page
        if positions.step > 0:
            yield from islice(every, 0, None, positions.step)
        else:
            yield from list(every)[:: positions.step]

    def _is_empty_slice(self) -> bool:
        return not self._reach.needs_size and not self._reach.positions()

    def _slice(self, narrower: slice) -> Self:
        window = window_of(self._query)
        span = self._span if window is None else Span((window,))
        return self._view(without_window(self._query or {}), span.narrowed(narrower))

    def _at(self, index: int) -> R:
        page = self._window
        if self._is_one_page:
            page = page or self._first_page()
            return page.at(range(len(page.items))[index])
        if index < 0 or self._reach.needs_size:
            page = page or self._first_page()
            positions = self._reach.positions(page.size)
        else:
            positions = self._reach.positions()
        position = positions[index]
        if page is None or not page.covers(position):
            page = self._page_around(position, positions)
        return page.at(position)

    def _page_around(self, position: int, positions: range) -> Page[R]:
        """Load the page that has a position, where a loop over all indexes would load it."""
        self._refuse_reading()
        lowest, highest = sorted((positions[0], positions[-1]))
        start = position - (position - lowest) % LARGEST_PAGE
        return self._page_at(start, min(LARGEST_PAGE, highest + 1 - start))
