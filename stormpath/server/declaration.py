"""The vocabulary in which a resource says what it is.

One :class:`Resource` names the attributes, links and collections of one kind of thing. Routing,
validation, rendering, search, ordering, expansion, the OpenAPI document and the tables' columns are read off
it, so a fact about an attribute stands in one line of one file. What is truly special to a resource is a
rule, not a flag here.

Names are wire names (camelCase); a column is the same name in snake_case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Final, Literal

from stormpath.server.refusals import Code, Refusal, shown

ColumnKind = Literal["id", "text", "key", "integer", "boolean", "instant", "list"]

ENABLED: Final = "ENABLED"
DISABLED: Final = "DISABLED"

_CAPITAL: Final = re.compile(r"(?<=[a-z0-9])([A-Z])")


def snake_case(name: str) -> str:
    """Return the column name of a wire name: ``givenName`` is ``given_name``."""
    return _CAPITAL.sub(r"_\1", name).lower()


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a resource's table, as the storage room needs to know it."""

    name: str
    kind: ColumnKind
    nullable: bool = True
    refers_to: str | None = None


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """A member of a resource's JSON. Subclasses say which values it takes and how it is stored.

    An attribute that is not ``updatable`` is ignored when a client echoes it; a ``fixed`` one is refused when
    the value differs.
    """

    name: str = field(kw_only=False)
    required: bool = False
    creatable: bool = True
    updatable: bool = True
    fixed: bool = False
    nullable: bool = True
    default: Any = None
    sortable: bool = False
    searchable: bool = False
    about: str = ""

    kind: ClassVar[ColumnKind] = "text"
    shown: ClassVar[bool] = True
    schema_type: ClassVar[Mapping[str, Any]] = {}

    @cached_property
    def column(self) -> str:
        """The name of its column."""
        return snake_case(self.name)

    def columns(self) -> tuple[Column, ...]:
        """Return what it needs of the table."""
        return (Column(self.column, self.kind, nullable=self.nullable and not self.required),)

    def check(self, value: Any) -> Any:
        """Return the value as it is stored, or raise the :class:`Refusal` that says what is wrong with it."""
        raise wrong_type(self.name, "not settable", value)

    def render(self, stored: Any) -> Any:
        """Return the stored value as it stands in JSON."""
        return stored


def wrong_type(name: str, expected: str, value: Any) -> Refusal:
    """Return the refusal for a value of the wrong JSON type."""
    return Refusal(
        Code.WRONG_TYPE, f"{name} has the wrong type.", f"{name} must be {expected}, not {_kind_of(value)}."
    )


def _kind_of(value: Any) -> str:
    # Its kind and not the value, which may be a password.
    return {dict: "an object", list: "a list", str: "a string", bool: "true or false"}.get(
        type(value), "a number"
    )


def required(name: str) -> Refusal:
    """Return the refusal for a required attribute that is missing, null, empty or blank."""
    return Refusal(Code.REQUIRED, f"{name} is required; it cannot be null, empty, or blank.")


@dataclass(frozen=True, kw_only=True)
class Text(Attribute):
    """A string. ``pattern`` is matched whole; ``unique_within`` are the columns that scope its uniqueness."""

    min_length: int = 0
    max_length: int = 255
    pattern: str | None = None
    pattern_hint: str = ""
    unique_within: tuple[str, ...] | None = None
    sortable: bool = True

    schema_type: ClassVar[Mapping[str, Any]] = {"type": "string"}

    @property
    def key_column(self) -> str:
        """The column of the folded copy, by which it is searched, sorted and kept unique."""
        return f"{self.column}_key"

    def columns(self) -> tuple[Column, ...]:
        own = super().columns()
        return (*own, Column(self.key_column, "key", nullable=own[0].nullable))

    def check(self, value: Any) -> Any:
        if not isinstance(value, str):
            raise wrong_type(self.name, "a string", value)
        check_encoding(self.name, value)
        if self.required and not value.strip():
            raise required(self.name)
        if len(value) < self.min_length:
            raise Refusal(
                Code.TOO_SHORT, f"{self.name} minimum length is {self.min_length}, and yours is {len(value)}."
            )
        if len(value) > self.max_length:
            raise Refusal(
                Code.TOO_LONG,
                f"{self.name} maximum length is {self.max_length}, and yours is {len(value)}.",
            )
        if self.pattern is not None and not re.fullmatch(self.pattern, value, re.DOTALL):
            raise Refusal(Code.BAD_FORMAT, f"{self.name} is not in the right format: {self.pattern_hint}")
        return value


