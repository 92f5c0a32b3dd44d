"""JSON of any shape, as a form shows it: places in a document, types of values, what was typed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from stormpath.server.console.texts import gettext
from stormpath.server.schema import json_text
from stormpath.server.schema.errors import ApiError

#: The types of values, by the names that JSON gives them.
TYPES: Final = ("string", "number", "boolean", "array", "object")

#: The longest pointer of a place, in characters: it stands in addresses.
LONGEST_POINTER: Final = 2000

_LONGEST_NUMBER: Final = 400
_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII).fullmatch


class NoSuchPlace(Exception):
    """The document has nothing there, or no longer."""


class NotTyped(Exception):
    """A text is no value of its type. The message is a sentence for the person who typed it."""


def type_of(value: Any) -> str:
    """Return the name of a value's type; ``null`` too."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, Mapping):
        return "object"
    return "array" if isinstance(value, list) else "number"


def text_of(value: Any) -> str:
    """Return a string as it is, and any other value as JSON with all digits of its numbers."""
    return value if isinstance(value, str) else json_text.encode(value).decode()


def digest(value: Any) -> str:
    """Return what tells a value from another one, for a form that is sent later."""
    return hashlib.sha256(json_text.encode(value)).hexdigest()[:16]


def pointer(place: Sequence[str]) -> str:
    """Return a place as a JSON pointer (RFC 6901)."""
    return "".join("/" + each.replace("~", "~0").replace("/", "~1") for each in place)


def place_of(text: str) -> list[str]:
    """Return the place of a pointer. Raises `NoSuchPlace`."""
    if not text:
        return []
    if len(text) > LONGEST_POINTER or not text.startswith("/"):
        raise NoSuchPlace
    return [each.replace("~1", "/").replace("~0", "~") for each in text[1:].split("/")]


def at(value: Any, place: Sequence[str]) -> Any:
    """Return what is at a place. Raises `NoSuchPlace`."""
    for name in place:
        value = value[_key(value, name)]
    return value


def with_value(value: Any, place: Sequence[str], new: Any) -> Any:
    """Return a copy of a value that has another one at a place; at a new name, too."""
    if not place:
        return new
    name, *rest = place
    if isinstance(value, Mapping):
        if rest and name not in value:
            raise NoSuchPlace
        return {**value, name: with_value(value.get(name), rest, new)}
    index = _key(value, name)
    return [*value[:index], with_value(value[index], rest, new), *value[index + 1 :]]


def without(value: Any, place: Sequence[str]) -> Any:
    """Return a copy of a value without what is at a place."""
    *parents, name = place
    inside = at(value, parents)
    key = _key(inside, name)
    if isinstance(inside, Mapping):
        fewer: Any = {each: inside[each] for each in inside if each != key}
    else:
        fewer = [*inside[:key], *inside[key + 1 :]]
    return with_value(value, parents, fewer)


def typed(kind: str, text: str) -> Any:
    """Return the value of a type that a text stands for; an empty array or object where it is one of these.

    Raises `NotTyped`.
    """
    match kind:
        case "string":
            return text.replace("\r\n", "\n")
        case "boolean":
            return text == "true"
        case "array":
            return []
        case "object":
            return {}
    text = text.strip()
    if len(text) > _LONGEST_NUMBER or not _NUMBER(text):
        raise NotTyped(gettext("Please type a number such as 12, -3.5 or 6e23."))
    try:
        return json_text.decode(text.encode())
    except ValueError:
        raise NotTyped(gettext("That number is out of range.")) from None


def parsed(text: str) -> dict[str, Any]:
    """Return the JSON object that was typed, all digits of its numbers kept.

    Raises `NotTyped`, with the line of what is wrong.
    """
    raw = text.encode(errors="replace")
    try:
        json_text.check(raw)
        found = json_text.decode(raw)
    except ApiError as error:
        raise NotTyped(error.text_for_people) from None
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise NotTyped(_with_line(text, str(error))) from None
    if not isinstance(found, dict):
        raise NotTyped(gettext("Line 1: custom data is a JSON object, which begins with { and ends with }."))
    return found


def _with_line(text: str, problem: str) -> str:
    """Return a sentence about what is no JSON; the reader of the standard library names its place."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return gettext(
            "Line %(line)s, column %(column)s: %(problem)s.",
            line=error.lineno,
            column=error.colno,
            problem=error.msg,
        )
    except (RecursionError, ValueError):
        pass
    return problem


def _key(value: Any, name: str) -> Any:
    """Return the name of a member, or the index of an item, that is there."""
    if isinstance(value, Mapping) and name in value:
        return name
    if isinstance(value, list) and name.isascii() and name.isdigit() and len(name) < 8:
        index = int(name)
        if index < len(value):
            return index
    raise NoSuchPlace
