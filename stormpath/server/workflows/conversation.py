"""Talking to a mail server: one connection, several messages in a row, each within a bound."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import time
from contextlib import suppress
from typing import Final, NamedTuple

from stormpath.server.workflows.smtp import NEVER, REQUIRED, Smtp
from stormpath.server.workflows.troubles import Trouble, one_line, spellings

_CHUNK: Final = 16 * 1024

#: How long a server may take to say goodbye, in seconds.
_GOODBYE: Final = 1.0

#: An answer is some lines; nobody has to keep what a server sends without an end.
_LONGEST_ANSWER: Final = 64 * 1024

#: They are about us and not the message: who we are, or that we have to encrypt (RFC 4954, RFC 3207).
_ABOUT_ACCESS: Final = frozenset({530, 534, 535, 538})

_CLOSING: Final = 421


class Letter(NamedTuple):
    """A message on its way; ``is_international`` when it takes a server with SMTPUTF8 (RFC 6531)."""

    sender: str
    recipient: str
    data: bytes
    is_international: bool


class Connection:
    """A connection to a mail server, which is opened when there is something to deliver.

    Not to be shared by threads, but for ``cut``.
    """

    def __init__(self, smtp: Smtp) -> None:
        """Raise ``ValueError`` when the file of trusted certificates cannot be used."""
        self._smtp = smtp
        self._secrets = spellings(smtp.user, smtp.password) if smtp.user else []
        self._context = None if smtp.ca is None else _context(smtp.ca)
        self._client: _Client | None = None
        self._deadline = 0.0

    @property
    def is_open(self) -> bool:
        """Tell whether there is a connection, as far as we know."""
        return self._client is not None

    def deliver(self, letter: Letter, deadline: float) -> None:
        """Hand a message over; return when the server has taken responsibility for it.

        ``deadline`` is by the monotonic clock. Raises `Trouble`. A connection that was idle and turns out to
        be broken is replaced once, before anything of the message is sent.
        """
        self._deadline = deadline
        try:
            self._announce(letter)
            self._transfer(letter)
        except Trouble as trouble:
            if trouble.is_servers:
                self.abandon()
            raise

    def close(self) -> None:
        """Say goodbye, if there is a connection."""
        client = self._client
        if client is None:
            return
        client.deadline = time.monotonic() + _GOODBYE
        with suppress(smtplib.SMTPException, OSError):
            client.docmd("QUIT")
        self.abandon()

    def abandon(self) -> None:
        """Close this process's end of the connection without a word."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def cut(self) -> None:
        """Break the connection, from another thread: whoever waits for the server has an error at once."""
        client = self._client
        if client is not None and client.sock is not None:
            with suppress(OSError):
                client.sock.shutdown(socket.SHUT_RDWR)

    def _announce(self, letter: Letter) -> None:
        if self._client is not None:
            try:
                self._client.deadline = self._deadline
                self._say("RSET")
                return self._address(letter)
            except Trouble as trouble:
                if not trouble.is_servers:
                    raise
                self.abandon()
        self._open()
        return self._address(letter)

    def _open(self) -> None:
        step = "connecting"
        try:
            sock = _connected(self._smtp, self._deadline)
            if self._smtp.is_encrypted:
                sock = self._encrypted(sock)
            self._client = client = _Client(sock, self._deadline)
            step = "greeting"
            self._check(step, client.getreply(), 220)
            step = "EHLO"
            self._introduce(client)
            step = "STARTTLS"
            self._start_tls(client)
            step = "AUTH"
            if self._smtp.user is not None:
                client.login(self._smtp.user, self._smtp.password)
        except Trouble as trouble:
            # Whatever a server says before it hears of a message is not about that message.
            raise Trouble(trouble.text, is_servers=True) from None
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise self._trouble(step, error) from None

    def _introduce(self, client: _Client) -> None:
        reply = client.ehlo()
        if 500 <= reply[0] <= 599:
            # A server of old. It has no extensions: neither encryption nor a login.
            reply = client.helo()
        self._check("EHLO", reply, 250)

    def _start_tls(self, client: _Client) -> None:
        if self._smtp.starttls == NEVER:
            return
        if not client.has_extn("starttls"):
            if self._smtp.starttls == REQUIRED:
                raise Trouble("STARTTLS: the server does not offer it, and it is required", is_servers=True)
            return
        self._check("STARTTLS", client.docmd("STARTTLS"), 220)
        client.use(self._encrypted(client.sock))
        self._introduce(client)

    def _encrypted(self, sock: socket.socket | None) -> ssl.SSLSocket:
        if sock is None:
            raise OSError("the connection is closed")
        if self._context is None:
            self._context = _context(None)
        sock.settimeout(_left(self._deadline))
        try:
            return self._context.wrap_socket(sock, server_hostname=self._smtp.host)
        except BaseException:
            sock.close()
            raise

    def _address(self, letter: Letter) -> None:
        options = []
        if letter.is_international:
            client = self._present()
            if not client.has_extn("smtputf8"):
                raise Trouble("the server takes no addresses with other letters than ASCII", is_final=True)
            client.command_encoding = "utf-8"
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        self._say(" ".join([f"MAIL FROM:<{letter.sender}>", *options]), step="MAIL FROM")
        self._say(f"RCPT TO:<{letter.recipient}>", step="RCPT TO")

    def _transfer(self, letter: Letter) -> None:
        self._say("DATA", expected=354)
        data = re.sub(rb"(?m)^\.", b"..", letter.data)
        if not data.endswith(b"\r\n"):
            data += b"\r\n"
        step = "sending the message"
        try:
            client = self._present()
            client.send(data + b".\r\n")
            step = "no answer to the message, which may have been delivered"
            reply = client.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise self._trouble(step, error) from None
        self._check("the message", reply, 250)

    def _say(self, command: str, *, step: str | None = None, expected: int = 250) -> None:
        try:
            reply = self._present().docmd(command)
        except ValueError:
            raise Trouble(f"{step or command}: the address cannot be sent", is_final=True) from None
        except (smtplib.SMTPException, OSError) as error:
            raise self._trouble(step or command, error) from None
        self._check(step or command, reply, expected)

    def _check(self, step: str, reply: tuple[int, bytes], expected: int) -> None:
        code = reply[0]
        if code != expected:
            is_ours = code == _CLOSING or code in _ABOUT_ACCESS or not 400 <= code <= 599
            text = one_line(f"{step}: {self._quoted(*reply)}")
            raise Trouble(text, is_servers=is_ours, is_final=code >= 500 and not is_ours)

    def _quoted(self, code: int, text: bytes | str) -> str:
        """Return what the server answered. It has seen the password, and may say it."""
        if not 100 <= code <= 599:
            return "the answer is not one of SMTP"
        said = text.decode(errors="replace") if isinstance(text, bytes) else text
        for secret in self._secrets:
            said = said.replace(secret, "***")
        return f"{code} {said}"

    def _present(self) -> _Client:
        if self._client is None:
            raise OSError("the connection is closed")
        return self._client

    def _trouble(self, step: str, error: Exception) -> Trouble:
        """Return what to say of an error between us and the server."""
        if time.monotonic() >= self._deadline:
            reason = f"no end after {self._smtp.timeout:g} seconds"
        elif isinstance(error, ssl.SSLCertVerificationError):
            reason = f"the certificate is refused: {error.verify_message}"
        elif isinstance(error, smtplib.SMTPResponseException):
            reason = self._quoted(error.smtp_code, error.smtp_error)
        else:
            reason = str(error) or type(error).__name__
        return Trouble(one_line(f"{step}: {reason}"), is_servers=True)


