"""The log: one line an event; no caller can forge a line, fill the disk, or bring a secret into it."""

import base64
import json
import logging
import re
import time
from functools import partial
from typing import Any

import pytest
from falcon import testing

from service.calls import Api, Json, basic, id_of
from service.description import CheckedApi
from service.example_values import MADE_AT
from service.examples import Examples
from service.factor_calls import authenticator, challenge, recovery_codes, totp
from service.page_parser import RESET, VERIFICATION, open_page, submit_password, unverified_account
from stormpath import sauthc1
from stormpath.cli.access_log import LOGGER as ACCESS
from stormpath.cli.access_log import AccessLog
from stormpath.server import app
from stormpath.server.app import Service
from stormpath.server.logs import security
from stormpath.server.logs.escaping import CONTINUED, quoted, trace
from stormpath.server.logs.flood import FloodGuard
from stormpath.server.logs.loggers import get_logger
from stormpath.server.logs.security import Event
from stormpath.server.outbound.allowed_targets import AllowedTargets
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.security.passwords import InsecureForTests
from support.log_lines import Lines, fields

pytestmark = pytest.mark.either_database

#: Line breaks, an escape sequence, a bidi mark, a separator of lines, a bell, a quote and a backslash.
HOSTILE = 'x\r\n2026-01-01 00:00:00,000 ERROR forged: y\x1b[2J\u202e\u2028\x85\x07"\\\x00z'

#: What applications create all day: no line tells of it.
CONTENT = {"accounts", "groups", "groupMemberships", "accountLinks", "phones", "challenges"}


def second_factors(api: Api, account: Json) -> list[str]:
    """Let everything happen to second factors that has a line; return their secrets."""
    app, recovery = authenticator(api, account), recovery_codes(api, account)
    challenge(api, app, code=totp(app["secret"])).made
    challenge(api, recovery, code=recovery["codes"][0]).made
    for _ in range(11):
        challenge(api, app, code=recovery["codes"][1])
    api.post(app["href"], {"status": "DISABLED"})
    api.delete(app["href"])
    return [app["secret"], *recovery["codes"]]


