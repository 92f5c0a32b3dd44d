"""The background sender of text messages of a process: its start, and the gateway through which it sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from stormpath.server.domain.context import Secrets
from stormpath.server.domain.events import Events, SmsQueued
from stormpath.server.domain.outbound import Fetch
from stormpath.server.domain.outbox import Outbox
from stormpath.server.domain.storage import CannotOpen

if TYPE_CHECKING:
    from stormpath.server.jobs.delivery import Report
    from stormpath.server.sms.gateway import Gateway, HttpEndpoint, SendSms
    from stormpath.server.sms.sender import SmsSender


class BackgroundSmsSender:
    """Starts at most one sender of text messages in this process.

    ``endpoint`` is the gateway of the settings, if there is one; ``new_fetch`` makes the client that
    reaches it.
    """

    def __init__(
        self,
        outbox: Outbox,
        secrets: Secrets,
        clock: Callable[[], int],
        events: Events,
        endpoint: HttpEndpoint | None,
        new_fetch: Callable[[], Fetch],
    ) -> None:
        self._outbox = outbox
        self._secrets = secrets
        self._clock = clock
        self._events = events
        self._endpoint = endpoint
        self._new_fetch = new_fetch
        self._function: SendSms | None = None
        self._sender: SmsSender | None = None

    @property
    def has_gateway(self) -> bool:
        """Whether the settings name a gateway."""
        return self._endpoint is not None

    def start(self, function: SendSms | None = None) -> None:
        """Send text messages in a thread from now on, by that function or the gateway of the settings.

        Raises `CannotOpen` without either, and if the thread runs already and sends in another way.
        """
        if self._sender is None:
            self._sender = self._new_sender(function)
            self._function = function
            self._events.after(SmsQueued, self._wake)
            self._sender.start()
        elif function != self._function:
            raise CannotOpen(
                "The text messages of this database go through another gateway already: in one process they "
                "go through one."
            )

    def run(self) -> Report:
        """Send all text messages that are due, in this thread; raises `CannotOpen` without a gateway."""
        return self._new_sender(None).run()

    def stop(self, grace: float) -> None:
        """Send what is due, for at most ``grace`` seconds, if the thread runs, and end the thread."""
        if self._sender is not None:
            self._sender.stop(grace)

    def _new_sender(self, function: SendSms | None) -> SmsSender:
        # Loaded here: a service that sends nothing needs none of it.
        from stormpath.server.sms.gateway import FunctionGateway, HttpGateway
        from stormpath.server.sms.sender import SmsSender

        gateway: Gateway
        if function is not None:
            gateway = FunctionGateway(function)
        elif self._endpoint is not None:
            gateway = HttpGateway(self._endpoint, self._new_fetch())
        else:
            raise CannotOpen("No gateway for text messages is named: set STORMPATH_SMS_URL.")
        return SmsSender(self._outbox, self._secrets, gateway, self._clock)

    def _wake(self, _: SmsQueued) -> None:
        if self._sender is not None:
            self._sender.wake()
