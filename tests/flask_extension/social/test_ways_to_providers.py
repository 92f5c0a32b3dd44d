"""The way to a provider: the buttons, and the address to which a browser is sent."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from flask_extension.sites import flashed
from flask_extension.social_fixtures import EMBEDDED, SocialSite
from flask_stormpath.social.login import Button, providers
from support.providers.consent import CONSENTING
from support.providers.stand_in import CLIENT_ID, CLIENT_SECRET

pytestmark = EMBEDDED

ALL = tuple(CONSENTING)
WITH_PKCE = ("google", "github", "example")


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def test_the_buttons_are_in_the_order_of_the_settings_and_keep_next(new_social_site):
    site = new_social_site(
        {"GITHUB": None, "EXAMPLE": {"name": "Example Inc."}}, STORMPATH_ENABLE_FACEBOOK=False
    )

    with site.app.test_request_context("/login?next=/secret"):
        found = providers()

    assert found == [
        Button("google", "Google", "/google?start=1&next=/secret"),
        Button("linkedin", "LinkedIn", "/callbacks/linkedin?start=1&next=/secret"),
        Button("twitter", "X", "/callbacks/twitter?start=1&next=/secret"),
        Button("example", "Example Inc.", "/callbacks/example?start=1&next=/secret"),
    ]


def test_paths_are_those_of_the_settings(new_social_site, person_at):
    site = new_social_site(STORMPATH_GOOGLE_LOGIN_URL="/with/google", STORMPATH_CALLBACK_URL="/back")

    with site.app.test_request_context("/login"):
        urls = {each.id: each.url for each in providers()}
    assert urls["google"] == "/with/google?start=1"
    assert urls["github"] == "/back/github?start=1"
    sent = site.providers["google"].agree(site.browser.get(urls["google"]).location, person_at("google"))
    assert site.browser.get("/with/google", query_string=sent).location == "/"


@pytest.mark.parametrize("name", ["google", "facebook", "nobody", "GOOGLE"])
def test_other_providers_are_not_below_the_path_of_callbacks(social_site: SocialSite, name: str):
    assert social_site.browser.get(f"/callbacks/{name}?start=1").status_code == 404


@pytest.mark.parametrize("name", [each for each in ALL if each != "twitter"])
def test_the_authorization_url_has_what_protects_the_login(new_social_site, name: str):
    site = new_social_site(
        {"GOOGLE": {"scopes": ["calendar"], "hd": "example.com"}, "FACEBOOK": {"scopes": "likes"}}
    )

    asked = query_of(site.start(name).location)

    assert (asked["client_id"], asked["response_type"]) == (CLIENT_ID, "code")
    assert asked["redirect_uri"] == f"http://localhost{site.path(name)}"
    assert len(asked["state"]) >= 20
    assert asked.get("code_challenge_method") == ("S256" if name in WITH_PKCE else None)
    assert len(asked.get("code_challenge", "")) == (43 if name in WITH_PKCE else 0)
    if name == "google":
        assert asked["scope"] == "openid email profile calendar"
        assert (asked["hd"], len(asked["nonce"])) == ("example.com", 20)
    if name == "facebook":
        assert asked["scope"] == "email likes"
    assert query_of(site.start(name).location)["state"] != asked["state"]


def test_the_redirect_uri_is_that_of_the_site(new_social_site):
    site = new_social_site(STORMPATH_SITE_URL="https://example.com/shop")

    for base in ("http://localhost", "http://localhost/shop"):
        begun = site.browser.get("/google?start=1", base_url=base)
        assert query_of(begun.location)["redirect_uri"] == "https://example.com/shop/google"


def test_the_redirect_uri_is_below_the_path_at_which_the_app_is(social_site: SocialSite):
    begun = social_site.browser.get("/google?start=1", base_url="https://shop.example.com/app")

    assert query_of(begun.location)["redirect_uri"] == "https://shop.example.com/app/google"


@pytest.mark.parametrize("name", ["linkedin", "github", "example"])
def test_credentials_may_be_those_of_the_mapped_directory(new_social_site, person_at, name: str):
    site = new_social_site({name.upper(): {"client_id": None, "client_secret": None}})
    if name == "example":
        site.app.config["STORMPATH_SOCIAL"]["EXAMPLE"] = {}
    described = {"provider_id": name, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    if name == "example":
        url = site.providers[name].url
        described |= {
            "authorization_endpoint": f"{url}/authorize",
            "token_endpoint": f"{url}/token",
            "resource_endpoint": f"{url}/me",
        }
    kept = site.manager.client.directories.create(
        {"name": f"Of {site.application.name}", "provider": described}
    )
    site.application.account_store_mappings.create({"application": site.application, "account_store": kept})

    answer = site.enter(name, person_at(name), next="/secret")

    assert answer.location == "/secret"
    assert site.directories() == [kept]


def test_a_provider_without_credentials_is_told_to_the_developer(new_social_site, caplog):
    site = new_social_site({"GITHUB": {"client_id": None, "client_secret": None}})

    answer = site.start("github", next="/secret")

    assert answer.location == "/login?next=/secret"
    assert flashed(site) == ["The login with GitHub did not work. Please try again."]
    assert "no directory of it is mapped" in caplog.text
