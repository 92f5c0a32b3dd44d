"""Guesses at passwords and other secrets: their counters, which all processes of the service share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple, Protocol

#: A counter begins with its first guess and ends so much later, whatever comes meanwhile: the longest wait.
WINDOW_MS: Final = 5 * 60 * 1000

#: How far the clocks of two machines may differ. A counter that ends later was begun before a clock was put
#: back, and counts no more, or it could not be said when it ends.
SKEW_MS: Final = 60 * 1000

#: The wait where a limit is reached by guesses that are still being compared: they may turn out to be right.
PENDING_MS: Final = 1000

#: For how long an address from which an account has logged in is known, and how many are of one account.
KNOWN_MS: Final = 30 * 24 * 60 * 60 * 1000
MOST_KNOWN: Final = 20


class GuessLimits(NamedTuple):
    """The most wrong secrets in five minutes for one account, address and calling API key; 0 for no limit.

    A login name that no account has counts as an account does.
    """

    account: int = 0
    address: int = 0
    key: int = 0


class Counter(NamedTuple):
    """A counter by its ``key``, a keyed digest, and the number that it may reach."""

    key: str
    limit: int


class Window(NamedTuple):
    """A counter by its key, from its first guess until ``ends_at`` (milliseconds since 1970)."""

    key: str
    ends_at: int


class Full(NamedTuple):
    """A counter that has reached its limit, by ``wrong`` guesses or by these and others in comparison."""

    key: str
    limit: int
    wrong: int
    ends_at: int


class TooMany(Exception):
    """Counters with these ``keys`` have reached their limits, until ``until`` (milliseconds since 1970).

    It ``is_pending`` if all of them have room as soon as guesses that are being compared prove right.
    """

    def __init__(self, until: int, keys: frozenset[str], *, is_pending: bool) -> None:
        super().__init__(until)
        self.until = until
        self.keys = keys
        self.is_pending = is_pending


def too_many(full: Collection[Full], now: int) -> TooMany:
    """Return the error for counters that are full, with the time at which all of them have room again."""
    ends = [each.ends_at for each in full if each.wrong >= each.limit]
    until = max(ends, default=now + PENDING_MS)
    return TooMany(until, frozenset(each.key for each in full), is_pending=not ends)


class Guesses(Protocol):
    """The counters of guesses, and the addresses from which accounts have logged in. It holds digests only.

    All methods take the tenant first: no guess of a tenant counts for another. They raise ``StorageError``
    where neither counting nor refusing is possible: no guess is taken then.
    """

    def take(self, tenant_id: str, counters: Sequence[Counter], now: int) -> Sequence[Window]:
        """Reserve one guess in each of up to four counters, or raise :class:`TooMany` and reserve none.

        Of any number of callers at once no more succeed than the limit allows. One write that waits for no
        disk. A reservation that is never settled counts until its window ends.
        """

    def check(self, tenant_id: str, counters: Sequence[Counter], now: int) -> None:
        """Raise :class:`TooMany` where ``take`` would, and reserve nothing. One read."""

    def settle(self, tenant_id: str, taken: Sequence[Window], *, was_wrong: bool) -> None:
        """Keep what ``take`` has reserved if the guess was wrong, else give it back. One write, too."""

    def known_until(self, tenant_id: str, account: str, address: str, now: int) -> int:
        """Return until when the address is known for the account, or 0."""

    def know(self, tenant_id: str, account: str, address: str, now: int) -> None:
        """Let the address be known for ``KNOWN_MS``; of one account, the latest ``MOST_KNOWN`` are kept."""


class Uncounted:
    """Counts nothing, for contexts without limits (``Guesses``)."""

    def take(self, tenant_id: str, counters: Sequence[Counter], now: int) -> Sequence[Window]:
        return ()

    def check(self, tenant_id: str, counters: Sequence[Counter], now: int) -> None: ...

    def settle(self, tenant_id: str, taken: Sequence[Window], *, was_wrong: bool) -> None: ...

    def known_until(self, tenant_id: str, account: str, address: str, now: int) -> int:
        return 0

    def know(self, tenant_id: str, account: str, address: str, now: int) -> None: ...
