"""A word that time alone replaces by another one, such as the status of a challenge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stormpath.server.schema.attributes import Choice
from stormpath.server.schema.query import Between, Filter, Match, OneOf


@dataclass(frozen=True, kw_only=True)
class ExpiringChoice(Choice):
    """A choice that reads as ``expired`` from the time in the column ``ends`` on, if it was ``pending``.

    The stored word stays. What is shown, and what a list is searched for, follow from the clock; no list is
    ordered by it.
    """

    expired: str
    pending: tuple[str, ...]
    ends: str
    sortable: bool = False

    def at(self, row: Mapping[str, Any], now: int) -> str:
        """Return the word that a row has at that time (milliseconds since 1970)."""
        stored: str = row[self.column]
        return self.expired if stored in self.pending and row[self.ends] <= now else stored

    def filters(self, value: str, now: int) -> tuple[Filter, ...]:
        """Return the filters for rows that have the word at that time."""
        if value == self.expired:
            return OneOf(self.column, self.pending), Between(self.ends, high=now)
        stored = Match(self.column, "equals", value)
        return (
            (stored, Between(self.ends, low=now, low_included=False)) if value in self.pending else (stored,)
        )
