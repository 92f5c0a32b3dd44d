"""Access and refresh tokens as grants, validation and revocation need them (rest-auth 3).

A **grant** is what one login has led to: a refresh token, those that have replaced it by rotation, and the
access tokens that came with them. Its id is that of its first refresh token.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token to keep. ``jwt`` is encrypted; times are in milliseconds since 1970.

    ``grant_id`` is ``None`` for an access token without a refresh token; ``api_key_id`` is the key of the
    account, where it has obtained the token.
    """

    id: str
    account_id: str
    application_id: str
    jwt: bytes = field(repr=False)
    created_at: int
    expires_at: int
    grant_id: str | None = None
    api_key_id: str | None = None


@dataclass(frozen=True, slots=True)
class TokenState:
    """A stored token, and what decides whether it may be used.

    ``is_reached`` says that an enabled account store of the application contains the account.
    """

    id: str
    account_id: str
    grant_id: str | None
    expires_at: int
    application_status: str
    account_status: str
    is_reached: bool


@dataclass(frozen=True, slots=True)
class GranteeState:
    """An account that is about to get tokens, its API key if one asks, and the policy of the application.

    ``is_reached`` says, where an API key asks, that an enabled store of the application contains the account.
    """

    account_status: str
    password_modified_at: int | None
    api_key_status: str | None
    is_reached: bool
    access_token_ttl: str
    refresh_token_ttl: str
    refresh_token_rotation: str


@dataclass(frozen=True, slots=True)
class ClientKey:
    """An API key of an account, whatever the status of both. ``secret`` is encrypted."""

    id: str
    secret: bytes = field(repr=False)
    status: str
    account_id: str
    account_status: str


@dataclass(frozen=True, slots=True)
class SpentToken:
    """A refresh token that was replaced by a rotation."""

    grant_id: str
    account_id: str
    application_id: str
    successor_id: str
    spent_at: int


class IssuedTokens(Protocol):
    """The tokens of a tenant. ``kind`` is ``accessToken`` or ``refreshToken``."""

    def add(self, kind: str, token: IssuedToken) -> None:
        """Keep a token until it expires or is revoked.

        Raises ``MissingReference`` when its account or application is gone.
        """

    def lock_grantee(
        self, application_id: str, account_id: str, api_key_id: str | None = None
    ) -> GranteeState | None:
        """Keep application, account and key from changing until the unit ends; return their state.

        ``None`` if one of them is gone. Units that issue tokens do not wait for each other. One statement.
        """

    def state(self, kind: str, id: str, application_id: str) -> TokenState | None:
        """Return a token of an application, or ``None``. One statement."""

    def client_key(self, key_id: str) -> ClientKey | None:
        """Return an API key of an account, or ``None``. One statement."""

    def is_let_in(self, application_id: str, account_id: str) -> bool:
        """Tell whether an enabled store of the application contains the account."""

    def revoke_grant(self, grant_id: str) -> int:
        """Remove all tokens of a grant; return how many there were.

        Lock the account first: else a refresh at the same moment may add another one.
        """

    def revoke_of_account(self, account_id: str) -> int:
        """Remove the tokens of an account, of applications whose policy says so for a changed password."""

    def revoke_of_key(self, account_id: str, api_key_id: str) -> int:
        """Remove the access tokens that an account's API key has obtained; return how many there were."""

    def replace(self, id: str, by: IssuedToken, now: int) -> None:
        """Replace a refresh token by its successor, and remember it as spent until that expires."""

    def spent(self, id: str, application_id: str) -> SpentToken | None:
        """Return a refresh token of an application that was replaced, and is not forgotten yet."""
