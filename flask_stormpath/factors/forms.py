"""The forms of second factors and of the list of logins."""

from __future__ import annotations

from typing import Final

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired

from flask_stormpath.forms import ShortEnough
from flask_stormpath.texts import LazyText as _

#: Of what browsers show for a code: phones offer the digits, and the code of a message.
CODE: Final = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}


class ButtonForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF carries no types; so below.
    """A form without fields: a button, with its CSRF token."""


class FactorLoginForm(FlaskForm):  # type: ignore[misc]
    """The second factor of a login."""

    code = StringField(
        _("Code"), validators=[ShortEnough(), InputRequired(_("Enter the code."))], render_kw=CODE
    )


class FactorsForm(FlaskForm):  # type: ignore[misc]
    """All that is done on the page of second factors; which fields are needed depends on the button."""

    factor = HiddenField(validators=[ShortEnough()])
    password = PasswordField(
        _("Password"), validators=[ShortEnough()], render_kw={"autocomplete": "current-password"}
    )
    number = StringField(
        _("Phone number"), validators=[ShortEnough()], render_kw={"autocomplete": "tel", "type": "tel"}
    )
    code = StringField(_("Code"), validators=[ShortEnough()], render_kw=CODE)
