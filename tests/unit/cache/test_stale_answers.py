"""Which answers came too late to be kept."""

from stormpath.cache.stale_answers import InvalidationLog


class TestAReader:
    def test_is_not_concerned_by_what_was_forgotten_before(self) -> None:
        invalidations = InvalidationLog()
        invalidations.record("a")

        ticket = invalidations.ticket()

        assert invalidations.is_unchanged_since(ticket)
        assert not invalidations.has_invalidated(ticket, ["a"])

    def test_is_overtaken_in_what_was_forgotten_since_and_in_nothing_else(self) -> None:
        invalidations = InvalidationLog()
        ticket = invalidations.ticket()

        invalidations.record("a")

        assert not invalidations.is_unchanged_since(ticket)
        assert invalidations.has_invalidated(ticket, ["b", "a"])
        assert not invalidations.has_invalidated(ticket, ["b"])


class TestAWriter:
    def test_is_not_overtaken_by_itself(self) -> None:
        invalidations = InvalidationLog()
        mine = invalidations.ticket()

        invalidations.record("a", mine)
        invalidations.record("a", mine)

        assert not invalidations.has_invalidated(mine, ["a"])

    def test_overtakes_everybody_who_began_before_it_ended(self) -> None:
        invalidations = InvalidationLog()
        mine = invalidations.ticket()
        invalidations.record("a", mine)
        reader = invalidations.ticket()

        invalidations.record("a", mine)

        assert invalidations.has_invalidated(reader, ["a"])

    def test_two_at_once_overtake_each_other(self) -> None:
        invalidations = InvalidationLog()
        mine, theirs = invalidations.ticket(), invalidations.ticket()
        for each in (mine, theirs, mine, theirs):
            invalidations.record("a", each)

        assert invalidations.has_invalidated(mine, ["a"])
        assert invalidations.has_invalidated(theirs, ["a"])

    def test_is_overtaken_by_one_that_began_and_ended_meanwhile(self) -> None:
        invalidations = InvalidationLog()
        mine = invalidations.ticket()
        invalidations.record("a", mine)
        theirs = invalidations.ticket()
        invalidations.record("a", theirs)
        invalidations.record("a", theirs)

        invalidations.record("a", mine)

        assert invalidations.has_invalidated(mine, ["a"])

    def test_is_not_overtaken_by_one_that_ended_before(self) -> None:
        invalidations = InvalidationLog()
        theirs = invalidations.ticket()
        invalidations.record("a", theirs)
        invalidations.record("a", theirs)
        mine = invalidations.ticket()

        invalidations.record("a", mine)

        assert not invalidations.has_invalidated(mine, ["a"])

    def test_is_overtaken_by_nobody_in_particular(self) -> None:
        invalidations = InvalidationLog()
        mine = invalidations.ticket()
        invalidations.record("a", mine)
        invalidations.record("a")

        invalidations.record("a", mine)

        assert invalidations.has_invalidated(mine, ["a"])


class TestMemory:
    def test_is_bounded(self) -> None:
        invalidations = InvalidationLog()
        ticket = invalidations.ticket()

        for n in range(3 * InvalidationLog.MAX_NAMES):
            invalidations.record(f"a{n}", invalidations.ticket())

        assert len(invalidations._invalidated) == InvalidationLog.MAX_NAMES
        assert invalidations.has_invalidated(ticket, ["b"]), "nobody knows any more"

    def test_forgetting_the_same_again_and_again_pushes_nothing_out(self) -> None:
        invalidations = InvalidationLog()
        ticket = invalidations.ticket()

        for _ in range(3 * InvalidationLog.MAX_NAMES):
            invalidations.record("a")

        assert not invalidations.has_invalidated(ticket, ["b"])

    def test_a_request_that_began_after_what_was_dropped_is_judged_as_ever(self) -> None:
        invalidations = InvalidationLog()
        for n in range(2 * InvalidationLog.MAX_NAMES):
            invalidations.record(f"a{n}")
        ticket = invalidations.ticket()
        invalidations.record("c")

        assert not invalidations.has_invalidated(ticket, ["b", "a0"])
        assert invalidations.has_invalidated(ticket, ["c"])
