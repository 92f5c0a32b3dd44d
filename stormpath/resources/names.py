"""The two spellings of a name: ``given_name`` here, ``givenName`` on the wire."""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

_CAPITAL = re.compile(r"[A-Z]")
_JOINT = re.compile(r"_([A-Za-z0-9])")


@lru_cache(maxsize=4096)
def from_camel_case(name: str) -> str:
    """Return the Python spelling: each capital becomes ``_`` and its small letter."""
    # The service writes oAuthPolicy, older ones wrote oauthPolicy.
    if name.lower() == "oauthpolicy":
        return "oauth_policy"
    return _CAPITAL.sub(lambda capital: "_" + capital.group().lower(), name)


@lru_cache(maxsize=4096)
def to_camel_case(name: str) -> str:
    """Return the wire spelling: the first word as it is, the others capitalised and joined to it."""
    first, joint, rest = name.partition("_")
    return first + rest.title().replace("_", "") if joint else name


def query_name(name: str) -> str:
    """Return a search key in wire spelling; what follows ``customData.`` is the caller's own, and stays."""
    attribute, dot, path = name.partition(".")
    return to_camel_case(attribute) + dot + path


def order_text(order: str) -> str:
    """Return an ``orderBy`` text with its attribute names in wire spelling and its directions untouched."""
    return ",".join(_ordered_by(statement) for statement in order.split(","))


def _ordered_by(statement: str) -> str:
    attribute, blank, direction = statement.strip().partition(" ")
    return query_name(attribute) + blank + direction


def expansion_text(expand: str) -> str:
    """Return an ``expand`` text with its attribute names in wire spelling."""
    return _JOINT.sub(lambda joint: joint.group(1).upper(), expand)


def query_of(keywords: Mapping[str, Any]) -> dict[str, Any]:
    """Return search keywords as query parameters: names in wire spelling, values untouched."""
    query = {query_name(name): value for name, value in keywords.items()}
    if isinstance(query.get("orderBy"), str):
        query["orderBy"] = order_text(query["orderBy"])
    if isinstance(query.get("expand"), str):
        query["expand"] = expansion_text(query["expand"])
    return query


def query_value(value: Any) -> Any:
    """Return a query value in the form the executor sends; only dates have one of their own."""
    return value.isoformat() if isinstance(value, date) else value
