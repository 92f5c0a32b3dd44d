"""Nested objects: parts of a resource that have no href."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from stormpath.resources.attributes import body_of
from stormpath.resources.encoder import ResourceEncoder
from stormpath.resources.legacy import LegacyFixedAttrs
from stormpath.resources.mixins import DictMixin
from stormpath.resources.protocols import Client
from stormpath.resources.record import Record


class FixedAttrsDict(LegacyFixedAttrs, DictMixin, Record):
    """A JSON object with fixed attributes that is part of a resource.

    It has no href and fetches nothing; reading an absent name is an ``AttributeError``. Changes are sent
    when its owner is saved. An application's subclass may name the classes of deeper objects in
    ``get_dict_attributes()``.
    """

    def __init__(self, client: Client | None, properties: Mapping[str, Any]) -> None:
        state = self.__dict__
        state["_client"] = client
        state["_raw"] = properties
        state["_values"] = {}

    def to_json(self) -> str:
        """Return the data as JSON text, in Python's spelling."""
        return ResourceEncoder().encode(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FixedAttrsDict):
            return NotImplemented
        return type(self) is type(other) and self._json_content() == other._json_content()

    __hash__ = None  # type: ignore[assignment]  # a value that can change, as a dict is

    def __repr__(self) -> str:
        return f"<{type(self).__name__} attributes={', '.join(self._own_names())}>"

    @classmethod
    def _of(cls, client: Any, json: Mapping[str, Any]) -> Self:
        """Return one made from JSON. Subclasses may have constructors with other arguments."""
        part = cls.__new__(cls)
        FixedAttrsDict.__init__(part, client, json)
        return part

    def _take_nested_reply(self, json: Any) -> None:
        """Take the answer of a save as the new state; attributes missing in it keep their values."""
        answered = isinstance(json, Mapping)
        for name, value in list(self._values.items()):
            attribute = self._declared.get(name)
            take_reply = getattr(value, "_take_nested_reply", None)
            if take_reply is not None and attribute is not None:
                take_reply(json.get(attribute.wire) if answered else None)
            elif answered or (attribute is not None and attribute.secret):
                del self._values[name]
        self._staged = frozenset()
        if answered:
            self._raw = json

    def _as_sent(self) -> dict[str, Any]:
        return body_of(self._declared, self._held())

    def _is_sent_with_owner(self) -> bool:
        return bool(self._changed())
