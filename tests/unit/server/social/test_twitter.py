"""X (Twitter): requests signed by OAuth 1.0a, against two published examples and a check of our own."""

import logging

import pytest

from stormpath.server.schema.errors import Code
from stormpath.server.social.clients.twitter import authorization
from stormpath.server.social.profile import Credentials
from support.providers.breakages import saying
from support.providers.twitter import Twitter, signature
from unit.server.social.logins import NOW_S, by_code, by_token, log_in, refusal

VERIFY = "/1.1/account/verify_credentials.json"


def test_a_token_leads_to_a_profile(twitter: Twitter):
    twitter.add(id="1234567890123456789")

    profile = by_token(twitter)

    assert (profile.user_id, profile.username) == ("1234567890123456789", "ada")
    assert (profile.email, profile.is_email_verified) == ("ada@example.com", True)
    assert profile.access_token == "the-token-of-ada"
    assert profile.access_token_secret == "the-secret-of-adas-token"
    assert profile.user_info["name"] == "Ada Lovelace"
    assert [(each.path, each.query) for each in twitter.sent] == [
        (VERIFY, {"include_email": "true", "skip_status": "true"})
    ]


def test_an_address_that_is_not_confirmed_is_not_told(twitter: Twitter):
    twitter.add(verified=False)

    profile = by_token(twitter)

    assert (profile.email, profile.is_email_verified) == (None, False)


def test_each_signature_is_for_this_moment_and_has_a_nonce_of_its_own(twitter: Twitter):
    twitter.add()
    by_token(twitter)
    by_token(twitter)

    headers = [each.headers["authorization"] for each in twitter.sent]
    assert all(f'oauth_timestamp="{NOW_S}"' in each for each in headers)
    assert headers[0] != headers[1]


def test_a_token_of_another_client_is_refused(twitter: Twitter):
    twitter.add(client_id="another client")

    assert (
        refusal(by_token, twitter)
        == "twitter answered 401 when asked for the user: Could not authenticate you."
    )


def test_a_wrong_secret_of_a_token_is_refused(twitter: Twitter):
    twitter.add(token_secret="another secret")

    assert "Could not authenticate you." in refusal(by_token, twitter)


def test_a_token_that_is_not_valid_is_refused_in_the_words_of_x(twitter: Twitter):
    assert refusal(by_token, twitter) == (
        "twitter answered 401 when asked for the user: Invalid or expired token."
    )


def test_a_token_needs_its_secret(twitter: Twitter):
    for secret in (None, ""):
        credentials = Credentials(access_token="t", access_token_secret=secret)

        assert "accessTokenSecret" in refusal(log_in, twitter, credentials, code=Code.REQUIRED)
    assert twitter.sent == []


def test_codes_are_not_supported(twitter: Twitter):
    refusal(by_code, twitter, code=Code.NOT_SUPPORTED)


def test_the_number_alone_is_no_id(twitter: Twitter):
    twitter.add()
    twitter.breaks(VERIFY, saying(200, {"id": 1234567890123456789}))

    assert "id_str" in refusal(by_token, twitter)


def test_the_signature_is_that_of_the_example_in_the_documentation_of_x():
    header = authorization(
        "POST",
        "https://api.twitter.com/1.1/statuses/update.json?include_entities=true"
        "&status=Hello%20Ladies%20%2b%20Gentlemen%2c%20a%20signed%20OAuth%20request%21",
        ("xvz1evFS4wEEPTGEFPHBog", "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw"),
        ("370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb", "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE"),
        now_s=1318622958,
        nonce="kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
    )

    assert header == (
        'OAuth oauth_consumer_key="xvz1evFS4wEEPTGEFPHBog", '
        'oauth_nonce="kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg", '
        'oauth_signature_method="HMAC-SHA1", '
        'oauth_timestamp="1318622958", '
        'oauth_token="370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb", '
        'oauth_version="1.0", '
        'oauth_signature="hCtSmYh%2BiHYCEqBWrE7C7hYmtUk%3D"'
    )


def test_the_check_of_the_stand_in_is_that_of_the_example_in_rfc_5849():
    parameters = {
        "file": "vacation.jpg",
        "size": "original",
        "oauth_consumer_key": "dpf43f3p2l4k3l03",
        "oauth_token": "nnch734d00sl2jdk",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "137131202",
        "oauth_nonce": "chapoH",
    }
    secrets = ("kd94hf93k423kf44", "pfkkdhi9sl3r4s00")

    found = signature("GET", "http://photos.example.net/photos", parameters, *secrets)

    assert found == "MdpQcU8iPSUjWoN/UDMsK2sui9I="


def test_no_log_has_the_token_or_the_signature(twitter: Twitter, caplog: pytest.LogCaptureFixture):
    twitter.add()

    with caplog.at_level(logging.DEBUG):
        by_token(twitter)

    assert "the-token-of-ada" not in caplog.text
    assert "oauth_signature" not in caplog.text
