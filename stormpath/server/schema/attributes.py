"""The attributes of a resource that are values: their checks, their columns, their JSON.

Names are wire names (camelCase); a column is the same name in snake_case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final, Literal

from stormpath.forks import cached_property
from stormpath.server.schema.errors import ApiError, AttributeFault, Code, shown
from stormpath.server.schema.timestamps import timestamp

ColumnKind = Literal["id", "text", "key", "hash", "integer", "boolean", "instant", "list", "json", "sealed"]

_EPOCH: Final = datetime(1970, 1, 1)  # Only for the lengths of years and months.

_SURROGATE: Final = re.compile("[\ud800-\udfff]")

#: Longer than any number or duration that is accepted.
_LONGEST_NUMBER: Final = 64

_CAPITAL: Final = re.compile(r"(?<=[a-z0-9])([A-Z])")


def snake_case(name: str) -> str:
    """Return the column name of a wire name: ``givenName`` is ``given_name``."""
    return _CAPITAL.sub(r"_\1", name).lower()


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a resource's table, from which storage makes the table.

    ``default`` is the database's own default, if the column has one.
    """

    name: str
    kind: ColumnKind
    nullable: bool = True
    refers_to: str | None = None
    null_on_delete: bool = False
    default: bool | str | None = None


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """A member of a resource's JSON. Subclasses define the values it takes and how it is stored.

    An attribute that is not ``updatable`` is ignored when a client echoes it; a ``fixed`` one is an error
    when the value differs. ``aliases`` are other names under which it is accepted. ``only_for`` are the
    variants of its resource that have it (see :class:`Resource`); empty means all. Where it is not for all,
    being required means in those variants, and the rules check it (``variants.check``). ``stored_as`` names
    its column where the name in snake_case would be another's. ``added_later`` says that a migration added
    the column to a table with rows: the database has the default too, which those rows got.
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
    aliases: tuple[str, ...] = ()
    only_for: frozenset[str] = frozenset()
    stored_as: str = ""
    added_later: bool = False
    about: str = ""

    kind: ClassVar[ColumnKind] = "text"
    shown: ClassVar[bool] = True
    schema_type: ClassVar[Mapping[str, Any]] = {}

    @cached_property
    def column(self) -> str:
        """The name of its column."""
        return self.stored_as or snake_case(self.name)

    @property
    def initial(self) -> Any:
        """The value stored when a creation gives none; ``None`` for nothing."""
        return self.default

    def columns(self) -> tuple[Column, ...]:
        """Return the columns it needs in the table."""
        return (Column(self.column, self.kind, nullable=self.may_be_missing, default=self._default_of_rows),)

    @property
    def _default_of_rows(self) -> bool | str | None:
        return self.default if self.added_later else None

    @property
    def may_be_missing(self) -> bool:
        """Whether a row may lack a value: one of a variant that does not have the attribute always does."""
        return bool(self.only_for) or (self.nullable and not self.required)

    def check(self, value: Any) -> Any:
        """Return the value as it is stored; raise an :class:`ApiError` for an invalid one."""
        raise wrong_type(self.name, "not settable", value)

    def render(self, stored: Any) -> Any:
        """Return the JSON of the stored value."""
        return stored


def wrong_type(name: str, expected: str, value: Any) -> AttributeFault:
    """Return the error for a value of the wrong JSON type."""
    return AttributeFault(
        Code.WRONG_TYPE, name, "is an invalid type.", f"{name} must be {expected}, not {_kind_of(value)}."
    )


def _kind_of(value: Any) -> str:
    # The type and not the value, which may be a password.
    return {dict: "an object", list: "a list", str: "a string", bool: "true or false"}.get(
        type(value), "a number"
    )


def required(name: str) -> AttributeFault:
    """Return the error for a required attribute that is missing, null, empty or blank."""
    return AttributeFault(Code.REQUIRED, name, "is required; it cannot be null, empty, or blank.")


def unknown_attribute(name: str, known: Iterable[str]) -> ApiError:
    """Return the error for a member that is not one of the known."""
    return ApiError(
        Code.UNKNOWN_ATTRIBUTE,
        f"{shown(name)} is not an attribute.",
        f"{shown(name)} is not an attribute of this resource; it has {', '.join(sorted(known))}.",
    )


@dataclass(frozen=True, kw_only=True)
class Text(Attribute):
    """A string. ``pattern`` is matched whole; ``unique_within`` are the columns that scope its uniqueness.

    Of one that ``strips``, blanks around the text are left out, those beyond ASCII too.
    """

    min_length: int = 0
    max_length: int = 255
    pattern: str | None = None
    pattern_hint: str = ""
    unique_within: tuple[str, ...] | None = None
    strips: bool = False
    sortable: bool = True

    schema_type: ClassVar[Mapping[str, Any]] = {"type": "string"}

    @property
    def key_column(self) -> str:
        """The column of the folded copy, by which it is searched, sorted and kept unique."""
        return f"{self.column}_key"

    @property
    def is_compared(self) -> bool:
        """Whether there is a folded copy."""
        return self.sortable or self.searchable

    def columns(self) -> tuple[Column, ...]:
        own = super().columns()
        return (*own, Column(self.key_column, "key", nullable=own[0].nullable)) if self.is_compared else own

    def check(self, value: Any) -> Any:
        if not isinstance(value, str):
            raise wrong_type(self.name, "a string", value)
        # First: no other check has to bear a longer text.
        if len(value) > self.max_length:
            raise ApiError(
                Code.TOO_LONG,
                f"{self.name} maximum length is {self.max_length}, and yours is {len(value)}.",
            )
        check_encoding(self.name, value)
        if self.strips:
            value = value.strip()
        if self.required and not value.strip():
            raise required(self.name)
        if len(value) < self.min_length:
            raise ApiError(
                Code.TOO_SHORT, f"{self.name} minimum length is {self.min_length}, and yours is {len(value)}."
            )
        if self.pattern is not None and not re.fullmatch(self.pattern, value, re.DOTALL):
            raise ApiError(Code.BAD_FORMAT, f"{self.name} is not in the right format: {self.pattern_hint}")
        return value


def check_encoding(name: str, value: str) -> None:
    """Raise an error for text that UTF-8 or PostgreSQL cannot store: lone surrogates, the NUL character."""
    if "\x00" in value or (not value.isascii() and _SURROGATE.search(value)):
        raise ApiError(Code.BAD_ENCODING, f"{name} contains a character that cannot be stored.")


@dataclass(frozen=True, kw_only=True)
class Choice(Attribute):
    """One of a few words, accepted in any letter case and stored as written here."""

    choices: tuple[str, ...]
    sortable: bool = True
    nullable: bool = False

    schema_type: ClassVar[Mapping[str, Any]] = {"type": "string"}

    @cached_property
    def _by_folded(self) -> Mapping[str, str]:
        return {each.lower(): each for each in self.choices}

    def found(self, value: str) -> str | None:
        """Return the choice that a text means, or ``None``."""
        # A few characters are longer in lower case, but none of a choice.
        return self._by_folded.get(value.lower()) if len(value) <= max(map(len, self.choices)) else None

    def check(self, value: Any) -> Any:
        if not isinstance(value, str):
            raise wrong_type(self.name, "a string", value)
        if (found := self.found(value)) is not None:
            return found
        raise ApiError(
            Code.NOT_A_CHOICE,
            f"{self.name} must be one of: {', '.join(self.choices)}.",
            f"{self.name} must be one of {', '.join(self.choices)}; {shown(value)} is not.",
        )


@dataclass(frozen=True, kw_only=True)
class Number(Attribute):
    """A whole number, also accepted as a decimal string; the bounds are included."""

    minimum: int | None = None
    maximum: int | None = None
    sortable: bool = True
    nullable: bool = False

    kind = "integer"
    schema_type: ClassVar[Mapping[str, Any]] = {"type": "integer"}

    def check(self, value: Any) -> Any:
        if (
            isinstance(value, str)
            and len(value) <= _LONGEST_NUMBER
            and re.fullmatch(r"[+-]?[0-9]{1,18}", value.strip())
        ):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_type(self.name, "a whole number", value)
        if abs(value) >= 2**63:
            raise ApiError(Code.OUT_OF_RANGE, f"{self.name} must be between {1 - 2**63} and {2**63 - 1}.")
        self._check_bounds(value)
        return value

    def _check_bounds(self, value: int) -> None:
        low, high = self.minimum, self.maximum
        too_small, too_large = low is not None and value < low, high is not None and value > high
        if not too_small and not too_large:
            return
        if low is not None and high is not None:
            raise ApiError(Code.OUT_OF_RANGE, f"{self.name} must be between {low} and {high}, not {value}.")
        if too_small:
            raise ApiError(Code.BELOW_MINIMUM, f"{self.name} must be at least {low}, not {value}.")
        raise ApiError(Code.ABOVE_MAXIMUM, f"{self.name} must be at most {high}, not {value}.")


@dataclass(frozen=True, kw_only=True)
class Flag(Attribute):
    """True or false, also accepted as the strings ``"true"`` and ``"false"``."""

    sortable: bool = True
    nullable: bool = False
    default: Any = False

    kind = "boolean"
    schema_type: ClassVar[Mapping[str, Any]] = {"type": "boolean"}

    def check(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) <= len("false") and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if not isinstance(value, bool):
            raise wrong_type(self.name, "true or false", value)
        return value

    def render(self, stored: Any) -> Any:
        return bool(stored)


@dataclass(frozen=True, kw_only=True)
class TextList(Attribute):
    """A list of strings, replaced as a whole; ``max_total`` bounds the sum of their lengths.

    With ``splits``, one string of words is accepted as the list of them.
    """

    max_total: int = 4000
    max_items: int = 1000
    splits: bool = False
    nullable: bool = False
    default: Any = ()

    kind = "list"
    schema_type: ClassVar[Mapping[str, Any]] = {"type": "array", "items": {"type": "string"}}

    def check(self, value: Any) -> Any:
        if self.splits and isinstance(value, str):
            # As many blanks as there can be texts.
            value = value.split() if len(value) <= self.max_total + self.max_items else [value]
        if not isinstance(value, list):
            raise wrong_type(self.name, "a list of strings", value)
        if len(value) > self.max_items:
            raise ApiError(Code.TOO_LONG, f"{self.name} holds at most {self.max_items} entries.")
        if not all(isinstance(each, str) for each in value):
            raise wrong_type(self.name, "a list of strings", value)
        if sum(map(len, value)) > self.max_total:
            raise ApiError(Code.TOO_LONG, f"{self.name} maximum total length is {self.max_total}.")
        for each in value:
            check_encoding(self.name, each)
        return value

    def render(self, stored: Any) -> Any:
        return list(stored or ())


@dataclass(frozen=True, kw_only=True)
class Timestamp(Attribute):
    """A time the service sets; stored in milliseconds since 1970, shown in ISO 8601, UTC."""

    creatable: bool = False
    updatable: bool = False
    sortable: bool = True
    searchable: bool = True

    kind = "instant"
    schema_type: ClassVar[Mapping[str, Any]] = {"type": "string", "format": "date-time"}

    def render(self, stored: Any) -> Any:
        return timestamp(stored)


@dataclass(frozen=True, kw_only=True)
class Computed(Text):
    """Text that the resource's rules compute; callers cannot set it.

    One that ``joins`` searchable texts, by single spaces, is found by ``q`` too.
    """

    joins: bool = False
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
        default = self._default_of_rows
        return (Column(self.column, self.column_kind, self.nullable, self.refers_to, default=default),)


@dataclass(frozen=True, kw_only=True)
class Id(Attribute):
    """The id of the resource itself, where its JSON shows it beside the href."""

    name: str = field(default="id", kw_only=False)
    creatable: bool = False
    updatable: bool = False
    nullable: bool = False
    sortable: bool = True

    schema_type: ClassVar[Mapping[str, Any]] = {"type": "string"}

    def columns(self) -> tuple[Column, ...]:
        return ()


@dataclass(frozen=True, kw_only=True)
class OfId(Attribute):
    """A text that follows from the resource's id, which is where ``pattern`` has ``{id}``."""

    pattern: str
    creatable: bool = False
    updatable: bool = False
    nullable: bool = False

    schema_type: ClassVar[Mapping[str, Any]] = {"type": "string"}

    def columns(self) -> tuple[Column, ...]:
        return ()

    def of(self, id: str) -> str:
        """Return the text of the resource with that id."""
        return self.pattern.replace("{id}", id)


