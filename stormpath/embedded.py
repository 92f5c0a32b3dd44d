"""The embedded service: an executor that sends requests to a WSGI app in this process, without a socket."""

import gc
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import BytesIO
from sys import stderr
from typing import Any, Protocol
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit
from weakref import WeakValueDictionary, finalize

from stormpath import forks
from stormpath.auth import BasicSigner
from stormpath.error import Error
from stormpath.executor import CLOSED, Executor
from stormpath.retry import RetryPolicy
from stormpath.wire import Answer, Headers, Params, wire_body, wire_url

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: Sends a text to a phone number, or raises an exception.
SendSms = Callable[[str, str], None]

# A failure inside this process is permanent; only throttling passes with time.
ONLY_WHEN_THROTTLED = RetryPolicy(failures_pass=False)


class EmbeddedExecutor(Executor):
    """Sends requests to a WSGI app by calling it, with HTTP Basic: no request leaves the process.

    ``base_url`` is the address that the app is configured with; hrefs begin with it. Closing the executor
    calls ``on_close`` once.
    """

    def __init__(
        self,
        app: WsgiApp,
        base_url: str,
        key_id: str,
        secret: str,
        user_agent: str | None = None,
        get_delay: Callable[[int], float] | None = None,
        *,
        sleep: Callable[[float], None] | None = None,
        on_close: Callable[[], None] | None = None,
        base_url_aliases: Iterable[str] = (),
    ) -> None:
        super().__init__(base_url, get_delay, ONLY_WHEN_THROTTLED, sleep, base_url_aliases)
        self._app = app
        self._on_close = on_close
        parts = urlsplit(self.base_url)
        self._origin_length = len(f"{parts.scheme}://{parts.netloc}")
        self._environ = _environ_below(parts)
        self._environ["HTTP_AUTHORIZATION"] = BasicSigner(key_id, secret).header
        self._environ["HTTP_USER_AGENT"] = user_agent or "stormpath-sdk-python"

    def close(self) -> None:
        """Release the service; it stops when its last client is closed. A later request raises `Error`."""
        super().close()
        # A closed client that is kept must not keep the service.
        self._app = _closed
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            on_close()

    def emails(self) -> Sequence[Any]:
        """Return the e-mails in the service's outbox that are not sent yet, in order, with their secrets.

        `Error` if the client is closed, or the app is another than the service.
        """
        read: Callable[[], Sequence[Any]] | None = getattr(self._app, "emails", None)
        if read is None:
            raise Error(self._refusal or "This app has no outbox.")
        return read()

    def text_messages(self) -> Sequence[Any]:
        """Return the text messages in the service's outbox that are not sent yet, in order, with their codes.

        `Error` if the client is closed, or the app is another than the service.
        """
        read: Callable[[], Sequence[Any]] | None = getattr(self._app, "text_messages", None)
        if read is None:
            raise Error(self._refusal or "This app has no outbox.")
        return read()

    def _send(self, method: str, url: str, data: Any, params: Params, headers: Headers) -> Answer:
        target = wire_url(url, params)[self._origin_length :] or "/"
        path, _, query = target.partition("?")
        environ = self._environ.copy()
        environ["REQUEST_METHOD"] = method
        environ["RAW_URI"] = target
        environ["PATH_INFO"] = path if "%" not in path else unquote_to_bytes(path).decode("latin-1")
        environ["QUERY_STRING"] = query
        if data is None:
            environ["wsgi.input"] = BytesIO()
        else:
            _add_body(environ, wire_body(data) or b"")
        if headers:
            _add_headers(environ, headers)
        return _call(self._app, environ)


