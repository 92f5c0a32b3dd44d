"""JSON bodies: one object, in which each name has one meaning."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final, NoReturn

from flask import request
from werkzeug.exceptions import BadRequest

from flask_stormpath.texts import gettext as _

#: Of objects and arrays, one inside the other.
DEEPEST: Final = 32

# Where the environ of the request keeps the body once it is read.
_READ: Final = "flask_stormpath.json"


def sent_object() -> dict[str, Any]:
    """Return the JSON object that is the body of the request; empty without a body, 400 for anything else."""
    if _READ not in request.environ:
        request.environ[_READ] = _object_of(request.get_data())
    found: dict[str, Any] = request.environ[_READ]
    return found


def _object_of(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        found = json.loads(body, object_pairs_hook=_unambiguous, parse_constant=_no_number)
        if b"\\u" in body:
            # Half of a surrogate pair is no text that a database or a page can hold.
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise BadRequest(_("The body must be a JSON object.")) from None
    if not isinstance(found, dict) or _is_too_deep(found):
        raise BadRequest(_("The body must be a JSON object."))
    return found


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    # What checks a request must see what acts on it.
    if len(found) != len(pairs):
        raise BadRequest(_("The body names something twice."))
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _depth in range(DEEPEST):
        level = [each for container in level for each in _items(container)]
        if not level:
            return False
    return True


def _items(container: dict[str, Any] | list[Any]) -> Iterable[Any]:
    values = container.values() if isinstance(container, dict) else container
    return (each for each in values if isinstance(each, dict | list))
