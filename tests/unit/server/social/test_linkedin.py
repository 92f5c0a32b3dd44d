"""LinkedIn: introspection of tokens, codes, and its vouching for an address."""

import pytest

from stormpath.server.schema.errors import Code
from stormpath.server.social.profile import Credentials
from support.providers.linkedin import LinkedIn
from unit.server.social.logins import by_code, by_token, log_in, refusal


def test_an_access_token_leads_to_a_profile(linkedin: LinkedIn):
    linkedin.add()

    profile = by_token(linkedin)

    assert (profile.user_id, profile.email, profile.is_email_verified) == ("1001", "ada@example.com", True)
    assert (profile.given_name, profile.surname) == ("Ada", "Lovelace")
    assert profile.user_info["locale"] == {"country": "US", "language": "en"}
    assert linkedin.paths() == ["/oauth/v2/introspectToken", "/v2/userinfo"]


def test_a_code_is_exchanged(linkedin: LinkedIn):
    linkedin.add(code="the-code-of-ada")

    profile = by_code(linkedin)

    assert (profile.user_id, profile.access_token) == ("1001", "the-token-of-ada")
    assert linkedin.paths() == ["/oauth/v2/accessToken", "/v2/userinfo"]


@pytest.mark.parametrize("stored", [None, ""])
def test_a_code_without_any_redirect_uri_is_refused_before_a_request(linkedin: LinkedIn, stored: str | None):
    assert "redirectUri" in refusal(by_code, linkedin, redirect_uri=stored, code=Code.REDIRECT_URI_MISSING)
    assert linkedin.sent == []


def test_the_redirect_uri_of_a_login_is_enough(linkedin: LinkedIn):
    linkedin.add(code="a-code")

    assert log_in(linkedin, Credentials(code="a-code", redirect_uri="https://a.example")).user_id == "1001"


def test_an_address_counts_as_verified_if_linkedin_vouches_for_it(linkedin: LinkedIn):
    linkedin.add(verified=False)

    profile = by_token(linkedin)

    assert (profile.email, profile.is_email_verified) == ("ada@example.com", False)


def test_a_token_of_another_client_is_refused_and_nothing_is_read_with_it(linkedin: LinkedIn):
    linkedin.add(client_id="another client")

    assert "another client" in refusal(by_token, linkedin)
    assert linkedin.paths() == ["/oauth/v2/introspectToken"]


@pytest.mark.parametrize(
    "said", [{"active": False}, {"active": "true"}, {"active": None}, {"client_id": None}]
)
def test_a_token_that_is_not_active_or_of_no_client_is_refused(linkedin: LinkedIn, said: dict[str, object]):
    linkedin.add(introspection=said)

    refusal(by_token, linkedin)


def test_a_token_that_is_not_known_is_refused(linkedin: LinkedIn):
    assert refusal(by_token, linkedin) == "linkedin says that the token is not active."


def test_a_code_that_is_not_valid_is_refused_in_the_words_of_linkedin(linkedin: LinkedIn):
    assert refusal(by_code, linkedin) == (
        "linkedin answered 401 when asked for an access token for the code: invalid_request: Unable to "
        "retrieve access token: appid/redirect uri/code verifier does not match."
    )
