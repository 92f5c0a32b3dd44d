"""The delivery of one message of the outbox: its entry is leased, sent, and its outcome written down."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from stormpath.server.domain.outbox import ALL_EMAILS, LeasedEntry, Outbox, OutboxFilter, Outcome
from stormpath.server.domain.storage import StorageError
from stormpath.server.jobs.delivery_errors import DeliveryError
from stormpath.server.jobs.retries import DAY_OF_RETRIES, RetrySchedule
from stormpath.server.logs.loggers import get_logger
from stormpath.server.schema import ids

_log = get_logger(__name__)

#: Between two tries to write down an outcome, in seconds.
_RETRY: Final = 0.2

_LOG_INTERVAL: Final = 60.0


class Result(NamedTuple):
    """The outcome, the error of the server, if it had one, and how often the message was tried."""

    outcome: Outcome
    server_error: str | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """How many messages were sent, postponed because something failed, and given up."""

    sent: int = 0
    postponed: int = 0
    dead: int = 0


class DeadLetterLog:
    """The log's lines about messages that are given up: one a minute, for there may be thousands."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._logged_at = -math.inf
        self._unlogged = 0

    def add(self, entry: LeasedEntry, error: DeliveryError) -> None:
        """Write a line, or count the message for the next one."""
        if time.monotonic() - self._logged_at < _LOG_INTERVAL:
            self._unlogged += 1
            return
        others = f" (and {self._unlogged} others)" if self._unlogged else ""
        self._logged_at, self._unlogged = time.monotonic(), 0
        _log.warning("%s %s is given up%s: %s", self._noun, entry.id, others, error.text)


class Transport(Protocol):
    """What carries messages: a connection to a server, which is opened when there is something to deliver."""

    def deliver(self, entry: LeasedEntry, deadline: float) -> None:
        """Hand a message over until then, by the monotonic clock, or raise `DeliveryError`."""

    def close(self) -> None:
        """Say goodbye, if it is open."""

    def abandon(self) -> None:
        """Close this process's end of it without a word."""

    def cut(self) -> None:
        """Break it, from another thread."""


class Delivery:
    """Sends one message at a time, over one transport. No transaction is open meanwhile.

    ``timeout`` is how many seconds one may take in all. ``schedule`` says when one that failed is tried
    again.
    """

    def __init__(
        self,
        outbox: Outbox,
        transport: Transport,
        timeout: float,
        now_ms: Callable[[], int],
        lease_seconds: int,
        dead_letters: DeadLetterLog,
        schedule: RetrySchedule = DAY_OF_RETRIES,
    ) -> None:
        self._outbox = outbox
        self._timeout = timeout
        self._now_ms = now_ms
        self._lease_seconds = lease_seconds
        self.transport = transport
        self._dead_letters = dead_letters
        self._schedule = schedule

    def send_next(self, give_up_at: Callable[[], float], filter: OutboxFilter = ALL_EMAILS) -> Result | None:
        """Send the message in the filter that is due first, or return ``None`` when none is.

        ``give_up_at`` returns, by the monotonic clock, when to stop trying. Raises ``StorageError``; after
        the message was handed over only if that could not be written down until then.
        """
        # Counted from before the lease begins: other senders, which count from the lease on, count longer.
        deadline = min(time.monotonic() + self._timeout, give_up_at())
        entry = self._outbox.lease(ids.new_token(), self._now_ms(), self._lease_seconds, filter)
        if entry is None:
            return None
        error = self._attempt(entry, deadline)
        due_at = self._next_attempt(entry, error)
        if not _until_written(lambda: self._write(entry, error, due_at), give_up_at):
            _log.info("The message %s was deleted or taken over while it was being sent.", entry.id)
        server_error = error.text if error is not None and error.is_servers else None
        return Result(_outcome(error, due_at), server_error, entry.attempts)

    def _attempt(self, entry: LeasedEntry, deadline: float) -> DeliveryError | None:
        """Deliver a message; return why not, if not."""
        try:
            if entry.expires_at is not None and self._now_ms() >= entry.expires_at:
                raise DeliveryError("expired: nobody waits for it any more", is_final=True)
            self.transport.deliver(entry, deadline)
        except DeliveryError as error:
            return error
        except Exception as error:
            # One message must not stop the others. Not the error's words: they may hold anything.
            self.transport.abandon()
            return DeliveryError(f"unexpected: {type(error).__name__}")
        return None

    def _next_attempt(self, entry: LeasedEntry, error: DeliveryError | None) -> int | None:
        """Return when a message that failed is tried again, or ``None`` if it is not."""
        if error is None or error.is_final:
            return None
        return self._schedule.next_attempt(entry, self._now_ms())

    def _write(self, entry: LeasedEntry, error: DeliveryError | None, due_at: int | None) -> bool:
        if error is None:
            return self._outbox.finish(entry.id, entry.lease_token, self._now_ms())
        if due_at is None:
            self._dead_letters.add(entry, error)
            return self._outbox.bury(entry.id, entry.lease_token, error.text, self._now_ms())
        return self._outbox.postpone(entry.id, entry.lease_token, error.text, due_at)


def _outcome(error: DeliveryError | None, due_at: int | None) -> Outcome:
    if error is None:
        return Outcome.SENT
    return Outcome.DEAD if due_at is None else Outcome.POSTPONED


def _until_written(write: Callable[[], bool], give_up_at: Callable[[], float]) -> bool:
    """Write an outcome down, however long the database is away: a message must not be sent again."""
    while True:
        try:
            return write()
        except StorageError:
            if time.monotonic() >= give_up_at():
                raise
            time.sleep(_RETRY)
