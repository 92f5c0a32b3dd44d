"""Credentials are checked before anything is sent to a provider (rest-auth 5.2)."""

from typing import Any

import pytest

from stormpath.server.resources.providers.provider import PROVIDER
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.social import providers
from stormpath.server.social.profile import Credentials
from unit.server.social.logins import context_of, row_of

KINDS = ("google", "facebook", "github", "linkedin", "twitter", "amazon")


def refused(kind: str, credentials: Credentials, **changes: Any) -> Code:
    def fetch(*arguments: object, **named: object) -> Any:
        raise AssertionError("nothing may be sent")

    with pytest.raises(ApiError) as caught:
        providers.profile_of(context_of(fetch), row_of(kind, **changes), credentials)
    return caught.value.code


@pytest.mark.parametrize("kind", KINDS)
class TestEveryProvider:
    @pytest.mark.parametrize("nothing", [None, ""])
    def test_takes_a_code_or_a_token(self, kind: str, nothing: str | None):
        neither = Credentials(nothing, nothing, access_token_secret="s")

        assert refused(kind, neither) == Code.REQUIRED

    def test_takes_no_two_of_them(self, kind: str):
        assert refused(kind, Credentials(code="c", access_token="t", access_token_secret="s")) == Code.INVALID

    @pytest.mark.parametrize(
        "token", ["a b", "a\r\nX-Admin: 1", "a\x00", "\x7f", "caf\u00e9", "\ud800", " ", "\n"]
    )
    def test_takes_no_token_that_could_be_more_than_a_token(self, kind: str, token: str):
        for name in ("access_token", "access_token_secret", "code"):
            sent = {"access_token": "t", "access_token_secret": "s", name: token}
            if name == "code":
                del sent["access_token"]
            code = refused(kind, Credentials(**sent), redirect_uri="https://a.example")

            assert code == (Code.INVALID if name != "code" or takes_codes(kind) else Code.NOT_SUPPORTED)

    def test_takes_no_endless_token(self, kind: str):
        endless = "x" * 8193

        assert refused(kind, Credentials(access_token=endless, access_token_secret="s")) == Code.TOO_LONG
        assert refused(kind, Credentials(access_token="t", access_token_secret=endless)) == Code.TOO_LONG
        if takes_codes(kind):
            assert refused(kind, Credentials(code=endless, redirect_uri="https://a.example")) == Code.TOO_LONG


def takes_codes(kind: str) -> bool:
    return providers.CLIENTS[row_of(kind)["provider_type"]].takes.code


def test_a_provider_takes_codes_if_it_has_a_redirect_uri():
    redirect_uri = PROVIDER.by_name["redirectUri"]

    assert {kind for kind, client in providers.CLIENTS.items() if client.takes.code} == redirect_uri.only_for


def test_there_is_a_client_for_every_provider_with_a_client_id():
    assert set(providers.CLIENTS) == PROVIDER.by_name["clientId"].only_for


@pytest.mark.parametrize(
    ("redirect_uri", "code"),
    [
        ("https://a.example/" + "x" * 4000, Code.TOO_LONG),
        ("https://\ud800", Code.INVALID),
        ("a\nb", Code.INVALID),
    ],
)
@pytest.mark.parametrize("kind", ["google", "linkedin", "amazon"])
def test_a_redirect_uri_is_bounded(kind: str, redirect_uri: str, code: Code):
    assert refused(kind, Credentials(code="c", redirect_uri=redirect_uri)) == code


def test_the_errors_name_the_attribute_and_the_remedy():
    with pytest.raises(ApiError) as caught:
        providers.check(row_of("github"), Credentials(code="c"))

    assert caught.value.message == "code is not supported for github."
    assert caught.value.developer_message == (
        "github takes no code here: exchange it in your application, and send the accessToken."
    )
