"""What a login rests on, how long it lasts and what ends it."""

import time
from datetime import timedelta

import pytest

from flask_extension.sites import ADDRESS, PASSWORD, Site
from flask_stormpath import User, login_user
from flask_stormpath.logins import sessions
from flask_stormpath.logins.sessions import LoginId


def login_id(site: Site) -> LoginId:
    with site.browser.session_transaction() as session:
        found = LoginId.parse(session["_user_id"])
    assert found is not None
    return found


def put(site: Site, text: str) -> None:
    """Let the session hold another login id, as if the app had signed it."""
    with site.browser.session_transaction() as session:
        session["_user_id"] = text
    site.browser.delete_cookie("stormpath_token")


def test_it_is_the_href_the_time_of_the_password_and_that_of_its_use(site: Site):
    account = site.add()
    before = int(time.time())
    site.log_in()

    held = login_id(site)

    assert held.href == account.href
    assert held.password_set == sessions.stamp(account)
    assert before <= held.used <= time.time()
    assert LoginId.parse(str(held)) == held


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#",
        "####",
        "{href}",
        "{href}#1",
        "{href}#{stamp}",
        "{href}#{stamp}#{used}#",
        "{href}#{stamp}#{used}##",
        "{href}##{used}##{app}",
        "{href}#{stamp}#x##{app}",
        "{href}#0#{used}##{app}",
        "{href}#{stamp}#{used}##{app}#",
        "{href}#{stamp}#{used}##X{app}",
        "X{href}#{stamp}#{used}##{app}",
        "{href}X#{stamp}#{used}##{app}",
        "#{stamp}#{used}##{app}",
        "{long}",
    ],
)
def test_any_other_text_is_no_login(site: Site, text: str):
    site.register()
    held = login_id(site)

    parts = {"href": held.href, "stamp": held.password_set, "used": held.used, "app": held.application}
    put(site, text.format(**parts, long="#" * 5_000))

    assert not site.is_logged_in()


def test_it_ends_with_a_new_password(site: Site):
    account = site.add()
    site.log_in()
    account.password = "Different2!"
    account.save()

    assert not site.is_logged_in()


@pytest.mark.parametrize("status", ["DISABLED", "UNVERIFIED"])
def test_it_ends_when_the_account_is_not_enabled(site: Site, status: str):
    account = site.add()
    site.log_in()
    account.status = status
    account.save()

    assert not site.is_logged_in()


def test_it_ends_with_the_account(site: Site):
    account = site.add()
    site.log_in()
    account.delete()

    assert not site.is_logged_in()


def test_the_cookie_that_remembers_it_ends_with_a_new_password_too(site: Site):
    account = site.add()
    site.log_in()
    site.browser.delete_cookie("session")
    assert site.is_logged_in(), "the other cookie alone"
    site.browser.delete_cookie("session")
    account.password = "Different2!"
    account.save()

    assert not site.is_logged_in()


def test_what_another_process_changed_ends_it_in_time(new_site, where):
    site = new_site(STORMPATH_ACCOUNT_MAX_AGE=timedelta(milliseconds=50))
    account = site.add()
    site.log_in()
    assert site.is_logged_in()
    elsewhere = where.client.accounts.get(account.href.rpartition("/")[2])
    elsewhere.password = "Different2!"
    elsewhere.save()

    time.sleep(0.06)

    assert not site.is_logged_in()


def test_without_an_age_each_request_reads_the_account(new_site):
    site = new_site(STORMPATH_ACCOUNT_MAX_AGE=None)
    site.add()
    site.log_in()
    requests = site.count()

    assert site.is_logged_in()
    assert requests == 1


def test_it_ends_after_the_duration_without_a_request(new_site):
    site = new_site(STORMPATH_COOKIE_DURATION=timedelta(minutes=30))
    site.register()
    held = login_id(site)

    put(site, str(held._replace(used=held.used - 31 * 60)))
    assert not site.is_logged_in()
    put(site, str(held._replace(used=held.used - 29 * 60)))
    assert site.is_logged_in()


def test_each_use_lengthens_it(new_site):
    site = new_site(STORMPATH_COOKIE_DURATION=timedelta(minutes=30))
    site.register()
    held = login_id(site)
    put(site, str(held._replace(used=held.used - 20 * 60)))

    site.browser.get("/secret")

    assert login_id(site).used >= held.used


def test_a_person_who_is_not_active_is_not_logged_in_by_an_app_either(site: Site):
    with site.app.test_request_context():
        assert not login_user(User.create(ADDRESS, PASSWORD, "Joe", "Doe", status="DISABLED"))


def test_an_app_may_log_a_person_in_itself(site: Site):
    @site.app.route("/my-login", methods=["POST"])
    def my_login():
        login_user(User.from_login(ADDRESS, PASSWORD), remember=True)
        return ""

    account = site.add()
    site.browser.post("/my-login")
    assert site.is_logged_in()
    account.password = "Different2!"
    account.save()

    assert not site.is_logged_in()


def test_a_page_of_a_person_who_is_logged_in_makes_no_request(site: Site):
    site.register()
    site.browser.get("/secret")
    requests = site.count()

    for _ in range(3):
        assert site.is_logged_in()

    assert requests == 0


def test_what_was_put_into_the_session_before_the_login_is_not_kept(new_site):
    site = new_site(WTF_CSRF_ENABLED=True)
    site.add()
    page = site.browser.get("/login").text
    token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
    with site.browser.session_transaction() as session:
        planted = session["csrf_token"]
        session["cart"] = ["tea"]

    form = {"login": ADDRESS, "password": PASSWORD, "csrf_token": token}
    assert site.browser.post("/login", data=form).status_code == 302

    with site.browser.session_transaction() as session:
        assert session.get("csrf_token") != planted
        assert session["cart"] == ["tea"], "what the app keeps stays"


def test_two_people_in_two_browsers(site: Site):
    site.add()
    site.add("ann@example.com")
    elsewhere = site.other_browser()
    site.log_in()
    elsewhere.post("/login", data={"login": "ann@example.com", "password": PASSWORD})

    assert site.browser.get("/").text == f"Welcome {ADDRESS}"
    assert elsewhere.get("/").text == "Welcome ann@example.com"


def test_another_person_in_the_same_browser(site: Site):
    site.add()
    site.add("ann@example.com")
    site.log_in()

    site.log_in("ann@example.com")

    assert site.browser.get("/").text == "Welcome ann@example.com"
