"""Collections of resources: they are listed a page at a time, searched and sliced, and create new items."""

from __future__ import annotations

from collections.abc import Mapping
from operator import index as as_index
from typing import Any, ClassVar, Generic, Self, SupportsIndex, overload

from stormpath.error import Error
from stormpath.resources import signals
from stormpath.resources.criteria import check_criteria
from stormpath.resources.expansion import Expansion, expand_parameter
from stormpath.resources.listing import Listing, R
from stormpath.resources.names import query_of, to_camel_case
from stormpath.resources.protocols import JsonObject
from stormpath.resources.resource import Resource
from stormpath.resources.templates import alters_data

NOT_FOUND = 404
# Ids of the service have letters and digits, and this length at least.
SHORTEST_ID = 20


class CollectionResource(Listing[R], Generic[R]):
    """The resources of one href, or a subset of them by search or slice.

    Costs: making, narrowing and comparing one makes no request, and neither does ``get``. A loop requests
    pages of the largest size, one request each, and starts anew every time. ``len`` and the truth value cost
    one request; an index costs one unless the page loaded last has the item; an id as an index is ``get``. A
    list with ``limit`` or ``offset`` in its query is that one page; a ``limit`` beyond the 100 items of the
    largest page is as many pages as it takes. Narrowing returns a new list and does not change this one.

    ``limit``, ``offset`` and ``items`` are those of the page that answers a plain request; ``size`` is the
    number of all items.
    """

    # The path that creates items, if it is not the collection's own.
    create_path: ClassVar[str | None] = None
    # The path of an item with a known id, if it differs from ``create_path``.
    item_path: ClassVar[str | None] = None
    # The lists to read instead, if the service has none at ``create_path``; part of an error message.
    listed_by: ClassVar[str | None] = None
    # Unique attributes of items: ``in`` searches by one of them instead of reading page by page.
    distinguishing: ClassVar[tuple[str, ...]] = ()
    readonly_attrs: ClassVar[tuple[str, ...]] = ("href", "items", "limit", "offset", "size", "sp_http_status")

    @overload
    def __getitem__(self, key: SupportsIndex | str) -> R: ...
    @overload
    def __getitem__(self, key: slice) -> Self: ...
    def __getitem__(self, key: SupportsIndex | str | slice) -> R | Self:
        if isinstance(key, str):
            if self._is_no_id(key):
                raise KeyError(key)
            return self.get(key)
        if isinstance(key, slice):
            return self._slice(key)
        return self._at(as_index(key))

    @classmethod
    def _is_no_id(cls, key: str) -> bool:
        """Whether it is an index or an attribute: templates of Django try both as a key first."""
        return (key.isdigit() and len(key) < SHORTEST_ID) or hasattr(cls, key)

    def __contains__(self, item: object) -> bool:
        """Whether a resource, or the one with an href, is among the items.

        One request where the item holds a unique attribute (an account its e-mail) or the list fits a page;
        three at most, except for slices, which are read page by page.
        """
        wanted = self._wanted(item)
        if wanted is None:
            return False
        if self._is_one_page or self._reach.slices:
            return any(each == wanted for each in self)
        if any(wanted._raw.get(wanted._wire_of(name)) for name in self.distinguishing):
            return self._is_found_by_search(wanted)
        page = self._first_page()
        if any(self._item(raw) == wanted for raw in page.items):
            return True
        return not page.is_last and self._is_found_by_search(wanted)

    def get(self, href: str, expand: Expansion | None = None) -> R:
        """Return the lazy resource with an href (absolute or relative) or an id. Makes no request.

        ``ValueError`` for None and for a text that names no item.
        """
        if not href:
            raise ValueError(f"the href or id of a {self.resource_class.__name__} is needed, not {href!r}")
        made: Any = self.resource_class(self._client, href=self._href_of(href), expand=expand)
        item: R = made  # Of the class R, which the type of ``resource_class`` does not say.
        return item

    def search(self, query: str | Mapping[str, Any]) -> Self:
        """Return the list narrowed to items that contain a text, or match all attributes of a dictionary.

        ``ValueError`` for a text or an attribute without a value, as in ``query``. A dictionary without
        attributes narrows nothing.
        """
        return self.query(**query) if isinstance(query, Mapping) else self.query(q=query)

    def query(self, **kwargs: Any) -> Self:
        """Return the list narrowed by query parameters, in addition to those that it has.

        Attribute filters (``*`` at either end of a text, ``[from,to]`` for times), ``q``, ``limit``,
        ``offset``, ``order_by``, ``expand`` (as text or as an :class:`Expansion`).

        ``ValueError`` for a filter that is None, empty or a list: it would not be sent, and everything would
        be found. Of the other parameters, one that is None removes the value that the list had.
        """
        check_criteria(kwargs)
        if kwargs.get("expand") is not None:
            kwargs["expand"] = expand_parameter(kwargs["expand"], self._spelled_for_query)
        query = {**(self._query or {}), **query_of(kwargs, self._spelled_for_query)}
        return self._view({name: value for name, value in query.items() if value is not None}, self._span)

    def order(self, order: str) -> Self:
        """Return the list in an order such as ``"surname,created_at desc"``."""
        return self.query(orderBy=order)

    def prefetch(self) -> Self:
        """Return the same list, whose loops request the next page while you process the current one.

        A loop makes the same requests as otherwise, each one page earlier; a loop that is left early may have
        made one more. It holds two pages in memory, and a thread while a page is requested. Items are as they
        were when their page was read, up to one page earlier. An exception of a request is raised by the loop
        when it reaches that page. Lists narrowed from this one prefetch too.
        """
        view = self._view(self._query or {}, self._span)
        view._unused = self._unused
        view._prefetches = True
        return view

    @alters_data
    def create(
        self, properties: Mapping[str, Any] | None = None, expand: Expansion | None = None, **params: Any
    ) -> R:
        """POST a new item and return it as the service answered, without another request.

        Attribute names may be in either spelling; read-only ones are left out. ``params`` are query
        parameters, such as ``create_directory=True``.
        """
        href, data, query = self._prepare_for_create(properties, expand, **params)
        reply = self._store.create_resource(href, data, params=query)
        self._window = self._unused = None
        made: Any = self.resource_class(
            self._client, properties=reply if isinstance(reply, Mapping) else {}, expand=expand
        )
        signals.created(self.resource_class, self._signal_data(data), query)
        item: R = made
        return item

    def _get_create_path(self) -> str:
        """Return the href to which new items are posted."""
        if self.create_path is not None:
            return f"{self._client.BASE_URL}{self.create_path}"
        return self._absolute_href() or ""

    def _prepare_for_create(
        self, properties: Mapping[str, Any] | None = None, expand: Expansion | None = None, **params: Any
    ) -> tuple[str, JsonObject, JsonObject]:
        """Return href, body and query of a create."""
        query = {to_camel_case(name): value for name, value in params.items()}
        if expand is not None:
            query["expand"] = expand_parameter(expand, self._spelled_for_query)
        return self._get_create_path(), self.resource_class._body_from(properties or {}), query

    def _signal_data(self, data: JsonObject) -> JsonObject:
        """Return the body as the *created* signal shows it."""
        return data

    def _refuse_reading(self) -> None:
        path = self.create_path or self.item_path
        if self.listed_by is not None and self._absolute_href() == f"{self._client.BASE_URL}{path}":
            raise ValueError(f"{path} cannot be listed; read {self.listed_by}")

    def _href_of(self, reference: str) -> str:
        if "://" in reference:
            return self._own_spelling(reference)
        if not reference.strip("/"):
            raise ValueError(f"{reference!r} is no href of a {self.resource_class.__name__}")
        if "/" in reference:
            return f"{self._client.BASE_URL}/{reference.lstrip('/')}"
        path = self.item_path or self.create_path
        home = f"{self._client.BASE_URL}{path}" if path else self._absolute_href()
        return f"{home}/{reference}"

    def _wanted(self, item: object) -> R | None:
        """Return the resource to look for; None for an object that cannot be in this list."""
        if isinstance(item, str) and "/" in item:
            return self.get(item) if item.strip("/") else None
        meant: Any = item._referent() if isinstance(item, Resource) else None
        if meant is None or meant.is_new():
            return None
        if type(meant) is Resource:
            return self.get(meant.href)
        is_alike: bool = isinstance(meant, self.resource_class)
        return meant if is_alike else None

    def _is_found_by_search(self, wanted: R) -> bool:
        """Search a resource by a unique attribute, which may have to be fetched; else read page by page."""
        try:
            for name in self.distinguishing:
                if value := getattr(wanted, name, None):
                    return any(each == wanted for each in self.query(**{name: value}))
        except Error as refused:
            if refused.status != NOT_FOUND:
                raise
            return False
        return any(each == wanted for each in self)
