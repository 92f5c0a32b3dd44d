"""The page where people see where they are logged in, and end it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from flask_extension.listed_logins import PHONE, end, forget, ids, listed, log_in
from flask_extension.sites import JSON, NewSite, Site
from flask_stormpath import user
from flask_stormpath.logins import login_list
from flask_stormpath.logins.login_list import LOGIN, MOST, USED
from stormpath.resources.account import Account

# The extension decides here, wherever the service is.
pytestmark = pytest.mark.parametrize("where", ["embedded"], indirect=True)


@pytest.fixture
def site(new_site: NewSite) -> Site:
    return new_site(STORMPATH_ENABLE_SESSIONS=True)


@pytest.fixture
def joe(site: Site) -> Account:
    return site.add()


def test_each_login_is_listed_with_its_browser_and_the_current_one_first(site: Site, joe: Account):
    log_in(site, site.browser)
    log_in(site, user_agent=PHONE)

    here, there = listed(site)
    assert (here.name, here.address, here.is_current) == ("Firefox on Linux", site.network_address, True)
    assert (there.name, there.address, there.is_current) == ("Safari on iPhone", site.network_address, False)
    assert timedelta(0) <= datetime.now(UTC) - there.since < timedelta(minutes=1)
    assert there.used == there.since.date()


def test_a_remembered_login_is_ended_too(site: Site, joe: Account):
    log_in(site, site.browser)
    phone = log_in(site, user_agent=PHONE)
    phone.delete_cookie("session")
    assert site.is_logged_in(phone)
    phone.delete_cookie("session")

    end(site.browser, login=ids(site)[1])

    assert not site.is_logged_in(phone)


def test_all_other_logins_are_ended(site: Site, joe: Account):
    others = [log_in(site) for _ in range(3)]
    log_in(site, site.browser)

    answered = site.browser.post("/sessions", data={"action": "end-others"})

    assert answered.location == "/sessions"
    assert [site.is_logged_in(each) for each in (site.browser, *others)] == [True, False, False, False]


def test_the_current_login_is_ended_as_by_a_logout(site: Site, joe: Account):
    log_in(site, site.browser)
    (own,) = ids(site)

    assert end(site.browser, login=own).location == "/login"

    assert not site.is_logged_in()
    assert site.browser.get_cookie("stormpath_token") is None
    assert joe.custom_data.copy().keys() == {"created_at", "modified_at"}


def test_a_logout_takes_its_login_out_of_the_list(site: Site, joe: Account):
    log_in(site, site.browser)
    other = log_in(site)
    other.get("/logout")

    assert len(listed(site)) == 1


def test_another_app_notices_that_a_login_has_ended(new_site: NewSite, site: Site, joe: Account):
    log_in(site, site.browser)
    also = new_site(
        STORMPATH_ENABLE_SESSIONS=True,
        STORMPATH_APPLICATION=site.application.name,
        STORMPATH_ACCOUNT_MAX_AGE=timedelta(0),
    )
    other = also.other_browser()
    for name in ("session", "stormpath_token"):
        cookie = site.browser.get_cookie(name)
        assert cookie is not None
        other.set_cookie(name, cookie.value)
    assert also.is_logged_in(other)

    end(site.browser, login=ids(site)[0])

    assert not also.is_logged_in(other)


def test_an_account_has_twenty_logins_of_which_a_further_one_ends_the_oldest(site: Site, joe: Account):
    log_in(site, site.browser)
    (own,) = ids(site)
    entry = dict(joe.custom_data[LOGIN + own])
    for hours in range(1, MOST):
        since = datetime.now(UTC) - timedelta(hours=hours)
        joe.custom_data[f"{LOGIN}{hours}"] = {**entry, "since": since.isoformat(timespec="seconds")}
        joe.custom_data[f"{USED}{hours}"] = since.date().isoformat()
    joe.custom_data["colour"] = "red"
    joe.custom_data.save()
    forget(site)
    assert ids(site) == [own, *map(str, range(1, MOST))]

    log_in(site)

    joe.custom_data.refresh()
    kept = {each.removeprefix(LOGIN) for each in joe.custom_data if each.startswith(LOGIN)}
    assert len(kept) == MOST
    assert kept > {own, *map(str, range(1, MOST - 1))}
    assert f"{USED}{MOST - 1}" not in joe.custom_data
    assert joe.custom_data["colour"] == "red"


def test_a_login_that_was_not_used_for_its_life_is_listed_no_more(site: Site, joe: Account):
    log_in(site, site.browser)
    (own,) = ids(site)
    old = f"{datetime.now(UTC) - timedelta(days=367):%Y-%m-%dT%H:%M:%S+00:00}"
    joe.custom_data[LOGIN + "old"] = {**joe.custom_data[LOGIN + own], "since": old}
    joe.custom_data[LOGIN + "used"] = {**joe.custom_data[LOGIN + own], "since": old}
    joe.custom_data[USED + "used"] = datetime.now(UTC).date().isoformat()
    joe.custom_data.save()
    forget(site)

    assert ids(site) == [own, "used"]
    log_in(site)

    joe.custom_data.refresh()
    assert LOGIN + "old" not in joe.custom_data


def test_an_entry_that_was_damaged_can_be_seen_and_ended(site: Site, joe: Account):
    log_in(site, site.browser)
    (own,) = ids(site)
    damaged: list[object] = [None, 7, "then", "2999-01-01", {}]
    for number, since in enumerate(damaged):
        joe.custom_data[f"{LOGIN}{number}"] = {**joe.custom_data[LOGIN + own], "since": since}
        joe.custom_data[f"{USED}{number}"] = "2999-01-01"
    joe.custom_data[LOGIN + "text"] = "text"
    joe.custom_data[USED + own] = "today"
    joe.custom_data.save()
    forget(site)

    assert sorted(ids(site)) == sorted([own, *"01234"])
    log_in(site)
    site.browser.post("/sessions", data={"action": "end-others"})

    assert ids(site) == [own]


def test_the_last_use_is_written_once_a_day(site: Site, joe: Account):
    log_in(site, site.browser)
    (own,) = ids(site)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    joe.custom_data[LOGIN + own]["since"] = yesterday.isoformat(timespec="seconds")
    joe.custom_data.save()
    forget(site)
    requests = site.count()

    site.browser.get("/secret")
    assert [method for method, _ in requests.sent] == ["GET", "POST"]
    today = datetime.now(UTC).date()
    (shown,) = listed(site)
    assert (shown.since.date(), shown.used) == (yesterday.date(), today)
    requests.reset()
    site.browser.get("/secret")
    assert requests == 0


def test_a_login_that_is_ended_while_it_is_used_stays_ended(site: Site, joe: Account):
    log_in(site, site.browser)
    (own,) = ids(site)
    del joe.custom_data[LOGIN + own]
    joe.custom_data.save()

    joe.custom_data[USED + own] = "2026-11-29"
    joe.custom_data.save()
    forget(site)

    assert not site.is_logged_in()


def test_people_who_were_logged_in_before_the_list_log_in_again(site: Site, joe: Account):
    site.app.config["STORMPATH_ENABLE_SESSIONS"] = False
    log_in(site, site.browser)
    assert site.is_logged_in()

    site.app.config["STORMPATH_ENABLE_SESSIONS"] = True

    assert not site.is_logged_in()


def test_the_page_costs_no_request_and_an_end_costs_one(site: Site, joe: Account):
    log_in(site, site.browser)
    log_in(site)
    site.is_logged_in()
    requests = site.count()

    site.browser.get("/secret")
    _, other = ids(site)
    assert requests == 0
    end(site.browser, login=other)
    assert [method for method, _ in requests.sent] == ["DELETE"]


def test_a_login_costs_four_requests_at_the_most(site: Site, joe: Account):
    requests = site.count()

    log_in(site, site.browser)

    assert [method for method, _ in requests.sent] == ["POST", "GET", "GET", "POST"]


def test_custom_data_is_shown_without_the_list(site: Site, joe: Account):
    log_in(site, site.browser)
    joe.custom_data["colour"] = "red"
    joe.custom_data.save()

    assert login_list.without_entries(joe.custom_data).keys() == {"colour", "created_at", "modified_at"}


def test_an_app_that_writes_custom_data_leaves_the_list(site: Site, joe: Account):
    @site.app.route("/colour", methods=["POST"])
    def set_colour() -> str:
        user.custom_data["colour"] = "red"
        user.save()
        return "saved"

    log_in(site, site.browser)
    site.browser.post("/colour")

    assert site.is_logged_in()
    assert joe.custom_data["colour"] == "red"


def test_the_page_is_for_browsers_of_people_who_are_logged_in(site: Site, joe: Account):
    assert site.browser.get("/sessions").location == "/login?next=%2Fsessions"
    assert end(site.browser, login="x").location == "/login?next=%2Fsessions"
    assert site.browser.get("/sessions", headers=JSON).status_code == 401
    log_in(site, site.browser)
    assert site.browser.get("/sessions", headers=JSON).status_code == 404
    assert site.browser.post("/sessions", data={"action": "another"}).status_code == 400


def test_no_login_is_ended_without_the_token_of_a_form(site: Site, joe: Account):
    log_in(site, site.browser)
    log_in(site)
    _, other = ids(site)
    site.app.config["WTF_CSRF_ENABLED"] = True

    for form in ({"action": "end", "login": other}, {"action": "end-others"}):
        assert "Please try again." in site.browser.post("/sessions", data=form).text

    assert len(ids(site)) == 2


def test_an_unknown_login_ends_nothing(site: Site, joe: Account):
    log_in(site, site.browser)

    for login in ("", "x", "../x", "x" * 3000, "\0", "createdAt"):
        assert end(site.browser, login=login).status_code == 302

    assert site.is_logged_in()


def test_what_a_browser_says_of_itself_is_no_content_of_the_page(site: Site, joe: Account):
    odd = "<script>alert(1)</script>" * 100

    log_in(site, site.browser, user_agent=odd)

    (own,) = listed(site)
    assert (own.name, own.browser, own.system) == ("Unknown browser", None, None)
