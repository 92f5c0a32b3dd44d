"""The refresh grant, and the rotation of refresh tokens (rest-auth 3.5; RFC 9700, 4.14.2).

With rotation, a refresh token is good for one refresh, which replaces it by its successor. A client that did
not get the answer may ask once more, for a few seconds. After that, two parties have the same token, and one
of them should not: the whole grant ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.events import TokenReused
from stormpath.server.domain.storage import MissingReference, Row, Unit
from stormpath.server.oauth import checks, hrefs, jwts, lifetimes
from stormpath.server.oauth.issue import Issuer, TokenResponse, sealed_for
from stormpath.server.oauth.jwts import Verified
from stormpath.server.resources.accounts.auth_token import ACCESS, REFRESH
from stormpath.server.schema import ENABLED
from stormpath.server.schema.errors import ApiError, Code, gone

#: For so long, a refresh token that was replaced leads to its successor, in milliseconds.
GRACE_MS: Final = 10_000

#: A client that repeats its requests may be behind by so many replacements, all within that time.
_MOST_SUCCESSORS: Final = 10


@dataclass(frozen=True, slots=True)
class _Refreshed:
    """The refresh token to answer with, as it is stored and as text."""

    id: str
    grant_id: str
    text: str = field(repr=False)


class _Reused(Exception):
    """A refresh token that was replaced is used again, too late to be a repetition."""

    def __init__(self, grant_id: str) -> None:
        super().__init__(grant_id)
        self.grant_id = grant_id


def exchange(context: RequestContext, application: Row, values: Values) -> TokenResponse:
    """Return a new access token, and the refresh token, or the one by which a rotation replaces it."""
    token = values["refresh_token"]
    verified = checks.read(context, application["id"], token)
    account_id = hrefs.id_in(context, verified.text("sub"), "account")
    if verified.kind != jwts.REFRESH or account_id is None:
        raise _gone()
    try:
        with context.write() as unit:
            return _refresh(context, unit, application, account_id, verified, token)
    except MissingReference as error:
        raise _gone() from error
    except _Reused as reused:
        _end_grant(context, application, account_id, verified.id, reused.grant_id)
        raise _gone() from reused


def _end_grant(context: RequestContext, application: Row, account_id: str, id: str, grant_id: str) -> None:
    # In a transaction that waits for those that refresh: else one of them would leave a token behind.
    with context.write() as unit:
        unit.lock("account", account_id)
        if unit.issued_tokens.revoke_grant(grant_id):
            about = {"account_id": account_id, "application_id": application["id"], "id": id}
            context.emit(unit, TokenReused(unit.tenant_id, **about))


def _refresh(
    context: RequestContext, unit: Unit, application: Row, account_id: str, verified: Verified, token: str
) -> TokenResponse:
    """Answer within a transaction."""
    # All that revokes refresh tokens waits for this lock.
    account = unit.issued_tokens.lock_grantee(application["id"], account_id)
    if account is None:
        raise _gone()
    is_rotated = account.refresh_token_rotation == ENABLED
    if is_rotated:
        # Another refresh by the same token waits, and then finds the successor.
        unit.lock(REFRESH, verified.id)
    # Only now is its time taken: what it has waited for happened before.
    issuer = Issuer(context, application["id"], account_id)
    state = unit.issued_tokens.state(REFRESH, verified.id, application["id"])
    if state is None:
        refreshed = _successor(context, unit, application, verified, issuer)
    elif state.account_id != account_id or state.expires_at <= issuer.now_ms:
        raise _gone()
    else:
        checks.check_usable(state)
        refreshed = _Refreshed(state.id, str(state.grant_id), token)
        if is_rotated:
            refreshed = _rotate(unit, issuer, verified, refreshed, state.expires_at)
    more = {"rti": refreshed.id, **_organization(verified)}
    access = issuer.signed(jwts.ACCESS, lifetimes.end_of(account.access_token_ttl, issuer.now), more)
    unit.issued_tokens.add(ACCESS, issuer.kept(access, refreshed.grant_id))
    return TokenResponse(access.id, access.text, refreshed.text, access.expires_at - issuer.now)


def _rotate(unit: Unit, issuer: Issuer, verified: Verified, old: _Refreshed, expires_at: int) -> _Refreshed:
    """Replace a refresh token by its successor, which expires when it does (milliseconds since 1970)."""
    new = issuer.signed(jwts.REFRESH, expires_at // 1000, _organization(verified))
    unit.issued_tokens.replace(old.id, issuer.kept(new, old.grant_id), issuer.now_ms)
    return _Refreshed(new.id, old.grant_id, new.text)


def _successor(
    context: RequestContext, unit: Unit, application: Row, verified: Verified, issuer: Issuer
) -> _Refreshed:
    """Return the successor of a refresh token that was replaced just now."""
    id, application_id = verified.id, application["id"]
    for _ in range(_MOST_SUCCESSORS):
        spent = unit.issued_tokens.spent(id, application_id)
        if spent is None or spent.account_id != issuer.account_id:
            raise _gone()
        # Another process may have replaced it, by a clock that is ahead of this one.
        if abs(issuer.now_ms - spent.spent_at) > GRACE_MS:
            raise _Reused(spent.grant_id)
        state = unit.issued_tokens.state(REFRESH, spent.successor_id, application_id)
        row = None if state is None else unit.get(REFRESH, state.id)
        if state is not None and row is not None:
            if state.expires_at <= issuer.now_ms:
                raise _gone()
            checks.check_usable(state)
            text = context.secrets.open(row["jwt"], sealed_for(state.id))
            return _Refreshed(state.id, str(state.grant_id), text)
        id = spent.successor_id
    raise _gone()


def _organization(verified: Verified) -> dict[str, Any]:
    return {"org": verified.claims["org"]} if "org" in verified.claims else {}


def _gone() -> ApiError:
    return gone(Code.TOKEN_GONE, checks.BAD_REQUEST)
