"""A connection to a mail server, over which messages go in a row, each within a time limit."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import time
from contextlib import suppress
from typing import Final

from stormpath.server.jobs.delivery_errors import DeliveryError, one_line
from stormpath.server.mail.delivery_errors import spellings
from stormpath.server.mail.mail_server import NEVER, REQUIRED, MailServer
from stormpath.server.mail.mime import SmtpMessage
from stormpath.server.mail.smtp_client import Client
from stormpath.server.outbound.allowed_targets import AllowedTargets
from stormpath.server.outbound.sockets import connected, left, trusting

#: How long a server may take to say goodbye, in seconds.
_GOODBYE: Final = 1.0

#: Answers about our login or encryption and not about the message (RFC 4954, RFC 3207).
_ABOUT_ACCESS: Final = frozenset({530, 534, 535, 538})

_CLOSING: Final = 421


class Connection:
    """A connection to a mail server, which is opened when there is something to deliver.

    Not to be shared by threads, but for ``cut``.
    """

    def __init__(self, smtp: MailServer, targets: AllowedTargets | None = None) -> None:
        """Connect to ``targets`` only, where they are given: those of a tenant's mail server.

        Raise ``ValueError`` when the file of trusted certificates cannot be used.
        """
        self._smtp = smtp
        self._targets = targets
        self._secrets = spellings(smtp.user, smtp.password) if smtp.user else []
        self._context = None if smtp.ca is None else trusting(smtp.ca)
        self._client: Client | None = None
        self._deadline = 0.0

    def deliver(self, message: SmtpMessage, deadline: float) -> None:
        """Hand a message over; return when the server has taken responsibility for it.

        ``deadline`` is by the monotonic clock. Raises `DeliveryError`. A connection that was idle and turns
        out to be broken is replaced once, before anything of the message is sent.
        """
        self._deadline = deadline
        try:
            self._announce(message)
            self._transfer(message)
        except DeliveryError as error:
            if error.is_servers:
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
        """Break the connection, from another thread: what waits for the server has an error at once."""
        client = self._client
        if client is not None and client.sock is not None:
            with suppress(OSError):
                client.sock.shutdown(socket.SHUT_RDWR)

    def _announce(self, message: SmtpMessage) -> None:
        if self._is_ready():
            try:
                return self._address(message)
            except DeliveryError as error:
                if not error.is_servers:
                    raise
                self.abandon()
        self._open()
        return self._address(message)

    def _is_ready(self) -> bool:
        """Tell whether the connection is still open, and the server has finished the last message."""
        if self._client is None:
            return False
        self._client.deadline = self._deadline
        try:
            self._say("RSET")
        except DeliveryError:
            self.abandon()
            return False
        return True

    def _open(self) -> None:
        step = f"connecting to {self._smtp}"
        try:
            sock = connected(self._smtp.host, self._smtp.port, self._deadline, self._targets)
            if self._smtp.is_encrypted:
                sock = self._encrypted(sock)
            self._client = client = Client(sock, self._deadline)
            step = "greeting"
            self._check(step, client.getreply(), 220)
            step = "EHLO"
            self._introduce(client)
            step = "STARTTLS"
            self._start_tls(client)
            step = "AUTH"
            if self._smtp.user is not None:
                client.login(self._smtp.user, self._smtp.password)
        except DeliveryError as error:
            # An answer from before a message is announced is not about that message.
            raise DeliveryError(error.text, is_servers=True) from None
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise self._error(step, error) from None

    def _introduce(self, client: Client) -> None:
        reply = client.ehlo()
        if 500 <= reply[0] <= 599:
            # An old server. It has no extensions: neither encryption nor a login.
            reply = client.helo()
        self._check("EHLO", reply, 250)

    def _start_tls(self, client: Client) -> None:
        if self._smtp.starttls == NEVER:
            return
        if not client.has_extn("starttls"):
            if self._smtp.starttls == REQUIRED:
                text = "STARTTLS: the server does not offer it, and it is required"
                raise DeliveryError(text, is_servers=True)
            return
        self._check("STARTTLS", client.docmd("STARTTLS"), 220)
        client.use(self._encrypted(client.sock))
        self._introduce(client)

    def _encrypted(self, sock: socket.socket | None) -> ssl.SSLSocket:
        if sock is None:
            raise OSError("the connection is closed")
        if self._context is None:
            self._context = trusting(None)
        sock.settimeout(left(self._deadline))
        try:
            return self._context.wrap_socket(sock, server_hostname=self._smtp.host)
        except BaseException:
            sock.close()
            raise

    def _address(self, message: SmtpMessage) -> None:
        options = []
        if message.is_international:
            client = self._present()
            if not client.has_extn("smtputf8"):
                text = "the server takes no addresses with other letters than ASCII"
                raise DeliveryError(text, is_final=True)
            client.command_encoding = "utf-8"
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        self._say(" ".join([f"MAIL FROM:<{message.sender}>", *options]), step="MAIL FROM")
        self._say(f"RCPT TO:<{message.recipient}>", step="RCPT TO")

    def _transfer(self, message: SmtpMessage) -> None:
        self._say("DATA", expected=354)
        data = re.sub(rb"(?m)^\.", b"..", message.data)
        if not data.endswith(b"\r\n"):
            data += b"\r\n"
        step = "sending the message"
        try:
            client = self._present()
            client.send(data + b".\r\n")
            step = "no answer to the message, which may have been delivered"
            reply = client.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise self._error(step, error) from None
        self._check("the message", reply, 250)

    def _say(self, command: str, *, step: str | None = None, expected: int = 250) -> None:
        try:
            reply = self._present().docmd(command)
        except ValueError:
            raise DeliveryError(f"{step or command}: the address cannot be sent", is_final=True) from None
        except (smtplib.SMTPException, OSError) as error:
            raise self._error(step or command, error) from None
        self._check(step or command, reply, expected)

    def _check(self, step: str, reply: tuple[int, bytes], expected: int) -> None:
        code = reply[0]
        # The first digit is what counts (RFC 5321, 4.2.1): 251 is as good as 250.
        if code // 100 != expected // 100:
            is_ours = code == _CLOSING or code in _ABOUT_ACCESS or not 400 <= code <= 599
            text = one_line(f"{step}: {self._quoted(*reply)}")
            raise DeliveryError(text, is_servers=is_ours, is_final=code >= 500 and not is_ours)

    def _quoted(self, code: int, text: bytes | str) -> str:
        """Return what the server answered, without the password: it has seen that, and may repeat it."""
        if not 100 <= code <= 599:
            return "the answer is not one of SMTP"
        said = text.decode(errors="replace") if isinstance(text, bytes) else text
        for secret in self._secrets:
            said = said.replace(secret, "***")
        return f"{code} {said}"

    def _present(self) -> Client:
        if self._client is None:
            raise OSError("the connection is closed")
        return self._client

    def _error(self, step: str, error: Exception) -> DeliveryError:
        """Return what an operator reads about an error between us and the server."""
        if time.monotonic() >= self._deadline:
            reason = f"no end after {self._smtp.timeout:g} seconds"
        elif isinstance(error, ssl.SSLCertVerificationError):
            reason = f"the certificate is refused: {error.verify_message}"
        elif isinstance(error, smtplib.SMTPResponseException):
            reason = self._quoted(error.smtp_code, error.smtp_error)
        else:
            reason = str(error) or type(error).__name__
        return DeliveryError(one_line(f"{step}: {reason}"), is_servers=True)