class _Client(smtplib.SMTP):
    """smtplib's client on a socket of ours, within a bound for everything together.

    A timeout of the socket alone starts again with every byte that a slow server sends.
    """

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        super().__init__(local_hostname=_own_name(sock))
        self.deadline = deadline
        self.lines = _Lines(self)
        self.use(sock)

    def use(self, sock: socket.socket) -> None:
        """Talk over that socket; what a server said before (RFC 3207, 4.2) is forgotten."""
        self.sock = sock
        self.file = self.lines = _Lines(self)
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False

    def send(self, s: str | bytes) -> None:  # type: ignore[override]  # smtplib sends nothing else
        data = s.encode(self.command_encoding) if isinstance(s, str) else s
        self.lines.start()
        try:
            for start in range(0, len(data), _CHUNK):
                # Before each piece: one that is late is not sent, and so no message ends late.
                self.bounded().sendall(data[start : start + _CHUNK])
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected(f"the connection broke: {error}") from error

    def bounded(self) -> socket.socket:
        """Return the socket, which waits no longer than is left."""
        if self.sock is None:
            raise OSError("it is closed")
        self.sock.settimeout(_left(self.deadline))
        return self.sock


class _Lines:
    """The lines that a server sends, as smtplib reads them."""

    def __init__(self, client: _Client) -> None:
        self._client = client
        self._buffer = b""
        self._allowed = _LONGEST_ANSWER

    def start(self) -> None:
        """Expect a new answer."""
        self._allowed = _LONGEST_ANSWER

    def readline(self, limit: int) -> bytes:
        while (end := self._buffer.find(b"\n") + 1) == 0 and len(self._buffer) < limit:
            received = self._client.bounded().recv(4096)
            self._allowed -= len(received)
            if self._allowed < 0:
                raise OSError("the answer has no end")
            if not received:
                break
            self._buffer += received
        end = min(end or len(self._buffer), limit)
        line, self._buffer = self._buffer[:end], self._buffer[end:]
        return line

    def close(self) -> None:
        self._buffer = b""


def _connected(smtp: Smtp, deadline: float) -> socket.socket:
    """Return a socket to the first of the host's addresses that answers."""
    failure: OSError = OSError("the host has no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(
        smtp.host, smtp.port, type=socket.SOCK_STREAM
    ):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(_left(deadline))
            sock.connect(address)
            return sock
        except OSError as error:
            sock.close()
            failure = error
    raise failure


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


def _own_name(sock: socket.socket) -> str:
    """Return how we introduce ourselves (RFC 5321, 4.1.4), without asking any name server."""
    name = socket.gethostname()
    if "." in name:
        return name
    address = sock.getsockname()[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _context(ca: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it holds no certificate in PEM"
        raise ValueError(f"The certificates in {ca} cannot be used: {reason}.") from error
