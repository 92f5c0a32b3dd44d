"""The password of an account: typed anew, or reset by its owner; and the verification e-mail, sent again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.console.declared.problems import sentence
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.accounts import frames, ways
from stormpath.server.schema.errors import ApiError, not_found

#: The longest password that a form takes, in characters; the API has its own bounds below it.
_LONGEST: Final = 1024


def ask(request: ConsoleRequest, problem: str = "", field: str = "", status: int = 200) -> None:
    """Show both ways to another password."""
    path, body, head = frames.frame(request, "account")
    request.render(
        "accounts/password.html",
        {
            **head,
            "refused": frames.mirrored(frames.source_of(request, body["directory"])),
            "applications": ways.applications_of(request, path),
            "chosen": request.form.get("application", ""),
            "problem": problem,
            "field": field,
            "cancel": request.url(path),
            "needs_proof": not request.is_proved,
        },
        status=status,
    )


def submit(request: ConsoleRequest) -> None:
    """Send the e-mail for a reset, or store the password that was typed."""
    path, body, _ = frames.frame(request, "account")
    if request.form.get("way") == "mail":
        if _send(request, body, "passwordResetTokens", "email", ask):
            text = gettext("The e-mail for a new password is on its way to %(email)s.", email=body["email"])
            request.redirect(path, text)
        return
    password = request.form.get("password", "")
    if not password:
        ask(request, gettext("Please type the new password."), "password", 400)
    elif len(password) > _LONGEST:
        ask(request, gettext("The password is too long."), "password", 400)
    elif password != request.form.get("confirmPassword", ""):
        ask(request, gettext("The two passwords differ."), "confirmPassword", 400)
    elif not request.prove():
        ask(request, gettext("Your own password is wrong."), "confirmPassword", 400)
    else:
        try:
            request.api.post(path, {"password": password})
        except ApiError as error:
            if error.status >= 500:
                raise
            ask(request, sentence(error.text_for_people), "password", error.status)
            return
        request.redirect(path, gettext("The password is changed."))


def ask_verification(request: ConsoleRequest, problem: str = "", field: str = "", status: int = 200) -> None:
    """Ask for the application in whose name the verification e-mail is sent."""
    path, _, head = frames.frame(request, "account")
    request.render(
        "accounts/verification.html",
        {
            **head,
            "applications": ways.applications_of(request, path),
            "chosen": request.form.get("application", ""),
            "problem": problem,
            "cancel": request.url(path),
        },
        status=status,
    )


def send_verification(request: ConsoleRequest) -> None:
    """Send the verification e-mail again."""
    path, body, _ = frames.frame(request, "account")
    if _send(request, body, "verificationEmails", "login", ask_verification):
        text = gettext("The verification e-mail is on its way to %(email)s.", email=body["email"])
        request.redirect(path, text)


def _send(request: ConsoleRequest, account: Mapping[str, Any], endpoint: str, name: str, again: Any) -> bool:
    """Ask the API for an e-mail, in the name of the application that was chosen; show what was refused.

    The store is named: without it, an account with the same address in an earlier one would get the e-mail.
    """
    id = request.form.get("application", "")
    if not frames.is_id(id):
        again(request, gettext("Please choose an application."), "application", 400)
        return False
    try:
        request.api.get(f"/applications/{id}")
        store = ways.store_of(request, id, account)
        if store is None:
            raise not_found()
        body = {name: account["email"], "accountStore": {"href": store}}
        request.api.post(f"/applications/{id}/{endpoint}", body)
    except ApiError as error:
        if error.status >= 500:
            raise
        again(request, sentence(error.text_for_people), "application", error.status)
        return False
    return True


PAGES: Final = (
    Page("/accounts/{id}/password", ask, submit, section="accounts"),
    Page("/accounts/{id}/verificationEmail", ask_verification, send_verification, section="accounts"),
)
