"""Each setting with its default, and each check of a configuration with its message, in their order."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from flask_stormpath import ConfigurationError, StormpathManager, check_settings, init_settings
from flask_stormpath.settings import SETTINGS, database_of

#: The documented default of each setting: an app that relies on one must not see another.
DEFAULTS: dict[str, Any] = {
    "DATABASE": None,
    "BASE_URL": None,
    "API_KEY_FILE": None,
    "API_KEY_ID": None,
    "API_KEY_SECRET": None,
    "APPLICATION": None,
    "GUESS_APPLICATION": False,
    "CACHE": None,
    "ACCOUNT_MAX_AGE": timedelta(seconds=30),
    "SMTP_URL": None,
    "MAIL_FROM": None,
    "SMS_GATEWAY": None,
    "SITE_URL": None,
    "AGENT": None,
    "ENABLE_USERNAME": False,
    "ENABLE_EMAIL": True,
    "ENABLE_PASSWORD": True,
    "ENABLE_GIVEN_NAME": True,
    "ENABLE_MIDDLE_NAME": True,
    "ENABLE_SURNAME": True,
    "REQUIRE_USERNAME": True,
    "REQUIRE_EMAIL": True,
    "REQUIRE_PASSWORD": True,
    "REQUIRE_GIVEN_NAME": True,
    "REQUIRE_SURNAME": True,
    "REQUIRE_MIDDLE_NAME": False,
    "CUSTOM_FIELDS": (),
    "VERIFY_EMAIL": False,
    "ENABLE_REGISTRATION": True,
    "REGISTRATION_URL": "/register",
    "REGISTRATION_AUTO_LOGIN": True,
    "ENABLE_LOGIN": True,
    "LOGIN_URL": "/login",
    "FACTOR_LOGIN_URL": "/login/factor",
    "ENABLE_LOGOUT": True,
    "LOGOUT_URL": "/logout",
    "ENABLE_FORGOT_PASSWORD": False,
    "FORGOT_PASSWORD_URL": "/forgot",
    "FORGOT_PASSWORD_CHANGE_URL": "/forgot/change",
    "FORGOT_PASSWORD_CONCEAL": None,
    "CHANGE_PASSWORD_AUTO_LOGIN": True,
    "ENABLE_VERIFY_EMAIL": False,
    "VERIFY_EMAIL_URL": "/verify",
    "VERIFY_EMAIL_REDIRECT_URL": None,
    "ENABLE_FACTORS": False,
    "FACTORS_URL": "/factors",
    "ENABLE_PHONE_FACTORS": None,
    "ENABLE_SESSIONS": False,
    "SESSIONS_URL": "/sessions",
    "ENABLE_ME": False,
    "ME_URL": "/me",
    "ME_EXPAND": (),
    "ENABLE_OAUTH": False,
    "OAUTH_URL": "/oauth/token",
    "OAUTH_GRANTS": ("password", "refresh_token", "client_credentials", "stormpath_social"),
    "ENABLE_TOKEN_COOKIES": False,
    "ENABLE_GOOGLE": False,
    "GOOGLE_LOGIN_URL": "/google",
    "ENABLE_FACEBOOK": False,
    "FACEBOOK_LOGIN_URL": "/facebook",
    "SOCIAL": {},
    "CALLBACK_URL": "/callbacks",
    "ENABLE_ID_SITE": False,
    "ID_SITE_CALLBACK_URL": "/stormpathCallback",
    "ENABLE_SETTINGS": True,
    "SETTINGS_URL": "/settings",
    "REDIRECT_URL": "/",
    "PRODUCES": ["text/html", "application/json"],
    "ORGANIZATION_DOMAIN": None,
    "ENABLE_ORGANIZATIONS": False,
    "CHECK_STORES": False,
    "BASE_TEMPLATE": "flask_stormpath/base.html",
    "REGISTRATION_TEMPLATE": "flask_stormpath/register.html",
    "LOGIN_TEMPLATE": "flask_stormpath/login.html",
    "FACTOR_LOGIN_TEMPLATE": "flask_stormpath/factor_login.html",
    "FORGOT_PASSWORD_TEMPLATE": "flask_stormpath/forgot.html",
    "FORGOT_PASSWORD_EMAIL_SENT_TEMPLATE": "flask_stormpath/forgot_email_sent.html",
    "FORGOT_PASSWORD_CHANGE_TEMPLATE": "flask_stormpath/forgot_change.html",
    "FORGOT_PASSWORD_COMPLETE_TEMPLATE": "flask_stormpath/forgot_complete.html",
    "VERIFY_EMAIL_TEMPLATE": "flask_stormpath/verify.html",
    "FACTORS_TEMPLATE": "flask_stormpath/factors.html",
    "SESSIONS_TEMPLATE": "flask_stormpath/sessions.html",
    "SETTINGS_TEMPLATE": "flask_stormpath/settings.html",
    "COOKIE_DOMAIN": None,
    "COOKIE_DURATION": timedelta(days=365),
}

ENOUGH = {"STORMPATH_DATABASE": "sqlite://", "STORMPATH_APPLICATION": "Shop"}
GOOGLE = {"client_id": "1", "client_secret": "2"}
FACEBOOK = {"app_id": "1", "app_secret": "2"}

CREDENTIALS = "You must define your Stormpath credentials."
APPLICATION = "You must define your Stormpath application."
OF_SOCIAL = "STORMPATH_SOCIAL must be a dictionary with a dictionary for each provider."
PRODUCES = "STORMPATH_PRODUCES must have one of text/html, application/json."
ME_EXPAND = "STORMPATH_ME_EXPAND must be a list of names among "
GRANTS = "STORMPATH_OAUTH_GRANTS must be a list of names among "
OF_GOOGLE = "You must define your Google app settings."
OF_FACEBOOK = "You must define your Facebook app settings."
DOMAIN = "STORMPATH_COOKIE_DOMAIN must be a string."
DURATION = "STORMPATH_COOKIE_DURATION must be a timedelta object."
MAX_AGE = "STORMPATH_ACCOUNT_MAX_AGE must be a timedelta object."


def configured(**settings: Any) -> dict[str, Any]:
    config: dict[str, Any] = dict(settings)
    init_settings(config)
    return config


def test_each_setting_has_its_documented_default():
    config = configured()

    found = {
        key.removeprefix("STORMPATH_"): value for key, value in config.items() if key.startswith("STORMPATH_")
    }
    assert found == DEFAULTS


def test_the_redirect_after_a_registration_is_the_one_setting_that_stays_absent():
    assert SETTINGS.keys() - configured().keys() == {"STORMPATH_REGISTRATION_REDIRECT_URL"}


def test_each_setting_says_what_it_does():
    assert [each.name for each in SETTINGS.values() if not each.help.endswith(".")] == []


@pytest.mark.parametrize("own", ["of the app", None], ids=["text", "none"])
def test_a_default_never_replaces_what_the_app_has_set(own: object):
    config = configured(**dict.fromkeys(SETTINGS, own))

    assert {key: config[key] for key in SETTINGS} == dict.fromkeys(SETTINGS, own)


def test_apps_do_not_share_a_default_that_can_be_changed():
    one, other = configured(), configured()

    one["STORMPATH_SOCIAL"]["GOOGLE"] = GOOGLE
    one["STORMPATH_PRODUCES"].reverse()

    assert other["STORMPATH_SOCIAL"] == {}
    assert (
        other["STORMPATH_PRODUCES"] == configured()["STORMPATH_PRODUCES"] == ["text/html", "application/json"]
    )


def test_three_keys_of_flask_login_have_defaults_that_an_app_may_replace():
    config = configured()
    own = configured(
        REMEMBER_COOKIE_NAME="mine",
        REMEMBER_COOKIE_SAMESITE="Strict",
        REMEMBER_COOKIE_REFRESH_EACH_REQUEST=False,
    )

    names = ("REMEMBER_COOKIE_NAME", "REMEMBER_COOKIE_SAMESITE", "REMEMBER_COOKIE_REFRESH_EACH_REQUEST")
    assert [config[each] for each in names] == ["stormpath_token", "Lax", True]
    assert [own[each] for each in names] == ["mine", "Strict", False]


def test_the_domain_and_the_duration_are_copied_over_the_keys_of_flask():
    app = Flask("copies")
    app.config.update(ENOUGH, SECRET_KEY="x")
    app.config.update(REMEMBER_COOKIE_DOMAIN="before.example", REMEMBER_COOKIE_DURATION=timedelta(1))
    app.config.update(STORMPATH_COOKIE_DOMAIN="shop.example", STORMPATH_COOKIE_DURATION=timedelta(minutes=30))

    StormpathManager(app)

    assert app.config["REMEMBER_COOKIE_DOMAIN"] == "shop.example"
    assert app.config["REMEMBER_COOKIE_DURATION"] == timedelta(minutes=30)
    assert app.config["PERMANENT_SESSION_LIFETIME"] == timedelta(minutes=30)


@pytest.mark.parametrize("none", [None, timedelta(0)], ids=["none", "zero"])
def test_no_duration_is_a_year(none: timedelta | None):
    app = Flask("a year")
    app.config.update(ENOUGH, STORMPATH_COOKIE_DURATION=none)

    StormpathManager(app)

    assert app.config["REMEMBER_COOKIE_DURATION"] == timedelta(days=365)
    assert app.config["PERMANENT_SESSION_LIFETIME"] == timedelta(days=365)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"STORMPATH_APPLICATION": "Shop"}, CREDENTIALS),
        ({"STORMPATH_APPLICATION": "Shop", "STORMPATH_API_KEY_ID": "id"}, CREDENTIALS),
        ({"STORMPATH_APPLICATION": "Shop", "STORMPATH_API_KEY_SECRET": "secret"}, CREDENTIALS),
        ({"STORMPATH_APPLICATION": "Shop", "STORMPATH_BASE_URL": "http://localhost:8080/v1"}, CREDENTIALS),
        ({"STORMPATH_DATABASE": "sqlite://"}, APPLICATION),
        ({**ENOUGH, "STORMPATH_ENABLE_GOOGLE": True}, OF_GOOGLE),
        ({**ENOUGH, "STORMPATH_ENABLE_GOOGLE": True, "STORMPATH_SOCIAL": None}, OF_GOOGLE),
        ({**ENOUGH, "STORMPATH_SOCIAL": {"GOOGLE": None}}, OF_SOCIAL),
        ({**ENOUGH, "STORMPATH_SOCIAL": "GOOGLE"}, OF_SOCIAL),
        (
            {**ENOUGH, "STORMPATH_ENABLE_GOOGLE": True, "STORMPATH_SOCIAL": {"GOOGLE": {"client_id": "1"}}},
            OF_GOOGLE,
        ),
        (
            {
                **ENOUGH,
                "STORMPATH_ENABLE_GOOGLE": True,
                "STORMPATH_SOCIAL": {"GOOGLE": {"client_secret": "2"}},
            },
            OF_GOOGLE,
        ),
        ({**ENOUGH, "STORMPATH_ENABLE_FACEBOOK": True, "STORMPATH_SOCIAL": {"GOOGLE": GOOGLE}}, OF_FACEBOOK),
        (
            {**ENOUGH, "STORMPATH_ENABLE_FACEBOOK": True, "STORMPATH_SOCIAL": {"FACEBOOK": {"app_id": "1"}}},
            OF_FACEBOOK,
        ),
        (
            {
                **ENOUGH,
                "STORMPATH_ENABLE_FACEBOOK": True,
                "STORMPATH_SOCIAL": {"FACEBOOK": {"app_secret": "2"}},
            },
            OF_FACEBOOK,
        ),
        ({**ENOUGH, "STORMPATH_COOKIE_DOMAIN": 1}, DOMAIN),
        ({**ENOUGH, "STORMPATH_COOKIE_DURATION": 3600}, DURATION),
        ({**ENOUGH, "STORMPATH_COOKIE_DURATION": "a day"}, DURATION),
        ({**ENOUGH, "STORMPATH_ACCOUNT_MAX_AGE": 30}, MAX_AGE),
        ({**ENOUGH, "STORMPATH_PRODUCES": ["text/plain"]}, PRODUCES),
        ({**ENOUGH, "STORMPATH_ME_EXPAND": ["passwords"]}, ME_EXPAND),
        ({**ENOUGH, "STORMPATH_OAUTH_GRANTS": ["implicit"]}, GRANTS),
    ],
)
def test_what_is_missing_or_wrong_is_told_when_the_app_is_bound(settings: dict[str, Any], message: str):
    app = Flask("wrong")
    app.config.update(settings)

    with pytest.raises(ConfigurationError) as told:
        StormpathManager(app)

    assert str(told.value).startswith(message)
    assert message.endswith(".") == (str(told.value) == message)
    assert "stormpath" not in app.extensions
    assert not [each for each in app.url_map.iter_rules() if each.endpoint.startswith("stormpath.")]


@pytest.mark.parametrize(
    "settings",
    [
        ENOUGH,
        {"STORMPATH_APPLICATION": "Shop", "STORMPATH_API_KEY_ID": "1", "STORMPATH_API_KEY_SECRET": "2"},
        {"STORMPATH_APPLICATION": "Shop", "STORMPATH_API_KEY_FILE": "is not read before it is needed"},
        {**ENOUGH, "STORMPATH_ENABLE_GOOGLE": True, "STORMPATH_SOCIAL": {"GOOGLE": GOOGLE}},
        {**ENOUGH, "STORMPATH_ENABLE_FACEBOOK": True, "STORMPATH_SOCIAL": {"FACEBOOK": FACEBOOK}},
        {**ENOUGH, "STORMPATH_COOKIE_DOMAIN": "", "STORMPATH_COOKIE_DURATION": None},
        {**ENOUGH, "STORMPATH_ACCOUNT_MAX_AGE": None},
    ],
)
def test_a_configuration_with_all_that_is_needed_is_accepted(settings: dict[str, Any]):
    check_settings(configured(**settings))


def test_the_first_of_several_problems_is_told():
    wrong: dict[str, Any] = {
        "STORMPATH_ENABLE_GOOGLE": True,
        "STORMPATH_ENABLE_FACEBOOK": True,
        "STORMPATH_COOKIE_DOMAIN": 1,
        "STORMPATH_COOKIE_DURATION": 1,
        "STORMPATH_ACCOUNT_MAX_AGE": 1,
        "STORMPATH_PRODUCES": [],
        "STORMPATH_ME_EXPAND": ["passwords"],
        "STORMPATH_OAUTH_GRANTS": ["implicit"],
        "STORMPATH_SOCIAL": "GOOGLE",
    }
    repairs: list[tuple[str, dict[str, Any]]] = [
        (CREDENTIALS, {"STORMPATH_DATABASE": "sqlite://"}),
        (APPLICATION, {"STORMPATH_APPLICATION": "Shop"}),
        (OF_SOCIAL, {"STORMPATH_SOCIAL": {}}),
        (OF_GOOGLE, {"STORMPATH_ENABLE_GOOGLE": False}),
        (OF_FACEBOOK, {"STORMPATH_ENABLE_FACEBOOK": False}),
        (DOMAIN, {"STORMPATH_COOKIE_DOMAIN": None}),
        (DURATION, {"STORMPATH_COOKIE_DURATION": None}),
        (MAX_AGE, {"STORMPATH_ACCOUNT_MAX_AGE": None}),
        (PRODUCES, {"STORMPATH_PRODUCES": ["text/html"]}),
        (ME_EXPAND, {"STORMPATH_ME_EXPAND": []}),
        (GRANTS, {"STORMPATH_OAUTH_GRANTS": []}),
    ]

    for message, repair in repairs:
        with pytest.raises(ConfigurationError) as told:
            check_settings(configured(**wrong))
        assert str(told.value).startswith(message)
        wrong |= repair
    check_settings(configured(**wrong))


def test_check_settings_works_before_the_defaults_are_there():
    check_settings(ENOUGH)
    with pytest.raises(ConfigurationError, match=CREDENTIALS):
        check_settings({})


def test_the_environment_names_a_database_for_an_app_that_names_no_service(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STORMPATH_DATABASE", "sqlite:///of-the-environment.db")

    assert database_of(configured()) == "sqlite:///of-the-environment.db"
    assert database_of(configured(STORMPATH_DATABASE="sqlite://")) == "sqlite://"
    assert database_of(configured(STORMPATH_BASE_URL="http://localhost:8080/v1")) is None
    check_settings(configured(STORMPATH_APPLICATION="Shop"))
    with pytest.raises(ConfigurationError, match=CREDENTIALS):
        check_settings(
            configured(STORMPATH_APPLICATION="Shop", STORMPATH_BASE_URL="http://localhost:8080/v1")
        )


@pytest.mark.parametrize("is_secure", [True, False])
def test_the_cookie_that_remembers_is_as_secure_as_the_session(is_secure: bool):
    assert configured(SESSION_COOKIE_SECURE=is_secure).get("REMEMBER_COOKIE_SECURE", False) is is_secure
    assert (
        configured(SESSION_COOKIE_SECURE=True, REMEMBER_COOKIE_SECURE=False)["REMEMBER_COOKIE_SECURE"]
        is False
    )
