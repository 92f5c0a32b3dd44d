"""Which keys custom data may have (rest-core 5.12)."""

from __future__ import annotations

import re
from typing import Any, Final

from stormpath.server.refusals import Code, Refusal, shown

MAX_LENGTH: Final = 255
RESERVED: Final = frozenset(
    {"href", "createdAt", "modifiedAt", "meta", "spMeta", "spmeta", "ionmeta", "ionMeta"}
)

_KEY: Final = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_-]*", re.ASCII)


def check(value: object, own_href: str | None = None) -> dict[str, Any]:
    """Return the keys to add or replace, or refuse them.

    ``own_href`` is the resource's own href, which clients echo back and which is then left out. Keys inside
    nested objects are free.
    """
    if not isinstance(value, dict):
        raise Refusal(Code.WRONG_TYPE, f"customData must be an object; {shown(value)} is not.")
    if own_href is not None and value.get("href") == own_href:
        value = {key: each for key, each in value.items() if key != "href"}
    for key in value:
        check_key(key)
    return value


def check_key(key: str) -> None:
    """Refuse a top-level key that is empty, too long, reserved or has other characters than allowed."""
    if not key.strip():
        raise Refusal(Code.CUSTOM_KEY_EMPTY, "A custom data key cannot be empty or blank.")
    if len(key) > MAX_LENGTH:
        raise Refusal(Code.CUSTOM_KEY_TOO_LONG, f"A custom data key has at most {MAX_LENGTH} characters.")
    if key in RESERVED:
        raise Refusal(Code.CUSTOM_KEY_RESERVED, f"The custom data key '{key}' is reserved.")
    if not _KEY.fullmatch(key):
        raise Refusal(
            Code.CUSTOM_KEY_CHARACTERS,
            f"The custom data key '{key}' is not made of letters, digits, '_' and '-', or begins with '-'.",
        )
