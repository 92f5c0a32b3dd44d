"""The pages that the documentation shows: what an app answers to a person, with values that stay the same."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime
from typing import Any, Final

import segno
from flask import Flask, current_app, render_template
from flask.testing import FlaskClient

from flask_stormpath import StormpathManager
from flask_stormpath.factors.forms import ButtonForm, FactorLoginForm, FactorsForm
from flask_stormpath.factors.shown import NewFactor, ShownFactor
from flask_stormpath.logins.login_list import Login
from flask_stormpath.state import client, state
from stormpath.testing import emails

EMAIL: Final = "ann@example.com"
PASSWORD: Final = "Changeme1!"  # noqa: S105  # Of an account that is gone with this process.
KEY: Final = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CODES: Final = [f"{each * 48271 % 99991:05d}-{each * 69621 % 99991:05d}" for each in range(3, 13)]
ADDED: Final = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
FACTORS: Final = [
    ShownFactor("app", "app", ADDED, is_enabled=True, url="/login/factor"),
    ShownFactor("phone", "phone", ADDED, is_enabled=True, number="… 5555", url="/login/factor"),
    ShownFactor("codes", "recovery_codes", ADDED, is_enabled=True, remaining=8, url="/login/factor"),
]
LOGINS: Final = [
    Login("1", "Firefox", "Windows", "203.0.113.7", ADDED, date(2026, 4, 2), is_current=True),
    Login("2", "Safari", "iPhone", "198.51.100.23", ADDED, date(2026, 4, 1), is_current=False),
    Login(
        "3", "Chrome", "Android", "2001:db8:85a3::8a2e:370:7334", ADDED, date(2026, 3, 20), is_current=False
    ),
]
PERSON: Final = {"given_name": "Ann", "surname": "Lee", "email": EMAIL, "password": PASSWORD}


def scenes() -> dict[str, str]:
    """Return the HTML of each page by its name."""
    app = example_app()
    # The refused login is logged, and would be taken for a warning of the build.
    log = logging.getLogger("stormpath.security")
    log.disabled = True
    try:
        with app.app_context():
            return {**_of_strangers(app.test_client()), **_of_passwords(app), **_of_users(app)}
    finally:
        log.disabled = False
        with app.app_context():
            state().manager.client.close()


def example_app() -> Flask:
    """Return an app with every page, and a database that is gone when its client is closed."""
    app = Flask("shop", template_folder=None)
    app.config.update(
        SECRET_KEY="of the pictures",  # noqa: S106  # Protects nothing.
        # What a picture shows must not change from build to build.
        WTF_CSRF_ENABLED=False,
        STORMPATH_DATABASE="sqlite://",
        STORMPATH_APPLICATION="Shop",
        STORMPATH_ENABLE_FORGOT_PASSWORD=True,
        STORMPATH_ENABLE_VERIFY_EMAIL=True,
        STORMPATH_ENABLE_FACTORS=True,
        STORMPATH_ENABLE_SESSIONS=True,
        STORMPATH_ENABLE_GOOGLE=True,
        STORMPATH_ENABLE_FACEBOOK=True,
        STORMPATH_SOCIAL={
            "GOOGLE": {"client_id": "id", "client_secret": "secret"},
            "FACEBOOK": {"app_id": "id", "app_secret": "secret"},
        },
    )
    StormpathManager(app)
    return app


def _of_strangers(browser: FlaskClient) -> dict[str, str]:
    wrong = {"login": EMAIL, "password": "wrong"}
    return {
        "login": browser.get("/login").text,
        "login-refused": browser.post("/login", data=wrong).text,
        "login-notice": browser.get("/login?status=verified").text,
        "register": browser.get("/register").text,
        "register-refused": browser.post("/register", data=PERSON | {"surname": "", "email": "ann"}).text,
        "verify": browser.get("/verify").text,
        "forgot": browser.get("/forgot").text,
    }


def _of_passwords(app: Flask) -> dict[str, str]:
    browser = app.test_client()
    browser.post("/register", data=PERSON)
    browser.get("/logout")
    sent = browser.post("/forgot", data={"email": EMAIL}).text
    change = f"/forgot/change?sptoken={emails(client())[-1].token}"
    form = browser.get(change).text
    again = {"password": "An0ther password", "password_again": "An0ther password"}
    done = browser.post(change, data=again).text
    return {"forgot_email_sent": sent, "forgot_change": form, "forgot_complete": done}


def _of_users(app: Flask) -> dict[str, str]:
    """Render with values of this module: a real page has random keys, and the time of the build."""
    with app.test_request_context():
        login = {"form": FactorLoginForm(), "is_sent": False, "notice": None, "action": "/login/factor"}
        page = {"form": FactorsForm(), "has_password": True, "is_full": False, "can_add_phone": True}
        page |= {"factors": FACTORS, "new": None, "codes": None}
        return {
            "factor_login": _rendered("FACTOR_LOGIN", **login, chosen=FACTORS[0], others=FACTORS[1:]),
            "factors": _rendered("FACTORS", **page),
            "factors-new": _rendered("FACTORS", **page | {"factors": [], "new": _new_app()}),
            "factors-codes": _rendered("FACTORS", **page | {"codes": CODES}),
            "sessions": _rendered("SESSIONS", form=ButtonForm(), logins=LOGINS),
        }


def _rendered(name: str, **context: Any) -> str:
    return render_template(current_app.config[f"STORMPATH_{name}_TEMPLATE"], **context)


def _new_app() -> NewFactor:
    image = segno.make(f"otpauth://totp/Shop:{EMAIL}?secret={KEY}&issuer=Shop").png_data_uri(scale=4)
    return NewFactor("app", "app", image=image, secret=KEY)
