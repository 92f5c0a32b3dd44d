"""What an e-mail says, as it lies in the outbox: sealed, for a link in it is a secret."""

from __future__ import annotations

from typing import Final

import msgspec

from stormpath.server.domain.context import Secrets


class Email(msgspec.Struct, frozen=True):
    """One e-mail. At least one of the two bodies is there."""

    from_name: str
    from_address: str
    to: str
    subject: str
    reply_to: str | None = None
    text: str | None = None
    html: str | None = None

    def __repr__(self) -> str:
        return f"<Content {self.subject!r}>"

    def sealed(self, secrets: Secrets, message_id: str) -> bytes:
        """Return what is stored of it as the content of that message."""
        return secrets.seal(msgspec.json.encode(self).decode(), _belongs_to(message_id))


def opened(secrets: Secrets, sealed: bytes, message_id: str) -> Email:
    """Return the content of a message; ``ValueError`` when it was sealed under another key."""
    return _decode(secrets.open(sealed, _belongs_to(message_id)))


_decode: Final = msgspec.json.Decoder(Email).decode


def _belongs_to(message_id: str) -> str:
    return f"{message_id}/content"
