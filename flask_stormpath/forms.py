"""The forms, as people fill them in and as JSON sends them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import flash
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest
from wtforms import Field, PasswordField, StringField
from wtforms.fields.core import UnboundField
from wtforms.validators import DataRequired, Email, EqualTo, InputRequired, StopValidation

from flask_stormpath.texts import LazyText as _
from flask_stormpath.texts import gettext
from flask_stormpath.web.negotiation import body_of_json, sends_json

#: In characters. Nothing longer is worked on.
LONGEST: Final = 4_000

#: The fields of a registration that settings can leave out, and what a missing one is told.
OPTIONAL: Final = {
    "username": _("Username is required."),
    "given_name": _("First name is required."),
    "middle_name": _("Middle name is required."),
    "surname": _("Surname is required."),
}


class ShortEnough:
    """Refuses a text that is too long for any account, before other validators read it."""

    def __call__(self, form: Any, field: Any) -> None:
        """Stop the validation of a field that is too long."""
        if len(field.data or "") > LONGEST:
            raise StopValidation(str(_("This is too long.")))


def _field(kind: type[Field], label: Any, *validators: Any, **attributes: Any) -> Any:
    return kind(label, validators=[ShortEnough(), *validators], render_kw=attributes)


class RegistrationForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF carries no types; so below.
    """The registration. ``config`` says which fields are required."""

    username = _field(StringField, _("Username"), autocomplete="username", autocapitalize="none")
    given_name = _field(StringField, _("First Name"), autocomplete="given-name")
    middle_name = _field(StringField, _("Middle Name"), autocomplete="additional-name")
    surname = _field(StringField, _("Last Name"), autocomplete="family-name")
    email = _field(
        StringField,
        _("Email"),
        InputRequired(_("You must provide an email address.")),
        Email(_("You must provide a valid email address.")),
        type="email",
        autocomplete="email",
    )
    password = _field(
        PasswordField,
        _("Password"),
        InputRequired(_("You must supply a password.")),
        autocomplete="new-password",
    )

    def __init__(self, *args: Any, config: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, message in OPTIONAL.items():
            if config is not None and is_required(name, config):
                field = self[name]
                field.validators = (*field.validators, DataRequired(message))
                field.flags.required = True


class LoginForm(FlaskForm):  # type: ignore[misc]
    """The login."""

    login = _field(
        StringField,
        _("Login"),
        InputRequired(_("Login identifier required.")),
        autocomplete="username",
        autocapitalize="none",
    )
    password = _field(
        PasswordField,
        _("Password"),
        InputRequired(_("Password required.")),
        autocomplete="current-password",
    )


class ForgotPasswordForm(FlaskForm):  # type: ignore[misc]
    """The request for an e-mail that replaces a forgotten password."""

    email = _field(
        StringField,
        _("Email"),
        InputRequired(_("Email address required.")),
        Email(_("You must provide a valid email address.")),
        type="email",
        autocomplete="email",
    )


class ChangePasswordForm(FlaskForm):  # type: ignore[misc]
    """The new password."""

    password = _field(
        PasswordField,
        _("Password"),
        InputRequired(_("Password required.")),
        autocomplete="new-password",
    )
    password_again = _field(
        PasswordField,
        _("Password (again)"),
        InputRequired(_("Please verify the password.")),
        EqualTo("password", _("Passwords do not match.")),
        autocomplete="new-password",
    )


class ResendForm(FlaskForm):  # type: ignore[misc]
    """The request for another verification e-mail."""

    login = _field(
        StringField,
        _("Email"),
        InputRequired(_("Email address required.")),
        autocomplete="username",
        autocapitalize="none",
    )


def is_enabled(name: str, config: Mapping[str, Any]) -> bool:
    """Whether the registration has a field."""
    return bool(config[f"STORMPATH_ENABLE_{name.upper()}"])


def is_required(name: str, config: Mapping[str, Any]) -> bool:
    """Whether the registration needs a field."""
    return is_enabled(name, config) and bool(config[f"STORMPATH_REQUIRE_{name.upper()}"])


def from_request(
    kind: type[Any],
    names: Mapping[str, str] | None = None,
    copies: Mapping[str, str] | None = None,
    **options: Any,
) -> Any:
    """Return a form with what the request sends.

    A JSON body needs no CSRF token: another site cannot send one. ``names`` maps the names in JSON to those
    of fields, where they differ; ``copies`` maps fields that JSON does not have to those that they repeat. A
    null is a field that was not sent; 400 for another value that is no text.
    """
    if not sends_json():
        return kind(**options)
    given = {(names or {}).get(name, name): value for name, value in body_of_json().items()}
    texts = {name: value for name, value in given.items() if _is_text(name, value, kind)}
    texts |= {name: texts[source] for name, source in (copies or {}).items() if source in texts}
    return kind(formdata=MultiDict(texts), meta={"csrf": False}, **options)


def has_bad_token(form: FlaskForm) -> bool:
    """Whether a form did not come from a page of this session (CSRF)."""
    return "csrf_token" in form.errors


def _is_text(name: str, value: Any, kind: type[Any]) -> bool:
    if (
        value is not None
        and not isinstance(value, str)
        and isinstance(getattr(kind, name, None), UnboundField)
    ):
        raise BadRequest(gettext("%(name)s must be a text.", name=json_name(name)))
    return isinstance(value, str)


def json_name(name: str) -> str:
    """Return the name that JSON gives to a field: ``givenName`` for ``given_name``."""
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def flash_errors(form: FlaskForm) -> None:
    """Flash each error of a form, without a category."""
    for message in errors_of(form):
        flash(message)


def errors_of(form: FlaskForm) -> list[str]:
    """Return the errors of a form, in the order of its fields, each once.

    A form without the token of its session is told as what it mostly is: a page that was open for too long.
    """
    if has_bad_token(form):
        return [gettext("This page was open for too long, or your browser sent no cookie. Please try again.")]
    return list(dict.fromkeys(str(each) for messages in form.errors.values() for each in messages))
