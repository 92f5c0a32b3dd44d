"""The views ``forgot`` and ``forgot_change``: a forgotten password, and the new one."""

from __future__ import annotations

from typing import Any, Final

from flask import abort, current_app, flash, redirect, render_template, request, url_for

from flask_stormpath import completion
from flask_stormpath.factors import second_factor
from flask_stormpath.forms import (
    ChangePasswordForm,
    ForgotPasswordForm,
    errors_of,
    flash_errors,
    from_request,
    has_bad_token,
)
from flask_stormpath.models import User
from flask_stormpath.organizations import account_store
from flask_stormpath.state import application, client, for_end_user
from flask_stormpath.texts import LazyText
from flask_stormpath.texts import gettext as _
from flask_stormpath.web.negotiation import (
    BAD_REQUEST,
    body_of_json,
    is_outage,
    refusal,
    sends_json,
    text_of,
    wants_json,
)
from stormpath.error import Error

NOT_FOUND: Final = 404

#: What a bad link is told, on the page that sends another one.
NOTICES: Final = {
    "invalid_sptoken": LazyText(
        "The link of that e-mail is not valid any more. Ask for another one here, and use it within a day."
    )
}


def forgot() -> Any:
    """Send an e-mail with a link that leads to a new password; one request.

    The answer is the same whether or not the address has an account, unless
    `STORMPATH_FORGOT_PASSWORD_CONCEAL` is False.
    """
    if wants_json() and request.method != "POST":
        abort(404)
    form = from_request(ForgotPasswordForm)
    if request.method != "POST":
        return _forgot_page(form)
    if not form.validate():
        return _refused(form)
    try:
        with for_end_user():
            application().send_password_reset_email(form.email.data, account_store())
    except Error as refused:
        if is_outage(refused):
            return _told(form, refused)
        if current_app.config["STORMPATH_FORGOT_PASSWORD_CONCEAL"] is False:
            return _told(form, _("Invalid email address."))
    return _sent(form)


def forgot_change() -> Any:
    """Set a new password with the token of the link, and log the person in.

    One request validates the token, which a GET does not spend; a second one sets the password.
    """
    token = _token()
    if not token:
        return _without_token()
    try:
        with for_end_user():
            found = application().password_reset_tokens.get(token)
            href, email = found.account.href, found.email
    except Error as refused:
        return _bad_token(refused)
    if wants_json() and request.method != "POST":
        return "", 200
    form = _change_form()
    if request.method != "POST":
        return _change_page(form, email)
    if not form.validate():
        if wants_json():
            return refusal(errors_of(form)[0])
        flash(errors_of(form)[0] if has_bad_token(form) else _("Passwords don't match."))
        return _change_page(form, email)
    try:
        with for_end_user():
            application().reset_account_password(token, form.password.data)
    except Error as refused:
        if refused.status == NOT_FOUND:
            # Another request has spent it meanwhile.
            return _bad_token(refused)
        if wants_json():
            return refusal(refused)
        flash(text_of(refused))
        return _change_page(form, email)
    return _changed(User(client(), href=href))


def _changed(user: User) -> Any:
    config = current_app.config
    logs_in = config["STORMPATH_CHANGE_PASSWORD_AUTO_LOGIN"] and user.is_active
    if logs_in and wants_json() and second_factor.is_needed(user):
        # The password is changed. To log in, a program sends it with a code.
        logs_in = False
    if not logs_in:
        return ("", 200) if wants_json() else completion.redirect_to_login(status="reset")
    # The page says so, and leads on by itself.
    return completion.complete(user, page=config["STORMPATH_FORGOT_PASSWORD_COMPLETE_TEMPLATE"])


def _token() -> str | None:
    sent = body_of_json() if sends_json() and request.method == "POST" else request.args
    token = sent.get("sptoken")
    return token if isinstance(token, str) else None


def _change_form() -> Any:
    # JSON names the password once: a program does not mistype.
    return from_request(ChangePasswordForm, copies={"password_again": "password"})


def _without_token() -> Any:
    if wants_json():
        return refusal(_("sptoken parameter not provided."))
    if current_app.config["STORMPATH_FORGOT_PASSWORD_CONCEAL"]:
        return redirect(url_for("stormpath.forgot"))
    return _invalid_link()


def _bad_token(problem: Error) -> Any:
    if wants_json():
        return refusal(problem)
    if is_outage(problem):
        flash(text_of(problem))
        return _change_page(_change_form())
    if current_app.config["STORMPATH_FORGOT_PASSWORD_CONCEAL"]:
        return redirect(url_for("stormpath.forgot", status="invalid_sptoken"))
    return _invalid_link()


def _invalid_link() -> Any:
    form = ForgotPasswordForm(formdata=None)
    return _forgot_page(form, notice=NOTICES["invalid_sptoken"]), BAD_REQUEST


def _refused(form: ForgotPasswordForm) -> Any:
    if wants_json():
        return refusal(errors_of(form)[0])
    flash_errors(form)
    return _forgot_page(form)


def _told(form: ForgotPasswordForm, problem: Error | str) -> Any:
    if wants_json():
        return refusal(problem)
    flash(text_of(problem) if isinstance(problem, Error) else problem)
    return _forgot_page(form)


def _sent(form: ForgotPasswordForm) -> Any:
    if wants_json():
        return "", 200
    config = current_app.config
    if config["STORMPATH_FORGOT_PASSWORD_CONCEAL"]:
        return completion.redirect_to_login(status="forgot")
    # What was typed, and no account: the page is the same for an address that has none.
    user = {"email": form.email.data}
    return render_template(config["STORMPATH_FORGOT_PASSWORD_EMAIL_SENT_TEMPLATE"], user=user)


def _forgot_page(form: ForgotPasswordForm, notice: Any = None) -> str:
    notice = notice or NOTICES.get(request.args.get("status", ""))
    return render_template(
        current_app.config["STORMPATH_FORGOT_PASSWORD_TEMPLATE"],
        form=form,
        notice=notice,
        action=url_for("stormpath.forgot"),
    )


def _change_page(form: ChangePasswordForm, email: str | None = None) -> str:
    # The address is for password managers: it tells them whose password is changed.
    template = current_app.config["STORMPATH_FORGOT_PASSWORD_CHANGE_TEMPLATE"]
    return render_template(template, form=form, email=email)
