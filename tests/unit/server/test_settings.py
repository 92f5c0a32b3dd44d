"""Settings: their defaults, their variables in the environment, their bounds."""

import dataclasses

import pytest

from stormpath.server.settings import DEFAULT_BASE_URL, SETTINGS, Settings, variable_of

VALUES = {
    "STORMPATH_DATABASE": "sqlite:///users.db",
    "STORMPATH_BASE_URL": "https://id.example.com/v1/",
    "STORMPATH_BASE_URL_ALIASES": "http://Users.internal:8080/v1/",
    "STORMPATH_SECRET_KEY": "key",
    "STORMPATH_SECRET_KEY_FILE": "file",
    "STORMPATH_PASSWORD_HASHING": "argon2id",
    "STORMPATH_SIGNATURE_WINDOW": "60",
    "STORMPATH_KEY_CACHE": "0.5",
    "STORMPATH_STATEMENT_TIMEOUT": "2.5",
    "STORMPATH_DATABASE_CONNECTIONS": "8",
    "STORMPATH_MAX_BODY": "1000",
    "STORMPATH_HASH_SLOTS": "3",
    "STORMPATH_MAX_BCRYPT_COST": "10",
    "STORMPATH_MAX_LINKS": "7",
    "STORMPATH_SMTP_URL": "smtp://mail.example.com:2525",
    "STORMPATH_MAIL_FROM": "Us <us@example.com>",
    "STORMPATH_TENANT_MAIL_TARGETS": "10.0.0.0/8",
    "STORMPATH_TENANT_MAIL_PORTS": "25",
    "STORMPATH_OUTBOUND_TARGETS": "login.internal",
    "STORMPATH_OUTBOUND_PORTS": "443,8443",
    "STORMPATH_OUTBOUND_CA": "ca.pem",
    "STORMPATH_AGENTS": "on",
    "STORMPATH_AGENT_TARGETS": "ldap.internal",
    "STORMPATH_AGENT_PORTS": "389",
    "STORMPATH_MAILS_PER_ADDRESS": "4",
    "STORMPATH_MAILS_PER_ACCOUNT": "5",
    "STORMPATH_MAILS_PER_DIRECTORY": "0",
    "STORMPATH_SMS_URL": "https://sms.example.com/send",
    "STORMPATH_SMS_HEADER": "X-Key: key",
    "STORMPATH_SMS_BODY": "to=${to}&text=${text}",
    "STORMPATH_SMS_FROM": "Shop",
    "STORMPATH_SMS_PER_NUMBER": "1",
    "STORMPATH_SMS_PER_ACCOUNT": "2",
    "STORMPATH_SMS_PER_DIRECTORY": "0",
    "STORMPATH_GUESSES_PER_ACCOUNT": "6",
    "STORMPATH_GUESSES_PER_ADDRESS": "0",
    "STORMPATH_GUESSES_PER_KEY": "8",
    "STORMPATH_SECURITY_EVENTS_DAYS": "30",
    "STORMPATH_SECURITY_EVENTS_PER_KIND": "1000",
    "STORMPATH_PHONE_REGION": "DE",
    "STORMPATH_REDIS_URL": "redis://127.0.0.1:6379/0",
    "STORMPATH_CONSOLE": "off",
    "STORMPATH_CONSOLE_REGISTRATION": "on",
    "STORMPATH_GOOGLE_TOKEN_URL": "http://127.0.0.1:9/token",
    "STORMPATH_GOOGLE_TOKENINFO_URL": "http://127.0.0.1:9/tokeninfo",
    "STORMPATH_GOOGLE_USERINFO_URL": "http://127.0.0.1:9/userinfo",
    "STORMPATH_FACEBOOK_GRAPH_URL": "http://127.0.0.1:9/v24.0",
    "STORMPATH_GITHUB_API_URL": "https://github.example.com/api/v3",
    "STORMPATH_LINKEDIN_TOKEN_URL": "http://127.0.0.1:9/accessToken",
    "STORMPATH_LINKEDIN_INTROSPECTION_URL": "http://127.0.0.1:9/introspectToken",
    "STORMPATH_LINKEDIN_USERINFO_URL": "http://127.0.0.1:9/me",
    "STORMPATH_TWITTER_VERIFY_URL": "http://127.0.0.1:9/verify.json",
}


