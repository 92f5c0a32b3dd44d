"""The settings: their names, defaults and meanings, and what is wrong with a configuration.

``init_app`` reads those that decide which views exist; the others are read when they are needed.
"""

from collections.abc import Callable, Mapping, MutableMapping
from copy import copy
from datetime import timedelta
from os import environ
from typing import Any, Final, NamedTuple

from flask_stormpath.errors import ConfigurationError

YEAR: Final = timedelta(days=365)

#: The content types that views answer with.
PRODUCIBLE: Final = ("text/html", "application/json")
#: The grants of the view ``oauth``.
GRANTS: Final = ("password", "refresh_token", "client_credentials", "stormpath_social")
#: The linked resources that the view ``me`` can include.
EXPANDABLE: Final = (
    "customData",
    "groups",
    "groupMemberships",
    "directory",
    "tenant",
    "applications",
    "apiKeys",
    "providerData",
    "factors",
    "phones",
    "linkedAccounts",
)


class Setting(NamedTuple):
    """One key of ``app.config``, without its prefix ``STORMPATH_``."""

    name: str
    default: Any
    help: str

    @property
    def key(self) -> str:
        """The key in ``app.config``."""
        return f"STORMPATH_{self.name}"


SERVICE: Final = (
    Setting("DATABASE", None, "A database of your own, such as ``sqlite:///users.db``: no key is needed."),
    Setting("BASE_URL", None, "The address of a served API, such as ``https://id.example.com/v1``."),
    Setting(
        "API_KEY_FILE", None, "The path of an ``apiKey.properties``. It has precedence over the key pair."
    ),
    Setting("API_KEY_ID", None, "The id of an API key."),
    Setting("API_KEY_SECRET", None, "The secret of that key."),
    Setting("APPLICATION", None, "The name or href of the application. In a database it is made if needed."),
    Setting(
        "GUESS_APPLICATION",
        False,
        "Without a name, the application is the only one of the tenant besides ``Stormpath``.",
    ),
    Setting("CACHE", None, "The cache options of the client. None: a cache in the memory of this process."),
    Setting(
        "ACCOUNT_MAX_AGE",
        timedelta(seconds=30),
        "The age at which a cached account is read again. What another process does to an account (a new "
        "password, a new status, an ended session) is noticed then.",
    ),
    Setting("SMTP_URL", None, "With a database: the mail server, such as ``smtp://localhost:1025``."),
    Setting(
        "MAIL_FROM", None, "With a database: the sender of e-mails, such as ``Shop <hello@example.com>``."
    ),
    Setting("SMS_GATEWAY", None, "With a database: a function of a number and a text that sends messages."),
    Setting(
        "SITE_URL",
        None,
        "The address of your site, such as ``https://example.com``. New directories "
        "get links in e-mails that lead to it.",
    ),
    Setting("AGENT", None, "The product that embeds this app; it goes before the user agent of the client."),
)

FIELDS: Final = (
    Setting("ENABLE_USERNAME", False, "People may choose a username, and log in with it."),
    Setting("ENABLE_EMAIL", True, "Must stay True."),
    Setting("ENABLE_PASSWORD", True, "Must stay True."),
    Setting("ENABLE_GIVEN_NAME", True, "The form asks for the first name."),
    Setting("ENABLE_MIDDLE_NAME", True, "The form asks for the middle name."),
    Setting("ENABLE_SURNAME", True, "The form asks for the last name."),
    Setting("REQUIRE_USERNAME", True, "A username is needed, where it is enabled."),
    Setting("REQUIRE_EMAIL", True, "Must stay True."),
    Setting("REQUIRE_PASSWORD", True, "Must stay True."),
    Setting("REQUIRE_GIVEN_NAME", True, "A first name is needed."),
    Setting("REQUIRE_SURNAME", True, "A last name is needed."),
    Setting("REQUIRE_MIDDLE_NAME", False, "A middle name is needed."),
    Setting(
        "CUSTOM_FIELDS", (), "More fields that a registration by JSON may have. They become custom data."
    ),
    Setting(
        "VERIFY_EMAIL", False, "People are told after the registration that they must verify their address."
    ),
)

