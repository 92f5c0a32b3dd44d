"""Keys by which numbers and texts in custom data are ordered."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormpath.server.storage.custom_values import number_key, order_key

#: Close to each other, and far apart; with zeros at both ends.
NUMBERS = st.builds(
    lambda whole, power: Decimal(f"{whole}e{power}"),
    st.integers(-1100, 1100) | st.integers(-(10**40), 10**40),
    st.sampled_from([0, -1, 1, -3, 3, -400, 398]),
)


@given(NUMBERS, NUMBERS)
def test_keys_are_in_the_order_of_their_numbers(one: Decimal, other: Decimal):
    key, other_key = number_key(one).encode(), number_key(other).encode()

    assert (key < other_key) == (Fraction(one) < Fraction(other))
    assert (key == other_key) == (Fraction(one) == Fraction(other))


@pytest.mark.parametrize("text", ["1.10", "11e-1", "110E-2", "1.1000"])
def test_a_number_has_one_key_however_it_is_written(text: str):
    assert number_key(Decimal(text)) == number_key(Decimal("1.1"))


@pytest.mark.parametrize("text", ["0", "-0", "0.00", "0e5", "-0E-7"])
def test_zero_has_one_key(text: str):
    assert number_key(Decimal(text)) == number_key(0)


def test_of_a_list_the_lowest_value_counts():
    assert order_key('[["b",2,"a"],null]') == order_key("[2.0,null]")
    assert order_key('[["B",null,{}],null]') == order_key('["b",null]')


@pytest.mark.parametrize("found", ["[null,null]", "[[],null]", "[{},null]", "[[null,[1]],null]"])
def test_nothing_has_no_key(found: str):
    assert order_key(found) is None


def test_a_text_is_ordered_by_its_beginning():
    assert order_key(f'["{"a" * 5_000_000}",null]') == order_key(f'["{"A" * 255}",null]')
