"""JSON of callers: numbers keep their digits."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormpath.server.schema import json_text
from stormpath.server.schema.json_text import LongFloat

DIGITS = st.text("0123456789", min_size=1, max_size=40)


@given(
    sign=st.sampled_from(["", "-"]),
    whole=st.integers(0, 10**30),
    fraction=st.just("") | DIGITS.map(".{}".format),
    exponent=st.just("") | st.integers(-320, 270).map("e{}".format) | st.just("E+5"),
)
def test_a_number_is_written_with_the_value_it_was_read_with(
    sign: str, whole: int, fraction: str, exponent: str
):
    text = f"{sign}{whole}{fraction}{exponent}"
    try:
        number = json_text.decode(text.encode())
    except ValueError:
        assert float(text) == 0
        return

    assert Decimal(json_text.encode(number).decode()) == Decimal(text)
    assert float(number) == float(text)


@pytest.mark.parametrize("text", ["0.1", "1.5", "1e5", "1.10", "0.3333333333333333", "1e308", "5e-324"])
def test_a_number_that_a_float_holds_is_a_plain_float(text: str):
    assert type(json_text.decode(text.encode())) is float


@pytest.mark.parametrize("text", ["0.1000000000000000055", "4e-324", "123456789012345678.5"])
def test_other_numbers_keep_their_text(text: str):
    number = json_text.decode(text.encode())

    assert type(number) is LongFloat
    assert number == float(text)
    assert json_text.encode({"a": [number]}) == f'{{"a":[{text}]}}'.encode()


@pytest.mark.parametrize("text", ["1e309", "-1e400", "1e-400", "0.001e-330", "1e999999999", "1e-999999999"])
def test_a_number_out_of_the_range_of_floats_is_an_error(text: str):
    with pytest.raises(ValueError, match="out of range"):
        json_text.decode(text.encode())


@pytest.mark.parametrize("text", ["0", "-0.0", "0e999999999", "0.000e-999999999", "-0E5"])
def test_zero_is_zero_with_any_exponent(text: str):
    assert json_text.decode(text.encode()) == 0


def test_only_json_is_encoded():
    with pytest.raises(TypeError, match="object"):
        json_text.encode({"a": object()})
