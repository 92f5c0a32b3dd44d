"""Password reset: a new password is set with a token that was sent to the account (rest-core 6.13)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import jwt

from stormpath.server.authentication import account_stores, guesses
from stormpath.server.domain import one_time_tokens
from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.events import PasswordReset
from stormpath.server.domain.storage import MissingReference, Row, Unit
from stormpath.server.flows import equal_work
from stormpath.server.mail import queue, rate_limits
from stormpath.server.mail.templates import EmailRequest
from stormpath.server.resources.accounts.account import RULES as ACCOUNT_RULES
from stormpath.server.resources.policies import administrators
from stormpath.server.resources.providers import mirrors
from stormpath.server.schema import DISABLED, ENABLED, ids
from stormpath.server.schema.email_kinds import RESET, RESET_SUCCESS
from stormpath.server.schema.errors import ApiError, Code, no_match, not_found, shown
from stormpath.server.schema.query import fold

_HOUR_MS: Final = 60 * 60 * 1000


def create(context: RequestContext, application: Row, values: Values) -> Values:
    """Issue a token for the first account with that e-mail, and send it there.

    A repeated request gets a token too, but sends no second e-mail. The same statements are sent for a known
    address, an unknown one, and one that got too many e-mails.
    """
    _check_application(application)
    with context.read() as unit:
        store = account_stores.requested_store(unit, application, values, message=account_stores.NOT_USABLE)
        found = unit.logins.find(application["id"], fold(values["email"]), store, by_email=True)
        # Asked for an unknown address too: an id that no directory has.
        is_mirror = mirrors.is_mirror(unit, application["id"] if found is None else found.directory_id)
        usual_directory_id = equal_work.usual_directory(unit, application)
        account_id = None if found is None or is_mirror else found.account_id
        if account_id is not None:
            # The answer has the token in it, for which everyone else must read the account's mail.
            administrators.refuse_another(context, unit, account_id)
    with context.write() as unit:
        account, is_known = equal_work.locked_or_stand_in(unit, account_id)
        # It may have another address meanwhile, for which there was no request.
        is_known = is_known and fold(account["email"]) == fold(values["email"])
        policy = _policy(unit, account)
        sends = is_known and policy["reset_email_status"] == ENABLED
        error = None if is_known else _no_such_account(values["email"])
        if not context.is_repeat:
            refusal = equal_work.refusal(context, unit, account, RESET, usual_directory_id, is_real=sends)
            error = error or refusal
        hours = policy["reset_token_ttl"]
        # Rounded up to a whole second, like ``exp`` in the token: both expire at the same moment.
        expires_at = -(-context.now_ms() // 1000) * 1000 + hours * _HOUR_MS
        request = EmailRequest(RESET, account, application, _new_token(context, expires_at), hours)
        if error is None:
            _store(context, unit, request, expires_at, values["email"])
            context.keep_idempotent(unit, "account", account["id"])
        else:
            _store_decoy(context, unit, request)
            context.write_decoy_key(unit)
        if not context.is_repeat:
            add = queue.enqueue_unlimited if sends and error is None else queue.write_decoy
            add(context, unit, request, expires_at)
    if error is not None:
        # Raised only now: decoys are kept like what they stand for.
        raise error
    return {"token": request.token, "email": values["email"], "account_id": account["id"]}


def _store(context: RequestContext, unit: Unit, request: EmailRequest, expires_at: int, email: str) -> None:
    reset, token, account = one_time_tokens.RESET, request.token, request.account
    with _needs_application():
        one_time_tokens.issue(
            context, unit, reset, token, account, _application_id(request), expires_at, email
        )


def _store_decoy(context: RequestContext, unit: Unit, request: EmailRequest) -> None:
    application_id = _application_id(request)
    with _needs_application():
        one_time_tokens.write_decoy(
            context, unit, one_time_tokens.RESET, request.token, request.account, application_id
        )


def _application_id(request: EmailRequest) -> str | None:
    return None if request.application is None else request.application["id"]


@contextmanager
def _needs_application() -> Iterator[None]:
    try:
        yield
    except MissingReference as error:
        # The account is locked, so it is the application that has just been deleted.
        raise not_found() from error


def _new_token(context: RequestContext, expires_at: int) -> str:
    """Return a token in the documented form. Its signature is never checked: its digest is stored."""
    claims = {"exp": expires_at // 1000, "jti": ids.new_token()}
    return jwt.encode(
        claims, context.secrets.key_for(one_time_tokens.RESET), "HS256", headers={"kid": context.tenant_id}
    )


class ResetTokens:
    """An application's tokens that set an account's password."""

    def find(self, context: RequestContext, owner: Row | None, token: str) -> Values:
        """Return the account of a token; refuse a token of another application."""
        if owner is None:
            raise not_found()
        with context.read() as unit:
            found = one_time_tokens.find(context, unit, one_time_tokens.RESET, token, owner["id"])
            account = unit.get("account", found.account_id)
        if account is None:
            raise one_time_tokens.invalid(one_time_tokens.RESET)
        return {"account": account, "account_id": account["id"], "email": found.email, "application": owner}

    def spend(self, context: RequestContext, found: Values, token: str, values: Values) -> Values:
        """Set the password; this revokes every other reset token of the account.

        The end user's address is known for the account from now on: a person who is kept out by guesses of
        others gets in from there.
        """

        def spend(unit: Unit) -> None:
            one_time_tokens.spend(context, unit, one_time_tokens.RESET, token, found["application"]["id"])
            context.keep_idempotent(unit, "account", found["account_id"])
            _confirm(context, unit, found)

        account = ACCOUNT_RULES.change_password(
            context, found["account"], values, spend, found["application"]
        )
        guesses.know_address(context, account)
        return found


def _confirm(context: RequestContext, unit: Unit, found: Values) -> None:
    # Read again: the account may have been changed while the password was hashed.
    account = unit.get("account", found["account_id"])
    if account is None:
        raise not_found()
    context.emit(unit, PasswordReset(unit.tenant_id, account["id"]))
    rate_limits.link_was_used(context, unit, account, RESET)
    policy = _policy(unit, account)
    if policy["reset_email_status"] == policy["reset_success_email_status"] == ENABLED:
        request = EmailRequest(RESET_SUCCESS, account, found["application"])
        queue.enqueue(context, unit, request, limited=False)


def _policy(unit: Unit, account: Row) -> Row:
    policy = unit.get("passwordPolicy", account["directory_id"])
    if policy is None:
        raise not_found()
    return policy


def _check_application(application: Row) -> None:
    if application["status"] == DISABLED:
        raise ApiError(
            Code.APPLICATION_DISABLED,
            "The application cannot be used.",
            f"The application '{application['name']}' is DISABLED: no password can be reset through it.",
        )


def _no_such_account(email: str) -> ApiError:
    return no_match(f"The email property value {shown(email)}", facts={"token": one_time_tokens.RESET})
