"""The mapping half of custom data: reading and setting keys, with as few requests as possible."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, MutableMapping, ValuesView
from typing import TYPE_CHECKING, Any, ClassVar, Self

from stormpath.resources.custom_data_values import stored_value, without_own_keys
from stormpath.resources.names import from_camel_case
from stormpath.resources.resource import Resource
from stormpath.resources.templates import alters_data
from stormpath.resources.wire import copy_json

RESERVED = "The key {!r} of custom_data is reserved: give it another name"


class CustomDataMapping(MutableMapping[str, Any], Resource):
    """The mapping half; see :class:`~stormpath.resources.custom_data.CustomData`."""

    data_field: ClassVar[str] = "_data"
    readonly_attrs: ClassVar[tuple[str, ...]] = (
        "created_at",
        "href",
        "ionmeta",
        "ion_meta",
        "meta",
        "modified_at",
        "spmeta",
        "sp_meta",
        "sp_http_status",
    )
    exposed_readonly_timestamp_attrs: ClassVar[tuple[str, ...]] = ("created_at", "modified_at")

    # Keys that were set, in order, and keys to be deleted on the service.
    _set: Mapping[str, Any] = {}
    _removed: tuple[str, ...] = ()
    # Whether only the keys that were sent are known, and not the others that the service has.
    _is_partial = False

    def __getitem__(self, key: str) -> Any:
        if key in self._set:
            return self._set[key]
        if key in self.exposed_readonly_timestamp_attrs:
            return self._timestamp(key)
        if key in self._removed or self._is_reserved(key):
            raise KeyError(key)
        if key not in self._values:
            if key not in self._raw:
                self._load_once()
            self._values[key] = copy_json(self._raw[key])
        return self._values[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._refuse(key)
        self._set_all({key: stored_value(key, value)})

    def __delitem__(self, key: str) -> None:
        self._refuse(key)
        self._load_once()
        if key not in self:
            raise KeyError(key)
        self._set = {each: value for each, value in self._set.items() if each != key}
        self._values.pop(key, None)
        if self._href is None:
            self._raw = {each: value for each, value in self._raw.items() if each != key}
        elif key in self._raw:
            self._removed = (*self._removed, key)

    def __iter__(self) -> Iterator[str]:
        self._load_once()
        return iter(self._held_keys())

    def __len__(self) -> int:
        self._load_once()
        return len(self._held_keys())

    def __bool__(self) -> bool:
        # On the service it has at least its two timestamps: no request is needed.
        return self._href is not None or len(self) > 0

    def __contains__(self, key: object) -> bool:
        if key in self._set:
            return True
        self._load_once()
        return key in self._held_keys()

    def __eq__(self, other: object) -> bool:
        """Compare with another by href, and with a mapping by content, with or without the timestamps."""
        if isinstance(other, CustomDataMapping):
            return Resource.__eq__(self, other)
        if not isinstance(other, Mapping):
            return NotImplemented
        if any(key in other for key in self.exposed_readonly_timestamp_attrs):
            return self.copy() == other
        return self._content() == other

    __hash__ = Resource.__hash__

    def __or__(self, other: Any) -> dict[str, Any]:
        """Return a dictionary of both; the other's values have precedence."""
        return {**self.copy(), **other} if isinstance(other, Mapping) else NotImplemented

    def __ror__(self, other: Any) -> dict[str, Any]:
        return {**other, **self.copy()} if isinstance(other, Mapping) else NotImplemented

    def __ior__(self, other: Any) -> Self:
        self.update(other)
        return self

    def keys(self) -> KeysView[str]:
        """Return a view of the keys as they are now."""
        return self.copy().keys()

    def values(self) -> ValuesView[Any]:
        """Return a view of the values as they are now."""
        return self.copy().values()

    def items(self) -> ItemsView[str, Any]:
        """Return a view of the pairs of key and value as they are now."""
        return self.copy().items()

    def copy(self) -> dict[str, Any]:
        """Return everything as a plain dictionary; the values are shared with it, not copied."""
        return {key: self[key] for key in self}

    @alters_data
    def update(self, other: Any = (), /, **keys: Any) -> None:
        """Set the keys of a mapping, or of pairs, and of keywords: all or, with an exception, none."""
        given = without_own_keys({**dict(other), **keys})
        for key in given:
            self._refuse(key)
        self._set_all({key: stored_value(key, value) for key, value in given.items()})

    @alters_data
    def clear(self) -> None:
        """Delete all keys, each with a request of its own when it is saved; see ``delete``."""
        super().clear()

    @alters_data
    def popitem(self) -> tuple[str, Any]:
        """Delete the first key; return it and its value."""
        return super().popitem()

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            try:
                return self[name]
            except KeyError:
                raise self._no_attribute(name) from None

        def __setattr__(self, name: str, value: Any) -> None:
            if name.startswith("_"):
                object.__setattr__(self, name, value)
            elif self._is_reserved(name):
                raise AttributeError(f"{type(self).__name__}.{name} cannot be set")
            else:
                self[name] = value

        def __delattr__(self, name: str) -> None:
            if name.startswith("_"):
                object.__delattr__(self, name)
            else:
                del self[name]

    @classmethod
    def _is_reserved(cls, key: object) -> bool:
        return isinstance(key, str) and from_camel_case(key) in cls.readonly_attrs

    @classmethod
    def _refuse(cls, key: object) -> None:
        if not isinstance(key, str):
            raise TypeError(f"a key is text, not {type(key).__name__}")
        if cls._is_reserved(key):
            raise KeyError(RESERVED.format(key))
        if key.startswith("-"):
            raise KeyError(f"{key}: a key cannot start with a hyphen")

    def _set_all(self, values: Mapping[str, Any]) -> None:
        for key in values:
            self._values.pop(key, None)
        self._removed = tuple(each for each in self._removed if each not in values)
        self._set = {**self._set, **values}

    def _timestamp(self, key: str) -> Any:
        try:
            return self._declared[key].__get__(self)
        except AttributeError:
            raise KeyError(key) from None

    def _held_keys(self) -> dict[str, None]:
        """Return the keys held, in order."""
        # Timestamps come last: ``popitem`` must reach them after all other keys, and stop.
        keys = [key for key in self._raw if not self._is_reserved(key) and key not in self._removed]
        timestamps = self.exposed_readonly_timestamp_attrs if "createdAt" in self._raw else ()
        return dict.fromkeys((*keys, *self._set, *timestamps))

    def _own_names(self) -> Iterator[str]:
        yield from self._held_keys()

    def _content(self) -> dict[str, Any]:
        """Return the caller's keys and their values."""
        return {key: self[key] for key in self if key not in self.exposed_readonly_timestamp_attrs}

    def _load_once(self) -> None:
        if self._href is not None and not self._is_loaded():
            self._load()

    def _is_loaded(self) -> bool:
        return self._fetched or (super()._is_loaded() and not self._is_partial)

    def _missing(self, attribute: Any) -> Any:
        self._load_once()
        if attribute.wire not in self._raw and "createdAt" in self._raw:
            # A write without an answer of its own has made it stale.
            self._load()
        if attribute.wire in self._raw:
            return self._raw[attribute.wire]
        raise self._no_attribute(attribute.name)
