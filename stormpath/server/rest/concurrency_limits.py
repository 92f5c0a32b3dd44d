"""Limits of what a served process does at a time, so that no kind of request takes the threads of another."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Final

from stormpath.server.schema.errors import ApiError, Code

#: How long a request may wait for others of its kind, in seconds. While one of those takes longer, they are
#: taken to be stuck, and further ones are refused at once.
PATIENCE: Final = 1.0


class Place:
    """A place among those that are at work: give it back with :meth:`leave`."""

    __slots__ = ("_limit",)

    def __init__(self, limit: ConcurrencyLimit) -> None:
        self._limit = limit

    def leave(self) -> None:
        """End what began when it was taken."""
        self._limit.leave(self)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self._limit.leave(self)


class ConcurrencyLimit:
    """At most ``most`` at a time; 0 for no limit.

    One more waits until one of them ends, but not when the oldest of them is at work for longer than
    ``patience`` seconds: a burst is served, a pile of stuck requests does not grow.
    """

    def __init__(self, what: str, most: int, patience: float = PATIENCE) -> None:
        self.most = most
        self._what = what
        self._patience = patience
        # In the order of their starts.
        self._started: dict[Place, float] = {}
        self._changed = threading.Condition(threading.Lock())
        self._waiting = 0

    @property
    def is_full(self) -> bool:
        """Whether one more would have to wait."""
        return 0 < self.most <= len(self._started)

    def oldest(self) -> float:
        """Return for how many seconds the oldest of them has been at work; 0 when there is none."""
        with self._changed:
            started = next(iter(self._started.values()), None)
        return 0.0 if started is None else time.monotonic() - started

    def take(self) -> Place:
        """Begin, and return the place that is taken. Raises ``ApiError`` (503) when there are too many."""
        place = Place(self)
        if self.most:
            with self._changed:
                if len(self._started) >= self.most:
                    self._wait()
                self._started[place] = time.monotonic()
        return place

    def leave(self, place: Place) -> None:
        """Give a place back; does nothing for one that was given back already."""
        with self._changed:
            self._started.pop(place, None)
            if self._waiting:
                self._changed.notify()

    def _wait(self) -> None:
        latest = time.monotonic() + self._patience
        self._waiting += 1
        try:
            while len(self._started) >= self.most:
                oldest = next(iter(self._started.values()))
                rest = min(latest, oldest + self._patience) - time.monotonic()
                if rest <= 0:
                    raise self._refusal()
                self._changed.wait(rest)
        finally:
            self._waiting -= 1

    def _refusal(self) -> ApiError:
        return ApiError(
            Code.UNAVAILABLE,
            "The service is busy. Please try again in a moment.",
            f"Too many {self._what} are being worked on.",
            retry_after=1,
        )


class WholeRequests:
    """The requests at work that have come whole, and when, by the monotonic clock."""

    __slots__ = ("_since",)

    def __init__(self) -> None:
        self._since: dict[object, float] = {}

    def add(self, request: object) -> None:
        """Note that a request has come whole just now."""
        self._since[request] = time.monotonic()

    def remove(self, request: object) -> None:
        """Forget a request, which is answered."""
        self._since.pop(request, None)

    def times(self) -> list[float]:
        """Return when they came."""
        # One step of the interpreter: other threads add and remove meanwhile.
        return list(self._since.values())


@dataclass(frozen=True, slots=True)
class ConcurrencyLimits:
    """The limits of one process, each on its own, and the requests that they apply to."""

    reads: ConcurrencyLimit
    writes: ConcurrencyLimit
    #: Bodies that are being received: of callers that have proved who they are, and of others.
    bodies_of_callers: ConcurrencyLimit
    bodies_of_strangers: ConcurrencyLimit
    #: Requests with a body above the usual size, from its first byte to the answer.
    large_bodies: ConcurrencyLimit
    #: The most long polls of agents that wait, which are at work on nothing; 0 for no limit.
    polls: int = 0
    #: ``None`` where no connection is watched.
    whole: WholeRequests | None = None

    def oldest_body(self) -> float:
        """Return for how many seconds the oldest body is being received; 0 when there is none."""
        return max(self.bodies_of_callers.oldest(), self.bodies_of_strangers.oldest())

    def whole_requests(self) -> list[float]:
        """Return when the requests at work had come whole, by the monotonic clock."""
        return [] if self.whole is None else self.whole.times()

    def are_bodies_stuck(self) -> bool:
        """Tell whether one more body would have to wait until another one has come."""
        return self.bodies_of_callers.is_full or self.bodies_of_strangers.is_full


def limits(
    *, reads: int, writes: int, bodies: int, strangers: int, large: int, polls: int = 0
) -> ConcurrencyLimits:
    """Return the limits with these numbers."""
    return ConcurrencyLimits(
        ConcurrencyLimit("reads", reads),
        ConcurrencyLimit("writes", writes),
        ConcurrencyLimit("request bodies", bodies),
        ConcurrencyLimit("request bodies", strangers),
        ConcurrencyLimit("large request bodies", large),
        polls,
        WholeRequests() if writes else None,
    )


#: Where the service is embedded, the process itself decides how many requests it makes.
UNLIMITED: Final = limits(reads=0, writes=0, bodies=0, strangers=0, large=0)
