"""Attributes that are JSON objects with named members, or lists of such objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stormpath.forks import cached_property
from stormpath.server.schema.attributes import Attribute, Column, required, unknown_attribute, wrong_type
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.schema.texts import PageUrl


@dataclass(frozen=True, kw_only=True)
class Object(Attribute):
    """A JSON object with named members, stored as one document; a submitted object is merged into it.

    Members are attributes, as those of a resource are: one that is not ``shown`` can be set and is not
    returned. A ``whole`` one is always submitted with its required members.
    """

    members: tuple[Attribute, ...]
    whole: bool = False
    nullable: bool = False

    kind = "json"

    @property
    def initial(self) -> Any:
        return {each.name: each.initial for each in self.members}

    @cached_property
    def pages(self) -> tuple[str, ...]:
        """The names of the members that are URLs for browsers."""
        return tuple(each.name for each in self.members if isinstance(each, PageUrl))

    def columns(self) -> tuple[Column, ...]:
        return (Column(self.column, self.kind, self.nullable),)

    def check(self, value: Any) -> Any:
        """Return the submitted members, checked, without defaults for the others."""
        if not isinstance(value, dict):
            raise wrong_type(self.name, "an object", value)
        known = {each.name: each for each in self.members}
        for name in value:
            if name not in known:
                raise unknown_attribute(f"{self.name}.{name}", known)
        if self.whole:
            self._check_complete(value)
        return {name: self._member(known[name], each) for name, each in value.items()}

    def completed(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return checked members with the defaults of the others; a required one must be there."""
        value = dict(value)
        self._check_complete(value)
        for each in self.members:
            if isinstance(each, Object) and isinstance(value.get(each.name), dict):
                value[each.name] = each.completed(value[each.name])
        return {**self.initial, **value}

    def merged(self, stored: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
        """Return the stored members with the changes applied; nested objects are merged the same way."""
        result = {**stored, **changes}
        for each in self.members:
            if isinstance(each, Object) and isinstance(changes.get(each.name), dict):
                result[each.name] = each.merged(stored.get(each.name) or each.initial, changes[each.name])
        return result

    def render(self, stored: Any) -> Any:
        stored = stored or {}
        return {
            each.name: _rendered(each, stored.get(each.name))
            for each in self.members
            # A member that only some variants have was stored for those.
            if each.shown and (not each.only_for or each.name in stored)
        }

    def _check_complete(self, value: Mapping[str, Any]) -> None:
        for each in self.members:
            if each.required and not each.only_for and each.name not in value:
                raise required(f"{self.name}.{each.name}")

    def _member(self, member: Attribute, value: Any) -> Any:
        if value is None:
            if not member.may_be_missing:
                raise required(f"{self.name}.{member.name}")
            return None
        return member.check(value)


def _rendered(member: Attribute, stored: Any) -> Any:
    return None if stored is None and not isinstance(member, Object) else member.render(stored)


@dataclass(frozen=True, kw_only=True)
class ObjectList(Attribute):
    """A list of JSON objects with the same members, replaced as a whole."""

    members: tuple[Attribute, ...]
    max_items: int = 1000
    nullable: bool = False
    default: Any = ()

    kind = "list"

    @cached_property
    def _item(self) -> Object:
        return Object(self.name, members=self.members)

    def check(self, value: Any) -> Any:
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise wrong_type(self.name, "a list of objects", value)
        if len(value) > self.max_items:
            raise ApiError(Code.TOO_LONG, f"{self.name} holds at most {self.max_items} entries.")
        return [self._item.completed(self._item.check(each)) for each in value]

    def render(self, stored: Any) -> Any:
        return [self._item.render(each) for each in stored or ()]
