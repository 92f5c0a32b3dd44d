"""The secrets of grants: in no log, error, cache or plain column, whatever way they were sent."""

from __future__ import annotations

import logging
from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest
from falcon import testing

from service.assembled_tokens import assembled, assertion_of, live, parts_of
from service.calls import Answer, Api, Json, basic, id_of
from service.tenant_rows import rows_of
from service.token_calls import FORM, client_credentials, grant, password_grant, refresh, revoke, validate
from stormpath.cli.access_log import LOGGER as ACCESS
from stormpath.cli.access_log import AccessLog
from stormpath.server.app import Service
from stormpath.server.domain.issued_tokens import ClientKey, IssuedToken
from stormpath.server.oauth.issue import TokenResponse
from stormpath.server.oauth.jwts import Verified

pytestmark = pytest.mark.either_database

PASSWORD, WRONG = "Changeme1!", "w0rngSecret-hunter2"


class World:
    """An application, an account with a key, and every secret that was sent or answered."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.application, directory = api.application_with_directory()
        self.account = api.account(directory)
        self.key = api.api_key(self.account)
        self.secrets = {PASSWORD, WRONG, self.key["secret"]}
        self.answers: list[Answer] = []

    def run(self) -> Json:
        """Make every kind of call, those that are granted and those that are refused; return tokens."""
        api, application = self.api, self.application
        tokens = self.call(password_grant(api, application)).ok
        self.call(client_credentials(api, application, self.key))
        assertion = assembled(*assertion_of(api, application, self.account), api.secret)
        self.secrets.add(assertion)
        for _ in range(2):
            self.call(grant(api, application, "stormpath_token", token=assertion))
        self.call(refresh(api, application, tokens["refresh_token"]))
        self.call(password_grant(api, application, password=WRONG))
        self.call(password_grant(api, application, name=WRONG))
        self.call(client_credentials(api, application, self.key, client_secret=WRONG))
        self.call(grant(api, application, "client_credentials", client_id=WRONG, client_secret=WRONG))
        self.call(grant(api, application, WRONG))
        header, claims = parts_of(tokens["access_token"])
        expired = assembled(header, claims | {"exp": 1}, api.secret)
        forged = assembled(header, claims, WRONG)
        self.secrets |= {expired, forged}
        for token in (*tokens.values(), expired, forged, WRONG):
            self.call(validate(api, application, str(token)))
            self.call(refresh(api, application, str(token)))
            self.call(grant(api, application, "id_site_token", token=str(token)))
        for token in (expired, forged, WRONG):
            self.call(revoke(api, application, token))
        return tokens

    def call(self, answer: Answer) -> Answer:
        self.answers.append(answer)
        if answer.status == 200 and answer.raw:
            self.secrets |= {answer.json[name] for name in answer.json if name.endswith("_token")}
        return answer

    def found_in(self, text: str) -> list[str]:
        """Return the secrets in a text, also by the last part of a token, or percent-encoded."""
        parts = self.secrets | {each.rpartition(".")[2] for each in self.secrets}
        return [each for each in parts if each and (each in text or quote(each, safe="") in text)]


@pytest.fixture
def world(api: Api) -> World:
    return World(api)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Everything that any logger writes, at all levels."""
    caplog.set_level(logging.DEBUG)
    # A command that was run in this process may have set it.
    monkeypatch.setattr(logging.getLogger(ACCESS), "propagate", True)
    return lambda: caplog.text


def test_no_secret_is_in_the_log(api: Api, world: World, logged: Callable[[], str]):
    api.wsgi = AccessLog(api.wsgi)

    world.run()

    assert "/oauth/token" in logged()
    assert "/authTokens/***" in logged()
    assert world.found_in(logged()) == []


def test_no_error_repeats_a_secret(world: World):
    world.run()

    refused = [each for each in world.answers if each.status >= 400]
    assert len(refused) > 15
    for each in refused:
        # The name of a grant that does not exist is named: it is no field for a secret.
        assert set(world.found_in(each.raw.decode())) <= ({WRONG} if each["code"] == 2003 else set())


