"""Which answers came too late to be kept."""

from stormpath.cache.overtaken import Overtaken


class TestAReader:
    def test_is_not_concerned_by_what_was_forgotten_before(self) -> None:
        overtaken = Overtaken()
        overtaken.forgotten("a")

        ticket = overtaken.ticket()

        assert overtaken.is_quiet(ticket)
        assert not overtaken.concerns(ticket, ["a"])

    def test_is_overtaken_in_what_was_forgotten_since_and_in_nothing_else(self) -> None:
        overtaken = Overtaken()
        ticket = overtaken.ticket()

        overtaken.forgotten("a")

        assert not overtaken.is_quiet(ticket)
        assert overtaken.concerns(ticket, ["b", "a"])
        assert not overtaken.concerns(ticket, ["b"])


class TestAWriter:
    def test_is_not_overtaken_by_itself(self) -> None:
        overtaken = Overtaken()
        mine = overtaken.ticket()

        overtaken.forgotten("a", mine)
        overtaken.forgotten("a", mine)

        assert not overtaken.concerns(mine, ["a"])

    def test_overtakes_everybody_who_began_before_it_ended(self) -> None:
        overtaken = Overtaken()
        mine = overtaken.ticket()
        overtaken.forgotten("a", mine)
        reader = overtaken.ticket()

        overtaken.forgotten("a", mine)

        assert overtaken.concerns(reader, ["a"])

    def test_two_at_once_overtake_each_other(self) -> None:
        overtaken = Overtaken()
        mine, theirs = overtaken.ticket(), overtaken.ticket()
        for each in (mine, theirs, mine, theirs):
            overtaken.forgotten("a", each)

        assert overtaken.concerns(mine, ["a"])
        assert overtaken.concerns(theirs, ["a"])

    def test_is_overtaken_by_one_that_began_and_ended_meanwhile(self) -> None:
        overtaken = Overtaken()
        mine = overtaken.ticket()
        overtaken.forgotten("a", mine)
        theirs = overtaken.ticket()
        overtaken.forgotten("a", theirs)
        overtaken.forgotten("a", theirs)

        overtaken.forgotten("a", mine)

        assert overtaken.concerns(mine, ["a"])

    def test_is_not_overtaken_by_one_that_ended_before(self) -> None:
        overtaken = Overtaken()
        theirs = overtaken.ticket()
        overtaken.forgotten("a", theirs)
        overtaken.forgotten("a", theirs)
        mine = overtaken.ticket()

        overtaken.forgotten("a", mine)

        assert not overtaken.concerns(mine, ["a"])

    def test_is_overtaken_by_nobody_in_particular(self) -> None:
        overtaken = Overtaken()
        mine = overtaken.ticket()
        overtaken.forgotten("a", mine)
        overtaken.forgotten("a")

        overtaken.forgotten("a", mine)

        assert overtaken.concerns(mine, ["a"])


class TestMemory:
    def test_is_bounded(self) -> None:
        overtaken = Overtaken()
        ticket = overtaken.ticket()

        for n in range(3 * Overtaken.MOST):
            overtaken.forgotten(f"a{n}", overtaken.ticket())

        assert len(overtaken._forgotten) == Overtaken.MOST
        assert overtaken.concerns(ticket, ["b"]), "nobody knows any more"

    def test_forgetting_the_same_again_and_again_pushes_nothing_out(self) -> None:
        overtaken = Overtaken()
        ticket = overtaken.ticket()

        for _ in range(3 * Overtaken.MOST):
            overtaken.forgotten("a")

        assert not overtaken.concerns(ticket, ["b"])

    def test_a_request_that_began_after_what_was_dropped_is_judged_as_ever(self) -> None:
        overtaken = Overtaken()
        for n in range(2 * Overtaken.MOST):
            overtaken.forgotten(f"a{n}")
        ticket = overtaken.ticket()
        overtaken.forgotten("c")

        assert not overtaken.concerns(ticket, ["b", "a0"])
        assert overtaken.concerns(ticket, ["c"])
