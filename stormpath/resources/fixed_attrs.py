"""Nested objects without an href."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stormpath.resources.attributes import body_of
from stormpath.resources.encoder import ResourceEncoder
from stormpath.resources.mixins import DictMixin
from stormpath.resources.record import Record
from stormpath.resources.seams import Client


class FixedAttrsDict(DictMixin, Record):
    """A JSON object with fixed attributes that is part of a resource.

    It has no href and fetches nothing; reading an absent name is an ``AttributeError``. What is set here is
    sent when its owner is saved. An application's subclass may name the classes of deeper objects in
    ``get_dict_attributes()``.
    """

    def __init__(self, client: Client, properties: Mapping[str, Any]) -> None:
        state = self.__dict__
        state["_client"] = client
        state["_raw"] = properties
        state["_values"] = {}

    @classmethod
    def get_dict_attributes(cls) -> dict[str, Any]:
        """Return the class of each attribute that is such an object itself."""
        return cls.get_resource_attributes()

    @classmethod
    def _old_style_kinds(cls) -> Mapping[str, Any]:
        return cls.get_dict_attributes()

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

    def _as_sent(self) -> dict[str, Any]:
        return body_of(self._declared, self._held())

    def _rides_along(self) -> bool:
        return bool(self._changed())
