"""The way to the mail server that a tenant has of its own (rest-core 5.19)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from stormpath.server.contract import Row
from stormpath.server.resources.smtp_server import SSL, TLS
from stormpath.server.storage.outbox import Outbox
from stormpath.server.work import Secrets
from stormpath.server.workflows.conversation import Connection, Letter
from stormpath.server.workflows.smtp import NEVER, OFFERED, REQUIRED, Smtp
from stormpath.server.workflows.troubles import Trouble, one_line

_STARTTLS: Final = {TLS: REQUIRED, SSL: NEVER, None: OFFERED}


class TenantLine:
    """A line to the mail server that a tenant has at the moment of each message: one changed counts at once.

    Like a connection it is not to be shared by threads, but for ``cut``.
    """

    def __init__(self, outbox: Outbox, secrets: Secrets, tenant_id: str, timeout: float) -> None:
        self._outbox = outbox
        self._secrets = secrets
        self._tenant_id = tenant_id
        self._timeout = timeout
        self._smtp: Smtp | None = None
        self._connection: Connection | None = None

    def deliver(self, letter: Letter, deadline: float) -> None:
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

    def _current(self) -> Smtp:
        server = self._outbox.mail_server(self._tenant_id)
        if server is None:
            # Between the claim and now.
            raise Trouble("the tenant's mail server was disabled or deleted at that moment")
        return smtp_of(server, self._secrets, self._timeout)

    def _connection_to(self, smtp: Smtp) -> Connection:
        if self._connection is None or smtp != self._smtp:
            self.close()
            self._smtp, self._connection = smtp, Connection(smtp)
        return self._connection


def smtp_of(server: Row, secrets: Secrets, timeout: float) -> Smtp:
    """Return how to talk to a tenant's mail server; `Trouble` when its password cannot be read."""
    protocol = server["security_protocol"]
    smtp = Smtp(
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
