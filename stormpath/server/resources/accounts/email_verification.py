"""The e-mail verification state of an account: its status and its pending token (rest-core 6.12)."""

from __future__ import annotations

from typing import Final

from stormpath.server.domain import one_time_tokens
from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.schema import DISABLED, ENABLED, Secret, ids

UNVERIFIED: Final = "UNVERIFIED"
VERIFIED: Final = "VERIFIED"


def apply_policy(policy: Row, values: Values) -> Values:
    """Return a new account's values: unverified and with a token, if its directory's policy says so."""
    if policy["verification_email_status"] != ENABLED:
        return values
    status = DISABLED if values.get("status") == DISABLED else UNVERIFIED
    return {**values, "status": status, "email_verification_token": ids.new_token()}


def pending_token(context: RequestContext, account: Row) -> str:
    """Return the pending token of an account, which must have one."""
    link = context.resources["account"].by_name["emailVerificationToken"]
    if not isinstance(link, Secret):
        raise TypeError(f"{link.name} is no secret")
    return context.secrets.open(account[link.column], link.belongs_to(account["id"]))


def new_token(context: RequestContext, unit: Unit, account: Row, application: Row | None) -> str:
    """Issue a token for an account and revoke its former ones. The caller stores it in the account."""
    token = ids.new_token()
    one_time_tokens.revoke(context, unit, one_time_tokens.VERIFICATION, account["id"])
    one_time_tokens.issue(
        context,
        unit,
        one_time_tokens.VERIFICATION,
        token,
        account,
        None if application is None else application["id"],
    )
    return token


def add_token_changes(context: RequestContext, unit: Unit, account: Row, changes: Values) -> Values:
    """Return an account's changes, with those of its verification token; revoke tokens that become invalid.

    A token proves access to one address: a change of address revokes the tokens for the old one. An account
    that an administrator enables needs no verification any more.
    """
    has_new_email = changes.get("email", account["email"]) != account["email"]
    if has_new_email or "password_hash" in changes:
        one_time_tokens.revoke(context, unit, one_time_tokens.RESET, account["id"])
    if account["email_verification_token"] is None or "email_verification_token" in changes:
        return changes
    if account["status"] == UNVERIFIED and changes.get("status") == ENABLED:
        one_time_tokens.revoke(context, unit, one_time_tokens.VERIFICATION, account["id"])
        return {**changes, "email_verification_token": None}
    if has_new_email:
        token = new_token(context, unit, {**account, **changes}, None)
        return {**changes, "email_verification_token": token}
    return changes