def check_encoding(name: str, value: str) -> None:
    """Refuse text that cannot be stored as UTF-8 text: lone surrogates and the NUL character."""
    if "\x00" in value or (not value.isascii() and any("\ud800" <= each <= "\udfff" for each in value)):
        raise Refusal(Code.BAD_ENCODING, f"{name} contains a character that cannot be stored.")


@dataclass(frozen=True, kw_only=True)
class Password(Text):
    """A password: taken in, kept as a hash, never part of an answer."""

    sortable: bool = False
    shown: ClassVar[bool] = False

    def columns(self) -> tuple[Column, ...]:
        return (Column("password_hash", "text"),)


@dataclass(frozen=True, kw_only=True)
class Choice(Attribute):
    """One of a few words, taken in any letter case and kept as written here."""

    choices: tuple[str, ...]
    sortable: bool = True
    nullable: bool = False

    schema_type: ClassVar[Mapping[str, Any]] = {"type": "string"}

    def check(self, value: Any) -> Any:
        if not isinstance(value, str):
            raise wrong_type(self.name, "a string", value)
        for choice in self.choices:
            if choice.lower() == value.lower():
                return choice
        raise Refusal(
            Code.NOT_A_CHOICE,
            f"{self.name} must be one of: {', '.join(self.choices)}.",
            f"{self.name} must be one of {', '.join(self.choices)}; {shown(value)} is not.",
        )


@dataclass(frozen=True, kw_only=True)
class Number(Attribute):
    """A whole number, also taken as a decimal string."""

    sortable: bool = True
    nullable: bool = False

    kind = "integer"
    schema_type: ClassVar[Mapping[str, Any]] = {"type": "integer"}

    def check(self, value: Any) -> Any:
        if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,18}", value.strip()):
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_type(self.name, "a whole number", value)
        if abs(value) >= 2**63:
            raise Refusal(Code.OUT_OF_RANGE, f"{self.name} must be between {1 - 2**63} and {2**63 - 1}.")
        return value


@dataclass(frozen=True, kw_only=True)
class Flag(Attribute):
    """True or false, also taken as the strings ``"true"`` and ``"false"``."""

    sortable: bool = True
    nullable: bool = False
    default: Any = False

    kind = "boolean"
    schema_type: ClassVar[Mapping[str, Any]] = {"type": "boolean"}

    def check(self, value: Any) -> Any:
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if not isinstance(value, bool):
            raise wrong_type(self.name, "true or false", value)
        return value

    def render(self, stored: Any) -> Any:
        return bool(stored)


@dataclass(frozen=True, kw_only=True)
class TextList(Attribute):
    """A list of strings, replaced as a whole; ``max_total`` bounds the sum of their lengths."""

    max_total: int = 4000
    nullable: bool = False
    default: Any = ()

    kind = "list"
    schema_type: ClassVar[Mapping[str, Any]] = {"type": "array", "items": {"type": "string"}}

    def check(self, value: Any) -> Any:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise wrong_type(self.name, "a list of strings", value)
        for each in value:
            check_encoding(self.name, each)
        if sum(map(len, value)) > self.max_total:
            raise Refusal(Code.TOO_LONG, f"{self.name} maximum total length is {self.max_total}.")
        return value

    def render(self, stored: Any) -> Any:
        return list(stored or ())


