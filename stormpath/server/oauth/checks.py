"""The checks of a token that an application is shown, in the order of rest-auth 3.6."""

from __future__ import annotations

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.issued_tokens import TokenState
from stormpath.server.oauth import hrefs, jwts
from stormpath.server.oauth.jwts import Verified
from stormpath.server.resources.accounts.auth_token import ACCESS
from stormpath.server.schema import DISABLED, ENABLED
from stormpath.server.schema.errors import ApiError, Code, gone

BAD_REQUEST = 400


def read(context: RequestContext, application_id: str, token: str) -> Verified:
    """Return a token that an application has issued and that has not expired; nothing is looked up."""
    verified = jwts.verify(context, token)
    jwts.check_issued(context, verified)
    jwts.check_unexpired(context, verified)
    if not hrefs.is_of(context, verified.text("iss"), "application", application_id):
        raise ApiError(Code.TOKEN_OF_ANOTHER_APPLICATION, "The token was not issued by this application.")
    return verified


def access_token(context: RequestContext, application_id: str, token: str) -> TokenState:
    """Return the state of an access token that is valid now, or raise the error of the first failed check."""
    verified = read(context, application_id, token)
    if verified.kind == jwts.REFRESH:
        raise gone(Code.TOKEN_GONE, BAD_REQUEST)
    with context.read() as unit:
        # By its id: an SDK may have signed it once more, with a scope added.
        state = unit.issued_tokens.state(ACCESS, verified.id, application_id)
    # Signed once more, it may claim a later expiry than it has.
    is_live = state is not None and state.expires_at > context.now_ms()
    if state is None or not is_live or not _is_about(context, verified, state):
        raise gone(Code.TOKEN_GONE)
    check_usable(state)
    return state


def _is_about(context: RequestContext, verified: Verified, state: TokenState) -> bool:
    """Tell whether a token is about the account for which it was issued."""
    return hrefs.is_of(context, verified.text("sub"), "account", state.account_id)


def check_usable(state: TokenState) -> None:
    """Refuse a token of a disabled application, of an account that is not enabled, or in no store now."""
    check_application(state.application_status)
    check_account(state.account_status, is_reached=state.is_reached)


def check_application(status: str) -> None:
    """Refuse a disabled application (10015)."""
    if status == DISABLED:
        raise ApiError(Code.TOKEN_APPLICATION_DISABLED, "The application that issued the token is disabled.")


def check_account(status: str | None, *, is_reached: bool) -> None:
    """Refuse an account that is not enabled (10010), or that no enabled store contains (10016)."""
    if status != ENABLED:
        raise ApiError(Code.TOKEN_ACCOUNT_NOT_ENABLED, "The account of the token is not enabled.")
    if not is_reached:
        raise ApiError(
            Code.TOKEN_ACCOUNT_NOT_REACHED,
            "The account of the token is in no enabled account store of the application.",
        )
