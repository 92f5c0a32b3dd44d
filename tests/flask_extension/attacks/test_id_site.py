"""What a stranger can do with answers of ID Site."""

from flask_extension.sites import NewSite
from flask_extension.test_id_site import SETTINGS, claims_of, come_back


def test_an_answer_to_the_attackers_browser_logs_in_no_other(new_site: NewSite):
    # Or a link would log the victim in to the attacker's account.
    site = new_site(**SETTINGS)
    account = site.add()
    attacker = site.other_browser()
    state = claims_of(attacker.get("/login"), site)["state"]
    site.browser.get("/login")

    assert come_back(site, account.href, state).status_code == 401
    assert not site.is_logged_in()
    assert come_back(site, account.href, None).status_code == 401
    assert not site.is_logged_in()


def test_an_answer_is_used_once(new_site: NewSite):
    site = new_site(**SETTINGS)
    account = site.add()
    state = claims_of(site.browser.get("/login"), site)["state"]
    come_back(site, account.href, state, irt="one")
    site.browser.post("/logout")

    assert come_back(site, account.href, state, irt="two").status_code == 401
    fresh = claims_of(site.browser.get("/login"), site)["state"]
    assert come_back(site, account.href, fresh, irt="one").status_code == 401
    assert not site.is_logged_in()


def test_a_browser_keeps_few_visits_that_do_not_come_back(new_site: NewSite):
    site = new_site(**SETTINGS)
    account = site.add()
    states = [claims_of(site.browser.get("/login?next=/" + 1_900 * "a"), site)["state"] for _ in range(3)]
    for _ in range(20):
        states.append(claims_of(site.browser.get("/login"), site)["state"])

    # A browser drops a cookie of more than 4096 bytes.
    cookie = site.browser.get_cookie("session")
    assert cookie is not None
    assert len(cookie.value) < 3_000
    assert come_back(site, account.href, states[0]).status_code == 401
    assert come_back(site, account.href, states[-1]).status_code == 302


def test_a_login_on_the_pages_of_the_service_replaces_the_session_of_a_stranger(new_site: NewSite):
    site = new_site(**SETTINGS)
    account = site.add()
    state = claims_of(site.browser.get("/login"), site)["state"]
    with site.browser.session_transaction() as session:
        session["csrf_token"] = "known to a stranger"

    come_back(site, account.href, state)

    with site.browser.session_transaction() as session:
        assert "csrf_token" not in session
