"""The way to the mail server that a tenant has of its own (rest-core 5.19)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from stormpath.server.domain.context import Secrets
from stormpath.server.domain.storage import Row
from stormpath.server.mail.delivery_errors import (
    Trouble,
    one_line,
)
from stormpath.server.mail.mail_server import (
    NEVER,
    OFFERED,
    REQUIRED,
    SSL,
    TLS,
    MailServer,
)
from stormpath.server.mail.smtp_connection import (
    Connection,
    SmtpMessage,
)
from stormpath.server.storage.outbox import Outbox

_STARTTLS: Final = {TLS: REQUIRED, SSL: NEVER, None: OFFERED}


class TenantConnection:
    """A line to the mail server that a tenant has at the moment of each message: one changed counts at once.

    Like a connection it is not to be shared by threads, but for ``cut``.
    """

    def __init__(self, outbox: Outbox, secrets: Secrets, tenant_id: str, timeout: float) -> None:
        self._outbox = outbox
        self._secrets = secrets
        self._tenant_id = tenant_id
        self._timeout = timeout
        self._smtp: MailServer | None = None
        self._connection: Connection | None = None

    def deliver(self, letter: SmtpMessage, deadline: float) -> None:
        """Hand a message over, as `Connection` does. What a `Trouble` says begins with the server."""
        connection = self._connection_to(self._current())
        try:
            connection.deliver(letter, deadline)
        except Trouble as trouble:
            trouble.text = one_line(f"{self._smtp}: {trouble.text}")
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
            # Between the claim and now.
            raise Trouble("the tenant's mail server was disabled or deleted at that moment")
        return smtp_of(server, self._secrets, self._timeout)

    def _connection_to(self, smtp: MailServer) -> Connection:
        if self._connection is None or smtp != self._smtp:
            self.close()
            self._smtp, self._connection = smtp, Connection(smtp)
        return self._connection


def smtp_of(server: Row, secrets: Secrets, timeout: float) -> MailServer:
    """Return how to talk to a tenant's mail server; `Trouble` when its password cannot be read."""
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
        raise Trouble(text, is_servers=True) from None
