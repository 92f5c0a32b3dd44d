"""The view ``factor_login``: a login that has proved the password asks for the second factor."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, flash, render_template, request, url_for

from flask_stormpath import completion
from flask_stormpath.factors import pending_logins, second_factor
from flask_stormpath.factors.forms import ButtonForm, FactorLoginForm
from flask_stormpath.factors.shown import ShownFactor
from flask_stormpath.forms import flash_errors, from_request
from flask_stormpath.models import User
from flask_stormpath.texts import gettext as _
from flask_stormpath.web.negotiation import wants_json
from flask_stormpath.web.redirects import next_target
from stormpath.error import Error
from stormpath.resources.factor import Factor


def factor_login() -> Any:
    """Ask for the second factor of a login that waits for it, and finish that login.

    The query names the chosen factor as ``factor`` (by default the first), and where the person goes as
    ``next``. A POST has the field ``code``; one with the field ``send`` sends a message to the chosen phone.
    Two requests: the account, past the cache, and its factors. Another one compares a code, or sends one.

    The template gets

    * ``form``, with ``code`` and the CSRF token;
    * ``chosen``, the factor that is asked for, and ``others``, those that the person may choose instead: each
      a `ShownFactor`;
    * ``is_sent``, whether the form is of a phone that was sent a message: where it is false, ``send`` (a
      submit button of that name, in a form without ``code``) is the button to press first;
    * ``notice``, a text or None.
    """
    if wants_json():
        # A program sends the code with the login.
        abort(404)
    try:
        user = pending_logins.waiting()
        found = second_factor.usable(user) if user else []
    except Error as refused:
        return _back_to_login(second_factor.text_of(refused))
    if user is None or not found:
        pending_logins.end()
        return _back_to_login(_("Please log in again."))
    chosen = _chosen(found)
    if request.method != "POST":
        return _page(FactorLoginForm(formdata=None), chosen, found)
    if "send" in request.form and chosen.is_sms():
        return _sent(chosen, found)
    return _answered(user, chosen, found)


def _answered(user: User, chosen: Factor, found: list[Factor]) -> Any:
    form = from_request(FactorLoginForm)
    if not form.validate():
        flash_errors(form)
        return _page(form, chosen, found, is_sent=True)
    try:
        is_right = second_factor.prove(chosen, form.code.data)
        problem = _("The code is wrong.")
    except Error as refused:
        is_right, problem = False, second_factor.text_of(refused)
    if is_right:
        answer = completion.finish(user)
        pending_logins.end()
        return answer
    flash(problem)
    return _page(form, chosen, found, is_sent=True)


def _sent(chosen: Factor, found: list[Factor]) -> str:
    pressed, form = from_request(ButtonForm), FactorLoginForm(formdata=None)
    if not pressed.validate():
        flash_errors(pressed)
        return _page(form, chosen, found)
    try:
        second_factor.send(chosen)
    except Error as refused:
        flash(second_factor.text_of(refused))
        return _page(form, chosen, found)
    number = second_factor.number_of(chosen)
    notice = _("A code was sent to the phone %(number)s.", number=number)
    return _page(form, chosen, found, is_sent=True, notice=notice)


def _chosen(found: list[Factor]) -> Factor:
    """Return the factor that the query names: one of the person's own, by default the first."""
    named = request.args.get("factor")
    return next((each for each in found if second_factor.id_of(each) == named), found[0])


def _page(
    form: FactorLoginForm,
    chosen: Factor,
    found: list[Factor],
    is_sent: bool = False,
    notice: str | None = None,
) -> str:
    return render_template(
        current_app.config["STORMPATH_FACTOR_LOGIN_TEMPLATE"],
        form=form,
        chosen=_shown(chosen),
        others=[_shown(each) for each in found if each is not chosen],
        is_sent=is_sent,
        notice=notice,
        action=_shown(chosen).url,
    )


def _shown(factor: Factor) -> ShownFactor:
    shown = ShownFactor.of(factor)
    url = url_for("stormpath.factor_login", factor=shown.id, next=next_target())
    return shown._replace(url=url)


def _back_to_login(message: str) -> Any:
    flash(message)
    return completion.redirect_to_login(next=next_target())
