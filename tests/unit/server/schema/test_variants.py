"""Attributes that only some variants of a resource have."""

from typing import Any

import pytest

from stormpath.server.schema import variants
from stormpath.server.schema.attributes import Number, Text, TextList
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.schema.objects import Object

BIRD, FISH = frozenset({"bird"}), frozenset({"fish"})

ATTRIBUTES = (
    Text("name"),
    Text("wingSpan", only_for=BIRD, required=True),
    TextList("songs", only_for=BIRD),
    Number("depth", only_for=FISH, nullable=True),
    Object("diet", members=(Text("food"), Text("bait", only_for=FISH, required=True))),
)


def checked(variant: str, values: dict[str, Any], *, creating: bool = True) -> dict[str, Any]:
    return variants.check(ATTRIBUTES, variant, values, creating=creating)


def test_attributes_of_the_variant_pass_unchanged() -> None:
    values = {"name": "n", "wing_span": "1 m", "songs": ["a"], "diet": {"food": "seeds"}}

    assert checked("bird", values) == values


@pytest.mark.parametrize(
    ("variant", "values", "named"),
    [
        ("bird", {"wing_span": "1 m", "depth": 5}, "depth"),
        ("fish", {"songs": ["a"]}, "songs"),
        ("bird", {"wing_span": "1 m", "diet": {"bait": "fly"}}, "diet.bait"),
        ("stone", {"wing_span": "1 m"}, "wingSpan"),
    ],
)
def test_the_error_for_an_attribute_of_another_variant_names_it(
    variant: str, values: dict[str, Any], named: str
) -> None:
    with pytest.raises(ApiError) as caught:
        checked(variant, values)

    assert caught.value.code == Code.NOT_SUPPORTED
    assert named in caught.value.message


@pytest.mark.parametrize(
    ("variant", "values", "named"),
    [
        ("bird", {}, "wingSpan"),
        ("bird", {"wing_span": None}, "wingSpan"),
        ("fish", {"diet": {"food": "flies"}}, "diet.bait"),
    ],
)
def test_an_attribute_that_the_variant_requires_must_be_there(
    variant: str, values: dict[str, Any], named: str
) -> None:
    with pytest.raises(ApiError) as caught:
        checked(variant, values)

    assert caught.value.code == Code.REQUIRED
    assert named in caught.value.message


def test_a_change_may_leave_out_a_required_attribute_but_not_clear_it() -> None:
    assert checked("bird", {"name": "n"}, creating=False) == {"name": "n"}
    with pytest.raises(ApiError) as caught:
        checked("bird", {"wing_span": None}, creating=False)

    assert caught.value.code == Code.REQUIRED


def test_nulls_for_attributes_of_another_variant_are_dropped() -> None:
    assert checked("fish", {"name": "n", "wing_span": None, "songs": []}) == {"name": "n"}


def test_null_is_an_error_for_an_attribute_that_is_never_null() -> None:
    with pytest.raises(ApiError) as caught:
        checked("bird", {"songs": None}, creating=False)

    assert caught.value.code == Code.REQUIRED
    assert "songs" in caught.value.message
    assert checked("fish", {"depth": None}, creating=False) == {"depth": None}
    assert checked("fish", {"songs": None}, creating=False) == {}
