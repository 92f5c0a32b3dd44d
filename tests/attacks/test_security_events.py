"""Security events: each happens here for real, and its line is the one that the documentation shows."""

import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from security_events import EXAMPLES

from service.agent_calls import AgentCaller, new_agent
from service.calls import Api, Json, basic, id_of
from service.factor_calls import authenticator, challenge, recovery_codes, totp
from service.page_parser import submit_password
from service.tenant_setup import context_of
from service.token_calls import password_grant, refresh, revoke
from stormpath.server import app
from stormpath.server.app import Service
from stormpath.server.domain import events
from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.events import (
    Events,
    KeyChanged,
    KeyCreated,
    KeyDeleted,
    LoginFailed,
    LoginSucceeded,
    PasswordChanged,
    SecurityEvent,
    TokenReused,
)
from stormpath.server.domain.storage import Unit
from stormpath.server.logs import security
from stormpath.server.logs.flood import FloodGuard
from stormpath.server.logs.security import LOGGER, Event, Outcome
from stormpath.server.oauth import refreshing
from stormpath.server.outbound.allowed_targets import AllowedTargets
from stormpath.server.resources import RULES
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.security import audit
from stormpath.server.security.passwords import InsecureForTests
from support.log_lines import Lines, fields

pytestmark = pytest.mark.either_database

#: What an example shares with every line of its event.
FIXED = {"event", "outcome", "reason", "route", "kind", "resource", "change", "changed", "status", "cause"}


class World:
    """What happens at one caller's tenant: ``happens(event)`` makes an event happen, and nothing after it."""

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
        for _ in range(self.service.guess_limits.account):
            self.api.log_in(self.application, "ada", "wrong")
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
        policy = {"refreshTokenRotation": "ENABLED"}
        assert self.api.post(self.application["oAuthPolicy"]["href"], policy).status == 200
        token = self._refresh_token()
        assert refresh(self.api, self.application, token).status == 200
        # Too late to be a repetition.
        self.monkeypatch.setattr(refreshing, "GRACE_MS", -1)
        assert refresh(self.api, self.application, token).status == 400

    def token_revoked(self) -> None:
        assert revoke(self.api, self.application, self._refresh_token()).status == 200

    def _refresh_token(self) -> str:
        return str(password_grant(self.api, self.application).json["refresh_token"])

    def key_created(self) -> Json:
        return self.api.api_key(self.account)

    def key_changed(self) -> None:
        self.api.post(self.key_created()["href"], {"status": "DISABLED"})

    def key_deleted(self) -> None:
        self.api.delete(self.key_created()["href"])

    def factor_created(self) -> Json:
        return authenticator(self.api, self.account)

    def factor_verified(self) -> Json:
        factor = self.factor_created()
        assert challenge(self.api, factor, code=totp(factor["secret"])).made["status"] == "SUCCESS"
        return factor

    def factor_changed(self) -> None:
        self.api.post(self.factor_created()["href"], {"status": "DISABLED"})

    def factor_deleted(self) -> None:
        self.api.delete(self.factor_created()["href"])

    def recovery_code_used(self) -> None:
        codes = recovery_codes(self.api, self.account)
        assert challenge(self.api, codes, code=codes["codes"][0]).made["status"] == "SUCCESS"

    def factor_failed(self) -> None:
        assert challenge(self.api, self.factor_created(), code="no code").made["status"] == "FAILED"

    def factor_limited(self) -> None:
        factor = self.factor_created()
        for _ in range(self.service.guess_limits.account):
            challenge(self.api, factor, code="no code")
        assert challenge(self.api, factor, code=totp(factor["secret"])).status == 429

    def password_changed(self) -> None:
        self.api.post(self.account["href"], {"password": "Changeme2!"})

    def account_changed(self) -> None:
        self.api.post(self.account["href"], {"status": "DISABLED"})

    def account_deleted(self) -> None:
        self.api.delete(self.account["href"])

    def settings_changed(self) -> None:
        self.api.post(f"{self.directory['passwordPolicy']['href']}/strength", {"minLength": 20})

    def agent_online(self) -> AgentCaller:
        agent = new_agent(self.api)
        agent.poll()
        return agent

    def agent_offline(self) -> None:
        agent = self.agent_online()
        with self.service.database.write(self.api.tenant_id) as unit:
            unit.agents.seen(agent.id, "ONLINE", None, 1_767_600_000_000)
        assert agent.shown["status"] == "OFFLINE"

    def agent_failed(self) -> None:
        new_agent(self.api).poll(
            status={
                "state": "ERROR",
                "reason": "The server refuses the password of cn=agent,dc=example,dc=com.",
            }
        )

    def _reset(self, email: str) -> int:
        return self.api.post(f"{self.application['href']}/passwordResetTokens", {"email": email}).status


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
    assert event.value not in {each["event"] for each in before} - {"settings_changed"}
    assert list(line) == list(example)
    assert [line[each] for each in FIXED & set(line)] == [example[each] for each in FIXED & set(line)]
    tenant = "unknown" if example["tenant"] == "unknown" else world.api.tenant_id
    account = "unknown" if example["account"] == "unknown" else world.account["href"]
    assert (line["tenant"], line["account"]) == (tenant, account)


