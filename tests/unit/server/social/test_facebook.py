"""Facebook: its proof of the app's secret, its check of tokens, and addresses that it does not vouch for."""

import pytest

from stormpath.server.schema.errors import Code
from support.providers.breakages import saying
from support.providers.facebook import Facebook
from unit.server.social.logins import by_code, by_token, refusal


def test_an_access_token_leads_to_a_profile(facebook: Facebook):
    facebook.add(middle_name="King")

    profile = by_token(facebook)

    assert (profile.user_id, profile.email) == ("1001", "ada@example.com")
    assert (profile.given_name, profile.middle_name, profile.surname) == ("Ada", "King", "Lovelace")
    assert profile.user_info["name"] == "Ada Lovelace"
    assert profile.access_token == "the-token-of-ada"
    assert facebook.paths() == ["/v24.0/debug_token", "/v24.0/me"]


def test_facebook_vouches_for_no_address(facebook: Facebook):
    facebook.add(verified=True)

    assert by_token(facebook).is_email_verified is False


def test_a_profile_may_have_no_address(facebook: Facebook):
    facebook.add(email=None)

    assert by_token(facebook).email is None


def test_a_token_of_another_app_is_refused_and_nothing_is_read_with_it(facebook: Facebook):
    facebook.add(client_id="another app")

    assert "another app" in refusal(by_token, facebook)
    assert facebook.paths() == ["/v24.0/debug_token"]


def test_a_token_that_is_not_valid_is_refused_in_the_words_of_facebook(facebook: Facebook):
    said = refusal(by_token, facebook)

    assert said == "facebook says that the token is not valid: Invalid OAuth access token."


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"data": None},
        {"data": {"app_id": "client"}},
        {"data": {"app_id": "client", "is_valid": "true"}},
        {"data": {"is_valid": True}},
        {"data": {"is_valid": True, "app_id": None}},
    ],
)
def test_a_token_of_which_too_little_is_said_is_refused(facebook: Facebook, answer: object):
    facebook.add()
    facebook.breaks("/v24.0/debug_token", saying(200, answer))

    refusal(by_token, facebook, client_id="client")
    refusal(by_token, facebook, client_id="None")


def test_the_app_id_may_be_a_number(facebook: Facebook):
    facebook.add()
    facebook.breaks("/v24.0/debug_token", saying(200, {"data": {"is_valid": True, "app_id": 1234}}))
    facebook.breaks("/v24.0/me", saying(200, {"id": "1001"}))

    assert by_token(facebook, client_id="1234").user_id == "1001"


def test_another_secret_than_that_of_the_app_is_refused(facebook: Facebook):
    facebook.add()

    said = refusal(by_token, facebook, client_id="another")

    assert said == (
        "facebook answered 400 when asked for the app of the token: Invalid OAuth access token signature."
    )


def test_codes_are_not_supported(facebook: Facebook):
    refusal(by_code, facebook, code=Code.NOT_SUPPORTED)
    assert facebook.sent == []