def test_every_field_is_a_setting_with_a_variable():
    assert list(SETTINGS) == [each.name for each in dataclasses.fields(Settings)]
    assert [variable_of(each) for each in SETTINGS] == list(VALUES)


def test_every_setting_can_be_given_in_the_environment():
    settings = Settings.from_environment(VALUES)

    assert dataclasses.astuple(settings) == (
        "sqlite:///users.db",
        "https://id.example.com/v1",
        "http://users.internal:8080/v1",
        "key",
        "file",
        "argon2id",
        60,
        0.5,
        2.5,
        8,
        1000,
        3,
        10,
        7,
        "smtp://mail.example.com:2525",
        "Us <us@example.com>",
        "10.0.0.0/8",
        "25",
        "login.internal",
        "443,8443",
        "ca.pem",
        True,
        "ldap.internal",
        "389",
        4,
        5,
        0,
        "https://sms.example.com/send",
        "X-Key: key",
        "to=${to}&text=${text}",
        "Shop",
        1,
        2,
        0,
        6,
        0,
        8,
        30,
        1000,
        "DE",
        "redis://127.0.0.1:6379/0",
        False,
        True,
        "http://127.0.0.1:9/token",
        "http://127.0.0.1:9/tokeninfo",
        "http://127.0.0.1:9/userinfo",
        "http://127.0.0.1:9/v24.0",
        "https://github.example.com/api/v3",
        "http://127.0.0.1:9/accessToken",
        "http://127.0.0.1:9/introspectToken",
        "http://127.0.0.1:9/me",
        "http://127.0.0.1:9/verify.json",
    )


def test_what_is_given_wins_and_what_is_left_out_or_empty_has_its_default():
    settings = Settings.from_environment(
        {"STORMPATH_DATABASE": "a", "STORMPATH_MAX_BODY": ""}, database="b", base_url=None
    )

    assert (settings.database, settings.base_url, settings.max_body) == (
        "b",
        DEFAULT_BASE_URL,
        11 * 1024 * 1024,
    )


def test_a_database_must_be_named():
    with pytest.raises(ValueError, match="STORMPATH_DATABASE"):
        Settings.from_environment({})


@pytest.mark.parametrize(
    "variable",
    [
        *("STORMPATH_SIGNATURE_WINDOW", "STORMPATH_KEY_CACHE", "STORMPATH_MAX_BODY", "STORMPATH_HASH_SLOTS"),
        *(f"STORMPATH_MAILS_PER_{each}" for each in ("ADDRESS", "ACCOUNT", "DIRECTORY")),
        *(f"STORMPATH_SMS_PER_{each}" for each in ("NUMBER", "ACCOUNT", "DIRECTORY")),
        *(f"STORMPATH_GUESSES_PER_{each}" for each in ("ADDRESS", "ACCOUNT", "KEY")),
    ],
)
def test_the_text_of_a_number_is_a_number(variable: str):
    with pytest.raises(ValueError, match=f"{variable} must be a number, not 'many'"):
        Settings.from_environment({"STORMPATH_DATABASE": "a", variable: "many"})


@pytest.mark.parametrize(
    "base_url", ["x", "localhost:8080/v1", "ftp://x/v1", "https://", "https://x/v1?a=b", "https://x/v1#a"]
)
def test_a_base_url_is_a_whole_url_without_query_and_fragment(base_url: str):
    with pytest.raises(ValueError, match="base URL"):
        Settings.from_environment({"STORMPATH_DATABASE": "a"}, base_url=base_url)
    with pytest.raises(ValueError, match="A base URL's alias"):
        Settings.from_environment({"STORMPATH_DATABASE": "a"}, base_url_aliases=f"http://a/v1,{base_url}")


