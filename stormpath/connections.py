"""The connections of a session: enough for many threads, and each process has its own."""

from collections.abc import Iterator
from queue import LifoQueue
from threading import RLock
from typing import Any

from requests import Session
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3 import PoolManager

#: How many idle connections to one host are kept. One is opened only when all others are in use, so this
#: costs nothing until that many threads send at once; requests' ten would be closed and opened all the time.
KEPT = 100


def keep_many(session: Session) -> None:
    """Let a session keep the connections of `KEPT` threads."""
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=KEPT))


def make_anew(session: Any) -> None:
    """Give the session of a forked child connections of its own; the parent keeps those it has.

    To be called before the child has a second thread. What somebody mounted is renewed when it is an
    ``HTTPAdapter``, and left alone otherwise; so is a session that is not of requests.
    """
    for adapter in getattr(session, "adapters", {}).values():
        if isinstance(adapter, HTTPAdapter):
            for manager in (adapter.poolmanager, *adapter.proxy_manager.values()):
                _let_go(manager)
            # What it does when it is unpickled: the same settings, new pools, no proxies yet.
            pickled: Any = adapter
            pickled.__setstate__(pickled.__getstate__())
    if isinstance(getattr(session, "cookies", None), RequestsCookieJar):
        session.cookies = session.cookies.copy()  # With a lock of its own.


def _let_go(manager: PoolManager) -> None:
    """Close this process's copies of idle sockets. Nothing is sent: to the other side they are still open."""
    manager.pools.lock = RLock()
    for queue in _queues(manager):
        idle = [each for each in queue.queue if each is not None]
        # In place, because urllib3 drains it when the pool goes, and would wait for its lock.
        LifoQueue.__init__(queue, queue.maxsize)
        for connection in idle:
            connection.close()


def _queues(manager: PoolManager) -> Iterator[LifoQueue[Any]]:
    for key in manager.pools.keys():  # noqa: SIM118 - it cannot be iterated
        pool = manager.pools.get(key)
        if pool is not None and pool.pool is not None:
            yield pool.pool
