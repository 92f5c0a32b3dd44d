"""The keys that custom data may have (rest-core 5.12)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from stormpath.server.schema.errors import ApiError, Code

MAX_LENGTH: Final = 255
RESERVED: Final = frozenset(
    {"href", "createdAt", "modifiedAt", "meta", "spMeta", "spmeta", "ionmeta", "ionMeta"}
)

#: The key that the SDKs add to every answer.
STATUS: Final = "sp_http_status"

_LONGEST_TIME: Final = 40
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?", re.ASCII).fullmatch

_KEY: Final = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_-]*", re.ASCII)
_ALLOWED: Final = re.compile(rf"[0-9A-Za-z_][0-9A-Za-z_-]{{0,{MAX_LENGTH - 1}}}", re.ASCII).fullmatch


def without_own(document: Mapping[str, Any], is_own_href: Callable[[Any], bool]) -> dict[str, Any]:
    """Return the document without the keys that clients send back as they read them.

    These are its own href, its times, and the status that the SDKs add to an answer. What was never read
    there stays, such as another document's href or a date of the caller's own: ``check`` refuses it.
    """
    is_own = {"href": is_own_href, "createdAt": _is_time, "modifiedAt": _is_time, STATUS: _is_status}
    return {key: value for key, value in document.items() if key not in is_own or not is_own[key](value)}


def _is_time(value: Any) -> bool:
    # Other clients write the time that they have read in other ways.
    return isinstance(value, str) and len(value) <= _LONGEST_TIME and _TIME(value) is not None


def _is_status(value: Any) -> bool:
    return type(value) is int


def check(document: Mapping[str, Any]) -> None:
    """Raise an error for a key that cannot be stored. Keys of nested objects are not checked."""
    # A document of 10 MB may have a million keys: all are checked at once, and one by one only to name one.
    if RESERVED.isdisjoint(document) and all(map(_ALLOWED, document)):
        return
    for key in document:
        check_key(key)


def check_key(key: str) -> None:
    """Raise an error for a top-level key that is empty, too long, reserved or has forbidden characters."""
    if len(key) > MAX_LENGTH:
        raise ApiError(Code.CUSTOM_KEY_TOO_LONG, f"A custom data key has at most {MAX_LENGTH} characters.")
    if not key.strip():
        raise ApiError(Code.CUSTOM_KEY_EMPTY, "A custom data key cannot be empty or blank.")
    if key in RESERVED:
        raise ApiError(Code.CUSTOM_KEY_RESERVED, f"The custom data key '{key}' is reserved.")
    if not _KEY.fullmatch(key):
        raise ApiError(
            Code.CUSTOM_KEY_CHARACTERS,
            f"The custom data key '{key}' is not made of letters, digits, '_' and '-', or begins with '-'.",
        )
