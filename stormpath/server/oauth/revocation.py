"""What ends tokens before they expire: their revocation (RFC 7009), and changes of whom they are about."""

from __future__ import annotations

import hmac
from typing import Final

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.events import ResourceChanged, TokenRevoked
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.oauth import hrefs, jwts
from stormpath.server.oauth.issue import sealed_for
from stormpath.server.resources.accounts.auth_token import (
    ACCESS,
    ACCESS_RULES,
    REFRESH,
    REFRESH_RULES,
    AuthTokenRules,
)
from stormpath.server.schema import ENABLED
from stormpath.server.schema.errors import ApiError, Code

_RULES: Final[dict[str, AuthTokenRules]] = {ACCESS: ACCESS_RULES, REFRESH: REFRESH_RULES}


def revoke(context: RequestContext, application: Row, token: str) -> None:
    """Revoke a token of the application; nothing happens for any other text (RFC 7009, 2.2)."""
    claims = jwts.unverified(token)
    id = None if claims is None else claims.get("jti")
    if claims is None or not isinstance(id, str) or not id.isascii() or not id.isalnum():
        return
    if not hrefs.is_of(context, str(claims.get("iss")), "application", application["id"]):
        return
    for kind, rules in _RULES.items():
        with context.read() as unit:
            row = unit.get(kind, id)
        if row is not None and row["application_id"] == application["id"] and _is(context, row, token):
            _remove(context, rules, row)
            return
    _end_grant_of_spent(context, application, id, token)


def _end_grant_of_spent(context: RequestContext, application: Row, id: str, token: str) -> None:
    """End the grant of a token that was replaced: a client that logs out may not have got the other one."""
    with context.read() as unit:
        spent = unit.issued_tokens.spent(id, application["id"])
    if spent is not None and _is_signed(context, token):
        with context.write() as unit:
            unit.lock("account", spent.account_id)
            if unit.issued_tokens.revoke_grant(spent.grant_id):
                about = {"id": id, "application_id": application["id"], "account_id": spent.account_id}
                event = TokenRevoked(unit.tenant_id, kind="refresh", reason="revoked", **about)
                context.emit(unit, event)


def _remove(context: RequestContext, rules: AuthTokenRules, row: Row) -> None:
    try:
        rules.revoke(context, row)
    except ApiError as error:
        # Another request has revoked it meanwhile.
        if error.code != Code.NOT_FOUND:
            raise


def _is(context: RequestContext, row: Row, token: str) -> bool:
    """Tell whether a text is the stored token, also one of a key that is disabled for now."""
    stored = context.secrets.open(row["jwt"], sealed_for(row["id"]))
    if hmac.compare_digest(stored.encode(), token.encode()):
        return True
    # An SDK may have signed it once more, with a scope added.
    return _is_signed(context, token)


def _is_signed(context: RequestContext, token: str) -> bool:
    try:
        jwts.verify(context, token)
    except ApiError:
        return False
    return True


def on_change(context: RequestContext, unit: Unit, event: ResourceChanged) -> None:
    """Revoke the tokens that a changed password, or the end of an API key, leaves behind."""
    before, after = event.before, event.after
    if event.resource == "account" and before and after:
        if before["password_modified_at"] != after["password_modified_at"]:
            count = unit.issued_tokens.revoke_of_account(event.id)
            _report(context, unit, event.id, "all", "password", count)
    elif event.resource == "apiKey" and before and (after is None or after["status"] != ENABLED):
        account_id = before["account_id"]
        count = unit.issued_tokens.revoke_of_key(account_id, event.id)
        _report(context, unit, account_id, "access", "key", count)


def _report(context: RequestContext, unit: Unit, account_id: str, kind: str, reason: str, count: int) -> None:
    if count:
        about = {"account_id": account_id, "kind": kind, "reason": reason}
        context.emit(unit, TokenRevoked(unit.tenant_id, count=count, **about))
