"""Links: the attributes that lead to other resources.

A link names its class in a string, so that resources can refer to each other without importing each other.
The annotation states the class for type checkers::

    directory: Link[Directory] = Link("Directory")
    groups: Links[GroupList] = Links("GroupList")
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from stormpath.forks import cached_property
from stormpath.resources.attributes import Attribute
from stormpath.resources.wire import ABSENT, wire_value

if TYPE_CHECKING:
    from stormpath.resources.custom_data import CustomData
    from stormpath.resources.record import Record

R = TypeVar("R")

# Called with (client, href=...) or (client, properties=...): a class, or a factory that picks one.
Kind = Callable[..., Any]


class Link(Attribute[R]):
    """One linked resource, known once its owner is loaded; reading *its* attributes may cost a request.

    It is set to a resource, an href, ``{"href": ...}`` or None. Any other dictionary sets attributes of the
    resource that is linked already.

    ``conventional``: its href is ``<owner's href>/<wire name>``, so it is reached without loading the owner.
    ``autosave``: saving the owner saves it too when it was changed.
    """

    def __init__(
        self,
        kind: str | Kind,
        *,
        wire: str = "",
        writable: bool = False,
        autosave: bool = False,
        conventional: bool = False,
        secret: bool = False,
        uncached: bool = False,
    ) -> None:
        super().__init__(wire=wire, writable=writable, secret=secret, uncached=uncached)
        self._kind = kind
        self.autosave = autosave
        self.conventional = conventional

    @cached_property
    def kind(self) -> Kind:
        """The class of the linked resource; a name is looked up in ``stormpath.resources``."""
        if isinstance(self._kind, str):
            named: Kind = getattr(import_module("stormpath.resources"), self._kind)
            return named
        return self._kind

    def __set__(self, record: Record, value: R | Mapping[str, Any] | str | None) -> None:
        self.set(record, value)

    def look_up(self, record: Record) -> R:
        """Make the linked object from the JSON held, else its conventional href, else the fetched JSON."""
        if self.conventional and record._held_json(self) is ABSENT:
            href = record._conventional_href(self.wire)
            if href is not None:
                value: R = self.kind(record._client, href=href)
                record._values[self.name] = value
                return value
        return super().look_up(record)

    def set(self, record: Record, value: Any) -> None:
        """Link another resource, or set attributes of the linked one."""
        if isinstance(value, Mapping) and "href" not in value and self.name in record._writable:
            self.merge(record, value)
        else:
            super().set(record, value)

    def accept(self, record: Record, value: Any) -> Any:
        """Return the linked object for a caller's value."""
        # Any class of resource passes: only its href is sent, and the service validates it.
        return self.from_wire(record, {"href": value} if isinstance(value, str) else value)

    def merge(self, record: Record, values: Mapping[str, Any]) -> None:
        """Set several attributes of the linked resource."""
        linked = self.__get__(record, type(record))
        if linked is None:
            raise AttributeError(f"{type(record).__name__}.{self.name} is null: nothing to set attributes on")
        for name, value in values.items():
            setattr(linked, name, value)

    def from_wire(self, record: Record, json: Any) -> Any:
        """Return the linked object."""
        linked = record._wrap_resource_attr(self.kind, json)
        attach = getattr(linked, "_attach", None)
        if attach is not None:
            attach(record, self)
        return linked

    def to_wire(self, value: Any) -> Any:
        """Return the link, or for an object without an href its writable attributes."""
        if isinstance(value, str):
            return {"href": value}
        if isinstance(value, Mapping) and not hasattr(value, "_as_sent"):
            if "href" in value:
                return {"href": value["href"]}
            body_from = getattr(self.kind, "_body_from", wire_value)
            return body_from(value)
        return wire_value(value)

    def is_edited(self, value: Any, json: Any) -> bool:
        """Whether changes of the linked object are sent with its owner."""
        is_sent = getattr(value, "_is_sent_with_owner", None)
        return is_sent() if is_sent else super().is_edited(value, json)


class Links(Link[R]):
    """A collection at ``<owner's href>/<wire name>``, fetched a page at a time."""

    def __init__(self, kind: str | Kind, *, wire: str = "") -> None:
        super().__init__(kind, wire=wire, conventional=True)


class FreeForm(Link["CustomData"]):
    """The caller's own keys. Setting a dictionary sets its keys; changes are sent when the owner is saved."""

    def __init__(self) -> None:
        super().__init__("CustomData", writable=True, autosave=True, conventional=True)
        self.is_echoed = False

    def set(self, record: Record, value: Any) -> None:
        """Set keys, without touching others. Makes no request."""
        if not isinstance(value, Mapping) or self.name not in record._writable:
            raise AttributeError(f"{type(record).__name__}.{self.name} is set with a dictionary")
        self.merge(record, value)

    def merge(self, record: Record, values: Mapping[str, Any]) -> None:
        """Set keys."""
        held = self.__get__(record, type(record))
        if values is not held:
            held.update(values)

    def look_up(self, record: Record) -> CustomData:
        """Return the custom data; for a new owner without any, an empty mapping."""
        if record._href is not None or record._held_json(self) is not ABSENT:
            return super().look_up(record)
        empty: CustomData = self.kind(record._client, properties={})
        record._values[self.name] = empty
        return empty

    def to_create(self, value: Any) -> Any:
        """Return the caller's keys, spelled as they are, with their values as JSON."""
        if not isinstance(value, Mapping):
            return value
        kind: type[CustomData] = self.kind  # type: ignore[assignment]  # FreeForm has no other
        return kind._body_from(value)


class Undeclared(Link[Any]):
    """A read-only attribute that no line declares, such as one that a newer service has."""

    def __init__(self, name: str) -> None:
        super().__init__("Resource")
        self.__set_name__(object, name)

    def from_wire(self, record: Record, json: Any) -> Any:
        """Return a plain resource for an object with an href, else the JSON value."""
        if isinstance(json, Mapping) and "href" in json:
            return record._wrap_resource_attr(self.kind, json)
        return Attribute.from_wire(self, record, json)


@lru_cache(maxsize=4096)
def undeclared(name: str) -> Undeclared:
    """Return the attribute that reads a name which no class declares."""
    return Undeclared(name)
