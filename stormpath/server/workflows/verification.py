"""Showing that an e-mail address is one's own: by the token that was sent there (rest-core 6.12)."""

from __future__ import annotations

from stormpath.server.authentication import stores
from stormpath.server.contract import Row, Unit
from stormpath.server.declaration import ENABLED
from stormpath.server.default_emails import VERIFICATION_SUCCESS, WELCOME
from stormpath.server.query import fold
from stormpath.server.refusals import Code, Refusal, not_found, shown
from stormpath.server.resources import mirrors
from stormpath.server.resources.account import RULES as ACCOUNT_RULES
from stormpath.server.resources.account import VERIFIED
from stormpath.server.work import Values, Work
from stormpath.server.workflows import messages, registration, tokens
from stormpath.server.workflows.registration import UNVERIFIED
from stormpath.server.workflows.templates import Occasion


class VerificationTokens:
    """Tokens that verify the address of an account, and enable it."""

    def find(self, work: Work, owner: Row | None, token: str) -> Values:
        """Return the account of a token, and the application it came through."""
        with work.read() as unit:
            found = tokens.find(work, unit, tokens.VERIFICATION, token)
        return {"account_id": found.account_id, "application_id": found.application_id}

    def spend(self, work: Work, found: Values, token: str, values: Values) -> Values:
        """Verify the account. One that was disabled meanwhile stays so."""
        with work.write() as unit:
            account = ACCOUNT_RULES.locked(unit, {"id": found["account_id"]})
            tokens.spend(work, unit, tokens.VERIFICATION, token)
            work.keep_once(unit, "account", account["id"])
            changes: Values = {"email_verification_status": VERIFIED, "email_verification_token": None}
            if account["status"] == UNVERIFIED:
                changes["status"] = ENABLED
            account = ACCOUNT_RULES.change(work, unit, account, changes)
            _tell(work, unit, account, found["application_id"])
        return found


def resend(work: Work, application: Row, values: Values) -> Values:
    """Send the verification e-mail once more, with the same token; nothing to one that is verified."""
    with work.read() as unit:
        store = stores.assigned(unit, application, values, message=stores.NOT_USABLE)
        login = unit.find_login(application["id"], fold(values["login"]), store)
        if login is None:
            raise _unknown(values["login"])
        _check_workflow(unit, login.directory_id)
    with work.write() as unit:
        is_there = unit.lock("account", login.account_id)
        account = unit.get("account", login.account_id) if is_there else None
        if account is None:
            raise _unknown(values["login"])
        work.keep_once(unit, "account", account["id"])
        is_waiting = account["email_verification_status"] != VERIFIED or account["status"] == UNVERIFIED
        if is_waiting and not work.is_repeat:
            _ask_again(work, unit, account, application)
    return {}


def _ask_again(work: Work, unit: Unit, account: Row, application: Row) -> None:
    """Send the token that an account waits for; an account that was never asked gets one."""
    if account["email_verification_token"] is not None:
        token = registration.pending_token(work, account)
    else:
        token = registration.new_token(work, unit, account, application)
        account = ACCOUNT_RULES.change(work, unit, account, {"email_verification_token": token})
    registration.ask_to_verify(work, unit, account, token, application)


def _check_workflow(unit: Unit, directory_id: str) -> None:
    """Refuse an account whose directory asks nobody to verify an address, which mirrors never do."""
    policy = unit.get("accountCreationPolicy", directory_id)
    if policy is None:
        raise not_found()
    if policy["verification_email_status"] == ENABLED and not mirrors.is_mirror(unit, directory_id):
        return
    raise Refusal(
        Code.NO_VERIFICATION_WORKFLOW,
        "The directory does not verify e-mail addresses.",
        "The verificationEmailStatus of the directory's accountCreationPolicy is DISABLED, or the directory "
        "is a mirror of another system.",
    )


def _tell(work: Work, unit: Unit, account: Row, application_id: str | None) -> None:
    policy = unit.get("accountCreationPolicy", account["directory_id"])
    application = unit.get("application", application_id) if application_id else None
    for kind, switch in (
        (VERIFICATION_SUCCESS, "verification_success_email_status"),
        (WELCOME, "welcome_email_status"),
    ):
        if policy is not None and policy[switch] == ENABLED:
            messages.enqueue(work, unit, Occasion(kind, account, application), capped=False)


def _unknown(login: str) -> Refusal:
    return Refusal(
        Code.NO_SUCH_TARGET,
        "There is no such account.",
        f"No account store of the application holds an account with the login {shown(login)}.",
    )
