"""The strength of a new password (rest-core 5.13, 6.10)."""

import string

import pytest

from stormpath.server.resources.accounts.new_password import SYMBOLS, check_strength
from stormpath.server.schema.errors import ApiError, Code

NOTHING = {
    "min_length": 1,
    "max_length": 255,
    "min_lower_case": 0,
    "min_upper_case": 0,
    "min_numeric": 0,
    "min_symbol": 0,
    "min_diacritic": 0,
}


def error_code(password: str, **strength: int) -> Code | None:
    try:
        check_strength(password, {**NOTHING, **strength})
    except ApiError as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("column", "members", "others"),
    [
        ("min_lower_case", string.ascii_lowercase, "Aäß1 "),
        ("min_upper_case", string.ascii_uppercase, "aÄ1 "),
        ("min_numeric", string.digits, "a\u0661\u00b2"),
        (
            "min_symbol",
            " " + string.punctuation + "\u00a1\u00a6\u00a7\u00a9\u00ab\u00ac\u00ae\u00b1\u00b5\u00b6\u00b7"
            "\u00bb\u00bd\u00bf\u00d7\u00f7",
            "a1\u00a0\u00a2\u00c0\t",
        ),
        ("min_diacritic", "\u00c0\u00d6\u00d8\u00f6\u00f8\u00ff", "\u00d7\u00f7\u0100\u00bfe"),
    ],
)
def test_each_class_has_the_documented_characters(column: str, members: str, others: str):
    strength = {column: 1}
    assert [each for each in members if error_code(each, **strength) is not None] == []
    assert [each for each in others if error_code(each, **strength) != Code.BAD_REQUEST] == []


def test_there_are_33_signs_of_ascii_and_16_of_latin_1():
    assert len(SYMBOLS) == 33 + 16


def test_lengths_are_counted_in_characters_and_come_first():
    assert error_code("ää", min_length=3, min_numeric=1) == Code.TOO_SHORT
    assert error_code("ääää", max_length=3, min_numeric=1) == Code.TOO_LONG
    assert error_code("äää", min_length=3, max_length=3) is None


def test_a_class_of_characters_may_be_required_more_than_once():
    assert error_code("a1", min_numeric=2) == Code.BAD_REQUEST
    assert error_code("a12", min_numeric=2) is None
