"""The outbox: what was sent, what waits, and why something could not be sent."""

from __future__ import annotations

import re
from typing import Any, Final

from stormpath.server.console import labels
from stormpath.server.console.notices import Notice
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext, ngettext
from stormpath.server.domain.outbox import DEAD, EMAIL, PENDING, SENT, SMS, OutboxEntry
from stormpath.server.domain.storage import UnreadableSecret
from stormpath.server.mail import email
from stormpath.server.schema.errors import not_found
from stormpath.server.security import admin_actions
from stormpath.server.sms import message

_STATES: Final = (PENDING, SENT, DEAD)
_CHANNELS: Final = (EMAIL, SMS)

PAGE: Final = 50
_LONGEST_ADDRESS: Final = 255

#: What is masked in a message that is shown: the value of a token's parameter, what looks like a token, and a
#: code. Whoever has one can act for the account.
_TOKENS: Final = re.compile(r"(?<=sptoken=)[^\s\"'<>&]+|[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]+)*")
_CODES: Final = re.compile(r"(?<!\d)\d{4,10}(?!\d)")
_MASK: Final = "••••••"

#: The resource of administrators' actions on messages.
_RESOURCE: Final = "message"


def show(request: ConsoleRequest) -> None:
    """Show the newest messages of the tenant that match the filters."""
    query = request.query
    state = query.get("state") if query.get("state") in _STATES else None
    channel = query.get("channel") if query.get("channel") in _CHANNELS else None
    address = query.get("q", "").strip()[:_LONGEST_ADDRESS]
    with request.current.context.read() as unit:
        found = unit.tenant_messages.entries(
            state=state, channel=channel, address=address, before=query.get("before"), limit=PAGE + 1
        )
        counts = unit.tenant_messages.counts()
    shown = found[:PAGE]
    filters = {"state": state, "channel": channel, "q": address}
    request.render(
        "outbox/list.html",
        entries=[_entry(each) for each in shown],
        counts=counts,
        states=[(each, labels.word(each)) for each in _STATES],
        filters=filters,
        older={**filters, "before": shown[-1].id} if len(found) > PAGE else None,
        is_first="before" not in query,
    )


def show_one(request: ConsoleRequest) -> None:
    """Show one message without its content."""
    _show_one(request, _found(request))


def reveal(request: ConsoleRequest) -> None:
    """Show a message with its content, after the password."""
    entry = _found(request)
    if not request.prove():
        _show_one(request, entry, problem=gettext("The password is wrong."), status=400)
        return
    with request.current.context.read() as unit:
        sealed = unit.tenant_messages.content(entry.id)
    content, problem = None, ""
    if sealed is None:
        problem = gettext("The content of a message is removed once it is sent.")
    else:
        try:
            content = _content(request, entry, sealed)
        except (UnreadableSecret, ValueError):
            problem = gettext("It was stored under another secret key, and cannot be read.")
    _show_one(request, entry, content=content, problem=problem)


def retry(request: ConsoleRequest) -> None:
    """Send a message again."""
    entry, context = _found(request), request.current.context
    with context.write() as unit:
        is_due = unit.tenant_messages.retry(entry.id, context.now_ms())
        if is_due:
            admin_actions.record(context, unit, "sent again", _RESOURCE, entry.id, name=entry.kind)
    notice = (
        Notice(gettext("It is sent again."))
        if is_due
        else Notice(gettext("It was sent already, or is being sent."), "bad")
    )
    request.redirect(f"/outbox/{entry.id}", notice)


def retry_dead(request: ConsoleRequest) -> None:
    """Send all messages again that were given up."""
    context = request.current.context
    with context.write() as unit:
        number = unit.tenant_messages.retry_dead(context.now_ms())
        if number:
            admin_actions.record(context, unit, "sent again", _RESOURCE, "", name=str(number))
    text = ngettext("%(number)s message is sent again.", "%(number)s messages are sent again.", number)
    request.redirect("/outbox", text)


def masked(text: str, channel: str) -> str:
    """Return a text without the tokens, or the codes, that are in it."""
    text = _TOKENS.sub(_MASK, text)
    return _CODES.sub(_MASK, text) if channel == SMS else text


def _found(request: ConsoleRequest) -> OutboxEntry:
    with request.current.context.read() as unit:
        entry = unit.tenant_messages.entry(request.params["id"])
    if entry is None:
        raise not_found()
    return entry


def _show_one(
    request: ConsoleRequest,
    entry: OutboxEntry,
    *,
    content: dict[str, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> None:
    with request.current.context.read() as unit:
        accounts = unit.console_reads.names("account", [entry.account_id])
    request.render(
        "outbox/message.html",
        entry=_entry(entry),
        account=accounts.get(entry.account_id),
        content=content,
        problem=problem,
        status=status,
    )


def _content(request: ConsoleRequest, entry: OutboxEntry, sealed: bytes) -> dict[str, str]:
    secrets = request.console.secrets
    if entry.channel == SMS:
        sms = message.opened(secrets, sealed, entry.id)
        return {gettext("Text"): masked(sms.text, SMS)}
    found = email.opened(secrets, sealed, entry.id)
    parts = {
        gettext("From"): f"{found.from_name} <{found.from_address}>",
        gettext("Reply to"): found.reply_to or "",
        gettext("Subject"): masked(found.subject, EMAIL),
        gettext("Text"): masked(found.text or "", EMAIL),
        gettext("HTML"): masked(found.html or "", EMAIL),
    }
    return {name: each for name, each in parts.items() if each}


def _entry(entry: OutboxEntry) -> dict[str, Any]:
    """Return an entry as the templates show it."""
    return {
        "id": entry.id,
        "kind": labels.label(entry.kind),
        "address": entry.address,
        "account_id": entry.account_id,
        "channel": gettext("SMS") if entry.channel == SMS else gettext("E-mail"),
        "state": entry.state,
        "is_leased": entry.is_leased,
        "attempts": entry.attempts,
        "created_at": entry.created_at,
        # Of what was never tried, the time is that of its beginning.
        "due_at": entry.due_at if entry.state == PENDING and not entry.is_leased else None,
        "finished_at": entry.finished_at,
        "expires_at": entry.expires_at,
        "last_error": entry.last_error or "",
        "can_retry": entry.state == DEAD or (entry.state == PENDING and entry.attempts > 0),
    }


PAGES: Final = (
    Page("/outbox", show),
    Page("/outbox/retry", None, retry_dead),
    Page("/outbox/{id}", show_one, reveal),
    Page("/outbox/{id}/retry", None, retry),
)
