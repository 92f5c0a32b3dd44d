"""A real mail server on a free loopback port, which keeps accepted messages and misbehaves on demand."""

from __future__ import annotations

import asyncio
import functools
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any, Final, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

#: Misbehaviour of a server at a step, instead of a reply.
CLOSE: Final = "close"
HANG: Final = "hang"
#: Send an answer without an end, a byte at a time.
TRICKLE: Final = "trickle"

#: The steps in their order. ``BODY`` is in the middle of a message, ``END`` after its final dot.
STEPS: Final = ("CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "BODY", "END")

SECONDS: Final = 20
_BETWEEN_BYTES: Final = 0.05

Deed = str | Callable[[], object]


@dataclass(frozen=True)
class Received:
    """A message as the server accepted it, with the number of its connection (1 for the first)."""

    sender: str
    recipient: str
    raw: bytes = field(repr=False)
    user: str | None
    is_encrypted: bool
    connection: int

    @functools.cached_property
    def message(self) -> EmailMessage:
        parsed = BytesParser(policy=policy.default).parsebytes(self.raw)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def id(self) -> str:
        """The id that the message has in the outbox."""
        return str(self.message["Message-ID"]).strip("<>").partition("@")[0]


@dataclass
class SmtpServer:
    """``url`` is its URL; ``messages`` are those it accepted, even where the sender got no reply.

    ``starttls`` and ``is_encrypted`` (from the start) need a ``certificate``. With a ``login`` (user and
    password), only authenticated clients may send. ``hides`` are extensions that it does not offer.
    """

    certificate: Path | None = None
    starttls: bool = False
    is_encrypted: bool = False
    login: tuple[str, str] | None = None
    hides: frozenset[str] = frozenset()
    messages: list[Received] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def __post_init__(self) -> None:
        self._deeds: dict[str, list[tuple[Deed, int]]] = {}
        self._sessions: set[_Session] = set()
        # Kept to the end: asyncio itself may forget one before its socket is closed.
        self._transports: list[Any] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._listener: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """The URL, with the credentials if it requires a login; parameters may be added."""
        login = "{}:{}@".format(*self.login) if self.login else ""
        return f"{'smtps' if self.is_encrypted else 'smtp'}://{login}127.0.0.1:{self.port}"

    def misbehave(self, step: str, deed: Deed, times: int = 1_000_000) -> None:
        """At that step, give this answer, or ``CLOSE``, ``HANG``, ``TRICKLE``; or call it and go on.

        In a message's ``BODY`` no reply is possible: the connection is closed.

        A further call adds what happens after so many ``times``.
        """
        assert step in (*STEPS, "RSET"), step
        self._deeds.setdefault(step, []).append((deed, times))

    def behave(self) -> None:
        """Remove all misbehaviour."""
        self._deeds.clear()

    def wait_for(self, count: int) -> list[Received]:
        """Return the messages as soon as there are that many."""
        deadline = time.monotonic() + SECONDS
        while len(self.messages) < count:
            assert time.monotonic() < deadline, f"{len(self.messages)} of {count} messages came"
            time.sleep(0.005)
        return list(self.messages)

    def go_down(self) -> None:
        """Refuse connections from now on, and drop those there are."""
        self._run(self._close())

    def come_back(self) -> None:
        """Listen again, at the same port."""
        self._run(self._listen())

    def __enter__(self) -> Self:
        self._thread.start()
        self.come_back()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.go_down()
        self._run(self._settle())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)
        # The loop, which alone refers to them, may end between the abortion of a connection and its close.
        open_at_last = list(self._loop._transports.values())  # type: ignore[attr-defined]  # of selector loops
        self._loop.close()
        for each in (*open_at_last, *self._transports):
            if getattr(each, "_sock", None) is not None:
                each._sock.close()
                each._sock = None

    def next_deed(self, step: str) -> Deed | None:
        """Return what to do now instead of answering, if anything."""
        planned = self._deeds.get(step)
        if not planned:
            return None
        deed, times = planned.pop(0)
        if times > 1:
            planned.insert(0, (deed, times - 1))
        return deed

    def _run(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS)

    async def _listen(self) -> None:
        context = self._context if self.is_encrypted else None
        self._listener = await self._loop.create_server(self._session, "127.0.0.1", self.port, ssl=context)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._listener is not None:
            # First no more are accepted: asyncio forgets to close connections that wait to be attached to a
            # server which is closed meanwhile.
            for each in self._listener.sockets:
                self._loop.remove_reader(each.fileno())
            for _ in range(5):
                await asyncio.sleep(0)
            self._listener.close()
        self._listener = None
        for session in list(self._sessions):
            session.abort()
        while self._sessions:
            await asyncio.sleep(0.001)

    async def _settle(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for each in others:
            each.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        # Sockets below TLS are closed a moment later, and one may have been accepted at the last moment.
        for _ in range(3):
            await asyncio.sleep(0.01)
            await self._close()

    def _session(self) -> _Session:
        return _Session(self)

    @functools.cached_property
    def _context(self) -> ssl.SSLContext:
        assert self.certificate is not None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        return context

    def options(self) -> dict[str, Any]:
        """The configuration of aiosmtpd."""
        return {
            "hostname": "mail.example.com",
            "loop": self._loop,
            "enable_SMTPUTF8": "SMTPUTF8" not in self.hides,
            "tls_context": self._context if self.starttls else None,
            "auth_require_tls": False,
            "authenticator": self._authenticate,
            "auth_exclude_mechanism": [] if self.login else ["LOGIN", "PLAIN"],
        }

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> Any:
        assert isinstance(data, LoginPassword)
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self.login, handled=False, auth_data=given[0])