def test_the_line_of_an_event_without_a_known_tenant_or_account_says_so(lines: Lines):
    security.report(Event.KEY_FAILED)

    assert lines.events() == [
        {"event": "authn_key_fail", "outcome": "failure", "tenant": "unknown", "account": "unknown"}
    ]


def test_a_page_that_is_opened_without_an_api_key_names_the_tenant_of_its_token(api: Api, lines: Lines):
    application, directory = api.application_with_directory()
    account = api.account(directory)
    token = api.post(f"{application['href']}/passwordResetTokens", {"email": account["email"]}).ok
    lines.written.clear()

    submit_password(api, token["href"].rpartition("/")[2], "Changeme2!")

    (line,) = lines.events()
    assert (line["event"], line["tenant"]) == ("authn_password_change", api.tenant_id)
    assert line["account"] == account["href"]
    assert "key" not in line


def test_every_kind_of_security_event_has_a_line():
    kinds = {each for each in vars(events).values() if isinstance(each, type)}
    kinds = {each for each in kinds if issubclass(each, SecurityEvent)}
    bases = {base for each in kinds for base in each.__bases__}

    assert set(audit._LINES) == kinds - bases


class TestListeners:
    @pytest.fixture
    def heard(self, service: Service, api: Api) -> Iterator[list[SecurityEvent]]:
        """What a listener to all security events of the caller's tenant is told."""
        told: list[SecurityEvent] = []
        stop = service.events.after(SecurityEvent, told.append)
        yield told
        stop()

    def test_a_listener_to_the_base_class_is_told_of_logins_and_changes(
        self, api: Api, heard: list[SecurityEvent]
    ):
        application, directory = api.application_with_directory()
        account = api.account(directory)
        about = {"account_id": id_of(account)}
        to = {"application_id": id_of(application)}

        api.log_in(application, "ada")
        api.log_in(application, "ada", "wrong")
        api.post(account["href"], {"password": "Changeme2!"})
        key = api.api_key(account)
        api.post(key["href"], {"status": "DISABLED"})
        api.post(key["href"], {"status": "DISABLED"})
        api.delete(key["href"])

        assert heard == [
            LoginSucceeded(api.tenant_id, **about, **to),
            LoginFailed(api.tenant_id, reason=7100, **about, **to),
            PasswordChanged(api.tenant_id, **about),
            KeyCreated(api.tenant_id, id=id_of(key), **about),
            KeyChanged(api.tenant_id, id=id_of(key), status="DISABLED", changed=("status",), **about),
            KeyDeleted(api.tenant_id, id=id_of(key), **about),
        ]

    def test_an_event_of_an_unknown_login_has_its_digest_and_not_its_name(
        self, api: Api, heard: list[SecurityEvent]
    ):
        application, _ = api.application_with_directory()

        api.log_in(application, "hunter2")

        (event,) = heard
        assert isinstance(event, LoginFailed)
        assert (event.account_id, event.reason) == ("", 7104)
        assert re.fullmatch(r"[\da-f]{16}", event.login)
        assert "hunter2" not in repr(event)

    def test_a_busy_service_has_not_looked_at_a_login(
        self, world: World, heard: list[SecurityEvent], lines: Lines
    ):
        world.over_capacity()

        assert heard == []

    def test_a_listener_during_the_transaction_writes_with_the_change_or_undoes_it(
        self, service: Service, api: Api
    ):
        _, directory = api.application_with_directory()
        account = api.account(directory)
        context = replace(context_of(service, api.tenant_id), events=Events())
        told: list[SecurityEvent] = []

        def write(context: RequestContext, unit: Unit, event: SecurityEvent) -> None:
            told.append(event)
            unit.update("account", event.account_id, {"surname": "Audited"})
            if isinstance(event, KeyCreated):
                raise ApiError(Code.FORBIDDEN, "No.")

        context.events.during(SecurityEvent, write)
        with context.read() as unit:
            row = unit.get("account", id_of(account))
        assert row is not None
        RULES["account"].update(context, row, {"password": "Changeme2!"})
        with pytest.raises(ApiError, match="No"), context.write() as unit:
            RULES["apiKey"].insert(context, unit, {"account_id": row["id"]})

        assert [type(each) for each in told] == [PasswordChanged, KeyCreated]
        assert api.get(account["href"])["surname"] == "Audited"
        assert api.get(account["apiKeys"]["href"])["size"] == 0

    def test_what_is_rolled_back_has_no_line(self, service: Service, api: Api, lines: Lines):
        context = replace(context_of(service, api.tenant_id), events=service.events)

        with suppress(ZeroDivisionError), context.write() as unit:
            context.emit(unit, TokenReused(api.tenant_id, id="0355em4UwCzL1dJUkRyqwp", application_id="x"))
            1 / 0

        assert lines.events() == []


