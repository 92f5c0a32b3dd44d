"""The outbox as senders and operators use it: leases on entries, and the outcomes of sending."""

from __future__ import annotations

import threading

import pytest

from service.outbox_service import opened, service
from service.tenant_setup import new_tenant
from stormpath.server.app import now_ms
from stormpath.server.domain.leases import Lease
from stormpath.server.domain.outbox import LONGEST_DELAY_MS
from support.mail import entry, put

pytestmark = pytest.mark.both_databases

__all__ = ["opened", "service"]

HOUR_MS = 60 * 60 * 1000


@pytest.fixture
def outbox(service):
    return service.outbox


def take(outbox, token="mine", now=None):
    """Lease an entry; return its id."""
    found = outbox.lease(token, now_ms() if now is None else now, 60)
    return None if found is None else found.id


class TestLeasing:
    def test_each_entry_is_leased_once(self, service, outbox):
        ids = put(service, 2)

        assert [take(outbox, "one"), take(outbox, "two"), take(outbox, "three")] == [*ids, None]
        assert set(outbox.leases()) == {Lease(ids[0], "one", 60), Lease(ids[1], "two", 60)}

    def test_senders_that_lease_at_once_get_different_entries(self, service, outbox):
        ids = put(service, 24)
        got = []

        def work(number):
            while (id := take(outbox, f"{number}-{len(got)}")) is not None:
                got.append(id)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

        assert sorted(got) == sorted(ids)

    def test_a_leased_entry_has_what_is_needed_to_send(self, service, outbox):
        [id] = put(service, expires_at=5)
        content = outbox.content(id)

        found = outbox.lease("mine", now_ms(), 60)

        assert (found.id, found.lease_token, found.content, found.attempts) == (id, "mine", content, 1)
        assert (found.created_at, found.expires_at) == (entry(service, id).created_at, 5)

    def test_new_entries_come_before_those_that_failed(self, service, outbox):
        [failed] = put(service)
        outbox.lease("mine", now_ms(), 60)
        outbox.postpone(failed, "mine", "no", now_ms() - HOUR_MS)
        [new] = put(service)

        assert [take(outbox), take(outbox, "other")] == [new, failed]

    def test_entries_of_every_tenant_are_leased(self, service, outbox):
        api = new_tenant(service)
        directory = api.post("/directories", {"name": "Crew"}).made
        policy = directory["accountCreationPolicy"]["href"]
        assert api.post(policy, {"welcomeEmailStatus": "ENABLED"}).status == 200
        names = {"givenName": "Leia", "surname": "Organa", "password": "Changeme1!"}
        assert api.post(f"{directory['href']}/accounts", {**names, "email": "leia@example.org"}).made

        assert entry(service, take(outbox)).tenant_id == api.tenant_id


class TestOutcomes:
    def test_a_sent_entry_keeps_no_content(self, service, outbox):
        [id] = put(service)
        take(outbox)

        assert outbox.finish(id, "mine", 77)

        found = entry(service, id)
        assert (found.state, found.finished_at, found.is_leased) == ("SENT", 77, False)
        assert outbox.content(id) is None
        assert outbox.leases() == []

    def test_a_postponed_entry_waits_until_it_is_due(self, service, outbox):
        [id] = put(service)
        now = now_ms()
        take(outbox)

        assert outbox.postpone(id, "mine", "450 later", now + 1000)

        found = entry(service, id)
        assert (found.state, found.due_at, found.last_error) == ("PENDING", now + 1000, "450 later")
        assert outbox.next_due(now) == now + 1000
        assert [take(outbox, now=now + 999), take(outbox, now=now + 1000)] == [None, id]

    def test_a_dead_letter_keeps_its_content_and_is_not_due(self, service, outbox):
        [id] = put(service)
        take(outbox)

        assert outbox.bury(id, "mine", "550 no", 77)

        found = entry(service, id)
        assert (found.state, found.finished_at, found.last_error) == ("DEAD", 77, "550 no")
        assert outbox.content(id) is not None
        assert (take(outbox), outbox.next_due(now_ms())) == (None, None)

    @pytest.mark.parametrize("end", ["finish", "postpone", "bury", "release"])
    def test_nothing_is_written_under_a_lease_that_is_over(self, service, outbox, end):
        [id] = put(service)
        take(outbox, "old")
        outbox.release(id, "old", 0)
        take(outbox, "new")
        before = entry(service, id)
        arguments = {"postpone": ("no", 0), "bury": ("no", 0)}.get(end, (0,))

        assert getattr(outbox, end)(id, "old", *arguments) is False

        assert entry(service, id) == before
        assert outbox.leases() == [Lease(id, "new", 60)]

    def test_a_released_entry_is_due_again_behind_the_new_ones(self, service, outbox):
        [released] = put(service)
        take(outbox, "gone")

        assert outbox.release(released, "gone", now_ms())
        [new] = put(service)

        assert "sender" in entry(service, released).last_error
        assert [take(outbox), take(outbox, "other")] == [new, released]


