"""Mail servers: their addresses, logins and encryption, and the URL that says all of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import parse_qsl, unquote, urlsplit

#: The values of ``securityProtocol`` (rest-core 5.19): STARTTLS, and encryption from the first byte.
TLS: Final = "TLS"
SSL: Final = "SSL"

REQUIRED: Final = "required"
OFFERED: Final = "offered"
NEVER: Final = "never"

#: Submission (RFC 6409), and submission that is encrypted from the first byte (RFC 8314).
PORTS: Final = {"smtp": 587, "smtps": 465}

DEFAULT_TIMEOUT: Final = 30.0
_LONGEST_TIMEOUT: Final = 600.0

_FORM: Final = "smtp[s]://user:password@host:port, with special characters of both percent-encoded"


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server, with the login and the encryption for it.

    ``starttls`` is ``required``, ``offered`` (when the server offers it) or ``never``; ``is_encrypted`` says
    that the connection is from its start. ``ca`` is a file of certificates in PEM that are trusted, instead
    of the system's. ``timeout`` is how long sending one e-mail may take in all, in seconds.
    """

    host: str
    port: int
    user: str | None = None
    password: str = field(default="", repr=False)
    is_encrypted: bool = False
    starttls: str = OFFERED
    ca: str | None = None
    timeout: float = DEFAULT_TIMEOUT

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read ``smtp://host`` (port 587) or ``smtps://host`` (port 465), with user and password or without.

        Parameters: ``starttls=required|offered|never``, ``ca=/path.pem``, ``timeout=30``. A password is not
        sent unencrypted: with one, STARTTLS is required unless ``starttls=never`` says otherwise.
        Raises ``ValueError`` with one line, which does not show the password.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            # Not the error's words: they may hold a piece of the password.
            raise ValueError(f"The SMTP URL cannot be read: write {_FORM}.") from None
        if parts.scheme not in PORTS or not host or parts.path not in ("", "/") or parts.fragment:
            raise ValueError(f"The SMTP URL must look like {_FORM}.")
        parameters = _parameters(parts.query)
        user = _readable(parts.username, "user")
        password = _readable(parts.password, "password") or ""
        if (user is None) != (parts.password is None) or user == "":
            raise ValueError("The SMTP URL must have both a user and a password, or neither.")
        return cls(
            host=unquote(host),
            port=PORTS[parts.scheme] if port is None else port,
            user=user,
            password=password,
            is_encrypted=parts.scheme == "smtps",
            starttls=_starttls(parts.scheme, user, parameters.get("starttls")),
            ca=parameters.get("ca"),
            timeout=_timeout(parameters.get("timeout")),
        )

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'smtps' if self.is_encrypted else 'smtp'}://{host}:{self.port}"


def _parameters(query: str) -> dict[str, str]:
    found = dict(parse_qsl(query, keep_blank_values=True))
    for name, value in found.items():
        if name not in ("starttls", "ca", "timeout") or not value:
            raise ValueError("The SMTP URL takes the parameters starttls, ca and timeout, each with a value.")
    return found


def _readable(text: str | None, what: str) -> str | None:
    if text is None:
        return None
    plain = unquote(text)
    # What smtplib can send.
    if not re.fullmatch(r"[ -~]*", plain):
        raise ValueError(f"The {what} in the SMTP URL must consist of printable ASCII characters.")
    return plain


def _starttls(scheme: str, user: str | None, wanted: str | None) -> str:
    if wanted not in (None, REQUIRED, OFFERED, NEVER):
        raise ValueError("starttls in the SMTP URL must be required, offered or never.")
    if scheme == "smtps":
        if wanted is not None:
            raise ValueError("The SMTP URL says smtps, which is encrypted: starttls is for smtp.")
        return NEVER
    if user is not None and wanted != NEVER:
        return REQUIRED
    return wanted or OFFERED


def _timeout(text: str | None) -> float:
    if text is None:
        return DEFAULT_TIMEOUT
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= _LONGEST_TIMEOUT:
        raise ValueError(f"timeout in the SMTP URL must be seconds, up to {_LONGEST_TIMEOUT:.0f}.")
    return seconds
