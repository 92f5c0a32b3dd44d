"""E-mails of the outbox on their way to a mail server: opened, written as MIME, and handed over."""

from __future__ import annotations

from typing import Protocol

from stormpath.server.domain.context import Secrets
from stormpath.server.domain.outbox import LeasedEntry
from stormpath.server.jobs.delivery_errors import DeliveryError, one_line
from stormpath.server.mail import mime
from stormpath.server.mail.delivery_errors import without_quotes
from stormpath.server.mail.email import opened


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


class SmtpTransport:
    """The transport of e-mails (``jobs/delivery.py``), over one connection."""

    def __init__(self, secrets: Secrets, connection: MailConnection) -> None:
        self._secrets = secrets
        self.connection = connection
        self.close = connection.close
        self.abandon = connection.abandon
        self.cut = connection.cut

    def deliver(self, entry: LeasedEntry, deadline: float) -> None:
        """Hand an e-mail over; raise `DeliveryError` without what it says."""
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
