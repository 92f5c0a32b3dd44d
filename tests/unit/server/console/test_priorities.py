"""From typed numbers to an order, and from one order to another by the fewest moves."""

from hypothesis import given
from hypothesis import strategies as st

from stormpath.server.console.views.applications.priorities import moves, ordered

NAMES = "ABCDEFGH"


def order(*typed: int) -> str:
    """Return the order of rows A, B, C... that had the numbers 1, 2, 3... and have these now."""
    numbers = {NAMES[place]: (now, place + 1) for place, now in enumerate(typed)}
    return "".join(ordered(numbers))


def test_a_row_takes_the_place_whose_number_it_is_given():
    assert order(3, 2, 3) == "BCA"
    assert order(1, 2, 1) == "CAB"
    assert order(1, 1, 3) == "BAC"
    assert order(3, 2, 3, 1) == "DBAC"


def test_of_two_rows_for_one_place_the_first_comes_first():
    assert order(1, 2, 1, 1) == "CDAB"


@given(st.permutations(range(1, 9)))
def test_numbers_without_a_gap_are_the_order(typed: list[int]):
    assert order(*typed) == "".join(NAMES[typed.index(each)] for each in range(1, 9))


def test_rows_whose_numbers_stay_keep_their_order():
    assert order(1, 2, 3) == "ABC"
    assert order(9, 2, 3) == "BCA"


def test_one_dragged_row_is_one_move():
    assert [(each.id, each.index) for each in moves("ABCDE", "BCDAE")] == [("A", 3)]
    assert [(each.id, each.index) for each in moves("ABCDE", "EABCD", 50)] == [("E", 50)]


def test_an_order_that_stays_needs_no_move():
    assert moves("ABC", "ABC") == []


@given(st.permutations(NAMES))
def test_the_moves_lead_to_the_order(wanted: list[str]):
    found = list(NAMES)

    for each in moves(NAMES, wanted):
        found.remove(each.id)
        found.insert(each.index, each.id)

    assert found == wanted
