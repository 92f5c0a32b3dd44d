"""The e-mail verification state of an account: its status and its pending token (rest-core 6.12)."""

from __future__ import annotations

from typing import Final

from stormpath.server.domain import one_time_tokens
from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.mail import mailboxes
from stormpath.server.resources.providers import mirrors
from stormpath.server.schema import DISABLED, ENABLED, LOCKED, Secret, ids
from stormpath.server.schema.errors import not_found

UNVERIFIED: Final = "UNVERIFIED"
VERIFIED: Final = "VERIFIED"


def apply_policy(policy: Row, values: Values) -> Values:
    """Return a new account's values: unverified and with a token, if its directory's policy says so."""
    if policy["verification_email_status"] != ENABLED:
        return values
    # Someone who is kept out stays out, also with a verified address.
    status = values["status"] if values.get("status") in (DISABLED, LOCKED) else UNVERIFIED
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


def add_changes(context: RequestContext, unit: Unit, account: Row, changes: Values) -> Values:
    """Return an account's changes, with those of its verification; revoke tokens that become invalid.

    A token, and a verified address, prove access to one address. Another address is unverified, unless the
    same request says that it is verified, and every token for the old one is revoked. An account that an
    administrator enables needs no verification any more.
    """
    is_new_address = has_new_address(account, changes)
    if is_new_address or "password_hash" in changes:
        one_time_tokens.revoke(context, unit, one_time_tokens.RESET, account["id"])
    is_enabled = account["status"] == UNVERIFIED and changes.get("status") == ENABLED
    is_pending = account["email_verification_token"] is not None and not is_enabled
    if is_new_address:
        changes = {"email_verification_status": UNVERIFIED, **changes}
        if not is_enabled and _needs_token(unit, account, changes, is_pending=is_pending):
            token = new_token(context, unit, {**account, **changes}, None)
            return {**changes, "email_verification_token": token}
        return _without_token(context, unit, account, changes)
    if is_enabled and account["email_verification_token"] is not None:
        return _without_token(context, unit, account, changes)
    return changes


def has_new_address(account: Row, changes: Values) -> bool:
    """Tell whether changes give an account another address; other letters of the same one do not."""
    return "email" in changes and not mailboxes.is_same_address(account["email"], changes["email"])


def verifies_addresses(unit: Unit, directory_id: str) -> bool:
    """Tell whether the directory asks people to verify their addresses; mirror directories never do."""
    policy = unit.get("accountCreationPolicy", directory_id)
    if policy is None:
        # The directory has just been deleted.
        raise not_found()
    return policy["verification_email_status"] == ENABLED and not mirrors.is_mirror(unit, directory_id)


def _needs_token(unit: Unit, account: Row, changes: Values, *, is_pending: bool) -> bool:
    """Tell whether an account with another address gets a token for it.

    An UNVERIFIED account that waits for its token goes on waiting, whatever its directory does by now.
    """
    if is_pending and changes.get("status", account["status"]) == UNVERIFIED:
        return True
    is_unverified = changes["email_verification_status"] == UNVERIFIED
    return is_unverified and (is_pending or verifies_addresses(unit, account["directory_id"]))


def _without_token(context: RequestContext, unit: Unit, account: Row, changes: Values) -> Values:
    one_time_tokens.revoke(context, unit, one_time_tokens.VERIFICATION, account["id"])
    return {**changes, "email_verification_token": None}
