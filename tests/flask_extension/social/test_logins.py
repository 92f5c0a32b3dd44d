"""Logins at providers through the browser: each provider, from the button to the page after it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import request

from flask_extension.sites import flashed
from flask_extension.social_fixtures import SocialSite
from flask_stormpath import user_created
from flask_stormpath.social_login import Button, providers
from support.providers.consent import CONSENTING
from support.providers.stand_in import CLIENT_ID, CLIENT_SECRET, Answer

#: Google, LinkedIn and so on.
ALL = tuple(CONSENTING)
WITH_PKCE = ("google", "github", "example")
FAILED = "The login with Google did not work. Please try again."


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


@pytest.mark.parametrize("name", ALL)
def test_a_person_logs_in_at_a_provider(social_site: SocialSite, person_at, name: str):
    ada = person_at(name)

    answer = social_site.enter(name, ada, next="/secret")

    assert (answer.status_code, answer.location) == (302, "/secret")
    assert social_site.browser.get("/secret").text == f"The secret of {ada.email}"


def test_the_first_login_makes_the_directory_of_the_provider(new_social_site, person_at):
    site = new_social_site({"GOOGLE": {"hd": "example.com"}}, STORMPATH_SITE_URL="https://example.com/")
    site.providers["google"].claims["hd"] = "example.com"

    for _ in range(2):
        site.enter("google", person_at("google", hd="example.com"))

    (made,) = site.directories()
    assert made.name == f"{site.application.name}-google"
    google = made.provider
    assert (google.provider_id, google.client_id, google.client_secret) == (
        "google",
        CLIENT_ID,
        CLIENT_SECRET,
    )
    assert (google.redirect_uri, google.hd) == ("https://example.com/google", "example.com")
    mapping = next(each for each in site.application.account_store_mappings if each.account_store == made)
    assert (mapping.is_default_account_store, mapping.is_default_group_store) == (False, False)
    assert mapping.list_index == len(site.application.account_store_mappings) - 1
    assert len(made.accounts) == 2


def test_the_directory_of_facebook_has_no_redirect_uri(social_site: SocialSite, person_at):
    social_site.enter("facebook", person_at("facebook"))

    (made,) = social_site.directories()
    assert made.name == f"{social_site.application.name}-facebook"
    assert (made.provider.provider_id, made.provider.client_id) == ("facebook", CLIENT_ID)
    assert not hasattr(made.provider, "redirect_uri")


def test_a_mapped_directory_is_used_beside_groups_and_organizations(social_site: SocialSite, person_at):
    site, client = social_site, social_site.manager.client
    name = site.application.name
    group = site.directory.groups.create({"name": "staff"})
    crew = client.organizations.create(
        {"name": f"Crew of {name}", "name_key": name.lower().replace(" ", "-")}
    )
    described = {"provider_id": "linkedin", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    own = client.directories.create({"name": f"People of {name}", "provider": described})
    for store in (group, crew, own):
        site.application.account_store_mappings.create(
            {"application": site.application, "account_store": store}
        )

    site.enter("linkedin", person_at("linkedin"))

    assert site.directories() == [own]
    assert len(own.accounts) == 1


def test_a_directory_that_was_made_and_not_mapped_is_mapped(social_site: SocialSite, person_at):
    described = {"provider_id": "github", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    name = f"{social_site.application.name}-github"
    left = social_site.manager.client.directories.create({"name": name, "provider": described})

    social_site.enter("github", person_at("github"))

    assert social_site.directories() == [left]
    assert social_site.is_logged_in()


def test_a_directory_of_another_kind_with_that_name_is_left_alone(social_site: SocialSite, person_at):
    social_site.manager.client.directories.create({"name": f"{social_site.application.name}-google"})

    answer = social_site.enter("google", person_at("google"))

    assert answer.location == "/login"
    assert social_site.directories() == []
    assert len(flashed(social_site)) == 1


@pytest.mark.both_databases
def test_first_logins_at_the_same_time_make_one_directory(social_site: SocialSite, person_at):
    site = social_site
    people = [person_at("google") for _ in range(3)]
    browsers = [site.other_browser() for _ in people]
    queries = [
        site.providers["google"].agree(site.start("google", each).location, person)
        for each, person in zip(browsers, people, strict=True)
    ]
    together = Barrier(len(people))

    def come_back(number: int) -> int:
        together.wait()
        return site.come_back("google", queries[number], browsers[number]).status_code

    with ThreadPoolExecutor(len(people)) as pool:
        statuses = list(pool.map(come_back, range(len(people))))

    assert statuses == [302] * 3
    assert [site.is_logged_in(each) for each in browsers] == [True] * 3
    (made,) = site.directories()
    assert len(made.accounts) == 3


def test_a_person_who_comes_again_has_the_same_account_and_is_signalled_once(
    social_site: SocialSite, person_at
):
    ada, told = person_at("github"), []

    def listen(sender: object, user: dict[str, str]) -> None:
        told.append(user["email"])

    with user_created.connected_to(listen):
        social_site.enter("github", ada)
        social_site.enter("github", ada)

    assert told == [ada.email]


def test_a_login_asks_the_service_when_the_person_comes_back(social_site: SocialSite, person_at):
    ada = person_at("google")
    social_site.enter("google", ada)
    count = social_site.count()

    query = social_site.sent_back("google", ada)
    assert count == 0
    social_site.come_back("google", query)

    logins = [each for each in count.sent if each[0] == "POST"]
    assert [path.rpartition("/")[2] for _, path in logins] == ["accounts"]


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


def test_the_service_exchanges_the_codes_of_linkedin(social_site: SocialSite, person_at):
    site, ada = social_site, person_at("linkedin")

    site.enter("linkedin", ada)

    (exchange,) = [each for each in site.providers["linkedin"].sent if each.path == "/oauth/v2/accessToken"]
    assert exchange.headers["user-agent"] == "stormpath"
    assert exchange.form["redirect_uri"] == "http://localhost/callbacks/linkedin"


def test_the_extension_exchanges_the_codes_of_google_with_the_verifier(social_site: SocialSite, person_at):
    social_site.enter("google", person_at("google"))

    (exchange,) = [each for each in social_site.providers["google"].sent if each.path == "/token"]
    assert len(exchange.form["code_verifier"]) >= 43
    assert exchange.form["client_secret"] == CLIENT_SECRET


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


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("access_denied", "The login with Google was cancelled."),
        ("server_error", FAILED),
        ("<script>", FAILED),
    ],
)
def test_an_error_of_the_provider_leads_to_the_login_page(social_site: SocialSite, error: str, message: str):
    state = query_of(social_site.start("google", next="/secret").location)["state"]

    answer = social_site.come_back("google", {"error": error, "error_description": "x", "state": state})

    assert (answer.status_code, answer.location) == (302, "/login?next=/secret")
    assert flashed(social_site) == [message]


def test_a_person_who_declines_at_x_comes_back_to_the_login_page(social_site: SocialSite):
    token = query_of(social_site.start("twitter").location)["oauth_token"]

    answer = social_site.come_back("twitter", {"denied": token})

    assert answer.location == "/login"
    assert flashed(social_site) == ["The login with X was cancelled."]


@pytest.mark.parametrize(
    "broken",
    [
        lambda provider: None,
        lambda provider: Answer(500, {"error": "server_error"}),
        lambda provider: Answer(200, body=b"<html>"),
        lambda provider: Answer(200, ["token"]),
        lambda provider: Answer(200, {"access_token": None}),
        lambda provider: Answer(200, {"access_token": 7, "id_token": 7}),
        lambda provider: Answer(307, {}, headers={"Location": f"{provider.url}/elsewhere"}),
        lambda provider: Answer(429, body=b"later"),
    ],
    ids=["silent", "error", "page", "list", "null", "number", "redirect", "busy"],
)
def test_a_provider_that_breaks_is_told_on_the_login_page(social_site: SocialSite, person_at, broken):
    google = social_site.providers["google"]
    query = social_site.sent_back("google", person_at("google"))
    google.breaks("/token", broken)

    answer = social_site.come_back("google", query)

    google.mends("/token")
    assert answer.location == "/login"
    assert flashed(social_site) == [FAILED]
    # The secret goes nowhere else.
    assert "/elsewhere" not in google.paths()


def test_a_provider_that_gives_no_request_token_is_told_on_the_login_page(social_site: SocialSite):
    twitter = social_site.providers["twitter"]
    twitter.breaks("/oauth/request_token", lambda provider: Answer(503, body=b"Over capacity"))

    answer = social_site.start("twitter")

    twitter.mends("/oauth/request_token")
    assert answer.location == "/login"
    assert flashed(social_site) == ["The login with X did not work. Please try again."]


def test_a_disabled_account_is_not_logged_in(social_site: SocialSite, person_at):
    ada = person_at("google")
    social_site.enter("google", ada)
    social_site.browser.get("/logout")
    (directory,) = social_site.directories()
    (account,) = directory.accounts
    account.status = "DISABLED"
    account.save()

    answer = social_site.enter("google", ada)

    assert answer.location == "/login"
    assert len(flashed(social_site)) == 1
    assert not social_site.is_logged_in()


def test_what_the_service_refuses_is_told_without_what_is_for_developers(social_site: SocialSite, person_at):
    answer = social_site.enter("google", person_at("google", email=None))

    assert answer.location == "/login"
    (told,) = flashed(social_site)
    assert "google" not in told


def test_hooks_run_after_a_login_at_a_provider(social_site: SocialSite, person_at):
    social_site.manager.post_login(lambda user: f"Hello {user.email} of {request.path}")
    ada = person_at("google")

    assert social_site.enter("google", ada).text == f"Hello {ada.email} of /google"


def test_an_app_without_a_login_page_answers_too(new_social_site, person_at):
    site = new_social_site(STORMPATH_ENABLE_LOGIN=False, STORMPATH_REDIRECT_URL="/home")

    assert site.start("google").status_code == 302
    assert site.come_back("google", {"code": "c", "state": "s"}).status_code == 400
    state = query_of(site.start("google").location)["state"]
    assert site.come_back("google", {"error": "access_denied", "state": state}).location == "/home"


def test_a_login_that_does_not_continue_one_shows_the_login_page(social_site: SocialSite):
    answer = social_site.come_back("google", {"code": "c", "state": "s"})

    assert answer.status_code == 400
    assert "did not begin in this browser" in answer.text
    assert 'action="/login"' in answer.text
