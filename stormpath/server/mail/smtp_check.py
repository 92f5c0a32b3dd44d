"""A trial of a mail server: whether it can be reached, speaks SMTP, and accepts our login (rest-core 5.19).

Errors name none of the words that the server said: a caller who may name any host must not learn what else
answers there. Every failure to connect has the same words, whether a host is unknown, not allowed or closed:
the log has the reason.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import Final

from stormpath.server.domain.context import Values
from stormpath.server.mail.mail_server import SSL, TLS
from stormpath.server.mail.smtp_client import Client
from stormpath.server.outbound.allowed_targets import PUBLIC, AllowedTargets, NotAllowed
from stormpath.server.outbound.lookups import Lookups
from stormpath.server.outbound.slots import Slots, TooMany
from stormpath.server.outbound.sockets import connected as connect
from stormpath.server.outbound.sockets import trusting
from stormpath.server.schema.errors import ApiError, Code

#: How long it may take in all, looking up the host's address included.
SECONDS: Final = 10.0

_TRIALS: Final = Slots()
_LOOKUPS: Final = Slots()


def try_smtp(server: Values, targets: AllowedTargets = PUBLIC, seconds: float = SECONDS) -> None:
    """Connect to a mail server and log in, or refuse it. No e-mail is sent.

    What is not among the ``targets`` is not connected to. A slow server holds a few threads: one more is
    refused with 503, of the tenant ``server["tenant_id"]`` or in all.
    """
    tenant_id = server.get("tenant_id", "")
    try:
        _TRIALS.take(tenant_id)
    except TooMany:
        raise ApiError(
            Code.UNAVAILABLE,
            "The service is busy. Please try again in a moment.",
            "Too many mail servers are being tried.",
            retry_after=1,
        ) from None
    try:
        _try(_Attempt(server, targets, Lookups(_LOOKUPS, tenant_id)), seconds)
    finally:
        _TRIALS.leave(tenant_id)


def _try(attempt: _Attempt, seconds: float) -> None:
    # A thread, because nothing else limits the time of all steps: neither of a look-up in the DNS nor of a
    # server that answers byte by byte.
    worker = threading.Thread(target=attempt.run, name="stormpath-try-smtp", daemon=True)
    worker.start()
    worker.join(seconds)
    if worker.is_alive():
        attempt.cut()
        raise attempt.api_error_for(TimeoutError(f"it took more than {seconds:g} seconds"))
    if attempt.error is not None:
        # Without its cause, which may hold the password.
        raise attempt.api_error_for(attempt.error) from None


class _Attempt:
    """One attempt, which leaves its ``error``. Where there is none, the server accepted the login."""

    def __init__(self, server: Values, targets: AllowedTargets, lookups: Lookups) -> None:
        self._server = server
        self._targets = targets
        self._lookups = lookups
        self._socket: socket.socket | None = None
        self._client: Client | None = None
        self._is_cut = False
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self._log_in()
        except Exception as error:  # Raised by the thread that waits, whatever it is.
            self.error = error
        finally:
            self._close()

    def cut(self) -> None:
        """Break the connection, which ends the thread."""
        self._is_cut = True
        if (connected := self._socket) is not None:
            with suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)

    def api_error_for(self, error: Exception) -> ApiError:
        """Return what an error means for the caller who named the server."""
        where = f"{self._server['host']}:{self._server['port']}"
        facts = {"server": where, "cause": _cause(error)}
        if isinstance(error, smtplib.SMTPAuthenticationError | UnicodeEncodeError):
            return ApiError(
                Code.SMTP_CREDENTIALS,
                "The mail server does not accept the username and password.",
                f"The mail server at {where} refused the username and password.",
                facts=facts,
            )
        if self._socket is None:
            return ApiError(
                Code.SMTP_UNREACHABLE,
                "The mail server cannot be reached.",
                f"No connection to {where}. Check host and port: the service connects to public addresses at "
                "ports of mail servers, and to what its operator allows besides. Its log has the reason.",
                facts=facts,
            )
        return ApiError(
            Code.SMTP_PROTOCOL,
            "The mail server does not speak as expected.",
            f"There is something at {where}, but talking to it failed: {_reason(error)}. "
            "Check port and securityProtocol.",
            facts=facts,
        )

    def _log_in(self) -> None:
        server = self._server
        # The thread that waits for this one gives up first.
        deadline = time.monotonic() + SECONDS
        self._socket = connected = connect(
            server["host"], server["port"], deadline, self._targets, self._lookups
        )
        if self._is_cut:
            return
        connected.settimeout(SECONDS)
        protocol = server["security_protocol"]
        client = self._client = Client(self._encrypted(connected) if protocol == SSL else connected, deadline)
        # An unknown server need not learn the name of this machine.
        client.local_hostname = "localhost"
        _expect_ready(client.getreply()[0])
        client.ehlo_or_helo_if_needed()
        if protocol == TLS or (protocol is None and client.has_extn("starttls")):
            _ask_for_tls(client)
            client.use(self._encrypted(connected))
        client.login(server["username"], server["password"])
        with suppress(smtplib.SMTPException, OSError):
            client.docmd("QUIT")

    def _encrypted(self, connected: socket.socket) -> ssl.SSLSocket:
        context = trusting(None)
        # The handshake is started here: `cut` must have the socket by then.
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


def _ask_for_tls(client: Client) -> None:
    """Make the server expect a TLS handshake."""
    if not client.has_extn("starttls"):
        raise smtplib.SMTPNotSupportedError
    _expect_ready(client.docmd("STARTTLS")[0])


def _expect_ready(code: int) -> None:
    if code != 220:
        raise smtplib.SMTPResponseException(code, b"")


def _cause(error: Exception) -> str:
    """Return the reason for the log."""
    return str(error) if isinstance(error, NotAllowed) else _reason(error)


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
