"""The counts by day: logins, registrations, password resets and messages, counted by a listener of events."""

from __future__ import annotations

from collections.abc import Callable

from stormpath.server.domain import events
from stormpath.server.domain.outbox import EMAIL
from stormpath.server.domain.security_events import Counted, CountKey, day_of


class DailyCounts:
    """Adds to the counts of a tenant's day as its events are committed; ``count`` adds one to a count."""

    def __init__(self, count: Callable[[CountKey], None], clock: Callable[[], int]) -> None:
        self._count = count
        self._clock = clock

    def listen(self, to: events.Events) -> None:
        """Count from now on."""
        to.after(events.LoginSucceeded, lambda event: self._add(event, Counted.LOGINS_SUCCEEDED))
        for refused in (events.LoginFailed, events.LoginLimited):
            to.after(refused, lambda event: self._add(event, Counted.LOGINS_FAILED))
        to.after(events.PasswordReset, lambda event: self._add(event, Counted.RESETS))
        to.after(events.ResourceChanged, self._on_change)
        to.after(events.MessageFinished, self._on_message)

    def _on_change(self, event: events.ResourceChanged) -> None:
        if event.before is None and event.resource == "account":
            self._add(event, Counted.REGISTRATIONS)

    def _on_message(self, event: events.MessageFinished) -> None:
        if event.channel == EMAIL:
            self._add(event, Counted.EMAILS_SENT if event.was_sent else Counted.EMAILS_FAILED)
        else:
            self._add(event, Counted.SMS_SENT if event.was_sent else Counted.SMS_FAILED)

    def _add(self, event: events.Event, kind: Counted) -> None:
        self._count(CountKey(event.tenant_id, day_of(self._clock()), kind.value))
