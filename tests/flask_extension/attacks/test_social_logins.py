"""Logins at providers under attack: what a stranger sends to the paths of providers, and has others send."""

import logging
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from flask_extension.sites import flashed
from flask_extension.social_fixtures import EMBEDDED, SocialSite
from flask_stormpath.logins import login_states
from support.providers.consent import CONSENTING
from support.providers.stand_in import CLIENT_ID, CLIENT_SECRET

pytestmark = EMBEDDED

ALL = tuple(CONSENTING)
#: What browsers keep of a cookie, in bytes.
LARGEST_COOKIE = 4_096


@pytest.mark.parametrize("name", ALL)
def test_a_login_that_a_stranger_has_begun_logs_no_other_browser_in(
    social_site: SocialSite, person_at, name: str
):
    strangers = social_site.sent_back(name, person_at(name))
    browser = social_site.other_browser()

    answer = social_site.come_back(name, strangers, browser)

    assert answer.status_code == 400
    assert not social_site.is_logged_in(browser)


def test_a_login_that_a_stranger_has_begun_does_not_go_on_beside_another_one(
    social_site: SocialSite, person_at
):
    strangers = social_site.sent_back("google", person_at("google"))
    browser = social_site.other_browser()
    social_site.start("google", browser)

    assert social_site.come_back("google", strangers, browser).status_code == 400


def test_another_state_than_that_of_the_login_is_a_bad_request(social_site: SocialSite, person_at):
    query = social_site.sent_back("google", person_at("google"))
    states = (b"", b"made-up", b"\0", b"0", "é".encode(), b"\xed\xa0\x80", b"\xff", b"a" * 100_000)

    for sent in ({}, *({"state": state} for state in states)):
        answer = social_site.come_back("google", {"code": query["code"], **sent})
        assert answer.status_code == 400, sent
    assert not social_site.is_logged_in()
    assert social_site.come_back("google", query).status_code == 302


def test_a_stranger_cannot_choose_the_state(social_site: SocialSite, person_at):
    begun = social_site.start(
        "google", state="chosen", nonce="chosen", redirect_uri="https://evil.example.com/"
    )

    assert "chosen" not in begun.location
    assert "evil" not in begun.location


@pytest.mark.parametrize("name", ALL)
def test_a_state_is_used_once(social_site: SocialSite, person_at, name: str):
    query = social_site.sent_back(name, person_at(name))
    social_site.come_back(name, query)
    social_site.browser.get("/logout")

    assert social_site.come_back(name, query).status_code == 400
    assert not social_site.is_logged_in()


@pytest.mark.parametrize("name", ["google", "facebook", "github", "linkedin", "example"])
def test_a_code_is_used_once(social_site: SocialSite, person_at, name: str):
    query = social_site.sent_back(name, person_at(name))
    social_site.come_back(name, query)
    social_site.browser.get("/logout")
    again = social_site.sent_back(name, person_at(name))

    answer = social_site.come_back(name, again | {"code": query["code"]})

    assert answer.location == "/login"
    assert len(flashed(social_site)) == 1
    assert not social_site.is_logged_in()


@pytest.mark.parametrize("name", ["google", "github", "example"])
def test_a_code_of_another_browser_does_not_work_with_ones_own_state(
    social_site: SocialSite, person_at, name: str
):
    victim = social_site.other_browser()
    stolen = social_site.providers[name].agree(social_site.start(name, victim).location, person_at(name))
    own = social_site.sent_back(name, person_at(name))

    answer = social_site.come_back(name, own | {"code": stolen["code"]})

    # The code was given for the challenge of the other browser.
    assert answer.location == "/login"
    assert not social_site.is_logged_in()


@pytest.mark.parametrize("other", ["google", "linkedin", "twitter"])
def test_a_login_comes_back_at_the_path_of_its_own_provider(social_site: SocialSite, person_at, other: str):
    query = social_site.sent_back("github", person_at("github"))
    social_site.providers[other].sent.clear()

    assert social_site.come_back(other, query).status_code == 400
    assert social_site.providers[other].sent == []
    assert not social_site.is_logged_in()


def test_a_login_leads_to_no_other_site(social_site: SocialSite, person_at):
    ada = person_at("google")
    for target in (
        "https://evil.example.com/",
        "//evil.example.com",
        "/\\evil.example.com",
        "javascript:alert(1)",
        "/a\nb",
        "",
    ):
        assert social_site.enter("google", ada, next=target).location == "/", target


def test_next_beside_the_code_leads_to_no_other_site(social_site: SocialSite, person_at):
    query = social_site.sent_back("google", person_at("google"))

    assert social_site.come_back("google", query | {"next": "//evil.example.com"}).location == "/"


def test_a_login_that_took_too_long_is_a_bad_request(social_site: SocialSite, person_at, monkeypatch):
    query = social_site.sent_back("google", person_at("google"))
    later = time.time() + login_states.LIFETIME + 1
    monkeypatch.setattr(login_states.time, "time", lambda: later)

    assert social_site.come_back("google", query).status_code == 400


def test_logins_that_are_begun_and_not_finished_do_not_fill_the_session(social_site: SocialSite, person_at):
    for number in range(12):
        social_site.start(ALL[number % len(ALL)], next=f"/{number}-{'x' * 650}")

    held = social_site.browser.get_cookie("session")
    assert len(held.value) < LARGEST_COOKIE
    # The newest one still works.
    assert social_site.enter("google", person_at("google"), next="/secret").location == "/secret"


def test_a_target_that_is_too_long_for_the_session_is_left_out(social_site: SocialSite, person_at):
    assert social_site.enter("google", person_at("google"), next=f"/{'x' * 1_900}").location == "/"


