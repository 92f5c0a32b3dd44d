"""An executor that sends requests over the network."""

import random as random
import time as time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from json import dumps as dumps
from typing import Any, cast
from urllib.parse import urlsplit

from requests import PreparedRequest, Session
from requests import RequestException as RequestException
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.structures import CaseInsensitiveDict

from stormpath import __version__ as STORMPATH_VERSION
from stormpath import connections, forks
from stormpath.auth import BasicSigner, Sauthc1Signer
from stormpath.error import Error as Error
from stormpath.executor import Executor
from stormpath.retry import RetryPolicy
from stormpath.wire import Answer, Headers, Params, Response, wire_body, wire_params, wire_url

CONNECT_TIMEOUT_SECONDS = 10
READ_TIMEOUT_SECONDS = 60
LARGE_PIECE = 1 << 20

# The originals: if an application patches them later, the executor notices it and makes the documented call.
_Session = Session
_SESSION_METHODS = (Session.request, Session.send, Session.get_adapter)


class HttpExecutor(Executor):
    """Sends requests through ``session``, a `requests.Session` that callers may configure or replace.

    ``auth`` is a requests authentication handler; ``proxies`` maps ``http`` and ``https`` to proxy URLs.
    ``timeout`` is a pair of seconds (to connect, to wait for bytes), or one number for both. It limits each
    wait, not their sum: a slow answer that keeps sending bytes has no limit. Proxies and certificates of the
    environment are read when the first request is sent. Safe to share between threads, each of which uses a
    connection of its own, and across a fork: parent and child then have separate connections.
    """

    USER_AGENT: str
    os_info: str
    os_versions: Mapping[str, str]

    def __init__(
        self,
        base_url: str,
        auth: AuthBase | tuple[str, str] | None,
        proxies: Mapping[str, str] | None = None,
        user_agent: str | None = None,
        get_delay: Callable[[int], float] | None = None,
        *,
        timeout: float | tuple[float, float] = (CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS),
        retry: RetryPolicy | None = None,
        sleep: Callable[[float], None] | None = None,
        base_url_aliases: Iterable[str] = (),
    ) -> None:
        super().__init__(base_url, get_delay, retry, sleep, base_url_aliases)
        self.timeout = timeout
        self.os_info, self.os_versions = _operating_system()
        self.USER_AGENT = f"{user_agent} {_built_in_agent()}" if user_agent else _built_in_agent()
        self.session = Session()
        connections.enlarge_pools(self.session)
        self.session.auth = auth
        self.session.proxies = dict(proxies or {})
        self.session.headers.update(
            {
                "Accept": "application/json",
                "Content-Type": "application/json",
                "User-Agent": self.USER_AGENT,
            }
        )
        self._settings: tuple[Any, Mapping[str, Any]] = (None, {})
        self._origin_length = len("{0.scheme}://{0.netloc}".format(urlsplit(self.base_url)))
        self._direct_pool: connections.DirectPool | None = None
        forks.renew_in_child(self)

    def close(self) -> None:
        """Close the session and its connections; a later request raises `Error`."""
        super().close()
        pool, self._direct_pool = self._direct_pool, None
        if pool is not None:
            pool.close()
        self.session.close()

    def _after_fork(self) -> None:
        self._direct_pool = None
        connections.renew_connections(self.session)

    def _send(self, method: str, url: str, data: Any, params: Params, headers: Headers) -> Response:
        session = self.session
        adapter = _plain_adapter(session, url)
        if adapter is not None:
            return self._send_prepared(adapter, method, wire_url(url, params), wire_body(data), headers)
        # A session that was replaced, or changed in part, gets a call of its documented method.
        return session.request(
            method,
            url,
            data=data,
            params=wire_params(params),
            headers=headers,
            allow_redirects=False,
            **self._timeout_for(session),
        )

    def _timeout_for(self, session: Any) -> dict[str, Any]:
        replaced = not isinstance(session, _Session) or "request" in vars(session)
        return {} if replaced else {"timeout": self.timeout}

    def _send_prepared(
        self, adapter: HTTPAdapter, method: str, url: str, body: bytes | None, headers: Headers
    ) -> Answer:
        """Send a request without the preparation in `Session.request`, which takes as long as the rest."""
        request = PreparedRequest()
        request.method, request.url, request.body = method, url, body
        # Header values may be bytes, which requests accepts as well as text.
        request.headers = CaseInsensitiveDict(cast("Mapping[str, str]", self.session.headers))
        request.headers.update(headers or {})
        if body is not None or method not in ("GET", "HEAD"):
            request.headers["Content-Length"] = str(len(body or b""))
        self._sign(request)
        settings = self._environment()
        pool = self._direct_pool
        if pool is None or not pool.is_valid_for(adapter, settings):
            pool = self._direct_pool = connections.DirectPool(adapter, self.base_url, settings)
        if pool.is_usable:
            return Answer(*pool.send(request, url[self._origin_length :], self.timeout))
        response = adapter.send(request, timeout=self.timeout, **settings)
        # Read here, so that a connection that breaks within the body is retried like one that failed; and in
        # large pieces, because requests' ten kilobytes make a page of a list much slower.
        try:
            content = b"".join(response.iter_content(LARGE_PIECE))
        except BaseException:
            response.close()  # Half-read: no other request may have this connection.
            raise
        return Answer(response.status_code, response.headers, content)

    def _sign(self, request: PreparedRequest) -> None:
        if isinstance(self.session.auth, AuthBase):
            self.session.auth(request)

    def _environment(self) -> Mapping[str, Any]:
        session = self.session
        configured = (session.verify, session.cert, session.stream, session.trust_env, dict(session.proxies))
        known, settings = self._settings
        if known != configured:
            settings = session.merge_environment_settings(self.base_url, {}, None, None, None)
            self._settings = (configured, settings)
        return settings


def _plain_adapter(session: Session, url: str) -> HTTPAdapter | None:
    """Return the adapter of a session that was not replaced, hooked, mounted or patched; else None."""
    if type(session) is not _Session or type(session.auth) not in (BasicSigner, Sauthc1Signer):
        return None
    own = vars(session)
    changed = (
        (_Session.request, _Session.send, _Session.get_adapter) != _SESSION_METHODS
        or "request" in own
        or "send" in own
        or "get_adapter" in own
        or session.params
        or any(session.hooks.values())
        or len(session.cookies)
    )
    adapter = None if changed else session.get_adapter(url)
    return adapter if type(adapter) is HTTPAdapter else None


@cache
def _operating_system() -> tuple[str, Mapping[str, str]]:
    """Return the platform string, and a mapping of the system's name to its release."""
    import platform

    try:
        release = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        release = platform.release()
    return platform.platform(), {platform.system(): release}


@cache
def _built_in_agent() -> str:
    import platform

    info, versions = _operating_system()
    (system, release), *_ = versions.items()
    python = platform.python_version()
    agent = f"stormpath-sdk-python/{STORMPATH_VERSION} python/{python} {system}/{release} ({info})"
    return agent.encode("ascii", "replace").decode("ascii")
