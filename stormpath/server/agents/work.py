"""How much of a synchronization is done at a time, and for how long."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


class TimeLimit:
    """A time that is over after so many seconds, but not before something was done."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds
        self._is_used = False

    def is_over(self) -> bool:
        """Tell whether to stop; the first question is always answered with no."""
        if not self._is_used:
            self._is_used = True
            return False
        return time.monotonic() >= self._ends_at


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of that size."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
