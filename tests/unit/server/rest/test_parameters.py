"""Query strings."""

from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormpath.server.rest.parameters import parse
from stormpath.server.schema.errors import ApiError

TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=10)


@given(
    st.dictionaries(TEXT.filter(lambda name: name != "_method"), TEXT, max_size=4),
    st.sampled_from([quote, quote_plus]),
)
def test_encoded_parameters_are_decoded_to_what_they_were(parameters: dict[str, str], encode):
    query = "&".join(
        f"{encode(name, safe='')}={encode(value, safe='')}" for name, value in parameters.items()
    )

    assert parse(query) == parameters


@pytest.mark.parametrize(
    ("query", "code"),
    [("a", 2101), ("a=", 2101), ("a=1&a=1", 2102), ("a=1&%61=2", 2102), ("a=%FF", 2100), ("a=%00", 2100)],
)
def test_a_parameter_without_value_given_twice_or_undecodable_is_an_error(query: str, code: int):
    with pytest.raises(ApiError) as caught:
        parse(query)

    assert caught.value.code == code


def test_values_are_decoded_once():
    assert parse("a=%2541") == {"a": "%41"}


def test_only_the_first_equals_sign_separates():
    assert parse("a=b=c") == {"a": "b=c"}


def test_the_method_override_is_no_parameter():
    assert parse("_method=DELETE&a=1") == {"a": "1"}


@pytest.mark.parametrize(
    "other", ["b", "b=", "b=1&b=2", "b=%FF", "%FF", "%FF=1", "b=%00", "%00=1", "=", "=1&=1", "_method=DELETE"]
)
def test_of_known_parameters_only_no_other_is_looked_at(other: str):
    assert parse(f"{other}&a=1", {"a"}) == parse(f"a=1&{other}", {"a"}) == {"a": "1"}
    assert parse(other, {"a"}) == {}


@pytest.mark.parametrize(
    ("query", "code"),
    [("a&b=1", 2101), ("a=1&b=&%61=2", 2102), ("b&a=%FF", 2100), ("&" * 100, 2100), ("b" * 40_000, 2100)],
)
def test_a_known_parameter_is_checked_and_so_is_the_length(query: str, code: int):
    with pytest.raises(ApiError) as caught:
        parse(query, {"a"})

    assert caught.value.code == code
