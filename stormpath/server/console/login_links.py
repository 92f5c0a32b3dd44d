"""Links that log in once, kept in the memory of this process alone."""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Callable
from typing import Final

from stormpath import forks
from stormpath.server.schema import ids

#: For how long a link works, in seconds.
LIFETIME: Final = 300.0

#: So many wait at a time; a further one takes the place of the oldest.
_MOST: Final = 10


class LoginLinks:
    """The tokens of the links that wait. Threads may share it; a forked child has none."""

    def __init__(self, lifetime: float = LIFETIME, clock: Callable[[], float] = time.monotonic) -> None:
        self._lifetime = lifetime
        self._clock = clock
        self._after_fork()
        forks.renew_in_child(self)

    def new(self) -> str:
        """Return the token of a new link."""
        token = ids.new_token()
        with self._lock:
            self._waiting[token] = self._clock() + self._lifetime
            while len(self._waiting) > _MOST:
                del self._waiting[next(iter(self._waiting))]
        return token

    def waits(self, token: str) -> bool:
        """Tell whether a token can be spent now."""
        with self._lock:
            return self._known(token) is not None

    def spend(self, token: str) -> bool:
        """Spend a token; of several callers with one, only one can."""
        with self._lock:
            known = self._known(token)
            if known is not None:
                del self._waiting[known]
        return known is not None

    def _known(self, token: str) -> str | None:
        now = self._clock()
        sent = token.encode(errors="surrogatepass")
        found = [
            each
            for each, until in self._waiting.items()
            if hmac.compare_digest(each.encode(), sent) and now < until
        ]
        return found[0] if found else None

    def _after_fork(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, float] = {}
