"""Clients of cache servers; all stores with the same options share one."""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any
from weakref import WeakValueDictionary, finalize

from stormpath import forks


class SharedClient:
    """A client of the Redis or Memcached library, with its connection pool.

    The connections are closed when the last store that uses the client is garbage-collected. A forked child
    gets a new client: two processes that write to one socket read each other's answers.
    """

    def __init__(
        self,
        connect: Callable[[], Any],
        close: Callable[[Any], None],
        abandon: Callable[[Any], None],
    ) -> None:
        """Make a client with ``connect``; ``abandon`` drops a parent's client without using its locks."""
        self._connect = connect
        self._close = close
        self._abandon = abandon
        self.client = connect()
        # A server lists its keys to one connection at a time.
        self.listing_lock = Lock()
        self._finalizer = finalize(self, close, self.client)
        forks.renew_in_child(self)

    def _after_fork(self) -> None:
        self._finalizer.detach()
        self._abandon(self.client)
        self.client = self._connect()
        self.listing_lock = Lock()
        self._finalizer = finalize(self, self._close, self.client)


_shared: WeakValueDictionary[Any, SharedClient] = WeakValueDictionary()
_shared_lock = forks.Lock()


def shared_client(kind: str, options: Mapping[str, Any], make: Callable[[], SharedClient]) -> SharedClient:
    """Return the client for these options; it is made if no store uses one yet."""
    key = _key_of(kind, options)
    with _shared_lock:
        client = _shared.get(key)
        if client is None:
            client = _shared[key] = make()
        return client


def _key_of(kind: str, options: Mapping[str, Any]) -> Any:
    try:
        return kind, frozenset((name, type(value), value) for name, value in options.items())
    except TypeError:
        # Options that cannot be compared are not shared.
        return object()
