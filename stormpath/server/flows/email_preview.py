"""Previews of e-mails: a template or a draft of one, rendered without storing or sending anything."""

from __future__ import annotations

from typing import Final

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.mail.templates import EmailRequest, compose
from stormpath.server.resources.accounts.email_verification import UNVERIFIED
from stormpath.server.resources.policies import email_template
from stormpath.server.schema import ENABLED
from stormpath.server.schema.email_kinds import RESET
from stormpath.server.schema.errors import not_found

#: Takes the place of the token; it is not valid.
SAMPLE_TOKEN: Final = "sample-token"  # noqa: S105  # No secret.

#: The recipient, if the request names none. It has no custom data.
SAMPLE_ACCOUNT: Final = {
    "id": "sample",
    "username": "joe",
    "email": "joe@example.com",
    "given_name": "Joe",
    "surname": "Example",
    "full_name": "Joe Example",
    "status": ENABLED,
    "email_verification_status": UNVERIFIED,
}

#: The application is known only when an e-mail is really sent.
SAMPLE_APPLICATION: Final = {"id": "sample", "name": "My Application", "status": ENABLED}


def preview(context: RequestContext, template: Row, draft: Values) -> Values:
    """Return the e-mail of a template with the changes of a draft."""
    draft = dict(draft)
    account_id = draft.pop("account_id", None)
    changed = _with_draft(template, draft)
    with context.read() as unit:
        email = compose(context, unit, changed, _request(context, unit, template, account_id))
    return {
        "from_name": email.from_name,
        "from_email_address": email.from_address,
        "reply_to": email.reply_to,
        "subject": email.subject,
        "text_body": email.text,
        "html_body": email.html,
        "mime_type": changed["mime_type"],
    }


def _request(context: RequestContext, unit: Unit, template: Row, account_id: str | None) -> EmailRequest:
    kind, directory_id = template["kind"], template["directory_id"]
    policy = unit.get("passwordPolicy", directory_id)
    account = unit.get("account", account_id) if account_id else _sample(context, "account", directory_id)
    if account is None:
        # The account has just been deleted.
        raise not_found()
    return EmailRequest(
        kind,
        account,
        _sample(context, "application", directory_id),
        token=SAMPLE_TOKEN if kind in email_template.KINDS_WITH_LINK else "",
        hours=policy["reset_token_ttl"] if policy is not None and kind == RESET else None,
    )


def _with_draft(template: Row, draft: Values) -> Row:
    """Return the template with the values of a draft; a null is ignored, except for replyTo."""
    changes = {column: value for column, value in draft.items() if value is not None or column == "reply_to"}
    if "default_model" in changes:
        changes["default_model"] = {**(template["default_model"] or {}), **changes["default_model"]}
    return {**template, **email_template.checked_changes(template, changes)}


def _sample(context: RequestContext, resource: str, directory_id: str) -> Row:
    """Return a made-up row, in which columns without a sample value are null."""
    now = context.now_ms()
    columns = (column.name for each in context.resources[resource].attributes for column in each.columns())
    common = {"directory_id": directory_id, "created_at": now, "modified_at": now}
    return dict.fromkeys(columns) | common | _SAMPLES[resource]


_SAMPLES: Final = {"account": SAMPLE_ACCOUNT, "application": SAMPLE_APPLICATION}
