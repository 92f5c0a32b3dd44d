"""The page where people set up a second factor: an app, a phone, recovery codes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flask_extension.pages import Context, contexts_of
from flask_extension.second_factors import (
    WRONG_CODE,
    answer,
    begin,
    change,
    confirm,
    id_of,
    kinds,
    last_message,
    new_number,
    with_app,
    with_recovery_codes,
)
from flask_extension.sites import ADDRESS, JSON, PASSWORD, NewSite, Site, Where
from flask_stormpath.factors.setup import MOST
from flask_stormpath.factors.shown import NewFactor
from stormpath.resources.account import Account

# The extension decides here, wherever the service is.
pytestmark = pytest.mark.parametrize("where", ["embedded"], indirect=True)


@pytest.fixture
def site(new_site: NewSite) -> Site:
    return new_site(STORMPATH_ENABLE_FACTORS=True, STORMPATH_ENABLE_PHONE_FACTORS=True)


@pytest.fixture
def pages(site: Site) -> list[Context]:
    return contexts_of(site)


@pytest.fixture
def joe(site: Site) -> Account:
    joe = site.add()
    site.log_in()
    return joe


def test_the_name_of_the_application_is_shown_by_the_app(site: Site, joe: Account):
    site.application.name = "Shop: the best"
    site.application.save()

    change(site, "add-app")

    (factor,) = joe.factors
    assert factor.issuer == "Shop  the best"


def test_a_wrong_first_code_can_be_tried_again_and_shows_no_secret(
    site: Site, joe: Account, pages: list[Context]
):
    new = begin(site, pages)

    wrong = confirm(site, new, WRONG_CODE)

    assert "The code is wrong." in wrong.text
    assert pages[-1]["new"] == NewFactor(new.id, "app")
    confirm(site, new)
    assert len(pages[-1]["codes"]) == 10


def test_a_second_factor_leaves_the_recovery_codes(site: Site, joe: Account, pages: list[Context]):
    with_app(joe)
    codes = with_recovery_codes(joe)

    done = confirm(site, begin(site, pages))

    assert (done.status_code, done.location) == (302, "/factors")
    site.log_in()
    assert answer(site, codes[0], factor=field_of_recovery(site)).location == "/"


def field_of_recovery(site: Site) -> str:
    with site.app.app_context():
        (account,) = site.application.accounts
        (found,) = [each for each in account.factors if each.type == "recovery-codes"]
        return id_of(found)


def test_what_was_begun_and_not_proved_is_removed_by_the_next(site: Site, joe: Account, pages: list[Context]):
    old = begin(site, pages)

    begin(site, pages)

    assert kinds(joe) == [("google-authenticator", "UNVERIFIED")]
    assert "This is not there any more: begin again." in confirm(site, old).text


def test_a_number_that_was_mistyped_is_not_kept(site: Site, joe: Account):
    assert "The phone number is invalid." in change(site, "add-phone", number="12").text
    assert "Enter the number of the phone." in change(site, "add-phone", number=" ").text
    change(site, "add-phone", number=new_number())

    number = new_number()
    change(site, "add-phone", number=number)

    assert [each.number for each in joe.phones] == [number]


def test_a_phone_that_the_app_made_outlasts_its_factor(
    site: Site, where: Where, joe: Account, pages: list[Context]
):
    number = new_number()
    joe.phones.create({"number": number})
    new = begin(site, pages, "add-phone", number=number)
    confirm(site, new, last_message(where.client))

    change(site, "remove", factor=new.id)

    assert kinds(joe) == []
    assert [each.number for each in joe.phones] == [number]


@pytest.mark.parametrize(
    ("enabled", "gateway", "status"), [(None, None, 404), (None, print, 200), (False, print, 404)]
)
def test_a_phone_can_be_added_where_messages_can_be_sent(
    site: Site,
    joe: Account,
    pages: list[Context],
    enabled: bool | None,
    gateway: Callable[..., None] | None,
    status: int,
):
    # Set when the client was made: no test may send the messages of others.
    site.app.config.update(STORMPATH_ENABLE_PHONE_FACTORS=enabled, STORMPATH_SMS_GATEWAY=gateway)

    site.browser.get("/factors")
    assert pages[-1]["can_add_phone"] is (status == 200)
    assert change(site, "add-phone", number=new_number()).status_code == status


def test_new_recovery_codes_replace_the_old_ones(site: Site, joe: Account, pages: list[Context]):
    assert "Add an app or a phone first." in change(site, "new-codes").text
    with_app(joe)
    old = with_recovery_codes(joe)

    change(site, "new-codes")

    new = pages[-1]["codes"]
    site.log_in()
    recovery = field_of_recovery(site)
    assert "The code is wrong." in answer(site, old[0], factor=recovery).text
    assert answer(site, new[0], factor=recovery).location == "/"


def test_the_last_app_takes_the_recovery_codes_with_it(site: Site, joe: Account):
    with_app(joe)
    with_recovery_codes(joe)
    app = next(each for each in joe.factors if each.type == "google-authenticator")

    removed = change(site, "remove", factor=id_of(app))

    assert removed.location == "/factors"
    assert kinds(joe) == []
    assert site.log_in().location == "/"


def test_a_person_has_five_apps_and_phones_at_most(site: Site, joe: Account, pages: list[Context]):
    for _ in range(MOST):
        assert not pages or not pages[-1]["is_full"]
        with_app(joe)

    assert "remove one first" in change(site, "add-app").text
    assert pages[-1]["is_full"]
    assert len(joe.factors) == MOST


def test_each_change_needs_the_password(site: Site, joe: Account):
    with_app(joe)
    (app,) = joe.factors
    fields = {"factor": id_of(app), "number": new_number()}

    for action in ("add-app", "add-phone", "new-codes", "remove"):
        assert "The password is wrong." in change(site, action, password="Another1!", **fields).text
        assert "Enter your password." in change(site, action, password="", **fields).text

    assert kinds(joe) == [("google-authenticator", "VERIFIED")]


def test_the_page_is_for_people_who_are_logged_in(site: Site):
    assert site.browser.get("/factors").location == "/login?next=%2Ffactors"
    assert change(site, "add-app").location == "/login?next=%2Ffactors"
    assert site.browser.get("/factors", headers=JSON).status_code == 401


def test_the_page_is_for_browsers_and_for_what_it_knows(site: Site, joe: Account):
    assert site.browser.get("/factors", headers=JSON).status_code == 404
    assert change(site, "another").status_code == 400


def test_a_form_of_another_site_changes_nothing(new_site: NewSite):
    site = new_site(STORMPATH_ENABLE_FACTORS=True, WTF_CSRF_ENABLED=True)
    joe = site.add()
    token = field_of_token(site.browser.get("/login").text)
    form = {"login": ADDRESS, "password": PASSWORD, "csrf_token": token}
    assert site.browser.post("/login", data=form).location == "/"

    assert "Please try again." in change(site, "add-app").text
    assert kinds(joe) == []


def field_of_token(page: str) -> str:
    return page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]


def test_the_requests_of_the_page(site: Site, joe: Account, pages: list[Context]):
    requests = site.count()

    site.browser.get("/factors")
    assert requests == 1
    requests.reset()
    new = begin(site, pages)
    assert requests == 4, "The password, what is there, the new one, and the page."
    requests.reset()
    confirm(site, new)
    assert requests == 5, "What is begun, its code, what is there, the recovery codes, and the page."
