"""Tenants with mail servers of their own: their e-mails go there, and no tenant waits for another's."""

from __future__ import annotations

import time

import pytest

from service.calls import Api
from service.outbox_service import opened, service
from service.tenant_setup import new_tenant
from stormpath.server.app import CannotOpen, now_ms
from stormpath.server.domain.outbox import TENANTS
from stormpath.server.domain.storage import Unavailable
from stormpath.server.jobs.delivery import Report
from stormpath.server.storage.outbox import Outbox
from support.certificates import self_signed
from support.mail import BOUND, entry, eventually, put, sender, wake_on_email
from support.smtp_server import CLOSE, HANG, SmtpServer, mail_server

pytestmark = pytest.mark.both_databases

__all__ = ["opened", "service"]

LOGIN = ("shop", "Secret1word")


@pytest.fixture
def mail():
    """The service-wide server."""
    with mail_server() as server:
        yield server


@pytest.fixture
def first():
    with mail_server(login=LOGIN) as server:
        yield server


@pytest.fixture
def second():
    with mail_server(login=LOGIN) as server:
        yield server


@pytest.fixture(autouse=True)
def no_servers(service):
    """Let each test begin without servers of tenants."""
    yield
    table = service.database.tables.of["smtpServer"]
    with service.database.transaction() as connection:
        connection.execute(table.delete())


class Tenant:
    """A tenant with that mail server, if one is named."""

    def __init__(self, service, server: SmtpServer | None = None, **attributes) -> None:
        self.service = service
        self.api: Api = new_tenant(service)
        self.id = self.api.tenant_id
        if server is not None:
            body = {"host": "127.0.0.1", "port": server.port, "username": LOGIN[0], "password": LOGIN[1]}
            self.server = self.api.post("/smtpServers", body | attributes).made

    def put(self, count: int = 1) -> list[str]:
        return put(self.service, count, tenant_id=self.id)

    def change(self, **attributes) -> None:
        assert self.api.post(self.server["href"], attributes).status == 200


def ids(server: SmtpServer) -> list[str]:
    return sorted(each.id for each in server.messages)


def retry(service, id: str, times: int, url: str | None) -> None:
    """Try an e-mail so many times, without waiting between."""
    for _ in range(times):
        make_due(service, id)
        sender(service, url).run()


def make_due(service, id: str) -> None:
    table = service.database.tables.outbox
    with service.database.transaction() as connection:
        connection.execute(table.update().where(table.c.id == id).values(due_at=now_ms()))


