"""Resources: objects of the API with an href, fetched when their data is first needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from stormpath.base_url import BaseUrl, ends_in_token, without_token
from stormpath.error import Error
from stormpath.resources.attributes import Attribute, Number, Timestamp, body_of
from stormpath.resources.detached import HOW_TO_ATTACH, NO_CLIENT
from stormpath.resources.encoder import ResourceEncoder
from stormpath.resources.expansion import Expansion, expand_parameter, expands
from stormpath.resources.legacy import LegacyResource
from stormpath.resources.names import query_value
from stormpath.resources.paging import LARGEST_PAGE
from stormpath.resources.protocols import Client
from stormpath.resources.record import NOTHING, Record
from stormpath.resources.templates import alters_data
from stormpath.resources.wire import ABSENT, is_same_json, wire_value

CREATED = 201
# The keys that a mere reference may have: an object that holds nothing else was not loaded.
NO_DATA = frozenset(("href", "sp_http_status"))


def own_spelling(client: Client, href: str) -> str:
    """Return an href as a client spells it: below an alias of its base URL lies the same resource."""
    store = None if client is NO_CLIENT else getattr(client, "data_store", None)
    base = getattr(store, "_base", None)
    if type(base) is not BaseUrl:
        # The store may be another class, or a stand-in.
        return f"{client.BASE_URL}{href}" if href.startswith("/") else href
    if href.startswith(base.prefix):
        return href
    if href.startswith("/"):
        return f"{base.url}{href}"
    return (base.absolute(href) or href) if "://" in href else href


class Resource(LegacyResource, Record):
    """One object of the API, known by its href.

    Making one, printing its ``repr``, comparing, hashing and copying it make no request. Reading an attribute
    that is not held fetches the object, once; if it is still missing, an ``AttributeError`` is raised. A
    refusal by the service is a :class:`stormpath.error.Error`, raised where the attribute is read.

    ``href`` makes a lazy object, ``properties`` one of known data (names in either spelling). An object
    without an href is new: it never fetches. ``expand`` and ``query`` are sent when it is fetched.

    Two resources are equal when they are of the same kind and have the same href.
    """

    # The attribute that str() returns.
    _name_attribute: ClassVar[str] = "name"

    created_at = Timestamp()
    modified_at = Timestamp()
    sp_http_status = Number(wire="sp_http_status")

    _query: Mapping[str, Any] | None = None
    _expand: Expansion | None = None
    _fetched = False
    _fetched_past_cache = False
    _was_created = False

    def __init__(
        self,
        client: Client,
        href: str | None = None,
        properties: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        expand: Expansion | None = None,
    ) -> None:
        # Bypasses __setattr__: one listing may make ten thousand of these.
        state = self.__dict__
        state["_client"] = client
        if href is not None:
            if not isinstance(href, str):
                raise TypeError(f"href must be a str, not {type(href).__name__}")
            if not href:
                raise ValueError(f"a {type(self).__name__} needs an href that is not empty")
            state["_href"] = href
            state["_raw"] = NOTHING
        elif properties is not None:
            state["_href"] = properties.get("href")
            state["_raw"] = properties
        else:
            raise ValueError(f"a {type(self).__name__} needs an href or properties")
        state["_values"] = {}
        if query is not None:
            state["_query"] = query
        if expand is not None:
            state["_expand"] = expand

    @property
    def href(self) -> str:
        """The address and identity. None on a new object, although the type does not say so."""
        return self._href  # type: ignore[return-value]  # new objects are rare; callers need not narrow for them

    def is_new(self) -> bool:
        """Whether it was never saved: it has no href."""
        return self._href is None

    @alters_data
    def refresh(self) -> None:
        """Fetch it again, bypassing the cache, and drop unsaved changes. Does nothing on a new object."""
        if self._href is None:
            return
        self._store.uncache_resource(self.href)
        self._ensure_data(overwrite=True)

    def to_json(self) -> str:
        """Return the data held as JSON text, with names in Python's spelling; fetches nothing.

        Linked resources appear as their href, except those that an expansion included.
        """
        return ResourceEncoder().encode(self)

    def __str__(self) -> str:
        # Applications print resources by name, although that may cost a request. A resource that cannot be
        # read is printed as its repr, and so is a token, which has no name.
        try:
            name = None if ends_in_token(self._href or "") else getattr(self, self._name_attribute, None)
        except Error:
            name = None
        return repr(self) if name is None else str(name)

    def __repr__(self) -> str:
        if self._href is None:
            return f"<{type(self).__name__} attributes={', '.join(self._own_names())}>"
        return f"<{type(self).__name__} href={without_token(self._href)}>"

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Resource):
            return NotImplemented
        other = other._referent()
        if not isinstance(other, type(self)) and not isinstance(self, type(other)):
            return NotImplemented
        return self._href is not None and self._absolute_href() == other._absolute_href()

    def __hash__(self) -> int:
        return object.__hash__(self) if self._href is None else hash(self._absolute_href())

    def __getstate__(self) -> dict[str, Any]:
        href = self._absolute_href()
        return {**super().__getstate__(), "_href": href and without_token(href)}

    @property
    def _store(self) -> Any:
        if self._client is NO_CLIENT:
            raise Error(f"{self!r} {HOW_TO_ATTACH}")
        return self._client.data_store

    def _referent(self) -> Resource:
        """Return the resource that this one stands for: a login result stands for its account."""
        return self

    def _absolute_href(self) -> str | None:
        return None if self._href is None else self._own_spelling(self._href)

    def _own_spelling(self, href: str) -> str:
        return own_spelling(self._client, href)

    def _conventional_href(self, wire: str) -> str | None:
        """Return the href of a sub-resource of this name; None if the resource must be fetched instead."""
        if not self._fetched and self._expands(wire):
            return None
        return f"{self._href}/{wire}" if self._href is not None else None

    def _as_sent(self) -> dict[str, Any]:
        meant = self._referent()
        return {"href": meant._absolute_href()} if meant._href is not None else meant._get_properties()

    def _has_changes(self) -> bool:
        return bool(self._changed())

    def _params(self) -> dict[str, Any]:
        """Return the query parameters of a fetch."""
        if self._query is None and self._expand is None:
            return {}
        params = {name: query_value(value) for name, value in (self._query or {}).items()}
        if self._expand is not None:
            params.setdefault("expand", expand_parameter(self._expand, self._spelled_for_query))
        return params

    def _spelled_for_query(self, name: str) -> str:
        return self._wire_of(name)

    def _expands(self, wire: str) -> bool:
        return expands(self._expand, wire, self._spelled_for_query)

    def _missing(self, attribute: Attribute[Any]) -> Any:
        json = self._held_json(attribute)
        if json is ABSENT and not self._fetched and self._href is not None:
            self._load()
            json = self._held_json(attribute)
        if json is ABSENT and attribute.uncached and not self._fetched_past_cache and self._href is not None:
            # The data held may have come from a cache.
            self._load_past_cache()
            json = self._held_json(attribute)
        if json is ABSENT:
            raise self._no_attribute(attribute.name)
        return json

    def _drop(self, name: str) -> None:
        super()._drop(name)
        self._fetched = self._fetched_past_cache = False

    def _read(self, name: str) -> Any:
        return self.href if name == "href" else super()._read(name)

    def _load(self, overwrite: bool = False) -> None:
        data = self._store.get_resource(self._href, params=self._params() or None)
        self.__dict__["_fetched"] = True
        self._set_properties(data, overwrite=overwrite)

    def _load_past_cache(self) -> None:
        """Load it with the attributes that caches leave out."""
        fetch = getattr(self._store, "fetch_resource", None)
        if fetch is None:
            self._store.uncache_resource(self.href)
            fetch = self._store.get_resource
        data = fetch(self._href, params=self._params() or None)
        self._fetched = self._fetched_past_cache = True
        self._set_properties(data)

    def _load_with(self, link: str) -> None:
        """Load it together with the first items of one of its collections."""
        params = self._params()
        wanted = [params["expand"]] if "expand" in params else []
        if not self._expands(link):
            wanted.append(f"{link}(limit:{LARGEST_PAGE})")
        data = self._store.get_resource(self._href, params={**params, "expand": ",".join(wanted)})
        self._fetched = True
        self._set_properties(data)

    def _ensure_data(self, overwrite: bool = False) -> None:
        """Fetch the data unless it is held; held data is updated from the shared cache, without a request."""
        if self._href is None:
            return
        if overwrite or not self._is_loaded():
            self._load(overwrite)
        elif (cached := self._cached()) is not None:
            self._set_properties(cached)

    def _is_loaded(self) -> bool:
        return self._fetched or any(key not in NO_DATA for key in self._raw)

    def _cached(self) -> Mapping[str, Any] | None:
        if self._client is NO_CLIENT:
            return None
        look = getattr(self._store, "_cache_get", None)
        data = look(self._absolute_href()) if look is not None else None
        return data if isinstance(data, Mapping) else None

    def _set_properties(self, properties: Mapping[str, Any], overwrite: bool = False) -> None:
        """Merge JSON into the data held. Writable attributes keep their values, unless ``overwrite``."""
        if href := properties.get("href"):
            self.__dict__["_href"] = href
        if overwrite:
            self._staged = frozenset()
            self._values = {}
        if not self._raw:
            self._replace_raw(properties)
            return
        kept = {} if overwrite else {key: json for key, json in self._raw.items() if self._is_kept(key)}
        self._replace_raw({**self._raw, **properties, **kept})

    def _is_kept(self, key: str) -> bool:
        name = self._name_of(key)
        return name in self._writable and self._declared[name].is_kept

    def _replace_raw(self, raw: Mapping[str, Any]) -> None:
        """Replace the JSON held. A converted value is kept if its JSON is still the same."""
        old = self._raw
        if old.get("sp_http_status") == CREATED:
            self._was_created = True
        for name in list(self._values):
            if name not in self._staged and not self._still_holds(name, old, raw):
                del self._values[name]
        self.__dict__["_raw"] = raw

    def _still_holds(self, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
        wire = self._wire_of(name)
        if wire not in new or (wire in old and old[wire] == new[wire]):
            return True
        value = self._values[name]
        if isinstance(value, Resource):
            same = isinstance(new[wire], Mapping) and value._absolute_href() == new[wire].get("href")
            # An expanded object replaces one that holds nothing but its href.
            return same and (value._is_loaded() or value._has_changes() or len(new[wire]) == 1)
        # The list or nested object that a caller may hold must remain the one watched for edits.
        if isinstance(value, Record):
            return value._raw is new[wire]
        return isinstance(value, list | dict) and is_same_json(wire_value(value), new[wire])

    def _get_properties(self) -> dict[str, Any]:
        """Return the body that ``save`` sends: the attributes set or edited since the last load or save.

        For a new object, all writable attributes.
        """
        return body_of(self._declared, self._held() if self._href is None else self._changed())

    def _take_reply(self, sent: Mapping[str, Any], reply: Any) -> None:
        """Take the reply to a save as the new state; one that is no JSON object confirms the body sent."""
        answer = reply if isinstance(reply, Mapping) else {}
        saved = [self._declared[name] for name in self._changed()]
        confirmed = {each.wire: sent[each.wire] for each in saved if each.wire in sent and each.is_echoed}
        for attribute in saved:
            if attribute.secret:
                del self._values[attribute.name]
            elif (take := getattr(self._values[attribute.name], "_take_nested_reply", None)) is not None:
                take(answer.get(attribute.wire))
                # The body sent for a nested object may hold a secret.
                confirmed.pop(attribute.wire, None)
        self._staged = frozenset()
        self._replace_raw({**self._raw, **confirmed, **answer})

    def _own_names(self) -> Iterator[str]:
        if self._href is not None and "href" not in self._raw:
            yield "href"
        yield from super()._own_names()

    def _json_content(self) -> dict[str, Any]:
        held = {name: self._href if name == "href" else self._read(name) for name in self._own_names()}
        return {name: self._shown(name, value) for name, value in held.items()}

    def _shown(self, name: str, value: Any) -> Any:
        if isinstance(value, Resource) and not (self._expands(self._wire_of(name)) and value._raw):
            return {"href": value._href}
        return value
