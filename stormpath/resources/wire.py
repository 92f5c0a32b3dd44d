"""Conversions between JSON values and Python values."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final

from stormpath.resources.names import to_camel_case


class Missing(Enum):
    """The marker for an attribute that a JSON object does not have, in contrast to null."""

    ABSENT = "absent"

    def __bool__(self) -> bool:
        return False


ABSENT: Final = Missing.ABSENT


def copy_json(value: Any) -> Any:
    """Return a deep copy of a JSON value; several times faster than ``copy.deepcopy``."""
    if isinstance(value, dict):
        return {key: copy_json(each) for key, each in value.items()}
    if isinstance(value, list):
        return [copy_json(each) for each in value]
    return value


def is_same_json(one: Any, other: Any) -> bool:
    """Whether two JSON values have the same text. Python's ``==`` makes no difference of 1, 1.0 and true."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(is_same_json(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(is_same_json, one, other))
    return bool(one == other)


def parse_timestamp(value: Any) -> Any:
    """Return an aware ``datetime`` for ISO 8601 text; null and ``datetime`` objects pass.

    Anything else is a ``ValueError``.
    """
    if value is None or isinstance(value, datetime):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        # The slow parser accepts the rarer formats, and is imported only for them.
        from dateutil import parser

        moment = parser.parse(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def parse_duration(value: Any) -> Any:
    """Return a ``timedelta`` for an ISO 8601 duration (isodate's ``Duration`` for months and years).

    Null and durations pass.
    """
    if not isinstance(value, str):
        return value
    import isodate

    return isodate.parse_duration(value)


def duration_text(value: Any) -> Any:
    """Return a duration as ISO 8601 text; text and null pass."""
    if value is None or isinstance(value, str):
        return value
    import isodate

    return isodate.duration_isoformat(value)


def wire_value(value: Any) -> Any:
    """Return a value in the form in which it is sent.

    A resource becomes its ``{"href": ...}``; the keys of plain dictionaries get their wire spelling; lists
    are copied, because the body sent is kept.
    """
    as_sent = getattr(value, "_as_sent", None)
    if as_sent is not None:
        return as_sent()
    if isinstance(value, Mapping):
        return {to_camel_case(key): wire_value(each) for key, each in value.items()}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta) or type(value).__module__.startswith("isodate"):
        return duration_text(value)
    return copy_json(value)
