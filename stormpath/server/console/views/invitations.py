"""Inviting further administrators, and accepting an invitation."""

from __future__ import annotations

from typing import Final

from stormpath.server.console.declared.problems import sentence
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext, ngettext
from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.invitations import (
    LIFETIME_DAYS,
    MOST_AT_ONCE,
    Invitations,
    InvitationText,
    Invited,
)
from stormpath.server.schema.errors import ApiError, not_found
from stormpath.server.schema.password_forms import LONGEST_TYPED
from stormpath.server.schema.timestamps import timestamp

HOME: Final = "/invitations"

_LONGEST_LINE: Final = 200
_LONGEST_MESSAGE: Final = 4000
_LONGEST_TOKEN: Final = 100
_LONGEST_NAME: Final = 255


def show(request: ConsoleRequest, problem: str = "", status: int = 200) -> None:
    """Show the form, and the invitations that wait. One statement, and one for the inviters' names."""
    pending = _invitations(request).pending(request.current.context)
    form = request.form
    emails = form.every("email") or [""]
    if "another" in form and len(emails) < MOST_AT_ONCE:
        emails = [*emails, ""]
    request.render(
        "access/invitations.html",
        {
            "emails": emails[:MOST_AT_ONCE],
            "is_full": len(emails) >= MOST_AT_ONCE,
            "from_name": form.get("from_name", _own_name(request)),
            "from_email": request.administrator["email"],
            "subject": form.get("subject", gettext("You are invited to administer user accounts")),
            "message": form.get("message", _message(request)),
            "days": LIFETIME_DAYS,
            "pending": [
                {
                    "id": each.id,
                    "email": each.email,
                    "is_own": each.inviter_id == request.administrator["id"],
                    "inviter": request.url(f"/accounts/{each.inviter_id}"),
                    "created": str(timestamp(each.created_at)),
                    "expires": str(timestamp(each.expires_at)),
                }
                for each in pending
            ],
            "is_separate": request.tenant["administrators"] == "separate",
            "needs_proof": not request.is_proved,
            "problem": problem,
        },
        status=status,
    )


def submit(request: ConsoleRequest) -> None:
    """Send invitations, withdraw one, or show one field more, as the button says."""
    form = request.form
    if "another" in form:
        show(request)
    elif "withdraw" in form:
        _withdraw(request, form["withdraw"])
    else:
        _send(request)


def ask(request: ConsoleRequest, problem: str = "", status: int = 200) -> None:
    """Show the form for the names and the password. It does not spend the invitation."""
    _, invited = _found(request)
    request.render(
        "access/invitation.html",
        {
            "email": invited.email,
            "tenant_name": invited.tenant["name"],
            "tenant_key": invited.tenant["key"],
            "inviter": invited.inviter["full_name"] or invited.inviter["email"],
            "given_name": request.form.get("givenName", ""),
            "surname": request.form.get("surname", ""),
            "problem": problem,
        },
        status=status,
    )


def accept(request: ConsoleRequest) -> None:
    """Make the account of the invited person, and log in to it."""
    context, invited = _found(request)
    form, password = request.form, request.form.get("password", "")
    if password != form.get("confirmation", ""):
        ask(request, gettext("The two passwords differ."), 400)
        return
    names = {name: form.get(name, "").strip()[:_LONGEST_NAME] for name in ("givenName", "surname")}
    if len(password) > LONGEST_TYPED:
        ask(request, gettext("The password is too long."), 400)
        return
    try:
        account = _invitations(request).accept(context, request.params["token"], names, password)
    except ApiError as error:
        if error.status >= 500 or error.status == 404:
            raise
        ask(request, sentence(error.text_for_people), error.status)
        return
    request.log_in(account)
    request.remember_tenant(invited.tenant["key"])
    text = gettext("Welcome! You are an administrator of %(tenant)s now.", tenant=invited.tenant["name"])
    request.redirect("/", text)


def _send(request: ConsoleRequest) -> None:
    form = request.form
    if not request.prove():
        show(request, gettext("The password is wrong."), 400)
        return
    emails = [each.strip() for each in form.every("email") if each.strip()]
    text = InvitationText(
        form.get("from_name", "").strip(), form.get("subject", "").strip(), form.get("message", "").strip()
    )
    if not emails or not all(text):
        show(request, gettext("Enter an e-mail address, a sender, a subject and a message."), 400)
        return
    is_long = max(len(text.from_name), len(text.subject)) > _LONGEST_LINE
    if is_long or len(text.message) > _LONGEST_MESSAGE:
        show(request, gettext("The sender, the subject or the message is too long."), 400)
        return
    link = request.console.public_url(f"{HOME}/")
    try:
        _invitations(request).invite(request.current.context, request.administrator, emails, text, link)
    except ApiError as error:
        if error.status >= 500:
            raise
        show(request, sentence(error.text_for_people), error.status)
        return
    request.redirect(
        HOME,
        ngettext(
            "%(number)s invitation is on its way.", "%(number)s invitations are on their way.", len(emails)
        ),
    )


def _withdraw(request: ConsoleRequest, id: str) -> None:
    if len(id) > _LONGEST_TOKEN or not _invitations(request).withdraw(request.current.context, id):
        raise not_found()
    request.redirect(HOME, gettext("The invitation is withdrawn: its link is void."))


def _found(request: ConsoleRequest) -> tuple[RequestContext, Invited]:
    """Return a context in the tenant of the token in the address, and what it offers."""
    token, invitations = request.params["token"], _invitations(request)
    tenant_id = invitations.tenant_of(token) if len(token) <= _LONGEST_TOKEN else None
    if tenant_id is None:
        raise not_found()
    context = request.context_in(tenant_id)
    return context, invitations.find(context, token)


def _invitations(request: ConsoleRequest) -> Invitations:
    found: Invitations = request.console.services["invitations"]
    return found


def _own_name(request: ConsoleRequest) -> str:
    return str(request.administrator["full_name"] or request.administrator["email"])


def _message(request: ConsoleRequest) -> str:
    return gettext(
        "Hello,\n\n%(name)s invites you to administer the user accounts of %(tenant)s.",
        name=_own_name(request),
        tenant=request.tenant["name"],
    )


PAGES: Final = (
    Page(HOME, show, submit),
    Page(f"{HOME}/{{token}}", ask, accept, public=True),
)
