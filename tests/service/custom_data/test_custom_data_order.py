"""The order by a key of custom data: one of all values, the same on both databases and on every page."""

import base64
import json
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service import bulk_accounts
from service.calls import Api, Json, path_of
from stormpath.server.app import Service
from stormpath.server.schema.query import MAX_QUERY, fold

pytestmark = pytest.mark.both_databases

MISSING = object()

VALUES: list[Any] = [
    *(9, 10, 100, -1, -10, -1.5, 0, 0.5, 1.5, 2**64, 2**64 + 1, -(2**64), 1e300, 5e-324, 1e-7, 10.0),
    *(
        "ΟΔΥΣΣΕΑΣ",
        "οδυσσεας",
        "ΟΔΥΣ",
        "ΣΥΡΟΣ",
        "Zürich",
        "zu",
        "Äpfel",
        "apfel",
        "STRASSE",
        "straße",
        "strasst",
    ),
    *("", "10", "9", "日本", "\U0001f600", "\uffee", "a" * 300, "a" * 300 + "b", "true", True, False, None),
    *([], {}, [3, "a"], ["b", None, 10], [[1]], [{"a": 1}], ["z", "C"], [True], MISSING, MISSING),
]


def rank(value: Any) -> tuple[Any, ...]:
    """The rule: numbers by value, then texts by their folded bytes, then nothing; of an array the first."""
    return min((one_rank(each) for each in (value if isinstance(value, list) else [value])), default=(2,))


def one_rank(value: Any) -> tuple[Any, ...]:
    if isinstance(value, bool):
        return 1, json.dumps(value).encode()
    if isinstance(value, int | float):
        return 0, value
    return (1, fold(value[:255]).encode()) if isinstance(value, str) else (2,)


def expected(values: list[Any], *, descending: bool) -> list[int]:
    """Return the places of the values in their order; equal ones are in the order of creation either way."""
    ranks = [rank(each) for each in values]
    places = {each: place for place, each in enumerate(sorted(set(ranks), reverse=descending))}
    return sorted(range(len(values)), key=lambda index: places[ranks[index]])


def stored(service: Service, api: Api, values: list[Any], name: str = "People") -> Json:
    directory = api.directory(name)
    documents = [None if each is MISSING else json.dumps({"v": each}, ensure_ascii=False) for each in values]
    bulk_accounts.add(service, api, directory, documents)
    return directory


def indexes(items: list[Json]) -> list[int]:
    return [int(each["username"][1:]) for each in items]


def test_all_kinds_of_values_have_one_order_and_pages_follow_it(service: Service, api: Api):
    accounts = path_of(stored(service, api, VALUES), "accounts")

    for direction in ("asc", "desc"):
        order = expected(VALUES, descending=direction == "desc")
        for limit in (100, 7):
            found = api.every(accounts, orderBy=f"customData.v {direction}", limit=limit)
            assert indexes(found) == order


def test_the_order_goes_on_with_the_next_statement_among_equals(api: Api):
    people = [(1, "b"), (1.0, "a"), ("x", "b"), ("X", "a"), (None, "b"), (None, "a"), (0, "c")]
    directory = api.directory()
    for index, (first, second) in enumerate(people):
        api.account(directory, f"u{index}", givenName=second, customData={"v": first, "w": second})

    for second in ("customData.w", "givenName"):
        accounts = api.every(path_of(directory, "accounts"), orderBy=f"customData.v,{second}", limit=3)
        assert indexes(accounts) == [6, 1, 0, 3, 2, 5, 4]
        accounts = api.every(
            path_of(directory, "accounts"), orderBy=f"{second} desc,customData.v desc", limit=3
        )
        assert indexes(accounts) == [6, 4, 2, 0, 5, 3, 1]


def test_an_account_that_comes_or_goes_moves_no_other_to_another_page(service: Service, api: Api):
    directory = stored(service, api, [1, 2, "a", "b", 3, None])
    first = api.get(path_of(directory, "accounts"), orderBy="customData.v", limit=2).ok

    api.delete(first["items"][0]["href"])
    api.account(directory, "u9", customData={"v": 0})

    following = api.get(first["next"]["href"]).ok
    assert indexes(following["items"]) == [4, 2]
    assert indexes(api.every(following["next"]["href"])) == [3, 5]


def test_an_altered_cursor_is_an_error_or_another_part_of_the_list(service: Service, api: Api):
    accounts = path_of(stored(service, api, [1, "a", None]), "accounts")
    page = api.get(accounts, orderBy="customData.v", limit=1).ok
    (cursor,) = parse_qs(urlsplit(page["next"]["href"]).query)["cursor"]
    offset, size, id, after, order = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    assert after == ["2500011"]

    for value, indexes_found in (
        ("2", [0, 1, 2]),
        ("3", [1, 2]),
        ("\U0010ffff", [2]),
        (None, [2]),
        ("'\"%", [0, 1, 2]),
    ):
        found = api.get(accounts, orderBy="customData.v", cursor=encoded([offset, size, id, [value], order]))
        assert indexes(found.items) == indexes_found
    others: list[Any] = ["a\u0000", 7, 1.5, True, [], {}]
    for other in others:
        found = api.get(accounts, orderBy="customData.v", cursor=encoded([offset, size, id, [other], order]))
        assert found.error == (400, 2103)


def encoded(state: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(state).encode()).decode().rstrip("=")


def test_a_next_link_in_the_order_of_the_longest_values_is_short_enough(api: Api):
    directory = api.directory()
    longest = {"a": "\u1fb7" * 300, "b": "\U0001d49c" * 300, "c": int("9" * 399), "d": "0." + "9" * 399}
    for index in range(2):
        api.account(directory, f"u{index}", customData=longest)
    order = ",".join(f"customData.{each}" for each in "abcdabab")

    page = api.get(path_of(directory, "accounts"), orderBy=order, limit=1).ok

    assert len(page["next"]["href"]) < MAX_QUERY
    assert indexes(api.get(page["next"]["href"]).items) == [1]


def test_a_combined_list_has_the_same_order(api: Api):
    application = api.application()
    for number, name in enumerate(("One", "Two")):
        directory = api.directory(name)
        api.mapping(application, directory)
        for index, value in enumerate([10, "b", 9, None, "A"]):
            api.account(directory, f"u{2 * index + number}", customData={"v": value})

    found = api.every(path_of(application, "accounts"), orderBy="customData.v", limit=3)

    assert indexes(found) == [4, 5, 0, 1, 8, 9, 2, 3, 6, 7]


SCALARS = (
    st.integers(-(2**70), 2**70)
    | st.integers(-20, 20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs", "Cn"]), max_size=5)
    | st.sampled_from([None, True, False, "1", "a", "A", "\u0345"])
)


@pytest.mark.sampled
def test_pages_together_are_the_sorted_whole(service: Service, api: Api, examples_of):
    numbers = count()

    @settings(max_examples=examples_of(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(SCALARS | st.lists(SCALARS, max_size=3), min_size=2, max_size=12), st.booleans())
    def check(values: list[Any], descending: bool) -> None:
        directory = stored(service, api, values, f"Directory {next(numbers)}")
        order = f"customData.v{' desc' if descending else ''}"
        found = api.every(path_of(directory, "accounts"), orderBy=order, limit=3)
        assert indexes(found) == expected(values, descending=descending)

    check()