VIEWS: Final = (
    Setting("ENABLE_REGISTRATION", True, "The view ``register``."),
    Setting("REGISTRATION_URL", "/register", "Its path."),
    Setting("REGISTRATION_AUTO_LOGIN", True, "A person who has registered is logged in."),
    Setting("ENABLE_LOGIN", True, "The view ``login``."),
    Setting("LOGIN_URL", "/login", "Its path."),
    Setting("FACTOR_LOGIN_URL", "/login/factor", "The path where a login asks for the second factor."),
    Setting("ENABLE_LOGOUT", True, "The view ``logout``."),
    Setting("LOGOUT_URL", "/logout", "Its path."),
    Setting("ENABLE_FORGOT_PASSWORD", False, "The views ``forgot`` and ``forgot_change``."),
    Setting("FORGOT_PASSWORD_URL", "/forgot", "The path of the first."),
    Setting(
        "FORGOT_PASSWORD_CHANGE_URL", "/forgot/change", "The path of the second: of the link in the e-mail."
    ),
    Setting(
        "FORGOT_PASSWORD_CONCEAL",
        None,
        "None: one page for known and unknown addresses. True: back to the "
        "login page for both. False: as in 0.4, an error for an unknown address, which tells strangers who "
        "has an account.",
    ),
    Setting("CHANGE_PASSWORD_AUTO_LOGIN", True, "A person who has set a new password is logged in."),
    Setting("ENABLE_VERIFY_EMAIL", False, "The view ``verify``."),
    Setting("VERIFY_EMAIL_URL", "/verify", "Its path: of the link in the e-mail."),
    Setting("VERIFY_EMAIL_REDIRECT_URL", None, "Where a verified person goes. None: the login page."),
    Setting("ENABLE_FACTORS", False, "The view ``factors``, where people set up a second factor."),
    Setting("FACTORS_URL", "/factors", "Its path."),
    Setting(
        "ENABLE_PHONE_FACTORS",
        None,
        "People may add a phone that gets codes. None: where there is a `STORMPATH_SMS_GATEWAY`. "
        "True: also where a served API sends text messages.",
    ),
    Setting("ENABLE_SESSIONS", False, "The view ``sessions``, where people see and end their logins."),
    Setting("SESSIONS_URL", "/sessions", "Its path."),
    Setting("ENABLE_ME", False, "The view ``me``: the current user as JSON."),
    Setting("ME_URL", "/me", "Its path."),
    Setting("ME_EXPAND", (), "The linked resources that it includes, such as ``groups``."),
    Setting("ENABLE_OAUTH", False, "The view ``oauth``, which issues tokens."),
    Setting("OAUTH_URL", "/oauth/token", "Its path."),
    Setting(
        "OAUTH_GRANTS",
        GRANTS,
        "The grants that it takes.",
    ),
    Setting(
        "ENABLE_TOKEN_COOKIES",
        False,
        "A login sets the cookies ``access_token`` and ``refresh_token``, and no session.",
    ),
    Setting("ENABLE_GOOGLE", False, "Login with Google."),
    Setting("GOOGLE_LOGIN_URL", "/google", "Its path, to which Google sends people back."),
    Setting("ENABLE_FACEBOOK", False, "Login with Facebook."),
    Setting("FACEBOOK_LOGIN_URL", "/facebook", "Its path, to which Facebook sends people back."),
    Setting(
        "SOCIAL",
        {},
        "The credentials of providers. Each other provider than Google and Facebook that is "
        "named here has a button, too.",
    ),
    Setting("CALLBACK_URL", "/callbacks", "Other providers send people back to a path below this one."),
    Setting("ENABLE_ID_SITE", False, "Register, login, forgot and logout lead to ID Site."),
    Setting("ID_SITE_CALLBACK_URL", "/stormpathCallback", "The path to which ID Site sends people back."),
    Setting("ENABLE_SETTINGS", True, "Reserved: there is no such view."),
    Setting("SETTINGS_URL", "/settings", "Reserved."),
    Setting("REDIRECT_URL", "/", "Where people go after a login, and after they set a new password."),
    Setting(
        "REGISTRATION_REDIRECT_URL", None, "Where people go after the registration. None: as after a login."
    ),
    Setting(
        "PRODUCES", ["text/html", "application/json"], "What views answer with; the first is the default."
    ),
    Setting(
        "ENABLE_ORGANIZATIONS",
        False,
        "People register and log in to the organization that the field ``organizationNameKey`` names, or the "
        "host of the request.",
    ),
    Setting(
        "ORGANIZATION_DOMAIN",
        None,
        "With ``example.com``, people at ``acme.example.com`` log in to the "
        "organization with the name key ``acme``.",
    ),
    Setting(
        "CHECK_STORES",
        False,
        "The first use of the application fails if it has no account store, or "
        "registration is on and it has no default one.",
    ),
)

TEMPLATES: Final = (
    Setting("BASE_TEMPLATE", "flask_stormpath/base.html", "What the other templates extend."),
    Setting("REGISTRATION_TEMPLATE", "flask_stormpath/register.html", "The registration."),
    Setting("LOGIN_TEMPLATE", "flask_stormpath/login.html", "The login."),
    Setting("FACTOR_LOGIN_TEMPLATE", "flask_stormpath/factor_login.html", "A login's second factor."),
    Setting("FORGOT_PASSWORD_TEMPLATE", "flask_stormpath/forgot.html", "The forgotten password."),
    Setting(
        "FORGOT_PASSWORD_EMAIL_SENT_TEMPLATE", "flask_stormpath/forgot_email_sent.html", "What follows it."
    ),
    Setting("FORGOT_PASSWORD_CHANGE_TEMPLATE", "flask_stormpath/forgot_change.html", "The new password."),
    Setting(
        "FORGOT_PASSWORD_COMPLETE_TEMPLATE", "flask_stormpath/forgot_complete.html", "What follows that."
    ),
    Setting("VERIFY_EMAIL_TEMPLATE", "flask_stormpath/verify.html", "The request for another e-mail."),
    Setting("FACTORS_TEMPLATE", "flask_stormpath/factors.html", "The second factors of a person."),
    Setting("SESSIONS_TEMPLATE", "flask_stormpath/sessions.html", "The logins of a person."),
    Setting("SETTINGS_TEMPLATE", "flask_stormpath/settings.html", "Reserved."),
)

