"""Conversions between the two spellings of a name: ``given_name`` here, ``givenName`` on the wire."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final, TypeGuard
from urllib.parse import quote

_CAPITAL = re.compile(r"[A-Z]")
_WORD = re.compile(r"\w+")
_ID = re.compile(r"[A-Za-z0-9._~-]{1,64}").fullmatch
_ONLY_DOTS: Final = frozenset((".", ".."))

# Returns the wire name of an attribute; that of a class also knows its irregular names.
Spelling = Callable[[str], str]


@lru_cache(maxsize=4096)
def from_camel_case(name: str) -> str:
    """Return the Python spelling: each capital becomes ``_`` and its small letter."""
    # The service writes oAuthPolicy; older ones wrote oauthPolicy.
    if name.lower() == "oauthpolicy":
        return "oauth_policy"
    return _CAPITAL.sub(lambda capital: "_" + capital.group().lower(), name)


@lru_cache(maxsize=4096)
def to_camel_case(name: str) -> str:
    """Return the wire spelling: the first word as it is, the others capitalised and joined to it."""
    first, joint, rest = name.partition("_")
    return first + rest.title().replace("_", "") if joint else name


def wire_name(name: str) -> str:
    """Return the wire spelling that the service uses: camelCase, with one irregular name."""
    return "oAuthPolicy" if name == "oauth_policy" else to_camel_case(name)


def query_name(name: str, spelled: Spelling = wire_name) -> str:
    """Return a search key in wire spelling; the path after ``customData.`` is the caller's, and unchanged."""
    attribute, dot, path = name.partition(".")
    return spelled(attribute) + dot + path


def order_text(order: str, spelled: Spelling = wire_name) -> str:
    """Return an ``orderBy`` text with its attribute names in wire spelling and its directions unchanged."""
    return ",".join(_ordered_by(statement, spelled) for statement in order.split(","))


def _ordered_by(statement: str, spelled: Spelling) -> str:
    attribute, blank, direction = statement.strip().partition(" ")
    return query_name(attribute, spelled) + blank + direction


def expansion_text(expand: str, spelled: Spelling = wire_name) -> str:
    """Return an ``expand`` text with its attribute names in wire spelling."""
    return _WORD.sub(lambda name: spelled(name.group()), expand)


def query_of(keywords: Mapping[str, Any], spelled: Spelling = wire_name) -> dict[str, Any]:
    """Return search keywords as query parameters: names in wire spelling, values unchanged."""
    query = {query_name(name, spelled): value for name, value in keywords.items()}
    if isinstance(query.get("orderBy"), str):
        query["orderBy"] = order_text(query["orderBy"], spelled)
    if isinstance(query.get("expand"), str):
        query["expand"] = expansion_text(query["expand"], spelled)
    return query


def query_value(value: Any) -> Any:
    """Return a query value in the form that the executor sends; only dates are converted."""
    return value.isoformat() if isinstance(value, date) else value


def is_plain_id(text: object) -> TypeGuard[str]:
    """Return whether a text can be an id: what strangers send in place of one costs no request otherwise."""
    return isinstance(text, str) and _ID(text) is not None and text not in _ONLY_DOTS


def path_segment(text: str) -> str:
    """Return a text as one segment of a path.

    Input of an anonymous user, such as ``../../accounts/x``, must not lead to another resource; the executor
    refuses ``..`` alone. No text leads to the resource above: ``ValueError``.
    """
    if not text:
        raise ValueError(f"a token or an id is needed here, not {text!r}")
    return quote(text, safe="")
