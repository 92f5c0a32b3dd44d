"""A sender with the text messages of an outbox, at a gateway that takes them or does not."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator

import pytest

from service.outbox_service import opened, service
from stormpath.server.app import Service, now_ms
from stormpath.server.domain.outbox import ALL_SMS, SMS, OutboxEntry
from stormpath.server.jobs.delivery import Report
from stormpath.server.jobs.delivery_errors import in_base64
from stormpath.server.jobs.retries import UntilExpiry
from stormpath.server.sms.gateway import FunctionGateway
from stormpath.server.sms.sender import SmsSender
from support.mail import entry, eventually, put, sender
from support.ports import free_port
from support.sms import NUMBER, SHORT_BOUND, TEXT, gateway_at, put_sms, sms_sender
from support.sms_gateway import CLOSE, HANG, TRICKLE, Deed, SmsGateway, sms_gateway
from support.smtp_server import HANG as SMTP_HANG
from support.smtp_server import mail_server

__all__ = ["opened", "service"]

CODE = "481516"
YEAR_MS = 365 * 24 * 60 * 60 * 1000


@pytest.fixture
def gateway() -> Iterator[SmsGateway]:
    with sms_gateway() as server:
        yield server


class TestSending:
    def test_twilio_gets_its_form(self, service: Service, gateway: SmsGateway):
        put_sms(service, text="Your code is 481516 & nothing else: \u00fc")
        login = f"http://AC1:tok%40en@{gateway.origin.removeprefix('http://')}"
        twilio = gateway_at("", url=f"{login}/2010-04-01/Accounts/AC1/Messages.json")

        assert sms_sender(service, twilio).run() == Report(sent=1)

        [posted] = gateway.posted
        assert posted.line == "POST /2010-04-01/Accounts/AC1/Messages.json HTTP/1.1"
        assert posted.headers["host"] == gateway.origin.removeprefix("http://")
        assert posted.headers["authorization"] == f"Basic {in_base64('AC1:tok@en')}"
        assert posted.headers["content-type"] == "application/x-www-form-urlencoded"
        assert posted.headers["content-length"] == str(len(posted.body))
        assert posted.body == (
            b"To=%2B14155552671&From=%2B15005550006&Body=Your+code+is+481516+%26+nothing+else%3A+%C3%BC"
        )

    def test_another_gateway_gets_json_and_a_token(self, service: Service, gateway: SmsGateway):
        put_sms(service)
        body = '{"recipients": ["${to}"], "body": "${text}", "originator": "${from}"}'
        other = gateway_at(gateway.origin, header="Authorization: AccessKey k1", body=body, sender="Shop")

        assert sms_sender(service, other).run() == Report(sent=1)

        [posted] = gateway.posted
        assert posted.headers["authorization"] == "AccessKey k1"
        assert posted.headers["content-type"] == "application/json"
        assert posted.body.decode() == (
            f'{{"recipients": ["{NUMBER}"], "body": "{TEXT}", "originator": "Shop"}}'
        )

    def test_messages_that_are_due_are_sent_in_order_and_their_texts_are_removed(
        self, service: Service, gateway: SmsGateway
    ):
        ids = [put_sms(service, number=f"+1415555267{n}")[0] for n in range(3)]

        assert sms_sender(service, gateway.origin).run() == Report(sent=3)

        assert [each.form["To"] for each in gateway.posted] == [f"+1415555267{n}" for n in range(3)]
        assert [entry(service, id).state for id in ids] == ["SENT"] * 3
        assert [service.outbox.content(id) for id in ids] == [None] * 3
        assert service.text_messages() == []

    @pytest.mark.both_databases
    def test_each_channel_has_its_sender(self, service: Service, gateway: SmsGateway):
        [email], [sms] = put(service), put_sms(service)

        with mail_server() as mail:
            assert sender(service, mail.url).run() == Report(sent=1)
            assert (entry(service, email).state, entry(service, sms).state) == ("SENT", "PENDING")
            [email] = put(service)
            assert sms_sender(service, gateway.origin).run() == Report(sent=1)

        assert (entry(service, email).state, entry(service, sms).state) == ("PENDING", "SENT")
        assert len(mail.messages) == len(gateway.posted) == 1

    def test_an_expired_message_is_not_sent(self, service: Service, gateway: SmsGateway):
        [id] = put_sms(service, expires_at=now_ms() - 1)

        assert sms_sender(service, gateway.origin).run() == Report(dead=1)

        assert gateway.posted == []
        assert entry(service, id).last_error.startswith("expired")

    @pytest.mark.both_databases
    def test_two_senders_send_each_message_once(self, service: Service, gateway: SmsGateway):
        put_sms(service, 30)
        gateway.always = lambda: time.sleep(0.002)
        senders = [sms_sender(service, gateway.origin) for _ in range(3)]

        threads = [threading.Thread(target=each.run) for each in senders]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

        assert len(gateway.posted) == 30
        assert service.outbox.counts() == {"PENDING": 0, "SENT": 30, "DEAD": 0}

    def test_a_message_under_another_secret_key_waits_without_an_attempt(
        self, service: Service, gateway: SmsGateway, monkeypatch: pytest.MonkeyPatch
    ):
        [id] = put_sms(service)
        with service.database.transaction() as connection:
            table = service.database.tables.outbox
            connection.execute(table.update().values(content=b"\x00" * 60))

        assert sms_sender(service, gateway.origin).run() == Report(postponed=1)

        assert gateway.posted == []
        assert "another secret key" in str(entry(service, id).last_error)


#: Failures of a gateway, each with the beginning of what an operator reads.
FAILURES: dict[str, tuple[Deed, str]] = {
    "500": ((500, "down"), "500 down"),
    "503 in HTML": ((503, "<html>busy</html>"), "503 <html>busy</html>"),
    "429": ((429, "slow down"), "429"),
    "401": ((401, '{"code": 20003}'), '401 {"code": 20003}'),
    "redirect": ((302, ""), "302"),
    "closed": (CLOSE, "it closed the connection before the end of its answer"),
    "garbage": (b"\x00\xff hello\r\n\r\n", "it does not speak HTTP as expected"),
    "silent": (HANG, f"no end after {SHORT_BOUND} seconds"),
    "trickle": (TRICKLE, f"no end after {SHORT_BOUND} seconds"),
}


class TestFaults:
    def fails(self, service: Service, gateway: SmsGateway | str, **options: object) -> OutboxEntry:
        """Send a message in vain, once; return its entry."""
        [id] = put_sms(service)
        origin = gateway if isinstance(gateway, str) else gateway.origin
        began = time.monotonic()
        report = sms_sender(service, origin, **options).run()
        assert time.monotonic() - began < 5
        found = entry(service, id)
        assert report == Report(**{"DEAD": {"dead": 1}, "PENDING": {"postponed": 1}}[found.state])
        assert (found.attempts, found.is_leased) == (1, False)
        assert service.outbox.content(id) is not None
        return found

    @pytest.mark.parametrize("name", FAILURES)
    def test_a_gateway_that_fails_postpones_the_message(
        self, service: Service, gateway: SmsGateway, name: str
    ):
        deed, error = FAILURES[name]
        gateway.misbehave(deed)
        began = now_ms()

        found = self.fails(service, gateway, timeout=SHORT_BOUND if deed in (HANG, TRICKLE) else 10.0)

        assert found.state == "PENDING"
        assert str(found.last_error).removeprefix(f"{gateway.origin}: ").startswith(error)
        # About five seconds later: a code is of use for five minutes.
        assert 4000 <= found.due_at - began <= 6000 + 1000
        service.outbox.retry(found.id, now_ms())
        assert sms_sender(service, gateway.origin).run() == Report(sent=1)

    def test_a_gateway_that_is_not_there_postpones_the_message(self, service: Service):
        origin = f"http://127.0.0.1:{free_port()}"

        found = self.fails(service, origin)

        assert (found.state, found.last_error) == ("PENDING", f"{origin}: Connection refused")

    def test_a_host_that_does_not_exist_postpones_the_message(self, service: Service):
        assert self.fails(service, "http://gateway.invalid").state == "PENDING"

    @pytest.mark.parametrize("status", [400, 404, 422])
    def test_a_number_that_is_refused_is_given_up_and_the_next_message_is_sent(
        self, service: Service, gateway: SmsGateway, status: int
    ):
        gateway.misbehave((status, '{"code": 21211, "message": "not a valid phone number"}'))
        refused, good = [put_sms(service)[0] for _ in range(2)]

        assert sms_sender(service, gateway.origin).run() == Report(sent=1, dead=1)

        assert [entry(service, each).state for each in (refused, good)] == ["DEAD", "SENT"]
        assert "21211" in str(entry(service, refused).last_error)

    def test_a_gateway_that_keeps_failing_is_left_alone(self, service: Service, gateway: SmsGateway):
        put_sms(service, 10)
        gateway.always = (500, "down")

        assert sms_sender(service, gateway.origin).run() == Report(postponed=3)

        assert len(gateway.posted) == 3

    def test_a_message_is_given_up_when_the_next_attempt_would_come_too_late(
        self, service: Service, gateway: SmsGateway
    ):
        gateway.misbehave((500, "down"))
        [id] = put_sms(service, expires_at=now_ms() + 3000)

        assert sms_sender(service, gateway.origin).run() == Report(dead=1)

        assert entry(service, id).last_error == "500 down"

    def test_the_schedule_has_its_attempts_within_five_minutes(self):
        class Work:
            attempts, created_at, expires_at = 0, 0, 300_000

        schedule, now, times = UntilExpiry(5.0, 60.0), 0, []
        while now is not None:
            times.append(now)
            Work.attempts += 1
            now = schedule.next_attempt(Work, now)

        assert 7 <= len(times) <= 10
        assert times[-1] < 300_000

    def test_neither_the_text_nor_a_secret_is_in_an_error_or_the_log(
        self, service: Service, gateway: SmsGateway, caplog: pytest.LogCaptureFixture
    ):
        with caplog.at_level(logging.DEBUG):
            for status in (500, 400):
                gateway.misbehave((status, f"{TEXT} hunter2 {in_base64('user:hunter2')} 481-516"))
                [id] = put_sms(service)
                url = f"http://user:hunter2@{gateway.origin.removeprefix('http://')}/"
                sms_sender(service, gateway_at("", url=url)).run()
                assert "***" in str(entry(service, id).last_error)

                shown = f"{entry(service, id)} {caplog.text}"
                for secret in (CODE, "481-516", "hunter2", in_base64("user:hunter2"), "Your verification"):
                    assert secret not in shown


class TestFunctions:
    def test_a_function_gets_number_and_text(self, service: Service):
        put_sms(service)
        called = []
        function = FunctionGateway(lambda *given: called.append(given))

        assert sms_sender(service, function).run() == Report(sent=1)

        assert called == [(NUMBER, TEXT)]

    def test_what_a_function_raises_postpones_that_message_alone_and_shows_no_text(
        self, service: Service, caplog: pytest.LogCaptureFixture
    ):
        bad, good = put_sms(service, number="+14155552672") + put_sms(service)

        def fails(to: str, text: str) -> None:
            if to == "+14155552672":
                raise ValueError(f"no {text} to {to}")

        assert sms_sender(service, FunctionGateway(fails)).run() == Report(sent=1, postponed=1)

        assert [entry(service, each).state for each in (bad, good)] == ["PENDING", "SENT"]
        assert entry(service, bad).last_error == "the application's gateway raised ValueError"
        assert "ValueError" in caplog.text
        assert CODE not in caplog.text


class TestThread:
    @pytest.fixture
    def started(self, service: Service, gateway: SmsGateway) -> Iterator[SmsSender]:
        found = sms_sender(service, gateway.origin, schedule=UntilExpiry(0.02, 0.05))
        found.start()
        yield found
        found.stop()

    @pytest.mark.both_databases
    def test_a_thread_sends_what_comes_and_what_other_processes_left(
        self, service: Service, gateway: SmsGateway, started: SmsSender
    ):
        [first] = put_sms(service)
        service.outbox.lease("gone", now_ms(), 1, ALL_SMS)
        started.wake()

        eventually(lambda: entry(service, first).state == "SENT")

    def test_a_gateway_that_was_down_gets_its_messages_when_it_is_back(
        self, service: Service, gateway: SmsGateway, started: SmsSender, caplog: pytest.LogCaptureFixture
    ):
        gateway.misbehave((500, "down"), CLOSE, (503, "busy"))
        ids = put_sms(service, 3)
        started.wake()

        eventually(lambda: {entry(service, each).state for each in ids} == {"SENT"})

        assert len(gateway.posted) == 6
        lines = [each.getMessage() for each in caplog.records if each.name.startswith("stormpath")]
        assert lines[0] == "Text messages cannot be sent: 500 down"
        assert lines[-1] == "Text messages are being sent again."

    def test_neither_channel_waits_for_the_other(self, service: Service, gateway: SmsGateway):
        gateway.always = HANG
        with mail_server() as mail:
            texts, emails = sms_sender(service, gateway.origin), sender(service, mail.url)
            [sms], [email] = put_sms(service), put(service)
            texts.start()
            eventually(lambda: len(gateway.posted) == 1)
            emails.start()
            eventually(lambda: entry(service, email).state == "SENT")
            assert entry(service, sms).is_leased
            gateway.is_closing.set()
            texts.stop()
            emails.stop()
            gateway.always = None
            mail.misbehave("DATA", SMTP_HANG)
            texts, emails = sms_sender(service, gateway.origin), sender(service, mail.url)
            [sms], [email] = put_sms(service), put(service)
            emails.start()
            eventually(lambda: entry(service, email).is_leased)
            texts.start()
            eventually(lambda: entry(service, sms).state == "SENT")
            texts.stop()
            emails.stop(0)

    def test_stopping_sends_what_is_due_first(
        self, service: Service, gateway: SmsGateway, started: SmsSender
    ):
        gateway.always = lambda: time.sleep(0.01)
        put_sms(service, 10)

        started.stop()

        assert len(gateway.posted) == 10

    def test_old_entries_are_purged(self, service: Service, gateway: SmsGateway):
        [id] = put_sms(service)
        sms_sender(service, gateway.origin).run()

        sms_sender(service, gateway.origin, clock=lambda: now_ms() + YEAR_MS).run()

        assert service.outbox.entry(id) is None


@pytest.mark.both_databases
def test_leases_are_counted_by_channel(service: Service):
    put_sms(service)
    put(service)
    service.outbox.lease("sms", now_ms(), 60, ALL_SMS)

    assert [each.token for each in service.outbox.leases(SMS)] == ["sms"]
    assert service.outbox.leases() == []
