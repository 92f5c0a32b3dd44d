"""Providers and logins by themselves, and what an app without any need not have."""

import subprocess
import sys

import pytest
from flask import Flask

from flask_stormpath import ConfigurationError, check_settings
from flask_stormpath.logins import login_states
from flask_stormpath.logins.login_states import LoginState
from flask_stormpath.social.providers import Provider


def test_importing_the_extension_does_not_load_authlib():
    code = "import flask_stormpath, sys; print({'authlib', 'joserfc'} & sys.modules.keys())"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert ran.stdout == "set()\n"


def test_settings_do_not_show_secrets():
    assert "geheim" not in repr(Provider("x", "X", client_secret="geheim"))


def test_the_domain_of_an_account_is_that_of_the_settings():
    from flask_stormpath.social.oauth import is_of_domain

    of_one, of_any = (Provider("google", "Google", hd=each) for each in ("Example.com", "*"))

    assert is_of_domain(of_one, "example.COM")
    assert is_of_domain(of_any, "example.com")
    assert not any(
        is_of_domain(of_one, each) for each in (None, "", "*", "example.com.evil.com", ["example.com"])
    )
    assert not any(is_of_domain(of_any, each) for each in (None, "", 7))


def test_an_empty_state_is_that_of_no_login():
    app = Flask("site")
    app.secret_key = "of the tests"

    with app.test_request_context():
        login_states.add(LoginState("twitter", "", "http://localhost/callbacks/twitter"))
        assert login_states.take("twitter", "") is None


@pytest.mark.parametrize("social", ["GOOGLE", ["GOOGLE"], {"GITHUB": "the secret"}, {"GITHUB": None}])
def test_providers_are_described_by_dictionaries(social: object):
    config = {"STORMPATH_DATABASE": "sqlite:///users.db", "STORMPATH_APPLICATION": "Shop"}

    with pytest.raises(ConfigurationError, match="STORMPATH_SOCIAL must be a dictionary"):
        check_settings(config | {"STORMPATH_SOCIAL": social})
    check_settings(config | {"STORMPATH_SOCIAL": {"GITHUB": {}}})
