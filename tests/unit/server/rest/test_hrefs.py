"""Hrefs: those that are built, and those that callers send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormpath.server.resources import RESOURCES, RULES
from stormpath.server.rest.hrefs import Hrefs
from stormpath.server.schema.errors import ApiError

HREFS = Hrefs("https://id.example.com/v1", RESOURCES)
STORE = RULES["accountStoreMapping"].resource.link("accountStore")


def test_a_page_of_the_service_is_stored_without_its_host_and_shown_with_it():
    assert HREFS.of_page("https://id.example.com/passwordReset") == "/passwordReset"
    assert HREFS.page("/passwordReset") == "https://id.example.com/passwordReset"


@pytest.mark.parametrize(
    "url", ["https://other.example/x", "https://id.example.com.evil/x", "https://id.example.com", "app://x"]
)
def test_other_urls_are_stored_unchanged(url: str):
    assert HREFS.of_page(url) == HREFS.page(url) == url


def test_an_href_is_below_the_base_url():
    assert HREFS.of("account", "a1") == "https://id.example.com/v1/accounts/a1"
    assert HREFS.custom_data("account", "a1") == "https://id.example.com/v1/accounts/a1/customData"


@pytest.mark.parametrize(
    "href",
    [
        "https://id.example.com/v1/directories/d1",
        "https://other.example/v1/directories/d1",
        "http://localhost:8080/v1/directories/d1/",
        "/v1/directories/d1",
        "https://id.example.com/v1/directories/d1?expand=tenant#x",
    ],
)
def test_an_href_is_resolved_by_its_path_whatever_its_host(href: str):
    assert HREFS.resolve(href) == ("directory", "d1")


@pytest.mark.parametrize(
    "href",
    [
        "",
        "/",
        "d1",
        "directories/d1",
        "/v1/directories",
        "/v1/directories/",
        "/v1/nothing/d1",
        "/v1/directories/d1/accounts",
        "/v1/Directories/d1",
        "/v1/directories/a-b",
        "/v1/directories/%41",
        "/v1/directories/" + "x" * 65,
        "http://[",
        "/v2/directories/d1",
    ],
)
def test_anything_else_is_no_href_of_a_resource(href: str):
    assert HREFS.resolve(href) is None


@given(st.text())
def test_any_text_can_be_resolved_without_an_exception(text: str):
    for href in (text, f"/v1/{text}", f"https://{text}/v1/directories/d1"):
        found = HREFS.resolve(href)
        assert found is None or found[0] in {each.name for each in RESOURCES}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("x", 2004),
        ({}, 2000),
        ({"href": None}, 2000),
        ({"href": 7}, 2004),
        ({"href": "x"}, 2002),
        ({"href": "/v1/nothing/a"}, 2014),
        ({"href": "/v1/accounts/a"}, 2014),
    ],
)
def test_a_link_to_no_possible_target_is_an_error(value: object, code: int):
    with pytest.raises(ApiError) as caught:
        HREFS.target(STORE, value)

    assert caught.value.code == code


def test_a_link_names_its_target():
    assert HREFS.target(STORE, {"href": "/v1/groups/g1", "name": "ignored"}) == ("group", "g1")
