"""Custom data as callers write it, and as it is sent: JSON, without the keys that the service owns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any, Final
from uuid import UUID

from stormpath.resources.wire import duration_text, is_same_json

# The keys that the service adds to what it shows, in both spellings.
OWN_KEYS: Final = frozenset(
    ("href", "created_at", "createdAt", "modified_at", "modifiedAt", "sp_http_status", "spHttpStatus")
)
_TIMESTAMPS: Final = ("created_at", "modified_at")
_PLAIN: Final = frozenset((str, int, bool, type(None)))
_INSTEAD: Final[Mapping[type, str]] = {set: "a list", frozenset: "a list", bytes: "a text"}

# The key of a value in custom data, after that of the value around it.
Path = tuple[Any, ...]


def stored_value(key: str, value: Any) -> Any:
    """Return what a key holds once a value was set: the same object if JSON has it, else what is sent."""
    sent = json_value(key, value)
    return value if is_same_json(value, sent) else sent


def json_value(key: str, value: Any) -> Any:
    """Return a value as it is sent, a copy of the caller's.

    Times are ISO 8601 texts: a ``datetime`` with a zone in UTC with ``Z``, one without a zone as it is, with
    milliseconds, or microseconds where it has them; a ``date``, a ``time``; a ``timedelta`` as ``PT1H``. A
    ``UUID`` and a ``Decimal`` are texts, so that no digit is lost. Tuples are lists, other keys than text are
    spelled as JSON does.

    ``TypeError`` for anything else and ``ValueError`` for NaN and infinity, with the path of the value.
    """
    try:
        return _json(value, (key,))
    except RecursionError:
        raise ValueError(f"{_shown((key,))} contains itself, or is nested too deeply") from None


def without_own_keys(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return custom data without the keys that the service adds, if it is a copy of what was shown.

    A copy has the href of custom data, as an answer of the service has, or both timestamps as ``datetime``
    objects of the service, as ``dict(account.custom_data)`` has. In anything else these are the caller's
    keys, which the caller must be told about.
    """
    href = document.get("href")
    if isinstance(href, str) and href.endswith("/customData"):
        return {key: value for key, value in document.items() if key not in OWN_KEYS}
    if _has_shown_timestamps(document):
        return {key: value for key, value in document.items() if key not in _TIMESTAMPS}
    return dict(document)


def _has_shown_timestamps(document: Mapping[str, Any]) -> bool:
    """Whether both are times as the service tells them: in UTC and whole milliseconds, in this order."""
    first, last = (document.get(name) for name in _TIMESTAMPS)
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        return False
    if any(each.utcoffset() != timedelta(0) or each.microsecond % 1000 for each in (first, last)):
        return False
    return first <= last


def _json(value: Any, path: Path) -> Any:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Mapping):
        return {_key(key, path): _json(each, (path, key)) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_json(each, (path, index)) for index, each in enumerate(value)]
    # Of a subclass, such as an enumeration of texts, the plain value.
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, float | Decimal) and not isfinite(value):
        raise ValueError(f"{_shown(path)} is {value}, which JSON does not have")
    return float(value) if isinstance(value, float) else _text(value, path)


def _text(value: Any, path: Path) -> str:
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, timedelta):
        return str(duration_text(value))
    kind = type(value)
    instead = f"; use {_INSTEAD[kind]}" if kind in _INSTEAD else ""
    raise TypeError(f"{_shown(path)} is of type {kind.__name__}, which JSON does not have{instead}")


def _moment(moment: datetime) -> str:
    precision = "microseconds" if moment.microsecond % 1000 else "milliseconds"
    if moment.tzinfo is None:
        return moment.isoformat(timespec=precision)
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def _key(key: Any, path: Path) -> str:
    if type(key) is str:
        return key
    if isinstance(key, str):
        return str.__str__(key)
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    if isinstance(key, int | float):
        return str(_json(key, path))
    raise TypeError(f"{_shown(path)} has a key of type {type(key).__name__}; keys are texts")


def _shown(path: Path) -> str:
    keys = []
    while len(path) == 2:
        path, key = path
        keys.append(key)
    return "custom_data" + "".join(f"[{key!r}]" for key in (*path, *reversed(keys)))
