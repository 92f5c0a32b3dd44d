"""The view ``factors``: people set up a second factor, and remove one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from flask_stormpath.decorators import unauthorized
from flask_stormpath.factors import second_factor
from flask_stormpath.factors import setup as factor_setup
from flask_stormpath.factors.forms import FactorsForm
from flask_stormpath.factors.setup import Problem
from flask_stormpath.factors.shown import NewFactor, ShownFactor
from flask_stormpath.forms import flash_errors, from_request
from flask_stormpath.models import User
from flask_stormpath.texts import gettext as _
from flask_stormpath.web.negotiation import wants_json
from stormpath.error import Error


def factors() -> Any:
    """Show the second factors of the person who is logged in, and change them.

    One request for the factors; a change needs another one for the password, and one or two of its own. A
    POST names what is done in its field ``action``:

    * ``add-app`` (needs ``password``) and ``add-phone`` (``password``, ``number``) begin a factor, which the
      page then shows as ``new``;
    * ``confirm`` (``factor``, ``code``) proves it: it counts from then on;
    * ``new-codes`` (``password``) replaces the recovery codes;
    * ``remove`` (``factor``, ``password``) removes a factor, and with the last app or phone the codes, too.

    The template gets

    * ``form``, with the fields above and the CSRF token: a form for each action shows some of its fields;
    * ``factors``, a list of `ShownFactor`: those that were proved;
    * ``new``, a `NewFactor` that waits for its first code, or None;
    * ``codes``, the recovery codes that were just made, or None: they are shown this once;
    * ``can_add_phone``, ``has_password`` and ``is_full``: whether a phone may be added at all; whether the
      account has a password, without which nothing can be changed; whether it has as many factors as it may
      have.
    """
    if not current_user.is_authenticated:
        return unauthorized()
    if wants_json():
        abort(404)
    user: User = current_user._get_current_object()
    form = from_request(FactorsForm)
    if request.method != "POST":
        return _page(user, form)
    change = CHANGES.get(request.form.get("action", ""))
    if change is None:
        abort(400)
    if not form.validate():
        flash_errors(form)
        return _page(user, form)
    try:
        return change(user, form)
    except Problem as problem:
        flash(str(problem))
    except Error as refused:
        flash(second_factor.text_of(refused))
    return _page(user, form)


def _add_app(user: User, form: FactorsForm) -> Any:
    factor_setup.prove_password(user, form.password.data)
    app = factor_setup.begin_app(user)
    image = app.base64_q_r_image
    return _page(
        user,
        form,
        new=NewFactor(
            second_factor.id_of(app),
            "app",
            image=f"data:image/png;base64,{image}" if image else None,
            secret=app.secret,
        ),
    )


def _add_phone(user: User, form: FactorsForm) -> Any:
    if not can_add_phone():
        abort(404)
    factor_setup.prove_password(user, form.password.data)
    phone = factor_setup.begin_phone(user, form.number.data or "")
    new = NewFactor(second_factor.id_of(phone), "phone", number=phone.phone.number)
    return _page(user, form, new=new)


def _confirm(user: User, form: FactorsForm) -> Any:
    factor = factor_setup.begun(user, form.factor.data or "")
    try:
        is_right = second_factor.prove(factor, form.code.data)
        problem = _("The code is wrong.")
    except Error as refused:
        is_right, problem = False, second_factor.text_of(refused)
    if not is_right:
        flash(problem)
        # Without the secret: the session alone does not show it, the password did.
        shown = ShownFactor.of(factor)
        return _page(user, form, new=NewFactor(shown.id, shown.kind, number=shown.number))
    flash(_("From now on, logging in takes a code."))
    codes = factor_setup.codes_if_missing(user)
    return _page(user, form, codes=codes) if codes else _again()


def _new_codes(user: User, form: FactorsForm) -> Any:
    factor_setup.prove_password(user, form.password.data)
    return _page(user, form, codes=factor_setup.new_codes(user))


def _remove(user: User, form: FactorsForm) -> Any:
    factor_setup.prove_password(user, form.password.data)
    factor_setup.remove(user, form.factor.data or "")
    flash(_("It is removed."))
    return _again()


CHANGES: Final[dict[str, Callable[[User, FactorsForm], Any]]] = {
    "add-app": _add_app,
    "add-phone": _add_phone,
    "confirm": _confirm,
    "new-codes": _new_codes,
    "remove": _remove,
}


def can_add_phone() -> bool:
    """Whether people may add a phone: where the app says so, by default where it has a gateway."""
    config = current_app.config
    enabled = config["STORMPATH_ENABLE_PHONE_FACTORS"]
    return bool(config["STORMPATH_SMS_GATEWAY"] if enabled is None else enabled)


def _again() -> Response:
    return redirect(url_for("stormpath.factors"))


def _page(user: User, form: FactorsForm, new: NewFactor | None = None, codes: list[str] | None = None) -> str:
    found = factor_setup.proved(user)
    return render_template(
        current_app.config["STORMPATH_FACTORS_TEMPLATE"],
        form=form,
        factors=[ShownFactor.of(each) for each in found],
        new=new,
        codes=codes,
        can_add_phone=can_add_phone(),
        has_password=factor_setup.has_password(user),
        is_full=factor_setup.is_full(found),
    )
