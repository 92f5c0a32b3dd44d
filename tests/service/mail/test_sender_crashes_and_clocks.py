"""Senders that die and clocks that are moved: no e-mail is lost, and none is sent twice because of it."""

from __future__ import annotations

import itertools
import time

import pytest

from service.outbox_service import opened, service
from stormpath.server.app import now_ms
from stormpath.server.domain.storage import Unavailable
from stormpath.server.jobs.delivery import Report
from stormpath.server.jobs.leases import LeaseWatch
from stormpath.server.storage.outbox import Outbox
from support.mail import LEASE_SECONDS, entry, put, sender
from support.smtp_server import mail_server

pytestmark = pytest.mark.both_databases

__all__ = ["opened", "service"]

HOUR_MS = 60 * 60 * 1000
YEAR_MS = 365 * 24 * HOUR_MS


@pytest.fixture
def mail():
    with mail_server() as server:
        yield server


@pytest.fixture
def clock():
    """A clock that can be moved: ``clock.ms`` milliseconds off."""

    class Clock:
        ms = 0

        def __call__(self):
            return now_ms() + self.ms

    return Clock()


class TestSendersThatAreGone:
    @pytest.fixture
    def seconds(self):
        """The reading of this process's monotonic clock."""
        return [1000.0]

    @pytest.fixture
    def watch(self, service, seconds):
        return LeaseWatch(service.outbox, lambda: seconds[0], "%s")

    def test_a_lease_is_over_when_it_was_seen_for_its_seconds(self, service, watch, seconds):
        [id] = put(service)
        service.outbox.lease("gone", now_ms(), 60)

        assert list(watch.check(now_ms()).values()) == [60]
        seconds[0] += 59.9
        assert list(watch.check(now_ms()).values()) == [pytest.approx(0.1)]
        assert entry(service, id).is_leased
        seconds[0] += 0.1
        assert list(watch.check(now_ms()).values()) == [0]
        assert watch.check(now_ms()) == {}
        assert not entry(service, id).is_leased

    def test_an_entry_that_is_leased_again_has_a_new_lease(self, service, watch, seconds):
        [id] = put(service)
        service.outbox.lease("one", now_ms(), 60)
        watch.check(now_ms())
        seconds[0] += 59
        service.outbox.postpone(id, "one", "no", now_ms())
        service.outbox.lease("two", now_ms(), 60)
        seconds[0] += 59

        assert list(watch.check(now_ms()).values()) == [60]

    def test_the_wall_clock_does_not_end_a_lease(self, service, watch):
        [id] = put(service)
        service.outbox.lease("alive", now_ms() - YEAR_MS, 60)

        for shift in (0, YEAR_MS, -YEAR_MS):
            assert list(watch.check(now_ms() + shift).values()) == [60]
        assert entry(service, id).is_leased

    def test_after_the_database_was_away_leases_are_seen_as_for_the_first_time(self, service, seconds):
        class Lossy(Outbox):
            is_away = False

            def leases(self):
                if self.is_away:
                    raise Unavailable("away")
                return super().leases()

        outbox = Lossy(service.database)
        watch = LeaseWatch(outbox, lambda: seconds[0], "%s")
        put(service)
        outbox.lease("alive", now_ms(), 60)
        watch.check(now_ms())
        outbox.is_away = True
        with pytest.raises(Unavailable):
            watch.check(now_ms())
        outbox.is_away = False
        seconds[0] += 61

        assert list(watch.check(now_ms()).values()) == [60]

    def test_an_entry_that_a_dead_sender_had_leased_is_sent_by_the_next_one(self, service, mail):
        ids = put(service, 2)
        service.outbox.lease("gone", now_ms(), LEASE_SECONDS)

        assert sender(service, mail.url).run() == Report(sent=2)

        assert [each.id for each in mail.messages] == [ids[1], ids[0]]
        assert [entry(service, id).attempts for id in ids] == [2, 1]

    def test_a_run_waits_for_entries_that_another_sender_has_leased(self, service, mail):
        [id] = put(service)
        service.outbox.lease("busy", now_ms(), 60)
        began = time.monotonic()
        mail.misbehave("CONNECT", lambda: None)

        class Watched(Outbox):
            looks = 0

            def leases(self):
                self.looks += 1
                if self.looks == 3:
                    self.finish(id, "busy", now_ms())
                return super().leases()

        outbox = Watched(service.database)
        report = sender(service, mail.url, outbox=outbox).run()

        assert (report, outbox.looks, mail.messages) == (Report(), 3, [])
        assert time.monotonic() - began < 30

    def test_a_sender_that_is_too_slow_leaves_the_entry_to_the_one_that_took_it_over(self, service, mail):
        [id] = put(service)

        def take_over():
            [lease] = service.outbox.leases()
            service.outbox.release(id, lease.token, now_ms())
            service.outbox.lease("new", now_ms(), 60)

        mail.misbehave("END", take_over, times=1)
        slow = sender(service, mail.url, lease_seconds=60)
        slow._delivery.send_next(lambda: time.monotonic() + 60)
        slow._delivery.transport.close()

        assert (entry(service, id).state, service.outbox.leases()[0].token) == ("PENDING", "new")