class _Inbox:
    """The handler of aiosmtpd: it accepts messages, unless it is to refuse them."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def handle_DATA(self, smtp: _Session, session: Session, envelope: Envelope) -> str:
        deed = self._server.next_deed("END")
        if isinstance(deed, str) and deed not in (CLOSE, HANG, TRICKLE):
            return deed
        assert isinstance(envelope.content, bytes)
        user = session.auth_data if session.authenticated else None
        sender, recipient = str(envelope.mail_from), envelope.rcpt_tos[0]
        taken = Received(sender, recipient, envelope.content, user, smtp.is_encrypted, smtp.number)
        self._server.messages.append(taken)
        if deed is not None:
            await smtp.do(deed)
        return "250 2.0.0 taken"


class _Session(SMTP):
    """One connection."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self.number = 0
        super().__init__(_Inbox(server), **server.options())

    @property
    def is_encrypted(self) -> bool:
        return self.transport is not None and self.transport.get_extra_info("sslcontext") is not None

    def abort(self) -> None:
        """Break the connection."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    def connection_made(self, transport: Any) -> None:
        self._server._sessions.add(self)
        self._server._transports.append(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._server._sessions.discard(self)
        super().connection_lost(error)

    async def _handle_client(self) -> None:
        self._server.connections += 1
        self.number = self._server.connections
        if not await self.misbehaves("CONNECT"):
            await super()._handle_client()

    async def misbehaves(self, step: str) -> bool:
        """Do what the server was told to do at this step; tell whether that was all there is to do."""
        deed = self._server.next_deed(step)
        return deed is not None and await self.do(deed)

    async def do(self, deed: Deed) -> bool:
        """Do something else than what a server should; tell whether nothing else is to be done."""
        if callable(deed):
            deed()
            return False
        if deed == CLOSE:
            self.abort()
        elif deed == HANG:
            await asyncio.sleep(3600)
        elif deed == TRICKLE:
            await self._trickle()
        else:
            await self.push(deed)
        return True

    async def _trickle(self) -> None:
        self._writer.write(b"250-")
        while True:
            self._writer.write(b"x")
            await self._writer.drain()
            await asyncio.sleep(_BETWEEN_BYTES)

    async def check_auth_needed(self, caller_method: str) -> bool:
        # Ours, since aiosmtpd's own warns where nothing is encrypted.
        assert self.session is not None
        if self._server.login is None or self.session.authenticated:
            return False
        await self.push("530 5.7.0 Authentication required")
        return True

    async def smtp_DATA(self, arg: str | None) -> None:
        if await self.misbehaves("DATA"):
            return
        deed = self._server.next_deed("BODY")
        if deed is None:
            await super().smtp_DATA(arg)
            return
        await self.push("354 go on")
        await self._reader.readuntil(b"\r\n")
        if not await self.do(deed):
            self.abort()


def _scripted(name: str) -> Callable[..., Any]:
    original = getattr(SMTP, f"smtp_{name}")

    @functools.wraps(original)
    async def answer(self: _Session, arg: str | None) -> None:
        if not await self.misbehaves(name):
            await original(self, arg)

    return answer


for _name in ("EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "RSET"):
    setattr(_Session, f"smtp_{_name}", _scripted(_name))


@contextmanager
def mail_server(**options: Any) -> Iterator[SmtpServer]:
    """Run a server until the end of the block."""
    with SmtpServer(**options) as server:
        yield server
