"""What somebody without credentials, or with somebody else's, can do by JSON, tokens and their cookies."""

from collections.abc import Iterator
from typing import Any

import pytest

from flask_extension.api_calls import (
    bearer,
    cookies,
    get,
    held,
    log_in,
    other_person,
    post,
    shared_site,
    tokens,
    with_person,
)
from flask_extension.sites import JSON, PASSWORD, Site, Where
from flask_stormpath.checked_tokens import CheckedTokens
from flask_stormpath.state import state_of


@pytest.fixture(scope="module")
def shared(where: Where) -> Iterator[Site]:
    with shared_site(
        where,
        STORMPATH_ENABLE_TOKEN_COOKIES=True,
        STORMPATH_ENABLE_OAUTH=True,
        STORMPATH_ENABLE_ME=True,
        STORMPATH_ENABLE_FORGOT_PASSWORD=True,
        WTF_CSRF_ENABLED=True,
    ) as site:
        yield site


@pytest.fixture
def api(shared: Site) -> Site:
    return with_person(shared)


def test_a_flood_of_tokens_keeps_a_bounded_number():
    held = CheckedTokens(most=100)

    for number in range(1_000):
        held.add(str(number), "href", 60)

    assert len(held) <= 100
    assert held.href_of("999") == "href"
    assert held.href_of("0") is None
    held.forget("999")
    assert held.href_of("999") is None


def test_no_token_is_in_what_a_process_remembers(api: Site):
    text = tokens(api).json["access_token"]
    get(api, "/me", **bearer(text))

    assert len(state_of(api.app).tokens)
    assert text not in repr(vars(state_of(api.app).tokens))


def test_made_up_tokens_cost_no_request(api: Site):
    requests = api.count()
    for text in ("x", "a.b.c", "e30.e30.e30", "\u00e4", "null", "Bearer"):
        browser = api.other_browser()
        browser.set_cookie("access_token", text)
        browser.set_cookie("refresh_token", text)
        browser.get("/secret")
        browser.post("/logout", headers={"Authorization": f"Bearer {text.encode().decode('latin-1')}"})

    assert requests == 0


def test_logging_out_with_the_id_of_a_token_revokes_nothing(api: Site):
    import jwt

    log_in(api)
    text = str(held(api, "refresh_token"))
    said = jwt.decode(text, options={"verify_signature": False})
    forged = jwt.encode(
        said, "another-secret-of-more-than-32-bytes", "HS256", jwt.get_unverified_header(text)
    )
    stranger = api.other_browser()
    stranger.set_cookie("refresh_token", forged)

    stranger.post("/logout")

    api.browser.delete_cookie("access_token")
    assert api.is_logged_in()


def test_a_form_of_another_site_logs_nobody_in_and_changes_nothing(api: Site):
    form = {"login": api.address, "password": PASSWORD}

    # A page of another site can send these kinds of bodies without asking, and no JSON.
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data"):
        answer = api.browser.post("/login", data=form, content_type=kind, headers=JSON)
        assert answer.status_code == 400
        assert "access_token" not in cookies(answer)


def test_the_token_endpoint_takes_no_credentials_from_cookies(api: Site):
    log_in(api)

    answer: Any = api.browser.post("/oauth/token", data={"grant_type": "refresh_token"})

    assert answer.json["error"] == "invalid_request"


def test_programs_learn_no_more_than_people_about_who_has_an_account(api: Site):
    off = other_person(api, status="DISABLED")
    told = set()
    for address in (api.address, off.email, "nobody@example.com"):
        wrong = post(api, "/login", {"login": address, "password": "Wrong-Password-1"})
        forgot = post(api, "/forgot", {"email": address})
        granted = tokens(api, username=address, password="Wrong-Password-1")
        told.add((wrong.status_code, wrong.text, forgot.status_code, forgot.text, granted.text))

    assert len(told) == 1


def test_no_answer_of_another_person_is_cached(api: Site):
    log_in(api)

    for answer in (get(api, "/me"), tokens(api)):
        assert "no-store" in answer.headers["Cache-Control"]
    assert "Cookie" in get(api, "/me").vary


def test_no_token_is_in_a_log(new_site, caplog):
    api = new_site(STORMPATH_ENABLE_TOKEN_COOKIES=True)
    api.add()
    log_in(api)
    text = str(held(api, "refresh_token"))
    api.manager.client.close()
    api.browser.delete_cookie("access_token")

    api.browser.get("/secret")
    api.browser.post("/logout")

    assert "could not be" in caplog.text
    assert text not in caplog.text


def test_a_session_of_one_person_and_the_tokens_of_another_are_not_mixed(api: Site):
    jane = other_person(api)
    api.app.config["STORMPATH_ENABLE_TOKEN_COOKIES"] = False
    log_in(api)
    api.app.config["STORMPATH_ENABLE_TOKEN_COOKIES"] = True

    log_in(api, login=jane.email)

    assert api.browser.get("/").text == f"Welcome {jane.email}"
    api.browser.post("/logout")
    assert api.browser.get("/").text == "Welcome"
