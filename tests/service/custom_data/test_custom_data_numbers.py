"""Numbers in custom data are stored with all their digits, and compared as the numbers they are."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from service import bulk_accounts
from service.calls import Api, Json, path_of
from stormpath.server.app import Service

pytestmark = pytest.mark.both_databases

#: As JSON has them. Many of them are the same float as a neighbour.
NUMBERS = [
    "1234567890123456789",
    "1234567890123456768",
    "1234567890123456700",
    "-1234567890123456789",
    "9007199254740993",
    "9007199254740992",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "12345678901234567890123",
    "12345678901234567890124",
    "1" + "0" * 398,
    "1" + "0" * 397 + "1",
    "0",
    "-0.0",
    "0.1",
    "0.1000000000000000055",
    "0.1000000000000000055511151231257827",
    "1.1",
    "1.1000000000000000001",
    "-1.5",
    "1E5",
    "100000.00000000000000001",
    "1e300",
    "1.7976931348623157e308",
    "5e-324",
    "4e-324",
]

#: Other ways to write them, and what they must not be taken for.
SEARCHED = [
    *NUMBERS,
    "1.10",
    "11e-1",
    "110E-2",
    "+1.1",
    "-0",
    "0e0",
    "0.10",
    "1e-1",
    "1e5",
    "100000",
    "1e398",
    "1e400",
    "1e-400",
    "1e999",
    "9223372036854775807.5",
    "123456789012345678901230e-1",
    "6e-324",
]


OTHERS = ['"1234567890123456789"', '"1.1"', '[1.1,"x"]', "null", "true", "{}"]
LONG_TEXT, TEXT, LIST = (f"u{len(NUMBERS) + index}" for index in range(3))


def posted(api: Api, directory: Json, name: str, value: str) -> None:
    """Create an account whose custom data has exactly this JSON under ``n``."""
    body = (
        f'{{"username":"{name}","email":"{name}@example.com","password":"Changeme1!",'
        f'"customData":{{"n":{value}}}}}'
    )
    answer = api.request(
        "POST",
        path_of(directory, "accounts"),
        body.encode(),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status == 201, answer.raw


@pytest.fixture
def directory(service: Service, api: Api) -> Json:
    directory = api.directory()
    bulk_accounts.add(service, api, directory, [f'{{"n":{each}}}' for each in (*NUMBERS, *OTHERS)])
    return directory


def found(api: Api, directory: Json, value: str) -> set[str]:
    items = api.get(path_of(directory, "accounts"), {"customData.n": value, "limit": 100}).items
    return {each["username"] for each in items}


def expected(low: Decimal | None, high: Decimal | None) -> Iterator[str]:
    for name, value in [*((f"u{index}", each) for index, each in enumerate(NUMBERS)), (LIST, "1.1")]:
        number = Decimal(value)
        if (low is None or low <= number) and (high is None or number <= high):
            yield name


def test_a_number_is_found_by_its_value_however_it_is_written_and_by_no_other_number(
    api: Api, directory: Json
):
    texts = {"1234567890123456789": {LONG_TEXT}, "1.1": {TEXT}}
    for each in SEARCHED:
        number = Decimal(each)
        assert found(api, directory, each) == set(expected(number, number)) | texts.get(each, set()), each


def test_a_range_begins_and_ends_exactly_where_it_says(api: Api, directory: Json):
    for each in SEARCHED[::3]:
        number = Decimal(each)
        assert found(api, directory, f"[{each},]") == set(expected(number, None)), each
        assert found(api, directory, f"(,{each})") == set(expected(None, number)) - set(
            expected(number, number)
        ), each
    assert found(api, directory, "(1234567890123456700,1234567890123456789)") == {"u1"}


def test_a_wildcard_matches_the_digits_of_a_number(api: Api, directory: Json):
    assert found(api, directory, "12345678901234567890*") == {"u12", "u13"}
    assert found(api, directory, "*456789") == {"u0", "u3", LONG_TEXT}
    assert found(api, directory, "100000*") >= {"u14", "u15", "u24", "u25", "u26"}
    assert found(api, directory, "0.1000000000000000055*") == {"u19", "u20"}


def test_a_number_comes_back_with_the_digits_it_was_sent_with(api: Api):
    numbers = [
        *("12345678901234567890123", "0.1000000000000000055", "-1.1000000000000000001", "4e-324"),
        *("123456789.123456789123456789", "1e300", "1.5", "9" * 399, "0." + "3" * 399),
    ]
    href, kind = path_of(api.directory(), "customData"), {"Content-Type": "application/json"}
    sent = f'"a":[{",".join(numbers)}],"b":{{"c":[{{"d":{numbers[1]}}}]}}'

    assert sent in api.request("POST", href, f"{{{sent}}}".encode(), headers=kind).raw.decode()
    assert sent in api.request("POST", href, b'{"other":1}', headers=kind).raw.decode()
    api.delete(f"{href}/other")
    assert sent in api.get(href).raw.decode()


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1e999999999", "1e-400", "1e-999999999"])
def test_a_number_that_no_float_is_near_is_refused(api: Api, number: str):
    href = path_of(api.directory(), "customData")
    answer = api.request(
        "POST", href, f'{{"a":{number}}}'.encode(), headers={"Content-Type": "application/json"}
    )

    assert answer.error == (400, 400)
    assert "out of range" in answer["developerMessage"]
    assert "a" not in api.get(href).ok


@pytest.mark.parametrize("number", ["1e1000", "1e999999999", "-1e-999999999"])
def test_an_exponent_of_a_search_makes_no_huge_number(api: Api, number: str):
    directory = api.directory()
    posted(api, directory, "text", f'"{number}"')
    posted(api, directory, "zero", "0")

    assert found(api, directory, number) == {"text"}
    assert api.get(path_of(directory, "accounts"), {"customData.n": f"[,{number}]"}).error == (400, 2103)
