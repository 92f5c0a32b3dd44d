"""Support for the classes that applications wrote for version 2 of the SDK.

Such a subclass declares its attributes in class variables: their names in ``writable_attrs``,
``timedelta_attrs`` and ``autosaves``, the classes of links in ``get_resource_attributes()``, or in
``get_dict_attributes()`` for a nested object. The base classes below turn these declarations into attributes
and offer the attributes of every class under the old names.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from stormpath.resources.attributes import Attribute, Duration
from stormpath.resources.links import Kind, Link, Undeclared, undeclared
from stormpath.resources.names import from_camel_case, to_camel_case
from stormpath.resources.wire import wire_value

if TYPE_CHECKING:
    from stormpath.resources.record import Record
    from stormpath.resources.resource import Resource

_MAPPINGS = frozenset(("get_resource_attributes", "get_dict_attributes"))


class LegacyAttribute(Undeclared):
    """An attribute named in ``writable_attrs`` or in a mapping of links to classes."""

    def __init__(self, name: str, *, writable: bool = False) -> None:
        super().__init__(name)
        self.writable = writable

    def from_wire(self, record: Record, json: Any) -> Any:
        """Return an object of the class that the mapping names; without one, what any undeclared name has."""
        kind = record._mapped_kinds().get(self.name)
        return super().from_wire(record, json) if kind is None else record._wrap_resource_attr(kind, json)

    def set(self, record: Record, value: Any) -> None:
        """Set it: as a link if the mapping names it, else as a plain value."""
        if self.name in record._mapped_kinds():
            super().set(record, value)
        elif self.name in record._writable:
            record._stage(self.name, value)
        else:
            raise AttributeError(f"{type(record).__name__}.{self.name} cannot be set")

    def to_wire(self, value: Any) -> Any:
        """Return the value as its type is sent."""
        return wire_value(value)


@lru_cache(maxsize=4096)
def _mapped(name: str) -> LegacyAttribute:
    return LegacyAttribute(name)


class LegacyRecord:
    """The class variables that declare attributes, read and written."""

    writable_attrs: ClassVar[tuple[str, ...]] = ()
    autosaves: ClassVar[tuple[str, ...]] = ()
    timedelta_attrs: ClassVar[tuple[str, ...]] = ()
    resolvable_attrs: ClassVar[tuple[str, ...]] = ()

    _declared: ClassVar[Mapping[str, Attribute[Any]]]
    _writable: ClassVar[frozenset[str]]
    # Whether this class, or one it derives from, has a mapping of its own.
    _maps_kinds: ClassVar[bool] = False

    @classmethod
    def get_resource_attributes(cls) -> dict[str, Kind]:
        """Return the class of each attribute that is a resource, a collection or a nested object."""
        return {
            name: each.kind
            for name, each in cls._declared.items()
            if isinstance(each, Link) and not isinstance(each, LegacyAttribute)
        }

    @classmethod
    def _mapped_kinds(cls) -> Mapping[str, Kind]:
        return cls.get_resource_attributes() if cls._maps_kinds else {}

    @classmethod
    def _undeclared(cls, name: str) -> Undeclared:
        """Return the attribute that reads a name which no line and no ``writable_attrs`` declares."""
        return _mapped(name) if cls._maps_kinds else undeclared(name)

    @classmethod
    def _declare_listed(cls) -> None:
        """Add an attribute for each name in the tuples of this class that has none."""
        given = vars(cls)
        if not _MAPPINGS.isdisjoint(given):
            cls._maps_kinds = True
        if isinstance(given.get("writable_attrs"), str):
            cls.writable_attrs = (given["writable_attrs"],)
        for name in given.get("timedelta_attrs", ()):
            if not hasattr(cls, name):
                cls._add(name, Duration(writable=name in given.get("writable_attrs", ())))
        for name in given.get("writable_attrs", ()):
            if not hasattr(cls, name):
                cls._add(name, LegacyAttribute(name, writable=True))

    @classmethod
    def _add(cls, name: str, attribute: Attribute[Any]) -> None:
        setattr(cls, name, attribute)
        attribute.__set_name__(cls, name)

    @classmethod
    def _list_declared(cls) -> None:
        """Fill in the tuples that this class does not set; its ``writable_attrs`` says what is writable."""
        given = vars(cls)
        if "writable_attrs" in given:
            cls._writable = frozenset(cls.writable_attrs) & cls._declared.keys()
        else:
            cls.writable_attrs = tuple(name for name in cls._declared if name in cls._writable)
        if "autosaves" not in given:
            cls.autosaves = tuple(name for name, each in cls._declared.items() if each.autosave)
        if "timedelta_attrs" not in given:
            cls.timedelta_attrs = tuple(n for n, each in cls._declared.items() if isinstance(each, Duration))


class LegacyFixedAttrs(LegacyRecord):
    """The same for nested objects, whose mapping has a name of its own."""

    @classmethod
    def get_dict_attributes(cls) -> dict[str, Any]:
        """Return the class of each attribute that is such an object itself."""
        return cls.get_resource_attributes()

    @classmethod
    def _mapped_kinds(cls) -> Mapping[str, Kind]:
        return cls.get_dict_attributes() if cls._maps_kinds else {}


class LegacyResource:
    """Helpers that subclasses call on themselves. The SDK does not use them."""

    _client: Any

    from_camel_case = staticmethod(from_camel_case)
    to_camel_case = staticmethod(to_camel_case)
    _sanitize_property = staticmethod(wire_value)

    def resolve_object(self, reference: Any, cls: type[Resource]) -> Any:
        """Return the lazy object of a class that an absolute href leads to; None for anything else."""
        if not isinstance(reference, str) or not reference.startswith(self._client.BASE_URL):
            return None
        return getattr(self._client, f"{cls.__name__.lower()}s").get(reference)
