"""URLs of other systems: read strictly, and written in one way."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import Final
from urllib.parse import urljoin, urlsplit

import idna

from stormpath.server.domain.outbound import FetchError

#: The longest URL that a request may have, in characters.
LONGEST: Final = 8 * 1024

_PORTS: Final = {"http": 80, "https": 443}

#: Neither white space nor a control character, and no backslash, which some read as a slash.
_WRITTEN: Final = re.compile(r"[^\s\x00-\x20\x7f-\x9f\\]+")
_LABEL: Final = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_LONGEST_HOST: Final = 253
_IN_BRACKETS: Final = re.compile(r"\[[0-9A-Fa-f:.]+\](?::\d*)?", re.ASCII)
#: The last label of a decimal or hexadecimal spelling of an address; no domain ends so (RFC 3696, 2).
_NUMBER: Final = re.compile(r"\d+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Url:
    """A URL with ``http`` or ``https``. ``target`` is its path and query, in ASCII.

    ``host`` is a name in lower case and ASCII, or an address; an IPv6 address has no brackets.
    """

    scheme: str
    host: str
    port: int
    # It may hold a token.
    target: str = field(repr=False)

    @property
    def is_encrypted(self) -> bool:
        """Whether it begins with ``https``."""
        return self.scheme == "https"

    @property
    def origin(self) -> str:
        """The part before the path, always with the port: all of a URL that a log may have."""
        return f"{self.scheme}://{self._in_brackets}:{self.port}"

    @property
    def host_header(self) -> str:
        """The value of the header ``Host``."""
        if self.port == _PORTS[self.scheme]:
            return self._in_brackets
        return f"{self._in_brackets}:{self.port}"

    @property
    def _in_brackets(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    def leads_to(self, location: str) -> Url:
        """Return where a redirect leads. Raises `FetchError` for what is none, or leaves encryption."""
        if len(location) > LONGEST or not _WRITTEN.fullmatch(location):
            raise FetchError("the URL of a redirect is too long, or has characters that no URL has")
        try:
            joined = urljoin(f"{self.origin}{self.target}", location)
        except ValueError:
            raise FetchError("the URL of a redirect cannot be read") from None
        found = parse(joined)
        if self.is_encrypted and not found.is_encrypted:
            raise FetchError(f"a redirect leads from https to {found.origin}")
        return found


def parse(text: str) -> Url:
    """Read a URL. Raises `FetchError`, which names no part of it, when it is none that may be requested."""
    if len(text) > LONGEST:
        raise FetchError(f"the URL has more than {LONGEST} characters")
    if not _WRITTEN.fullmatch(text):
        raise FetchError("the URL is empty, or has white space, control characters or backslashes")
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        raise FetchError("the URL cannot be read") from None
    if parts.scheme not in _PORTS:
        raise FetchError("the URL begins neither with https:// nor with http://")
    if "@" in parts.netloc:
        raise FetchError("the URL has a user name")
    if port == 0:
        raise FetchError("the URL has the port 0")
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    if not path.isascii():
        raise FetchError("the URL has letters that must be percent-encoded")
    return Url(parts.scheme, _host(host, parts.netloc), port or _PORTS[parts.scheme], path)


def _host(host: str, netloc: str) -> str:
    """Return a host in its one spelling."""
    try:
        if netloc.startswith("["):
            # A zone would name an interface of this machine: it is none of these characters.
            return str(IPv6Address(host if _IN_BRACKETS.fullmatch(netloc) else ""))
        name = _in_ascii(host).lower().removesuffix(".")
        if _NUMBER.fullmatch(name.rpartition(".")[2]):
            # Other spellings than four decimal numbers are refused: each system reads them as it likes.
            return str(IPv4Address(name))
    except ValueError:
        name = ""
    if not _NAME.fullmatch(name):
        raise FetchError("the URL has a host that is neither a name nor an address in its usual form")
    return name


def _in_ascii(host: str) -> str:
    if len(host) > _LONGEST_HOST or host.isascii():
        return host
    return idna.encode(host, uts46=True).decode()
