"""Runs of a synchronization: how they begin, go on after a kill, and end."""

from typing import Any

import pytest

from service.calls import id_of
from service.clock import HOUR, Clock
from service.clock import clock as clock
from service.clock import shared_service as service
from service.mirrors import CONFIGURATION, Mirror, by_dn, person, team
from stormpath.server.agents import runs
from stormpath.server.schema.errors import ApiError

__all__ = ["clock", "service"]

ADA, JOE, EVE = person("ada"), person("joe"), person("eve")
PEOPLE = [person(f"p{number}") for number in range(60)]


def begun(mirror: Mirror, kind: str = "incremental", **values: Any) -> runs.BegunRun:
    given = {"process": "process-1", "configuration": CONFIGURATION, "kind": kind} | values
    return runs.begin(mirror.context, mirror.agent, **given)


def refused(call: Any, *args: Any, **values: Any) -> int:
    with pytest.raises(ApiError) as raised:
        call(*args, **values)
    return raised.value.code.status


class TestTheKindOfARun:
    def test_without_a_cursor_it_is_full_and_then_it_goes_on_from_the_cursor(self, mirror: Mirror):
        first = begun(mirror)
        assert (first.kind, first.cursor) == ("full", None)
        mirror.end(first.run, cursor={"usn": 7})

        second = begun(mirror)
        assert (second.kind, second.cursor) == ("incremental", {"usn": 7})
        assert second.run > first.run

    def test_another_configuration_makes_it_full_until_one_is_done(self, mirror: Mirror):
        mirror.synchronize([ADA])

        for _ in range(2):
            assert begun(mirror, configuration="other").kind == "full"
        run = begun(mirror, configuration="other").run
        mirror.take(run, accounts=[ADA])
        mirror.end(run)
        assert begun(mirror, configuration="other").kind == "incremental"

    def test_the_agent_and_the_administrator_may_ask_for_a_full_one(self, mirror: Mirror):
        mirror.synchronize([ADA])
        assert begun(mirror, "full").kind == "full"
        mirror.change_state(wants_run=True)
        assert begun(mirror).kind == "incremental"
        mirror.change_state(wants_run=True, wants_full=True, told_at=0)
        run = begun(mirror)
        assert run.kind == "full"
        mirror.end(run.run, is_complete=False)
        assert begun(mirror).kind == "incremental"

    def test_once_a_day_it_is_full(self, mirror: Mirror, clock: Clock):
        mirror.synchronize([ADA])
        clock.moves(23 * HOUR)
        assert begun(mirror).kind == "incremental"
        clock.moves(HOUR)
        assert begun(mirror).kind == "full"

    def test_it_is_full_after_one_that_has_stored_something_and_came_to_no_end(self, mirror: Mirror):
        mirror.synchronize([ADA])
        killed = begun(mirror)
        mirror.take(killed.run, accounts=[JOE])
        assert begun(mirror).kind == "full"

        # Also when that one is killed before it has stored anything.
        last = begun(mirror)
        assert last.kind == "full"
        mirror.take(last.run, accounts=[ADA])
        mirror.end(last.run)
        assert set(mirror.accounts()) == {"ada"}
        assert begun(mirror).kind == "incremental"

    def test_it_is_full_after_one_that_was_killed_in_its_end(self, mirror: Mirror):
        mirror.synchronize([ADA, JOE])
        killed = begun(mirror)
        ending: dict[str, Any] = {"is_complete": False, "cursor": {}, "report": {}}
        mirror.take(killed.run, gone={"account": [JOE["id"]]})
        runs.end(mirror.context, mirror.agent, killed.run, **ending, seconds=0)

        assert begun(mirror).kind == "full"

    def test_it_is_full_after_one_that_was_stopped(self, mirror: Mirror):
        mirror.synchronize(PEOPLE)
        stopped = begun(mirror)
        mirror.take(stopped.run, accounts=[JOE], gone={"account": [each["id"] for each in PEOPLE]})
        assert mirror.end(stopped.run, is_complete=False).stopped

        assert begun(mirror).kind == "full"

    def test_it_stays_incremental_after_one_that_could_not_read_the_server(self, mirror: Mirror):
        mirror.synchronize([ADA])
        for _ in range(2):
            failed = begun(mirror)
            mirror.take(failed.run)

        assert begun(mirror).kind == "incremental"


