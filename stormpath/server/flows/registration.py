"""What a new account goes through: whether it has to verify its address, how it is greeted (rest-core 6.12).

The rules of accounts call this; what happens when a token comes back is in ``verification``.
"""

from __future__ import annotations

from typing import Final

from stormpath.server.domain import one_time_tokens
from stormpath.server.domain.context import (
    RequestContext,
    Values,
)
from stormpath.server.domain.storage import (
    Row,
    Unit,
)
from stormpath.server.mail import queue
from stormpath.server.mail.templates import EmailRequest
from stormpath.server.schema import (
    DISABLED,
    ENABLED,
    Secret,
    ids,
)
from stormpath.server.schema.email_kinds import VERIFICATION, WELCOME

UNVERIFIED: Final = "UNVERIFIED"


def prepared(policy: Row, values: Values) -> Values:
    """Return the values of a new account as its directory's policy wants them: unverified, with a token."""
    if policy["verification_email_status"] != ENABLED:
        return values
    status = DISABLED if values.get("status") == DISABLED else UNVERIFIED
    return {**values, "status": status, "email_verification_token": ids.new_token()}


def begin(context: RequestContext, unit: Unit, policy: Row, account: Row, application: Row | None) -> None:
    """Send a new account the e-mail that its directory's policy wants it to get, if it does."""
    if account["email_verification_token"] is not None:
        token = pending_token(context, account)
        one_time_tokens.issue(
            context, unit, one_time_tokens.VERIFICATION, token, account, _id_of(application)
        )
        ask_to_verify(context, unit, account, token, application)
    elif policy["welcome_email_status"] == ENABLED:
        queue.enqueue(context, unit, EmailRequest(WELCOME, account, application))


def ask_to_verify(
    context: RequestContext, unit: Unit, account: Row, token: str, application: Row | None
) -> None:
    """Send the e-mail with the link that verifies the account's address."""
    queue.enqueue(context, unit, EmailRequest(VERIFICATION, account, application, token))


def pending_token(context: RequestContext, account: Row) -> str:
    """Return the token that an account waits for; it must wait for one."""
    link = context.resources["account"].by_name["emailVerificationToken"]
    if not isinstance(link, Secret):
        raise TypeError(f"{link.name} is no secret")
    return context.secrets.open(account[link.column], link.belongs_to(account["id"]))


def new_token(context: RequestContext, unit: Unit, account: Row, application: Row | None) -> str:
    """Make a token for an account, in the place of any that it waits for. The caller stores it there."""
    token = ids.new_token()
    one_time_tokens.revoke(context, unit, one_time_tokens.VERIFICATION, account["id"])
    one_time_tokens.issue(context, unit, one_time_tokens.VERIFICATION, token, account, _id_of(application))
    return token


def changes_with(context: RequestContext, unit: Unit, account: Row, changes: Values) -> Values:
    """Return the changes of an account together with what they mean for tokens that were sent to it.

    A token proves who reads an address: with another address, those for the old one are useless. Whoever
    enables an account by hand does not wait for its owner any more.
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


def _id_of(application: Row | None) -> str | None:
    return None if application is None else application["id"]
