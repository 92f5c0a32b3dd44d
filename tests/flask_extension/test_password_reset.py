"""The views ``forgot`` and ``forgot_change``: each outcome, and the same one for strangers."""

import itertools

import pytest

from flask_extension.sites import PASSWORD, NewSite, Site
from stormpath.error import Error
from stormpath.testing import emails

NEW = "Different2!"
AGAIN = {"password": NEW, "password_again": NEW}


#: Each address gets few e-mails in an hour.
_numbers = itertools.count(1)


@pytest.fixture
def new_site(new_site: NewSite) -> NewSite:
    """Apps with the password views on, each with an address of its own."""

    def new(**settings) -> Site:
        site = new_site(**{"STORMPATH_ENABLE_FORGOT_PASSWORD": True, **settings})
        site.address = f"joe{next(_numbers)}@reset.example.com"
        return site

    return new


@pytest.fixture
def site(new_site: NewSite) -> Site:
    """An app with the default settings, besides these."""
    return new_site()


def token_of(site: Site) -> str:
    """Return a token as the e-mail to the person has it."""
    return str(site.application.password_reset_tokens.create({"email": site.address}).token)


def send_many(site: Site) -> None:
    for _ in range(50):
        site.application.send_password_reset_email(site.address)


def change(site: Site, token: str, **form: str):
    return site.browser.post("/forgot/change", query_string={"sptoken": token}, data=form)


def test_the_views_are_off_by_default(new_site):
    site = new_site(STORMPATH_ENABLE_FORGOT_PASSWORD=False)

    assert site.browser.get("/forgot").status_code == 404
    assert site.browser.get("/forgot/change").status_code == 404
    assert "/forgot" not in site.browser.get("/login").text


def test_an_e_mail_is_sent_and_the_page_shows_the_address(site: Site, where):
    site.add()

    page = site.browser.post("/forgot", data={"email": site.address})

    assert page.status_code == 200
    assert site.address in page.text
    assert [each.to for each in emails(where.client) if each.to == site.address] == [site.address]


@pytest.mark.parametrize("conceal", [None, True])
def test_an_unknown_address_gets_the_same_answer(new_site, conceal):
    site = new_site(STORMPATH_FORGOT_PASSWORD_CONCEAL=conceal)
    site.add()

    known = site.browser.post("/forgot", data={"email": site.address})
    unknown = site.browser.post("/forgot", data={"email": "eve@example.com"})

    assert unknown.text.replace("eve@example.com", site.address) == known.text
    assert (unknown.status_code, unknown.location) == (known.status_code, known.location)
    assert known.location == ("/login?status=forgot" if conceal else None)


def test_too_many_e_mails_look_the_same_too(site: Site):
    site.add()
    first = site.browser.post("/forgot", data={"email": site.address}).text
    with pytest.raises(Error, match="is the limit"):
        send_many(site)

    assert site.browser.post("/forgot", data={"email": site.address}).text == first


def test_an_app_that_asks_for_it_tells_unknown_addresses_as_0_4_did(new_site):
    site = new_site(STORMPATH_FORGOT_PASSWORD_CONCEAL=False)

    page = site.browser.post("/forgot", data={"email": "eve@example.com"})

    assert (page.status_code, "Invalid email address." in page.text) == (200, True)


@pytest.mark.parametrize(
    ("email", "message"),
    [("", "Email address required."), ("joe at home", "You must provide a valid email address.")],
)
def test_what_is_no_address_is_refused(site: Site, email: str, message: str):
    page = site.browser.post("/forgot", data={"email": email})

    assert (page.status_code, message in page.text) == (200, True)


def test_an_outage_is_told(site: Site):
    site.manager.application  # It was looked up before.
    site.manager.client.close()

    page = site.browser.post("/forgot", data={"email": site.address})

    assert (page.status_code, "Something went wrong! Please try again." in page.text) == (200, True)