class TestFencing:
    def test_what_an_earlier_run_sends_changes_nothing(self, mirror: Mirror):
        old = mirror.begin()
        mirror.take(old, accounts=[ADA])
        new = mirror.begin()

        assert refused(mirror.take, old, accounts=[JOE]) == 409
        assert refused(mirror.take, old) == 409
        assert refused(mirror.end, old) == 409
        assert refused(mirror.take, new + 1, accounts=[JOE]) == 409
        assert set(mirror.accounts()) == {"ada"}

    def test_another_process_waits_until_the_first_is_silent_for_two_minutes(
        self, mirror: Mirror, clock: Clock
    ):
        run = mirror.begin()
        clock.moves(100)
        mirror.take(run)
        clock.moves(119)
        assert refused(mirror.begin, process="process-2") == 409
        clock.moves(1)
        assert mirror.begin(process="process-2") == run + 1

    def test_another_process_need_not_wait_for_a_run_that_is_done(self, mirror: Mirror):
        mirror.synchronize([ADA])

        assert mirror.begin(process="process-2")

    def test_a_run_that_is_done_takes_nothing_and_may_be_ended_again(self, mirror: Mirror):
        run = mirror.begin()
        mirror.end(run)

        assert refused(mirror.take, run, accounts=[ADA]) == 409
        assert mirror.end(run).is_done

    def test_a_deleted_agent_has_no_runs(self, mirror: Mirror):
        run = mirror.begin()
        mirror.api.delete(mirror.directory["href"])

        assert refused(mirror.take, run, accounts=[ADA]) == 404
        assert refused(mirror.begin) == 404


class TestAKill:
    def test_at_any_point_is_made_up_by_the_next_run(self, mirror: Mirror):
        def steps(run: int) -> list[Any]:
            people = [ADA, person("joe", email="eve@example.com"), person("eve", email="joe@example.com")]
            chunks = [{"group": "gid-all", "keys": by_dn(ADA), "isFirst": True}]
            return [
                lambda: mirror.take(run, accounts=people),
                lambda: mirror.take(run, groups=[team("all")], members=chunks),
                lambda: mirror.take(run, members=[{"group": "gid-all", "keys": by_dn(EVE), "isLast": True}]),
                *(lambda: runs.end(mirror.context, mirror.agent, run, **ENDING, seconds=0) for _ in range(9)),
            ]

        mirror.synchronize([ADA, JOE, EVE, person("old")], {"all": by_dn(ADA, JOE), "some": by_dn(EVE)})
        before = mirror.accounts()

        for number in range(1, 13):
            run = mirror.begin()
            for each in steps(run)[:number]:
                each()

        mirror.end(run)
        after = mirror.accounts()
        assert {name: each["href"] for name, each in after.items()} == {
            each: before[each]["href"] for each in ("ada", "joe", "eve")
        }
        assert (after["joe"]["email"], after["eve"]["email"]) == ("eve@example.com", "joe@example.com")
        assert mirror.members() == {"all": {"ada", "eve"}}

    def test_each_call_may_be_repeated(self, mirror: Mirror):
        run = mirror.begin()
        body = {
            "accounts": [ADA, JOE],
            "groups": [team("all")],
            "members": [{"group": "gid-all", "keys": by_dn(ADA, JOE), "isFirst": True, "isLast": True}],
        }
        for _ in range(3):
            mirror.take(run, **body)
        mirror.end(run)

        assert mirror.members() == {"all": {"ada", "joe"}}

    def test_an_end_that_has_no_time_does_something_with_each_call(self, mirror: Mirror):
        mirror.synchronize([person(f"p{number}") for number in range(60)], {"a": [], "b": []})
        left = [person(f"p{number}") for number in range(50)]
        run = mirror.begin()
        mirror.take(run, accounts=[*left, person("x", email="P1@example.com")], groups=[team("a")])

        calls = 1
        while not runs.end(mirror.context, mirror.agent, run, **ENDING, seconds=0).is_done:
            calls += 1

        assert calls < 10
        assert len(mirror.accounts()) == 50


ENDING: dict[str, Any] = {"is_complete": True, "cursor": {}, "report": {}}


