"""Google: tokens are ours, codes are exchanged, and its vouching for an address is what counts."""

import pytest

from stormpath.server.schema.errors import Code
from stormpath.server.social.profile import Credentials
from support.providers.breakages import saying
from support.providers.google import Google
from unit.server.social.logins import by_code, by_token, log_in, refusal


def test_an_access_token_leads_to_a_profile(google: Google):
    google.add()

    profile = by_token(google)

    assert (profile.user_id, profile.email, profile.is_email_verified) == ("1001", "ada@example.com", True)
    assert (profile.given_name, profile.surname, profile.username) == ("Ada", "Lovelace", None)
    assert (profile.access_token, profile.refresh_token) == ("the-token-of-ada", None)
    assert google.paths() == ["/tokeninfo", "/v1/userinfo"]


def test_the_user_info_is_as_received_with_the_keys_that_it_once_had(google: Google):
    google.add(locale="en", hd="example.com")

    assert by_token(google).user_info == {
        "sub": "1001",
        "id": "1001",
        "name": "Ada Lovelace",
        "given_name": "Ada",
        "firstName": "Ada",
        "family_name": "Lovelace",
        "lastName": "Lovelace",
        "picture": "https://lh3.googleusercontent.com/a/ada",
        "profilePictureUrl": "https://lh3.googleusercontent.com/a/ada",
        "email": "ada@example.com",
        "email_verified": True,
        "locale": "en",
        "hd": "example.com",
    }


def test_a_key_that_is_there_is_not_replaced_by_another(google: Google):
    google.add(id="1001", firstName="Augusta")

    assert by_token(google).user_info["firstName"] == "Augusta"


def test_a_code_is_exchanged_with_the_refresh_token_that_comes_with_it(google: Google):
    google.add(code="the-code-of-ada")

    profile = by_code(google)

    assert (profile.user_id, profile.access_token) == ("1001", "the-token-of-ada")
    assert profile.refresh_token == "refresh-1001"
    assert google.sent[0].form == {
        "grant_type": "authorization_code",
        "code": "the-code-of-ada",
        "client_id": "client",
        "client_secret": "the client's secret",
        "redirect_uri": "https://atlas.example/callback",
    }
    # What our own secret was exchanged for was issued to us.
    assert google.paths() == ["/token", "/v1/userinfo"]


def test_the_redirect_uri_of_the_login_wins(google: Google):
    google.add(code="a-code")

    log_in(google, Credentials(code="a-code", redirect_uri="postmessage"), redirect_uri="https://a.example")

    assert google.sent[0].form["redirect_uri"] == "postmessage"


def test_a_code_without_any_redirect_uri_is_refused_before_a_request(google: Google):
    assert "redirectUri" in refusal(by_code, google, redirect_uri=None, code=Code.REQUIRED)
    assert google.sent == []


def test_a_code_that_is_not_valid_is_refused_in_the_words_of_google(google: Google):
    said = refusal(by_code, google)

    assert said == (
        "google answered 400 when asked for an access token for the code: invalid_grant: Malformed auth code."
    )


def test_a_token_that_is_not_valid_is_refused_in_the_words_of_google(google: Google):
    said = refusal(by_token, google)

    assert said == (
        "google answered 400 when asked for the client of the token: invalid_token: Invalid Value."
    )


def test_a_token_of_another_client_is_refused_and_nothing_is_read_with_it(google: Google):
    google.add(client_id="another client")

    assert "another client" in refusal(by_token, google)
    assert google.paths() == ["/tokeninfo"]


@pytest.mark.parametrize("ours", ["aud", "azp"])
def test_a_token_is_ours_by_its_audience_or_by_the_client_that_got_it(google: Google, ours: str):
    google.add(client_id="the app on the phone").extra[ours] = "client"

    assert by_token(google).user_id == "1001"


def test_a_token_of_no_client_is_not_ours(google: Google):
    google.add()
    google.breaks("/tokeninfo", saying(200, {"sub": "1001"}))

    refusal(by_token, google)


@pytest.mark.parametrize(
    ("said", "is_verified"), [(True, True), ("true", True), (False, False), ("false", False), (1, False)]
)
def test_an_address_counts_as_verified_if_google_vouches_for_it(
    google: Google, said: object, is_verified: bool
):
    google.add(email_verified=said)

    assert by_token(google).is_email_verified is is_verified


def test_an_address_of_which_google_says_nothing_is_not_verified(google: Google):
    google.add(email=None).extra["email"] = "ada@example.com"

    assert by_token(google).is_email_verified is False


def test_a_profile_may_have_no_address(google: Google):
    google.add(email=None)

    profile = by_token(google)

    assert (profile.email, profile.is_email_verified) == (None, False)


class TestWorkspaceDomains:
    @pytest.mark.parametrize("wanted", ["example.com", "Example.COM", "*"])
    def test_an_account_of_the_domain_of_the_directory_is_taken(self, google: Google, wanted: str):
        google.add(hd="example.com")

        assert by_token(google, hd=wanted).user_id == "1001"

    @pytest.mark.parametrize(
        ("wanted", "domain"), [("example.com", "example.org"), ("example.com", None), ("*", None), ("*", "")]
    )
    def test_others_are_refused(self, google: Google, wanted: str, domain: str | None):
        google.add(hd=domain)

        assert "another domain" in refusal(by_token, google, hd=wanted)
