"""Expansion: the links that a request asks to have inline (rest-core 2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from stormpath.server.rest.paging import EXPAND, parse_limit, parse_offset
from stormpath.server.schema import Attribute, Collection, CustomData, Link, Resource
from stormpath.server.schema.errors import ApiError, Code, invalid_query, shown
from stormpath.server.schema.query import DEFAULT_LIMIT

#: The most parts between commas in an ``expand``; no resource has half as many links.
MAX_ITEMS: Final = 64

#: The most items of expanded collections in one answer: two full pages of each of a hundred resources.
MAX_EXPANDED: Final = 20_000

#: Each blank can be matched in one place only: in two, the time would grow with the square of their number.
_ITEM: Final = re.compile(r"\s*(?P<name>[^\s,()]+)(?:\s*\((?P<options>[^()]*)\))?\s*(?:,|$)")
_OPTION: Final = re.compile(r"\s*(?P<name>offset|limit)\s*:\s*(?P<value>-?\d+)\s*", re.ASCII)


class Expansion(NamedTuple):
    """One link to expand; the window matters for collections."""

    attribute: Link | Collection | CustomData
    offset: int = 0
    limit: int = DEFAULT_LIMIT


Expansions = tuple[Expansion, ...]


def parse_expand(text: str | None, resource: Resource) -> Expansions:
    """Return the expansions that ``expand=`` names, each link of the resource once."""
    if text is None:
        return ()
    found = {each.attribute.name: each for each in _items(text, resource)}
    return tuple(found.values())


def check_number(expansions: Expansions, limit: int) -> None:
    """Raise an error where collections inline in a list of ``limit`` resources could have too many items."""
    if not expansions:
        return
    number = limit * sum(each.limit for each in expansions if isinstance(each.attribute, Collection))
    if number > MAX_EXPANDED:
        raise invalid_query(
            EXPAND,
            f"expand asks for up to {number} items; {MAX_EXPANDED} is the most. Ask for fewer collections, "
            "or for a smaller limit of the list or of the collections in it.",
        )


def _items(text: str, resource: Resource) -> Iterator[Expansion]:
    if text.count(",") >= MAX_ITEMS:
        raise invalid_query(EXPAND, f"expand names {MAX_ITEMS} links at the most.")
    position = 0
    while position < len(text):
        item = _ITEM.match(text, position)
        if item is None:
            raise _malformed(text)
        yield _item(item["name"], item["options"], resource, text)
        position = item.end()
    if text.rstrip().endswith(","):
        raise _malformed(text)


def _item(name: str, options: str | None, resource: Resource, text: str) -> Expansion:
    attribute: Attribute | None = resource.by_name.get(name)
    if not isinstance(attribute, Link | Collection | CustomData) or not attribute.expandable:
        raise ApiError(Code.NOT_EXPANDABLE, f"{shown(name)} of {resource.plural} cannot be expanded.")
    if options is None:
        return Expansion(attribute)
    if not isinstance(attribute, Collection):
        raise invalid_query(EXPAND, f"expand: {name} is a single resource and takes no offset or limit.")
    return _window(attribute, options, text)


def _window(attribute: Collection, options: str, text: str) -> Expansion:
    window: dict[str, str] = {}
    for option in options.split(","):
        found = _OPTION.fullmatch(option)
        if found is None or found["name"] in window:
            raise _malformed(text)
        window[found["name"]] = found["value"]
    return Expansion(
        attribute,
        parse_offset(window.get("offset", "0")),
        parse_limit(window.get("limit", str(DEFAULT_LIMIT))),
    )


def _malformed(text: str) -> ApiError:
    return invalid_query(
        EXPAND,
        f"expand={shown(text)} is malformed: write link names with commas, as groups(offset:0,limit:10).",
    )
