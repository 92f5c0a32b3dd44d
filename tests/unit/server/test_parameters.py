"""Query strings."""

from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormpath.server.rest.parameters import check_supported, parse
from stormpath.server.schema.errors import ApiError

TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=10)


@given(
    st.dictionaries(TEXT.filter(lambda name: name != "_method"), TEXT, max_size=4),
    st.sampled_from([quote, quote_plus]),
)
def test_what_was_encoded_comes_back(parameters: dict[str, str], encode):
    query = "&".join(
        f"{encode(name, safe='')}={encode(value, safe='')}" for name, value in parameters.items()
    )

    assert parse(query) == parameters


@pytest.mark.parametrize(
    ("query", "code"),
    [("a", 2101), ("a=", 2101), ("a=1&a=1", 2102), ("a=1&%61=2", 2102), ("a=%FF", 2100), ("a=%00", 2100)],
)
def test_faults(query: str, code: int):
    with pytest.raises(ApiError) as refused:
        parse(query)

    assert refused.value.code == code


def test_values_are_decoded_once():
    assert parse("a=%2541") == {"a": "%41"}


def test_only_the_first_equals_sign_separates():
    assert parse("a=b=c") == {"a": "b=c"}


def test_the_method_override_is_no_parameter():
    assert parse("_method=DELETE&a=1") == {"a": "1"}


def test_a_parameter_that_means_nothing_is_refused():
    check_supported({"expand": "x"}, ["expand"])
    with pytest.raises(ApiError) as refused:
        check_supported({"expand": "x", "bogus": "x"}, ["expand"])

    assert refused.value.code == 2105
