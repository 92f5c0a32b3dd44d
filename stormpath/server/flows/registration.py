"""Registration: a new account gets a verification e-mail or a welcome e-mail (rest-core 6.12)."""

from __future__ import annotations

from stormpath.server.domain import one_time_tokens
from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.events import AccountRegistered
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.mail import queue
from stormpath.server.mail.templates import EmailRequest
from stormpath.server.resources.accounts import email_verification
from stormpath.server.schema import ENABLED
from stormpath.server.schema.email_kinds import VERIFICATION, WELCOME


def on_registered(context: RequestContext, unit: Unit, event: AccountRegistered) -> None:
    """Enqueue the e-mail that the directory's policy wants for a new account, if it wants one."""
    account, application = event.account, event.application
    if account["email_verification_token"] is not None:
        token = email_verification.pending_token(context, account)
        application_id = None if application is None else application["id"]
        one_time_tokens.issue(context, unit, one_time_tokens.VERIFICATION, token, account, application_id)
        enqueue_verification_email(context, unit, account, token, application)
    elif event.policy["welcome_email_status"] == ENABLED:
        queue.enqueue(context, unit, EmailRequest(WELCOME, account, application))


def enqueue_verification_email(
    context: RequestContext, unit: Unit, account: Row, token: str, application: Row | None
) -> None:
    """Send the e-mail with the link that verifies the account's address."""
    queue.enqueue(context, unit, EmailRequest(VERIFICATION, account, application, token))
