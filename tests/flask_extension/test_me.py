"""The view ``me``: who is shown, to whom, and what of the account."""

from collections.abc import Iterator
from typing import Any

import pytest

from flask_extension.api_calls import (
    PLAIN,
    api_key,
    bearer,
    get,
    is_iso_8601,
    log_in,
    other_person,
    shared_site,
    tokens,
    with_person,
)
from flask_extension.sites import Site, Where
from flask_stormpath import ConfigurationError


@pytest.fixture(scope="module")
def shared(where: Where) -> Iterator[Site]:
    on = {"STORMPATH_ENABLE_OAUTH": True, "STORMPATH_ENABLE_ME": True}
    with shared_site(where, **on, WTF_CSRF_ENABLED=False) as site:
        yield site


@pytest.fixture
def me(shared: Site) -> Site:
    return with_person(shared)


def test_it_fails_unauthenticated_for_json_and_for_html(me: Site):
    for answer in (get(me, "/me"), me.browser.get("/me", headers={"Accept": "text/html"})):
        assert (answer.status_code, answer.data) == (401, b"")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.headers["Cache-Control"] == "no-cache, no-store"


def test_a_session_shows_the_account_without_linked_resources_and_no_cache_keeps_it(me: Site):
    log_in(me)
    get(me, "/me")
    requests = me.count()

    answer = get(me, "/me")

    assert set(answer.json) == {"account"}
    assert set(answer.json["account"]) == PLAIN
    assert answer.json["account"]["email"] == me.address
    assert is_iso_8601(answer.json["account"]["createdAt"])
    assert answer.headers["Cache-Control"] == "no-cache, no-store"
    assert answer.headers["Pragma"] == "no-cache"
    assert requests == 0


def test_a_bearer_token_shows_the_account_and_costs_nothing_the_second_time(me: Site):
    text = tokens(me).json["access_token"]
    requests = me.count()

    answers = [get(me, "/me", **bearer(text)) for _ in range(3)]

    assert {each.json["account"]["email"] for each in answers} == {me.address}
    assert requests == 1


def test_an_api_key_shows_the_account_and_costs_one_request(me: Site):
    key = api_key(me)
    get(me, "/me")
    requests = me.count()

    answer: Any = me.browser.get("/me", auth=(key.id, key.secret))

    assert answer.json["account"]["email"] == me.address
    assert requests == 1


def test_a_token_of_client_credentials_shows_the_account(me: Site):
    key = api_key(me)
    form = {"grant_type": "client_credentials"}
    granted: Any = me.browser.post("/oauth/token", data=form, auth=(key.id, key.secret))

    assert get(me, "/me", **bearer(granted.json["access_token"])).json["account"]["email"] == me.address


def test_the_header_has_precedence_over_the_session(me: Site):
    other = other_person(me)
    text = tokens(me, username=other.email).json["access_token"]
    log_in(me)

    assert get(me, "/me", **bearer(text)).json["account"]["email"] == other.email
    assert get(me, "/me", **bearer("wrong")).status_code == 401
    assert get(me, "/me").json["account"]["email"] == me.address


def test_links_are_shown_where_the_setting_names_them(new_site):
    site = new_site(
        STORMPATH_ENABLE_ME=True,
        STORMPATH_ENABLE_SESSIONS=True,
        STORMPATH_ME_EXPAND=["customData", "groups", "directory", "apiKeys", "tenant", "providerData"],
    )
    account = site.add(custom_data={"size": 7})
    account.add_group(site.directory.groups.create({"name": "admins", "description": "All of them"}))
    key = account.api_keys.create()
    log_in(site)
    requests = site.count()

    answer = get(site, "/me")

    shown = answer.json["account"]
    assert set(shown) - PLAIN == {"customData", "groups", "directory", "apiKeys", "tenant", "providerData"}
    assert shown["customData"]["size"] == 7
    assert not [name for name in shown["customData"] if name.startswith("flaskStormpathLogin-")]
    assert shown["groups"]["size"] == 1
    (group,) = shown["groups"]["items"]
    assert (group["name"], group["description"], group["status"]) == ("admins", "All of them", "ENABLED")
    assert "accounts" not in group
    assert shown["apiKeys"]["items"][0]["id"] == key.id
    assert key.secret not in answer.text
    assert shown["directory"]["name"] == site.directory.name
    assert requests.sent[:1] == [("GET", requests.sent[0][1])]
    assert len([each for each in requests.sent if "accounts" in each[1]]) == 1


def test_each_name_can_be_expanded_and_no_other(new_site):
    from flask_stormpath.settings import EXPANDABLE

    site = new_site(STORMPATH_ENABLE_ME=True, STORMPATH_ME_EXPAND=EXPANDABLE)
    site.add()
    log_in(site)

    assert set(get(site, "/me").json["account"]) == PLAIN | {*EXPANDABLE}
    with pytest.raises(ConfigurationError, match="STORMPATH_ME_EXPAND"):
        new_site(STORMPATH_ME_EXPAND=["accessTokens"])


def test_it_is_off_by_default_and_takes_get_alone(site: Site, me: Site):
    assert get(site, "/me").status_code == 404
    assert me.browser.post("/me").status_code == 405
