"""The addresses of a service: the paths and signatures under its base URL and its aliases."""

import pytest

from stormpath.server.resources import RESOURCES
from stormpath.server.rest.addresses import Addresses
from stormpath.server.rest.hrefs import Hrefs

BASE = "https://id.example.com/users/v1"
ALIASES = ("http://backend:8080/v1", "https://old.example.com/users/v1", "http://bare.internal")
ADDRESSES = Addresses(BASE, ALIASES)


@pytest.mark.parametrize(
    ("path", "rest"),
    [
        ("/users/v1/accounts/a", "accounts/a"),
        ("/v1/accounts/a", "accounts/a"),
        ("/accounts/a", "accounts/a"),
        ("/v10/accounts/a", "v10/accounts/a"),
        ("*", None),
    ],
)
def test_what_follows_the_longest_path_is_the_rest(path: str, rest: str | None):
    assert ADDRESSES.rest(path) == rest


def test_a_signature_may_be_for_each_address_and_for_no_other():
    assert list(ADDRESSES.signed("backend:8080", "/v1/accounts/a")) == [
        ("id.example.com", "/users/v1/accounts/a"),
        ("old.example.com", "/users/v1/accounts/a"),
        ("bare.internal", "/accounts/a"),
    ]


def test_a_path_below_no_address_may_be_signed_for_each_host():
    addresses = Addresses("https://id.example.com/users/v1")

    assert list(addresses.signed("backend:8080", "/v1/accounts/a")) == [("id.example.com", "/v1/accounts/a")]
    assert list(addresses.signed("id.example.com", "/v1/accounts/a")) == []


def test_a_long_path_is_signed_for_no_other_address():
    assert len(list(ADDRESSES.signed("other", "/v1/" + "x" * 2044))) == 4
    assert list(ADDRESSES.signed("other", "/v1/" + "x" * 2045)) == []


def test_origins_are_as_browsers_send_them():
    assert ADDRESSES.origins == (
        "https://id.example.com",
        "http://backend:8080",
        "https://old.example.com",
        "http://bare.internal",
    )


def test_without_another_path_no_path_is_looked_at():
    assert ADDRESSES.has_other_paths
    assert not Addresses(BASE, ["https://old.example.com/users/v1"]).has_other_paths


@pytest.mark.parametrize("base", [BASE, *ALIASES, "", "https://unknown.example.com/v1"])
def test_an_href_in_a_body_may_begin_with_each_address(base: str):
    hrefs = Hrefs(BASE, RESOURCES, ALIASES)

    assert hrefs.resolve(f"{base}/directories/d1") == ("directory", "d1")


def test_a_page_of_the_service_is_stored_without_the_host_of_an_alias():
    hrefs = Hrefs(BASE, RESOURCES, ALIASES)

    assert hrefs.of_page("https://old.example.com/passwordReset") == "/passwordReset"
    assert (
        hrefs.of_page("https://other.example.com/passwordReset") == "https://other.example.com/passwordReset"
    )
