"""Rotation of refresh tokens, where the policy says so (rest-auth 3.2; RFC 9700, 4.14.2)."""

import pytest

from service.calls import Api, Json
from service.clock import Clock
from service.token_calls import (
    claims_of,
    header_of,
    is_valid,
    log_in,
    oauth_error,
    refresh,
    revoke,
    set_policy,
    validate,
)
from stormpath.server.oauth.refreshing import GRACE_MS

GRACE = GRACE_MS / 1000
GONE = (400, "invalid_grant", 10013)


@pytest.fixture(autouse=True)
def rotating(api: Api, application: Json, ada: Json) -> Json:
    return set_policy(api, application, refreshTokenRotation="ENABLED")


def rotated(api: Api, application: Json, token: str) -> str:
    return str(refresh(api, application, token).ok["refresh_token"])


def sizes(api: Api, ada: Json) -> tuple[int, ...]:
    return tuple(api.get(ada[kind]["href"])["size"] for kind in ("accessTokens", "refreshTokens"))


class TestSuccessor:
    def test_a_refresh_replaces_the_refresh_token(self, api: Api, application: Json, ada: Json, clock: Clock):
        first = log_in(api, application)
        clock.moves(3600)

        second = refresh(api, application, first["refresh_token"]).ok

        assert second["refresh_token"] != first["refresh_token"]
        before, after = claims_of(first["refresh_token"]), claims_of(second["refresh_token"])
        # Its time of issue and its id are new, its expiry is not.
        assert after == before | {"jti": after["jti"], "iat": clock.now // 1000}
        assert after["jti"] != before["jti"]
        assert header_of(second["refresh_token"]) == header_of(first["refresh_token"])
        assert claims_of(second["access_token"])["rti"] == after["jti"]
        assert api.get(f"/refreshTokens/{before['jti']}").error == (404, 10013)
        assert api.get(f"/refreshTokens/{after['jti']}").ok["jwt"] == second["refresh_token"]
        assert sizes(api, ada) == (1, 1)

    def test_an_earlier_access_token_stays_good(self, api: Api, application: Json):
        first = log_in(api, application)

        second = refresh(api, application, first["refresh_token"]).ok

        assert is_valid(api, application, first["access_token"])
        assert is_valid(api, application, second["access_token"])

    def test_a_chain_ends_when_its_first_token_would_have(
        self, api: Api, application: Json, ada: Json, clock: Clock
    ):
        set_policy(api, application, refreshTokenTtl="PT1M")
        token = log_in(api, application)["refresh_token"]

        for _ in range(3):
            clock.moves(19)
            token = rotated(api, application, token)
        clock.moves(3)

        assert oauth_error(refresh(api, application, token)) == (400, "invalid_grant", 10011)
        assert sizes(api, ada)[1] == 0

    def test_the_organization_is_kept(self, api: Api, application: Json, directory: Json):
        organization = api.organization()
        api.organization_mapping(organization, directory)
        api.mapping(application, organization)
        token = log_in(api, application, organizationNameKey="acme")["refresh_token"]

        for _ in range(2):
            answer = refresh(api, application, token).ok
            token = answer["refresh_token"]
            assert claims_of(token)["org"] == claims_of(answer["access_token"])["org"] == organization["href"]


class TestRepetition:
    """A client that did not get the answer asks once more."""

    def test_a_quick_repetition_gets_the_same_successor(
        self, api: Api, application: Json, ada: Json, clock: Clock
    ):
        first = log_in(api, application)["refresh_token"]
        second = rotated(api, application, first)

        for seconds in (0, 1, GRACE - 1):
            clock.moves(seconds)
            again = refresh(api, application, first).ok
            assert again["refresh_token"] == second
            assert claims_of(again["access_token"])["rti"] == claims_of(second)["jti"]
            assert is_valid(api, application, again["access_token"])
        assert sizes(api, ada) == (5, 1)

    def test_a_repetition_after_another_refresh_gets_the_newest(
        self, api: Api, application: Json, clock: Clock
    ):
        tokens = [log_in(api, application)["refresh_token"]]
        for _ in range(4):
            tokens.append(rotated(api, application, tokens[-1]))
            clock.moves(1)

        assert {rotated(api, application, each) for each in tokens[:-1]} == {tokens[-1]}
        clock.moves(1)
        # The newest is still the one that refreshes.
        assert rotated(api, application, tokens[-1]) not in tokens

    def test_a_repetition_leads_over_ten_refreshes_at_most(self, api: Api, application: Json):
        tokens = [log_in(api, application)["refresh_token"]]
        for _ in range(11):
            tokens.append(rotated(api, application, tokens[-1]))

        assert oauth_error(refresh(api, application, tokens[0])) == GONE
        # It was no reuse either.
        assert rotated(api, application, tokens[1]) == tokens[-1]

    def test_a_clock_that_is_behind_makes_no_thief(self, api: Api, application: Json, clock: Clock):
        first = log_in(api, application)["refresh_token"]
        second = rotated(api, application, first)

        # The request of the repetition is answered by another machine.
        clock.moves(-1)

        assert rotated(api, application, first) == second

    def test_a_refused_repetition_ends_nothing(self, api: Api, application: Json, ada: Json):
        first = log_in(api, application)["refresh_token"]
        second = rotated(api, application, first)
        api.post(ada["href"], {"status": "DISABLED"})

        assert oauth_error(refresh(api, application, first)) == (400, "invalid_grant", 10010)

        api.post(ada["href"], {"status": "ENABLED"})
        assert refresh(api, application, second).status == 200


class TestReuse:
    """Two parties have the token, and one of them should not."""

    def test_a_late_reuse_ends_the_whole_grant(self, api: Api, application: Json, ada: Json, clock: Clock):
        first = log_in(api, application)
        second = refresh(api, application, first["refresh_token"]).ok
        other = log_in(api, application)
        clock.moves(GRACE + 0.001)

        assert oauth_error(refresh(api, application, first["refresh_token"])) == GONE

        for each in (first, second):
            assert validate(api, application, each["access_token"]).error == (404, 10013)
            assert oauth_error(refresh(api, application, each["refresh_token"])) == GONE
        # Another login of the same account is another grant.
        assert is_valid(api, application, other["access_token"])
        assert refresh(api, application, other["refresh_token"]).status == 200
        assert sizes(api, ada) == (2, 1)

    def test_to_the_last_moment_a_repetition_is_none(self, api: Api, application: Json, clock: Clock):
        first = log_in(api, application)["refresh_token"]
        second = rotated(api, application, first)
        clock.moves(GRACE)

        assert rotated(api, application, first) == second

    def test_an_old_token_of_a_long_chain_ends_it(self, api: Api, application: Json, clock: Clock):
        tokens = [log_in(api, application)["refresh_token"]]
        for _ in range(3):
            clock.moves(GRACE + 1)
            tokens.append(rotated(api, application, tokens[-1]))

        # Replaced just now, but not by a client that has asked just now.
        assert oauth_error(refresh(api, application, tokens[0])) == GONE

        assert oauth_error(refresh(api, application, tokens[-1])) == GONE

    def test_a_repetition_leads_over_quick_refreshes_only(self, api: Api, application: Json, clock: Clock):
        first = log_in(api, application)["refresh_token"]
        second = rotated(api, application, first)
        clock.moves(GRACE - 1)
        third = rotated(api, application, second)

        assert rotated(api, application, first) == third
        clock.moves(2)
        assert oauth_error(refresh(api, application, first)) == GONE
        assert oauth_error(refresh(api, application, third)) == GONE

    def test_a_spent_token_of_another_application_ends_nothing(
        self, api: Api, application: Json, directory: Json, clock: Clock
    ):
        first = log_in(api, application)["refresh_token"]
        second = rotated(api, application, first)
        other = api.application("Other")
        api.mapping(other, directory)
        clock.moves(GRACE + 1)

        assert oauth_error(refresh(api, other, first)) == (400, "invalid_grant", 10014)
        assert refresh(api, application, second).status == 200


class TestRevocation:
    @pytest.mark.parametrize("seconds", [0, GRACE + 1])
    def test_a_spent_token_that_is_revoked_ends_the_grant(
        self, api: Api, application: Json, ada: Json, clock: Clock, seconds: float
    ):
        first = log_in(api, application)
        second = refresh(api, application, first["refresh_token"]).ok
        clock.moves(seconds)

        assert revoke(api, application, first["refresh_token"]).status == 200

        assert oauth_error(refresh(api, application, second["refresh_token"])) == GONE
        assert validate(api, application, second["access_token"]).error == (404, 10013)
        assert sizes(api, ada) == (0, 0)

    def test_a_repetition_does_not_survive_the_end_of_its_grant(self, api: Api, application: Json):
        first = log_in(api, application)["refresh_token"]
        second = rotated(api, application, first)
        assert revoke(api, application, second).status == 200

        assert oauth_error(refresh(api, application, first)) == GONE
        assert oauth_error(refresh(api, application, second)) == GONE

    def test_a_new_password_ends_spent_tokens_too(self, api: Api, application: Json, ada: Json, clock: Clock):
        clock.moves(60)
        first = log_in(api, application)["refresh_token"]
        second = rotated(api, application, first)
        api.post(ada["href"], {"password": "Otherwise2!"})

        for each in (first, second):
            assert oauth_error(refresh(api, application, each)) == GONE


class TestPolicy:
    def test_a_token_issued_before_rotation_is_rotated_from_now_on(self, api: Api, application: Json):
        set_policy(api, application, refreshTokenRotation="DISABLED")
        token = log_in(api, application)["refresh_token"]
        assert rotated(api, application, token) == token

        set_policy(api, application, refreshTokenRotation="ENABLED")

        assert rotated(api, application, token) != token

    def test_without_rotation_the_newest_token_stays_and_a_spent_one_is_still_reused(
        self, api: Api, application: Json, clock: Clock
    ):
        first = log_in(api, application)["refresh_token"]
        second = rotated(api, application, first)
        set_policy(api, application, refreshTokenRotation="DISABLED")

        assert rotated(api, application, second) == second
        assert rotated(api, application, first) == second
        clock.moves(GRACE + 1)
        assert oauth_error(refresh(api, application, first)) == GONE
        assert oauth_error(refresh(api, application, second)) == GONE

    def test_refresh_tokens_that_are_switched_off_are_rotated_as_before(self, api: Api, application: Json):
        token = log_in(api, application)["refresh_token"]
        set_policy(api, application, refreshTokenTtl="PT0S")

        assert rotated(api, application, rotated(api, application, token)) != token