@dataclass(frozen=True, kw_only=True)
class Timestamp(Attribute):
    """A moment the service sets; stored in milliseconds since 1970, shown in ISO 8601, UTC."""

    creatable: bool = False
    updatable: bool = False
    sortable: bool = True
    searchable: bool = True

    kind = "instant"
    schema_type: ClassVar[Mapping[str, Any]] = {"type": "string", "format": "date-time"}


@dataclass(frozen=True, kw_only=True)
class Computed(Text):
    """Text the service works out (its rule does), never taken from a caller."""

    creatable: bool = False
    updatable: bool = False
    nullable: bool = False


@dataclass(frozen=True, kw_only=True)
class Hidden(Attribute):
    """A column that is no part of the JSON."""

    column_kind: ColumnKind
    creatable: bool = False
    updatable: bool = False
    refers_to: str | None = None

    shown: ClassVar[bool] = False

    def columns(self) -> tuple[Column, ...]:
        return (Column(self.column, self.column_kind, self.nullable, self.refers_to),)


@dataclass(frozen=True, kw_only=True)
class Link(Attribute):
    """The href of another resource. With several kinds in ``to``, each has a column and one of them is set.

    ``flagged`` makes it the one item, among those that link back to this resource, whose flag of that name is
    set: such a link is looked up, not stored.
    """

    to: tuple[str, ...]
    creatable: bool = False
    updatable: bool = False
    expandable: bool = True
    flagged: str = ""

    kind = "id"

    def column_of(self, target: str) -> str:
        """Return the column that holds the id of a target of that kind."""
        return f"{self.column}_id" if len(self.to) == 1 else f"{self.column}_{snake_case(target)}_id"

    def columns(self) -> tuple[Column, ...]:
        if self.flagged:
            return ()
        nullable = len(self.to) > 1 or (self.nullable and not self.required)
        return tuple(Column(self.column_of(target), "id", nullable, target) for target in self.to)


@dataclass(frozen=True, kw_only=True)
class Collection(Attribute):
    """The href of a pageable set of resources that belong to this one.

    Its items are those that link back to this resource, unless storage knows better (storage/scopes.py). With
    ``accepts_items``, POST on it creates one. ``counted`` are those that may hold a million: storage keeps
    their number, for which each item must link back, and for good.
    """

    of: str
    accepts_items: bool = False
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
class Endpoint(Attribute):
    """The href of something that only takes POST, such as ``loginAttempts``."""

    creatable: bool = False
    updatable: bool = False
    body: tuple[Attribute, ...] = ()
    returns: tuple[Link, ...] = ()

    @cached_property
    def answer(self) -> Resource:
        """What it answers with, as a resource whose links can be expanded."""
        return Resource(self.name, self.name, self.returns)

    def columns(self) -> tuple[Column, ...]:
        return ()


@dataclass(frozen=True, kw_only=True)
class Option:
    """A query parameter that a creation takes besides ``expand``, such as ``createDirectory``."""

    name: str
    about: str
    parse: Callable[[str], Any]


@dataclass(frozen=True)
class Resource:
    """What one kind of resource is. ``name`` is the singular, ``plural`` the path segment.

    ``own`` are its attributes in the order in which they are checked and shown; every resource has
    ``createdAt`` and ``modifiedAt`` besides. ``top_level`` are the verbs its bare path answers (``GET`` lists
    the tenant's, ``POST`` creates); ``verbs`` those of an instance. ``options`` are accepted wherever one is
    created. ``order`` is the column of its default order when it is not the time of creation.
    ``indexes`` are columns that lists are also read by, after those of links and of what is unique.
    """

    name: str
    plural: str
    own: tuple[Attribute, ...]
    about: str = ""
    verbs: tuple[str, ...] = ("GET", "POST", "DELETE")
    top_level: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    order: str = ""
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()

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
