"""Functions of the app before and after a login and a registration."""

import pytest

from flask_extension.sites import ADDRESS, JSON, PASSWORD, Site
from flask_stormpath import user


def test_what_a_person_entered_can_be_changed(site: Site):
    @site.manager.pre_registration
    def lower(given):
        given["email"] = given["email"].lower()
        given["custom_data"] = {"source": "form"}

    @site.manager.pre_login
    def at_home(given):
        given["login"] = f"{given['login']}@example.com"

    site.register(email="JOE@example.com")
    site.browser.get("/logout")

    assert site.log_in("joe").status_code == 302
    assert site.application.accounts[0].custom_data["source"] == "form"


def test_what_they_return_is_the_answer_and_nothing_is_sent(site: Site):
    site.manager.pre_registration(lambda given: ("closed", 403))
    site.manager.pre_login(lambda given: ("closed", 403))
    requests = site.count()

    assert [each.status_code for each in (site.register(), site.log_in())] == [403, 403]
    assert requests == 0


def test_after_a_login_the_person_is_logged_in(site: Site):
    seen = []

    @site.manager.post_login
    def welcome(logged_in):
        seen.append((logged_in, bool(user)))
        return "Welcome back"

    account = site.add()

    assert site.log_in().text == "Welcome back"
    assert seen == [(account, True)]
    assert site.is_logged_in()


def test_after_a_registration_the_account_is_made_and_not_logged_in(site: Site):
    seen = []

    @site.manager.post_registration
    def greet(made):
        seen.append((made.email, bool(user)))
        return "Thank you"

    assert site.register().text == "Thank you"
    assert seen == [(ADDRESS, False)]
    assert not site.is_logged_in()


def test_a_registration_that_logs_in_runs_the_hooks_of_both_in_order(site: Site):
    seen = []
    site.manager.post_login(lambda made: seen.append("login"))
    site.manager.post_registration(lambda made: seen.append("registration"))
    site.manager.post_registration(lambda made: seen.append("registration again"))

    site.register()

    assert seen == ["registration", "registration again", "login"]


def test_they_run_for_programs_too(site: Site):
    site.manager.pre_login(lambda given: {"login": given["login"]})

    answer = site.browser.post("/login", json={"login": ADDRESS, "password": PASSWORD}, headers=JSON)

    assert answer.json == {"login": ADDRESS}


@pytest.mark.parametrize("failing", ["wrong password", "bad form"])
def test_a_login_that_fails_runs_no_hook_after_it(site: Site, failing: str):
    seen: list[object] = []
    site.manager.post_login(seen.append)
    site.manager.post_registration(seen.append)
    site.add()

    site.log_in(password="wrong" if failing == "wrong password" else "")
    site.register()

    assert seen == []
