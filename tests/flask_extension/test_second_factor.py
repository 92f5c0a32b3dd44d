"""Logins of people with a second factor: the page that asks for it, and logins by JSON."""

from __future__ import annotations

import time

import pytest

from flask_extension.pages import contexts_of
from flask_extension.second_factors import (
    FACTOR_LOGIN,
    WRONG_CODE,
    Phone,
    answer,
    id_of,
    last_message,
    with_app,
    with_phone,
    with_recovery_codes,
)
from flask_extension.sites import ADDRESS, JSON, PASSWORD, Site, Where
from flask_stormpath.factors import pending_logins, second_factor
from stormpath.resources.account import Account

# The extension decides here, wherever the service is.
pytestmark = pytest.mark.parametrize("where", ["embedded"], indirect=True)


@pytest.fixture
def joe(site: Site) -> Account:
    return site.add()


def log_in_by_json(site: Site, **more: object):
    return site.browser.post("/login", json={"login": ADDRESS, "password": PASSWORD, **more}, headers=JSON)


def test_a_password_alone_leads_to_the_page_of_the_second_factor(site: Site, joe: Account):
    with_app(joe)

    answered = site.log_in()

    assert (answered.status_code, answered.location) == (302, FACTOR_LOGIN)
    assert 'name="code"' in site.browser.get(FACTOR_LOGIN).text
    assert not site.is_logged_in()


def test_the_page_that_was_asked_for_is_reached_after_the_code(site: Site, joe: Account):
    phone = with_app(joe)

    asked = site.log_in(next="/secret?x=1")
    assert asked.location == "/login/factor?next=/secret?x%3D1"
    wrong = site.browser.post(asked.location, data={"code": WRONG_CODE})
    assert 'action="/login/factor?factor=' in wrong.text
    assert "next=/secret?x%3D1" in wrong.text

    answered = site.browser.post(asked.location, data={"code": phone.code()})

    assert answered.location == "/secret?x=1"


def test_an_account_without_a_proved_factor_is_not_asked(site: Site, joe: Account):
    joe.factors.create({"type": "google-authenticator"})
    disabled = joe.factors.create({"type": "recovery-codes"})
    disabled.status = "DISABLED"
    disabled.save()

    assert site.log_in().location == "/"


def test_recovery_codes_are_asked_for_when_the_app_was_deleted(site: Site, joe: Account):
    codes = with_recovery_codes(joe)

    assert site.log_in().location == FACTOR_LOGIN
    assert answer(site, codes[0].lower().replace("-", " ")).location == "/"


def test_a_wrong_code_is_told_and_another_one_may_follow(site: Site, joe: Account):
    phone = with_app(joe)
    site.log_in()

    wrong = answer(site, WRONG_CODE)
    assert (wrong.status_code, wrong.text.count("The code is wrong.")) == (200, 1)
    assert "Enter the code." in answer(site, "").text
    assert not site.is_logged_in()

    assert answer(site, phone.code()).location == "/"


def test_a_person_chooses_among_the_factors(site: Site, where: Where, joe: Account):
    with_app(joe)
    number = with_phone(where.client, joe)
    codes = with_recovery_codes(joe)
    site.log_in()
    ids = {each.type: id_of(each) for each in joe.factors}

    pages = contexts_of(site)

    page = site.browser.get(FACTOR_LOGIN)

    assert number not in page.text
    others = pages[-1]["others"]
    assert [each.number for each in others] == [f"… {number[-4:]}", None]
    assert [each.kind for each in (pages[-1]["chosen"], *others)] == ["app", "phone", "recovery_codes"]
    assert [each.id for each in others] == [ids["SMS"], ids["recovery-codes"]]
    chosen = others[1].url
    assert f'href="{chosen}"' in page.text
    assert site.browser.post(chosen, data={"code": codes[3]}).location == "/"


def test_a_code_of_a_message_that_was_used_is_told_to_be_over(site: Site, where: Where, joe: Account):
    with_phone(where.client, joe)
    site.log_in()

    assert "This challenge cannot be used any more." in answer(site, last_message(where.client)).text


def test_the_page_without_a_login_that_waits_leads_to_the_login(site: Site, joe: Account):
    with_app(joe)

    for answered in (
        site.browser.get(FACTOR_LOGIN, query_string={"next": "/secret"}),
        answer(site, "123456"),
    ):
        assert answered.location.partition("?")[0] == "/login"
    assert "Please log in again." in site.browser.get("/login").text


