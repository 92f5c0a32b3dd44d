"""Setting a new password without the old one: with a token that was sent to the account (rest-core 6.13)."""

from __future__ import annotations

from typing import Final

import jwt

from stormpath.server import ids
from stormpath.server.authentication import stores
from stormpath.server.contract import Dangling, Row, Unit
from stormpath.server.declaration import DISABLED, ENABLED
from stormpath.server.default_emails import RESET, RESET_SUCCESS
from stormpath.server.query import fold
from stormpath.server.refusals import Code, Refusal, not_found, shown
from stormpath.server.resources import mirrors
from stormpath.server.resources.account import RULES as ACCOUNT_RULES
from stormpath.server.work import Values, Work
from stormpath.server.workflows import messages, tokens
from stormpath.server.workflows.templates import Occasion

_HOUR_MS: Final = 60 * 60 * 1000


def create(work: Work, application: Row, values: Values) -> Values:
    """Make a token for the first account with that e-mail, and send it there.

    Whoever repeats a request gets a token, too; the e-mail with the first one is on its way.
    """
    _check_application(application)
    with work.read() as unit:
        store = stores.assigned(unit, application, values, message=stores.NOT_USABLE)
        found = unit.find_login(application["id"], fold(values["email"]), store, by_email=True)
        if found is None or mirrors.is_mirror(unit, found.directory_id):
            raise _unknown(values["email"])
    with work.write() as unit:
        unit.lock("account", found.account_id)
        account = unit.get("account", found.account_id)
        if account is None or fold(account["email"]) != fold(values["email"]):
            # Deleted meanwhile, or given another address, at which nobody asked for anything.
            raise _unknown(values["email"])
        work.keep_once(unit, "account", account["id"])
        token = _issue(work, unit, application, account, values["email"])
    return {"token": token, "email": values["email"], "account_id": account["id"]}


def _issue(work: Work, unit: Unit, application: Row, account: Row, email: str) -> str:
    policy = _policy(unit, account)
    hours = policy["reset_token_ttl"]
    # A whole second, as the token itself says: both end in the same moment.
    expires_at = -(-work.now_ms() // 1000) * 1000 + hours * _HOUR_MS
    token = _new_token(work, expires_at)
    try:
        tokens.issue(work, unit, tokens.RESET, token, account, application["id"], expires_at, email)
    except Dangling as error:
        # Its account is locked; so the application has just been deleted.
        raise not_found() from error
    if policy["reset_email_status"] == ENABLED and not work.is_repeat:
        occasion = Occasion(RESET, account, application, token, hours)
        messages.enqueue(work, unit, occasion, expires_at=expires_at)
    return token


def _new_token(work: Work, expires_at: int) -> str:
    """Return a token in the documented form. Nobody needs to check its signature: its digest is kept."""
    claims = {"exp": expires_at // 1000, "jti": ids.new_token()}
    return jwt.encode(claims, work.secrets.key_for(tokens.RESET), "HS256", headers={"kid": work.tenant_id})


class ResetTokens:
    """Tokens of an application that set an account's password."""

    def find(self, work: Work, owner: Row | None, token: str) -> Values:
        """Return the account of a token; one of another application is none."""
        if owner is None:
            raise not_found()
        with work.read() as unit:
            found = tokens.find(work, unit, tokens.RESET, token, owner["id"])
            account = unit.get("account", found.account_id)
        if account is None:
            raise not_found()
        return {"account": account, "account_id": account["id"], "email": found.email, "application": owner}

    def spend(self, work: Work, found: Values, token: str, values: Values) -> Values:
        """Set the password; every other reset token of the account is useless from then on."""

        def spend(unit: Unit) -> None:
            tokens.spend(work, unit, tokens.RESET, token, found["application"]["id"])
            work.keep_once(unit, "account", found["account_id"])
            _tell(work, unit, found)

        ACCOUNT_RULES.change_password(work, found["account"], values, spend)
        return found


def _tell(work: Work, unit: Unit, found: Values) -> None:
    # As it is now: while the password was hashed, somebody may have changed it.
    account = unit.get("account", found["account_id"])
    if account is None:
        raise not_found()
    policy = _policy(unit, account)
    if policy["reset_email_status"] == policy["reset_success_email_status"] == ENABLED:
        occasion = Occasion(RESET_SUCCESS, account, found["application"])
        messages.enqueue(work, unit, occasion, capped=False)


def _policy(unit: Unit, account: Row) -> Row:
    policy = unit.get("passwordPolicy", account["directory_id"])
    if policy is None:
        raise not_found()
    return policy


def _check_application(application: Row) -> None:
    if application["status"] == DISABLED:
        raise Refusal(
            Code.APPLICATION_DISABLED,
            "The application cannot be used.",
            f"The application '{application['name']}' is DISABLED: no password can be reset through it.",
        )


def _unknown(email: str) -> Refusal:
    return Refusal(
        Code.NO_SUCH_TARGET,
        "There is no account with that e-mail address.",
        f"No account store of the application holds an account with the e-mail {shown(email)} "
        "whose password can be reset.",
    )
