"""E-mails as they go over the wire (RFC 5322, 2045, 2047, 6532).

The headers are written here, folded and encoded, and the message keeps them as they are: what the standard
library's own folding makes of odd names and subjects differs from one version of Python to the next.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.parser import Parser
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final, NamedTuple

import idna

from stormpath.server.mail.email import Email
from stormpath.server.mail.macros import one_line, writable
from stormpath.server.schema.addresses import QUOTED, BadAddress, ascii_domain, is_possible, parts
from stormpath.server.schema.query import fold

#: Bodies are written in 7 bits, because not every server takes more. One that takes UTF-8 in addresses does.
_POLICY: Final = SMTP.clone(cte_type="7bit", refold_source="none")
_POLICY_UTF8: Final = SMTP.clone(cte_type="8bit", refold_source="none", utf8=True)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

#: A line has at most 76 characters where there are encoded words (RFC 2047, section 2), and 78 elsewhere; the
#: first one begins with the header's name. 39 bytes make an encoded word of 64 characters.
_BYTES_OF_A_WORD: Final = 39
_LINE: Final = 66

_ATEXT: Final = r"""[^\x00-\x20"(),.:;<>@\[\\\]\x7f]"""
_DOT_ATOM: Final = re.compile(rf"{_ATEXT}+(?:\.{_ATEXT}+)*")
_ATOMS: Final = re.compile(rf"{_ATEXT}+(?: {_ATEXT}+)*")

_SENDER: Final = re.compile(r'(?:"(?P<quoted>(?:[^"\\]|\\.)*)"\s*|(?P<name>[^<>"]*))<(?P<address>[^<>]*)>')


class SmtpMessage(NamedTuple):
    """An e-mail as it goes over the wire: the sender and recipient of its envelope, and the message.

    ``is_international`` when it takes a server with the extension SMTPUTF8 (RFC 6531).
    """

    sender: str
    recipient: str
    data: bytes
    is_international: bool


def smtp_message(email: Email, entry_id: str, created_at_ms: int) -> SmtpMessage:
    """Return what is sent of an e-mail. Raises :class:`BadAddress`."""
    sender, recipient = envelope(email)
    message = build(email, entry_id, created_at_ms)
    is_international = not (sender + recipient + str(message["Reply-To"] or "")).isascii()
    return SmtpMessage(sender, recipient, message.as_bytes(), is_international)


def envelope(email: Email) -> tuple[str, str]:
    """Return the sender and the recipient of an e-mail, written as SMTP wants them.

    Letters beyond ASCII need the server's extension SMTPUTF8. Raises :class:`BadAddress`.
    """
    return _written(email.from_address), _written(email.to)


def build(email: Email, entry_id: str, created_at_ms: int) -> EmailMessage:
    """Return the message to send; its ``Message-ID`` is the same whenever that e-mail is sent again.

    No value can add a header or a recipient, or break one. The message's policy has ``utf8`` set where the
    server must know the extension SMTPUTF8 (RFC 6531). Raises :class:`BadAddress`.
    """
    sender, recipient = envelope(email)
    headers = {
        "From": _mailbox(email.from_name, sender),
        "To": f"<{recipient}>",
        "Reply-To": f"<{_written(email.reply_to)}>" if email.reply_to else None,
        "Subject": _words(email.subject),
        "Date": format_datetime(_EPOCH + timedelta(milliseconds=created_at_ms)),
        "Message-ID": f"<{entry_id}@{sender.rpartition('@')[2]}>",
        "Auto-Submitted": "auto-generated",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value is not None)
    message = Parser(policy=_POLICY if head.isascii() else _POLICY_UTF8).parsestr(f"{head}\r\n")
    _set_bodies(message, email)
    return message


def checked(address: str) -> str:
    """Return the address if there may be such a one; raise :class:`BadAddress` if not."""
    if not is_possible(address):
        raise BadAddress(address)
    return address


def spellings(domain: str) -> set[str]:
    """Return the spellings, in small letters, of the domain that mail to ``domain`` goes to.

    ``BÜCHER.example`` gives ``bücher.example`` and ``xn--bcher-kva.example``. A text that is no domain
    gives itself.
    """
    domain = unicodedata.normalize("NFC", domain).lower()
    with suppress(ValueError):
        domain = ascii_domain(domain)
        return {domain, idna.decode(domain) if "xn--" in domain else domain}
    return {domain}


def mailbox(address: str) -> str:
    """Return the one form of all spellings of an address that lead to the same mailbox.

    They may be in quotes or not, in any letter case, with the domain in ASCII or not.
    """
    try:
        local, _, domain = _written(address).rpartition("@")
    except BadAddress:
        return fold(address)
    return fold(f"{_unquoted(local)}@{domain}")


def parse_sender(text: str) -> tuple[str, str]:
    """Return the name and the address in ``Name <address>``, or in an address alone: then no name.

    Raises :class:`BadAddress`.
    """
    found = _SENDER.fullmatch(text.strip())
    if found is None:
        return "", checked(text.strip())
    name = found["name"] if found["quoted"] is None else _unescaped(found["quoted"])
    if one_line(name) != name.strip():
        raise BadAddress(text)
    return name.strip(), checked(found["address"])


def _set_bodies(message: EmailMessage, email: Email) -> None:
    if email.text is not None:
        message.set_content(_body(email.text))
    if email.html is None:
        return
    if email.text is None:
        message.set_content(_body(email.html), subtype="html")
    else:
        message.add_alternative(_body(email.html), subtype="html")


def _body(text: str) -> str:
    return writable(text).replace("\r\n", "\n").replace("\r", "\n")


def _written(address: str) -> str:
    """Return an address as headers and SMTP have it: quoted where it must be, its domain in ASCII.

    Quoted, ``a,b@example.com`` and ``a>b@example.com`` are one address and not two.
    """
    local, domain = parts(address)
    return f"{_local_part(local)}@{domain}"


def _local_part(local: str) -> str:
    if _DOT_ATOM.fullmatch(local) or QUOTED.fullmatch(local):
        return local
    return _quoted(local)


def _quoted(text: str) -> str:
    escaped = re.sub(r'(["\\])', r"\\\1", text)
    return f'"{escaped}"'


def _unquoted(local: str) -> str:
    return _unescaped(local[1:-1]) if local.startswith('"') else local


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _mailbox(name: str, address: str) -> str:
    """Return an address with the display name before it, if there is one."""
    name = one_line(name)
    if not name:
        return f"<{address}>"
    if len(name) > _LINE or not _is_plain(name):
        return f"{_encoded(name)}\r\n <{address}>"
    phrase = name if _ATOMS.fullmatch(name) else _quoted(name)
    joint = " " if len(phrase) + len(address) < _LINE else "\r\n "
    return f"{phrase}{joint}<{address}>"


def _words(text: str) -> str:
    """Return text as it stands in a header such as ``Subject``."""
    text = one_line(text)
    return "\r\n ".join(_lines(text)) if _is_plain(text) else _encoded(text)


def _is_plain(text: str) -> bool:
    """Tell whether the text can be written as it is: readers take nothing in it for an encoded word.

    It is folded at single spaces, and only there.
    """
    words = text.split(" ")
    return text.isascii() and "=?" not in text and all(0 < len(each) <= _LINE for each in words)


def _lines(text: str) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + len(word) >= _LINE:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".lstrip()
    return lines


def _encoded(text: str) -> str:
    """Return the text in encoded words (RFC 2047), one a line; readers join them as they were."""
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(each).decode()}?=" for each in _chunks(text))


def _chunks(text: str) -> Iterator[bytes]:
    chunk = b""
    for each in text:
        encoded = each.encode()
        if len(chunk) + len(encoded) > _BYTES_OF_A_WORD:
            yield chunk
            chunk = b""
        chunk += encoded
    if chunk:
        yield chunk
