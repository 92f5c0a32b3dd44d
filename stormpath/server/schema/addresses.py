"""E-mail addresses: which mail can be sent to, and which an account may have (RFC 5321, 6531)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Final

import idna

from stormpath.server.schema.attributes import Text
from stormpath.server.schema.errors import ApiError, Code

#: The longest domain, in characters (RFC 1035, section 2.3.4).
LONGEST_DOMAIN: Final = 253

EXAMPLE: Final = "an e-mail address such as joe@example.com"

_LABEL: Final = "[0-9A-Za-z_](?:[0-9A-Za-z_-]{0,61}[0-9A-Za-z_])?"
_DOMAIN: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Za-z.:]+\]")
QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)+"')

#: No address has these. Some readers take an encoded word for one even here, where RFC 2047 says it is none.
_NO_ADDRESS: Final = re.compile(r"[^\S ]|[\x00-\x1f\x7f-\x9f\ud800-\udfff]|=\?")

#: What a local part without quotes has not: blanks, brackets, quotes, and dots but between other characters.
_NOT_WITHOUT_QUOTES: Final = re.compile(r'[ <>"\\@]|^\.|\.\.|\.$')

#: Characters that are not seen and belong to no category of such (Default_Ignorable_Code_Point in Unicode).
_INVISIBLE: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
_CONTROLS: Final = frozenset({"Cc", "Cf"})


class BadAddress(ValueError):
    """An address that cannot receive mail, and in whose name none can be sent."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{address!r} is not an e-mail address that mail can be sent to.")


@dataclass(frozen=True, kw_only=True)
class EmailAddress(Text):
    """An e-mail address; blanks around it are left out."""

    min_length: int = 1
    strips: bool = True

    def check(self, value: Any) -> Any:
        address = super().check(value)
        check_possible(self.name, address)
        return address


def check_possible(name: str, address: str) -> None:
    """Raise an error if the address, which is that of the attribute ``name``, is not possible."""
    if not is_possible(address):
        # The address itself is not repeated: a part of it may be what no page can show.
        raise ApiError(Code.BAD_FORMAT, f"{name} is not in the right format: {EXAMPLE}")


def is_possible(address: str) -> bool:
    """Tell whether an address may exist, and all of it is seen.

    Stricter than ``parts``: mail is sent to what accounts have had for long, and no account gets a new one of
    that kind. A local part may have more than 64 octets, because there are servers that deliver those.
    """
    try:
        local, _ = parts(address)
    except BadAddress:
        return False
    is_quoted = QUOTED.fullmatch(local) and "@" not in local
    return bool(is_quoted or not _NOT_WITHOUT_QUOTES.search(local)) and not _hides(address)


def parts(address: str) -> tuple[str, str]:
    """Return the local part of an address, and its domain in ASCII. Raises :class:`BadAddress`."""
    local, _, domain = address.rpartition("@")
    if not local or _NO_ADDRESS.search(address) or (" " in address and not QUOTED.fullmatch(local)):
        raise BadAddress(address)
    try:
        written = ascii_domain(domain)
    except ValueError as error:
        raise BadAddress(address) from error
    if not _DOMAIN.fullmatch(written) or len(written) > LONGEST_DOMAIN:
        raise BadAddress(address)
    return local, written


def ascii_domain(domain: str) -> str:
    """Return a domain in ASCII; a text that is too long for one as it is. Raises ``ValueError``."""
    # The standard library's codec follows the older IDNA, which sends the mail for one domain to another.
    if domain.isascii() or len(domain) > LONGEST_DOMAIN:
        return domain
    return idna.encode(domain, uts46=True).decode()


def _hides(address: str) -> bool:
    """Tell whether an address has characters that are not seen, or that change the order of others."""
    if address.isascii():
        return False
    return bool(_INVISIBLE.search(address)) or any(
        unicodedata.category(each) in _CONTROLS for each in address
    )
