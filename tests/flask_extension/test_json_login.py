"""Login and logout as JSON."""

from typing import Any

from flask_extension.api_calls import PLAIN, bearer, error, get, is_iso_8601, log_in, post, tokens
from flask_extension.sites import ADDRESS, JSON, PASSWORD, Site
from stormpath.resources.provider import Provider

FACEBOOK = {
    "provider_id": Provider.FACEBOOK,
    "client_id": "an app",
    "client_secret": "a secret of it",
    "scope": ["email", "public_profile"],
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


def test_a_username_or_an_address_logs_in(site: Site):
    site.add(username="joe")
    for login in ("joe", ADDRESS):
        requests = site.count()

        answer = log_in(site, login=login)

        assert answer.status_code == 200
        assert set(answer.json) == {"account"}
        assert set(answer.json["account"]) == PLAIN, "no linked resources"
        assert answer.json["account"]["email"] == ADDRESS
        assert is_iso_8601(answer.json["account"]["createdAt"])
        assert is_iso_8601(answer.json["account"]["modifiedAt"])
        # The login, and the factors.
        assert requests == 2
    assert site.is_logged_in()


def test_a_login_that_fails_says_one_thing(site: Site):
    site.add()

    for given, message in (
        ({"login": ""}, "Login identifier required."),
        ({"password": ""}, "Password required."),
        ({"login": "", "password": ""}, "Login identifier required."),
        ({"password": "wrong"}, "Invalid username or password."),
        ({"login": "nobody@example.com"}, "Invalid username or password."),
    ):
        assert (given, error(log_in(site, **given))) == (given, (400, message))
    assert not site.is_logged_in()


def test_a_form_may_be_answered_with_json(site: Site):
    site.add()

    form = {"login": ADDRESS, "password": PASSWORD}
    answer: Any = site.browser.post("/login", data=form, headers=JSON)

    assert answer.json["account"]["email"] == ADDRESS


def test_a_form_needs_a_csrf_token_and_json_does_not(new_site):
    site = new_site(WTF_CSRF_ENABLED=True)
    site.add()
    form = {"login": ADDRESS, "password": PASSWORD}

    assert error(site.browser.post("/login", data=form, headers=JSON))[0] == 400
    assert not site.is_logged_in()
    assert log_in(site).status_code == 200


def test_logout_is_200_and_empty_whoever_asks(site: Site):
    site.add()
    log_in(site)
    assert site.is_logged_in()

    for _ in range(2):
        answer = post(site, "/logout")

        assert (answer.status_code, answer.data) == (200, b"")
        assert not site.is_logged_in()
    assert {site.browser.open("/logout", method=each).status_code for each in ("PUT", "DELETE")} == {405}


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
