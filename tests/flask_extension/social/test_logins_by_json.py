"""Logins by JSON with a token or a code of a provider: the cases of the framework, and their limits."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from flask_extension.social_fixtures import EMBEDDED, SocialSite
from support.providers.stand_in import CLIENT_ID

pytestmark = EMBEDDED


def said(answer: TestResponse) -> dict[str, Any]:
    found = answer.get_json()
    assert isinstance(found, dict)
    return found


def test_a_valid_facebook_token_logs_in(social_site: SocialSite, person_at):
    ada = person_at("facebook")

    answer = social_site.log_in_by_json(providerId="facebook", accessToken=ada.token)

    assert (answer.status_code, said(answer)["account"]["email"]) == (200, ada.email)
    assert social_site.is_logged_in()


def test_an_invalid_facebook_token_fails(social_site: SocialSite):
    answer = social_site.log_in_by_json(providerId="facebook", accessToken="invalid")

    assert (answer.status_code, sorted(said(answer))) == (400, ["message", "status"])
    assert not social_site.is_logged_in()


@pytest.mark.parametrize("name", ["google", "github", "linkedin", "twitter"])
def test_a_token_of_another_provider_logs_in(social_site: SocialSite, person_at, name: str):
    ada = person_at(name)
    secret = {"accessTokenSecret": ada.token_secret} if name == "twitter" else {}

    answer = social_site.log_in_by_json(providerId=name, accessToken=ada.token, **secret)

    assert (answer.status_code, said(answer)["account"]["email"]) == (200, ada.email)


@pytest.mark.parametrize("name", ["google", "facebook", "github", "linkedin", "example"])
def test_a_code_logs_in(social_site: SocialSite, person_at, name: str):
    ada = person_at(name)
    where = f"http://localhost{social_site.path(name)}"
    code = social_site.providers[name].code_for(ada, {"redirect_uri": where})

    answer = social_site.log_in_by_json(providerId=name, code=code)

    assert (answer.status_code, said(answer)["account"]["email"]) == (200, ada.email)


def test_a_code_may_name_where_it_was_sent(social_site: SocialSite, person_at):
    code = social_site.providers["google"].code_for(person_at("google"), {"redirect_uri": "postmessage"})

    refused = social_site.log_in_by_json(providerId="google", code=code, redirectUri="https://example.com/")
    code = social_site.providers["google"].code_for(person_at("google"), {"redirect_uri": "postmessage"})
    answer = social_site.log_in_by_json(providerId="google", code=code, redirectUri="postmessage")

    assert (refused.status_code, answer.status_code) == (400, 200)


OTHER_DATA: tuple[tuple[Any, str], ...] = (
    (None, "needs the providerId"),
    ("google", "needs the providerId"),
    ([], "needs the providerId"),
    ({}, "needs the providerId"),
    ({"providerId": 7, "code": "c"}, "needs the providerId"),
    ({"providerId": "nobody", "code": "c"}, "needs the providerId"),
    ({"providerId": "stormpath", "code": "c"}, "needs the providerId"),
    ({"providerId": "google"}, "needs a code or an accessToken"),
    ({"providerId": "google", "code": ""}, "needs a code or an accessToken"),
    ({"providerId": "google", "code": {"a": 1}}, "needs a code or an accessToken"),
    ({"providerId": "google", "code": "c", "accessToken": "t"}, "needs a code or an accessToken"),
    ({"providerId": "google", "code": "c" * 8193}, "needs a code or an accessToken"),
    ({"providerId": "twitter", "code": "c"}, "X takes an accessToken"),
    ({"providerId": "example", "accessToken": "t"}, "Example takes a code"),
)


def test_other_data_are_refused_before_the_provider_is_asked(social_site: SocialSite):
    count = social_site.count()

    for data, message in OTHER_DATA:
        answer = social_site.browser.post(
            "/login", json={"providerData": data}, headers={"Accept": "application/json"}
        )
        assert (answer.status_code, said(answer)["status"]) == (400, 400), data
        assert message in said(answer)["message"], data
    assert count == 0


def test_a_provider_that_is_switched_off_logs_no_person_in(new_social_site, person_at):
    site = new_social_site(STORMPATH_ENABLE_FACEBOOK=False)

    answer = site.log_in_by_json(providerId="facebook", accessToken=person_at("facebook").token)

    assert answer.status_code == 400
    assert not site.is_logged_in()


def test_errors_at_the_path_of_a_provider_are_json_for_programs(social_site: SocialSite):
    answer = social_site.browser.get("/google?code=c&state=s", headers={"Accept": "application/json"})

    assert (answer.status_code, said(answer)["status"]) == (400, 400)
    assert "did not begin in this browser" in said(answer)["message"]


def test_another_client_id_in_the_settings_than_in_the_directory_is_no_matter(new_social_site, person_at):
    site = new_social_site({"FACEBOOK": {"app_id": CLIENT_ID}})
    ada = person_at("facebook")
    site.log_in_by_json(providerId="facebook", accessToken=ada.token)

    assert site.log_in_by_json(providerId="FaceBook", accessToken=ada.token).status_code == 200