class TestEvents:
    def test_a_wrong_password_is_one_line_with_the_account_and_the_request(self, api: Api, lines: Lines):
        application, directory = api.application_with_directory()
        account = api.account(directory)
        lines.written.clear()

        answer = api.log_in(application, "ada", "wrong")

        (event,) = lines.events()
        assert event == {
            "event": "authn_login_fail",
            "outcome": "failure",
            "tenant": api.tenant_id,
            "account": account["href"],
            "reason": "7100",
            "application": id_of(application),
            "key": api.key_id,
            "route": "POST /v1/applications/{id}/loginAttempts",
            "request": answer["requestId"],
        }

    def test_an_unknown_login_is_a_digest_that_is_equal_for_equal_names(self, api: Api, lines: Lines):
        application, _ = api.application_with_directory()
        lines.written.clear()

        for name in ("hunter2", "HUNTER2", "hunter3"):
            api.log_in(application, name)

        events = lines.events()
        assert [each["account"] for each in events] == ["unknown"] * 3
        assert events[0]["login"] == events[1]["login"] != events[2]["login"]
        assert "hunter" not in lines.text.lower()

    @pytest.mark.parametrize(
        ("headers", "reason", "key"),
        [
            ({}, "no credentials", "unknown"),
            ({"Authorization": "Bearer x"}, "unknown scheme", "unknown"),
            (basic("A" * 25, "x"), "wrong API key id or secret", "A" * 25),
            # A secret that was put in the place of the id.
            (basic("s3cret" * 7 + "/", "x"), "wrong API key id or secret", "unknown"),
        ],
    )
    def test_a_refused_api_key_is_one_line_with_its_reason(
        self, api: Api, lines: Lines, headers: dict[str, str], reason: str, key: str
    ):
        answer = api.request("GET", "/applications", credentials=headers)

        (event,) = lines.events()
        assert (event["event"], event["reason"]) == ("authn_key_fail", reason)
        assert (event["key"], event["request"]) == (key, answer["requestId"])
        assert "s3cret" not in lines.text

    def test_a_repeated_signature_is_one_line_that_says_so(self, api: Api, lines: Lines):
        url = f"{api.base_url}/tenants/current"
        signed = sauthc1.sign(
            "GET",
            url,
            [("Host", "localhost:8080")],
            b"",
            key_id=api.key_id,
            secret=api.secret,
            timestamp=sauthc1.timestamp_at(time.time()),
            nonce=f"n-{time.monotonic_ns()}",
        )

        statuses = [api.request("GET", url, credentials=dict(signed)).status for _ in range(2)]

        assert statuses == [302, 401]
        (event,) = lines.events()
        assert event["reason"].startswith("the nonce was used before")
        assert event["key"] == api.key_id

    def test_a_token_that_is_guessed_is_one_line_without_the_token(self, api: Api, lines: Lines):
        application = api.application()
        lines.written.clear()

        for page in (RESET, VERIFICATION):
            open_page(api, page, "guessed-token")
        api.get(f"{application['href']}/passwordResetTokens/guessed-token")

        assert [each["event"] for each in lines.events()] == ["authn_token_fail"] * 3
        assert "guessed-token" not in lines.text

    def test_forbidden_changes_are_lines(self, api: Api, lines: Lines):
        application = next(each for each in api.every("/applications") if each["name"] == "Stormpath")

        assert api.delete(application["href"]).status == 403

        (event,) = lines.events()
        assert (event["event"], event["key"]) == ("authz_fail", api.key_id)

    def test_keys_passwords_and_accounts_leave_a_line_each(self, api: Api, lines: Lines):
        _, directory = api.application_with_directory()
        account = api.account(directory)
        lines.written.clear()

        api.post(account["href"], {"password": "Changeme2"})
        api.post(account["href"], {"status": "DISABLED"})
        api.post(account["href"], {"surname": "Lovelace", "customData": {"a": 1}})
        key = api.api_key(account)
        api.post(key["href"], {"status": "DISABLED"})
        api.delete(key["href"])
        api.delete(account["href"])

        events = lines.events()
        assert [each["event"] for each in events] == [
            "authn_password_change",
            "user_updated",
            "authn_key_created",
            "authn_key_changed",
            "authn_key_deleted",
            "user_deleted",
        ]
        assert {each["account"] for each in events} == {account["href"]}
        assert {each["outcome"] for each in events} == {"success"}
        assert {each["key"] for each in events} == {api.key_id}
        assert key["secret"] not in lines.text

    def test_changed_settings_leave_a_line_with_the_names_of_attributes(self, api: Api, lines: Lines):
        _, directory = api.application_with_directory()
        lines.written.clear()

        api.post(f"{directory['passwordPolicy']['href']}/strength", {"minLength": 20})
        api.post(directory["href"], {"status": "DISABLED", "description": "secret plans"})
        api.post(directory["href"], {"status": "DISABLED"})

        assert [(each["resource"], each["change"], each["changed"]) for each in lines.events()] == [
            ("passwordStrength", "changed", "min_length"),
            ("directory", "changed", "description,status"),
        ]
        assert "secret plans" not in lines.text

    def test_whatever_a_request_creates_besides_content_leaves_a_line(self, api: Api, lines: Lines):
        examples = Examples(CheckedApi.like(api))

        for kind in set(MADE_AT) - CONTENT:
            lines.written.clear()
            href = examples.fresh(kind)["href"]

            assert any(each.get("id") == href.rpartition("/")[2] for each in lines.events()), kind


