"""Verification of an e-mail address with a token that was sent to it (rest-core 6.12)."""

from __future__ import annotations

from stormpath.server.authentication import account_stores
from stormpath.server.domain import logins, one_time_tokens
from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.flows import equal_work
from stormpath.server.mail import queue, rate_limits
from stormpath.server.mail.templates import EmailRequest
from stormpath.server.resources.accounts import email_verification
from stormpath.server.resources.accounts.account import RULES as ACCOUNT_RULES
from stormpath.server.resources.accounts.email_verification import UNVERIFIED, VERIFIED
from stormpath.server.resources.providers import mirrors
from stormpath.server.schema import ENABLED, ids
from stormpath.server.schema.email_kinds import VERIFICATION, VERIFICATION_SUCCESS, WELCOME
from stormpath.server.schema.errors import ApiError, Code, no_match, shown


class VerificationTokens:
    """Tokens that verify the address of an account, and enable it."""

    def find(self, context: RequestContext, owner: Row | None, token: str) -> Values:
        """Return the account of a token, and the application through which it was requested."""
        with context.read() as unit:
            found = one_time_tokens.find(context, unit, one_time_tokens.VERIFICATION, token)
        return {"account_id": found.account_id, "application_id": found.application_id}

    def spend(self, context: RequestContext, found: Values, token: str, values: Values) -> Values:
        """Verify the account. An account that was disabled meanwhile stays disabled."""
        with context.write() as unit:
            account = ACCOUNT_RULES.lock_and_reread(unit, {"id": found["account_id"]})
            one_time_tokens.spend(context, unit, one_time_tokens.VERIFICATION, token)
            context.keep_idempotent(unit, "account", account["id"])
            rate_limits.link_was_used(context, unit, account, VERIFICATION)
            changes: Values = {"email_verification_status": VERIFIED, "email_verification_token": None}
            if account["status"] == UNVERIFIED:
                changes["status"] = ENABLED
            account = ACCOUNT_RULES.change(context, unit, account, changes)
            _enqueue_confirmations(context, unit, account, found["application_id"])
        return found


def resend(context: RequestContext, application: Row, values: Values) -> Values:
    """Send the verification e-mail again, with the same token; a verified account gets none.

    The same statements are sent for a verified account, an unknown one, and one that got too many e-mails.
    """
    with context.read() as unit:
        store = account_stores.requested_store(unit, application, values, message=account_stores.NOT_USABLE)
        _, login = logins.find(unit.logins, application["id"], logins.names_meant(values["login"]), store)
        directory_id = application["id"] if login is None else login.directory_id
        has_workflow = _has_workflow(unit, directory_id)
        usual_directory_id = equal_work.usual_directory(unit, application)
    with context.write() as unit:
        account_id = None if login is None else login.account_id
        account, is_known = equal_work.locked_or_stand_in(unit, account_id)
        if not is_known:
            error: ApiError | None = _no_such_account(values["login"])
        else:
            error = None if has_workflow else _no_workflow()
        if not context.is_repeat:
            refusal = equal_work.refusal(
                context, unit, account, VERIFICATION, usual_directory_id, is_real=error is None
            )
            error = _send_again(context, unit, application, account, error, refusal)
    if error is not None:
        # Raised only now: decoys are kept like what they stand for.
        raise error
    return {}


def _send_again(
    context: RequestContext,
    unit: Unit,
    application: Row,
    account: Row,
    error: ApiError | None,
    refusal: ApiError | None,
) -> ApiError | None:
    """Send the pending token of an account, or a new one if there is none; or write decoys instead.

    Decoys are for a request with an error, for one too many, and for an account that is verified. Returns the
    error to raise.
    """
    is_unverified = account["email_verification_status"] != VERIFIED or account["status"] == UNVERIFIED
    if error is not None or not is_unverified or refusal is not None:
        error = error or (refusal if is_unverified else None)
        if error is None:
            context.keep_idempotent(unit, "account", account["id"])
        else:
            context.write_decoy_key(unit)
        queue.write_decoy(context, unit, EmailRequest(VERIFICATION, account, application, ids.new_token()))
        return error
    context.keep_idempotent(unit, "account", account["id"])
    if account["email_verification_token"] is not None:
        token = email_verification.pending_token(context, account)
    else:
        token = email_verification.new_token(context, unit, account, application)
        account = ACCOUNT_RULES.change(context, unit, account, {"email_verification_token": token})
    queue.enqueue_unlimited(context, unit, EmailRequest(VERIFICATION, account, application, token))
    return None


def _has_workflow(unit: Unit, directory_id: str) -> bool:
    """Tell whether a directory verifies addresses; as many statements for an id that no directory has."""
    policy, is_mirror = unit.get("accountCreationPolicy", directory_id), mirrors.is_mirror(unit, directory_id)
    return policy is not None and policy["verification_email_status"] == ENABLED and not is_mirror


def _no_workflow() -> ApiError:
    return ApiError(
        Code.NO_VERIFICATION_WORKFLOW,
        "The directory does not verify e-mail addresses.",
        "The verificationEmailStatus of the directory's accountCreationPolicy is DISABLED, or the directory "
        "is a mirror of another system.",
    )


def _enqueue_confirmations(
    context: RequestContext, unit: Unit, account: Row, application_id: str | None
) -> None:
    policy = unit.get("accountCreationPolicy", account["directory_id"])
    application = unit.get("application", application_id) if application_id else None
    for kind, switch in (
        (VERIFICATION_SUCCESS, "verification_success_email_status"),
        (WELCOME, "welcome_email_status"),
    ):
        if policy is not None and policy[switch] == ENABLED:
            queue.enqueue(context, unit, EmailRequest(kind, account, application), limited=False)


def _no_such_account(login: str) -> ApiError:
    return no_match(f"The login property value {shown(login)}")