COOKIES: Final = (
    Setting("COOKIE_DOMAIN", None, "The domain of the cookie that remembers a login."),
    Setting("COOKIE_DURATION", YEAR, "How long a login lasts without a request. None or zero: a year."),
)

SETTINGS: Final = {each.key: each for each in (*SERVICE, *FIELDS, *VIEWS, *TEMPLATES, *COOKIES)}

#: Settings of Flask-Login that have another default here.
FLASK_LOGIN: Final[Mapping[str, Any]] = {
    "REMEMBER_COOKIE_NAME": "stormpath_token",
    "REMEMBER_COOKIE_REFRESH_EACH_REQUEST": True,
    "REMEMBER_COOKIE_SAMESITE": "Lax",
}


def init_settings(config: MutableMapping[str, Any]) -> None:
    """Add the default of each setting that is absent. What the app has set stays."""
    for key, setting in SETTINGS.items():
        if key != "STORMPATH_REGISTRATION_REDIRECT_URL":
            config.setdefault(key, copy(setting.default))
    for key, default in FLASK_LOGIN.items():
        config.setdefault(key, default)
    if config.get("SESSION_COOKIE_SECURE"):
        config.setdefault("REMEMBER_COOKIE_SECURE", True)


def check_settings(config: Mapping[str, Any]) -> None:
    """Raise `ConfigurationError` for the first thing that is missing or wrong. Makes no request."""
    for is_wrong, problem in CHECKS:
        if is_wrong(config):
            raise ConfigurationError(problem)


def database_of(config: Mapping[str, Any]) -> str | None:
    """Return the database of the app, which may be named by the environment as for `Client`."""
    if found := config.get("STORMPATH_DATABASE"):
        return str(found)
    return None if config.get("STORMPATH_BASE_URL") else environ.get("STORMPATH_DATABASE")


def _lacks_credentials(config: Mapping[str, Any]) -> bool:
    pair = config.get("STORMPATH_API_KEY_ID") and config.get("STORMPATH_API_KEY_SECRET")
    return not (pair or config.get("STORMPATH_API_KEY_FILE") or database_of(config))


def _lacks_application(config: Mapping[str, Any]) -> bool:
    return not (config.get("STORMPATH_APPLICATION") or config.get("STORMPATH_GUESS_APPLICATION"))


def _lacks(provider: str, *names: str) -> Callable[[Mapping[str, Any]], bool]:
    def is_wrong(config: Mapping[str, Any]) -> bool:
        given = (config.get("STORMPATH_SOCIAL") or {}).get(provider) or {}
        return bool(config.get(f"STORMPATH_ENABLE_{provider}")) and not all(map(given.get, names))

    return is_wrong


def _is_wrong_social(config: Mapping[str, Any]) -> bool:
    given = config.get("STORMPATH_SOCIAL") or {}
    return not isinstance(given, Mapping) or not all(isinstance(each, Mapping) for each in given.values())


def _is_no(kind: type, key: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda config: bool(config.get(key)) and not isinstance(config.get(key), kind)


def _has_other(key: str, *known: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda config: not set(config.get(key) or ()) <= set(known)


#: In the order in which they are made. The texts of 0.4 are interface.
CHECKS: Final[tuple[tuple[Callable[[Mapping[str, Any]], bool], str], ...]] = (
    (_lacks_credentials, "You must define your Stormpath credentials."),
    (_lacks_application, "You must define your Stormpath application."),
    (_is_wrong_social, "STORMPATH_SOCIAL must be a dictionary with a dictionary for each provider."),
    (_lacks("GOOGLE", "client_id", "client_secret"), "You must define your Google app settings."),
    (_lacks("FACEBOOK", "app_id", "app_secret"), "You must define your Facebook app settings."),
    (_is_no(str, "STORMPATH_COOKIE_DOMAIN"), "STORMPATH_COOKIE_DOMAIN must be a string."),
    (_is_no(timedelta, "STORMPATH_COOKIE_DURATION"), "STORMPATH_COOKIE_DURATION must be a timedelta object."),
    (_is_no(timedelta, "STORMPATH_ACCOUNT_MAX_AGE"), "STORMPATH_ACCOUNT_MAX_AGE must be a timedelta object."),
    (
        lambda config: not {*config.get("STORMPATH_PRODUCES", PRODUCIBLE)} & {*PRODUCIBLE},
        f"STORMPATH_PRODUCES must have one of {', '.join(PRODUCIBLE)}.",
    ),
    (
        _has_other("STORMPATH_ME_EXPAND", *EXPANDABLE),
        f"STORMPATH_ME_EXPAND must be a list of names among {', '.join(EXPANDABLE)}.",
    ),
    (
        _has_other("STORMPATH_OAUTH_GRANTS", *GRANTS),
        f"STORMPATH_OAUTH_GRANTS must be a list of names among {', '.join(GRANTS)}.",
    ),
)
