"""The values that each kind of attribute accepts."""

import pytest

from stormpath.server.schema import Choice, Flag, Number, Text, TextList, snake_case
from stormpath.server.schema.errors import ApiError


def code(attribute, value) -> int:
    with pytest.raises(ApiError) as caught:
        attribute.check(value)
    return int(caught.value.code)


@pytest.mark.parametrize(
    ("name", "column"),
    [("name", "name"), ("givenName", "given_name"), ("isDefaultAccountStore", "is_default_account_store")],
)
def test_columns_are_named_after_attributes(name: str, column: str):
    assert snake_case(name) == column


class TestValues:
    def test_a_text_is_checked_for_type_length_pattern_and_encoding(self):
        text = Text("x", required=True, min_length=2, max_length=3, pattern="a.*", pattern_hint="a...")

        assert text.check("ab") == "ab"
        assert [code(text, each) for each in (1, " ", "a", "abcd", "ba", "a\x00", "a\ud800")] == [
            2004,
            2000,
            2007,
            2008,
            2006,
            2005,
            2005,
        ]

    def test_a_choice_accepts_its_words_in_any_letter_case(self):
        choice = Choice("x", choices=("ON", "OFF"))

        assert choice.check("oFF") == "OFF"
        assert [code(choice, each) for each in (1, "", "O")] == [2004, 2003, 2003]

    def test_a_number_accepts_whole_numbers_also_as_decimal_strings(self):
        number = Number("x")

        assert [number.check(each) for each in (1, "-7", " 7 ", "+7")] == [1, -7, 7, 7]
        assert [code(number, each) for each in (True, 1.0, "x", "", "1.0", "\u0667", 2**63)] == [2004] * 6 + [
            2013
        ]

    def test_a_flag_accepts_true_and_false_also_as_strings(self):
        flag = Flag("x")

        assert [flag.check(each) for each in (True, "TRUE", "false")] == [True, True, False]
        assert [code(flag, each) for each in (1, "yes", "")] == [2004] * 3

    def test_a_list_holds_strings_up_to_a_total_length(self):
        texts = TextList("x", max_total=4)

        assert texts.check(["ab", "cd"]) == ["ab", "cd"]
        assert [code(texts, each) for each in ("ab", [1], ["ab", "cde"], ["\x00"])] == [
            2004,
            2004,
            2008,
            2005,
        ]

    @pytest.mark.parametrize("value", ["hunter2", ["hunter2"], {"a": "hunter2"}])
    def test_no_error_repeats_a_value_of_the_wrong_type(self, value: object):
        with pytest.raises(ApiError) as caught:
            Number("x").check(value)

        assert "hunter2" not in caught.value.message + caught.value.developer_message
