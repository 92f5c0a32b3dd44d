"""Records: objects with declared attributes, the values held and the changes to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from stormpath.resources.attributes import Attribute
from stormpath.resources.detached import NO_CLIENT, pickled_state
from stormpath.resources.legacy import LegacyRecord
from stormpath.resources.links import Kind, Link
from stormpath.resources.names import from_camel_case, wire_name
from stormpath.resources.templates import mark_overriding
from stormpath.resources.wire import ABSENT

NOTHING: Mapping[str, Any] = {}


class Record(LegacyRecord):
    """An object whose data is JSON.

    The state has three parts: the JSON as it was received (never mutated: it may be shared with a cache), the
    values that were read or set, and the names that were set since. Names may be spelt as in Python or as in
    JSON.
    """

    _declared: ClassVar[Mapping[str, Attribute[Any]]] = {}
    _spelled: ClassVar[Mapping[str, Attribute[Any]]] = {}
    _writable: ClassVar[frozenset[str]] = frozenset()

    # A pickle carries no client.
    _client: Any = NO_CLIENT
    # None for nested objects, and for resources that were never saved.
    _href: str | None = None
    _raw: Mapping[str, Any]
    _values: dict[str, Any]
    _staged: frozenset[str] = frozenset()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._refuse_hidden_methods()
        mark_overriding(cls)
        cls._declare_listed()
        cls._declared = dict(_attributes_of(cls))
        cls._spelled = {attribute.wire: attribute for attribute in cls._declared.values()} | cls._declared
        inherited = (name for base in cls.__bases__ for name in getattr(base, "_writable", ()))
        own = (name for name, each in vars(cls).items() if isinstance(each, Attribute) and each.writable)
        cls._writable = frozenset((*inherited, *own))
        cls._list_declared()

    @classmethod
    def _refuse_hidden_methods(cls) -> None:
        for name, each in vars(cls).items():
            if isinstance(each, Attribute) and callable(getattr(super(cls, cls), name, None)):
                raise TypeError(f"{cls.__name__}.{name} would hide the method of that name")

    @classmethod
    def _named(cls, name: str) -> Attribute[Any] | None:
        """Return the declared attribute of a name in either spelling."""
        return cls._spelled.get(name) or cls._declared.get(from_camel_case(name))

    @classmethod
    def _wire_of(cls, name: str) -> str:
        """Return the wire name of an attribute, given its name in either spelling."""
        named = cls._named(name)
        return named.wire if named else wire_name(name)

    @classmethod
    def _body_from(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the JSON body that creates one with these values, without those that are read-only."""
        given = ((cls._named(name), value) for name, value in values.items())
        return {
            each.wire: each.to_create(value) for each, value in given if each and each.name in cls._writable
        }

    # Hidden from type checkers: they know the declared attributes, and should report a misspelt one.
    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            # No attribute of the API is named so, but copy, pickle and debuggers ask for private names, and
            # templates of Django for "0" before they use it as an index.
            if name.startswith("_") or not name.isidentifier():
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            declared = self._named(name)
            if declared is None:
                return self._undeclared(from_camel_case(name)).__get__(self)
            if declared.name != name:
                return getattr(self, declared.name)
            raise self._no_attribute(name)

        def __setattr__(self, name: str, value: Any) -> None:
            if name.startswith("_") or hasattr(getattr(type(self), name, None), "__set__"):
                object.__setattr__(self, name, value)
                return
            declared = self._named(name)
            if declared is None:
                raise AttributeError(f"{type(self).__name__}.{name} cannot be set")
            setattr(self, declared.name, value)

        def __delattr__(self, name: str) -> None:
            if name.startswith("_"):
                object.__delattr__(self, name)
            else:
                self._drop(from_camel_case(name))

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *self._own_names()})

    def __getstate__(self) -> dict[str, Any]:
        return pickled_state(self)

    def __copy__(self) -> Self:
        copied = type(self).__new__(type(self))
        copied.__dict__.update(self._copied_state())
        return copied

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        from copy import deepcopy

        copied = type(self).__new__(type(self))
        memo[id(self)] = copied
        # The client is shared: a copied object talks to the same service.
        memo[id(self._client)] = self._client
        copied.__dict__.update(deepcopy(self._copied_state(), memo))
        return copied

    def _copied_state(self) -> dict[str, Any]:
        # A copy must not share mutable values with the original; the JSON, which never changes, it may.
        return {**self.__dict__, "_values": dict(self._values)}

    def _take_client(self, client: Any) -> Iterable[Any]:
        """Use a client from now on, and return the objects held that need it too."""
        self.__dict__["_client"] = client
        return self._values.values()

    @classmethod
    def _kind_of_json(cls, key: str) -> Kind | None:
        """Return the class that declares what the JSON value of a key holds; None for plain values."""
        attribute = cls._named(key)
        if isinstance(attribute, Link):
            return cls._mapped_kinds().get(attribute.name) or attribute.kind
        return None if attribute is not None else cls._undeclared(from_camel_case(key)).kind

    def _no_attribute(self, name: str) -> AttributeError:
        return AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _held_json(self, attribute: Attribute[Any]) -> Any:
        """Return the JSON held for an attribute, or ``ABSENT``."""
        if attribute.wire in self._raw:
            return self._raw[attribute.wire]
        # Callers may have passed properties in Python's spelling.
        for key, json in self._raw.items():
            if from_camel_case(key) == attribute.name:
                return json
        return ABSENT

    def _missing(self, attribute: Attribute[Any]) -> Any:
        """Find the JSON of an attribute that is not under its wire name, or raise ``AttributeError``."""
        json = self._held_json(attribute)
        if json is ABSENT:
            raise self._no_attribute(attribute.name)
        return json

    def _read(self, name: str) -> Any:
        """Return the value of a name, even where a method of the class has that name."""
        return (self._named(name) or self._undeclared(from_camel_case(name))).__get__(self)

    def _stage(self, name: str, value: Any) -> None:
        self._values[name] = value
        self._staged = self._staged | {name}

    def _drop(self, name: str) -> None:
        """Drop the JSON and the value held for an attribute."""
        self._values.pop(name, None)
        self._staged = self._staged - {name}
        self._raw = {key: json for key, json in self._raw.items() if self._name_of(key) != name}

    def _name_of(self, key: str) -> str:
        spelled = self._spelled.get(key)
        return spelled.name if spelled else from_camel_case(key)

    def _own_names(self) -> Iterator[str]:
        """Yield the names of everything held except secrets, in the order of the JSON."""
        held = dict.fromkeys(map(self._name_of, self._raw)) | dict.fromkeys(self._values)
        for name in held:
            declared = self._declared.get(name)
            if declared is None or not declared.secret:
                yield name

    def _get_property_names(self) -> list[str]:
        """Return the names of the attributes held, in Python's spelling, without secrets."""
        return list(self._own_names())

    def _conventional_href(self, wire: str) -> str | None:
        """Return the conventional href of a sub-resource of this name, if it has one."""
        return None

    def _ensure_data(self, overwrite: bool = False) -> None:
        """Fetch the data unless it is held; here it always is."""

    def _is_sent_with_owner(self) -> bool:
        """Whether saving the owner sends changes of this object in the same body."""
        return False

    def _changed(self) -> dict[str, Any]:
        """Return the values to send: those that were set, and lists or objects that were edited in place."""
        return {
            name: value
            for name, value in self._values.items()
            if name in self._writable and (name in self._staged or self._is_edited(name, value))
        }

    def _is_edited(self, name: str, value: Any) -> bool:
        attribute = self._declared[name]
        return attribute.is_edited(value, self._raw.get(attribute.wire))

    def _held(self) -> dict[str, Any]:
        """Return every writable value held."""
        names = [name for name in map(self._name_of, self._raw) if name in self._writable]
        return {
            name: self._read(name)
            for name in dict.fromkeys((*names, *self._values))
            if name in self._writable
        }

    def _json_content(self) -> dict[str, Any]:
        """Return the data held, for the JSON encoder."""
        return {name: self._read(name) for name in self._own_names()}

    def _wrap_resource_attr(self, cls: Kind, value: Any) -> Any:
        """Return a JSON object as one of a class. Null and objects pass; ``TypeError`` for anything else."""
        if value is None or hasattr(value, "_as_sent"):
            return value
        if isinstance(value, dict) or (isinstance(value, list) and _is_list(cls)):
            return cls(self._client, properties=value)
        raise TypeError(f"{type(value).__name__} cannot stand for a linked {getattr(cls, '__name__', cls)}")


def _attributes_of(cls: type) -> Iterator[tuple[str, Attribute[Any]]]:
    names = dict.fromkeys(name for base in reversed(cls.__mro__) for name in vars(base))
    for name in names:
        attribute = getattr(cls, name, None)
        if isinstance(attribute, Attribute):
            yield name, attribute


def _is_list(cls: Kind) -> bool:
    return isinstance(cls, type) and issubclass(cls, list)