def test_a_wrong_base_url_is_shown_without_its_password():
    with pytest.raises(ValueError, match="alias") as caught:
        Settings.from_environment(
            {"STORMPATH_DATABASE": "a", "STORMPATH_BASE_URL_ALIASES": "https://joe:hunter2@x/v1?a=b"}
        )

    assert "'***@x/v1?a=b'" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "spelled",
    ["https://id.example.com/v1", "HTTPS://ID.Example.com:443/v1/", " https://id.example.com/v1// "],
)
def test_all_spellings_of_a_base_url_are_one(spelled: str):
    settings = Settings.from_environment(
        {"STORMPATH_DATABASE": "a"}, base_url=spelled, base_url_aliases=spelled
    )

    assert settings.base_url == "https://id.example.com/v1"
    assert settings.aliases == ()
    twice = Settings.from_environment({"STORMPATH_DATABASE": "a"}, base_url_aliases=f"{spelled},{spelled}")
    assert twice.aliases == ("https://id.example.com/v1",)


@pytest.mark.parametrize(("number", "is_accepted"), [(8, True), (9, False)])
def test_the_number_of_aliases_is_bounded(number: int, is_accepted: bool):
    aliases = ",".join(f"http://host{each}/v1" for each in range(number))
    environment = {"STORMPATH_DATABASE": "a", "STORMPATH_BASE_URL_ALIASES": aliases}

    if is_accepted:
        assert len(Settings.from_environment(environment).aliases) == number
    else:
        with pytest.raises(ValueError, match="STORMPATH_BASE_URL_ALIASES may name 8"):
            Settings.from_environment(environment)


@pytest.mark.parametrize(
    "limit",
    [
        *(f"MAILS_PER_{each}" for each in ("ADDRESS", "ACCOUNT", "DIRECTORY")),
        *(f"GUESSES_PER_{each}" for each in ("ADDRESS", "ACCOUNT", "KEY")),
    ],
)
def test_a_limit_is_not_below_zero(limit: str):
    variable = f"STORMPATH_{limit}"

    assert Settings.from_environment({"STORMPATH_DATABASE": "a", variable: "0"})
    with pytest.raises(ValueError, match=rf"{variable} must be 0 \(no limit\) or more, not -1\."):
        Settings.from_environment({"STORMPATH_DATABASE": "a", variable: "-1"})


@pytest.mark.parametrize(
    ("name", "least", "less"), [("STATEMENT_TIMEOUT", "0.1", "0"), ("DATABASE_CONNECTIONS", "4", "3")]
)
def test_limits_of_the_database_are_not_below_what_the_service_needs(name: str, least: str, less: str):
    variable = f"STORMPATH_{name}"

    assert Settings.from_environment({"STORMPATH_DATABASE": "a", variable: least})
    with pytest.raises(ValueError, match=rf"{variable} must be {least} \(.+\) or more, not {less}"):
        Settings.from_environment({"STORMPATH_DATABASE": "a", variable: less})


@pytest.mark.parametrize(
    "settings",
    [
        Settings("a", secret_key="hunter2"),
        Settings("a", smtp_url="smtp://us:hunter2@example.com"),
        Settings("a", redis_url="redis://:hunter2@example.com"),
    ],
    ids=["the secret key", "the password of the mail server", "that of Redis"],
)
def test_secrets_are_not_printed(settings: Settings):
    assert "hunter2" not in repr(settings)


ENDPOINTS = [name for name, setting in SETTINGS.items() if setting.is_endpoint]


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize(
    "url",
    [
        "accounts.example.com/token",
        "ftp://accounts.example.com",
        "https://",
        "https://a b.example.com",
        "https://accounts.example.com/token?tenant=1",
        "https://accounts.example.com/#token",
        "https://[accounts",
        "https://accounts.example.com:99999/",
    ],
)
def test_the_endpoint_of_a_provider_is_a_whole_url(name: str, url: str):
    with pytest.raises(ValueError, match=f"{variable_of(name)} must be a URL such as https://"):
        Settings.from_environment({variable_of(name): url}, database="a")


def test_a_refused_endpoint_is_shown_without_its_password():
    with pytest.raises(ValueError, match="must be a URL") as refused:
        Settings.from_environment(
            {"STORMPATH_GITHUB_API_URL": "https://joe:hunter2@github.example.com"}, database="a"
        )

    assert "hunter2" not in str(refused.value)
    assert "github.example.com" in str(refused.value)
