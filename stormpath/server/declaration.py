"""The vocabulary in which a resource says what it is.

One :class:`Resource` names the attributes, links and collections of one kind of thing. Routing,
validation, rendering, search, ordering, expansion, the OpenAPI document and the tables' columns are read off
it, so a fact about an attribute stands in one line of one file. What is truly special to a resource is a
rule, not a flag here. Its plain values are in :mod:`stormpath.server.attributes`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from stormpath.forks import cached_property
from stormpath.server.attributes import (
    Attribute,
    Choice,
    Column,
    ColumnKind,
    Computed,
    Duration,
    Flag,
    Hidden,
    HiddenSecret,
    HostName,
    Id,
    Number,
    OwnersText,
    PageUrl,
    Password,
    Secret,
    Text,
    TextList,
    Timestamp,
    check_encoding,
    required,
    snake_case,
    unknown_attribute,
    wrong_type,
)
from stormpath.server.objects import Object, ObjectList
from stormpath.server.refusals import Code

__all__ = [
    "DISABLED",
    "ENABLED",
    "STATUS",
    "TENANT_LINK",
    "Address",
    "Attribute",
    "Beside",
    "Borrowed",
    "Choice",
    "Collection",
    "Column",
    "ColumnKind",
    "Computed",
    "CustomData",
    "Document",
    "Duration",
    "Endpoint",
    "Flag",
    "Hidden",
    "HiddenSecret",
    "HostName",
    "Id",
    "Link",
    "Number",
    "Object",
    "ObjectList",
    "Option",
    "OwnersText",
    "PageUrl",
    "Password",
    "Resource",
    "Secret",
    "Text",
    "TextList",
    "Timestamp",
    "TokenLink",
    "Tokens",
    "check_encoding",
    "required",
    "snake_case",
    "unknown_attribute",
    "wrong_type",
]

ENABLED: Final = "ENABLED"
DISABLED: Final = "DISABLED"


@dataclass(frozen=True, kw_only=True)
class Borrowed(Attribute):
    """A value of another resource, the one of kind ``of`` whose id is in the column ``by``: looked up."""

    of: str
    by: str
    creatable: bool = False
    updatable: bool = False
    nullable: bool = False

    schema_type: ClassVar[Mapping[str, Any]] = {"type": "string"}

    def columns(self) -> tuple[Column, ...]:
        return ()


class Beside(Borrowed):
    """A borrowed value that is no part of the JSON, for what is worked out of it."""

    shown: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True)
class Link(Attribute):
    """The href of another resource. With several kinds in ``to``, each has a column and one of them is set.

    ``flagged`` makes it the one item, among those that link back to this resource, whose flag of that name is
    set: such a link is looked up, not stored. A ``companion`` shares this resource's id, so there is nothing
    to store. ``embeds`` takes an object of the target's attributes instead of its href; the rule then finds
    the checked values in the column named like the link. A ``released`` link becomes null when its target is
    deleted; otherwise the resource goes with what it links to. A ``bare`` one is taken as an href, too.

    One that is ``named`` is also taken as ``{"nameKey": ...}`` of a resource of that kind; the rule then
    finds the name beside the id, under ``name_column``. ``refused`` are the codes for kinds that have one of
    their own, ``malformed`` is the code for what is no link at all, ``unknown`` that for the href of nothing.
    """

    to: tuple[str, ...]
    creatable: bool = False
    updatable: bool = False
    expandable: bool = True
    flagged: str = ""
    companion: bool = False
    embeds: bool = False
    released: bool = False
    named: str = ""
    bare: bool = False
    refused: tuple[tuple[str, Code], ...] = ()
    malformed: Code = Code.WRONG_TYPE
    unknown: Code = Code.NO_SUCH_TARGET

    kind = "id"

    @property
    def name_column(self) -> str:
        """Where a ``named`` link keeps the name it was given by."""
        return f"{self.column}_name"

    def column_of(self, target: str) -> str:
        """Return the column that holds the id of a target of that kind."""
        if self.companion:
            return "id"
        return f"{self.column}_id" if len(self.to) == 1 else f"{self.column}_{snake_case(target)}_id"

    def columns(self) -> tuple[Column, ...]:
        if self.flagged or self.companion:
            return ()
        nullable = len(self.to) > 1 or self.may_be_missing
        return tuple(
            Column(self.column_of(target), "id", nullable, target, self.released) for target in self.to
        )


@dataclass(frozen=True, kw_only=True)
class Collection(Attribute):
    """The href of a pageable set of resources that belong to this one.

    Its items are those that link back to this resource (by the link ``through``, when that is not named like
    it), unless storage knows better (storage/scopes.py). With ``accepts_items``, POST on it creates one.
    ``needs`` are the search parameters that a list cannot do without. ``counted`` are those that may hold a
    million: storage keeps their number, for which each item must link back, and for good.
    """

    of: str
    through: str = ""
    accepts_items: bool = False
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
class Tokens:
    """Secrets that can be spent once, each the last part of an href: POST with this ``body`` spends one.

    ``path`` is below the base URL, with ``{token}`` in it, and ``{id}`` where they belong to the resource of
    that id. GET shows one that is ``readable``, and never spends it: mail scanners open links first. The
    answer is the link of the resource ``leads_to``, or else the token's own href and what it ``returns``.
    A token ``concerns`` a resource of that kind, of which a repeated request, recognized by its idempotency
    key, is told again.
    """

    path: str
    concerns: str
    body: tuple[Attribute, ...] = ()
    returns: tuple[Attribute, ...] = ()
    readable: bool = False
    leads_to: str = ""
    about: str = ""

    @cached_property
    def answer(self) -> Resource:
        """What is answered, as a resource whose links can be expanded."""
        return Resource("token", "tokens", self.returns)


@dataclass(frozen=True, kw_only=True)
class TokenLink(Secret):
    """The href of a token that waits to be spent, or null. The token lies encrypted in the database."""

    tokens: Tokens
    creatable: bool = False
    updatable: bool = False


@dataclass(frozen=True, kw_only=True)
class Endpoint(Attribute):
    """The href of something that only takes POST, such as ``loginAttempts``.

    It ``returns`` links, of which the first is the ``Location`` and all can be expanded, or plain values. One
    that is ``accepted`` answers 202 and nothing else. What is posted where there are ``tokens`` makes one:
    the answer is its href and what it returns. Where it ``drafts``, the body is checked as a change of the
    resource is: all of it may be left out.

    What must not happen twice to a resource, such as being sent an e-mail, ``concerns`` that kind of it: a
    repeated request is recognized by its idempotency key.
    """

    creatable: bool = False
    updatable: bool = False
    body: tuple[Attribute, ...] = ()
    returns: tuple[Attribute, ...] = ()
    accepted: bool = False
    drafts: bool = False
    tokens: Tokens | None = None
    concerns: str = ""

    @cached_property
    def answer(self) -> Resource:
        """What it answers with, as a resource whose links can be expanded."""
        return Resource(self.name, self.name, self.returns)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """The links among what it returns."""
        return tuple(each for each in self.returns if isinstance(each, Link))

    def columns(self) -> tuple[Column, ...]:
        return ()


@dataclass(frozen=True, kw_only=True)
class Address(Attribute):
    """An href that stands for no resource: where browsers are sent, where protocols other than this begin.

    ``path`` is below the base URL, with ``{id}`` for the id of the resource that shows it.
    """

    path: str
    creatable: bool = False
    updatable: bool = False

    def columns(self) -> tuple[Column, ...]:
        return ()


@dataclass(frozen=True, kw_only=True)
class Option:
    """A query parameter that a creation takes besides ``expand``, such as ``createDirectory``."""

    name: str
    about: str
    parse: Callable[[str], Any]


@dataclass(frozen=True, kw_only=True)
class Document:
    """How a resource is read that is no JSON: GET answers with bytes of this media type, made by its rules.

    With ``or_json`` who asks for JSON (``Accept``) gets the plain representation. What is ``public`` can be
    read without credentials, because other systems fetch it who have none.
    """

    media_type: str
    or_json: bool = False
    public: bool = False


@dataclass(frozen=True)
class Resource:
    """What one kind of resource is. ``name`` is the singular, ``plural`` the path segment.

    ``own`` are its attributes in the order in which they are checked and shown; every resource has
    ``createdAt`` and ``modifiedAt`` besides. ``top_level`` are the verbs its bare path answers (``GET`` lists
    the tenant's, ``POST`` creates); ``verbs`` those of an instance. ``options`` are accepted wherever one is
    created, ``read_options`` wherever one is shown, also inside another resource. ``order`` is the column of
    its default order when it is not the time of creation. ``indexes`` are columns that lists are also read
    by, after those of links and of what is unique.

    ``below`` is the plural of the resource whose id it shares and under which it lies, as
    ``/directories/{id}/provider``. A ``view_of`` another resource has no table: its rows are the other's.
    ``variant`` is the column whose value says which variant a row is; attributes may be ``only_for`` some.
    ``document`` is what GET answers with when that is not JSON.
    """

    name: str
    plural: str
    own: tuple[Attribute, ...]
    about: str = ""
    verbs: tuple[str, ...] = ("GET", "POST", "DELETE")
    top_level: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    read_options: tuple[Option, ...] = ()
    order: str = ""
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    below: str = ""
    view_of: str = ""
    variant: str = ""
    document: Document | None = None

    @property
    def path(self) -> str:
        """The path of an instance, with ``{id}`` in it."""
        return f"/{self.below}/{{id}}/{self.plural}" if self.below else f"/{self.plural}/{{id}}"

    @cached_property
    def title(self) -> str:
        """Its name as a word of a sentence or the name of a schema: ``GroupMembership``."""
        return self.name[0].upper() + self.name[1:]

    @cached_property
    def attributes(self) -> tuple[Attribute, ...]:
        """Its own attributes and the standard ones."""
        return (Timestamp("createdAt", nullable=False), Timestamp("modifiedAt", nullable=False), *self.own)

    @cached_property
    def by_name(self) -> dict[str, Attribute]:
        """Attributes by wire name."""
        return {each.name: each for each in self.attributes}

    @cached_property
    def by_folded_name(self) -> dict[str, Attribute]:
        """Attributes by lower-case wire name: old clients change the case of names in ``orderBy``."""
        return {each.name.lower(): each for each in self.attributes}

    @cached_property
    def custom_data(self) -> CustomData | None:
        """Its custom data attribute, if it has one."""
        return next((each for each in self.own if isinstance(each, CustomData)), None)

    @cached_property
    def searched_texts(self) -> tuple[Text, ...]:
        """The strings that ``q`` looks into."""
        return tuple(each for each in self.own if isinstance(each, Text) and each.searchable)

    def link(self, name: str) -> Link:
        """Return the link of that name."""
        found = self.by_name[name]
        if not isinstance(found, Link):
            raise TypeError(f"{self.name}.{name} is not a link")
        return found


TENANT_LINK: Final = Link(
    "tenant", to=("tenant",), nullable=False, fixed=True, about="The owner of everything."
)
STATUS: Final = Choice("status", choices=(ENABLED, DISABLED), default=ENABLED, searchable=True)
