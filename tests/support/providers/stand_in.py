"""A provider on loopback: people with their tokens and codes, and answers in the documented form.

It also breaks where a test wants it: ``stand_in.breaks("/user", html)``.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, NamedTuple, TypeVar
from urllib.parse import parse_qsl, urlsplit

CLIENT_ID, CLIENT_SECRET = "client", "the client's secret"

JSON = "application/json;charset=utf-8"

T = TypeVar("T", bound="StandIn")


class Sent(NamedTuple):
    """A request that the stand-in got; the names of ``headers`` are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))

    @property
    def bearer(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")


class Answer(NamedTuple):
    """An answer: by default JSON of ``value``, unless there is a ``body``."""

    status: int
    value: Any = None
    body: bytes | None = None
    headers: dict[str, str] = {}  # noqa: RUF012  # Nothing changes it.


#: What a broken stand-in answers; ``None`` closes the connection without a word.
Breakage = Callable[["StandIn"], Answer | None]


@dataclass
class Person:
    """Somebody who has an account at the provider, and has logged in to ``client_id`` there.

    ``extra`` are members of the provider's answer, besides or instead of the usual ones.
    """

    id: str
    token: str
    code: str | None
    token_secret: str
    email: str | None
    verified: bool
    given_name: str
    surname: str
    username: str
    client_id: str
    extra: dict[str, Any] = field(default_factory=dict)


class StandIn(ThreadingHTTPServer):
    """A provider: its ``people``, and the requests that were ``sent`` to it."""

    daemon_threads = True
    kind: ClassVar[str]
    #: The paths that are settings of the service, by the names of these.
    endpoints: ClassVar[dict[str, str]] = {}
    #: The methods that answer, by method and path.
    routes: ClassVar[dict[tuple[str, str], str]]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.people: list[Person] = []
        self.sent: list[Sent] = []
        self.stopping = threading.Event()
        self._broken: dict[str, Breakage] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def provider_urls(self) -> dict[str, str]:
        """The settings of a service that uses this provider, by name."""
        return {name: self.url + path for name, path in self.endpoints.items()}

    def add(
        self,
        id: str = "1001",
        token: str = "the-token-of-ada",
        *,
        code: str | None = None,
        token_secret: str = "the-secret-of-adas-token",
        email: str | None = "ada@example.com",
        verified: bool = True,
        given_name: str = "Ada",
        surname: str = "Lovelace",
        username: str = "ada",
        client_id: str = CLIENT_ID,
        **extra: Any,
    ) -> Person:
        """Let somebody have an account, and a login with this token, or with a code that leads to it."""
        person = Person(
            id,
            token,
            code,
            token_secret,
            email,
            verified,
            given_name,
            surname,
            username,
            client_id,
            extra,
        )
        self.people.append(person)
        return person

    def breaks(self, path: str, breakage: Breakage) -> None:
        """Answer requests for that path so from now on."""
        self._broken[path] = breakage

    def mends(self, path: str) -> None:
        """Answer them again as documented."""
        del self._broken[path]

    def paths(self) -> list[str]:
        """Return the paths that were asked for."""
        return [each.path for each in self.sent]

    def of_token(self, token: str | None) -> Person | None:
        return next((each for each in self.people if each.token == token), None)

    def of_code(self, sent: Sent) -> Person | None:
        """Return whom the code in a form belongs to, if the client proves that it is the client."""
        form = sent.form
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return None
        if form.get("grant_type") != "authorization_code" or "code" not in form:
            return None
        return next((each for each in self.people if each.code == form["code"]), None)

    def answer(self, sent: Sent) -> Answer | None:
        self.sent.append(sent)
        if (breakage := self._broken.get(sent.path)) is not None:
            return breakage(self)
        name = self.routes.get((sent.method, sent.path))
        return Answer(404, {"message": "Not Found"}) if name is None else getattr(self, name)(sent)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: a client that lost its patience is gone."""


class _Handler(BaseHTTPRequestHandler):
    server: StandIn

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(parts.query))
        answer = self.server.answer(Sent(self.command, parts.path, query, headers, self.rfile.read(length)))
        if answer is None:
            return
        body = json.dumps(answer.value).encode() if answer.body is None else answer.body
        self.send_response(answer.status)
        for name, value in (
            {"Content-Type": JSON, "Content-Length": str(len(body))} | answer.headers
        ).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def running(kind: type[T]) -> Iterator[T]:
    """Run a stand-in in a thread of this process."""
    with kind() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.005,))
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            server.shutdown()
            thread.join()
