"""Second factors and the list of logins from end to end: with the service in the process, and behind HTTP."""

from __future__ import annotations

import base64
from functools import partial
from typing import Any

import pytest

from flask_extension.listed_logins import PHONE, end, ids, listed, log_in
from flask_extension.pages import Context, contexts_of
from flask_extension.second_factors import (
    FACTOR_LOGIN,
    WRONG_CODE,
    Phone,
    answer,
    begin,
    change,
    confirm,
    kinds,
    last_message,
    new_number,
    with_app,
    with_phone,
)
from flask_extension.sites import NewSite, Site, Where
from flask_stormpath import login_required, user
from service.concurrency import at_once
from stormpath.resources.account import Account


@pytest.fixture
def site(new_site: NewSite) -> Site:
    return new_site(
        STORMPATH_ENABLE_FACTORS=True, STORMPATH_ENABLE_PHONE_FACTORS=True, STORMPATH_ENABLE_SESSIONS=True
    )


@pytest.fixture
def joe(site: Site) -> Account:
    return site.add()


@pytest.fixture
def pages(site: Site) -> list[Context]:
    return contexts_of(site)


def test_an_app_is_set_up_with_a_picture_and_its_first_code(site: Site, joe: Account, pages: list[Context]):
    site.log_in()

    page = change(site, "add-app")

    new = pages[-1]["new"]
    assert new.secret in page.text.replace(" ", "")
    assert f'src="{new.image}"' in page.text
    kind, _, picture = new.image.partition(",")
    assert (kind, base64.b64decode(picture)[:4]) == ("data:image/png;base64", b"\x89PNG")
    assert page.headers["Cache-Control"] == "no-store"
    assert site.log_in().location == "/", "It does not count yet."

    done = confirm(site, new)

    codes = pages[-1]["codes"]
    assert len(codes) == 10
    assert all(each in done.text for each in codes)
    assert done.headers["Cache-Control"] == "no-store"
    assert kinds(joe) == [("google-authenticator", "VERIFIED"), ("recovery-codes", "VERIFIED")]
    assert site.log_in().location == "/login/factor"
    assert answer(site, Phone(new.secret, used=1).code()).location == "/"
    site.browser.get("/factors")
    assert (pages[-1]["codes"], pages[-1]["new"]) == (None, None), "Codes and secrets are shown once."


def test_a_phone_is_set_up_by_the_code_of_a_message(
    site: Site, where: Where, joe: Account, pages: list[Context]
):
    site.log_in()
    number = new_number()

    new = begin(site, pages, "add-phone", number=f" {number[:5]} {number[5:]} ")

    assert (new.number, new.secret, new.image) == (number, None, None)
    confirm(site, new, last_message(where.client))
    assert len(pages[-1]["codes"]) == 10
    assert [each.number for each in pages[-1]["factors"]] == [f"… {number[-4:]}", None]
    assert kinds(joe) == [("SMS", "VERIFIED"), ("recovery-codes", "VERIFIED")]


def test_the_code_of_an_app_logs_in(site: Site, joe: Account):
    phone = with_app(joe)
    site.log_in()

    answered = answer(site, phone.code())

    assert (answered.status_code, answered.location) == (302, "/")
    assert site.is_logged_in()


def test_a_phone_gets_its_code_on_demand(site: Site, where: Where, joe: Account):
    with_phone(where.client, joe)
    site.log_in()
    before = last_message(where.client)

    pages = contexts_of(site)
    site.browser.get(FACTOR_LOGIN)
    assert last_message(where.client) == before
    assert not pages[-1]["is_sent"]

    sent = site.browser.post(FACTOR_LOGIN, data={"send": "1"})

    assert "A code was sent to the phone …" in sent.text
    assert "The code is wrong." in answer(site, before).text or before == last_message(where.client)
    assert answer(site, last_message(where.client)).location == "/"


def test_more_guesses_than_are_allowed_are_told_how_long_to_wait(site: Site, joe: Account):
    with_app(joe)
    site.log_in()

    for _ in range(10):
        assert "The code is wrong." in answer(site, WRONG_CODE).text

    refused = answer(site, WRONG_CODE).text
    assert "Too many login attempts. Please try again later. Minutes to wait: 5." in refused


def test_a_login_is_ended_from_another_browser(site: Site, joe: Account):
    log_in(site, site.browser)
    phone = log_in(site, user_agent=PHONE)
    _, its = ids(site)

    assert end(site.browser, login=its).location == "/sessions"

    assert not site.is_logged_in(phone)
    assert site.is_logged_in()
    assert len(listed(site)) == 1


def test_a_new_password_ends_the_others_and_keeps_this_one(site: Site, joe: Account):
    @site.app.route("/password", methods=["POST"])
    @login_required
    def change_password() -> str:
        user.password = "Different2!"
        user.save()
        return "changed"

    log_in(site, site.browser)
    other = log_in(site)

    assert site.browser.post("/password").text == "changed"

    assert site.is_logged_in()
    assert not site.is_logged_in(other)
    (kept,) = listed(site)
    assert (kept.name, kept.is_current) == ("Firefox on Linux", True)
    site.browser.delete_cookie("session")
    assert site.is_logged_in(), "The cookie that remembers the login was renewed."


@pytest.mark.both_databases
def test_of_many_who_end_a_login_none_fails(site: Site, joe: Account):
    browsers = [log_in(site) for _ in range(4)]
    last = listed(site, browsers[0])[-1].id

    tasks: list[Any] = [partial(end, each, login=last) for each in browsers for _ in range(2)]
    answers: list[Any] = at_once(tasks)

    assert {each.status_code for each in answers} == {302}
    assert len([each for each in browsers if site.is_logged_in(each)]) == 3


@pytest.mark.both_databases
def test_logins_at_the_same_moment_are_all_listed(site: Site, joe: Account):
    browsers = [site.other_browser() for _ in range(8)]
    tasks: list[Any] = [partial(log_in, site, each) for each in browsers]
    at_once(tasks)

    assert all(map(site.is_logged_in, browsers))
    assert len(listed(site, browsers[0])) == 8
