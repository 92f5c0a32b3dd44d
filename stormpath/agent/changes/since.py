"""From which time on the changes of the next run are: the newest ``modifyTimestamp`` that was seen.

The clock is the server's. Where the agent's own clock is wrong, more is read than need be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

# A server may stamp a change, and show it after a later one.
_OVERLAP: Final = timedelta(seconds=5)
# By then, what was stamped with that time is there.
_SETTLES_AFTER: Final = timedelta(seconds=60)
_STEP: Final = timedelta(seconds=1)
# Generalized Time (RFC 4517 3.3.13) as servers write it; fractions of a second are left out.
_TIME: Final = re.compile(r"((?:19|2\d)\d{12})([.,]\d{1,9})?Z")
_FORMAT: Final = "%Y%m%d%H%M%S"


@dataclass(frozen=True, slots=True)
class Since:
    """Where a search for changes begins; without a time, everything is new."""

    time: datetime | None = None
    #: When a run has first ended at that time, by the agent's clock.
    seen_at: datetime | None = None
    #: Whether all changes of that time were told: after an import, it is the time of all entries.
    is_settled: bool = False

    @classmethod
    def read(cls, part: Mapping[str, Any] | None) -> Since:
        """Read a part of a cursor; what cannot be read is no time."""
        part = part or {}
        return cls(parsed(part.get("since")), parsed(part.get("seen")), part.get("settled") is True)

    @property
    def json(self) -> dict[str, Any]:
        """The time as a part of a cursor."""
        return {"since": _written(self.time), "seen": _written(self.seen_at), "settled": self.is_settled}

    def narrowed(self, search_filter: str) -> str:
        """Return a filter for the entries that match and have changed."""
        if self.time is None:
            return search_filter
        begin = self.time + _STEP if self.is_settled else self.time - _OVERLAP
        return f"(&{search_filter}(modifyTimestamp>={_written(begin)}))"

    def after(self, newest: datetime | None, now: datetime) -> Since:
        """Return where the next run begins, after one that began ``now`` and has seen that time."""
        latest = max((each for each in (self.time, newest) if each is not None), default=None)
        if latest is not None:
            # A time that lies ahead, of a clock that was wrong, must not hide what changes until then.
            latest = min(latest, now.replace(microsecond=0))
        if latest is None or latest != self.time:
            return Since(latest, now)
        is_settled = self.is_settled or (self.seen_at is not None and now - self.seen_at > _SETTLES_AFTER)
        return Since(latest, self.seen_at, is_settled)


def parsed(text: object) -> datetime | None:
    """Return the time that a text is; ``None`` for any other."""
    if not isinstance(text, str) or (found := _TIME.fullmatch(text)) is None:
        return None
    try:
        return datetime.strptime(found[1], _FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None


def _written(time: datetime | None) -> str | None:
    return None if time is None else f"{time:{_FORMAT}}Z"
