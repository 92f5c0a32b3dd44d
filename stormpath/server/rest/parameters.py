"""The query string: each parameter at most once, each with a value (rest-core 3.4, 8)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

from stormpath.server.schema.errors import ApiError, Code, shown
from stormpath.server.schema.query import check_size

Parameters = Mapping[str, str]

METHOD_OVERRIDE: Final = "_method"
_NONE: Final[Parameters] = {}


def parse(query: str, known: Collection[str] | None = None, may_be_empty: Collection[str] = ()) -> Parameters:
    """Return the parameters by name, percent-decoded once; the method override is left out.

    With ``known`` names, any other parameter is ignored, also one that is repeated, malformed or without a
    value: old clients add parameters of their own to all but lists. Those that ``may_be_empty`` are returned
    without a value, too: what reads them refuses that.
    """
    if not query:
        return _NONE
    check_size(query)
    found: dict[str, str] = {}
    for part in query.split("&"):
        if not part:
            continue
        name, _, value = part.partition("=")
        if known is not None and not _is_one_of(name, known):
            continue
        name, value = _decode(name), _decode(value)
        if name in found:
            raise ApiError(Code.QUERY_REPEATED, f"The query parameter {shown(name)} is given more than once.")
        if not value and name not in may_be_empty:
            raise ApiError(Code.QUERY_WITHOUT_VALUE, f"The query parameter {shown(name)} has no value.")
        found[name] = value
    found.pop(METHOD_OVERRIDE, None)
    return found


def unsupported(name: str) -> ApiError:
    """Return the error for a parameter that is not supported."""
    return ApiError(Code.QUERY_UNSUPPORTED, f"The query parameter {shown(name)} is not supported here.")


def _is_one_of(name: str, known: Collection[str]) -> bool:
    try:
        return _decode(name) in known
    except ApiError:
        return False


def _decode(text: str) -> str:
    try:
        decoded = unquote_to_bytes(text.replace("+", " ")).decode()
    except UnicodeDecodeError:
        raise ApiError(Code.QUERY_MALFORMED, f"The query string is not UTF-8 at {shown(text)}.") from None
    if "\x00" in decoded:
        raise ApiError(Code.QUERY_MALFORMED, "The query string contains a NUL character.")
    return decoded
