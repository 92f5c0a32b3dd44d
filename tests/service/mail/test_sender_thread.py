"""The sender as a thread of the service: it begins at once, rests in times of trouble, ends in time."""

from __future__ import annotations

import logging
import time

import pytest

from service.outbox_service import opened, service
from stormpath.server.app import CannotOpen, open_service
from stormpath.server.mail.sender import Report
from support.mail import BOUND, entry, eventually, put, sender
from support.smtp_server import HANG, mail_server

__all__ = ["opened", "service"]


@pytest.fixture
def mail():
    with mail_server() as server:
        yield server


@pytest.fixture
def running(service, mail):
    """A sender that is told of what is written, as the service tells it, and else looks twice a second."""
    thread = sender(service, mail.url)
    service.database.on_mail = thread.wake
    thread.start()
    yield thread
    service.database.on_mail = lambda: None
    thread.stop()


class TestAtWork:
    def test_a_message_is_sent_as_soon_as_it_is_kept(self, service, mail):
        patient = sender(service, mail.url, poll=3600)
        service.database.on_mail = patient.wake
        patient.start()
        for count in range(1, 4):
            put(service)
            mail.wait_for(count)
        service.database.on_mail = lambda: None
        patient.stop()

    def test_a_message_of_another_process_is_found(self, service, mail, running):
        service.database.on_mail = lambda: None
        put(service)

        mail.wait_for(1)

    def test_an_idle_connection_is_closed(self, service, mail, running):
        put(service)
        mail.wait_for(1)

        eventually(lambda: not mail._sessions)

    def test_a_write_costs_no_time_at_the_mail_server(self, service, mail, running):
        mail.misbehave("CONNECT", HANG)
        put(service)
        began = time.monotonic()

        put(service)

        assert time.monotonic() - began < BOUND / 2
        mail.go_down()


class TestStopping:
    def test_what_is_due_is_sent_before_the_end(self, service, mail, running):
        ids = put(service, 20)

        running.stop()

        assert [each.id for each in mail.messages] == ids

    def test_a_server_that_hangs_is_waited_for_as_long_as_is_said(self, service, mail, running):
        mail.misbehave("DATA", HANG)
        [id] = put(service)
        eventually(lambda: entry(service, id).is_leased)
        began = time.monotonic()

        running.stop(grace=0.2)

        assert 0.2 <= time.monotonic() - began < 6
        assert (entry(service, id).state, entry(service, id).is_leased) == ("PENDING", False)

    def test_a_server_that_is_down_is_not_waited_for(self, service, mail, running):
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


class TestTrouble:
    def test_a_server_in_trouble_is_left_alone_for_a_while(self, service, mail):
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

    def test_the_log_has_one_line_when_trouble_begins_and_one_when_it_ends(self, service, mail, caplog):
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

    def test_one_run_tries_a_server_in_trouble_three_times(self, service, mail):
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

    def test_without_a_mail_server_messages_stay_and_can_be_read(self, initialized_sqlite_url):
        service = open_service(initialized_sqlite_url)
        [id] = put(service, text="Hello")

        for use in (service.start_sender, service.send_mail):
            with pytest.raises(CannotOpen, match="STORMPATH_SMTP_URL"):
                use()
        assert service.content_of(entry(service, id)).text == "Hello"
        service.close()

    def test_a_url_that_cannot_be_used_is_told_in_one_line(self, initialized_sqlite_url):
        service = open_service(initialized_sqlite_url, smtp_url="smtp://user:se%20cret@mail:port")

        with pytest.raises(CannotOpen, match="SMTP URL") as refused:
            service.start_sender()
        assert "cret" not in str(refused.value)
        service.close()
