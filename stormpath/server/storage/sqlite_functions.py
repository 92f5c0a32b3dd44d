"""SQL functions that SQLite lacks, for searches in custom data (``custom_search.py``)."""

from __future__ import annotations

import re
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from stormpath.server.schema.query import lowered

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ISO_8601: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?)?"
)


def add(connection: sqlite3.Connection) -> None:
    """Add the functions ``lowered`` and ``instant`` to a connection."""
    connection.create_function("lowered", 1, _lowered, deterministic=True)
    connection.create_function("instant", 1, instant, deterministic=True)


def _lowered(value: Any) -> Any:
    return lowered(value) if isinstance(value, str) else value


def instant(value: Any) -> int | None:
    """Return the time that an ISO 8601 text names, in milliseconds since 1970, or ``None``.

    PostgreSQL has the same as a function of its own (``custom_data_instant``, in the first migration).
    """
    if not isinstance(value, str) or not _ISO_8601.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)
