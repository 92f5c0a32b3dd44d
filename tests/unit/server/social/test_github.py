"""GitHub: the check of tokens, and the one address that counts: the verified primary one."""

import pytest

from stormpath.server.schema.errors import Code
from support.providers.breakages import html, saying
from support.providers.github import GitHub
from unit.server.social.logins import by_code, by_token, refusal

CHECK = "/applications/client/token"


def test_an_access_token_leads_to_a_profile(github: GitHub):
    github.add(company="Analytical Engines")

    profile = by_token(github)

    assert (profile.user_id, profile.email, profile.is_email_verified) == ("1001", "ada@example.com", True)
    assert (profile.username, profile.given_name, profile.surname) == ("ada", None, None)
    assert profile.user_info["company"] == "Analytical Engines"
    assert profile.user_info["id"] == 1001
    assert github.paths() == [CHECK, "/user", "/user/emails"]


def test_every_request_names_its_sender_and_the_version(github: GitHub):
    github.add()
    by_token(github)

    for each in github.sent:
        assert each.headers["user-agent"] == "stormpath"
        assert each.headers["x-github-api-version"] == "2022-11-28"
        assert each.headers["accept"] == "application/vnd.github+json"


@pytest.mark.parametrize(
    "addresses",
    [
        [],
        [{"email": "ada@example.com", "primary": True, "verified": False}],
        [{"email": "ada@example.com", "primary": False, "verified": True}],
        [{"email": "ada@example.com", "primary": "true", "verified": "true"}],
        [{"email": "ada@example.com"}],
        [{"email": None, "primary": True, "verified": True}],
        ["ada@example.com"],
    ],
)
def test_no_other_address_than_the_verified_primary_one_counts(github: GitHub, addresses: object):
    github.add(email="ada@example.com", emails=addresses)
    github.people[0].extra["email"] = "ada@example.com"

    profile = by_token(github)

    assert (profile.email, profile.is_email_verified) == (None, False)
    assert profile.user_info["email"] == "ada@example.com"


def test_the_public_address_is_not_taken_for_the_primary_one(github: GitHub):
    github.add().extra["email"] = "victim@example.com"

    assert by_token(github).email == "ada@example.com"


def test_without_the_scope_for_addresses_there_is_none(github: GitHub):
    github.add()
    github.breaks("/user/emails", saying(404, {"message": "Not Found"}))

    assert by_token(github).email is None


def test_addresses_that_cannot_be_read_fail_the_login(github: GitHub):
    github.add()
    limit = "API rate limit exceeded for user ID 1001."
    for breakage, said in (
        (saying(403, {"message": limit}), f"answered 403 when asked for the e-mail addresses: {limit}"),
        (
            saying(200, {"email": "x"}),
            "answered with JSON that is no list when asked for the e-mail addresses.",
        ),
        (html, "answered with something that is no JSON when asked for the e-mail addresses."),
    ):
        github.breaks("/user/emails", breakage)

        assert refusal(by_token, github) == f"github {said}"


def test_a_token_of_another_client_is_refused_and_nothing_is_read_with_it(github: GitHub):
    github.add(client_id="another client")

    assert refusal(by_token, github) == (
        "github answered 404 when asked for the app of the token (the token is not valid, or was issued to "
        "another client): Not Found."
    )
    assert github.paths() == [CHECK]


@pytest.mark.parametrize("app", [None, {}, {"client_id": "another"}, {"client_id": None}, "client"])
def test_a_token_of_which_another_app_is_named_is_refused(github: GitHub, app: object):
    github.add()
    github.breaks(CHECK, saying(200, {"app": app}))

    assert "another app" in refusal(by_token, github)


def test_a_wrong_secret_is_refused_in_the_words_of_github(github: GitHub):
    github.add()
    github.breaks(CHECK, saying(401, {"message": "Bad credentials"}))

    assert refusal(by_token, github) == (
        "github answered 401 when asked for the app of the token: Bad credentials."
    )


def test_a_client_id_stays_within_its_part_of_the_path(github: GitHub):
    github.add()

    refusal(by_token, github, client_id="../../user?x=")

    assert github.paths() == ["/applications/..%2F..%2Fuser%3Fx%3D/token"]


def test_codes_are_not_supported(github: GitHub):
    refusal(by_code, github, code=Code.NOT_SUPPORTED)
    assert github.sent == []
