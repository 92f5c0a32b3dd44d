"""The view ``verify``: the link in the e-mail, and another e-mail."""

import itertools

import pytest

from flask_extension.sites import NewSite, Site, flashed
from stormpath.testing import emails


@pytest.fixture
def site(new_site: NewSite) -> Site:
    """An app whose directory verifies addresses."""
    return verifying(new_site())


def verifying(site: Site) -> Site:
    policy = site.directory.account_creation_policy
    policy.verification_email_status = policy.EMAIL_STATUS_ENABLED
    policy.save()
    return site


#: Each address gets few e-mails in an hour.
_numbers = itertools.count(1)


@pytest.fixture
def new_site(new_site: NewSite) -> NewSite:
    """Apps with the view on, each with an address of its own."""

    def new(**settings) -> Site:
        site = new_site(STORMPATH_ENABLE_VERIFY_EMAIL=True, **settings)
        site.address = f"joe{next(_numbers)}@verify.example.com"
        return site

    return new


def token_of(site: Site) -> str:
    (account,) = site.application.accounts
    return str(account.email_verification_token.href.rpartition("/")[2])


def verify(browser, token: str):
    return browser.get("/verify", query_string={"sptoken": token})


def test_the_link_verifies_and_logs_in_the_browser_that_registered(site: Site):
    site.register()

    answer = verify(site.browser, token_of(site))

    assert (answer.status_code, answer.location) == (302, "/")
    assert site.is_logged_in()


def test_the_link_logs_in_no_other_browser(site: Site):
    site.register()
    elsewhere = site.other_browser()

    answer = verify(elsewhere, token_of(site))

    assert answer.location == "/login?status=verified"
    assert not site.is_logged_in(elsewhere)
    assert site.log_in().status_code == 302


def test_without_auto_login_the_link_leads_to_the_login_page(new_site):
    site = verifying(new_site(STORMPATH_REGISTRATION_AUTO_LOGIN=False))
    site.register()

    assert verify(site.browser, token_of(site)).location == "/login?status=verified"
    assert not site.is_logged_in()


def test_the_link_leads_where_the_settings_say(new_site):
    site = verifying(new_site(STORMPATH_VERIFY_EMAIL_REDIRECT_URL="/hello"))
    site.register()

    assert verify(site.other_browser(), token_of(site)).location == "/hello"


@pytest.mark.parametrize("token", ["unknown", "A" * 5000, "../accounts/\x00é?"])
def test_a_bad_link_offers_another_e_mail(site: Site, token: str):
    page = verify(site.browser, token)

    assert (page.status_code, "not valid any more" in page.text) == (200, True)
    assert 'name="login"' in page.text


def test_a_link_works_once(site: Site):
    site.register()
    token = token_of(site)
    verify(site.other_browser(), token)

    assert "not valid any more" in verify(site.other_browser(), token).text


def test_without_a_token_the_page_offers_another_e_mail(site: Site):
    page = site.browser.get("/verify")

    assert (page.status_code, 'name="login"' in page.text) == (200, True)
    assert not flashed(site)


def test_another_e_mail_is_sent(site: Site, where):
    site.register()

    answer = site.browser.post("/verify", data={"login": site.address})

    assert answer.location == "/login?status=unverified"
    sent = [each for each in emails(where.client) if each.to == site.address]
    assert len(sent) == 2


@pytest.mark.parametrize("is_known", [True, False])
def test_unknown_and_verified_people_get_the_same_answer(site: Site, is_known: bool):
    if is_known:
        site.register()
        verify(site.other_browser(), token_of(site))

    answer = site.browser.post("/verify", data={"login": site.address})

    assert (answer.status_code, answer.location) == (302, "/login?status=unverified")


def test_an_outage_is_told(site: Site):
    site.manager.application  # It was looked up before.
    site.manager.client.close()

    assert "Something went wrong! Please try again." in verify(site.browser, "token").text
    assert (
        "Something went wrong! Please try again." in site.browser.post("/verify", data={"login": "joe"}).text
    )
