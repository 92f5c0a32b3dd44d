"""The status of an agent, as the service shows it to administrators."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

ONLINE: Final = "ONLINE"
ERROR: Final = "ERROR"

#: Longer reasons are cut.
MAX_REASON: Final = 1000


@dataclass(frozen=True, slots=True)
class Status:
    """A status: ``ONLINE``, or ``ERROR`` with a reason that an administrator can act on."""

    state: str = ONLINE
    reason: str | None = None


class StatusBoard:
    """The problems of the parts of an agent, each by the part's name, and the status that they make.

    ``on_change`` is called when the status is another one, by the thread that has changed it.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._lock = threading.Lock()
        self._problems: dict[str, str] = {}

    @property
    def status(self) -> Status:
        """The status now."""
        with self._lock:
            return self._composed()

    def set(self, part: str, problem: str | None) -> None:
        """Note what is wrong with a part; ``None`` if nothing is."""
        with self._lock:
            before = self._composed()
            if problem is None:
                self._problems.pop(part, None)
            else:
                self._problems[part] = problem
            is_changed = self._composed() != before
        if is_changed:
            self._on_change()

    def _composed(self) -> Status:
        if not self._problems:
            return Status()
        # Two parts often say the same, as when the server is down.
        reason = " ".join(dict.fromkeys(map(_printable, self._problems.values())))
        return Status(ERROR, reason if len(reason) <= MAX_REASON else f"{reason[: MAX_REASON - 3]}...")


def _printable(text: str) -> str:
    """Return a text without control characters, which the service refuses: servers send what they like."""
    return "".join(each if each.isprintable() else " " for each in text)
