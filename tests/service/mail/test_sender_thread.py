"""The sender as a thread of the service: it begins at once, rests after failures, ends in time."""

from __future__ import annotations

import logging
import time

import pytest

from service.outbox_service import opened, service
from stormpath.server.app import CannotOpen, open_service
from stormpath.server.jobs.delivery import Report
from support.mail import BOUND, entry, eventually, put, sender, wake_on_email
from support.smtp_server import HANG, mail_server

pytestmark = pytest.mark.both_databases

__all__ = ["opened", "service"]


@pytest.fixture
def mail():
    with mail_server() as server:
        yield server


@pytest.fixture
def running(service, mail):
    """A sender that new e-mails wake, as in a service, and that looks twice a second."""
    thread = sender(service, mail.url)
    stop_waking = wake_on_email(service, thread)
    thread.start()
    yield thread
    stop_waking()
    thread.stop()


class TestAtWork:
    def test_an_email_is_sent_as_soon_as_it_is_stored(self, service, mail):
        patient = sender(service, mail.url, poll=3600)
        stop_waking = wake_on_email(service, patient)
        patient.start()
        for count in range(1, 4):
            put(service)
            mail.wait_for(count)
        stop_waking()
        patient.stop()

    def test_an_email_of_another_process_is_found(self, service, mail, running, monkeypatch):
        monkeypatch.setattr(service.database, "on_commit", lambda events: None)
        put(service)

        mail.wait_for(1)

    def test_an_idle_connection_is_closed(self, service, mail, running):
        put(service)
        mail.wait_for(1)

        eventually(lambda: not mail._sessions)

    def test_adding_an_email_does_not_wait_for_the_mail_server(self, service, mail, running):
        mail.misbehave("CONNECT", HANG)
        put(service)
        began = time.monotonic()

        put(service)

        assert time.monotonic() - began < BOUND / 2
        mail.go_down()


class TestStopping:
    def test_stopping_sends_what_is_due_first(self, service, mail, running):
        ids = put(service, 20)

        running.stop()

        assert [each.id for each in mail.messages] == ids

    def test_stopping_waits_for_a_server_that_hangs_for_the_grace_time(self, service, mail, running):
        mail.misbehave("DATA", HANG)
        [id] = put(service)
        eventually(lambda: entry(service, id).is_leased)
        began = time.monotonic()

        running.stop(grace=0.2)

        assert 0.2 <= time.monotonic() - began < 6
        assert (entry(service, id).state, entry(service, id).is_leased) == ("PENDING", False)

    def test_stopping_does_not_wait_for_a_server_that_is_down(self, service, mail, running):
        mail.go_down()
        put(service, 50)
        began = time.monotonic()

        running.stop(grace=10)

        assert time.monotonic() - began < 6

    def test_a_sender_that_was_stopped_can_be_started_again(self, service, mail, running):
        running.stop()
        put(service)
        running.start()

        mail.wait_for(1)


class TestFailures:
    def test_a_server_that_fails_is_left_alone_for_its_pause(self, service, mail):
        mail.misbehave("CONNECT", "421 down")
        ids = put(service, 30)
        resting = sender(service, mail.url, pauses=(60.0, 60.0))
        resting.start()
        try:
            eventually(lambda: entry(service, ids[0]).attempts == 1)
            resting.wake()
            time.sleep(0.3)
        finally:
            resting.stop(grace=0)

        assert sum(entry(service, id).attempts for id in ids) == 1

    def test_the_log_has_one_line_when_failures_begin_and_one_when_they_end(self, service, mail, caplog):
        put(service, 8)
        mail.misbehave("MAIL", "421 4.3.2 down", times=4)
        with caplog.at_level(logging.DEBUG, logger="stormpath"):
            thread = sender(service, mail.url)
            thread.start()
            mail.wait_for(4)
            thread.stop()

        assert [each.getMessage() for each in caplog.records if each.name.startswith("stormpath")] == [
            "E-mails cannot be sent: MAIL FROM: 421 4.3.2 down",
            "E-mails are being sent again.",
        ]

    def test_one_run_tries_a_server_that_fails_three_times(self, service, mail):
        mail.go_down()
        put(service, 5)

        assert sender(service, mail.url).run() == Report(postponed=3)

    def test_dead_letters_are_one_line_a_minute_in_the_log(self, service, mail, caplog):
        id, _, _ = put(service, 3)
        mail.misbehave("RCPT", "550 5.1.1 nobody here")

        sender(service, mail.url).run()

        lines = [each.getMessage() for each in caplog.records if each.name.startswith("stormpath")]
        assert lines == [f"E-mail {id} is given up: RCPT TO: 550 5.1.1 nobody here"]


class TestService:
    def test_a_service_with_a_mail_server_sends_from_its_start_to_its_end(self, initialized_sqlite_url, mail):
        service = open_service(initialized_sqlite_url, smtp_url=mail.url)
        first = put(service)
        service.start_sender()
        mail.wait_for(1)
        last = put(service, 5)
        service.close()

        assert [each.id for each in mail.messages] == first + last

    def test_a_service_sends_once_when_it_is_told_to(self, initialized_sqlite_url, mail):
        service = open_service(initialized_sqlite_url, smtp_url=mail.url)
        put(service, 3)

        assert service.send_mail() == Report(sent=3)
        assert service.send_mail() == Report()
        service.close()

    def test_without_a_mail_server_emails_stay_and_can_be_read(self, initialized_sqlite_url):
        service = open_service(initialized_sqlite_url)
        [id] = put(service, text="Hello")

        for use in (service.start_sender, service.send_mail):
            with pytest.raises(CannotOpen, match="STORMPATH_SMTP_URL"):
                use()
        assert service.email_of(entry(service, id)).text == "Hello"
        service.close()

    def test_a_url_that_cannot_be_used_is_refused_in_one_line(self, initialized_sqlite_url):
        service = open_service(initialized_sqlite_url, smtp_url="smtp://user:se%20cret@mail:port")

        with pytest.raises(CannotOpen, match="SMTP URL") as refused:
            service.start_sender()
        assert "cret" not in str(refused.value)
        service.close()
