"""The `expand` parameter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormpath.server.resources import RULES
from stormpath.server.rest.expansion import parse_expand
from stormpath.server.schema.errors import ApiError

ACCOUNT = RULES["account"].resource


def asked(text: str | None) -> list[tuple[str, int, int]]:
    return [(each.attribute.name, each.offset, each.limit) for each in parse_expand(text, ACCOUNT)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, []),
        ("groups", [("groups", 0, 25)]),
        ("groups(offset:2)", [("groups", 2, 25)]),
        ("groups(limit:2)", [("groups", 0, 2)]),
        ("groups(limit:2,offset:1)", [("groups", 1, 2)]),
        (" groups ( limit : 200 ) , tenant", [("groups", 0, 100), ("tenant", 0, 25)]),
        ("customData,directory", [("customData", 0, 25), ("directory", 0, 25)]),
        ("groups,groups(limit:2)", [("groups", 0, 2)]),
    ],
)
def test_links_are_named_with_their_windows(text: str | None, expected: list[tuple[str, int, int]]):
    assert asked(text) == expected


@given(st.text("groups(),offset:limit 0123456789-tenant", max_size=30))
def test_any_text_is_an_expansion_or_an_error(text: str):
    try:
        found = asked(text)
    except ApiError as error:
        assert error.code in (2103, 2107)  # noqa: PT017  # Both outcomes are right; the grammar decides which.
    else:
        assert all(offset >= 0 and 1 <= limit <= 100 for _, offset, limit in found)
