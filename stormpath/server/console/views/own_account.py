"""The own account: its names and address, and its password."""

from __future__ import annotations

import json
from typing import Final

from stormpath.server.console.declared import code, details, fields
from stormpath.server.console.declared.problems import Problems, problems_of, sentence
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views import own_menu
from stormpath.server.schema.errors import ApiError
from stormpath.server.schema.password_forms import LONGEST_TYPED

#: What an administrator does not change of the own account: it would end the session, or be a lie.
_HIDDEN: Final = frozenset({"status", "emailVerificationStatus", "fullName", "id", "createdAt", "modifiedAt"})

#: What one logs in with: a change of it asks for the password.
_NAMES: Final = frozenset({"username", "email"})


def show(
    request: ConsoleRequest,
    problems: Problems | None = None,
    status: int = 200,
    as_code: code.Code | None = None,
) -> None:
    """Show the own account. One request to the API."""
    resource = request.console.resources["account"]
    body = details.read(request, resource, own_menu.account(request))
    found = fields.fields_of(resource, body, hidden=_HIDDEN)
    opened = json.dumps(fields.texts(found), ensure_ascii=False)
    if problems is not None or as_code is not None:
        found = fields.with_typed(found, request.form, problems.by_field if problems else {})
    request.render(
        "own/account.html",
        {
            **own_menu.head(request, gettext("My Account")),
            "body": body,
            "fields": found,
            "opened": request.form.get("opened", opened),
            "problems": problems,
            "as_code": as_code,
            "is_owner": request.tenant["owner_account_id"] == request.administrator["id"],
            "needs_proof": not request.is_proved,
            "page": request.page_of(body["href"]),
            "rest_url": request.url(f"/rest{own_menu.account(request)}"),
        },
        status=status,
    )


def change(request: ConsoleRequest) -> None:
    """Save what differs; a name to log in with after the password alone."""
    resource, path = request.console.resources["account"], own_menu.account(request)
    changeable = [each for each in resource.own if each.updatable and each.name not in _HIDDEN]
    changeable = [each for each in changeable if each.shown]
    changed = fields.values(changeable, request.form, details.opened_texts(request))
    if "as_code" in request.form:
        href = f"{request.console.settings.base_url}{path}"
        show(request, as_code=code.update(resource, href, changed))
        return
    if _NAMES & set(changed) and not request.prove():
        show(request, Problems(general=[gettext("The password is wrong.")]), 400)
        return
    try:
        if changed:
            request.api.post(path, changed)
    except ApiError as error:
        body = request.api.get(path)
        show(request, problems_of(error, fields.fields_of(resource, body, hidden=_HIDDEN)), error.status)
        return
    request.redirect("/me", gettext("Saved."))


def ask_password(request: ConsoleRequest, problem: str = "", status: int = 200) -> None:
    """Show the form for a new password."""
    request.render(
        "own/password.html",
        {**own_menu.head(request, gettext("Change Password")), "problem": problem},
        status=status,
    )


def change_password(request: ConsoleRequest) -> None:
    """Set a new password: all other sessions end by it, and this one goes on under another token."""
    form = request.form
    password = form.get("password", "")
    # Always, also a short time after the login: who has a password set anew keeps the account.
    if not request.console.logins.prove(request, form.get("password_again", "")):
        ask_password(request, gettext("The present password is wrong."), 400)
        return
    if password != form.get("confirmation", ""):
        ask_password(request, gettext("The two new passwords differ."), 400)
        return
    if len(password) > LONGEST_TYPED:
        ask_password(request, gettext("The new password is too long."), 400)
        return
    try:
        request.api.post(own_menu.account(request), {"password": password})
    except ApiError as error:
        if error.status >= 500:
            raise
        ask_password(request, sentence(error.text_for_people), error.status)
        return
    token = request.console.sessions.renew(request.current, request.browser)
    if token is None:
        request.redirect("/login")
        return
    request.renew_cookie(token)
    request.redirect(
        "/me/security", gettext("The password is changed. Your sessions in other browsers have ended.")
    )


PAGES: Final = (
    Page("/me", show, change),
    Page("/me/password", ask_password, change_password),
)