def _closed(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Refuse the request of a thread that was about to send it when another one closed the client."""
    raise Error(CLOSED)


def _environ_below(base: SplitResult) -> dict[str, Any]:
    """Return the part of the environ that is the same for every request."""
    return {
        "SCRIPT_NAME": "",
        "SERVER_NAME": base.hostname or "",
        "SERVER_PORT": str(base.port or (443 if base.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": base.netloc.rpartition("@")[2],
        "HTTP_ACCEPT": "application/json",
        "CONTENT_TYPE": "application/json",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": base.scheme,
        "wsgi.errors": stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def _add_body(environ: dict[str, Any], body: bytes) -> None:
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))


def _add_headers(environ: dict[str, Any], headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value


def _call(app: WsgiApp, environ: dict[str, Any]) -> Answer:
    started: list[Any] = []
    written: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        started[:] = (status, headers)
        return written.append

    chunks = app(environ, start_response)
    try:
        content = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    status, headers = started
    return Answer(int(status[:3]), headers, b"".join(written) + content)


class Service(Protocol):
    """The interface of the embedded service, as far as the SDK uses it."""

    base_url: str
    base_url_aliases: tuple[str, ...]
    mail_from: str | None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request, as a WSGI app."""

    def local_api_key(self) -> tuple[str, str]:
        """Return id and secret of the key that the service keeps for programs on its own machine."""

    def start_sender(self, smtp_url: str | None) -> None:
        """Start a thread of this process that sends e-mails."""

    def start_sms_sender(self, gateway: SendSms) -> None:
        """Start a thread of this process that sends text messages."""

    def has_lost_database(self) -> bool:
        """Tell whether the database's file was deleted or replaced while it was in use."""

    def emails(self) -> Sequence[Any]:
        """Return the e-mails that are not sent yet, in the order in which they were written."""

    def text_messages(self) -> Sequence[Any]:
        """Return the text messages that are not sent yet, in the order in which they were written."""

    def close(self) -> None:
        """Send the messages that are due, if senders run, and close the database."""


class SharedService:
    """An open service and the number of its users. All clients of one database in a process share it.

    A forked child has a copy, which it can use and close without an effect on the parent's: the service makes
    its own connections there.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self.users = 0
        # Clients that are dropped without being closed must not keep the database open for ever.
        self.stop = finalize(self, service.close)

    def local_api_key(self) -> tuple[str, str]:
        """Return id and secret of the service's own key; `Error` when they cannot be read."""
        try:
            return self.service.local_api_key()
        except RuntimeError as refusal:
            raise Error(str(refusal)) from refusal

    def start_sender(self, smtp_url: str) -> None:
        """Send e-mails in a thread of this process; `Error` if that fails or a sender uses another server."""
        try:
            with _lock:
                self.service.start_sender(smtp_url)
        except RuntimeError as refusal:
            raise Error(str(refusal)) from refusal

    def start_sms_sender(self, gateway: SendSms) -> None:
        """Send text messages in a thread of this process; `Error` if they go through another gateway."""
        try:
            with _lock:
                self.service.start_sms_sender(gateway)
        except RuntimeError as refusal:
            raise Error(str(refusal)) from refusal

    def release(self) -> None:
        """End one use of the service; the last one closes it."""
        with _lock:
            self.users -= 1
            last = self.users == 0
            if last:
                for key in [key for key, shared in _open.items() if shared is self]:
                    del _open[key]
        if last:
            self.stop()


#: The database, whichever way it is named, and the base URL where a database may have several.
#: What identifies a database, and the base URL and its aliases.
Key = tuple[str | None, tuple[str | None, ...]]

_lock = forks.Lock()
_open: WeakValueDictionary[Key, SharedService] = WeakValueDictionary()


def shared_service(
    database: str | os.PathLike[str],
    base_url: str | None,
    mail_from: str | None = None,
    base_url_aliases: tuple[str, ...] = (),
) -> SharedService:
    """Open the service on a database, or share the one that is open.

    ``database`` is a URL, or the path of a SQLite file. A database in memory without a name is never shared;
    one with a name has one service, as its data is there. `Error` when it cannot be opened, or was opened
    with another ``mail_from``, or another ``base_url`` where that cannot be.
    """
    try:
        from stormpath.server.app import CannotOpen, identity_of, open_service
    except ImportError as missing:
        raise Error(
            'An embedded database needs the service: pip install "stormpath[server]" '
            f"(module {missing.name} is missing)"
        ) from missing
    try:
        identity = identity_of(database)
        with _lock:
            addresses = () if identity.is_in_memory else (base_url, *base_url_aliases)
            key = (identity.key, addresses)
            shared = _find_open(key, base_url, mail_from)
            if shared is None:
                service = open_service(
                    database,
                    base_url=base_url,
                    mail_from=mail_from,
                    base_url_aliases=",".join(base_url_aliases) or None,
                )
                shared = SharedService(service)
                if identity.key is not None:
                    _open[key] = shared
            shared.users += 1
            return shared
    except CannotOpen as refusal:
        raise Error(str(refusal)) from refusal


def _find_open(key: Key, base_url: str | None, mail_from: str | None) -> SharedService | None:
    """Return the open service that a client with these options can share, if there is one."""
    problem = _problem_of_sharing(key, base_url, mail_from)
    if problem is not None:
        # Clients that were dropped may wait for the garbage collector, in a cycle with their collections.
        gc.collect()
        problem = _problem_of_sharing(key, base_url, mail_from)
    if problem is not None:
        raise Error(problem)
    shared = _open.get(key)
    # Its clients keep the one whose file was deleted, and get errors; new ones open what is there now.
    return None if shared is None or shared.service.has_lost_database() else shared


def _problem_of_sharing(key: Key, base_url: str | None, mail_from: str | None) -> str | None:
    shared = _open.get(key)
    if shared is None or shared.service.has_lost_database():
        return None
    if mail_from not in (None, shared.service.mail_from):
        option = "mail_from"
    elif base_url not in (None, shared.service.base_url):
        option = "base_url"
    else:
        return None
    return (
        f"This database is open in this process already, by a client with another {option} or with "
        "none: give it to the first of them."
    )
