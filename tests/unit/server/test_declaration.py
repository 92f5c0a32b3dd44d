"""The vocabulary of declarations, and what holds for all that is declared."""

import pytest

from stormpath.server.resources import RESOURCES
from stormpath.server.schema import (
    Choice,
    Collection,
    Flag,
    Link,
    Number,
    Resource,
    Text,
    TextList,
    Timestamp,
    snake_case,
)
from stormpath.server.schema.errors import ApiError


def code(attribute, value) -> int:
    with pytest.raises(ApiError) as refused:
        attribute.check(value)
    return int(refused.value.code)


@pytest.mark.parametrize(
    ("name", "column"),
    [("name", "name"), ("givenName", "given_name"), ("isDefaultAccountStore", "is_default_account_store")],
)
def test_columns_are_named_after_attributes(name: str, column: str):
    assert snake_case(name) == column


class TestValues:
    def test_a_text(self):
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

    def test_a_choice(self):
        choice = Choice("x", choices=("ON", "OFF"))

        assert choice.check("oFF") == "OFF"
        assert [code(choice, each) for each in (1, "", "O")] == [2004, 2003, 2003]

    def test_a_number(self):
        number = Number("x")

        assert [number.check(each) for each in (1, "-7", " 7 ", "+7")] == [1, -7, 7, 7]
        assert [code(number, each) for each in (True, 1.0, "x", "", "1.0", "\u0667", 2**63)] == [2004] * 6 + [
            2013
        ]

    def test_a_flag(self):
        flag = Flag("x")

        assert [flag.check(each) for each in (True, "TRUE", "false")] == [True, True, False]
        assert [code(flag, each) for each in (1, "yes", "")] == [2004] * 3

    def test_a_list(self):
        texts = TextList("x", max_total=4)

        assert texts.check(["ab", "cd"]) == ["ab", "cd"]
        assert [code(texts, each) for each in ("ab", [1], ["ab", "cde"], ["\x00"])] == [
            2004,
            2004,
            2008,
            2005,
        ]

    @pytest.mark.parametrize("value", ["hunter2", ["hunter2"], {"a": "hunter2"}])
    def test_no_refusal_repeats_a_value_of_the_wrong_type(self, value: object):
        with pytest.raises(ApiError) as refused:
            Number("x").check(value)

        assert "hunter2" not in refused.value.message + refused.value.developer_message


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda each: each.name)
class TestEveryResource:
    def test_names_are_told_apart_without_letter_case(self, resource: Resource):
        assert len(resource.by_folded_name) == len(resource.attributes)

    def test_links_and_collections_lead_to_declared_resources(self, resource: Resource):
        known = {each.name for each in RESOURCES}

        for attribute in resource.own:
            if isinstance(attribute, Link):
                assert set(attribute.to) <= known
            if isinstance(attribute, Collection):
                assert attribute.of in known

    def test_it_and_its_attributes_explain_themselves(self, resource: Resource):
        assert resource.about
        unexplained = [
            each.name
            for each in resource.own
            if isinstance(each, Link)
            and not each.about
            and each.name not in ("application", "account", "group")
        ]
        assert unexplained == []

    def test_columns_have_names_of_their_own(self, resource: Resource):
        columns = [column.name for each in resource.attributes for column in each.columns()]

        assert len(columns) == len(set(columns))

    def test_times_are_searchable_and_sortable(self, resource: Resource):
        for each in resource.attributes:
            if isinstance(each, Timestamp):
                assert each.searchable
                assert each.sortable
