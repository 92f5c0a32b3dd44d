"""Lists that are attributes of a resource."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Self, SupportsIndex, TypeVar

from stormpath.resources.attributes import Attribute
from stormpath.resources.detached import NO_CLIENT
from stormpath.resources.fixed_attrs import FixedAttrsDict
from stormpath.resources.record import Record
from stormpath.resources.resource import Resource
from stormpath.resources.wire import wire_value

L = TypeVar("L", bound="ListOnResource")


class ListOnResource(list[Any]):
    """A list attached to an attribute of a resource. Edits apply to the current list of the service.

    The first edit since the resource was loaded or saved refreshes the resource (one request) and applies to
    the fresh list; later edits make no request. Nothing is sent until the resource is saved. Removing an
    element that the service no longer has is no error.
    """

    # The class of the JSON objects in the list.
    item_class: ClassVar[type[FixedAttrsDict] | None] = None

    def __init__(self, client: Any, properties: Iterable[Any] = ()) -> None:
        super().__init__(self._made(client, each) for each in properties)
        self._client = client
        self._parent: Record | None = None
        self._attribute = ""
        self._wire = ""

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        # Not element by element: each would be an edit, which refreshes the resource.
        links = {"_parent": self._parent, "_attribute": self._attribute, "_wire": self._wire}
        return _restored, (type(self), list(self)), links

    def __copy__(self) -> Self:
        copied = _restored(type(self), self)
        copied.__dict__.update(self.__dict__)
        return copied

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        from copy import deepcopy

        copied = memo[id(self)] = _restored(type(self), ())
        memo[id(self._client)] = self._client
        list.extend(copied, deepcopy(list(self), memo))
        copied.__dict__.update(deepcopy(self.__dict__, memo))
        return copied

    def append(self, value: Any) -> None:
        """Add an element at the end."""
        self._edit(lambda: list.append(self, value))

    def extend(self, values: Iterable[Any]) -> None:
        """Add several elements at the end."""
        self._edit(lambda: list.extend(self, values))

    def insert(self, index: SupportsIndex, value: Any) -> None:
        """Add an element before an index."""
        self._edit(lambda: list.insert(self, index, value))

    def pop(self, index: SupportsIndex = -1) -> Any:
        """Remove the element at an index and return it; the index is that before the refresh."""
        value = self[index]
        self._edit(lambda: self._discard(value))
        return value

    def remove(self, value: Any) -> None:
        """Remove an element. ``ValueError`` if it was not there before the refresh."""
        if value not in self:
            raise ValueError(f"{value!r} is not in the list")
        self._edit(lambda: self._discard(value))

    def __delitem__(self, index: SupportsIndex | slice) -> None:
        doomed = self[index] if isinstance(index, slice) else [self[index]]
        self._edit(lambda: self._discard(*doomed))

    def _discard(self, *values: Any) -> None:
        for value in values:
            if value in self:
                list.remove(self, value)

    def _edit(self, change: Callable[[], Any]) -> None:
        parent = self._parent
        if isinstance(parent, Resource) and self._attribute not in parent._staged:
            parent.refresh()
            self[:] = getattr(parent, self._attribute)
        change()
        if parent is not None:
            setattr(parent, self._attribute, self)

    def _attach(self, parent: Record, attribute: Attribute[Any]) -> None:
        self._parent, self._attribute, self._wire = parent, attribute.name, attribute.wire

    def _take_client(self, client: Any) -> Iterable[Any]:
        self._client = client
        return list(self)

    def _made(self, client: Any, json: Any) -> Any:
        kind = self.item_class
        return kind._of(client, json) if kind is not None and isinstance(json, dict) else json

    def _is_sent_with_owner(self) -> bool:
        if self._parent is None:
            return False
        # Only the attributes that would be sent are compared.
        held = type(self)(self._client, self._parent._raw.get(self._wire) or ())
        return self._as_sent() != held._as_sent()

    def _as_sent(self) -> list[Any]:
        return [wire_value(each) for each in self]


def _restored(kind: type[L], elements: Iterable[Any]) -> L:
    made = kind.__new__(kind)
    list.extend(made, elements)
    made._client = NO_CLIENT
    return made
