"""Issues tokens: signed, kept, and bound to what the grant has checked (rest-auth 3.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.issued_tokens import GranteeState, IssuedToken
from stormpath.server.domain.storage import MissingReference, Row, Unit
from stormpath.server.oauth import hrefs, jwts, lifetimes
from stormpath.server.resources.accounts.auth_token import ACCESS, REFRESH
from stormpath.server.schema import ENABLED, ids
from stormpath.server.schema.errors import ApiError, Code

_NO_CLAIMS: Final[dict[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class TokenResponse:
    """What a grant is answered with. ``expires_in`` is in seconds; ``id`` is that of the access token."""

    id: str
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_in: int


@dataclass(frozen=True, slots=True)
class Grantee:
    """The account that gets tokens.

    ``organization_id`` is that of an organization which the request named; ``api_key_id`` the account's key
    that asks. ``password_of`` is the account whose password was checked, with the time at which that was set:
    a password that was changed meanwhile gets no token.
    """

    account_id: str
    organization_id: str | None = None
    api_key_id: str | None = None
    password_of: tuple[str, int | None] | None = None


@dataclass(frozen=True, slots=True)
class _Signed:
    id: str
    text: str = field(repr=False)
    expires_at: int


class Issuer:
    """Signs tokens of one application for one account, all at the same time."""

    def __init__(self, context: RequestContext, application_id: str, account_id: str) -> None:
        self._context = context
        self._application_id = application_id
        self.account_id = account_id
        self.now_ms = context.now_ms()
        self.now = self.now_ms // 1000

    def signed(self, kind: str, expires_at: int, more: dict[str, Any] = _NO_CLAIMS) -> _Signed:
        """Return a token of that kind (``stt``), with more claims; ``expires_at`` is in seconds."""
        id = ids.new_id(self.now_ms)
        claims = {
            "jti": id,
            "iat": self.now,
            "iss": hrefs.of(self._context, "application", self._application_id),
            "sub": hrefs.of(self._context, "account", self.account_id),
            "exp": expires_at,
            **more,
        }
        return _Signed(id, jwts.sign(self._context, kind, claims), expires_at)

    def kept(self, token: _Signed, grant_id: str | None, api_key_id: str | None = None) -> IssuedToken:
        """Return a signed token as it is kept."""
        return IssuedToken(
            id=token.id,
            account_id=self.account_id,
            application_id=self._application_id,
            jwt=self._context.secrets.seal(token.text, sealed_for(token.id)),
            created_at=self.now_ms,
            expires_at=token.expires_at * 1000,
            grant_id=grant_id,
            api_key_id=api_key_id,
        )


def sealed_for(id: str) -> str:
    """Return the name for which the text of a token is encrypted."""
    return f"{id}/jwt"


def issue(
    context: RequestContext, application: Row, to: Grantee, *, is_refreshable: bool = True
) -> TokenResponse:
    """Issue an access token, and with it a refresh token, unless the policy or the grant has none.

    Raises `NotReached` for an account whose API key asks.
    """
    organization = (
        {} if to.organization_id is None else {"org": hrefs.of(context, "organization", to.organization_id)}
    )
    try:
        with context.write() as unit:
            policy = _still_granted(unit, application, to)
            issuer = Issuer(context, application["id"], to.account_id)
            refresh = None
            refresh_end = lifetimes.end_of(policy.refresh_token_ttl, issuer.now)
            if is_refreshable and refresh_end > issuer.now:
                refresh = issuer.signed(jwts.REFRESH, refresh_end, organization)
                unit.issued_tokens.add(REFRESH, issuer.kept(refresh, refresh.id))
            grant_id = None if refresh is None else refresh.id
            also = organization if grant_id is None else {"rti": grant_id, **organization}
            end = lifetimes.end_of(policy.access_token_ttl, issuer.now)
            access = issuer.signed(jwts.ACCESS, end, also)
            unit.issued_tokens.add(ACCESS, issuer.kept(access, grant_id, to.api_key_id))
    except MissingReference as error:
        raise _not_granted() from error
    return TokenResponse(
        access.id, access.text, None if refresh is None else refresh.text, access.expires_at - issuer.now
    )


def _still_granted(unit: Unit, application: Row, to: Grantee) -> GranteeState:
    """Refuse an account that was changed since its credentials were checked, and keep it from changing.

    A change of the password revokes the tokens that it finds: one that is issued after that must not be for
    the password before.
    """
    proved_by, set_at = to.password_of or (to.account_id, None)
    if proved_by != to.account_id:
        _check(_locked(unit, application, proved_by), set_at)
    state = _locked(unit, application, to.account_id, to.api_key_id)
    if not state.is_reached:
        raise NotReached
    _check(state, set_at if to.password_of and proved_by == to.account_id else state.password_modified_at)
    return state


def _locked(unit: Unit, application: Row, account_id: str, api_key_id: str | None = None) -> GranteeState:
    state = unit.issued_tokens.lock_grantee(application["id"], account_id, api_key_id)
    if state is None:
        raise _not_granted()
    return state


class NotReached(Exception):
    """No enabled store of the application contains the account whose API key asks for tokens."""


def _check(state: GranteeState, password_set_at: int | None) -> None:
    if (
        state.account_status != ENABLED
        or state.api_key_status not in (None, ENABLED)
        or state.password_modified_at != password_set_at
    ):
        raise _not_granted()


def _not_granted() -> ApiError:
    return ApiError(
        Code.TOKEN_ACCOUNT_NOT_ENABLED,
        "No token can be issued.",
        "The account, its password or the application has just been changed or deleted.",
    )
