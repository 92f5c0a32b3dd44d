"""People who log in at a provider, and second factors."""

from collections.abc import Callable

from flask_extension.pages import contexts_of
from flask_extension.second_factors import FACTOR_LOGIN, answer, change, with_app
from flask_extension.social_fixtures import EMBEDDED, SocialSite
from stormpath.resources.account import Account

pytestmark = EMBEDDED


def account_of(site: SocialSite) -> Account:
    (account,) = site.application.accounts
    return account


def test_a_login_at_a_provider_asks_for_the_code_of_the_account(social_site: SocialSite, person_at):
    ada = person_at("google")
    social_site.enter("google", ada)
    phone = with_app(account_of(social_site))
    social_site.browser.get("/logout")

    asked = social_site.enter("google", ada, next="/secret")

    assert asked.location == f"{FACTOR_LOGIN}?next=/secret"
    assert not social_site.is_logged_in()
    assert answer(social_site, phone.code(), next="/secret").location == "/secret"
    assert social_site.is_logged_in()


def test_a_person_without_a_password_is_told_that_it_is_needed(
    new_social_site: Callable[..., SocialSite], person_at
):
    site = new_social_site(STORMPATH_ENABLE_FACTORS=True)
    site.enter("google", person_at("google"))
    pages = contexts_of(site)

    site.browser.get("/factors")
    refused = change(site, "add-app", "")
    wrong = change(site, "add-app")

    assert [each["has_password"] for each in pages] == [False] * 3
    assert "Enter your password." in refused.text
    assert "The password is wrong." in wrong.text
    assert len(account_of(site).factors) == 0
