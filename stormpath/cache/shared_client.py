"""Clients of cache servers, shared by all stores that were given the same options."""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any
from weakref import WeakValueDictionary, finalize

from stormpath import forks


class SharedClient:
    """A client library's object with its pool of connections.

    They are closed when the last store that uses them is gone. A forked child gets a client of its own: two
    processes that write to one socket read each other's answers.
    """

    def __init__(
        self,
        connect: Callable[[], Any],
        close: Callable[[Any], None],
        abandon: Callable[[Any], None],
    ) -> None:
        """Keep what ``connect`` makes; ``abandon`` drops that of a parent, without a lock or a word to it."""
        self._connect = connect
        self._close = close
        self._abandon = abandon
        self.client = connect()
        # For what a server does for one at a time.
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
    """Return the connections of these options, made when nobody uses such yet."""
    key = _key_of(kind, options)
    with _shared_lock:
        connections = _shared.get(key)
        if connections is None:
            connections = _shared[key] = make()
        return connections


def _key_of(kind: str, options: Mapping[str, Any]) -> Any:
    try:
        return kind, frozenset((name, type(value), value) for name, value in options.items())
    except TypeError:
        # What cannot be compared is shared with nobody.
        return object()
