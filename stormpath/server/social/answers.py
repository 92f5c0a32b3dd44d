"""What is read of a provider's answer: the person's id, texts, whether it vouches for the address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.schema import json_text
from stormpath.server.social.conversation import MOST_BYTES, Conversation

#: The most characters of an id, and of any text that becomes an attribute of an account.
LONGEST: Final = 255

_STEP: Final = re.compile(r"\[([0-9]+)\]|([^.\[\]]+)")

#: The escape of NUL, and not a backslash that is escaped itself before "u0000".
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def user_id_at(talk: Conversation, answer: Any, path: str) -> str:
    """Return the person's id, a text or a whole number, at a path such as ``items[0].user_id``.

    It is compared as it is: nothing is stripped of it. Raises ``ApiError`` (7200) when there is none.
    """
    found = at_path(answer, path)
    if found is None:
        raise talk.failure(f"gave no id: there is nothing at '{path}' in its answer")
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if not isinstance(found, str):
        raise talk.failure(f"gave no id: what is at '{path}' is neither a text nor a whole number")
    if not found.strip():
        raise talk.failure(f"gave no id: what is at '{path}' is blank")
    if len(found) > LONGEST:
        raise talk.failure(f"gave an id at '{path}' that is longer than {LONGEST} characters")
    if not found.isprintable():
        raise talk.failure(f"gave an id at '{path}' with characters that cannot be printed")
    return found


def at_path(answer: Any, path: str) -> Any:
    """Return the value at a path of keys and ``[n]``; ``None`` if there is none."""
    for index, key in _STEP.findall(path):
        if key and isinstance(answer, dict):
            answer = answer.get(key)
        elif index and isinstance(answer, list) and int(index) < len(answer):
            answer = answer[int(index)]
        else:
            return None
    return answer


def text(answer: Mapping[str, Any], *names: str) -> str | None:
    """Return the first of these members that is a text with something in it, and not too long to be kept."""
    for name in names:
        found = answer.get(name)
        if isinstance(found, str) and len(found) <= LONGEST and (stripped := found.strip()):
            return stripped
    return None


def vouches(answer: Mapping[str, Any]) -> bool:
    """Tell whether a provider vouches for the ``email`` beside this (OpenID Connect Core, 5.1).

    Some providers write the boolean as a text. A claim that is missing says no.
    """
    said = answer.get("email_verified")
    return said is True or said == "true"


def kept(talk: Conversation, user_info: dict[str, Any]) -> dict[str, Any]:
    """Return the user info, or raise ``ApiError`` (7200) if it cannot be stored."""
    encoded = json_text.encode(user_info)
    if len(encoded) > MOST_BYTES:
        raise talk.failure(f"sent user info of more than {MOST_BYTES // 1024} KiB")
    if _NUL.search(encoded):
        raise talk.failure("sent user info with the NUL character, which cannot be stored")
    return user_info
