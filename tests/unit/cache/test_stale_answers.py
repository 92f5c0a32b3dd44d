"""The invalidation log: the requests whose answers are stale."""

from stormpath.cache.stale_answers import InvalidationLog


class TestReads:
    def test_an_earlier_invalidation_does_not_make_an_answer_stale(self) -> None:
        log = InvalidationLog()
        log.record("a")

        ticket = log.ticket()

        assert log.is_unchanged_since(ticket)
        assert not log.has_invalidated(ticket, ["a"])

    def test_an_answer_is_stale_if_one_of_its_names_was_invalidated_since(self) -> None:
        log = InvalidationLog()
        ticket = log.ticket()

        log.record("a")

        assert not log.is_unchanged_since(ticket)
        assert log.has_invalidated(ticket, ["b", "a"])
        assert not log.has_invalidated(ticket, ["b"])


class TestWrites:
    def test_a_writes_own_invalidations_do_not_make_its_answer_stale(self) -> None:
        log = InvalidationLog()
        mine = log.ticket()

        log.record("a", mine)
        log.record("a", mine)

        assert not log.has_invalidated(mine, ["a"])

    def test_an_answer_is_stale_if_its_request_began_before_a_write_ended(self) -> None:
        log = InvalidationLog()
        mine = log.ticket()
        log.record("a", mine)
        reader = log.ticket()

        log.record("a", mine)

        assert log.has_invalidated(reader, ["a"])

    def test_two_writes_at_once_make_both_answers_stale(self) -> None:
        log = InvalidationLog()
        mine, theirs = log.ticket(), log.ticket()
        for each in (mine, theirs, mine, theirs):
            log.record("a", each)

        assert log.has_invalidated(mine, ["a"])
        assert log.has_invalidated(theirs, ["a"])

    def test_a_write_that_began_and_ended_meanwhile_makes_an_answer_stale(self) -> None:
        log = InvalidationLog()
        mine = log.ticket()
        log.record("a", mine)
        theirs = log.ticket()
        log.record("a", theirs)
        log.record("a", theirs)

        log.record("a", mine)

        assert log.has_invalidated(mine, ["a"])

    def test_a_write_that_ended_before_does_not_make_an_answer_stale(self) -> None:
        log = InvalidationLog()
        theirs = log.ticket()
        log.record("a", theirs)
        log.record("a", theirs)
        mine = log.ticket()

        log.record("a", mine)

        assert not log.has_invalidated(mine, ["a"])

    def test_an_invalidation_without_a_request_makes_an_answer_stale(self) -> None:
        log = InvalidationLog()
        mine = log.ticket()
        log.record("a", mine)
        log.record("a")

        log.record("a", mine)

        assert log.has_invalidated(mine, ["a"])


class TestMemory:
    def test_the_log_keeps_a_bounded_number_of_names(self) -> None:
        log = InvalidationLog()
        ticket = log.ticket()

        for n in range(3 * InvalidationLog.MAX_NAMES):
            log.record(f"a{n}", log.ticket())

        assert len(log._invalidated) == InvalidationLog.MAX_NAMES
        assert log.has_invalidated(ticket, ["b"]), "an evicted name may have been invalidated"

    def test_invalidating_one_name_repeatedly_evicts_no_other(self) -> None:
        log = InvalidationLog()
        ticket = log.ticket()

        for _ in range(3 * InvalidationLog.MAX_NAMES):
            log.record("a")

        assert not log.has_invalidated(ticket, ["b"])

    def test_names_evicted_before_a_request_began_do_not_make_its_answer_stale(self) -> None:
        log = InvalidationLog()
        for n in range(2 * InvalidationLog.MAX_NAMES):
            log.record(f"a{n}")
        ticket = log.ticket()
        log.record("c")

        assert not log.has_invalidated(ticket, ["b", "a0"])
        assert log.has_invalidated(ticket, ["c"])
