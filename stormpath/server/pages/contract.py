"""What pages need of the service: the contract between them, owned by the side that needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Opened:
    """What the bearer of a good token is told: the application it came through, the address it went to."""

    application: str | None
    email: str | None = None


class LinkedTokens(Protocol):
    """Tokens of one kind, for whoever has one and nothing else.

    Both refuse a token that cannot be spent with one and the same refusal (404).
    """

    def find(self, token: str) -> Opened:
        """Return what a token opens; it stays as good as it was."""

    def spend(self, token: str, body: dict[str, Any]) -> None:
        """Spend a token as the API does, with a body that was not checked yet, or refuse to."""
