"""A cache entry: a value, the time it was stored and the time it was last read."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self


class CacheEntry:
    """A cached value. Its public times are naive UTC datetimes; internally they are epoch seconds.

    Making and comparing datetimes costs more than the rest of a cache hit, so they are made on request.
    """

    __slots__ = ("_created", "_read", "value")

    def __init__(
        self, value: Any, created_at: datetime | None = None, last_accessed_at: datetime | None = None
    ) -> None:
        now = time.time()
        self.value = value
        self._created = now if created_at is None else _epoch(created_at)
        self._read = now if last_accessed_at is None else _epoch(last_accessed_at)

    @property
    def created_at(self) -> datetime:
        """The time at which the value was stored."""
        return _naive(self._created)

    @property
    def last_accessed_at(self) -> datetime:
        """The time at which the value was last read, or stored if it was never read."""
        return _naive(self._read)

    def touch(self) -> None:
        """Set the time of the last read to now."""
        self._read = time.time()

    def is_expired(self, ttl: float, tti: float) -> bool:
        """Return whether ``ttl`` seconds passed since it was stored, or ``tti`` seconds since it was read."""
        now = time.time()
        return now >= self._created + ttl or now >= self._read + tti

    def to_dict(self) -> dict[str, Any]:
        """Return the serializable form of an entry: two times as text, and the value."""
        created = _text(self.created_at)
        # Most entries are written before they are read.
        read = created if self._read == self._created else _text(self.last_accessed_at)
        return {"created_at": created, "last_accessed_at": read, "value": self.value}

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote; a time that cannot be read counts as now."""
        return cls(data.get("value"), _parsed(data.get("created_at")), _parsed(data.get("last_accessed_at")))

    def __repr__(self) -> str:
        return f"CacheEntry(created_at={self.created_at}, last_accessed_at={self.last_accessed_at})"


def _epoch(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _naive(epoch_seconds: float) -> datetime:
    return datetime.fromtimestamp(epoch_seconds, UTC).replace(tzinfo=None)


def _text(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="microseconds")


def _parsed(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
