"""The connections of a session: enough for many threads, and each process has its own."""

import logging
from collections.abc import Iterator, Mapping
from queue import LifoQueue
from threading import RLock
from typing import Any

from requests import PreparedRequest, Session, exceptions
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.utils import select_proxy
from urllib3 import HTTPConnectionPool, PoolManager, Timeout
from urllib3 import exceptions as below

from stormpath.base_url import without_token

#: How many idle connections to one host are kept. One is opened only when all others are in use, so this
#: costs nothing until that many threads send at once; requests' ten would be closed and opened all the time.
MAX_IDLE_CONNECTIONS = 100

# As it was when this module was loaded; whoever patches it later expects to be called.
_SEND = HTTPAdapter.send


class TokenMaskingFilter(logging.Filter):
    """Masks tokens in what urllib3 logs: it names the path of every request, and some paths end in one."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let a record pass, without tokens."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                without_token(each) if isinstance(each, str) else each for each in record.args
            )
        return True


# Asked only when somebody has switched that log on.
logging.getLogger("urllib3.connectionpool").addFilter(TokenMaskingFilter())


def enlarge_pools(session: Session) -> None:
    """Let a session keep the connections of `MAX_IDLE_CONNECTIONS` threads."""
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=MAX_IDLE_CONNECTIONS))


class DirectPool:
    """The connections of an adapter to one host, without what the adapter works out anew for each request.

    Which pool a URL belongs to, through which proxy and with which certificates, and a response with a
    history, cookies and a stream: that takes a third of a request. Failures are those of requests.
    """

    def __init__(self, adapter: HTTPAdapter, base_url: str, settings: Mapping[str, Any]) -> None:
        self._adapter = adapter
        self._settings = settings
        self._pool = _urllib3_pool(adapter, base_url, settings)

    def is_valid_for(self, adapter: HTTPAdapter, settings: Mapping[str, Any]) -> bool:
        """Say whether it is still the way that an adapter would take with such settings."""
        return (
            adapter is self._adapter
            and settings is self._settings
            and (self._pool is None or (self._pool.pool is not None and _is_unpatched(adapter)))
        )

    @property
    def is_usable(self) -> bool:
        """Whether it can be used; else the adapter has to send, as where a proxy is in between."""
        return self._pool is not None

    def close(self) -> None:
        """Close the connections; the adapter would leave that to the garbage collector."""
        if self._pool is not None:
            self._pool.close()

    def send(
        self, request: PreparedRequest, target: str, timeout: float | tuple[float, float]
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and decoded body of the answer; the connection is free again then."""
        connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
        pool: Any = self._pool
        try:
            response = pool.urlopen(
                request.method,
                target,
                body=request.body,
                headers=request.headers,
                retries=False,
                redirect=False,
                assert_same_host=False,
                timeout=Timeout(connect=connect, read=read),
            )
        except (below.HTTPError, OSError) as failure:
            raise _requests_exception(failure, request) from failure
        return response.status, response.headers, response.data


def _urllib3_pool(
    adapter: HTTPAdapter, base_url: str, settings: Mapping[str, Any]
) -> HTTPConnectionPool | None:
    """Return where an adapter would send such requests; None where more than that is to be done."""
    connect = getattr(adapter, "get_connection_with_tls_context", None)
    # Requests has that since 2.32.
    if connect is None or not _is_unpatched(adapter):
        return None
    if adapter.max_retries.total or select_proxy(base_url, settings["proxies"]):
        return None
    request = PreparedRequest()
    request.prepare_url(base_url, None)
    verify, cert = settings["verify"], settings["cert"]
    pool: HTTPConnectionPool = connect(request, verify, proxies=settings["proxies"], cert=cert)
    adapter.cert_verify(pool, base_url, verify, cert)  # type: ignore[no-untyped-call]  # requests has no type for it
    return pool


def _is_unpatched(adapter: HTTPAdapter) -> bool:
    return HTTPAdapter.send is _SEND and "send" not in vars(adapter)


def _requests_exception(failure: Exception, request: PreparedRequest) -> exceptions.RequestException:
    kinds: tuple[tuple[type[Exception], type[exceptions.RequestException]], ...] = (
        # No connection at all is the more special kind of one that took too long.
        (below.NewConnectionError, exceptions.ConnectionError),
        (below.ConnectTimeoutError, exceptions.ConnectTimeout),
        (below.ReadTimeoutError, exceptions.ReadTimeout),
        (below.SSLError, exceptions.SSLError),
        (below.DecodeError, exceptions.ContentDecodingError),
        (below.InvalidHeader, exceptions.InvalidHeader),
    )
    kind = next((ours for theirs, ours in kinds if isinstance(failure, theirs)), exceptions.ConnectionError)
    return kind(failure, request=request)


def renew_connections(session: Any) -> None:
    """Give the session of a forked child connections of its own; the parent keeps those it has.

    To be called before the child has a second thread. What somebody mounted is renewed when it is an
    ``HTTPAdapter``, and left alone otherwise; so is a session that is not of requests.
    """
    for adapter in getattr(session, "adapters", {}).values():
        if isinstance(adapter, HTTPAdapter):
            for manager in (adapter.poolmanager, *adapter.proxy_manager.values()):
                _close_idle_connections(manager)
            # What it does when it is unpickled: the same settings, new pools, no proxies yet.
            pickled: Any = adapter
            pickled.__setstate__(pickled.__getstate__())
    if isinstance(getattr(session, "cookies", None), RequestsCookieJar):
        session.cookies = session.cookies.copy()  # With a lock of its own.


def _close_idle_connections(manager: PoolManager) -> None:
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
