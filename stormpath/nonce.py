"""Nonces: values that may be used once."""

import time
from typing import Any
from weakref import WeakKeyDictionary

from stormpath import forks


class Nonce:
    """A one-time value that the data store can remember under its ``href``.

    The href is ``//nonces/<value>``. It is never requested: it is only a key in the cache region ``nonces``.
    """

    def __init__(self, value: str) -> None:
        self.value = value

    @property
    def href(self) -> str:
        """The cache key of this nonce."""
        return f"//nonces/{self.value}"

    def __repr__(self) -> str:
        return f"Nonce({self.value!r})"


class UsedNonces:
    """The nonces that this process has accepted, each until it cannot come again.

    It grows only by what the service has signed.
    """

    def __init__(self) -> None:
        self._lock = forks.Lock()
        self._until: dict[str, float] = {}
        self._purge_at = 100

    def use(self, value: str, until: float) -> bool:
        """Return whether a nonce is new, and remember it until a time in epoch seconds. Threads may race."""
        with self._lock:
            if value in self._until:
                return False
            if len(self._until) >= self._purge_at:
                now = time.time()
                self._until = {each: end for each, end in self._until.items() if end > now}
                self._purge_at = 2 * len(self._until) + 100
            self._until[value] = until
            return True


_used: WeakKeyDictionary[Any, UsedNonces] = WeakKeyDictionary()


def use_once(store: Any, value: str, until: float) -> bool:
    """Return whether a nonce was not used before, and remember it; no request.

    This process remembers it until a time in epoch seconds, whatever store the data store caches in.
    Processes that share the store of the region ``nonces`` know it as long as that region keeps its entries.
    """
    nonce = Nonce(value)
    look, put = getattr(store, "_cache_get", None), getattr(store, "_cache_put", None)
    used = _used.get(store)
    if used is None:
        used = _used.setdefault(store, UsedNonces())
    if not used.use(value, until) or (look is not None and look(nonce.href) is not None):
        return False
    if put is not None:
        put(nonce.href, {"value": value})
    return True