def test_a_login_that_was_begun_before_another_one_is_forgotten(social_site: SocialSite, person_at):
    social_site.add()
    strangers = social_site.sent_back("google", person_at("google"))
    assert social_site.log_in().location == "/"

    assert social_site.come_back("google", strangers).status_code == 400
    assert social_site.is_logged_in()


def test_a_code_that_is_too_long_is_sent_nowhere(social_site: SocialSite, person_at):
    query = social_site.sent_back("google", person_at("google"))

    assert social_site.come_back("google", query | {"code": "c" * 8_193}).status_code == 400
    assert social_site.providers["google"].sent == []


def test_a_body_that_is_too_large_is_not_read(social_site: SocialSite):
    answer = social_site.log_in_by_json(providerId="google", code="c" * 100_000)

    assert answer.status_code == 413


def forged(site: SocialSite, **claims: object) -> None:
    site.providers["google"].claims |= claims


def test_an_id_token_that_is_not_of_this_login_is_refused(social_site: SocialSite, person_at):
    ada, google = person_at("google"), social_site.providers["google"]
    for claims in (
        {"nonce": "of another login"},
        {"nonce": None},
        {"iss": "https://evil.example.com"},
        {"iss": None},
        {"aud": "another client"},
        {"aud": "another client", "azp": CLIENT_ID},
        {"aud": ["another client"], "azp": CLIENT_ID},
        {"azp": "another client"},
        {"exp": 1},
        {"iat": 99_999_999_999},
        {"at_hash": "of-another-token"},
    ):
        google.claims = claims

        assert social_site.enter("google", ada).location == "/login", claims
        assert not social_site.is_logged_in(), claims
    google.claims = {}
    assert social_site.enter("google", ada).location == "/"


def test_an_id_token_with_another_signature_is_refused(social_site: SocialSite, person_at, monkeypatch):
    google = social_site.providers["google"]
    monkeypatch.setattr(google, "signing_key", ec.generate_private_key(ec.SECP256R1()))

    assert social_site.enter("google", person_at("google")).location == "/login"
    assert not social_site.is_logged_in()


def test_an_id_token_without_a_signature_is_refused(social_site: SocialSite, person_at, monkeypatch):
    google = social_site.providers["google"]
    encode = jwt.encode
    monkeypatch.setattr(jwt, "encode", lambda claims, key, **more: encode(claims, "", algorithm="none"))

    query = social_site.sent_back("google", person_at("google"))
    assert social_site.come_back("google", query).location == "/login"
    assert "/token" in google.paths()
    assert not social_site.is_logged_in()


def test_an_answer_without_an_id_token_is_refused(social_site: SocialSite, person_at, monkeypatch):
    monkeypatch.setattr(social_site.providers["google"], "has_id_token", False)

    assert social_site.enter("google", person_at("google")).location == "/login"
    assert not social_site.is_logged_in()


@pytest.mark.parametrize("domain", [None, "evil.example.com", "example.com.evil.com", ""])
def test_people_of_another_domain_are_refused(new_social_site, person_at, domain):
    # The directory takes all accounts of Google: it was made by hand.
    site = new_social_site()
    site.enter("google", person_at("google"))
    site.browser.get("/logout")
    site.app.config["STORMPATH_SOCIAL"]["GOOGLE"]["hd"] = "example.com"
    forged(site, **({} if domain is None else {"hd": domain}))
    eve = person_at("google", **({} if domain is None else {"hd": domain}))

    assert site.enter("google", eve).location == "/login"
    assert site.log_in_by_json(providerId="google", accessToken=eve.token).status_code == 400
    assert not site.is_logged_in()


def test_a_token_that_another_site_has_got_logs_no_person_in(social_site: SocialSite, person_at):
    for name in ("google", "facebook", "github", "linkedin"):
        elsewhere = person_at(name, client_id="another client")
        answer = social_site.log_in_by_json(providerId=name, accessToken=elsewhere.token)
        assert answer.status_code == 400, name
    # Which cannot be asked to whom it has issued a token.
    example = person_at("example")
    assert social_site.log_in_by_json(providerId="example", accessToken=example.token).status_code == 400
    assert not social_site.is_logged_in()


def test_a_form_of_another_site_logs_no_person_in(social_site: SocialSite, person_at):
    ada = person_at("facebook")
    body = f'{{"providerData": {{"providerId": "facebook", "accessToken": "{ada.token}"}}}}'

    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        social_site.browser.post(
            "/login", data=body, content_type=kind, headers={"Accept": "application/json"}
        )
        assert not social_site.is_logged_in()


@pytest.mark.parametrize("name", ALL)
def test_no_log_and_no_page_holds_what_a_login_is_proved_with(
    social_site: SocialSite, person_at, name: str, caplog
):
    caplog.set_level(logging.DEBUG)
    ada = person_at(name)
    query = social_site.sent_back(name, ada)
    with social_site.browser.session_transaction() as session:
        (kept,) = session[login_states.KEY]
    social_site.come_back(name, query)
    again = social_site.sent_back(name, ada)
    shown = social_site.come_back(
        name, again | {"code": query.get("code", "used"), "oauth_verifier": "used"}
    ).text

    code = query.get("code") or query["oauth_verifier"]
    secrets = [CLIENT_SECRET, code, ada.token, ada.token_secret, kept["verifier"], kept["nonce"]]
    # urllib3 writes the URLs of its requests, as the service's own: what they hold is tried with the service.
    written = "".join(each.getMessage() for each in caplog.records if not each.name.startswith("urllib3"))
    assert [each for each in secrets if each and each in written + shown] == []
