"""What becomes of one message: claimed, handed over, written down."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from enum import Enum
from typing import Final, NamedTuple, Protocol

from stormpath.server.domain.context import Secrets
from stormpath.server.domain.storage import (
    EVERYTHING,
    LeasedEmail,
    OutboxFilter,
    StorageError,
)
from stormpath.server.mail import mime
from stormpath.server.mail.delivery_errors import (
    Trouble,
    delay_seconds,
    is_hopeless,
    one_line,
    without_quotes,
)
from stormpath.server.mail.email import (
    Email,
    opened,
)
from stormpath.server.mail.smtp_connection import SmtpMessage
from stormpath.server.schema import ids
from stormpath.server.storage.outbox import Outbox

_log = logging.getLogger(__name__)

#: Between two tries to write down what became of a message, in seconds.
_RETRY: Final = 0.2

_TELL_INTERVAL: Final = 60.0


class Outcome(Enum):
    """What became of one message."""

    SENT = "sent"
    POSTPONED = "postponed"
    DEAD = "dead"


class Result(NamedTuple):
    """The outcome, what is wrong with the server, if something is, and how often the message was tried."""

    outcome: Outcome
    servers_trouble: str | None = None
    attempts: int = 0


class DeadLetters:
    """What the log says of messages that are given up: one line a minute, for there may be thousands."""

    def __init__(self) -> None:
        self._told_at = -math.inf
        self._untold = 0

    def tell(self, claimed: LeasedEmail, trouble: Trouble) -> None:
        """Write a line, or count the message for the next one."""
        if time.monotonic() - self._told_at < _TELL_INTERVAL:
            self._untold += 1
            return
        others = f" (and {self._untold} others)" if self._untold else ""
        self._told_at, self._untold = time.monotonic(), 0
        _log.warning("E-mail %s is given up%s: %s", claimed.id, others, trouble.text)


class MailConnection(Protocol):
    """What leads to a mail server."""

    def deliver(self, letter: SmtpMessage, deadline: float) -> None:
        """Hand a message over until then, by the monotonic clock, or raise `Trouble`."""

    def close(self) -> None:
        """Say goodbye, if there is a connection."""

    def abandon(self) -> None:
        """Close this process's end of a connection without a word."""

    def cut(self) -> None:
        """Break a connection, from another thread."""


class Delivery:
    """Sends one message at a time, over one line. No transaction is open meanwhile.

    ``timeout`` is how many seconds one may take in all.
    """

    def __init__(
        self,
        outbox: Outbox,
        secrets: Secrets,
        line: MailConnection,
        timeout: float,
        now_ms: Callable[[], int],
        claim_seconds: int,
        dead_letters: DeadLetters,
    ) -> None:
        self._outbox = outbox
        self._secrets = secrets
        self._timeout = timeout
        self._now_ms = now_ms
        self._claim_seconds = claim_seconds
        self.line = line
        self._dead_letters = dead_letters

    def send_next(self, give_up_at: Callable[[], float], share: OutboxFilter = EVERYTHING) -> Result | None:
        """Send the message of that share that is due first, or return ``None`` when none is.

        ``give_up_at`` tells, by the monotonic clock, when to stop trying. Raises ``StorageError``; after the
        message was handed over only if it could not be written down until then.
        """
        # Before the claim: whoever counts from the claim on counts longer.
        deadline = min(time.monotonic() + self._timeout, give_up_at())
        claimed = self._outbox.claim(ids.new_token(), self._now_ms(), self._claim_seconds, share)
        if claimed is None:
            return None
        trouble = self._attempt(claimed, deadline)
        outcome = self._outcome(claimed, trouble)
        if not _insist(lambda: self._write(claimed, outcome, trouble), give_up_at):
            _log.info("E-mail %s was deleted or taken over while it was being sent.", claimed.id)
        servers_trouble = trouble.text if trouble is not None and trouble.is_servers else None
        return Result(outcome, servers_trouble, claimed.attempts)

    def _attempt(self, claimed: LeasedEmail, deadline: float) -> Trouble | None:
        """Deliver a message; return why not, if not."""
        try:
            self._deliver(claimed, deadline)
        except Trouble as trouble:
            return trouble
        except Exception as error:
            # One message must not stop the others. Not the error's words: they may hold anything.
            self.line.abandon()
            return Trouble(f"unexpected: {type(error).__name__}")
        return None

    def _deliver(self, claimed: LeasedEmail, deadline: float) -> None:
        if claimed.expires_at is not None and self._now_ms() >= claimed.expires_at:
            raise Trouble("expired: nobody waits for it any more", is_final=True)
        try:
            content = opened(self._secrets, claimed.content, claimed.id)
        except ValueError:
            raise Trouble("its content was stored under another secret key") from None
        try:
            letter = _letter(claimed, content)
        except ValueError as error:
            raise Trouble(without_quotes(one_line(str(error)), content), is_final=True) from None
        try:
            self.line.deliver(letter, deadline)
        except Trouble as trouble:
            trouble.text = without_quotes(trouble.text, content)
            raise

    def _outcome(self, claimed: LeasedEmail, trouble: Trouble | None) -> Outcome:
        if trouble is None:
            return Outcome.SENT
        if trouble.is_final or is_hopeless(claimed, self._now_ms()):
            return Outcome.DEAD
        return Outcome.POSTPONED

    def _write(self, claimed: LeasedEmail, outcome: Outcome, trouble: Trouble | None) -> bool:
        now = self._now_ms()
        if trouble is None:
            return self._outbox.finish(claimed.id, claimed.claim, now)
        if outcome is Outcome.DEAD:
            self._dead_letters.tell(claimed, trouble)
            return self._outbox.bury(claimed.id, claimed.claim, trouble.text, now)
        due_at = now + round(delay_seconds(claimed.attempts) * 1000)
        return self._outbox.postpone(claimed.id, claimed.claim, trouble.text, due_at)


def _letter(claimed: LeasedEmail, content: Email) -> SmtpMessage:
    sender, recipient = mime.envelope(content)
    message = mime.build(content, claimed.id, claimed.created_at)
    is_international = not (sender + recipient + str(message["Reply-To"] or "")).isascii()
    return SmtpMessage(sender, recipient, message.as_bytes(), is_international)


def _insist(write: Callable[[], bool], give_up_at: Callable[[], float]) -> bool:
    """Write down what happened, however long the database is away: a message must not be sent again."""
    while True:
        try:
            return write()
        except StorageError:
            if time.monotonic() >= give_up_at():
                raise
            time.sleep(_RETRY)
