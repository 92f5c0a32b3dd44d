"""The OAuth policy of an application, in the tokens that it issues (rest-auth 3.2)."""

from datetime import UTC, datetime

import pytest

from service.calls import Api, Json
from service.clock import Clock
from service.token_calls import (
    claims_of,
    is_valid,
    log_in,
    oauth_error,
    refresh,
    set_policy,
    validate,
)

pytestmark = pytest.mark.usefixtures("ada")

MINUTE, HOUR, DAY = 60, 3600, 86_400


def lifetime(token: str) -> int:
    claims = claims_of(token)
    return int(claims["exp"]) - int(claims["iat"])


def seconds_of(date: str) -> int:
    return int(datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp())


def test_an_access_token_lives_an_hour_and_a_refresh_token_sixty_days(
    api: Api, application: Json, clock: Clock
):
    tokens = log_in(api, application)

    assert claims_of(tokens["access_token"])["iat"] == clock.now // 1000
    assert claims_of(tokens["refresh_token"])["iat"] == clock.now // 1000
    assert lifetime(tokens["access_token"]) == tokens["expires_in"] == HOUR
    assert lifetime(tokens["refresh_token"]) == 60 * DAY


def test_lifetimes_are_those_of_the_policy(api: Api, application: Json):
    cases = {"PT1S": 1, "PT30M": 30 * MINUTE, "PT1H30M": 90 * MINUTE, "P7D": 7 * DAY, "P2W": 14 * DAY}
    for text, seconds in cases.items():
        echoed = set_policy(api, application, accessTokenTtl=text, refreshTokenTtl=text)
        assert (echoed["accessTokenTtl"], echoed["refreshTokenTtl"]) == (text, text)
        tokens = log_in(api, application)
        assert tokens["expires_in"] == seconds
        assert [lifetime(tokens[each]) for each in ("access_token", "refresh_token")] == [seconds] * 2


def test_months_and_years_are_those_of_the_calendar(api: Api, application: Json, clock: Clock):
    for now, text, end in (
        ("2025-01-31T12:00:00", "P1M", "2025-02-28T12:00:00"),
        ("2024-01-31T12:00:00", "P1M", "2024-02-29T12:00:00"),
        ("2025-03-15T23:59:59", "P1M", "2025-04-15T23:59:59"),
        ("2024-02-29T00:00:00", "P1Y", "2025-02-28T00:00:00"),
        ("2027-06-01T08:00:00", "P1Y", "2028-06-01T08:00:00"),
        ("2026-11-29T00:00:00", "P10Y", "2036-11-29T00:00:00"),
        ("2026-11-29T00:00:00", "P1Y2M3DT4H", "2028-02-01T04:00:00"),
        ("2026-11-29T00:00:00", "P3653D", "2036-11-29T00:00:00"),
    ):
        clock.now = seconds_of(now) * 1000
        set_policy(api, application, accessTokenTtl=text, refreshTokenTtl=text)
        tokens = log_in(api, application)
        assert claims_of(tokens["access_token"])["exp"] == seconds_of(end), (now, text)
        assert claims_of(tokens["refresh_token"])["exp"] == seconds_of(end), (now, text)
        assert tokens["expires_in"] == seconds_of(end) - seconds_of(now)


def test_a_lifetime_of_zero_switches_refresh_tokens_off(api: Api, application: Json, ada: Json):
    earlier = log_in(api, application)
    for zero in ("PT0M", "PT0S", "P0D"):
        assert set_policy(api, application, refreshTokenTtl=zero)["refreshTokenTtl"] == zero
        tokens = log_in(api, application)
        assert set(tokens) == {"access_token", "token_type", "expires_in", "stormpath_access_token_href"}
        assert "rti" not in claims_of(tokens["access_token"])
        assert is_valid(api, application, tokens["access_token"])
    assert api.get(ada["refreshTokens"]["href"])["size"] == 1

    # Those that were issued before stay good.
    refreshed = refresh(api, application, earlier["refresh_token"]).ok
    assert refreshed["refresh_token"] == earlier["refresh_token"]


def test_a_changed_lifetime_is_for_tokens_issued_later(api: Api, application: Json, clock: Clock):
    before = log_in(api, application)
    set_policy(api, application, accessTokenTtl="PT1M", refreshTokenTtl="PT2M")
    clock.moves(3 * MINUTE)

    assert is_valid(api, application, before["access_token"])
    refreshed = refresh(api, application, before["refresh_token"]).ok
    assert refreshed["expires_in"] == lifetime(refreshed["access_token"]) == MINUTE


def test_a_token_is_good_until_its_last_second(api: Api, application: Json, clock: Clock):
    tokens = log_in(api, application)
    left = claims_of(tokens["access_token"])["exp"] * 1000 - clock.now

    clock.moves((left - 1) / 1000)
    assert validate(api, application, tokens["access_token"]).status == 302
    assert api.get(tokens["stormpath_access_token_href"]).status == 200
    clock.moves(0.001)
    assert validate(api, application, tokens["access_token"]).error == (400, 10011)
    assert api.get(tokens["stormpath_access_token_href"]).error == (404, 10013)


def test_a_refresh_token_is_good_until_its_last_second(api: Api, application: Json, clock: Clock):
    token = log_in(api, application)["refresh_token"]
    left = claims_of(token)["exp"] * 1000 - clock.now

    clock.moves((left - 1) / 1000)
    assert refresh(api, application, token).status == 200
    clock.moves(0.001)
    assert oauth_error(refresh(api, application, token)) == (400, "invalid_grant", 10011)


def test_an_access_token_may_outlive_its_refresh_token(api: Api, application: Json, clock: Clock):
    set_policy(api, application, accessTokenTtl="PT1H", refreshTokenTtl="PT1M")
    tokens = log_in(api, application)

    clock.moves(2 * MINUTE)

    assert is_valid(api, application, tokens["access_token"])
    assert oauth_error(refresh(api, application, tokens["refresh_token"])) == (400, "invalid_grant", 10011)


class TestSwitches:
    def test_rotation_and_revocation_are_switches(self, api: Api, application: Json):
        policy = api.get(application["oAuthPolicy"]["href"]).ok

        assert policy["refreshTokenRotation"] == "DISABLED"
        assert policy["revokeTokensOnPasswordChange"] == "ENABLED"
        for name in ("refreshTokenRotation", "revokeTokensOnPasswordChange"):
            for value in ("enabled", "DISABLED"):
                assert set_policy(api, application, **{name: value})[name] == value.upper()
            for wrong, code in (("ON", 2003), ("", 2003), (None, 2000), (1, 2004)):
                assert api.post(policy["href"], {name: wrong}).error == (400, code), (name, wrong)
        assert api.post(policy["href"], policy).ok["refreshTokenRotation"] == "DISABLED"