@pytest.mark.parametrize("path", ["authTokens", "%61uthTokens", "/authTokens", "authTokens/"])
def test_no_spelling_of_a_path_or_query_brings_a_token_into_the_access_log(
    api: Api, world: World, path: str, logged: Callable[[], str]
):
    token = password_grant(api, world.application).ok["access_token"]
    world.secrets = {token, *token.split(".")}
    place = f"/v1/applications/{id_of(world.application)}/{path}"
    headers = basic(api.key_id, api.secret)

    spellings = (token, quote(token, safe="").replace(".", "%2e"), token.replace(".", "/"), f"{token}/")
    for each in (*spellings, f" {token}", f"%0a{token}", "".join(f"%{ord(char):02x}" for char in token)):
        testing.simulate_get(AccessLog(api.wsgi), f"{place}/{each}", headers=headers)
        testing.simulate_get(AccessLog(api.wsgi), f"{place}/{each}")
    testing.simulate_get(AccessLog(api.wsgi), f"{place}/x", query_string=f"access_token={token}")
    testing.simulate_post(
        AccessLog(api.wsgi),
        f"/v1/applications/{id_of(world.application)}/oauth/token",
        query_string=urlencode({"grant_type": "refresh_token", "refresh_token": token}),
        headers=headers | {"Content-Type": FORM},
    )

    assert logged().count("/authTokens/") > 10
    assert world.found_in(logged()) == []


def test_a_failure_of_the_service_shows_no_secret(
    api: Api, world: World, logged: Callable[[], str], monkeypatch: pytest.MonkeyPatch
):
    """The trace in the log has the lines of the program, and the values of none of its variables."""

    def fail(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("unforeseen")

    tokens = password_grant(api, world.application).ok
    world.secrets |= {tokens["access_token"], tokens["refresh_token"]}
    monkeypatch.setattr("stormpath.server.storage.issued_tokens.IssuedTokens.add", fail)
    monkeypatch.setattr("stormpath.server.storage.issued_tokens.IssuedTokens.state", fail)

    answers = [
        password_grant(api, world.application),
        client_credentials(api, world.application, world.key),
        refresh(api, world.application, tokens["refresh_token"]),
        validate(api, world.application, tokens["access_token"]),
    ]

    assert [each.status for each in answers] == [500] * 4
    assert "ZeroDivisionError" in logged()
    assert world.found_in(logged() + "".join(each.raw.decode() for each in answers)) == []


def test_no_column_holds_a_secret_in_plain_text(service: Service, api: Api, world: World):
    api.post(f"{api.base_url}/oAuthPolicies/{id_of(world.application)}", {"refreshTokenRotation": "ENABLED"})
    world.run()

    stored = rows_of(service, api.tenant_id)
    assert stored["access_tokens"]
    assert stored["refresh_tokens"]
    assert stored["spent_refresh_tokens"]
    assert world.found_in(repr(stored)) == []


def test_no_cache_keeps_a_token(api: Api, world: World):
    """Neither by a tag nor for a while: not the answers of grants, and not the tokens as resources."""
    world.run()
    tokens = password_grant(api, world.application).ok
    account = world.account["href"]
    validated = validate(api, world.application, tokens["access_token"])
    reads = [validated.headers["location"], *live(api, world.account)]
    reads += [f"{account}/accessTokens", f"{account}/refreshTokens"]
    reads += [f"{account}?expand=accessTokens,refreshTokens", f"{account}/refreshTokens?expand=application"]
    answers = [validated, *map(api.get, reads), *world.answers]

    for each in answers:
        assert "etag" not in each.headers
        assert each.headers.get("cache-control") == "no-store" or each.status >= 400, each
    conditional = [api.request("GET", each, headers={"If-None-Match": "*"}) for each in reads]
    assert {each.status for each in conditional} == {200}


def test_nothing_shows_a_token_in_its_repr():
    token = "e30.e30.secret"
    shown = [
        TokenResponse("id", token, token, 60),
        Verified("id", None, {"jti": token}),
        IssuedToken("id", "id", "id", jwt=token.encode(), created_at=1, expires_at=1),
        ClientKey("id", token.encode(), "ENABLED", "id", "ENABLED"),
    ]

    assert "secret" not in repr(shown)
