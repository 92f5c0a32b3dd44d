"""Attributes that refer to other resources: links, collections, values that are looked up there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from stormpath.server.schema.attributes import Attribute, Column, snake_case, wrong_type
from stormpath.server.schema.errors import Code

if TYPE_CHECKING:
    from stormpath.server.schema.endpoints import Endpoint


@dataclass(frozen=True, kw_only=True)
class Lookup(Attribute):
    """A value looked up in another resource: the one of kind ``of`` whose id is in the column ``by``."""

    of: str
    by: str
    creatable: bool = False
    updatable: bool = False
    nullable: bool = False

    schema_type: ClassVar[Mapping[str, Any]] = {"type": "string"}

    def columns(self) -> tuple[Column, ...]:
        return ()


@dataclass(frozen=True, kw_only=True)
class SecretLookup(Lookup):
    """A text of another resource that is encrypted there, for this one's id; null where there is none."""

    nullable: bool = True
    default: None = None

    def belongs_to(self, id: str) -> str:
        """Return the name it is encrypted for."""
        return f"{id}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class ObjectLookup(Lookup):
    """An object of another resource, shown as it is; null where there is none."""

    nullable: bool = True

    schema_type: ClassVar[Mapping[str, Any]] = {"type": "object"}


class HiddenLookup(Lookup):
    """A value of another resource that is not in the JSON; other attributes are computed from it."""

    shown: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True)
class Link(Attribute):
    """The href of another resource. With several kinds in ``to``, each has a column and one of them is set.

    ``flagged`` makes it the one item, among those that link back to this resource, whose flag of that name is
    set: such a link is looked up, not stored. The ``latest`` of the items that link back is looked up too. A
    ``companion`` shares this resource's id, so there is nothing
    to store. ``embeds`` takes an object of the target's attributes instead of its href; the rule then finds
    the checked values in the column named like the link, and beside them the id of an href that one which
    ``embeds_beside_href`` had in the object. With ``null_on_delete`` the link becomes null when
    its target is deleted; otherwise the resource is deleted with it. A ``bare`` one is also accepted as an
    href.

    One that is ``named`` is also accepted as ``{"nameKey": ...}`` of a resource of that kind; the rule then
    finds the name beside the id, under ``name_column``. ``malformed`` is the error code for a value that is
    no link, ``unknown`` the code for an href of nothing, ``no_href`` that for a text that is no href of this
    API, where it differs; ``wrong_kinds`` are the codes for links to resources of certain other kinds, whose
    text for developers is ``wrong_kind_hint`` if there is one.
    """

    to: tuple[str, ...]
    creatable: bool = False
    updatable: bool = False
    expandable: bool = True
    flagged: str = ""
    latest: bool = False
    companion: bool = False
    embeds: bool = False
    embeds_beside_href: bool = False
    null_on_delete: bool = False
    named: str = ""
    bare: bool = False
    malformed: Code = Code.WRONG_TYPE
    unknown: Code = Code.NO_SUCH_TARGET
    no_href: Code | None = None
    wrong_kinds: tuple[tuple[str, Code], ...] = ()
    wrong_kind_hint: str = ""

    kind = "id"

    @property
    def name_column(self) -> str:
        """The column with the name by which a ``named`` link was given."""
        return f"{self.column}_name"

    def column_of(self, target: str) -> str:
        """Return the column that holds the id of a target of that kind."""
        if self.companion:
            return "id"
        return f"{self.column}_id" if len(self.to) == 1 else f"{self.column}_{snake_case(target)}_id"

    def columns(self) -> tuple[Column, ...]:
        if self.flagged or self.latest or self.companion:
            return ()
        nullable = len(self.to) > 1 or self.may_be_missing
        return tuple(
            Column(self.column_of(target), "id", nullable, target, self.null_on_delete) for target in self.to
        )


@dataclass(frozen=True, kw_only=True)
class Collection(Attribute):
    """The href of a pageable set of resources that belong to this one.

    Its items are those that link back to this resource (by the link ``through``, when that is not named like
    it), unless storage has a condition for it (storage/membership_conditions.py). With ``accepts_items`` a
    POST on it creates one; the body may have what it ``also_takes`` beside the item's attributes, for the
    rule that finds the place of the new item. A body with the member that is named like the endpoint
    ``or_else`` calls that, which leads to an item, made now or before. ``order`` is the column of its default
    order where that is not the item's. ``needs`` are the search parameters that a list requires. A
    ``counted`` collection may hold a million items: storage maintains their number, so the link of an item to
    its owner never changes.
    """

    of: str
    through: str = ""
    accepts_items: bool = False
    also_takes: tuple[Attribute, ...] = ()
    or_else: Endpoint | None = None
    order: str = ""
    needs: tuple[str, ...] = ()
    counted: bool = False
    creatable: bool = False
    updatable: bool = False
    expandable: bool = True
    searches_custom_data: bool = False

    def columns(self) -> tuple[Column, ...]:
        return ()


@dataclass(frozen=True, kw_only=True)
class CustomData(Attribute):
    """The owner's own JSON document, at ``{href}/customData``."""

    name: str = field(default="customData", kw_only=False)
    expandable: bool = True

    schema_type: ClassVar[Mapping[str, Any]] = {"type": "object"}

    def columns(self) -> tuple[Column, ...]:
        return ()

    def check(self, value: Any) -> Any:
        # Its keys are checked last of all (rest-core 6.22): the rules do it.
        if not isinstance(value, dict):
            raise wrong_type(self.name, "an object", value)
        # A bare link is how clients echo a resource back: it changes nothing.
        return {} if set(value) == {"href"} else value


@dataclass(frozen=True, kw_only=True)
class Address(Attribute):
    """An href that is not of a resource: a target of browsers, or an endpoint of another protocol.

    ``path`` is below the base URL, with ``{id}`` for the id of the resource that shows it.
    """

    path: str
    creatable: bool = False
    updatable: bool = False

    def columns(self) -> tuple[Column, ...]:
        return ()
