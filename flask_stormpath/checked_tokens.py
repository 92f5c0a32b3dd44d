"""Access tokens that the service has called valid a moment ago."""

from __future__ import annotations

import time
from hashlib import sha256
from typing import Final

#: A flood of tokens makes the process ask again, and keeps no more than this.
MOST: Final = 10_000


class CheckedTokens:
    """Digests of tokens, each with the href of its account, until the service must be asked again.

    A token that another process has revoked is noticed then. Threads may share it.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._held: dict[bytes, tuple[float, str]] = {}

    def add(self, token: str, href: str, seconds: float) -> None:
        """Remember a valid token for some seconds."""
        if len(self._held) >= self._most:
            self._held = {}
        self._held[_digest(token)] = (time.monotonic() + seconds, href)

    def href_of(self, token: str) -> str | None:
        """Return the href of the account of a token that is remembered, or None."""
        until, href = self._held.get(_digest(token), (0.0, None))
        return href if time.monotonic() < until else None

    def forget(self, token: str) -> None:
        """Forget a token: it is revoked."""
        self._held.pop(_digest(token), None)

    def __len__(self) -> int:
        return len(self._held)


def _digest(token: str) -> bytes:
    # Not the token: whoever reads the memory of a process must not be able to use it.
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
