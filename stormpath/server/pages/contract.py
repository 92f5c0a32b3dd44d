"""The protocol through which pages find and spend the tokens of links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class TokenDetails:
    """The details of a valid token that a page shows: the application's name, the address of the e-mail."""

    application: str | None
    email: str | None = None


class LinkedTokens(Protocol):
    """Tokens of one kind, for callers that have a token and no credentials.

    Both methods raise the same error (404) for every token that cannot be spent.
    """

    def find(self, token: str) -> TokenDetails:
        """Return the details of a token, without spending it."""

    def spend(self, token: str, body: dict[str, Any]) -> None:
        """Check the body and spend the token, as a POST of the API does."""
