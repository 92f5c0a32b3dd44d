"""The callback URIs that an application allows (rest-auth 7.4)."""

import pytest

from stormpath.server.authentication.callback_uris import is_authorized


@pytest.mark.parametrize(
    ("uri", "allowed"),
    [
        ("https://example.com/cb", "https://example.com/cb"),
        ("HTTPS://EXAMPLE.com/cb", "https://example.COM/cb"),
        ("https://example.com/cb?x=1", "https://example.com/cb"),
        ("https://example.com/cb?x=1", "https://example.com/cb?x=1"),
        ("https://a.example.com/cb", "https://*.example.com/cb"),
        ("https://example.com:8443/cb", "https://example.com:8443/cb"),
        ("com.example.app://cb", "com.example.app://cb"),
    ],
)
def test_scheme_and_host_match_in_any_case_and_an_asterisk_is_one_label(uri: str, allowed: str) -> None:
    assert is_authorized(uri, ["https://other.example", allowed])


@pytest.mark.parametrize(
    ("uri", "allowed"),
    [
        ("http://example.com/cb", "https://example.com/cb"),
        ("https://example.com/CB", "https://example.com/cb"),
        ("https://example.com/cb/", "https://example.com/cb"),
        ("https://example.com/cb/more", "https://example.com/cb"),
        ("https://example.com/cb?x=2", "https://example.com/cb?x=1"),
        ("https://example.com/cb", "https://example.com/cb?x=1"),
        ("https://example.com/cb#here", "https://example.com/cb"),
        ("https://example.com/cb#", "https://example.com/cb"),
        ("https://example.com:8443/cb", "https://example.com/cb"),
        ("https://example.com/cb", "https://*.example.com/cb"),
        ("https://.example.com/cb", "https://*.example.com/cb"),
        ("https://a.b.example.com/cb", "https://*.example.com/cb"),
        ("https://a.example.com.evil.example/cb", "https://*.example.com/cb"),
        ("https://a.example.com/cb", "https://b*.example.com/cb"),
        ("https://example.com/path", "https://example.com/*"),
        ("https://example.com@evil.example/cb", "https://example.com/cb"),
        ("https://me@example.com/cb", "https://example.com/cb"),
        ("https://example.com:port/cb", "https://example.com/cb"),
        ("https://[broken/cb", "https://example.com/cb"),
        ("/cb", "/cb"),
        ("", ""),
    ],
)
def test_any_other_difference_does_not_match(uri: str, allowed: str) -> None:
    assert not is_authorized(uri, [allowed])


def test_nothing_is_allowed_where_nothing_is_listed() -> None:
    assert not is_authorized("https://example.com/cb", [])