@dataclass(frozen=True, kw_only=True)
class Duration(Attribute):
    """A period in ISO 8601, such as ``PT1H`` or ``P60D``; the bounds are in seconds and included."""

    minimum: int = 1
    maximum: int = 10 * 366 * 86_400
    may_be_zero: bool = False
    nullable: bool = False

    schema_type: ClassVar[Mapping[str, Any]] = {"type": "string", "format": "duration"}

    def check(self, value: Any) -> Any:
        if not isinstance(value, str):
            raise wrong_type(self.name, "a string", value)
        seconds = _seconds(value)
        if seconds is None:
            raise ApiError(
                Code.INVALID,
                f"{self.name} is not a duration.",
                f"{self.name} must be an ISO 8601 duration such as PT1H or P60D; {shown(value)} is not.",
            )
        if not (self.minimum <= seconds <= self.maximum or (self.may_be_zero and seconds == 0)):
            raise ApiError(
                Code.OUT_OF_RANGE,
                f"{self.name} must be between {self.minimum} and {self.maximum} seconds.",
            )
        return value


def _seconds(text: str) -> float | None:
    """Return the length of an ISO 8601 duration, with years and months counted from 1970 on."""
    if len(text) > _LONGEST_NUMBER:
        return None
    # Imported here: most requests have no duration.
    import isodate

    try:
        parsed = isodate.parse_duration(text)
        length = parsed.totimedelta(start=_EPOCH) if isinstance(parsed, isodate.Duration) else parsed
    except (ValueError, OverflowError, ArithmeticError):
        return None
    return float(length.total_seconds())
