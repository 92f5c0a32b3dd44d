"""The base URL: the hrefs below it, and the masking of secrets in URLs."""

import pytest

from stormpath.base_url import BaseUrl, ends_in_token, without_secrets, without_token

BASE = BaseUrl("https://id.example.com/v1/")


@pytest.mark.parametrize(
    ("href", "absolute"),
    [
        ("/accounts/x", "https://id.example.com/v1/accounts/x"),
        ("accounts/x", "https://id.example.com/v1/accounts/x"),
        ("https://id.example.com/v1/accounts/x", "https://id.example.com/v1/accounts/x"),
        ("HTTPS://ID.example.com:443/v1/accounts/X?a=B", "https://id.example.com/v1/accounts/X?a=B"),
        ("https://id.example.com/v1", "https://id.example.com/v1"),
        ("/accounts/x/customData/a%2Fb", "https://id.example.com/v1/accounts/x/customData/a%2Fb"),
        ("/accounts/x?name=../..", "https://id.example.com/v1/accounts/x?name=../.."),
        ("/accounts/.x", "https://id.example.com/v1/accounts/.x"),
        ("//nonces/x", "https://id.example.com/v1//nonces/x"),
        ("@evil.example.com", "https://id.example.com/v1/@evil.example.com"),
    ],
)
def test_an_href_below_the_base_becomes_absolute(href: str, absolute: str) -> None:
    assert BASE.absolute(href) == absolute


@pytest.mark.parametrize(
    "href",
    [
        "https://evil.example.com/v1/accounts/x",
        "http://id.example.com/v1/accounts/x",
        "https://id.example.com:8443/v1/accounts/x",
        "https://id.example.com/v1evil",
        "https://id.example.com/v2/accounts/x",
        "https://id.example.com",
        "https://id.example.com.evil.com/v1/x",
        "https://id.example.com@evil.com/v1/x",
        "https://id.example.com/v1/../admin",
        "https://id.example.com/v1/a/%2e%2E/%2e%2e/admin",
        "/../admin",
        "accounts/./x",
        "https://[/v1/x",
        "ftp://id.example.com/v1/x",
    ],
)
def test_an_href_outside_the_base_has_no_absolute_form(href: str) -> None:
    assert BASE.absolute(href) is None


def test_a_url_with_a_user_name_is_outside_the_base() -> None:
    assert BASE.absolute("https://joe@id.example.com:443/v1/x") is None


@pytest.mark.parametrize(
    "url",
    ["https://api.stormpath.com/v1", "http://API.stormpath.com./", "https://enterprise.stormpath.io/v1"],
)
def test_the_addresses_of_the_old_service_are_closed(url: str) -> None:
    assert BaseUrl(url).is_closed
    assert not BASE.is_closed


def test_a_url_in_a_message_names_no_password_and_no_query() -> None:
    assert without_secrets("https://joe:pw@id.example.com/v1/x?token=t#f") == "https://id.example.com/v1/x"


@pytest.mark.parametrize(
    "href",
    [
        "https://id.example.com/v1/accounts/emailVerificationTokens/T0k3n",
        "/v1/applications/x/passwordResetTokens/a.T0k3n.c",
        "/v1/applications/x/authTokens/a.T0k3n.c?expand=account",
    ],
)
def test_a_token_at_the_end_of_an_href_is_masked(href: str) -> None:
    assert ends_in_token(href)
    assert "T0k3n" not in without_token(href) + without_secrets(href)
    assert "Tokens/***" in without_token(href)


@pytest.mark.parametrize(
    "href", ["/v1/accounts/x", "/v1/applications/x/passwordResetTokens", "/v1/accessTokens/x"]
)
def test_hrefs_without_a_token_are_not_masked(href: str) -> None:
    assert not ends_in_token(href)
    assert without_token(href) == href
