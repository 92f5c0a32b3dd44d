"""The query string: each parameter at most once, each with a value (rest-core 3.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

from stormpath.server.schema.errors import ApiError, Code, shown
from stormpath.server.schema.query import check_size

Parameters = Mapping[str, str]

METHOD_OVERRIDE: Final = "_method"
_NONE: Final[Parameters] = {}


def parse(query: str, may_be_empty: Iterable[str] = ()) -> Parameters:
    """Return the parameters by name, percent-decoded once; the method override is left out.

    Parameters that ``may_be_empty`` have no value too: who reads them refuses that.
    """
    if not query:
        return _NONE
    check_size(query)
    found: dict[str, str] = {}
    for part in query.split("&"):
        if not part:
            continue
        name, _, value = part.partition("=")
        name, value = _decode(name), _decode(value)
        if name in found:
            raise ApiError(Code.QUERY_REPEATED, f"The query parameter {shown(name)} is given more than once.")
        if not value and name not in may_be_empty:
            raise ApiError(Code.QUERY_WITHOUT_VALUE, f"The query parameter {shown(name)} has no value.")
        found[name] = value
    found.pop(METHOD_OVERRIDE, None)
    return found


def check_supported(parameters: Parameters, supported: Iterable[str]) -> None:
    """Raise an error for a parameter that is not supported."""
    allowed = set(supported)
    for name in parameters:
        if name not in allowed:
            raise unsupported(name)


def unsupported(name: str) -> ApiError:
    """Return the error for a parameter that is not supported."""
    return ApiError(Code.QUERY_UNSUPPORTED, f"The query parameter {shown(name)} is not supported here.")


def _decode(text: str) -> str:
    try:
        decoded = unquote_to_bytes(text.replace("+", " ")).decode()
    except UnicodeDecodeError:
        raise ApiError(Code.QUERY_MALFORMED, f"The query string is not UTF-8 at {shown(text)}.") from None
    if "\x00" in decoded:
        raise ApiError(Code.QUERY_MALFORMED, "The query string contains a NUL character.")
    return decoded
