"""Stored security events: no stranger grows the table, hides an event, or finds a secret in it."""

from __future__ import annotations

import base64
import json
import secrets

import pytest

from service.calls import Answer, Api, Json, basic
from service.factor_calls import authenticator, challenge, recovery_codes, totp
from service.page_parser import RESET, open_page, submit_password
from service.password_resets import ask, token_of
from service.tenant_rows import rows_of
from service.token_calls import client_credentials, grant, password_grant, refresh
from stormpath.server.app import Service, now_ms
from stormpath.server.domain.security_events import StoredEvent
from stormpath.server.logs import security
from stormpath.server.logs.security import Event, RequestFacts
from stormpath.server.security.stored_events import Allowance, EventKeeper

pytestmark = pytest.mark.both_databases

#: Line breaks, an escape sequence, a null, half a surrogate pair, a quote.
HOSTILE = "x\r\n\x1b[2J\u202e\x00\ud800\"'"


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Kept:
    """What is stored of events that are reported to a keeper, whose clock a test moves."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.events: list[StoredEvent] = []
        self.keeper = EventKeeper(self.events.append, now_ms, Allowance(20, 10.0, self.clock))

    def report(self, event: Event, tenant: str, **facts: object) -> None:
        security.report(event, self.keeper.keep, tenant=tenant, **facts)

    def of(self, tenant: str) -> list[str]:
        return [each.event for each in self.events if each.tenant_id == tenant]


@pytest.fixture
def kept() -> Kept:
    return Kept()


class TestFlood:
    def test_failures_of_one_kind_store_twenty_rows_in_ten_seconds(self, kept: Kept):
        for _ in range(5):
            for _ in range(1000):
                kept.report(Event.LOGIN_FAILED, "t", reason=7100)
            kept.clock.now += 10

        # With each period but the last, one more row that tells how many were left out.
        assert len(kept.events) == 5 * 20 + 4
        more = [json.loads(each.facts).get("more") for each in kept.events]
        assert [each for each in more if each] == [980] * 4
        assert {each.reason for each in kept.events} == {"7100"}

    def test_a_flood_in_one_tenant_hides_nothing_of_another(self, kept: Kept):
        for _ in range(1000):
            kept.report(Event.LOGIN_FAILED, "flooded", reason=7100)
        kept.report(Event.LOGIN_FAILED, "other", reason=7100)

        assert kept.of("other") == ["authn_login_fail"]

    def test_a_flood_of_names_hides_no_wrong_password_and_no_success(self, kept: Kept):
        for _ in range(1000):
            kept.report(Event.LOGIN_FAILED, "t", reason=7104)
        kept.report(Event.LOGIN_FAILED, "t", reason=7100)
        for _ in range(30):
            kept.report(Event.PASSWORD_CHANGED, "t")

        assert len(kept.of("t")) == 20 + 1 + 30

    @pytest.mark.parametrize("event", Event, ids=lambda each: each.value)
    def test_what_the_log_bounds_is_bounded(self, event: Event, kept: Kept):
        for _ in range(25):
            kept.report(event, "t", reason="words that a caller may choose " + secrets.token_hex(4))

        assert len(kept.events) == (20 if event.is_bounded else 25)

    def test_the_kinds_that_are_remembered_are_those_of_one_period(self, kept: Kept):
        for tenant in range(500):
            kept.report(Event.LOGIN_FAILED, str(tenant), reason=7100)
        kept.clock.now += 10
        kept.report(Event.LOGIN_FAILED, "t", reason=7100)

        assert len(kept.keeper._allowance._numbers) == 1

    def test_guesses_through_the_api_are_bounded_and_counted(self, service: Service, api: Api):
        application, _ = api.application_with_directory()
        before = len(service.security_events.events(api.tenant_id))
        begun = service._clock()

        for number in range(60):
            api.log_in(application, f"nobody{number}")

        # A period may have ended meanwhile.
        periods = 2 + (service._clock() - begun) // 10_000
        stored = len(service.security_events.events(api.tenant_id)) - before
        assert stored <= periods * 21
        (failed,) = (
            each.number
            for each in service.security_events.daily(api.tenant_id, 0)
            if each.kind == "logins_failed"
        )
        assert failed == 60

    def test_requests_without_credentials_store_nothing(self, service: Service, api: Api):
        before = stored_events(service, api)

        for _ in range(5):
            api.request("GET", "/applications", credentials={})
            api.request("GET", "/applications", credentials=basic(api.key_id, "wrong"))
            open_page(api, RESET, secrets.token_hex(11))

        assert stored_events(service, api) == before


class TestHostileValues:
    def test_a_value_of_a_stranger_is_stored_short_and_escaped(self, service: Service, api: Api, kept: Kept):
        facts = RequestFacts(HOSTILE)
        begun = security.begin(facts)
        try:
            kept.report(
                Event.KEY_FAILED, api.tenant_id, reason=HOSTILE * 1000, host=HOSTILE, key=HOSTILE * 99
            )
        finally:
            security.end(begun)
        (event,) = kept.events

        service._event_writer.add(event)

        found, *_ = service.security_events.events(api.tenant_id)
        assert found == event
        assert all(len(str(each)) <= 300 for each in (event.reason, event.actor_key_id, event.address))
        assert all(each.isprintable() for each in event if isinstance(each, str))
        assert "\\u202e" in json.loads(event.facts)["host"]


class TestSecrets:
    """A walk of logins, grants and second factors with random secrets; none of them is in any row."""

    def test_no_secret_and_no_login_name_is_stored(self, service: Service, api: Api):
        walk = Walk(api)

        walk.run()

        stored = rows_of(service, api.tenant_id)
        events, counts = stored["security_events"], stored["daily_counts"]
        assert len({each["event"] for each in events}) >= 12
        text = repr(events) + repr(counts)
        assert [each for each in walk.secrets if each in text] == []
        assert service._event_writer.left_out == 0


class Walk:
    """Calls with secrets that are random, right and wrong ones."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.secrets: set[str] = set()
        self.application, self.directory = api.application_with_directory()
        self.password = self.secret("Aa1!")
        self.account = api.account(self.directory, password=self.password)

    def secret(self, end: str = "") -> str:
        made = secrets.token_urlsafe(18) + end
        self.secrets |= {made, base64.b64encode(made.encode()).decode()}
        return made

    def run(self) -> None:
        self.logins()
        self.resets()
        self.keys()
        self.tokens()
        self.factors()
        self.changes()

    def logins(self) -> None:
        self.api.log_in(self.application, "ada", self.password)
        self.api.log_in(self.application, "ada", self.secret())
        # A password in the field of the name.
        self.api.log_in(self.application, self.secret(), self.secret())
        self.api.log_in(self.application, f"{self.secret()}@example.com", self.password)

    def resets(self) -> None:
        ask(self.api, self.application, f"{self.secret()}@example.com")
        token = token_of(ask(self.api, self.application).ok["href"])
        self.secrets.add(token)
        submit_password(self.api, token, new := self.secret("Aa1!"))
        self.password = new
        open_page(self.api, RESET, token)
        self.api.get(f"{self.application['href']}/passwordResetTokens/{self.secret()}")

    def keys(self) -> None:
        key = self.api.api_key(self.account)
        self.secrets.add(key["secret"])
        self.api.request("GET", "/applications", credentials=basic(key["id"], self.secret()))
        client_credentials(self.api, self.application, key)
        client_credentials(self.api, self.application, key, client_secret=self.secret())
        self.api.post(key["href"], {"status": "DISABLED", "name": self.secret()})
        self.api.delete(key["href"])

    def tokens(self) -> None:
        tokens = self.granted(password_grant(self.api, self.application, password=self.password))
        self.granted(refresh(self.api, self.application, tokens["refresh_token"]))
        password_grant(self.api, self.application, password=self.secret())
        password_grant(self.api, self.application, name=self.secret())
        refresh(self.api, self.application, self.secret())
        grant(self.api, self.application, "stormpath_token", token=self.secret())
        self.api.delete(tokens["stormpath_access_token_href"])

    def granted(self, answer: Answer) -> Json:
        self.secrets |= {answer.ok["access_token"], answer.ok["refresh_token"]}
        return answer.json

    def factors(self) -> None:
        app, codes = authenticator(self.api, self.account), recovery_codes(self.api, self.account)
        self.secrets |= {app["secret"], *codes["codes"]}
        challenge(self.api, app, code=totp(app["secret"])).made
        challenge(self.api, app, code=self.secret())
        challenge(self.api, codes, code=codes["codes"][0]).made
        self.api.delete(app["href"])

    def changes(self) -> None:
        self.api.post(self.account["href"], {"password": self.secret("Aa1!")})
        self.api.post(self.account["href"], {"email": f"{self.secret()}@example.com"})
        self.api.post(self.directory["href"], {"description": self.secret()})
        self.api.post(self.account["customData"]["href"], {self.secret(): self.secret()})
        self.api.post(
            "/smtpServers",
            {
                "host": "mail.example.com",
                "port": 587,
                "username": "u",
                "password": self.secret(),
                "status": "DISABLED",
            },
        )
        self.api.delete(self.account["href"])


def stored_events(service: Service, api: Api) -> list[str]:
    return [each.id for each in service.security_events.events(api.tenant_id)]
