"""The delivery of one e-mail: its entry is leased, sent, and its outcome written down."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from enum import Enum
from typing import Final, NamedTuple, Protocol

from stormpath.server.domain.context import Secrets
from stormpath.server.domain.outbox import EVERYTHING, LeasedEntry, Outbox, OutboxFilter
from stormpath.server.domain.storage import StorageError
from stormpath.server.jobs.retries import delay_seconds, is_hopeless
from stormpath.server.logs.loggers import get_logger
from stormpath.server.mail import mime
from stormpath.server.mail.delivery_errors import DeliveryError, one_line, without_quotes
from stormpath.server.mail.email import opened
from stormpath.server.schema import ids

_log = get_logger(__name__)

#: Between two tries to write down an outcome, in seconds.
_RETRY: Final = 0.2

_LOG_INTERVAL: Final = 60.0


class Outcome(Enum):
    """What became of one e-mail."""

    SENT = "sent"
    POSTPONED = "postponed"
    DEAD = "dead"


class Result(NamedTuple):
    """The outcome, the error of the mail server, if it had one, and how often the e-mail was tried."""

    outcome: Outcome
    server_error: str | None = None
    attempts: int = 0


class DeadLetterLog:
    """The log's lines about e-mails that are given up: one a minute, for there may be thousands."""

    def __init__(self) -> None:
        self._logged_at = -math.inf
        self._unlogged = 0

    def add(self, entry: LeasedEntry, error: DeliveryError) -> None:
        """Write a line, or count the e-mail for the next one."""
        if time.monotonic() - self._logged_at < _LOG_INTERVAL:
            self._unlogged += 1
            return
        others = f" (and {self._unlogged} others)" if self._unlogged else ""
        self._logged_at, self._unlogged = time.monotonic(), 0
        _log.warning("E-mail %s is given up%s: %s", entry.id, others, error.text)


class MailConnection(Protocol):
    """A connection to a mail server, which is opened when there is something to deliver."""

    def deliver(self, message: mime.SmtpMessage, deadline: float) -> None:
        """Hand a message over until then, by the monotonic clock, or raise `DeliveryError`."""

    def close(self) -> None:
        """Say goodbye, if it is open."""

    def abandon(self) -> None:
        """Close this process's end of it without a word."""

    def cut(self) -> None:
        """Break it, from another thread."""


class Delivery:
    """Sends one e-mail at a time, over one connection. No transaction is open meanwhile.

    ``timeout`` is how many seconds one may take in all.
    """

    def __init__(
        self,
        outbox: Outbox,
        secrets: Secrets,
        connection: MailConnection,
        timeout: float,
        now_ms: Callable[[], int],
        lease_seconds: int,
        dead_letters: DeadLetterLog,
    ) -> None:
        self._outbox = outbox
        self._secrets = secrets
        self._timeout = timeout
        self._now_ms = now_ms
        self._lease_seconds = lease_seconds
        self.connection = connection
        self._dead_letters = dead_letters

    def send_next(self, give_up_at: Callable[[], float], filter: OutboxFilter = EVERYTHING) -> Result | None:
        """Send the e-mail in the filter that is due first, or return ``None`` when none is.

        ``give_up_at`` returns, by the monotonic clock, when to stop trying. Raises ``StorageError``; after
        the e-mail was handed over only if that could not be written down until then.
        """
        # Counted from before the lease begins: other senders, which count from the lease on, count longer.
        deadline = min(time.monotonic() + self._timeout, give_up_at())
        entry = self._outbox.lease(ids.new_token(), self._now_ms(), self._lease_seconds, filter)
        if entry is None:
            return None
        error = self._attempt(entry, deadline)
        outcome = self._outcome(entry, error)
        if not _until_written(lambda: self._write(entry, outcome, error), give_up_at):
            _log.info("E-mail %s was deleted or taken over while it was being sent.", entry.id)
        server_error = error.text if error is not None and error.is_servers else None
        return Result(outcome, server_error, entry.attempts)

    def _attempt(self, entry: LeasedEntry, deadline: float) -> DeliveryError | None:
        """Deliver an e-mail; return why not, if not."""
        try:
            self._deliver(entry, deadline)
        except DeliveryError as error:
            return error
        except Exception as error:
            # One e-mail must not stop the others. Not the error's words: they may hold anything.
            self.connection.abandon()
            return DeliveryError(f"unexpected: {type(error).__name__}")
        return None

    def _deliver(self, entry: LeasedEntry, deadline: float) -> None:
        if entry.expires_at is not None and self._now_ms() >= entry.expires_at:
            raise DeliveryError("expired: nobody waits for it any more", is_final=True)
        try:
            email = opened(self._secrets, entry.content, entry.id)
        except ValueError:
            raise DeliveryError("its content was stored under another secret key") from None
        try:
            message = mime.smtp_message(email, entry.id, entry.created_at)
        except ValueError as error:
            raise DeliveryError(without_quotes(one_line(str(error)), email), is_final=True) from None
        try:
            self.connection.deliver(message, deadline)
        except DeliveryError as error:
            error.text = without_quotes(error.text, email)
            raise

    def _outcome(self, entry: LeasedEntry, error: DeliveryError | None) -> Outcome:
        if error is None:
            return Outcome.SENT
        if error.is_final or is_hopeless(entry.attempts, entry.created_at, self._now_ms()):
            return Outcome.DEAD
        return Outcome.POSTPONED

    def _write(self, entry: LeasedEntry, outcome: Outcome, error: DeliveryError | None) -> bool:
        now = self._now_ms()
        if error is None:
            return self._outbox.finish(entry.id, entry.lease_token, now)
        if outcome is Outcome.DEAD:
            self._dead_letters.add(entry, error)
            return self._outbox.bury(entry.id, entry.lease_token, error.text, now)
        due_at = now + round(delay_seconds(entry.attempts) * 1000)
        return self._outbox.postpone(entry.id, entry.lease_token, error.text, due_at)


def _until_written(write: Callable[[], bool], give_up_at: Callable[[], float]) -> bool:
    """Write an outcome down, however long the database is away: an e-mail must not be sent again."""
    while True:
        try:
            return write()
        except StorageError:
            if time.monotonic() >= give_up_at():
                raise
            time.sleep(_RETRY)
