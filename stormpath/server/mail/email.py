"""E-mails as rules and senders see them, and their sealed form in the outbox: a link in one is a secret."""

from __future__ import annotations

from typing import Final

import msgspec

from stormpath.server.domain.context import Secrets


class Email(msgspec.Struct, frozen=True):
    """The addresses, the subject and the bodies of an e-mail. It has at least one of the two bodies."""

    from_name: str
    from_address: str
    to: str
    subject: str
    reply_to: str | None = None
    text: str | None = None
    html: str | None = None

    def __repr__(self) -> str:
        return f"<Email {self.subject!r}>"

    def sealed(self, secrets: Secrets, entry_id: str) -> bytes:
        """Return it as the content of that entry of the outbox."""
        return secrets.seal(msgspec.json.encode(self).decode(), _belongs_to(entry_id))


def opened(secrets: Secrets, sealed: bytes, entry_id: str) -> Email:
    """Return the e-mail in an entry's content; ``ValueError`` when it was sealed under another key."""
    return _decode(secrets.open(sealed, _belongs_to(entry_id)))


_decode: Final = msgspec.json.Decoder(Email).decode


def _belongs_to(entry_id: str) -> str:
    return f"{entry_id}/content"
