"""Settings and where they come from."""

import dataclasses
from typing import get_type_hints

import pytest

from stormpath.server.settings import DEFAULT_BASE_URL, ENVIRONMENT, Settings

KINDS = get_type_hints(Settings)
NUMBERS = [name for name, kind in KINDS.items() if kind in (int, float)]
CAPS = [name for name in NUMBERS if name.startswith("mails_per_")]


def test_every_setting_has_a_variable_that_is_named_like_it():
    assert {name: f"STORMPATH_{name.upper()}" for name in KINDS} == ENVIRONMENT


def test_the_environment_is_read():
    given = {name: number if name in NUMBERS else f"a {name}" for number, name in enumerate(KINDS)}
    given |= {"base_url": "https://id.example.com/v1/", "key_cache": 0.5}

    settings = Settings.from_environment({ENVIRONMENT[name]: str(value) for name, value in given.items()})

    assert dataclasses.asdict(settings) == {**given, "base_url": "https://id.example.com/v1"}


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


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_is_a_number(name: str):
    with pytest.raises(ValueError, match=f"{ENVIRONMENT[name]} must be"):
        Settings.from_environment({"STORMPATH_DATABASE": "a", ENVIRONMENT[name]: "many"})


@pytest.mark.parametrize(
    "base_url", ["x", "localhost:8080/v1", "ftp://x/v1", "https://", "https://x/v1?a=b", "https://x/v1#a"]
)
def test_a_base_url_is_a_url(base_url: str):
    with pytest.raises(ValueError, match="base URL"):
        Settings.from_environment({"STORMPATH_DATABASE": "a"}, base_url=base_url)


@pytest.mark.parametrize("name", CAPS)
def test_a_number_of_emails_is_not_below_zero(name: str):
    variable = ENVIRONMENT[name]

    assert Settings.from_environment({"STORMPATH_DATABASE": "a", variable: "0"})
    with pytest.raises(ValueError, match=f"{variable} must be 0"):
        Settings.from_environment({"STORMPATH_DATABASE": "a", variable: "-1"})


@pytest.mark.parametrize(
    "settings",
    [Settings("a", secret_key="hunter2"), Settings("a", smtp_url="smtp://us:hunter2@example.com")],
    ids=["the secret key", "the password of the mail server"],
)
def test_secrets_are_not_printed(settings: Settings):
    assert "hunter2" not in repr(settings)
