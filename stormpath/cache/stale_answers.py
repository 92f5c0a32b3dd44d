"""Detection of stale answers: an answer overtaken by an invalidation is not cached."""

from collections.abc import Iterable
from threading import Lock

from stormpath import forks


class Ticket:
    """The start of a request, as a position in the `InvalidationLog`."""

    __slots__ = ("since",)

    def __init__(self, since: int) -> None:
        self.since = since


class InvalidationLog:
    """The latest invalidations; an answer to a request that began before one of them is stale.

    Names are hrefs and regions. A request's own invalidations do not make its answer stale, unless another
    request invalidates the same name while it is under way: it is unknown then which of the two the service
    carried out last, so neither answer is cached.

    The log keeps ``MAX_NAMES`` names. If more were invalidated since a request began, its answer is stale.
    """

    MAX_NAMES = 1000

    def __init__(self) -> None:
        self._latest = 0
        self._horizon = 0
        # For each name, its last invalidation and the request behind it; None for several requests or none.
        self._invalidated: dict[str, tuple[int, Ticket | None]] = {}
        self._after_fork()
        forks.renew_in_child(self)

    def _after_fork(self) -> None:
        self._lock = Lock()

    def ticket(self) -> Ticket:
        """Return a ticket for a request that is about to begin."""
        return Ticket(self._latest)

    def record(self, name: str, by: Ticket | None = None) -> None:
        """Record an invalidation, made by a request if one is given. Call this before removing the entry."""
        with self._lock:
            earlier = self._invalidated.pop(name, None)
            if earlier is not None and by is not None and earlier[1] is not by and earlier[0] > by.since:
                by = None
            now = self._latest + 1
            self._invalidated[name] = (now, by)
            if len(self._invalidated) > self.MAX_NAMES:
                self._horizon, _ = self._invalidated.pop(next(iter(self._invalidated)))
            self._latest = now

    def is_unchanged_since(self, ticket: Ticket) -> bool:
        """Return whether nothing was invalidated since a request began. Cheap, and nearly always true."""
        return ticket.since == self._latest

    def has_invalidated(self, ticket: Ticket, names: Iterable[str]) -> bool:
        """Return whether another request has invalidated one of these names since this one began."""
        with self._lock:
            return ticket.since < self._horizon or any(self._is_stale(name, ticket) for name in names)

    def _is_stale(self, name: str, ticket: Ticket) -> bool:
        at, by = self._invalidated.get(name, (0, None))
        return at > ticket.since and by is not ticket
