"""Trying a mail server: whether it can be reached, speaks SMTP, and lets us in (rest-core 5.19).

Refusals name what failed, and none of the words that the server said: a caller who may name any host must
not learn what else answers there.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from contextlib import suppress
from typing import Any, Final

from stormpath.server.refusals import Code, Refusal
from stormpath.server.resources.smtp_server import SSL, TLS
from stormpath.server.work import Values

#: How long it may take in all, looking up the host's address included.
SECONDS: Final = 10.0

#: Answers are short; nobody has to keep what a server sends without an end.
_MOST_BYTES: Final = 64 * 1024


def try_smtp(server: Values, seconds: float = SECONDS) -> None:
    """Connect to a mail server and log in, or refuse it. Nothing is sent but that."""
    attempt = _Attempt(server)
    # A thread, because nothing bounds the whole of it: neither a look-up in the DNS nor a server that
    # answers byte by byte.
    worker = threading.Thread(target=attempt.run, name="stormpath-try-smtp", daemon=True)
    worker.start()
    worker.join(seconds)
    if worker.is_alive():
        attempt.cut()
        raise attempt.refusal_for(TimeoutError(f"it took more than {seconds:g} seconds"))
    if attempt.error is not None:
        # Without its cause, which may hold the password.
        raise attempt.refusal_for(attempt.error) from None


class _Attempt:
    """One attempt, which leaves its ``error``. Where there is none, the server let us in."""

    def __init__(self, server: Values) -> None:
        self._server = server
        self._socket: socket.socket | None = None
        self._client: _Client | None = None
        self._is_cut = False
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self._log_in()
        except Exception as error:  # Told by the thread that waits, whatever it is.
            self.error = error
        finally:
            self._close()

    def cut(self) -> None:
        """Break the connection; the thread comes to its end by that."""
        self._is_cut = True
        if (connected := self._socket) is not None:
            with suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)

    def refusal_for(self, error: Exception) -> Refusal:
        """Return what an error means for whoever named the server."""
        where = f"{self._server['host']}:{self._server['port']}"
        if isinstance(error, smtplib.SMTPAuthenticationError | UnicodeEncodeError):
            return Refusal(
                Code.SMTP_CREDENTIALS,
                "The mail server does not accept the username and password.",
                f"The mail server at {where} refused the username and password.",
            )
        if self._socket is None:
            return Refusal(
                Code.SMTP_UNREACHABLE,
                "The mail server cannot be reached.",
                f"No connection to {where}: {_reason(error)}. Check host and port.",
            )
        return Refusal(
            Code.SMTP_PROTOCOL,
            "The mail server does not speak as expected.",
            f"There is something at {where}, but talking to it failed: {_reason(error)}. "
            "Check port and securityProtocol.",
        )

    def _log_in(self) -> None:
        server = self._server
        self._socket = connected = socket.create_connection((server["host"], server["port"]), SECONDS)
        if self._is_cut:
            return
        protocol = server["security_protocol"]
        client = self._client = _Client(self._encrypted(connected) if protocol == SSL else connected)
        client.welcome()
        if protocol == TLS or (protocol is None and client.has_extn("starttls")):
            client.ask_for_tls()
            client.use(self._encrypted(connected))
        client.login(server["username"], server["password"])
        with suppress(smtplib.SMTPException, OSError):
            client.docmd("QUIT")

    def _encrypted(self, connected: socket.socket) -> ssl.SSLSocket:
        context = ssl.create_default_context()
        # The handshake is our own to start: `cut` must know the socket by then.
        self._socket = encrypted = context.wrap_socket(
            connected, server_hostname=self._server["host"], do_handshake_on_connect=False
        )
        encrypted.do_handshake()
        return encrypted

    def _close(self) -> None:
        for each in (self._client, self._socket):
            if each is not None:
                with suppress(OSError):
                    each.close()


class _Client(smtplib.SMTP):
    """A conversation over a socket that is there, whose answers have a bound."""

    def __init__(self, connected: socket.socket) -> None:
        # The name of this machine is nobody's business, and looking it up may take long.
        super().__init__(local_hostname="localhost")
        self.use(connected)

    def use(self, connected: socket.socket) -> None:
        """Talk over that socket; what the server said of itself before is forgotten (RFC 3207, 4.2)."""
        self.sock, self.file = connected, None
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False

    def welcome(self) -> None:
        """Take the server's greeting, and greet it."""
        self._expect_ready(self.getreply()[0])
        self.ehlo_or_helo_if_needed()

    def ask_for_tls(self) -> None:
        """Let the server wait for a TLS handshake."""
        if not self.has_extn("starttls"):
            raise smtplib.SMTPNotSupportedError
        self._expect_ready(self.docmd("STARTTLS")[0])

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = _Bounded(self.sock.makefile("rb"))
        return super().getreply()

    def _expect_ready(self, code: int) -> None:
        if code != 220:
            raise smtplib.SMTPResponseException(code, b"")


class _Bounded:
    """A file that ends after so many bytes."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._left = _MOST_BYTES

    def readline(self, limit: int) -> bytes:
        line: bytes = self._file.readline(min(limit, self._left))
        self._left -= len(line)
        return line

    def close(self) -> None:
        self._file.close()


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return "it does not speak TLS there"
    if isinstance(error, socket.gaierror):
        return "there is no such host"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "it does not offer what is asked for, STARTTLS or logging in"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "it closed the connection"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"it answered {error.smtp_code}"
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, smtplib.SMTPException):
        return "it offers no way to log in that we know"
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
