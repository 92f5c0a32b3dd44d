"""Tokens that are spent once: what a link in an e-mail carries (rest-core 6.12, 6.13).

The database knows a digest of each, made with a key that it does not hold: who reads it cannot spend any.
"""

from __future__ import annotations

from typing import Final

from stormpath.server.domain.context import (
    RequestContext,
    Secrets,
)
from stormpath.server.domain.storage import (
    OneTimeToken,
    Row,
    Unit,
)
from stormpath.server.schema.errors import not_found

VERIFICATION: Final = "email verification"
RESET: Final = "password reset"


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
    unit.add_token(
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


def find(
    context: RequestContext, unit: Unit, purpose: str, token: str, application_id: str | None = None
) -> OneTimeToken:
    """Return what is kept of a token, or refuse it: the same question, whatever is wrong with it.

    With an ``application_id``, one that came through another application is none.
    """
    found = unit.find_token(purpose, _digest(context, purpose, token), context.now_ms(), application_id)
    if found is None:
        raise not_found()
    return found


def spend(
    context: RequestContext, unit: Unit, purpose: str, token: str, application_id: str | None = None
) -> None:
    """Spend a token, or refuse it, as ``find`` does.

    Lock its account first: who changes an account revokes its tokens, in that order.
    """
    if not unit.spend_token(purpose, _digest(context, purpose, token), context.now_ms(), application_id):
        raise not_found()


def revoke(context: RequestContext, unit: Unit, purpose: str, account_id: str) -> None:
    """Make the tokens of an account useless."""
    unit.revoke_tokens(purpose, account_id, context.now_ms())


def digest(secrets: Secrets, purpose: str, token: str) -> str:
    """Return what is kept of a token. It is the same for all tenants, and no two have the same token."""
    return secrets.digest(token.encode(errors="surrogatepass"), purpose)


def _digest(context: RequestContext, purpose: str, token: str) -> str:
    return digest(context.secrets, purpose, token)
