"""The people at a directory's provider for whom accounts were made, and what it told about them last."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class ProviderIdentity:
    """The person at the provider whom an account stands for: ``user_id`` is the provider's own.

    The tokens are sealed. ``user_info`` is the provider's answer at the last login.
    """

    account_id: str
    directory_id: str
    user_id: str
    access_token: bytes | None = field(repr=False)
    access_token_secret: bytes | None = field(repr=False)
    refresh_token: bytes | None = field(repr=False)
    user_info: dict[str, Any] = field(repr=False)
    modified_at: int


class ProviderIdentities(Protocol):
    """The identities of one tenant's accounts: an account has one at most, and each is of one account."""

    def account_of(self, directory_id: str, user_id: str) -> str | None:
        """Return the id of the account of a person at the directory's provider, or ``None``."""

    def user_of(self, account_id: str) -> str | None:
        """Return the provider's id of the person whom the account stands for, or ``None``."""

    def add(self, identity: ProviderIdentity) -> None:
        """Keep an identity; raise ``NotUnique`` when its person has an account there, or the account one."""

    def update(self, identity: ProviderIdentity) -> None:
        """Keep what a login has told anew; a refresh token that it did not bring stays."""