class TestMovedClocks:
    @pytest.mark.parametrize("shift", [YEAR_MS, -YEAR_MS, HOUR_MS, -HOUR_MS])
    def test_a_clock_that_jumps_at_every_step_loses_and_doubles_nothing(self, service, mail, clock, shift):
        ids = put(service, 5)
        shifts = itertools.cycle([shift, 0])

        def jump():
            clock.ms = next(shifts)

        for step in ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "END"):
            mail.misbehave(step, jump)

        assert sender(service, mail.url, clock=clock).run() == Report(sent=5)
        assert sorted(each.id for each in mail.messages) == sorted(ids)

    @pytest.mark.parametrize("shift", [YEAR_MS, -YEAR_MS])
    def test_a_clock_that_jumps_gives_up_no_email_at_its_first_failure(self, service, mail, clock, shift):
        [id] = put(service)
        clock.ms = shift
        mail.misbehave("RCPT", "450 later", times=1)

        assert sender(service, mail.url, clock=clock).run() == Report(postponed=1)
        assert entry(service, id).state == "PENDING"

    def test_a_postponed_email_is_tried_at_once_when_the_clock_is_put_back(self, service, mail, clock):
        put(service)
        clock.ms = YEAR_MS
        mail.misbehave("RCPT", "450 later", times=1)
        one = sender(service, mail.url, clock=clock)
        assert one.run() == Report(postponed=1)

        clock.ms = 0

        assert one.run() == Report(sent=1)

    def test_an_email_is_given_up_after_a_day_with_its_last_error(self, service, mail, clock):
        [id] = put(service)
        mail.misbehave("RCPT", "450 4.2.1 mailbox is full")
        one = sender(service, mail.url, clock=clock)
        began, tried = now_ms(), 0
        while entry(service, id).state == "PENDING":
            clock.ms = max(clock.ms, entry(service, id).due_at - now_ms() + 1)
            one.run()
            tried += 1

        found = entry(service, id)
        assert (found.state, found.attempts) == ("DEAD", tried)
        assert found.last_error == "RCPT TO: 450 4.2.1 mailbox is full"
        assert 24 * HOUR_MS <= found.finished_at - began < 26 * HOUR_MS
        assert 25 < tried < 45

    def test_a_dead_letter_that_is_tried_again_has_the_same_message_id(self, service, mail):
        [id] = put(service)
        mail.misbehave("END", "554 no", times=1)
        sender(service, mail.url).run()
        service.outbox.retry(id, now_ms())

        assert sender(service, mail.url).run() == Report(sent=1)
        assert [each.id for each in mail.messages] == [id]


def test_a_run_does_not_wait_for_ever_to_write_an_outcome_down(service, mail):
    class Lost(Outbox):
        def finish(self, *arguments):
            raise Unavailable("gone")

    put(service)

    with pytest.raises(Unavailable):
        sender(service, mail.url, outbox=Lost(service.database), lease_seconds=1).run()
    assert len(service.outbox.leases()) == 1


@pytest.mark.parametrize("late", [1, 2])
def test_a_sender_that_waited_too_long_for_the_database_sends_nothing(service, mail, late):
    class Slow(Outbox):
        leased = 0

        def lease(self, *arguments):
            found = super().lease(*arguments)
            self.leased += found is not None
            time.sleep(1.7 if found is not None and self.leased == late else 0)
            return found

    ids = put(service, 2)

    report = sender(service, mail.url, outbox=Slow(service.database), timeout=1.5).run()

    assert report == Report(sent=1, postponed=1)
    assert [each.id for each in mail.messages] == [ids[2 - late]]
    assert "no end after 1.5 seconds" in entry(service, ids[late - 1]).last_error