class TestForgery:
    @pytest.mark.parametrize("value", [HOSTILE, "", "a b", "a=b", "x" * 5000, "\ud800", "é", 'say "hi"'])
    def test_a_value_is_one_printable_word_or_quoted_text(self, value: str):
        text = quoted(value)

        assert text.isprintable()
        assert len(text) < 700
        assert re.fullmatch(r'[^\s"=\\]+|"(?:[^"\\]|\\.)*"', text)
        assert fields(f"a={text} b=c")["b"] == "c"

    def test_no_part_of_a_request_writes_a_line_of_its_own(self, api: Api, lines: Lines):
        application, _ = api.application_with_directory()
        as_header = HOSTILE.encode().decode("latin-1").replace("\r", "").replace("\n", "").replace("\x00", "")

        api.log_in(application, HOSTILE.replace("\x00", ""))
        api.request("GET", "/applications", credentials=basic(HOSTILE, HOSTILE))
        api.request("GET", "/applications", credentials={"Authorization": f"SAuthc1 {as_header}"})
        api.request("GET", "/applications", headers={"User-Agent": as_header, "X-Forwarded-For": as_header})
        api.post("/smtpServers", {"host": HOSTILE, "port": 25, "username": "a", "password": "b"})

        assert all(each.isprintable() for each in lines.written), lines.text
        assert "forged" not in lines.text

    @pytest.mark.parametrize(
        "path", ["/v1/a%0a2026-01-01 ERROR forged", "/v1/a%1b[2J", "/v1/%e2%80%a8x", "/v1/%22a", "/v1/é"]
    )
    def test_a_path_in_the_access_log_is_percent_encoded(self, api: Api, lines: Lines, path: str):
        testing.simulate_get(AccessLog(api.wsgi), path)

        (line,) = [each for each in lines.written if ACCESS in each]
        assert line.isprintable()
        assert re.search(r'"GET /v1/[!-~]+" 401 [\d.]+ ms [\da-f-]{36}$', line)
        assert "[2J" not in line or "%1B[2J" in line

    @pytest.mark.parametrize("name", ["passwordResetTokens", "%70asswordResetTokens"])
    @pytest.mark.parametrize("before", ["", "%0a", "%20", "/"])
    def test_a_broken_path_does_not_bring_a_token_into_the_access_log(
        self, api: Api, lines: Lines, name: str, before: str
    ):
        testing.simulate_get(AccessLog(api.wsgi), f"/v1/applications/4Q/{name}/{before}eyJ0b2tlbiI6MX0")

        assert "eyJ0b2tlbiI6MX0" not in lines.text

    def test_a_long_path_is_cut(self, api: Api, lines: Lines):
        testing.simulate_get(AccessLog(api.wsgi), "/v1/" + "a" * 60_000)

        assert max(map(len, lines.written)) < 1200

    def test_the_lines_of_a_trace_cannot_be_mistaken_for_others(self, lines: Lines):
        try:
            raise RuntimeError(HOSTILE)
        except RuntimeError as error:
            get_logger("stormpath.server.x").error("It failed: %s", error, exc_info=error)
            logging.getLogger("library").error("%s", error, exc_info=error)

        for each in lines.written:
            first, *rest = each.split("\n")
            assert first.isprintable()
            assert rest
            assert all(line.startswith(CONTINUED) and line.isprintable() for line in rest)

    def test_an_application_with_formatters_of_its_own_gets_safe_lines(self):
        record = logging.LogRecord("stormpath.server.x", 40, "", 1, "It failed: %s", (HOSTILE,), None)
        try:
            raise RuntimeError(HOSTILE)
        except RuntimeError as error:
            record.exc_info = (RuntimeError, error, error.__traceback__)

        assert get_logger("stormpath.server.x").filter(record)

        first, *rest = logging.Formatter("%(message)s").format(record).split("\n")
        assert first.isprintable()
        assert all(line.startswith(CONTINUED) and line.isprintable() for line in rest)

    def test_an_endless_message_is_cut(self):
        try:
            raise RuntimeError("a\n" * 100_000 + "b" * 100_000)
        except RuntimeError as error:
            text = trace((RuntimeError, error, error.__traceback__))

        assert len(text) < 61_000


class TestRequestIds:
    def test_the_id_of_an_unexpected_error_is_in_the_line_of_its_trace(
        self, api: Api, lines: Lines, monkeypatch: pytest.MonkeyPatch
    ):
        def fail(*_: Any) -> None:
            raise ZeroDivisionError("unforeseen")

        monkeypatch.setattr("stormpath.server.rest.engine.existing", fail)

        answer = api.get("/tenants/" + api.tenant_id)

        assert answer.error == (500, 500)
        (line,) = [each for each in lines.written if "request_fail" in each]
        assert f"request={answer['requestId']}" in line.split("\n")[0]
        assert line.endswith("| ZeroDivisionError")

    def test_the_access_log_has_the_id_of_each_answer(self, api: Api, lines: Lines):
        for _ in range(2):
            answer = testing.simulate_get(AccessLog(api.wsgi), "/v1/applications")

            (line,) = [each for each in lines.written if ACCESS in each][-1:]
            assert line.endswith(f" {answer.headers['stormpath-request-id']}")

    def test_an_event_outside_of_requests_names_none(self, service: Service, api: Api, lines: Lines):
        assert security.current() is None

        service.operator.new_api_key(service.operator.owner().account_id)

        (event,) = lines.events()
        assert list(event) == ["event", "outcome", "tenant", "account", "id"]
        assert event["tenant"] == service.tenant_id
        assert event["account"].startswith(f"{service.base_url}/accounts/")


