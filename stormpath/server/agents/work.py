"""How much of a synchronization is done at a time, and for how long."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


class TimeLimit:
    """So many seconds. To be asked after each piece of work, so that some is done however few they are."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds

    def is_over(self) -> bool:
        """Tell whether to stop."""
        return time.monotonic() >= self._ends_at


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of that size."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
