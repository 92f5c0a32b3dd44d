"""Attributes: the declarations in a resource class, one typed line each.

    class Shelf(Resource):
        label = Text(writable=True)
        opened_at = Timestamp()

The line states everything about an attribute: its type, whether callers may set it, and its name on the wire
where that differs from the plain camelCase of its Python name. A value is converted when it is first read,
and then kept. Links to other resources are in :mod:`stormpath.resources.links`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar, overload

from stormpath.resources.names import wire_name
from stormpath.resources.wire import (
    copy_json,
    duration_text,
    is_same_json,
    parse_duration,
    parse_timestamp,
    wire_value,
)

if TYPE_CHECKING:
    from stormpath.resources.record import Record

V = TypeVar("V")
E = TypeVar("E")


class Attribute(Generic[V]):
    """An attribute of any JSON type; the base of all others.

    ``writable``: callers may set it, and it is sent on create and save. ``secret``: never printed or
    written to JSON, and dropped once it was saved. ``uncached``: no cache holds it (see
    ``stormpath.cache.cacheable``), so reading it bypasses them. ``wire``: its name in JSON.
    """

    autosave = False
    # Whether a loaded value, if it is writable, is kept when the object is loaded again.
    is_kept = True

    def __init__(
        self, *, wire: str = "", writable: bool = False, secret: bool = False, uncached: bool = False
    ) -> None:
        self.name = ""
        self.wire = wire
        self.writable = writable
        self.secret = secret
        self.uncached = uncached
        # Whether the value sent is taken as the state when the reply to a save does not contain it.
        self.is_echoed = not secret

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.wire = self.wire or wire_name(name)

    @overload
    def __get__(self, record: None, owner: type) -> Self: ...
    @overload
    def __get__(self, record: Record, owner: type | None = None) -> V: ...
    def __get__(self, record: Record | None, owner: type | None = None) -> Self | V:
        if record is None:
            return self
        values = record._values
        if self.name in values:
            value: V = values[self.name]
            return value
        return self.look_up(record)

    def __set__(self, record: Record, value: V) -> None:
        self.set(record, value)

    def look_up(self, record: Record) -> V:
        """Convert the value and keep it; the record may have to fetch it first."""
        raw = record._raw
        json = raw[self.wire] if self.wire in raw else record._missing(self)
        value: V = self.from_wire(record, json)
        record._values[self.name] = value
        return value

    def set(self, record: Record, value: Any) -> None:
        """Keep a caller's value until it is saved. ``AttributeError`` when callers may not set it."""
        if self.name not in record._writable:
            raise AttributeError(f"{type(record).__name__}.{self.name} cannot be set")
        record._stage(self.name, self.accept(record, value))

    def accept(self, record: Record, value: Any) -> Any:
        """Return a caller's value in the form in which it is held."""
        return value

    def from_wire(self, record: Record, json: Any) -> Any:
        """Return the Python value; lists and dictionaries are copies of the JSON."""
        return copy_json(json)

    def to_wire(self, value: Any) -> Any:
        """Return the JSON value."""
        return wire_value(value)

    def to_create(self, value: Any) -> Any:
        """Return the JSON value of a caller's value in a create."""
        return self.to_wire(value)

    def is_edited(self, value: Any, json: Any) -> bool:
        """Whether a kept value was changed in place since it was converted from ``json``."""
        return isinstance(value, list | dict) and not is_same_json(value, json)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}{' writable' if self.writable else ''}>"


class Text(Attribute[V]):
    """A string; ``nullable`` where the service may return null."""

    @overload
    def __init__(
        self: Text[str],
        *,
        nullable: Literal[False] = ...,
        wire: str = ...,
        writable: bool = ...,
        secret: bool = ...,
        uncached: bool = ...,
    ) -> None: ...
    @overload
    def __init__(
        self: Text[str | None],
        *,
        nullable: Literal[True],
        wire: str = ...,
        writable: bool = ...,
        secret: bool = ...,
        uncached: bool = ...,
    ) -> None: ...
    def __init__(
        self,
        *,
        nullable: bool = False,
        wire: str = "",
        writable: bool = False,
        secret: bool = False,
        uncached: bool = False,
    ) -> None:
        super().__init__(wire=wire, writable=writable, secret=secret, uncached=uncached)
        self.nullable = nullable


class Choice(Attribute[str]):
    """One of a few words. The service validates it, and accepts any letter case."""

    def __init__(self, *choices: str, wire: str = "", writable: bool = False) -> None:
        super().__init__(wire=wire, writable=writable)
        self.choices = choices


class Status(Choice):
    """Whether a resource is enabled; callers may set it.

    The shared cache replaces a status that was read before: an account that was disabled through another
    object must not be let in.
    """

    is_kept = False

    def __init__(self, *choices: str) -> None:
        super().__init__(*choices, writable=True)


class Number(Attribute[int]):
    """A whole number."""


class Flag(Attribute[bool]):
    """True or false."""


class ListOf(Attribute[list[E]]):
    """A list of plain values. Editing it in place counts as setting it."""


class FreeObject(Attribute[dict[str, Any]]):
    """A plain JSON object, keys as the service spells them. Editing it in place counts as setting it."""


class Timestamp(Attribute[V]):
    """A time set by the service: an aware ``datetime``; ``nullable`` where there may be none yet."""

    @overload
    def __init__(self: Timestamp[datetime], *, nullable: Literal[False] = ..., wire: str = ...) -> None: ...
    @overload
    def __init__(self: Timestamp[datetime | None], *, nullable: Literal[True], wire: str = ...) -> None: ...
    def __init__(self, *, nullable: bool = False, wire: str = "") -> None:
        super().__init__(wire=wire)
        self.nullable = nullable

    def from_wire(self, record: Record, json: Any) -> Any:
        """Return the ``datetime``; ``ValueError`` for text that is not a time."""
        return parse_timestamp(json)


class Duration(Attribute[timedelta | None]):
    """A ``timedelta`` here, ISO 8601 on the wire. ISO text may be set too."""

    def __set__(self, record: Record, value: timedelta | str | None) -> None:
        self.set(record, value)

    def from_wire(self, record: Record, json: Any) -> Any:
        """Return the duration."""
        return parse_duration(json)

    def to_wire(self, value: Any) -> Any:
        """Return the ISO text."""
        return duration_text(value)


def body_of(attributes: Mapping[str, Attribute[Any]], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON body that sends these values, each under its attribute's wire name."""
    return {attributes[name].wire: attributes[name].to_wire(value) for name, value in values.items()}
