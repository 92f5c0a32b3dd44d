"""Which answers came too late to be cached: what they tell was record while they were on their way."""

from collections.abc import Iterable
from threading import Lock

from stormpath import forks


class Ticket:
    """Taken when a request begins: what was record after that does not concern what came before."""

    __slots__ = ("since",)

    def __init__(self, since: int) -> None:
        self.since = since


class InvalidationLog:
    """Remembers what was record lately, so that an answer from before that is not cached after it.

    Names are hrefs and regions. What a request forgot itself does not speak against its own answer, unless
    somebody else forgot the same thing while it was under way: which of the two the service carried out last
    is not known then, and neither is kept.

    ``MAX_NAMES`` names are remembered. A request that took so long that more were record meanwhile counts as
    invalidations in everything.
    """

    MAX_NAMES = 1000

    def __init__(self) -> None:
        self._latest = 0
        self._horizon = 0
        # For each name, when it was record last, and by whom; None for several, or nobody in particular.
        self._invalidated: dict[str, tuple[int, Ticket | None]] = {}
        self._after_fork()
        forks.renew_in_child(self)

    def _after_fork(self) -> None:
        self._lock = Lock()

    def ticket(self) -> Ticket:
        """Return a ticket for a request that is about to begin."""
        return Ticket(self._latest)

    def record(self, name: str, by: Ticket | None = None) -> None:
        """Note that a name was record; to be called before its entry is removed."""
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
        """Whether nothing at all was record since then; costs next to nothing, and is nearly always so."""
        return ticket.since == self._latest

    def has_invalidated(self, ticket: Ticket, names: Iterable[str]) -> bool:
        """Whether somebody else has record one of these since then."""
        with self._lock:
            return ticket.since < self._horizon or any(self._is_stale(name, ticket) for name in names)

    def _is_stale(self, name: str, ticket: Ticket) -> bool:
        at, by = self._invalidated.get(name, (0, None))
        return at > ticket.since and by is not ticket