def test_a_login_waits_for_ten_minutes(site: Site, joe: Account, monkeypatch: pytest.MonkeyPatch):
    phone = with_app(joe)
    site.log_in()
    now = time.time()

    monkeypatch.setattr(pending_logins.time, "time", lambda: now + pending_logins.LIFETIME + 1)

    assert answer(site, phone.code()).location == "/login"
    monkeypatch.undo()
    assert answer(site, phone.code()).location == "/login"


@pytest.mark.parametrize("change", [{"password": "Another1!Another"}, {"status": "DISABLED"}])
def test_a_login_that_waits_ends_with_its_account(site: Site, joe: Account, change: dict[str, str]):
    phone = with_app(joe)
    site.log_in()
    for name, value in change.items():
        setattr(joe, name, value)
    joe.save()

    assert answer(site, phone.code()).location == "/login"
    assert not site.is_logged_in()


def test_a_login_that_waits_ends_with_the_last_factor(site: Site, joe: Account):
    with_app(joe)
    site.log_in()
    for each in joe.factors:
        each.delete()

    assert answer(site, "123456").location == "/login"


def test_the_requests_of_a_login_with_a_code(site: Site, joe: Account):
    phone = with_app(joe)
    requests = site.count()

    site.log_in()
    assert requests == 2
    requests.reset()
    site.browser.get(FACTOR_LOGIN)
    assert requests == 2
    requests.reset()
    answer(site, phone.code())
    assert requests == 3


class TestByJson:
    def test_the_code_comes_with_the_password(self, site: Site, joe: Account):
        phone = with_app(joe)

        answered = log_in_by_json(site, code=phone.code())

        assert (answered.status_code, answered.json["account"]["email"]) == (200, ADDRESS)
        assert site.is_logged_in()

    def test_the_code_may_be_a_number(self, site: Site, joe: Account):
        phone = with_app(joe)

        assert log_in_by_json(site, code=int(phone.code())).status_code == 200

    def test_without_a_code_a_program_is_asked_for_one(self, site: Site, joe: Account):
        with_app(joe)

        for answered in (log_in_by_json(site), log_in_by_json(site, code=None)):
            message = "A code of the second factor is needed."
            assert (answered.status_code, answered.json) == (401, {"status": 401, "message": message})
        assert not site.is_logged_in()

    def test_what_is_not_the_code_is_wrong(self, site: Site, joe: Account):
        with_app(joe)
        wide = WRONG_CODE.translate({ord("0"): 0xFF10})

        codes: list[object] = [WRONG_CODE, "", 0, -1, True, 10**40, [], {}, "9" * 5000, "\0", wide]
        for code in codes:
            answered = log_in_by_json(site, code=code)
            assert (answered.status_code, answered.json["message"]) == (401, "The code is wrong.")
        assert not site.is_logged_in()

    def test_a_recovery_code_is_right_too(self, site: Site, joe: Account):
        with_app(joe)
        codes = with_recovery_codes(joe)

        assert log_in_by_json(site, code=codes[0]).status_code == 200
        assert log_in_by_json(site, code=codes[0]).status_code == 401

    def test_a_phone_gets_its_code_when_the_request_has_none(self, site: Site, where: Where, joe: Account):
        number = with_phone(where.client, joe)

        asked = log_in_by_json(site)

        assert asked.json["message"] == f"A code was sent to the phone … {number[-4:]}: log in with it."
        assert log_in_by_json(site, code=last_message(where.client)).status_code == 200

    def test_too_many_guesses_are_429(self, site: Site, joe: Account):
        with_app(joe)
        for _ in range(10):
            log_in_by_json(site, code=WRONG_CODE)

        answered = log_in_by_json(site, code=WRONG_CODE)

        assert (answered.status_code, set(answered.json)) == (429, {"status", "message"})

    def test_the_page_is_for_browsers(self, site: Site, joe: Account):
        with_app(joe)

        assert site.browser.get(FACTOR_LOGIN, headers=JSON).status_code == 404


def test_a_password_grant_knows_whether_a_code_is_needed_and_right(site: Site, joe: Account):
    with site.app.test_request_context():
        assert not second_factor.is_needed(joe)
        assert not second_factor.check(joe, WRONG_CODE)
        phone: Phone = with_app(joe)

        assert second_factor.is_needed(joe)
        code = phone.code()
        assert [second_factor.check(joe, each) for each in (WRONG_CODE, code, code)] == [False, True, False]
