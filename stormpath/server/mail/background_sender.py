"""The background sender of a process: its start, and the mail server through which it sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from stormpath import forks
from stormpath.server.domain.context import Secrets
from stormpath.server.domain.events import EmailQueued, Events, ResourceChanged
from stormpath.server.domain.outbox import Outbox
from stormpath.server.domain.storage import CannotOpen
from stormpath.server.logs.loggers import get_logger

if TYPE_CHECKING:
    from stormpath.server.jobs.delivery import Report
    from stormpath.server.mail.sender import Sender
    from stormpath.server.outbound.allowed_targets import AllowedTargets

_log = get_logger(__name__)


class BackgroundSender:
    """Starts at most one sender in this process.

    ``smtp_url`` is the service-wide mail server, if there is one. ``has_tenant_server`` returns whether a
    tenant has an ``ENABLED`` one; it raises `CannotOpen` if the database cannot be read. ``tenants_targets``
    is where those may be.
    """

    def __init__(
        self,
        outbox: Outbox,
        secrets: Secrets,
        clock: Callable[[], int],
        events: Events,
        smtp_url: str | None,
        has_tenant_server: Callable[[], bool],
        tenants_targets: AllowedTargets,
    ) -> None:
        self._outbox = outbox
        self._secrets = secrets
        self._clock = clock
        self._events = events
        self._smtp_url = smtp_url
        self._has_tenant_server = has_tenant_server
        self._tenants_targets = tenants_targets
        self._sender: Sender | None = None
        self._starts_when_needed = False
        self._start_lock = forks.Lock()
        events.after(ResourceChanged, self._on_change)

    def start(self, smtp_url: str | None = None) -> None:
        """Send e-mails in a thread from now on, through that server or the service-wide one.

        E-mails of tenants that have a mail server go through that. Raises `CannotOpen` without any mail
        server, and if the thread runs already and sends through another.
        """
        smtp_url = smtp_url or self._smtp_url
        if self._sender is None:
            self._sender = self._new_sender(smtp_url)
            self._smtp_url = smtp_url
            self._events.after(EmailQueued, self._wake)
            self._sender.start()
        elif smtp_url != self._smtp_url:
            raise CannotOpen(
                "The e-mails of this database go through another mail server already: in one process they go "
                "through one."
            )

    def start_when_needed(self) -> None:
        """Start a sender as soon as there is a mail server: service-wide, or an ``ENABLED`` one of a tenant.

        A later request to this process that creates or enables one starts it too. Raises `CannotOpen`.
        """
        self._starts_when_needed = True
        if self.has_mail_server():
            self.start()

    def has_mail_server(self) -> bool:
        """Tell whether there is any mail server; raises `CannotOpen` if the database cannot be read."""
        return bool(self._smtp_url) or self._has_tenant_server()

    def run(self) -> Report:
        """Send all e-mails that are due, in this thread; raises `CannotOpen` without any mail server."""
        return self._new_sender(self._smtp_url).run()

    def stop(self, grace: float) -> None:
        """Send what is due, for at most ``grace`` seconds, if the thread runs, and end the thread."""
        if self._sender is not None:
            self._sender.stop(grace)

    def _new_sender(self, smtp_url: str | None) -> Sender:
        # Loaded here: a service that sends nothing needs neither smtplib nor TLS.
        from stormpath.server.mail.mail_server import MailServer
        from stormpath.server.mail.sender import Sender

        if not smtp_url and not self.has_mail_server():
            raise CannotOpen(
                "No mail server is named: set STORMPATH_SMTP_URL, or enable one of a tenant (smtpServer)."
            )
        try:
            smtp = MailServer.parse(smtp_url) if smtp_url else None
            return Sender(
                self._outbox, self._secrets, smtp, self._clock, tenants_targets=self._tenants_targets
            )
        except ValueError as error:
            raise CannotOpen(str(error)) from error

    def _wake(self, _: EmailQueued) -> None:
        if self._sender is not None:
            self._sender.wake()

    def _on_change(self, event: ResourceChanged) -> None:
        if event.resource == "smtpServer" and self._starts_when_needed:
            with self._start_lock:
                if self._sender is None:
                    self._start_for_tenants()

    def _start_for_tenants(self) -> None:
        try:
            if self.has_mail_server():
                self.start()
        except CannotOpen as error:
            # The change is stored; the next change, or the next start, tries again.
            _log.warning("E-mails are not sent yet: %s", error)
