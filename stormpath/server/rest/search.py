"""Search parameters as filters (rest-core 4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from stormpath.server.rest.parameters import unsupported
from stormpath.server.rest.periods import Bounds, parse_bounds, parse_period, reversed_range
from stormpath.server.schema import Attribute, Choice, Collection, Id, Link, Resource, Text
from stormpath.server.schema.errors import ApiError, Code, invalid_query, shown
from stormpath.server.schema.query import (
    AnyContains,
    Between,
    CustomBetween,
    CustomMatch,
    Filter,
    Match,
    MatchKind,
    fold,
    fold_custom_data,
)

#: Twice as many as the longest attribute that is searched; SQLite's LIKE takes no pattern of more than
#: 50,000 bytes.
MAX_TEXT: Final = 2000

#: The longest name of a search in custom data, and how deep into it a search may lead.
MAX_PATH: Final = 1024
MAX_KEYS: Final = 16

#: The most words that ``q`` looks for one by one; the last of more includes those that follow it.
MAX_WORDS: Final = 8

CUSTOM_PREFIX: Final = "customData."

_DECIMAL: Final = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)
_SINGLE: Final = re.compile(r"\[([^,\[\]()]+)\]")


#: Returns the kind and the id of the resource that an href names, ``None`` if it names none.
Resolve = Callable[[str], tuple[str, str] | None]

#: A link is searched by the href in it.
LINK_SUFFIX: Final = ".href"


def no_href(text: str) -> None:
    """Find no resource, where no link is searched."""


def parse_filter(
    name: str, value: str, item: Resource, collection: Collection, resolve: Resolve = no_href
) -> Filter:
    """Return the filter that one query parameter asks for on a collection of ``item``."""
    if len(value) > MAX_TEXT:
        raise invalid_query(name, f"{shown(name)} is searched for {MAX_TEXT} characters at the most.")
    if name == "q":
        return _any(value, item)
    if name.startswith(CUSTOM_PREFIX):
        if not collection.searches_custom_data:
            raise unsupported(name)
        return _custom(name, value)
    attribute = item.by_name.get(name.removesuffix(LINK_SUFFIX))
    is_link = isinstance(attribute, Link)
    if attribute is None or not attribute.searchable or is_link != name.endswith(LINK_SUFFIX):
        raise unsupported(name)
    return _link(attribute, value, resolve) if isinstance(attribute, Link) else _attribute(attribute, value)


def _link(link: Link, value: str, resolve: Resolve) -> Filter:
    found = resolve(value)
    if found is None or found[0] not in link.to:
        name = f"{link.name}{LINK_SUFFIX}"
        raise invalid_query(
            name, f"{name} must be the href of a {' or a '.join(link.to)}; {shown(value)} is not."
        )
    return Match(link.column_of(found[0]), "equals", found[1])


def custom_path(name: str) -> tuple[str, ...]:
    """Return the keys of ``customData.a.b``."""
    if len(name) > MAX_PATH or name.count(".") > MAX_KEYS:
        raise ApiError(
            Code.QUERY_MALFORMED,
            f"A search in custom data names {MAX_KEYS} keys at the most, in {MAX_PATH} characters.",
        )
    path = tuple(name[len(CUSTOM_PREFIX) :].split("."))
    if not all(path) or any('"' in key or "\\" in key for key in path):
        raise ApiError(Code.QUERY_MALFORMED, f"{shown(name)} does not name a custom data key.")
    return path


def _any(value: str, item: Resource) -> Filter:
    columns = tuple(each.key_column for each in item.searched_texts)
    if not columns:
        raise unsupported("q")
    text = fold(value)
    words = dict.fromkeys(text.strip().split(None, MAX_WORDS - 1))
    joined = tuple(each.key_column for each in item.joined_texts)
    return AnyContains(columns, tuple(words) or (text,), joined)


def _attribute(attribute: Attribute, value: str) -> Filter:
    if isinstance(attribute, Text):
        kind, text = _wildcards(value)
        return Match(attribute.key_column, kind, fold(text))
    if isinstance(attribute, Id):
        return Match(attribute.column, "equals", value)
    if isinstance(attribute, Choice):
        return Match(attribute.column, "equals", _choice(attribute, value))
    return _instants(attribute.name, attribute.column, value)


def _choice(attribute: Choice, value: str) -> str:
    if (found := attribute.found(value)) is not None:
        return found
    raise invalid_query(
        attribute.name,
        f"{attribute.name} must be one of {', '.join(attribute.choices)}; {shown(value)} is not.",
    )


def _wildcards(value: str) -> tuple[MatchKind, str]:
    """Return how to match the text: an asterisk at an end stands for any text, elsewhere for itself."""
    before, after = value.startswith("*"), len(value) > 1 and value.endswith("*")
    text = value[before : len(value) - after]
    if not text:
        return "present", ""
    return {(False, False): "equals", (True, False): "ends", (False, True): "starts"}.get(  # type: ignore[return-value]  # mypy widens the literals
        (before, after), "contains"
    ), text


def _instants(name: str, column: str, value: str) -> Between:
    """Read a period or a range; a bound means the first instant of its period."""
    if (bounds := parse_bounds(value)) is not None:
        low, high = (_first_instant(name, each, value) for each in (bounds.low, bounds.high))
        if low is not None and high is not None and high <= low:
            raise reversed_range(value)
        return Between(column, low, high, bounds.low_included, bounds.high_included)
    period = parse_period(value)
    if period is None:
        raise _no_date(name, value)
    return Between(column, period.start, period.end, high_included=False)


def _first_instant(name: str, bound: str, value: str) -> int | None:
    if not bound:
        return None
    period = parse_period(bound)
    if period is None:
        raise _no_date(name, value)
    return period.start


def _no_date(name: str, value: str) -> ApiError:
    return invalid_query(
        name,
        f"{shown(value)} is not a date or a range: write 2015-01-12T12:00:00Z, 2015-01 or [2015-01,2015-03).",
    )


def _custom(name: str, value: str) -> Filter:
    path = custom_path(name)
    bounds = parse_bounds(value)
    if bounds is None and (single := _SINGLE.fullmatch(value.strip())) and parse_period(single[1]):
        bounds = Bounds(single[1], single[1], low_included=True, high_included=True)
    if bounds is None:
        kind, text = _wildcards(value)
        return CustomMatch(path, kind, fold_custom_data(text), _number(text) if kind == "equals" else None)
    numbers, instants = _custom_numbers(bounds), _custom_instants(bounds)
    if numbers is None and instants is None:
        raise invalid_query(name, f"{shown(value)} is a range of neither numbers nor dates.")
    # Years read as numbers too, so a range is reversed only when it is under every reading.
    if all(_is_empty(each) for each in (numbers, instants) if each is not None):
        raise reversed_range(value)
    return CustomBetween(path, numbers, instants)


def _custom_numbers(bounds: Bounds) -> Between | None:
    low, high = _number(bounds.low), _number(bounds.high)
    if (bounds.low and low is None) or (bounds.high and high is None):
        return None
    return Between("", low, high, bounds.low_included, bounds.high_included)


def _number(text: str) -> Decimal | None:
    # A float would be another number. Decimal itself would also read 1_000, and the digits of other scripts.
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def _custom_instants(bounds: Bounds) -> Between | None:
    """Read dates: an included end covers its whole named period, an excluded one none of it."""
    low = parse_period(bounds.low) if bounds.low else None
    high = parse_period(bounds.high) if bounds.high else None
    if (bounds.low and low is None) or (bounds.high and high is None):
        return None
    end = None if high is None else high.end if bounds.high_included else high.start
    return Between("", None if low is None else low.start, end, bounds.low_included, high_included=False)


def _is_empty(bounds: Between) -> bool:
    if bounds.low is None or bounds.high is None:
        return False
    return bounds.high < bounds.low or (
        bounds.high == bounds.low and not (bounds.low_included and bounds.high_included)
    )
