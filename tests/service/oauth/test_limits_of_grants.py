"""Limits on wrong passwords and secrets in grants, which count with those of logins."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.calls import Api, Json
from service.clock import Clock, clock, service
from service.guess_limits import application, at, limits, wrong
from service.token_calls import client_credentials, grant, oauth_error, refresh

__all__ = ["application", "clock", "limits", "service"]

REFUSED = (429, "temporarily_unavailable", 429)
INVALID_CLIENT = (401, "invalid_client", 401)
INVALID_GRANT = (400, "invalid_grant", 7100)

WRONG = "wrong" * 8


@pytest.fixture
def key(api: Api, application: Json) -> Json:
    """An API key of the application's account."""
    (account,) = api.every(f"{application['directory']['href']}/accounts")
    return api.api_key(account)


def guess_secret(api: Api, application: Json, key: Json) -> tuple[int, str, int]:
    return oauth_error(client_credentials(api, application, key, client_secret=WRONG))


def guess_password(api: Api, application: Json) -> tuple[int, str, int]:
    return oauth_error(grant(api, application, "password", username="ada", password="wrong"))


class TestPasswords:
    def test_logins_and_grants_count_together(self, api: Api, application: Json, limits: Callable[..., None]):
        limits(account=3)
        wrong(api, application, 2)

        assert [guess_password(api, application) for _ in range(2)] == [INVALID_GRANT, REFUSED]
        assert api.log_in(application, "ada").status == 429

    def test_the_answer_says_how_long_to_wait(self, api: Api, application: Json, clock: Clock):
        wrong(api, application, 10)

        answer = grant(api, application, "password", username="ada", password="Changeme1!")

        assert oauth_error(answer) == REFUSED
        clock.moves(int(answer.headers["retry-after"]))
        assert grant(api, application, "password", username="ada", password="Changeme1!").status == 200


class TestSecretsOfApiKeys:
    @pytest.mark.both_databases
    def test_ten_wrong_secrets_of_a_key_are_compared(
        self, api: Api, application: Json, key: Json, clock: Clock
    ):
        found = [guess_secret(api, application, key) for _ in range(12)]

        assert found == [INVALID_CLIENT] * 10 + [REFUSED] * 2
        answer = client_credentials(api, application, key)
        assert oauth_error(answer) == REFUSED
        clock.moves(int(answer.headers["retry-after"]))
        assert client_credentials(api, application, key).status == 200

    def test_an_id_that_no_key_has_is_limited_like_one_that_a_key_has(
        self, api: Api, application: Json, limits: Callable[..., None]
    ):
        limits(account=2)
        nobodys = {"id": "2EV70AHRTYF0JOA7OEXAMPLE1", "secret": WRONG}

        found = [guess_secret(api, application, nobodys) for _ in range(3)]

        assert found == [INVALID_CLIENT, INVALID_CLIENT, REFUSED]

    def test_right_secrets_do_not_count_and_other_keys_are_not_limited(
        self, api: Api, application: Json, key: Json, limits: Callable[..., None]
    ):
        limits(account=2)
        (account,) = api.every(f"{application['directory']['href']}/accounts")
        other = api.api_key(account)
        for _ in range(3):
            assert client_credentials(api, application, key).status == 200
            guess_secret(api, application, other)

        assert guess_secret(api, application, other) == REFUSED
        assert client_credentials(api, application, key).status == 200

    def test_a_disabled_key_with_its_right_secret_does_not_count(
        self, api: Api, application: Json, key: Json, limits: Callable[..., None]
    ):
        limits(account=1)
        api.post(key["href"], {"status": "DISABLED"}).ok

        found = [oauth_error(client_credentials(api, application, key)) for _ in range(3)]

        assert found == [INVALID_CLIENT] * 3

    def test_an_end_users_address_is_limited_over_all_keys(
        self, api: Api, application: Json, key: Json, limits: Callable[..., None]
    ):
        limits(address=2)
        there = at(api, "203.0.113.7")
        for number in range(2):
            guess_secret(there, application, {"id": f"NOSUCHKEYNOSUCHKEYNOSUCH{number}", "secret": WRONG})

        assert oauth_error(client_credentials(there, application, key)) == REFUSED
        assert client_credentials(api, application, key).status == 200


def test_refreshing_is_no_guess(api: Api, application: Json, limits: Callable[..., None]):
    limits(account=1, key=1)
    token = grant(api, application, "password", username="ada", password="Changeme1!").ok["refresh_token"]

    for _ in range(3):
        assert oauth_error(refresh(api, application, "no token")) == (400, "invalid_grant", 10017)
    assert refresh(api, application, token).status == 200
