"""The sender as a thread of the service: its start, its pauses after failures, its end."""

from __future__ import annotations

import logging
import time

import pytest

from service.outbox_service import opened, service
from stormpath.server.app import CannotOpen, open_service
from stormpath.server.mail.sender import Report
from support.queued_messages import SEND_TIMEOUT, enqueue, entry, eventually, sender
from support.smtp_server import HANG, mail_server

__all__ = ["opened", "service"]


@pytest.fixture
def mail():
    with mail_server() as server:
        yield server


@pytest.fixture
def running(service, mail):
    """A sender that is notified of writes, as the service does it, and otherwise polls twice a second."""
    thread = sender(service, mail.url)
    service.database.on_mail = thread.wake
    thread.start()
    yield thread
    service.database.on_mail = lambda: None
    thread.stop()


class TestRunningSender:
    def test_a_message_is_sent_as_soon_as_it_is_stored(self, service, mail):
        patient = sender(service, mail.url, poll=3600)
        service.database.on_mail = patient.wake
        patient.start()
        for count in range(1, 4):
            enqueue(service)
            mail.wait_for(count)
        service.database.on_mail = lambda: None
        patient.stop()

    def test_a_message_stored_by_another_process_is_sent(self, service, mail, running):
        service.database.on_mail = lambda: None
        enqueue(service)

        mail.wait_for(1)

    def test_an_idle_connection_is_closed(self, service, mail, running):
        enqueue(service)
        mail.wait_for(1)

        eventually(lambda: not mail._sessions)

    def test_a_write_does_not_wait_for_the_mail_server(self, service, mail, running):
        mail.misbehave("CONNECT", HANG)
        enqueue(service)
        began = time.monotonic()

        enqueue(service)

        assert time.monotonic() - began < SEND_TIMEOUT / 2
        mail.go_down()


class TestStopping:
    def test_stopping_sends_due_messages_first(self, service, mail, running):
        ids = enqueue(service, 20)

        running.stop()

        assert [each.id for each in mail.messages] == ids

    def test_stopping_waits_for_a_hanging_server_up_to_the_timeout(self, service, mail, running):
        mail.misbehave("DATA", HANG)
        [id] = enqueue(service)
        eventually(lambda: entry(service, id).is_leased)
        began = time.monotonic()

        running.stop(grace=0.2)

        assert 0.2 <= time.monotonic() - began < 6
        assert (entry(service, id).state, entry(service, id).is_leased) == ("PENDING", False)

    def test_stopping_does_not_wait_for_an_unreachable_server(self, service, mail, running):
        mail.go_down()
        enqueue(service, 50)
        began = time.monotonic()

        running.stop(grace=10)

        assert time.monotonic() - began < 6

    def test_a_sender_that_was_stopped_can_be_started_again(self, service, mail, running):
        running.stop()
        enqueue(service)
        running.start()

        mail.wait_for(1)


class TestFailingServer:
    def test_a_failing_server_is_not_tried_during_its_pause(self, service, mail):
        mail.misbehave("CONNECT", "421 down")
        ids = enqueue(service, 30)
        resting = sender(service, mail.url, pauses=(60.0, 60.0))
        resting.start()
        try:
            eventually(lambda: entry(service, ids[0]).attempts == 1)
            resting.wake()
            time.sleep(0.3)
        finally:
            resting.stop(grace=0)

        assert sum(entry(service, id).attempts for id in ids) == 1

    def test_a_failing_server_logs_one_line_at_its_begin_and_one_at_its_end(self, service, mail, caplog):
        enqueue(service, 8)
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

    def test_one_run_tries_a_failing_server_three_times(self, service, mail):
        mail.go_down()
        enqueue(service, 5)

        assert sender(service, mail.url).run() == Report(postponed=3)

    def test_dead_letters_log_one_line_a_minute(self, service, mail, caplog):
        id, _, _ = enqueue(service, 3)
        mail.misbehave("RCPT", "550 5.1.1 nobody here")

        sender(service, mail.url).run()

        lines = [each.getMessage() for each in caplog.records if each.name.startswith("stormpath")]
        assert lines == [f"E-mail {id} is given up: RCPT TO: 550 5.1.1 nobody here"]


class TestService:
    def test_a_service_with_a_mail_server_sends_from_its_start_to_its_end(self, initialized_sqlite_url, mail):
        service = open_service(initialized_sqlite_url, smtp_url=mail.url)
        first = enqueue(service)
        service.start_sender()
        mail.wait_for(1)
        last = enqueue(service, 5)
        service.close()

        assert [each.id for each in mail.messages] == first + last

    def test_send_mail_sends_due_messages_once(self, initialized_sqlite_url, mail):
        service = open_service(initialized_sqlite_url, smtp_url=mail.url)
        enqueue(service, 3)

        assert service.send_mail() == Report(sent=3)
        assert service.send_mail() == Report()
        service.close()

    def test_without_a_mail_server_messages_stay_and_can_be_read(self, initialized_sqlite_url):
        service = open_service(initialized_sqlite_url)
        [id] = enqueue(service, text="Hello")

        for use in (service.start_sender, service.send_mail):
            with pytest.raises(CannotOpen, match="STORMPATH_SMTP_URL"):
                use()
        assert service.content_of(entry(service, id)).text == "Hello"
        service.close()

    def test_an_unusable_url_is_reported_in_one_line(self, initialized_sqlite_url):
        service = open_service(initialized_sqlite_url, smtp_url="smtp://user:se%20cret@mail:port")

        with pytest.raises(CannotOpen, match="SMTP URL") as refused:
            service.start_sender()
        assert "cret" not in str(refused.value)
        service.close()
