"""The views ``login`` and ``logout``: each outcome, and where people go."""

import pytest

from flask_extension.sites import ADDRESS, PASSWORD, Site

ONE_TEXT = "Invalid username or password."


def test_a_person_who_logs_in_goes_to_the_home_page(site: Site):
    site.add()

    answer = site.log_in()

    assert (answer.status_code, answer.location) == (302, "/")
    assert site.is_logged_in()


def test_a_username_is_a_login_too(site: Site):
    site.add(username="joe")

    assert site.log_in("joe").status_code == 302


def test_a_protected_page_leads_to_the_login_and_the_login_back(site: Site):
    site.add()

    asked = site.browser.get("/secret")
    answer = site.log_in(next="/secret")

    assert (asked.status_code, asked.location) == (302, "/login?next=%2Fsecret")
    assert (answer.status_code, answer.location) == (302, "/secret")


def test_what_was_asked_for_survives_a_wrong_password(site: Site):
    site.add()

    page = site.browser.post("/login?next=/secret", data={"login": ADDRESS, "password": "wrong"})

    assert page.status_code == 200
    assert 'action="' not in page.text, "the form posts to its own address"
    assert site.log_in(next="/secret").location == "/secret"


def test_people_go_where_the_settings_say(new_site):
    site = new_site(STORMPATH_REDIRECT_URL="/dashboard", STORMPATH_LOGIN_URL="/in")
    site.add()

    answer = site.browser.post("/in", data={"login": ADDRESS, "password": PASSWORD})

    assert answer.location == "/dashboard"
    assert site.browser.get("/login").status_code == 404


@pytest.mark.parametrize(
    ("who", "password"),
    [
        ("nobody@example.com", PASSWORD),
        (ADDRESS, "wrong"),
        ("off@example.com", PASSWORD),
        ("new@example.com", PASSWORD),
    ],
    ids=["unknown", "wrong password", "disabled", "unverified"],
)
def test_every_refusal_has_one_text(site: Site, who: str, password: str):
    site.add()
    site.add("off@example.com", status="DISABLED")
    site.add("new@example.com", status="UNVERIFIED")

    page = site.log_in(who, password)

    assert (page.status_code, page.text.count(ONE_TEXT)) == (200, 1)
    assert not site.is_logged_in()


def test_a_login_without_an_account_store_is_refused(site: Site):
    (mapping,) = site.application.account_store_mappings
    mapping.delete()

    assert ONE_TEXT in site.log_in().text


@pytest.mark.parametrize(
    ("form", "messages"),
    [
        ({}, ["Login identifier required.", "Password required."]),
        ({"login": ADDRESS}, ["Password required."]),
        ({"password": PASSWORD}, ["Login identifier required."]),
    ],
)
def test_each_empty_field_is_named(site: Site, form: dict[str, str], messages: list[str]):
    requests = site.count()

    page = site.browser.post("/login", data=form)

    assert page.status_code == 200
    assert [page.text.count(each) for each in messages] == [1] * len(messages)
    assert requests == 0


def test_what_was_typed_stays_in_the_form_but_the_password(site: Site):
    page = site.log_in("somebody", "a-secret-word")

    assert 'value="somebody"' in page.text
    assert "a-secret-word" not in page.text


def test_a_person_who_is_logged_in_sees_the_form_too(site: Site):
    site.register()

    assert site.browser.get("/login").status_code == 200


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("unverified", "open the link"),
        ("verified", "verified"),
        ("created", "has been created"),
        ("forgot", "is on its way"),
        ("reset", "has been changed"),
    ],
)
def test_the_page_tells_what_happened_before(site: Site, status: str, words: str):
    page = site.browser.get("/login", query_string={"status": status})

    assert words in page.text


def test_an_unknown_status_says_nothing(site: Site):
    plain, odd = (site.browser.get("/login", query_string=each) for each in ({}, {"status": "<b>"}))

    assert odd.text == plain.text


def test_logging_out_ends_the_login_and_leads_home(new_site):
    site = new_site(STORMPATH_REDIRECT_URL="/dashboard")
    site.register()

    answer = site.browser.get("/logout")

    assert (answer.status_code, answer.location) == (302, "/")
    assert not site.is_logged_in()
    assert site.browser.get_cookie("stormpath_token") is None


def test_logging_out_without_a_login_does_no_harm(site: Site):
    assert site.browser.get("/logout").location == "/"
    assert site.browser.post("/logout").location == "/"


def test_an_outage_is_told_as_such_and_without_its_reason(site: Site, monkeypatch: pytest.MonkeyPatch):
    site.add()
    site.manager.client.close()

    page = site.log_in()

    assert "Something went wrong! Please try again." in page.text
    assert ONE_TEXT not in page.text