class TestFlood:
    @pytest.fixture(autouse=True)
    def _one_line(self, lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
        """Write one line of each kind that is bounded."""
        monkeypatch.setattr(security, "_guard", FloodGuard(security._tell, lines=1, seconds=60))

    def test_logins_that_succeed_are_never_left_out(self, api: Api, lines: Lines):
        application, directory = api.application_with_directory()
        api.account(directory)
        for _ in range(3):
            api.log_in(application, "ada", "wrong")
        lines.written.clear()

        for _ in range(3):
            api.log_in(application, "ada")
            api.log_in(application, "ada", "wrong")

        assert [each["event"] for each in lines.events()] == ["authn_login_success"] * 3

    @pytest.mark.parametrize("event", Event, ids=lambda each: each.value)
    def test_all_but_successes_and_reused_tokens_are_bounded(self, event: Event, lines: Lines):
        for _ in range(3):
            security.report(event)

        is_bounded = event.outcome is not Outcome.SUCCESS and event is not Event.TOKEN_REUSED
        assert len(lines.events()) == (1 if is_bounded else 3)


class TestSilence:
    def test_a_successful_login_builds_no_line_where_the_log_does_not_want_it(
        self, api: Api, monkeypatch: pytest.MonkeyPatch
    ):
        logging.getLogger(LOGGER).setLevel("WARNING")
        monkeypatch.setattr(security, "line", lambda facts: pytest.fail("A line was built."))
        application, directory = api.application_with_directory()
        api.account(directory)

        try:
            assert api.log_in(application, "ada").status == 200
        finally:
            logging.getLogger(LOGGER).setLevel(logging.NOTSET)

    def test_what_neither_the_log_nor_the_database_wants_is_not_looked_up(
        self, api: Api, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(audit, "_text", lambda value: pytest.fail("Its facts were looked up."))
        logging.getLogger(LOGGER).setLevel("WARNING")
        told = Events()
        audit.SecurityLog(lambda id: f"{api.base_url}/accounts/{id}").listen(told)

        try:
            told.report(LoginSucceeded(api.tenant_id, account_id="a" * 22, application_id="b" * 22))
        finally:
            logging.getLogger(LOGGER).setLevel(logging.NOTSET)

    def test_a_successful_login_spends_less_than_fifty_microseconds_on_its_line(self, api: Api, lines: Lines):
        told = Events()
        audit.SecurityLog(lambda id: f"{api.base_url}/accounts/{id}").listen(told)
        event = LoginSucceeded(api.tenant_id, account_id="a" * 22, application_id="b" * 22)
        # The handler of the tests collects; only what the service does itself is timed.
        logging.getLogger(LOGGER).propagate = False

        def seconds(count: int) -> float:
            start = time.thread_time()
            for _ in range(count):
                told.report(event)
            return (time.thread_time() - start) / count

        try:
            assert min(seconds(100) for _ in range(5)) < 50e-6
        finally:
            logging.getLogger(LOGGER).propagate = True
