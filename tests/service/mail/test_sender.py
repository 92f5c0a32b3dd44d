"""A sender with the e-mails of an outbox, at a mail server that takes them or does not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from service.outbox_service import opened, service
from stormpath.server.app import now_ms
from stormpath.server.jobs.delivery import Report
from stormpath.server.mail import queue
from stormpath.server.mail.templates import EmailRequest
from stormpath.server.schema.email_kinds import WELCOME
from support.certificates import self_signed
from support.mail import BOUND, RECIPIENT, SHORT_BOUND, entry, put, sender
from support.smtp_server import CLOSE, HANG, TRICKLE, SmtpServer, mail_server

pytestmark = pytest.mark.both_databases

__all__ = ["opened", "service"]

DAY_MS = 24 * 60 * 60 * 1000
HALF_A_MINUTE_MS = 30 * 1000


@pytest.fixture
def mail() -> Iterator[SmtpServer]:
    with mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("mail"))


class TestSending:
    def test_emails_that_are_due_are_sent_in_order_and_their_content_is_removed(self, service, mail):
        ids = put(service, 3)

        report = sender(service, mail.url).run()

        assert report == Report(sent=3)
        assert [each.id for each in mail.messages] == ids
        assert {each.recipient for each in mail.messages} == {RECIPIENT}
        assert [entry(service, id).state for id in ids] == ["SENT"] * 3
        assert [service.outbox.content(id) for id in ids] == [None] * 3
        assert service.outbox.counts() == {"PENDING": 0, "SENT": 3, "DEAD": 0}

    def test_emails_in_a_row_go_over_one_connection(self, service, mail):
        put(service, 5)

        sender(service, mail.url).run()

        assert (len(mail.messages), mail.connections) == (5, 1)

    def test_an_idle_connection_that_broke_is_replaced_before_anything_is_sent(self, service, mail):
        put(service, 4)
        for deed in (CLOSE, "421 4.4.2 idle for too long", "500 5.5.1 what?"):
            mail.misbehave("RSET", deed, times=1)

        report = sender(service, mail.url).run()

        assert report == Report(sent=4)
        assert mail.connections == 4

    def test_a_connection_that_takes_no_more_messages_is_replaced(self, service, mail):
        put(service, 2)
        mail.misbehave("MAIL", lambda: None, times=1)
        mail.misbehave("MAIL", "421 4.7.0 too many messages", times=1)

        assert sender(service, mail.url).run() == Report(sent=2)
        assert mail.connections == 2

    def test_any_answer_that_begins_with_a_2_means_accepted(self, service, mail):
        [id] = put(service)
        mail.misbehave("END", "251 2.1.5 forwarded")

        assert sender(service, mail.url).run() == Report(sent=1)
        assert entry(service, id).state == "SENT"

    def test_an_address_with_letters_beyond_ascii_takes_a_server_with_smtputf8(self, service):
        address = "лея@example.com"
        with mail_server() as modern, mail_server(hides=frozenset({"SMTPUTF8"})) as old:
            put(service, to=address)
            assert sender(service, modern.url).run() == Report(sent=1)
            [id] = put(service, to=address)
            assert sender(service, old.url).run() == Report(dead=1)

        assert [each.recipient for each in modern.messages] == [address]
        assert "ASCII" in entry(service, id).last_error

    def test_an_email_without_a_valid_address_is_given_up_and_the_next_one_is_sent(self, service, mail):
        ids = put(service, to="no address") + put(service)

        assert sender(service, mail.url).run() == Report(sent=1, dead=1)

        assert [entry(service, id).state for id in ids] == ["DEAD", "SENT"]

    def test_an_expired_email_is_not_sent(self, service, mail):
        late, in_time = put(service, expires_at=now_ms() - 1) + put(service, expires_at=now_ms() + DAY_MS)

        assert sender(service, mail.url).run() == Report(sent=1, dead=1)

        assert [each.id for each in mail.messages] == [in_time]
        assert entry(service, late).state == "DEAD"
        assert entry(service, late).last_error.startswith("expired")

    def test_lines_that_begin_with_dots_arrive_as_they_were(self, service, mail):
        put(service, text=".\n..\n.hidden\nend")

        sender(service, mail.url).run()

        assert mail.messages[0].message.get_content().split() == [".", "..", ".hidden", "end"]


class TestEncryption:
    @pytest.mark.parametrize("kind", ["starttls", "is_encrypted"])
    def test_a_server_with_a_trusted_certificate_gets_password_and_message_encrypted(
        self, service, certificate, kind
    ):
        with mail_server(certificate=certificate, login=("post", "secret"), **{kind: True}) as mail:
            put(service)
            sender(service, f"{mail.url}?ca={certificate}").run()

        assert [(each.user, each.is_encrypted) for each in mail.messages] == [("post", True)]

    def test_encryption_that_a_server_offers_is_used_unless_the_url_says_never(self, service, certificate):
        with mail_server(certificate=certificate, starttls=True) as mail:
            put(service)
            sender(service, f"{mail.url}?ca={certificate}").run()
            put(service)
            sender(service, f"{mail.url}?starttls=never").run()

        assert [each.is_encrypted for each in mail.messages] == [True, False]

    @pytest.mark.parametrize("kind", ["starttls", "is_encrypted"])
    def test_a_certificate_that_is_not_trusted_is_refused(self, service, certificate, kind):
        with mail_server(certificate=certificate, **{kind: True}) as mail:
            [id] = put(service)
            assert sender(service, mail.url).run() == Report(postponed=1)

        assert mail.messages == []
        assert "certificate is refused" in entry(service, id).last_error

    @pytest.mark.parametrize("kind", ["starttls", "is_encrypted"])
    def test_a_certificate_of_another_host_is_refused(self, service, tmp_path, kind):
        other = self_signed(tmp_path, "192.0.2.1")
        with mail_server(certificate=other, **{kind: True}) as mail:
            [id] = put(service)
            assert sender(service, f"{mail.url}?ca={other}").run() == Report(postponed=1)

        assert mail.messages == []
        assert "IP address mismatch" in entry(service, id).last_error

    @pytest.mark.parametrize("deed", ["454 4.7.0 not now", "220 but nothing comes", CLOSE])
    def test_where_offered_encryption_fails_nothing_is_sent_without_it(self, service, certificate, deed):
        with mail_server(certificate=certificate, starttls=True) as mail:
            mail.misbehave("STARTTLS", deed)
            [id] = put(service)
            report = sender(service, f"{mail.url}?ca={certificate}", timeout=SHORT_BOUND).run()

        assert (report, mail.messages) == (Report(postponed=1), [])
        assert "STARTTLS" in entry(service, id).last_error

    def test_a_password_is_not_sent_to_a_server_without_encryption(self, service):
        asked = []
        with mail_server(login=("post", "secret")) as mail:
            mail.misbehave("AUTH", lambda: asked.append("AUTH"))
            [id] = put(service)
            assert sender(service, mail.url).run() == Report(postponed=1)
            assert asked == []
            assert "STARTTLS" in entry(service, id).last_error
            service.outbox.retry(id, now_ms())

            assert sender(service, f"{mail.url}?starttls=never").run() == Report(sent=1)
            assert asked == ["AUTH"]

    def test_a_wrong_password_postpones_the_email(self, service):
        with mail_server(login=("post", "right")) as mail:
            [id] = put(service)
            url = f"{mail.url.replace('right', 'wrong-one')}?starttls=never"
            assert sender(service, url).run() == Report(postponed=1)

        assert mail.messages == []
        assert entry(service, id).last_error.startswith("AUTH: 535")

    def test_a_password_that_a_server_repeats_is_not_shown(self, service):
        with mail_server(login=("post", "right")) as mail:
            [id] = put(service)
            url = f"{mail.url.replace('right', 'wrong-one')}?starttls=never"
            mail.misbehave("AUTH", "535 5.7.8 wrong-one is not your password, d3Jvbmctb25l")
            assert sender(service, url).run() == Report(postponed=1)

        assert entry(service, id).last_error == "AUTH: 535 5.7.8 *** is not your password, ***"

    def test_a_file_without_certificates_is_refused_at_once(self, service, tmp_path):
        (tmp_path / "empty.pem").touch()

        for name in ("empty.pem", "missing.pem"):
            with pytest.raises(ValueError, match=name):
                sender(service, f"smtps://mail.example.com?ca={tmp_path / name}")


#: Failures of a server, each with what an operator reads then; and the steps at which they happen.
SERVER_FAILURES = {
    CLOSE: "closed",
    HANG: f"no end after {SHORT_BOUND} seconds",
    TRICKLE: f"no end after {SHORT_BOUND} seconds",
    "421 4.3.0 down": "421 4.3.0 down",
    "hello": "not one of SMTP",
}
BEFORE_THE_MESSAGE = ["CONNECT", "EHLO", "STARTTLS", "AUTH"]
ABOUT_THE_MESSAGE = ["MAIL", "RCPT", "DATA", "BODY", "END"]


@pytest.mark.either_database
class TestFaults:
    @pytest.fixture
    def mail(self, certificate):
        with mail_server(certificate=certificate, starttls=True, login=("post", "secret")) as server:
            yield server

    def attempt(self, service, mail, certificate, timeout=BOUND):
        """Try to send one e-mail; return its entry afterwards."""
        [id] = put(service)
        began = time.monotonic()
        report = sender(service, f"{mail.url}?ca={certificate}", timeout=timeout).run()
        assert time.monotonic() - began < timeout + 5
        found = entry(service, id)
        assert report == Report(**{"DEAD": {"dead": 1}, "PENDING": {"postponed": 1}}[found.state])
        assert found.attempts == 1
        assert not found.is_leased
        assert service.outbox.content(id) is not None
        return found

    @pytest.mark.parametrize("step", BEFORE_THE_MESSAGE + ABOUT_THE_MESSAGE)
    @pytest.mark.parametrize("deed", list(SERVER_FAILURES))
    def test_a_server_that_fails_at_any_step_postpones_the_email(
        self, service, mail, certificate, step, deed
    ):
        mail.misbehave(step, deed)

        found = self.attempt(service, mail, certificate, SHORT_BOUND if deed in (HANG, TRICKLE) else BOUND)

        assert found.state == "PENDING"
        assert SERVER_FAILURES[deed] in found.last_error
        assert 0.8 * HALF_A_MINUTE_MS - 2000 < found.due_at - now_ms() < 1.2 * HALF_A_MINUTE_MS

    @pytest.mark.parametrize("step", ABOUT_THE_MESSAGE)
    def test_a_temporary_refusal_of_a_message_postpones_it(self, service, mail, certificate, step):
        mail.misbehave(step, "451 4.7.1 greylisted")

        found = self.attempt(service, mail, certificate)

        assert (found.state, found.last_error.partition(": ")[2]) == ("PENDING", "451 4.7.1 greylisted")

    @pytest.mark.parametrize("step", ABOUT_THE_MESSAGE)
    def test_a_final_refusal_of_a_message_makes_it_a_dead_letter(self, service, mail, certificate, step):
        mail.misbehave(step, "550 5.1.1 nobody here")

        found = self.attempt(service, mail, certificate)

        assert (found.state, found.last_error.partition(": ")[2]) == ("DEAD", "550 5.1.1 nobody here")
        assert found.finished_at is not None

    @pytest.mark.parametrize("step", BEFORE_THE_MESSAGE)
    def test_a_refusal_before_the_message_only_postpones_the_email(self, service, mail, certificate, step):
        mail.misbehave(step, "554 5.3.2 no service here")

        assert self.attempt(service, mail, certificate).state == "PENDING"

    def test_a_refusal_for_want_of_a_login_only_postpones_the_email(self, service):
        with mail_server(login=("post", "secret")) as mail:
            [id] = put(service)
            assert sender(service, f"smtp://127.0.0.1:{mail.port}").run() == Report(postponed=1)

        assert entry(service, id).last_error == "MAIL FROM: 530 5.7.0 Authentication required"

    def test_a_server_that_is_down_postpones_the_email(self, service, mail, certificate):
        mail.go_down()

        found = self.attempt(service, mail, certificate)

        assert (found.state, "refused" in found.last_error) == ("PENDING", True)

    def test_an_email_without_a_final_answer_may_have_been_delivered(self, service, mail, certificate):
        mail.misbehave("END", CLOSE)

        found = self.attempt(service, mail, certificate)

        assert "may have been delivered" in found.last_error
        assert [each.id for each in mail.messages] == [found.id]

    def test_a_server_that_quotes_a_message_does_not_bring_its_token_into_the_outbox(
        self, service, mail, certificate, caplog
    ):
        mail.misbehave("END", "554 5.7.1 spam: https://example.com/?sptoken=QUOTED0123456789")
        [id] = put(service, text="Click https://example.com/?sptoken=QUOTED0123456789")

        sender(service, f"{mail.url}?ca={certificate}").run()

        assert "QUOTED" not in entry(service, id).last_error + caplog.text
        assert "sptoken=***" in entry(service, id).last_error


def test_an_email_that_waited_for_a_week_is_not_sent(service, mail):
    a_week_ago = replace(service.operator._context, now_ms=lambda: now_ms() - 7 * DAY_MS)
    with a_week_ago.write() as unit:
        tenant = unit.get("tenant", unit.tenant_id)
        account = unit.get("account", tenant["owner_account_id"])
        queue.enqueue(a_week_ago, unit, EmailRequest(WELCOME, account))

    assert sender(service, mail.url).run() == Report(dead=1)

    assert mail.messages == []
