"""The connections of a session: one pool for many threads, and separate sockets for each process."""

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

#: The number of idle connections to one host that are kept open. A connection is opened only when all others
#: are in use, so this costs nothing until that many threads send at once. With requests' default of ten, more
#: threads would close and open connections all the time.
MAX_IDLE_CONNECTIONS = 100

# The original; if an application patches the method later, its version is called.
_SEND = HTTPAdapter.send


class TokenMaskingFilter(logging.Filter):
    """Masks tokens in urllib3's log, which contains the path of every request: some paths end in a token."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the tokens of a record and let it pass."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                without_token(each) if isinstance(each, str) else each for each in record.args
            )
        return True


# Called only while that log is enabled.
logging.getLogger("urllib3.connectionpool").addFilter(TokenMaskingFilter())


def enlarge_pools(session: Session) -> None:
    """Let a session keep `MAX_IDLE_CONNECTIONS` idle connections."""
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=MAX_IDLE_CONNECTIONS))


class DirectPool:
    """The connection pool of an adapter for one host, used without the adapter's work for each request.

    The adapter looks up pool, proxy and certificates for every URL again, and builds a response with a
    history, cookies and a stream; that takes a third of the time of a request. Failures are raised as
    exceptions of requests.
    """

    def __init__(self, adapter: HTTPAdapter, base_url: str, settings: Mapping[str, Any]) -> None:
        self._adapter = adapter
        self._settings = settings
        self._pool = _urllib3_pool(adapter, base_url, settings)

    def is_valid_for(self, adapter: HTTPAdapter, settings: Mapping[str, Any]) -> bool:
        """Return whether an adapter with such settings would still use this pool."""
        return (
            adapter is self._adapter
            and settings is self._settings
            and (self._pool is None or (self._pool.pool is not None and _is_unpatched(adapter)))
        )

    @property
    def is_usable(self) -> bool:
        """Whether the pool can be used; otherwise the adapter has to send, as through a proxy."""
        return self._pool is not None

    def close(self) -> None:
        """Close the connections; the adapter leaves that to the garbage collector."""
        if self._pool is not None:
            self._pool.close()

    def send(
        self, request: PreparedRequest, target: str, timeout: float | tuple[float, float]
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and decoded body of the answer. The connection is returned to the pool."""
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
    """Return the pool that an adapter would use for such requests; None if the adapter has to do more."""
    connect = getattr(adapter, "get_connection_with_tls_context", None)
    # The method exists since requests 2.32.
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
        # First: a subclass of ConnectTimeoutError that means something else.
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
    """Replace the connections of a session in a forked child; the parent keeps its own.

    To be called before the child has a second thread. A mounted adapter is renewed if it is an
    ``HTTPAdapter``; other adapters, and sessions that are not requests', are left unchanged.
    """
    for adapter in getattr(session, "adapters", {}).values():
        if isinstance(adapter, HTTPAdapter):
            for manager in (adapter.poolmanager, *adapter.proxy_manager.values()):
                _close_idle_connections(manager)
            # As unpickling does: the same settings, new pools, no proxies yet.
            pickled: Any = adapter
            pickled.__setstate__(pickled.__getstate__())
    if isinstance(getattr(session, "cookies", None), RequestsCookieJar):
        session.cookies = session.cookies.copy()  # The copy has a new lock.


def _close_idle_connections(manager: PoolManager) -> None:
    """Close this process's copies of idle sockets. Nothing is sent, so they stay open for the parent."""
    manager.pools.lock = RLock()
    for queue in _queues(manager):
        idle = [each for each in queue.queue if each is not None]
        # In place, because urllib3 drains the queue when the pool is collected, and would wait for its lock.
        LifoQueue.__init__(queue, queue.maxsize)
        for connection in idle:
            connection.close()


def _queues(manager: PoolManager) -> Iterator[LifoQueue[Any]]:
    for key in manager.pools.keys():  # noqa: SIM118 - it cannot be iterated
        pool = manager.pools.get(key)
        if pool is not None and pool.pool is not None:
            yield pool.pool
