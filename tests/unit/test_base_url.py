"""The base URL: the hrefs below it, and the masking of secrets in URLs."""

import pytest

from stormpath.base_url import BaseUrl, ends_in_token, listed, without_secrets, without_token

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
        "/v1/applications/x/authTokens/a/T0k3n",
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


INTERNAL = BaseUrl(
    "http://users.internal:8080/v1",
    ["https://id.example.com/users/v1/", "HTTPS://Old.Example.com:443/v1", "https://api.stormpath.com/v1"],
)


@pytest.mark.parametrize(
    ("href", "rest"),
    [
        ("https://id.example.com/users/v1/accounts/x?a=b", "/accounts/x?a=b"),
        ("https://ID.example.com:443/users/v1/accounts/x", "/accounts/x"),
        ("https://old.example.com/v1/accounts/x/customData/a%2Fb", "/accounts/x/customData/a%2Fb"),
        ("https://api.stormpath.com/v1/accounts/x", "/accounts/x"),
        ("http://users.internal:8080/v1/accounts/x", "/accounts/x"),
        ("/accounts/x", "/accounts/x"),
    ],
)
def test_an_href_below_an_alias_is_spelled_below_the_base(href: str, rest: str) -> None:
    assert INTERNAL.absolute(href) == f"http://users.internal:8080/v1{rest}"


@pytest.mark.parametrize(
    "href",
    [
        "https://id.example.com/v1/accounts/x",
        "http://id.example.com/users/v1/accounts/x",
        "https://id.example.com/users/v1evil",
        "https://id.example.com/users/v1/../../admin",
        "https://id.example.com/users/v1/%2e%2e/admin",
        "https://joe@old.example.com/v1/accounts/x",
        "https://old.example.com.evil.com/v1/accounts/x",
        "https://evil.example.com/v1/accounts/x",
    ],
)
def test_an_href_below_no_alias_stays_outside(href: str) -> None:
    assert INTERNAL.absolute(href) is None


def test_of_aliases_below_each_other_the_longest_counts() -> None:
    base = BaseUrl("http://a/v1", ["https://b.example.com", "https://b.example.com/api/v1"])

    assert base.absolute("https://b.example.com/api/v1/accounts/x") == "http://a/v1/accounts/x"
    assert base.absolute("https://b.example.com/accounts/x") == "http://a/v1/accounts/x"


def test_an_alias_that_closed_does_not_close_the_base() -> None:
    assert not INTERNAL.is_closed


@pytest.mark.parametrize("spelled", ["HTTPS://ID.Example.com/v1", "https://id.example.com:443/v1/"])
def test_all_spellings_of_a_base_are_one(spelled: str) -> None:
    assert BaseUrl(spelled).url == BASE.url
    assert BaseUrl(BASE.url, [spelled]).aliases == ()


@pytest.mark.parametrize(
    "alias", ["id.example.com", "ftp://id/v1", "https://id/v1?a=b", "https://id:x/v1", "https:// id/v1", ""]
)
def test_an_alias_is_a_base_url(alias: str) -> None:
    with pytest.raises(ValueError, match="An alias of the base URL begins with"):
        BaseUrl("http://a/v1", [alias])


def test_an_alias_below_the_base_is_refused() -> None:
    with pytest.raises(ValueError, match="below the base URL itself"):
        BaseUrl("http://a/v1", ["http://A:80/v1/old"])


def test_a_wrong_base_url_is_named_without_its_password() -> None:
    with pytest.raises(ValueError, match=r"\.\.\.@id") as caught:
        BaseUrl("ftp://joe:sEcReT@id.example.com/v1")

    assert "sEcReT" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "urls"),
    [
        (None, ()),
        ("", ()),
        ("https://a/v1, https://b/v1,", ("https://a/v1", "https://b/v1")),
        (["https://a/v1 "], ("https://a/v1",)),
    ],
)
def test_aliases_are_a_list_or_one_text(given: str | list[str] | None, urls: tuple[str, ...]) -> None:
    assert listed(given) == urls
