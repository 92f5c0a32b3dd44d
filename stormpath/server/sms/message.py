"""Text messages as rules and senders see them, and their sealed form in the outbox: a code is a secret."""

from __future__ import annotations

from typing import Final

import msgspec

from stormpath.server.domain.context import Secrets


class Sms(msgspec.Struct, frozen=True):
    """The number in E.164 (``+14155552671``) and the text of a message."""

    to: str
    text: str

    def __repr__(self) -> str:
        return f"<Sms to {self.to}>"

    def sealed(self, secrets: Secrets, entry_id: str) -> bytes:
        """Return it as the content of that entry of the outbox."""
        return secrets.seal(msgspec.json.encode(self).decode(), _belongs_to(entry_id))


def opened(secrets: Secrets, sealed: bytes, entry_id: str) -> Sms:
    """Return the message in an entry's content; ``ValueError`` when it was sealed under another key."""
    return _decode(secrets.open(sealed, _belongs_to(entry_id)))


_decode: Final = msgspec.json.Decoder(Sms).decode


def _belongs_to(entry_id: str) -> str:
    return f"{entry_id}/content"
