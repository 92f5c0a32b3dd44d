"""What the operator's log says about rate limits: who is limited, once an hour, and never an address."""

from __future__ import annotations

from threading import Lock
from typing import Final, Protocol

from stormpath.server.logs.loggers import get_logger

_log = get_logger(__name__)

REPEAT_MS: Final = 60 * 60 * 1000

#: How many limits are remembered; beyond it the one reported first is reported again too soon.
REMEMBERED: Final = 10_000


class Addressee(Protocol):
    """The account to which messages go, and its directory."""

    @property
    def account_id(self) -> str:
        """The account's id."""

    @property
    def directory_id(self) -> str:
        """The directory's id."""


class LimitLog:
    """Reports each limit that is reached once an hour, however many requests it refuses. Threads share it.

    Each process of the service remembers what it has reported; a service with four has up to four lines.
    """

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._reported: dict[tuple[str, str], int] = {}
        self._lock = Lock()

    def report(
        self, tenant_id: str, key: str, what: str, limit: int, messages: str, to: Addressee, now: int
    ) -> None:
        """Log that the limit with that key was reached by a message to the account.

        ``messages`` are what they are called.
        """
        if self._is_new((tenant_id, key), now):
            _log.warning(
                "Too many %s to account %s of directory %s: its %s got %d within an hour",
                messages,
                to.account_id,
                to.directory_id,
                what,
                limit,
            )

    def _is_new(self, key: tuple[str, str], now: int) -> bool:
        with self._lock:
            before = self._reported.get(key)
            if before is not None and now - REPEAT_MS < before <= now:
                return False
            # As the newest again: the oldest come first.
            self._reported.pop(key, None)
            self._reported[key] = now
            if len(self._reported) > self._remembered:
                del self._reported[next(iter(self._reported))]
            return True


report: Final = LimitLog().report