class TestClocks:
    def test_an_entry_from_a_clock_that_is_ahead_is_due_at_once(self, service, outbox):
        [id] = put(service)
        yesterday = now_ms() - 24 * HOUR_MS

        assert outbox.next_due(yesterday) <= yesterday
        assert take(outbox, now=yesterday) == id

    def test_an_entry_due_later_than_any_delay_is_due_at_once_because_a_clock_was_put_back(
        self, service, outbox
    ):
        [id] = put(service)
        now = now_ms()
        take(outbox)
        outbox.postpone(id, "mine", "no", now + LONGEST_DELAY_MS)

        assert (outbox.next_due(now), take(outbox, now=now)) == (now + LONGEST_DELAY_MS, None)
        assert (outbox.next_due(now - 1), take(outbox, now=now - 1)) == (now - 1, id)

    def test_nothing_is_due_when_nothing_waits(self, outbox):
        assert outbox.next_due(now_ms()) is None


class TestOperators:
    def buried(self, service):
        [id] = put(service)
        take(service.outbox)
        service.outbox.bury(id, "mine", "550 no", now_ms())
        return id

    def test_entries_are_listed_from_the_newest_on_and_by_state(self, service, outbox):
        dead = self.buried(service)
        ids = put(service, 3)

        listed = outbox.entries()
        assert [each.id for each in listed] == [*reversed(ids), dead]
        assert [each.id for each in outbox.entries(limit=2)] == [ids[2], ids[1]]
        assert [each.id for each in outbox.entries(before=ids[1])] == [ids[0], dead]
        assert [each.id for each in outbox.entries("DEAD")] == [dead]
        assert outbox.entries("PENDING", limit=1, before=ids[0]) == []
        assert outbox.counts() == {"PENDING": 3, "SENT": 0, "DEAD": 1}

    def test_an_entry_shows_all_but_its_content(self, service, outbox):
        [id] = put(service, subject="Secret subject")

        found = outbox.entry(id)

        assert (found.kind, found.address, found.state) == ("WELCOME", "leia@example.com", "PENDING")
        assert (found.tenant_id, found.attempts, found.is_leased) == (service.tenant_id, 0, False)
        assert found.due_at == found.created_at
        assert "Secret" not in repr(found)
        assert service.email_of(found).subject == "Secret subject"
        assert outbox.entry("nothing") is None

    def test_a_dead_letter_can_be_tried_again_as_if_it_were_new(self, service, outbox):
        id = self.buried(service)

        assert outbox.retry(id, now_ms())

        found = entry(service, id)
        assert (found.state, found.attempts, found.finished_at) == ("PENDING", 0, None)
        assert take(outbox) == id

    def test_a_postponed_entry_can_be_tried_at_once(self, service, outbox):
        [id] = put(service)
        take(outbox)
        outbox.postpone(id, "mine", "no", now_ms() + HOUR_MS)

        assert outbox.retry(id, now_ms())

        assert take(outbox) == id

    def test_an_entry_that_was_sent_or_is_leased_is_not_tried_again(self, service, outbox):
        sent, in_hand = put(service, 2)
        take(outbox)
        outbox.finish(sent, "mine", 0)
        take(outbox)

        assert [outbox.retry(id, now_ms()) for id in (sent, in_hand, "nothing")] == [False] * 3
        assert outbox.retry_dead(now_ms()) == 0
        assert entry(service, sent).state == "SENT"
        assert entry(service, in_hand).is_leased

    def test_all_dead_letters_can_be_tried_again(self, service, outbox):
        ids = [self.buried(service) for _ in range(3)]

        assert outbox.retry_dead(now_ms()) == 3

        assert {take(outbox, name) for name in "abc"} == set(ids)

    def test_entries_that_were_sent_or_given_up_before_a_time_are_deleted(self, service, outbox):
        sent, dead, recent, waiting = put(service, 4)
        for id, end in ((sent, "finish"), (dead, "bury"), (recent, "finish")):
            assert take(outbox) == id
            words = ("550 no",) if end == "bury" else ()
            assert getattr(outbox, end)(id, "mine", *words, 2000 if id == recent else 1999)

        assert outbox.purge(before=2000) == 2

        assert {each.id for each in outbox.entries()} == {recent, waiting}
        assert outbox.purge(before=2000) == 0