class TestFlood:
    def test_a_flood_of_failures_writes_a_bounded_number_of_lines_and_a_summary(
        self, api: Api, lines: Lines, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(security, "_guard", FloodGuard(security._tell, lines=5, seconds=60))

        for _ in range(300):
            api.request("GET", "/applications", credentials={})
        security.finish()

        events = lines.events()
        assert len(events) == 6
        assert events[-1] == {"event": "authn_key_fail", "more": "295"}

    def test_one_kind_does_not_use_up_the_lines_of_another(self, api: Api, lines: Lines, monkeypatch):
        monkeypatch.setattr(security, "_guard", FloodGuard(security._tell, lines=2, seconds=60))
        application, _ = api.application_with_directory()
        lines.written.clear()

        for _ in range(5):
            api.request("GET", "/applications", credentials={})
        api.log_in(application, "x")

        assert [each["event"] for each in lines.events()] == ["authn_key_fail"] * 2 + ["authn_login_fail"]

    def test_guesses_at_names_do_not_hide_guesses_at_a_password(self, api: Api, lines: Lines, monkeypatch):
        monkeypatch.setattr(security, "_guard", FloodGuard(security._tell, lines=2, seconds=60))
        application, directory = api.application_with_directory()
        api.account(directory)
        lines.written.clear()

        for number in range(5):
            api.log_in(application, f"name{number}")
        api.log_in(application, "ada", "wrong")
        security.finish()

        assert [each["reason"] for each in lines.events()] == ["7104", "7104", "7100", "7104"]
        assert lines.events()[-1]["more"] == "3"

    def test_the_next_request_of_any_kind_tells_what_a_flood_left(self, api: Api, lines: Lines, monkeypatch):
        monkeypatch.setattr(security, "_guard", FloodGuard(security._tell, lines=1, seconds=0.05))
        for _ in range(4):
            api.request("GET", "/applications", credentials={})
        time.sleep(0.06)

        api.get("/applications")

        assert sum(int(each.get("more", 1)) for each in lines.events()) == 4

    def test_defects_are_bounded_too(self, api: Api, lines: Lines, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(security, "_guard", FloodGuard(security._tell, lines=3, seconds=60))
        monkeypatch.setattr("stormpath.server.rest.engine.existing", lambda *_: 1 / 0)

        for _ in range(20):
            api.get("/tenants/" + api.tenant_id)
        security.finish()

        assert sum("Traceback" in each for each in lines.written) == 3
        assert lines.events() == [{"event": "request_fail", "more": "17"}]

    def test_a_line_that_is_not_written_costs_less_than_twenty_microseconds(self, monkeypatch):
        monkeypatch.setattr(security, "_guard", FloodGuard(security._tell, lines=0, seconds=60))

        def seconds(count: int) -> float:
            start = time.perf_counter()
            for _ in range(count):
                security.report(Event.LOGIN_FAILED, reason=7100, account="x" * 22)
            return (time.perf_counter() - start) / count

        assert min(seconds(500) for _ in range(5)) < 20e-6

    def test_changes_are_never_left_out(self, api: Api, lines: Lines, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(security, "_guard", FloodGuard(security._tell, lines=1, seconds=60))
        _, directory = api.application_with_directory()
        account = api.account(directory)
        lines.written.clear()

        for _ in range(4):
            api.api_key(account)

        assert len(lines.events()) == 4


class TestSecrets:
    """No line at any level holds a secret, whatever is asked for."""

    MARK = "Mark3rS3cret"

    def test_no_request_brings_a_secret_into_the_log(self, api: Api, lines: Lines, monkeypatch):
        mark = self.MARK
        application, directory = api.application_with_directory()
        wsgi = AccessLog(api.wsgi)
        caller = Api(wsgi, api.base_url, api.tenant_id, api.key_id, api.secret)
        account = caller.account(directory, password=f"{mark}1")
        key = caller.api_key(account)

        # Passwords, right and wrong, limited, and in the wrong field.
        caller.log_in(application, "ada", f"{mark}1")
        caller.log_in(application, "ada", f"{mark}2")
        caller.log_in(application, f"{mark}1", "ada")
        with monkeypatch.context() as limited:
            limited.setattr("stormpath.server.authentication.login.logins.find", _refuse_for_a_while)
            caller.log_in(application, "ada", f"{mark}1")
            caller.log_in(application, f"{mark}1", "ada")
        caller.post(f"{application['href']}/loginAttempts", {"type": "basic", "value": f"{mark}!"})
        caller.post(account["href"], {"password": f"{mark}2"})
        caller.post(account["href"], {"password": mark.lower()})
        caller.post(directory["accounts"]["href"], {"email": mark, "password": mark})
        # Keys of the API, right and wrong, and in the wrong field.
        caller.request("GET", "/applications", credentials=basic(api.key_id, mark))
        caller.request("GET", "/applications", credentials=basic(f"{mark}:{mark}", mark))
        caller.request("GET", "/applications", credentials={"Authorization": f"Bearer {mark}"})
        caller.request("GET", "/applications", credentials={"Authorization": f"SAuthc1 sauthc1Id={mark}"})
        caller.get(key["href"])
        caller.post(key["href"], {"status": "DISABLED", "name": mark, "description": mark})
        caller.delete(caller.api_key(account)["href"])
        # Tokens.
        policy = {"resetEmailStatus": "ENABLED"}
        caller.post(directory["passwordPolicy"]["href"], policy)
        token = caller.post(f"{application['href']}/passwordResetTokens", {"email": account["email"]}).ok
        reset = token["href"].rpartition("/")[2]
        caller.get(token["href"])
        open_page(caller, RESET, reset)
        submit_password(caller, reset, f"{mark}3")
        caller.get(f"{application['href']}/passwordResetTokens/{mark}")
        caller.post(f"{application['href']}/passwordResetTokens", {"email": f"{mark}@example.com"})
        open_page(caller, RESET, mark)
        open_page(caller, VERIFICATION, mark)
        _, verification = unverified_account(caller, application="Another")
        open_page(caller, VERIFICATION, verification)
        caller.post(f"/accounts/emailVerificationTokens/{verification}")
        codes = second_factors(caller, account)
        # Secrets of settings.
        body = {"host": "127.0.0.1", "port": 1, "username": "us", "password": mark}
        with monkeypatch.context() as checked:
            checked.setattr(api.wsgi, "try_smtp", partial(app._try_smtp, AllowedTargets.parse("", "1")))
            caller.post("/smtpServers", body)
        caller.post("/smtpServers", body)
        caller.post("/directories", {"name": "G", "provider": google(mark)})
        caller.post(caller.get(f"{caller.tenant}/idSites").items[0]["href"], {"tlsPrivateKey": mark})
        # Bodies and queries that cannot be read.
        caller.request("POST", "/accounts", f'{{"password": "{mark}"'.encode())
        caller.get("/applications", {"password": mark})
        # A failure in the midst of a login.
        monkeypatch.setattr(InsecureForTests, "verify", lambda self, password, stored: 1 / 0)
        assert caller.log_in(application, "ada", f"{mark}1").status == 500

        said = lines.text
        assert "request_fail" in said
        written = {each["event"] for each in lines.events()}
        assert {each.value for each in Event} - written <= UNSEEN
        for secret in (mark, mark.lower(), api.secret, key["secret"], reset, verification, *codes):
            assert secret not in said
            assert base64.b64encode(secret.encode()).decode().rstrip("=") not in said

    def test_the_facts_of_an_error_are_not_in_its_answer(self, api: Api, monkeypatch: pytest.MonkeyPatch):
        def refuse(*_: Any) -> None:
            raise ApiError(Code.FORBIDDEN, "No.", facts={"cause": "for the operator alone"})

        monkeypatch.setattr("stormpath.server.rest.engine.existing", refuse)

        assert "operator alone" not in json.dumps(api.get("/tenants/" + api.tenant_id).json)


#: Of the events, those that nothing in the scan for secrets causes; no caller's text is in their lines.
UNSEEN = {
    *("authn_token_reuse", "authn_token_revoked", "authz_fail", "excess_rate_limit_exceeded"),
    *("sys_over_capacity", "user_updated", "user_deleted"),
    *("agent_online", "agent_offline", "agent_fail"),
}


def _refuse_for_a_while(*_: Any) -> None:
    raise ApiError(Code.TOO_MANY_REQUESTS, "Too many logins failed.", retry_after=60)


def google(secret: str) -> dict[str, str]:
    return {
        "providerId": "google",
        "clientId": "id",
        "clientSecret": secret,
        "redirectUri": "https://a.example",
    }
