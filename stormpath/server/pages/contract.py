"""The protocol that pages need from the service: tokens that come from links in e-mails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class TokenDetails:
    """Details of a valid token that a page may show: the application's name and the e-mail address."""

    application: str | None
    email: str | None = None


class LinkedTokens(Protocol):
    """Tokens of one kind, for a caller that has a token and no other credentials.

    Both methods answer a token that cannot be spent with the same error (404).
    """

    def find(self, token: str) -> TokenDetails:
        """Return the details of a token; the token stays valid."""

    def spend(self, token: str, body: dict[str, Any]) -> None:
        """Spend a token as the API does, with an unchecked body, or raise ``ApiError``."""
