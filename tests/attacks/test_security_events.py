"""Security events: each happens here for real, and its line is the one that the documentation shows."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from security_events import EXAMPLES

from service.calls import Api, Json, basic, id_of
from service.tenant_setup import context_of
from stormpath.server import app
from stormpath.server.app import Service
from stormpath.server.domain import events
from stormpath.server.domain.events import LoginEvent, SecurityEvent, TokenReused, TokenRevoked
from stormpath.server.logs import security
from stormpath.server.logs.flood import FloodGuard
from stormpath.server.logs.security import Event, Outcome, RequestFacts
from stormpath.server.mail.allowed_targets import AllowedTargets
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.security import audit
from stormpath.server.security.passwords import InsecureForTests
from support.log_lines import Lines, fields

pytestmark = pytest.mark.either_database

#: What an example shares with every line of its event.
FIXED = {"event", "outcome", "reason", "route", "kind", "resource", "change", "changed", "status", "cause"}


class World:
    """What happens at one caller's tenant: ``happens(event)`` makes the event happen, and nothing after it."""

    def __init__(self, service: Service, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        self.service, self.api, self.monkeypatch = service, api, monkeypatch
        self.application, self.directory = api.application_with_directory()
        self.account = api.account(self.directory)

    def happens(self, event: Event) -> None:
        getattr(self, event.name.lower())()

    def login_succeeded(self) -> None:
        assert self.api.log_in(self.application, "ada").status == 200

    def login_failed(self) -> None:
        assert self.api.log_in(self.application, "ada", "wrong").status == 400

    def login_limited(self) -> None:
        self._login_raises(ApiError(Code.TOO_MANY_REQUESTS, "Wait.", retry_after=60))
        assert self.api.log_in(self.application, "ada").status == 429

    def key_failed(self) -> None:
        self.api.request("GET", "/applications", credentials=basic(self.api.key_id, "wrong"))

    def token_failed(self) -> None:
        self.api.get(f"{self.application['href']}/passwordResetTokens/guessed")

    def reset_failed(self) -> None:
        assert self._reset("eve@example.com") == 400

    def access_denied(self) -> None:
        protected = next(each for each in self.api.every("/applications") if each["name"] == "Stormpath")
        assert self.api.delete(protected["href"]).status == 403

    def rate_limited(self) -> None:
        self.api.post(self.directory["passwordPolicy"]["href"], {"resetEmailStatus": "ENABLED"})
        while self._reset(self.account["email"]) != 429:
            pass

    def over_capacity(self) -> None:
        busy = ApiError(Code.UNAVAILABLE, "Busy.", "Too many passwords wait to be hashed.", retry_after=1)

        def refuse(*_: Any) -> None:
            raise busy

        self.monkeypatch.setattr(InsecureForTests, "verify", refuse)
        assert self.api.log_in(self.application, "ada").status == 503

    def mail_server_refused(self) -> None:
        try_smtp = partial(app._try_smtp, AllowedTargets.parse("", "25"))
        self.monkeypatch.setattr(self.service, "try_smtp", try_smtp)
        body = {"host": "127.0.0.1", "port": 25, "username": "us", "password": "x"}
        assert self.api.post("/smtpServers", body).status == 400

    def token_reused(self) -> None:
        about = {"account_id": id_of(self.account), "application_id": id_of(self.application)}
        self._emits(TokenReused(self.api.tenant_id, id="0355em4UwCzL1dJUkRyqwp", **about))

    def token_revoked(self) -> None:
        about = {"account_id": id_of(self.account), "application_id": id_of(self.application)}
        self._emits(
            TokenRevoked(
                self.api.tenant_id, kind="refresh", id="0355em4UwCzL1dJUkRyqwp", reason="revoked", **about
            )
        )

    def key_created(self) -> Json:
        return self.api.api_key(self.account)

    def key_changed(self) -> None:
        self.api.post(self.key_created()["href"], {"status": "DISABLED"})

    def key_deleted(self) -> None:
        self.api.delete(self.key_created()["href"])

    def password_changed(self) -> None:
        self.api.post(self.account["href"], {"password": "Changeme2!"})

    def account_changed(self) -> None:
        self.api.post(self.account["href"], {"status": "DISABLED"})

    def account_deleted(self) -> None:
        self.api.delete(self.account["href"])

    def settings_changed(self) -> None:
        self.api.post(f"{self.directory['passwordPolicy']['href']}/strength", {"minLength": 20})

    def _reset(self, email: str) -> int:
        return self.api.post(f"{self.application['href']}/passwordResetTokens", {"email": email}).status

    def _login_raises(self, error: ApiError) -> None:
        def refuse(*_: Any) -> None:
            raise error

        self.monkeypatch.setattr(
            "stormpath.server.authentication.login.account_stores.requested_store", refuse
        )

    def _emits(self, event: SecurityEvent) -> None:
        """Emit an event in a transaction, as a request to revoke a token does."""
        facts = RequestFacts("10.0.0.7")
        facts.tenant_id, facts.key_id, facts.request = event.tenant_id, self.api.key_id, Revocation()
        context = replace(context_of(self.service, self.api.tenant_id), events=self.service.events)
        begun = security.begin(facts)
        with context.write() as unit:
            context.emit(unit, event)
        security.end(begun)


class Revocation:
    """The request that the examples of the tokens show."""

    method = "POST"
    uri_template = "/v1/applications/{id}/oauth/revoke"


@pytest.fixture
def world(service: Service, api: Api, monkeypatch: pytest.MonkeyPatch) -> World:
    """A caller whose connection has an address."""

    def with_address(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return service({**environ, "REMOTE_ADDR": "10.0.0.7"}, start_response)

    caller = Api(with_address, api.base_url, api.tenant_id, api.key_id, api.secret)
    return World(service, caller, monkeypatch)


def test_the_documentation_shows_a_line_of_each_event():
    assert list(EXAMPLES) == list(Event)


@pytest.mark.parametrize("event", Event, ids=lambda each: each.value)
def test_an_event_has_one_line_which_is_like_its_example(event: Event, world: World, lines: Lines):
    world.happens(event)

    *before, line = lines.events()
    example = fields(EXAMPLES[event])
    assert event.value not in {each["event"] for each in before}
    assert list(line) == list(example)
    assert {name: line[name] for name in FIXED & set(line)} == {
        name: example[name] for name in FIXED & set(line)
    }


@pytest.mark.parametrize("event", Event, ids=lambda each: each.value)
def test_each_line_names_its_outcome_tenant_and_account(event: Event, world: World, lines: Lines):
    world.happens(event)

    line = lines.events()[-1]
    example = fields(EXAMPLES[event])
    known = "unknown" if example["account"] == "unknown" else world.account["href"]
    tenant = "unknown" if example["tenant"] == "unknown" else world.api.tenant_id
    assert (line["outcome"], line["tenant"], line["account"]) == (event.outcome.value, tenant, known)
    assert list(line)[:4] == ["event", "outcome", "tenant", "account"]