class TestTheEnd:
    def test_it_tells_when_the_directory_was_last_the_same_as_its_server(self, mirror: Mirror):
        assert mirror.agent_now()["lastSynchronizedAt"] is None

        run = mirror.begin()
        mirror.take(run, accounts=[ADA, person("x", email=None)])
        mirror.end(run, report={"accounts": 2})

        assert mirror.agent_now()["lastSynchronizedAt"] is not None

    def test_only_a_complete_run_deletes_what_it_has_not_seen(self, mirror: Mirror):
        mirror.synchronize([ADA, JOE], {"a": [], "b": []})

        mirror.synchronize([EVE], is_complete=False)
        assert set(mirror.accounts()) == {"ada", "joe", "eve"}
        mirror.synchronize(
            [], is_complete=True, present={"account": ["id-ada", "id-eve"], "group": ["gid-b"]}
        )
        assert set(mirror.accounts()) == {"ada", "eve"}
        assert set(mirror.groups()) == {"b"}

    def test_what_is_gone_is_deleted_unless_it_comes_back_in_the_same_run(self, mirror: Mirror):
        mirror.synchronize([ADA, JOE, EVE])

        run = mirror.begin("incremental")
        mirror.take(run, gone={"account": ["id-ada", "id-joe"]})
        mirror.take(run, accounts=[person("joe", dn="uid=joe,ou=moved")])
        mirror.end(run, is_complete=False)

        assert set(mirror.accounts()) == {"joe", "eve"}

    def test_a_deleted_account_ends_with_all_that_belongs_to_it(self, mirror: Mirror):
        mirror.synchronize([ADA, JOE], {"all": by_dn(ADA, JOE)})
        joe = mirror.accounts()["joe"]
        key = mirror.api.api_key(joe)

        mirror.synchronize([ADA], {"all": by_dn(ADA)})

        assert mirror.api.get(joe["href"]).status == 404
        assert mirror.api.get(key["href"]).status == 404
        # It was there: to delete it once more is no error.
        assert mirror.api.delete(key["href"]).status == 204
        assert mirror.members() == {"all": {"ada"}}

    def test_the_account_that_owns_the_tenant_is_never_deleted(self, mirror: Mirror):
        mirror.synchronize([ADA, JOE])
        joe = mirror.accounts()["joe"]
        with mirror.context.write() as unit:
            unit.update("tenant", unit.tenant_id, {"owner_account_id": id_of(joe)})

        mirror.synchronize([ADA])

        assert set(mirror.accounts()) == {"ada", "joe"}


class TestTheGuard:
    def ended(self, mirror: Mirror, present: list[Any], **body: Any) -> Any:
        run = mirror.begin()
        mirror.take(run, accounts=present, **body)
        return mirror.end(run, cursor={"new": True})

    def test_a_run_that_would_delete_too_much_deletes_nothing(self, mirror: Mirror):
        mirror.synchronize(PEOPLE)
        with mirror.context.write() as unit:
            unit.agents.seen(mirror.agent["id"], "ONLINE", None, mirror.context.now_ms())

        ended = self.ended(mirror, PEOPLE[:47])

        assert ended.is_done
        assert "would delete 13 of 60 accounts" in ended.stopped
        assert len(mirror.accounts()) == 60
        assert mirror.state()["cursor"] != '{"new": true}'
        agent = mirror.agent_now()
        assert (agent["status"], agent["statusReason"]) == ("ERROR", ended.stopped)

    def test_a_fifth_may_go_and_so_may_the_entries_that_came_back(self, mirror: Mirror):
        mirror.synchronize(PEOPLE)
        self.ended(mirror, PEOPLE[:40])

        assert self.ended(mirror, PEOPLE[:48]).stopped is None
        assert len(mirror.accounts()) == 48

    def test_an_administrator_allows_it_once(self, mirror: Mirror):
        mirror.synchronize(PEOPLE)
        assert self.ended(mirror, PEOPLE[:30]).stopped

        mirror.change_state(allows_deletions=True)
        assert self.ended(mirror, PEOPLE[:30]).stopped is None
        assert len(mirror.accounts()) == 30
        assert self.ended(mirror, PEOPLE[:15]).stopped

    def test_a_server_that_comes_back_empty_stops_the_run_of_a_small_directory_too(self, mirror: Mirror):
        mirror.synchronize([ADA, JOE])

        assert "without any account" in self.ended(mirror, []).stopped
        assert len(mirror.accounts()) == 2

    def test_lost_emails_and_single_deletions_count(self, mirror: Mirror):
        mirror.synchronize(PEOPLE)
        without = [each | {"email": None} for each in PEOPLE[:7]]

        ended = self.ended(
            mirror, [*without, *PEOPLE[7:]], gone={"account": [f"id-p{n}" for n in range(20, 26)]}
        )

        assert "would delete 13 of 60" in ended.stopped
        assert len(mirror.accounts()) == 60

    def test_groups_are_guarded_as_well(self, mirror: Mirror):
        run = mirror.begin()
        mirror.take(run, accounts=[ADA], groups=[team(f"g{number}") for number in range(30)])
        mirror.end(run)

        assert "groups" in self.ended(mirror, [ADA], groups=[team("g1")]).stopped
        assert len(mirror.groups()) == 30
