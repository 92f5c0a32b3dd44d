"""Tokens that are spent once, which links in e-mails carry (rest-core 6.12, 6.13).

The database stores a digest of each, made with a key that it does not hold: its reader cannot spend any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from stormpath.server.schema.errors import ApiError, not_found

if TYPE_CHECKING:
    from stormpath.server.domain.context import RequestContext, Secrets
    from stormpath.server.domain.storage import Row, Unit

VERIFICATION: Final = "email verification"
RESET: Final = "password reset"
INVITATION: Final = "administrator invitation"

#: Clients compare it, and show it to people.
_NO_RESET: Final = "This password reset request does not exist. Please request a new password reset."

#: Tokens of this purpose are good for nothing.
DECOY: Final = "decoy"


@dataclass(frozen=True, slots=True)
class OneTimeToken:
    """A token that may be spent once, without the token itself: ``digest`` says nothing about it.

    ``purpose`` is what the token is good for; ``email`` is the address it was asked for or sent to. Times are
    in milliseconds since 1970; a token without ``expires_at`` does not expire. ``application_id`` is that of
    the application it came through, if it did.
    """

    purpose: str
    digest: str
    account_id: str
    application_id: str | None
    email: str
    created_at: int
    expires_at: int | None


class StoredTokens(Protocol):
    """The stored tokens of one tenant."""

    def add(self, token: OneTimeToken) -> None:
        """Keep a token until it is spent, revoked or has expired.

        Raises ``MissingReference`` when its application is gone.
        """

    def find(
        self, purpose: str, digest: str, now: int, application_id: str | None = None
    ) -> OneTimeToken | None:
        """Return a token that can be spent now, or ``None``.

        With an ``application_id``, only a token that came through that application.
        """

    def spend(self, purpose: str, digest: str, now: int, application_id: str | None = None) -> bool:
        """Spend a token that ``find`` would return; tell whether there was one. Only one caller can."""

    def usable(self, purpose: str, now: int, most: int) -> Sequence[OneTimeToken]:
        """Return the tokens of the tenant for a purpose of few tokens, the latest first; at most so many."""

    def revoke(self, purpose: str, account_id: str, now: int) -> None:
        """Make all tokens of an account for that purpose useless."""


def issue(
    context: RequestContext,
    unit: Unit,
    purpose: str,
    token: str,
    account: Row,
    application_id: str | None,
    expires_at: int | None = None,
    email: str | None = None,
) -> None:
    """Keep a new token of an account; ``expires_at`` is in milliseconds since 1970.

    ``email`` is the address as a person typed it; without one it is the account's. Raises
    ``MissingReference`` when the application is gone.
    """
    unit.tokens.add(
        OneTimeToken(
            purpose=purpose,
            digest=_digest(context, purpose, token),
            account_id=account["id"],
            application_id=application_id,
            email=account["email"] if email is None else email,
            created_at=context.now_ms(),
            expires_at=expires_at,
        )
    )


def write_decoy(
    context: RequestContext, unit: Unit, purpose: str, token: str, account: Row, application_id: str | None
) -> None:
    """Write a useless token, soon deleted: the same work as ``issue``, for its time alone."""
    now = context.now_ms()
    digest = _digest(context, purpose, token)
    unit.tokens.add(
        OneTimeToken(DECOY, digest, account["id"], application_id, account["email"], now, expires_at=now)
    )


def find(
    context: RequestContext, unit: Unit, purpose: str, token: str, application_id: str | None = None
) -> OneTimeToken:
    """Return what is stored of a token, or raise the same 404 for any that cannot be spent.

    With an ``application_id``, a token that came through another application cannot be spent.
    """
    found = unit.tokens.find(purpose, _digest(context, purpose, token), context.now_ms(), application_id)
    if found is None:
        raise invalid(purpose)
    return found


def spend(
    context: RequestContext, unit: Unit, purpose: str, token: str, application_id: str | None = None
) -> None:
    """Spend a token, or refuse it, as ``find`` does.

    Lock its account first: a change of an account locks it and then revokes its tokens, in that order.
    """
    if not unit.tokens.spend(purpose, _digest(context, purpose, token), context.now_ms(), application_id):
        raise invalid(purpose)


def revoke(context: RequestContext, unit: Unit, purpose: str, account_id: str) -> None:
    """Make the tokens of an account useless."""
    unit.tokens.revoke(purpose, account_id, context.now_ms())


def invalid(purpose: str) -> ApiError:
    """Return the 404 for a token that cannot be spent; the log tells what it would have been for."""
    error = not_found()
    message = _NO_RESET if purpose == RESET else error.message
    return ApiError(error.code, message, error.developer_message, facts={"token": purpose})


def digest(secrets: Secrets, purpose: str, token: str) -> str:
    """Return what is stored of a token: the same in all tenants, no two of which have the same token."""
    return secrets.digest(token.encode(errors="surrogatepass"), purpose)


def _digest(context: RequestContext, purpose: str, token: str) -> str:
    return digest(context.secrets, purpose, token)