class TestRouting:
    def test_each_email_goes_to_its_tenants_server_or_else_to_the_service_wide_one(
        self, service, mail, first, second
    ):
        tenants = [Tenant(service, first), Tenant(service, second), Tenant(service)]
        put_there = [sorted(each.put(3)) for each in tenants]

        assert sender(service, mail.url).run() == Report(sent=9)

        assert [ids(each) for each in (first, second, mail)] == put_there
        assert {each.user for each in first.messages + second.messages} == {LOGIN[0]}

    def test_emails_of_a_tenant_in_a_row_go_over_one_connection(self, service, first):
        tenant = Tenant(service, first)
        tried = first.connections
        tenant.put(5)

        assert sender(service, None).run() == Report(sent=5)
        assert first.connections == tried + 1

    def test_a_disabled_server_is_not_used(self, service, mail, first):
        tenant = Tenant(service, first, status="DISABLED")
        tenant.put()

        assert sender(service, mail.url).run() == Report(sent=1)
        assert (len(first.messages), len(mail.messages)) == (0, 1)

    def test_a_server_counts_from_the_moment_it_is_stored(self, service, mail, first, second):
        tenant = Tenant(service)
        running = sender(service, mail.url)
        stop_waking = wake_on_email(service, running)
        running.start()
        tenant.put()
        mail.wait_for(1)
        body = {"host": "127.0.0.1", "port": first.port, "username": LOGIN[0], "password": LOGIN[1]}
        tenant.server = tenant.api.post("/smtpServers", body).made
        tenant.put()
        first.wait_for(1)
        tenant.change(port=second.port)
        tenant.put()
        second.wait_for(1)
        assert tenant.api.delete(tenant.server["href"]).status == 204
        tenant.put()
        mail.wait_for(2)
        running.stop()
        stop_waking()

        assert [len(each.messages) for each in (mail, first, second)] == [2, 1, 1]

    def test_a_server_that_is_replaced_between_two_emails_gets_no_more_of_them(self, service, first, second):
        tenant = Tenant(service, first)
        tenant.put(4)
        first.misbehave("END", lambda: tenant.change(port=second.port), times=1)

        assert sender(service, None).run() == Report(sent=4)
        assert (len(first.messages), len(second.messages)) == (1, 3)

    @pytest.mark.parametrize(
        ("kind", "protocol"), [("starttls", "TLS"), ("is_encrypted", "SSL"), ("starttls", None)]
    )
    def test_a_connection_is_encrypted_as_the_tenant_says(
        self, service, tmp_path, monkeypatch, kind, protocol
    ):
        certificate = self_signed(tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with mail_server(login=LOGIN, certificate=certificate, **{kind: True}) as server:
            Tenant(service, server, securityProtocol=protocol).put()
            assert sender(service, None).run() == Report(sent=1)

        assert [each.is_encrypted for each in server.messages] == [True]

    def test_a_server_that_no_longer_offers_starttls_gets_no_password_where_tls_was_said(
        self, service, tmp_path, monkeypatch
    ):
        certificate = self_signed(tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        asked = []
        with mail_server(login=LOGIN, certificate=certificate, starttls=True) as server:
            [id] = (tenant := Tenant(service, server, securityProtocol="TLS")).put()
            port = server.port
        with mail_server(login=LOGIN, port=port) as server:
            server.misbehave("AUTH", lambda: asked.append("AUTH"))
            assert sender(service, None).run() == Report(postponed=1)

        assert asked == []
        assert "STARTTLS" in entry(service, id).last_error
        assert tenant.id == entry(service, id).tenant_id


class TestWithoutAServiceWideServer:
    def test_emails_of_tenants_without_a_server_wait_untouched_and_can_be_read(self, service, first):
        [there], [here] = Tenant(service).put(), Tenant(service, first).put()

        assert sender(service, None).run() == Report(sent=1)

        assert ids(first) == [here]
        waiting = entry(service, there)
        assert (waiting.state, waiting.attempts, waiting.last_error) == ("PENDING", 0, None)
        assert service.email_of(waiting).subject == "Welcome"

    def test_a_failing_server_is_tried_on_and_on(self, service, first):
        tenant = Tenant(service, first)
        [id] = tenant.put()
        first.misbehave("MAIL", "451 4.7.1 not now", times=5)

        retry(service, id, 5, None)
        assert (entry(service, id).state, entry(service, id).attempts) == ("PENDING", 5)
        retry(service, id, 1, None)

        assert ids(first) == [id]

    def test_a_sender_that_has_nothing_to_do_rests(self, service, first):
        Tenant(service).put(3)
        Tenant(service, first)
        looks = []
        outbox = service.outbox
        original = outbox.tenants_due
        running = sender(service, None)
        try:
            outbox.tenants_due = lambda *arguments: looks.append(1) or original(*arguments)
            running.start()
            time.sleep(1)
        finally:
            running.stop()
            del outbox.tenants_due

        assert len(looks) <= 6


#: Failures of a server that accepted the login when it was stored, each with what an operator reads.
FAULTS = {
    ("AUTH", "535 5.7.8 wrong Secret1word"): "AUTH: 535 5.7.8 wrong ***",
    ("CONNECT", CLOSE): "greeting: ",
    ("CONNECT", "421 4.3.2 down"): "greeting: 421 4.3.2 down",
    ("MAIL", "451 4.7.1 greylisted"): "MAIL FROM: 451 4.7.1 greylisted",
    ("DATA", HANG): "DATA: no end after 0.3 seconds",
}


class TestFaults:
    @pytest.mark.parametrize(("step", "deed"), list(FAULTS))
    def test_a_server_that_fails_later_postpones_and_is_named(self, service, mail, first, step, deed, caplog):
        [id] = Tenant(service, first).put()
        first.misbehave(step, deed)

        assert sender(service, mail.url, timeout=0.3).run() == Report(postponed=1)

        found = entry(service, id)
        assert found.last_error.startswith(f"smtp://127.0.0.1:{first.port}: {FAULTS[step, deed]}")
        assert (found.state, found.attempts) == ("PENDING", 1)
        assert LOGIN[1] not in found.last_error + caplog.text
        assert mail.messages == []

    def test_a_final_refusal_makes_a_dead_letter_there_too(self, service, mail, first):
        [id] = Tenant(service, first).put()
        first.misbehave("RCPT", "550 5.1.1 nobody here")

        assert sender(service, mail.url).run() == Report(dead=1)
        assert "550 5.1.1 nobody here" in entry(service, id).last_error

    def test_a_password_under_another_key_postpones_the_email(self, service, mail, first):
        [id] = Tenant(service, first).put()
        table = service.database.tables.of["smtpServer"]
        with service.database.transaction() as connection:
            connection.execute(table.update().values(password=b"x" * 60))

        assert sender(service, mail.url).run() == Report(postponed=1)
        assert "another secret key" in entry(service, id).last_error

    def test_a_dead_server_does_not_hold_up_other_tenants(self, service, mail, first, second):
        dead, alive, none = Tenant(service, first), Tenant(service, second), Tenant(service)
        first.go_down()
        stuck, there, here = dead.put(30), alive.put(10), none.put(10)

        report = sender(service, mail.url, pauses=(0.05, 10.0)).run()

        assert set(there) == set(ids(second))
        assert set(here) <= set(ids(mail))
        assert report.postponed == 3
        # Three failures in a row were enough: the others went through the service-wide one.
        assert report.sent == 20 + 27
        assert [entry(service, id).attempts for id in stuck].count(1) == 30

    def test_a_hanging_server_does_not_hold_up_other_tenants(self, service, mail, first, second):
        hanging, alive, none = Tenant(service, first), Tenant(service, second), Tenant(service)
        first.misbehave("DATA", HANG)
        [stuck, _] = hanging.put(2)
        running = sender(service, mail.url, lease_seconds=60)
        stop_waking = wake_on_email(service, running)
        running.start()
        try:
            eventually(lambda: entry(service, stuck).is_leased)
            began = time.monotonic()
            there, here = alive.put(10), none.put(10)
            second.wait_for(10)
            mail.wait_for(10)
            assert time.monotonic() - began < BOUND / 2
            assert entry(service, stuck).is_leased
        finally:
            stop_waking()
            running.stop(grace=0.1)

        assert [set(ids(second)), set(ids(mail))] == [set(there), set(here)]
        assert (entry(service, stuck).state, entry(service, stuck).is_leased) == ("PENDING", False)

    def test_many_hanging_servers_leave_room_for_others(self, service, first, second):
        hanging = [Tenant(service, first) for _ in range(12)]
        alive = Tenant(service, second)
        first.misbehave("DATA", HANG)
        for each in hanging:
            each.put(2)
        running = sender(service, None, timeout=0.5, pauses=(0.01, 0.01))
        stop_waking = wake_on_email(service, running)
        running.start()
        try:
            eventually(lambda: sum(service.outbox.counts().values()) == 24)
            time.sleep(2)
            for count in range(1, 4):
                began = time.monotonic()
                alive.put()
                second.wait_for(count)
                assert time.monotonic() - began < 2
        finally:
            stop_waking()
            running.stop(grace=0.1)

    def test_a_server_that_fails_is_left_alone_for_its_pause(self, service, first):
        tenant = Tenant(service, first)
        first.go_down()
        there = tenant.put(30)
        resting = sender(service, None, pauses=(60.0, 60.0))
        resting.start()
        try:
            eventually(lambda: any(entry(service, id).attempts for id in there))
            resting.wake()
            time.sleep(0.5)
        finally:
            resting.stop(grace=0)

        assert sum(entry(service, id).attempts for id in there) == 1


class TestFallingBack:
    def test_an_email_that_failed_three_times_goes_through_the_service_wide_server(
        self, service, mail, first
    ):
        [id] = Tenant(service, first).put()
        first.go_down()

        retry(service, id, 3, mail.url)
        assert (mail.messages, entry(service, id).attempts) == ([], 3)
        retry(service, id, 1, mail.url)

        assert ids(mail) == [id]
        assert entry(service, id).state == "SENT"

    def test_all_emails_of_a_tenant_go_there_while_its_server_keeps_failing_and_the_log_has_one_line(
        self, service, mail, first, caplog
    ):
        tenant = Tenant(service, first)
        first.go_down()
        there = tenant.put(20)
        running = sender(service, mail.url, pauses=(0.01, 0.3))
        running.start()
        try:
            mail.wait_for(10)
            first.come_back()
            eventually(lambda: tenant.put() and time.sleep(0.1) is None and len(first.messages) > 1)
        finally:
            running.stop()

        lines = [each.getMessage() for each in caplog.records if each.name.startswith("stormpath")]
        assert len([each for each in lines if "service-wide" in each and tenant.id in each]) == 1
        assert len([each for each in lines if "cannot be sent" in each and tenant.id in each]) == 1
        assert lines[-1] == f"E-mails of the tenant {tenant.id} are being sent again."
        assert set(ids(mail)) & set(there)

    def test_a_server_that_fails_once_keeps_its_emails(self, service, mail, first):
        tenant = Tenant(service, first)
        there = tenant.put(5)
        first.misbehave("CONNECT", "421 4.3.2 busy", times=1)

        assert sender(service, mail.url).run() == Report(sent=4, postponed=1)
        assert mail.messages == []
        assert set(ids(first)) < set(there)


class TestService:
    def test_a_service_sends_once_through_servers_of_tenants_alone(self, service, first):
        with pytest.raises(CannotOpen, match="STORMPATH_SMTP_URL"):
            service.send_mail()
        Tenant(service, first).put(2)

        assert service.send_mail() == Report(sent=2)

    def test_stopping_sends_what_is_due_first(self, service, first):
        there = Tenant(service, first).put(20)
        running = sender(service, None, lease_seconds=60)
        running.start()

        running.stop()

        assert ids(first) == sorted(there)
        assert service.outbox.leases() == []

    def test_stopping_does_not_wait_for_a_hanging_server(self, service, first):
        first.misbehave("DATA", HANG)
        Tenant(service, first).put(3)
        running = sender(service, None, lease_seconds=60)
        running.start()
        eventually(lambda: service.outbox.leases() != [])
        began = time.monotonic()

        running.stop(grace=0.2)

        assert 0.2 <= time.monotonic() - began < 4
        assert service.outbox.leases() == []

    def test_a_lost_database_is_not_held_against_a_server(self, service, mail, first):
        tenant = Tenant(service, first)
        outbox = Outbox(service.database)
        failures = [Unavailable("gone")] * 3
        lease = outbox.lease

        def lease_or_fail(token, now, seconds, filter):
            if filter.through == TENANTS and failures:
                raise failures.pop()
            return lease(token, now, seconds, filter)

        outbox.lease = lease_or_fail
        there = tenant.put(3)
        running = sender(service, mail.url, outbox=outbox, pauses=(0.02, 0.02))
        running.start()
        first.wait_for(3)
        running.stop()

        assert ids(first) == sorted(there)
        assert (mail.messages, failures) == ([], [])
