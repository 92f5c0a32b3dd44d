"""The grant of a second factor: a challenge and its code are exchanged for tokens."""

import pytest

from service.calls import Answer, Api, Json
from service.clock import Clock
from service.factor_calls import (
    authenticator,
    challenge,
    last_code,
    recovery_codes,
    sms_factor,
    totp,
)
from service.token_calls import claims_of, grant, is_valid, oauth_error, refresh
from stormpath.server.app import Service


def exchange(api: Api, owner: Json, made: Json, right: str, **fields: str) -> Answer:
    fields = {"challenge": made["href"], "code": right, **fields}
    return grant(api, owner["application"], "stormpath_factor_challenge", **fields)


@pytest.fixture
def sent(service: Service, api: Api, ada: Json) -> Json:
    """A challenge of a phone, with the code that was sent."""
    made = challenge(api, sms_factor(api, ada)).made
    return made | {"code": last_code(service, api.tenant_id)}


def test_the_code_is_exchanged_for_tokens_of_the_account_once(api: Api, ada: Json, sent: Json):
    tokens = exchange(api, ada, sent, sent["code"]).ok

    assert claims_of(tokens["access_token"])["sub"] == ada["href"]
    assert claims_of(tokens["access_token"])["iss"] == ada["application"]["href"]
    assert is_valid(api, ada["application"], tokens["access_token"])
    assert refresh(api, ada["application"], tokens["refresh_token"]).status == 200
    assert api.get(sent["href"]).ok["status"] == "SUCCESS"
    assert api.get(sent["factor"]["href"]).ok["verificationStatus"] == "VERIFIED"
    assert oauth_error(exchange(api, ada, sent, sent["code"])) == (400, "invalid_grant", 13112)


def test_authenticators_and_recovery_codes_are_exchanged_too(api: Api, ada: Json, clock: Clock):
    app, codes = authenticator(api, ada), recovery_codes(api, ada)

    code = totp(app["secret"], clock.now // 1000)
    assert exchange(api, ada, challenge(api, app).made, code).status == 200
    assert exchange(api, ada, challenge(api, codes).made, codes["codes"][0].lower()).status == 200
    # What was answered already is no grant.
    clock.moves(60)
    done = challenge(api, app, code=totp(app["secret"], clock.now // 1000)).made
    assert oauth_error(exchange(api, ada, done, "123456")) == (400, "invalid_grant", 13112)


def test_a_wrong_code_is_told_and_leaves_others(api: Api, ada: Json, sent: Json):
    for _ in range(4):
        assert oauth_error(exchange(api, ada, sent, "no code")) == (400, "invalid_grant", 13104)
    assert api.get(sent["href"]).ok["status"] == "FAILED"

    assert exchange(api, ada, sent, sent["code"]).status == 200


def test_five_wrong_codes_end_it(api: Api, ada: Json, sent: Json):
    for _ in range(5):
        exchange(api, ada, sent, "no code")

    assert oauth_error(exchange(api, ada, sent, sent["code"])) == (400, "invalid_grant", 13113)


def test_an_old_challenge_is_refused(api: Api, ada: Json, sent: Json, clock: Clock):
    clock.moves(300)

    assert oauth_error(exchange(api, ada, sent, sent["code"])) == (400, "invalid_grant", 13108)


def test_a_malformed_request_is_told(api: Api, ada: Json, sent: Json):
    for name, value, code in (
        ("challenge", "", 2000),
        ("challenge", "x", 2002),
        ("challenge", "https://example.com/v1/challenges/abc", 2002),
        ("challenge", "x" * 3000, 2008),
        ("code", "", 2000),
        ("code", " ", 2000),
        ("code", "1" * 65, 2008),
    ):
        answer = exchange(api, ada, sent, sent["code"], **{name: value})
        assert oauth_error(answer) == (400, "invalid_request", code), (name, value)
    assert api.get(sent["href"]).ok["status"] == "CREATED"


def test_an_unknown_challenge_is_a_wrong_grant(api: Api, stranger: Api, ada: Json, sent: Json):
    href = f"{api.base_url}/challenges/{'0' * 22}"
    assert oauth_error(exchange(api, ada, {"href": href}, "123456")) == (400, "invalid_grant", 2016)

    there = stranger.application()
    of_another_tenant = grant(
        stranger, there, "stormpath_factor_challenge", challenge=sent["href"], code=sent["code"]
    )
    assert oauth_error(of_another_tenant) == (400, "invalid_grant", 2016)
    assert exchange(api, ada, sent, sent["code"]).status == 200


class TestAccounts:
    """Who gets no tokens keeps the code: nothing was compared."""

    def test_one_that_is_not_enabled(self, api: Api, ada: Json, sent: Json):
        api.post(ada["href"], {"status": "DISABLED"}).ok
        assert oauth_error(exchange(api, ada, sent, sent["code"])) == (400, "invalid_grant", 10010)

        api.post(ada["href"], {"status": "ENABLED"}).ok
        assert exchange(api, ada, sent, sent["code"]).status == 200

    def test_one_that_the_application_does_not_reach(self, api: Api, ada: Json, sent: Json):
        elsewhere = {"application": api.application("Elsewhere")}

        assert oauth_error(exchange(api, elsewhere, sent, sent["code"])) == (400, "invalid_grant", 10016)
        assert exchange(api, ada, sent, sent["code"]).status == 200

    def test_one_of_a_disabled_application(self, api: Api, ada: Json, sent: Json):
        api.post(ada["application"]["href"], {"status": "DISABLED"}).ok

        assert oauth_error(exchange(api, ada, sent, sent["code"])) == (400, "invalid_grant", 10015)

    def test_one_whose_factor_was_disabled(self, api: Api, ada: Json, sent: Json):
        api.post(sent["factor"]["href"], {"status": "DISABLED"}).ok

        assert oauth_error(exchange(api, ada, sent, sent["code"])) == (400, "invalid_grant", 13109)

    def test_one_that_is_gone(self, api: Api, ada: Json, sent: Json):
        assert api.delete(ada["href"]).status == 204

        assert oauth_error(exchange(api, ada, sent, sent["code"])) == (400, "invalid_grant", 2016)


def test_tokens_end_with_the_password(api: Api, ada: Json, sent: Json, clock: Clock):
    clock.moves(1)
    tokens = exchange(api, ada, sent, sent["code"]).ok
    api.post(ada["href"], {"password": "An0ther1!"}).ok

    assert not is_valid(api, ada["application"], tokens["access_token"])
