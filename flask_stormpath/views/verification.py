"""The view ``verify``: the link in a verification e-mail, and another e-mail."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Final

from flask import current_app, flash, redirect, render_template, request, session

from flask_stormpath import completion
from flask_stormpath.forms import ResendForm, errors_of, flash_errors, from_request
from flask_stormpath.models import User
from flask_stormpath.state import application, client, for_end_user
from flask_stormpath.texts import gettext as _
from flask_stormpath.web.negotiation import is_outage, refusal, text_of, wants_json
from stormpath.error import Error

#: Where the session keeps the mark of the account that was registered in this browser.
REGISTERED: Final = "stormpath_registered"


def mark_of(href: str) -> str:
    """Return what the session keeps of an account, which tells its reader nothing."""
    return sha256(href.encode()).hexdigest()


def verify() -> Any:
    """Verify an address with the token of the link, or send another e-mail; one request each.

    The browser in which the person has registered is logged in by the link. Another one is not: a link that a
    stranger sends must not log a person in to the stranger's account.
    """
    if request.method == "POST":
        return _send_again()
    token = request.args.get("sptoken")
    if not token:
        return refusal(_("sptoken parameter not provided.")) if wants_json() else _page()
    try:
        with for_end_user():
            href = client().accounts.verify_email_token(token).href
    except Error as refused:
        if wants_json():
            return refusal(refused)
        told = _("This link is not valid any more. You can ask for another one.")
        flash(text_of(refused) if is_outage(refused) else told)
        return _page()
    if wants_json():
        return "", 200
    return _verified(href)


def _verified(href: str) -> Any:
    config = current_app.config
    target = config["STORMPATH_VERIFY_EMAIL_REDIRECT_URL"]
    registered_here = session.pop(REGISTERED, None) == mark_of(href)
    if registered_here and config["STORMPATH_REGISTRATION_AUTO_LOGIN"]:
        user = User(client(), href=href)
        if user.is_active:
            return completion.complete(user, target)
    return redirect(target) if target else completion.redirect_to_login(status="verified")


def _send_again() -> Any:
    form = from_request(ResendForm)
    if not form.validate():
        if wants_json():
            return refusal(errors_of(form)[0])
        flash_errors(form)
        return _page(form)
    store = application().default_account_store_mapping
    try:
        with for_end_user():
            if store is not None:
                application().verification_emails.resend(form.login.data, store.account_store)
    except Error as refused:
        # What else is refused (no such account, too many e-mails) is told to no stranger.
        if is_outage(refused):
            if wants_json():
                return refusal(refused)
            flash(text_of(refused))
            return _page(form)
    return ("", 200) if wants_json() else completion.redirect_to_login(status="unverified")


def _page(form: ResendForm | None = None) -> str:
    shown = form or ResendForm(formdata=None)
    return render_template(current_app.config["STORMPATH_VERIFY_EMAIL_TEMPLATE"], form=shown)
