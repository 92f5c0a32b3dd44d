"""Adding e-mails to the outbox, in the transaction of what causes them."""

from __future__ import annotations

from typing import Final

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.outbox import DECOY, NewEntry
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.mail import rate_limits
from stormpath.server.mail.default_templates import BUILT_IN
from stormpath.server.mail.templates import EmailRequest, compose
from stormpath.server.schema import ids
from stormpath.server.schema.email_kinds import VERIFICATION
from stormpath.server.schema.errors import not_found

_WEEK_MS: Final = 7 * 24 * 60 * 60 * 1000


def enqueue(
    context: RequestContext,
    unit: Unit,
    request: EmailRequest,
    *,
    expires_at: int | None = None,
    limited: bool = True,
) -> None:
    """Add the e-mail that is asked for to the outbox; refuse it when it is one too many.

    Only e-mails that strangers can cause are ``limited``: those about a spent token are as few as tokens. An
    e-mail that is not sent by ``expires_at``, or within a week, is not sent at all: where there is no mail
    server for long, the first one must not get e-mails that are out of date.
    """
    if limited and (refusal := rate_limits.refusal(context, unit, request.account, request.kind)):
        raise refusal
    enqueue_unlimited(context, unit, request, expires_at)


def enqueue_unlimited(
    context: RequestContext, unit: Unit, request: EmailRequest, expires_at: int | None = None
) -> None:
    """Add the e-mail to the outbox as ``enqueue`` does, where the limits have been asked for already."""
    entry = _composed(context, unit, request, expires_at)
    unit.outbox.add(entry)
    rate_limits.count(context, unit, request.account, request.kind, entry.id)


def write_decoy(
    context: RequestContext, unit: Unit, request: EmailRequest, expires_at: int | None = None
) -> None:
    """Do the work of ``enqueue_unlimited`` for an e-mail that is never sent and soon deleted."""
    entry = _composed(context, unit, request, expires_at)
    unit.outbox.add(entry, DECOY)
    rate_limits.write_decoy(context, unit, request.kind, entry.id)


def _composed(context: RequestContext, unit: Unit, request: EmailRequest, expires_at: int | None) -> NewEntry:
    account = request.account
    email = compose(context, unit, _template(unit, account["directory_id"], request.kind), request)
    now = context.now_ms()
    id = ids.new_id(now)
    return NewEntry(
        id=id,
        kind=request.kind,
        directory_id=account["directory_id"],
        account_id=account["id"],
        address=email.to,
        content=email.sealed(context.secrets, id),
        created_at=now,
        expires_at=now + _WEEK_MS if expires_at is None else expires_at,
    )


def _template(unit: Unit, directory_id: str, kind: str) -> Row:
    """Return the directory's template; a built-in text has the sender of the verification e-mail."""
    built_in = BUILT_IN.get(kind)
    stored_kind = kind if built_in is None else VERIFICATION
    template = unit.find("emailTemplate", directory_id=directory_id, kind=stored_kind)
    if template is None:
        # Templates are deleted with their directory, which has just happened.
        raise not_found()
    if built_in is None:
        return template
    bodies = {"text_body": built_in.text_body, "html_body": built_in.html_body}
    return {**template, **bodies, "subject": built_in.subject}