def test_the_link_opens_the_form_and_does_not_spend_the_token(site: Site):
    site.add()
    token = token_of(site)

    pages = [site.browser.get("/forgot/change", query_string={"sptoken": token}) for _ in range(2)]

    assert [each.status_code for each in pages] == [200, 200]
    assert change(site, token, **AGAIN).status_code == 200


def test_a_new_password_logs_the_person_in_and_the_page_leads_on(new_site):
    site = new_site(STORMPATH_REDIRECT_URL="/dashboard")
    site.add()

    page = change(site, token_of(site), **AGAIN)

    assert page.status_code == 200
    assert 'content="5;' in page.text
    assert "/dashboard" in page.text
    assert site.is_logged_in()
    assert site.application.authenticate_account(site.address, NEW).account.email == site.address


def test_without_auto_login_the_person_goes_to_the_login_page(new_site):
    site = new_site(STORMPATH_CHANGE_PASSWORD_AUTO_LOGIN=False)
    site.add()

    assert change(site, token_of(site), **AGAIN).location == "/login?status=reset"
    assert not site.is_logged_in()


def test_a_disabled_person_who_sets_a_password_is_not_logged_in(site: Site):
    account = site.add()
    token = token_of(site)
    account.status = "DISABLED"
    account.save()

    change(site, token, **AGAIN)

    assert not site.is_logged_in()


@pytest.mark.parametrize("kind", ["missing", "empty", "unknown", "spent", "odd"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_bad_link_is_a_bad_request_with_a_way_on(site: Site, kind: str, method: str):
    site.add()
    spent = token_of(site)
    site.application.reset_account_password(spent, NEW)
    tokens = {"empty": "", "unknown": "A" * 43, "spent": spent, "odd": "../../accounts?x=#/%00\x00é"}

    page = site.browser.open(
        "/forgot/change",
        method=method.upper(),
        query_string={} if kind == "missing" else {"sptoken": tokens[kind]},
        data=AGAIN if method == "post" else None,
    )

    assert page.status_code == 400
    assert 'action="/forgot"' in page.text
    assert not site.is_logged_in()


def test_the_framework_s_way_leads_bad_links_to_the_page_for_another(new_site):
    site = new_site(STORMPATH_FORGOT_PASSWORD_CONCEAL=True)

    assert site.browser.get("/forgot/change").location == "/forgot"
    bad = site.browser.get("/forgot/change?sptoken=unknown")
    assert bad.location == "/forgot?status=invalid_sptoken"
    assert "not valid any more" in site.browser.get(bad.location).text


@pytest.mark.parametrize(
    "form",
    [{"password": NEW, "password_again": "Another3!"}, {"password": NEW}, {}, {"password_again": NEW}],
)
def test_two_passwords_must_be_the_same(site: Site, form: dict[str, str]):
    site.add()
    token = token_of(site)

    page = change(site, token, **form)

    assert (page.status_code, page.text.count("Passwords don&#39;t match.")) == (200, 1)
    assert change(site, token, **AGAIN).status_code == 200, "the token is still good"


def test_a_password_that_the_policy_refuses_leaves_the_token_good(site: Site):
    site.add()
    token = token_of(site)

    page = change(site, token, password="weak", password_again="weak")

    assert (page.status_code, "Password must be at least 8 characters long." in page.text) == (200, True)
    assert not site.is_logged_in()
    assert change(site, token, **AGAIN).status_code == 200


def test_the_token_is_spent_by_the_new_password(site: Site):
    site.add()
    token = token_of(site)
    change(site, token, **AGAIN)

    assert change(site, token, **AGAIN).status_code == 400


def test_every_other_login_of_the_account_ends(site: Site):
    site.add()
    elsewhere = site.other_browser()
    elsewhere.post("/login", data={"login": site.address, "password": PASSWORD})
    assert site.is_logged_in(elsewhere)

    change(site, token_of(site), **AGAIN)

    assert not site.is_logged_in(elsewhere)
    assert site.is_logged_in()
