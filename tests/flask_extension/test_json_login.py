"""Login and logout as JSON."""

import pytest

from flask_extension.api_calls import PLAIN, bearer, error, get, is_iso_8601, log_in, post, tokens
from flask_extension.sites import ADDRESS, JSON, PASSWORD, Site
from stormpath.resources.provider import Provider

FACEBOOK = {
    "provider_id": Provider.FACEBOOK,
    "client_id": "an app",
    "client_secret": "a secret of it",
    "scope": ["email", "public_profile"],
}
SAML = {
    "provider_id": Provider.SAML,
    "sso_login_url": "https://idp.example.com/in",
    "sso_logout_url": "https://idp.example.com/out",
    "encoded_x509_signing_cert": "",
    "request_signature_algorithm": Provider.SIGNING_ALGORITHM_RSA_SHA_256,
}


def test_the_view_model_has_the_fields(site: Site):
    model = get(site, "/login").json

    assert model["form"]["fields"] == [
        {"name": "login", "label": "Login", "placeholder": "Login", "required": True, "type": "text"},
        {
            **{"name": "password", "label": "Password", "placeholder": "Password"},
            **{"required": True, "type": "password"},
        },
    ]


def test_the_view_model_has_the_account_stores_in_order_and_no_secret(site: Site):
    client, application = site.manager.client, site.application
    social = client.directories.create({"name": f"{application.name} F", "provider": FACEBOOK})
    mapping = {"application": application, "account_store": social, "list_index": 0}
    client.account_store_mappings.create(mapping)
    staff = site.directory.groups.create({"name": "staff"})
    client.account_store_mappings.create({"application": application, "account_store": staff})
    requests = site.count()

    first = get(site, "/login")
    asked = len(requests.sent)
    second = get(site, "/register")
    asked_again = len(requests.sent) - asked

    assert first.json["accountStores"] == second.json["accountStores"]
    assert first.json["accountStores"] == [
        {
            "href": social.href,
            "name": social.name,
            "provider": {
                "href": social.provider.href,
                "providerId": "facebook",
                "clientId": "an app",
                "scope": "email public_profile",
            },
        },
        {
            "href": site.directory.href,
            "name": site.directory.name,
            "provider": {"href": site.directory.provider.href, "providerId": "stormpath"},
        },
    ]
    assert "secret" not in first.text
    # The mappings, and each provider; then nothing for a minute.
    assert (asked, asked_again) == (3, 0)


@pytest.mark.parametrize("login", ["joe", ADDRESS])
def test_a_username_or_an_address_logs_in(site: Site, login):
    site.add(username="joe")
    requests = site.count()

    answer = log_in(site, login=login)

    assert answer.status_code == 200
    assert set(answer.json) == {"account"}
    assert set(answer.json["account"]) == PLAIN, "no linked resources"
    assert answer.json["account"]["email"] == ADDRESS
    assert is_iso_8601(answer.json["account"]["createdAt"])
    assert is_iso_8601(answer.json["account"]["modifiedAt"])
    assert site.is_logged_in()
    # The login, and the factors.
    assert requests == 2


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"login": ""}, "Login identifier required."),
        ({"password": ""}, "Password required."),
        ({"login": "", "password": ""}, "Login identifier required."),
        ({"password": "wrong"}, "Invalid username or password."),
        ({"login": "nobody@example.com"}, "Invalid username or password."),
    ],
)
def test_a_login_that_fails_says_one_thing(site: Site, given, message):
    site.add()

    assert error(log_in(site, **given)) == (400, message)
    assert not site.is_logged_in()


def test_a_form_may_be_answered_with_json(site: Site):
    site.add()

    answer = site.browser.post("/login", data={"login": ADDRESS, "password": PASSWORD}, headers=JSON)

    assert answer.json["account"]["email"] == ADDRESS


def test_a_form_needs_a_csrf_token_and_json_does_not(new_site):
    site = new_site(WTF_CSRF_ENABLED=True)
    site.add()
    form = {"login": ADDRESS, "password": PASSWORD}

    assert error(site.browser.post("/login", data=form, headers=JSON))[0] == 400
    assert not site.is_logged_in()
    assert log_in(site).status_code == 200


@pytest.mark.parametrize("is_logged_in", [True, False])
def test_logout_is_200_and_empty_whoever_asks(site: Site, is_logged_in):
    site.add()
    if is_logged_in:
        log_in(site)

    answer = post(site, "/logout")

    assert (answer.status_code, answer.data) == (200, b"")
    assert not site.is_logged_in()


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_logout_takes_no_other_methods(site: Site, method):
    assert site.browser.open("/logout", method=method, headers=JSON).status_code == 405


def test_logout_redirects_to_next(site: Site):
    assert site.browser.post("/logout?next=/bye").location == "/bye"
    assert site.browser.post("/logout?next=https://elsewhere.example").location == "/"


def test_logout_revokes_the_token_in_the_header(new_site):
    site = new_site(STORMPATH_ENABLE_OAUTH=True, STORMPATH_ENABLE_ME=True)
    site.add()
    text = tokens(site).json["access_token"]
    assert get(site, "/me", **bearer(text)).status_code == 200

    site.browser.post("/logout", headers=JSON | bearer(text))

    assert get(site, "/me", **bearer(text)).status_code == 401
