"""Connections to the mail servers that tenants have of their own (rest-core 5.19)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from stormpath.server.domain.context import Secrets
from stormpath.server.domain.outbox import Outbox
from stormpath.server.domain.storage import Row
from stormpath.server.jobs.delivery_errors import DeliveryError, one_line
from stormpath.server.mail.mail_server import NEVER, OFFERED, REQUIRED, SSL, TLS, MailServer
from stormpath.server.mail.mime import SmtpMessage
from stormpath.server.mail.smtp_connection import Connection
from stormpath.server.outbound.allowed_targets import AllowedTargets

_STARTTLS: Final = {TLS: REQUIRED, SSL: NEVER, None: OFFERED}


class TenantConnection:
    """A connection to the mail server that a tenant has when a message is sent: a change counts at once.

    Like a connection it is not to be shared by threads, but for ``cut``.
    """

    def __init__(
        self, outbox: Outbox, secrets: Secrets, tenant_id: str, timeout: float, targets: AllowedTargets
    ) -> None:
        self._outbox = outbox
        self._secrets = secrets
        self._tenant_id = tenant_id
        self._timeout = timeout
        self._targets = targets
        self._smtp: MailServer | None = None
        self._connection: Connection | None = None

    def deliver(self, message: SmtpMessage, deadline: float) -> None:
        """Hand a message over, as `Connection` does. The text of a `DeliveryError` begins with the server."""
        connection = self._connection_to(self._current())
        try:
            connection.deliver(message, deadline)
        except DeliveryError as error:
            error.text = one_line(f"{self._smtp}: {error.text}")
            raise

    def close(self) -> None:
        """Say goodbye, if there is a connection."""
        if self._connection is not None:
            self._connection.close()

    def abandon(self) -> None:
        """Close this process's end of the connection without a word."""
        if self._connection is not None:
            self._connection.abandon()

    def cut(self) -> None:
        """Break the connection, from another thread."""
        if (connection := self._connection) is not None:
            connection.cut()

    def _current(self) -> MailServer:
        server = self._outbox.mail_server(self._tenant_id)
        if server is None:
            # Between the lease and now.
            raise DeliveryError("the tenant's mail server was disabled or deleted at that moment")
        return mail_server_of(server, self._secrets, self._timeout)

    def _connection_to(self, smtp: MailServer) -> Connection:
        if self._connection is None or smtp != self._smtp:
            self.close()
            self._smtp, self._connection = smtp, Connection(smtp, self._targets)
        return self._connection


def mail_server_of(server: Row, secrets: Secrets, timeout: float) -> MailServer:
    """Return a tenant's mail server from its row; `DeliveryError` when its password cannot be read."""
    protocol = server["security_protocol"]
    smtp = MailServer(
        server["host"],
        server["port"],
        user=server["username"],
        is_encrypted=protocol == SSL,
        starttls=_STARTTLS[protocol],
        timeout=timeout,
    )
    try:
        return replace(smtp, password=secrets.open(server["password"], f"{server['id']}/password"))
    except ValueError:
        text = f"{smtp}: its password was stored under another secret key"
        raise DeliveryError(text, is_servers=True) from None
