"""Security events as they are stored: what the log tells, in columns, and bounded for each tenant."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from stormpath import forks
from stormpath.server.domain.security_events import StoredEvent
from stormpath.server.logs import security
from stormpath.server.logs.escaping import LONGEST_VALUE, escaped
from stormpath.server.logs.flood import LINES, SECONDS
from stormpath.server.logs.security import UNKNOWN, Event
from stormpath.server.schema import ids

#: The columns of what the log tells under another name; everything else goes into ``facts``.
_COLUMNS: Final = {
    "application": "application_id",
    "key": "actor_key_id",
    "address": "address",
    "request": "request_id",
    "reason": "reason",
    "resource": "resource",
    "id": "resource_id",
}

#: What has a column of its own, whose value is not that of the log.
_OWN: Final = frozenset({"event", "outcome", "tenant", "account"})

#: The resources of events whose ``id`` is theirs, where the log does not name the resource.
_RESOURCES: Final = {
    **dict.fromkeys((Event.KEY_CREATED, Event.KEY_CHANGED, Event.KEY_DELETED), "apiKey"),
    **dict.fromkeys(
        (
            Event.FACTOR_CREATED,
            Event.FACTOR_VERIFIED,
            Event.FACTOR_CHANGED,
            Event.FACTOR_DELETED,
            Event.FACTOR_FAILED,
            Event.FACTOR_LIMITED,
            Event.RECOVERY_CODE_USED,
        ),
        "factor",
    ),
    Event.TOKEN_REUSED: "refreshToken",
    **dict.fromkeys((Event.AGENT_ONLINE, Event.AGENT_OFFLINE, Event.AGENT_FAILED), "agent"),
}

#: A tenant, an event, and the code of an error if it has one.
Kind = tuple[str, Event, int | None]


class Allowance:
    """Admits so many events of one kind in so many seconds, in one process.

    The kinds are those of a tenant: a flood in one tenant hides nothing of another. ``take_left_out`` returns
    what was not admitted in periods that are over. It knows only the kinds of the present period.
    """

    def __init__(
        self, events: int = LINES, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = events
        self._seconds = seconds
        self._clock = clock
        self._after_fork()
        forks.renew_in_child(self)

    def _after_fork(self) -> None:
        self._lock = threading.Lock()
        self._period = 0
        self._numbers: dict[Kind, int] = {}
        self._left_out: dict[Kind, int] = {}
        #: Whether anything was left out that was not taken yet.
        self.is_counting = False

    def admits(self, kind: Kind) -> bool:
        """Tell whether one more event of the kind may be stored; count it otherwise."""
        with self._lock:
            self._end_period()
            number = self._numbers[kind] = self._numbers.get(kind, 0) + 1
            self.is_counting = self.is_counting or number > self._most
            return number <= self._most

    def take_left_out(self) -> Mapping[Kind, int]:
        """Return how many events of which kinds were not admitted in periods that are over, once."""
        with self._lock:
            self._end_period()
            found, self._left_out = self._left_out, {}
            self.is_counting = any(number > self._most for number in self._numbers.values())
        return found

    def _end_period(self) -> None:
        period = int(self._clock() / self._seconds)
        if period != self._period:
            for kind, number in self._numbers.items():
                if number > self._most:
                    self._left_out[kind] = self._left_out.get(kind, 0) + number - self._most
            self._period, self._numbers = period, {}


class EventKeeper:
    """Hands what the log is told of a tenant's events to ``store``, a moment later stored by it.

    What the log bounds is bounded for each tenant: twenty events of one kind in ten seconds. The next event
    of any kind after that tells how many more there were, in an event with the fact ``more``.
    """

    def __init__(
        self,
        store: Callable[[StoredEvent], None],
        clock: Callable[[], int],
        allowance: Allowance | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._allowance = allowance or Allowance()

    def keep(self, event: Event, told: dict[str, object]) -> None:
        """Store an event that the log tells so, if its tenant is known."""
        tenant_id = str(told["tenant"])
        if tenant_id == UNKNOWN:
            return
        if self._allowance.is_counting:
            self._store_left_out()
        reason = told.get("reason")
        kind = (tenant_id, event, reason if isinstance(reason, int) else None)
        if not event.is_bounded or self._allowance.admits(kind):
            self._store(self._stored(tenant_id, event, told))

    def _store_left_out(self) -> None:
        for (tenant_id, event, reason), number in self._allowance.take_left_out().items():
            now = self._clock()
            more = StoredEvent(
                tenant_id,
                ids.new_id(now),
                now,
                event.value,
                event.outcome.value,
                reason=None if reason is None else str(reason),
                facts=_json({"more": number}),
            )
            self._store(more)

    def _stored(self, tenant_id: str, event: Event, told: dict[str, object]) -> StoredEvent:
        now = self._clock()
        columns: dict[str, str] = {}
        facts: dict[str, object] = {}
        for name, value in told.items():
            if (column := _COLUMNS.get(name)) is not None:
                columns[column] = _text(value)
            elif name not in _OWN:
                facts[name] = value if isinstance(value, int) else _text(value)
        account = str(told["account"])
        if account != UNKNOWN:
            columns["account_id"] = _text(account.rpartition("/")[2])
        if event in _RESOURCES:
            columns.setdefault("resource", _RESOURCES[event])
        if (request := security.current()) is not None and request.account_id:
            columns["actor_account_id"] = request.account_id
        outcome = event.outcome.value
        return StoredEvent(
            tenant_id, ids.new_id(now), now, event.value, outcome, **columns, facts=_json(facts)
        )


def _text(value: object) -> str:
    """Return a value as it may be stored: short, and without characters that a database refuses."""
    text = value if type(value) is str else str(value)
    if len(text) <= LONGEST_VALUE and text.isprintable():
        return text
    return escaped(text, LONGEST_VALUE)[:LONGEST_VALUE]


def _json(facts: Mapping[str, object]) -> str:
    return msgspec.json.encode(facts).decode()
