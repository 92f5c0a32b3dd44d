"""Search parameters as filters."""

from decimal import Decimal
from typing import Any

import pytest

from stormpath.server.resources import RULES
from stormpath.server.rest.search import MAX_TEXT, parse_filter
from stormpath.server.schema import Collection
from stormpath.server.schema.errors import ApiError
from stormpath.server.schema.query import AnyContains, Between, CustomBetween, CustomMatch, Match, MatchKind

ACCOUNT, DIRECTORY = RULES["account"].resource, RULES["directory"].resource
COLLECTIONS = {each.name: each for each in DIRECTORY.own if isinstance(each, Collection)}


def of_accounts(name: str, value: str) -> Any:
    return parse_filter(name, value, ACCOUNT, COLLECTIONS["accounts"])


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("Ada", "equals", "ada"),
        ("*Ada", "ends", "ada"),
        ("Ada*", "starts", "ada"),
        ("*Ada*", "contains", "ada"),
        ("A*a", "equals", "a*a"),
        ("**Ada", "ends", "*ada"),
        ("*", "present", ""),
        ("**", "present", ""),
        ("***", "contains", "*"),
        ("Straße*", "starts", "strasse"),
    ],
)
def test_asterisks_at_the_ends_are_wildcards(value: str, kind: MatchKind, text: str):
    assert of_accounts("givenName", value) == Match("given_name_key", kind, text)
    assert of_accounts("customData.a.b", value) == CustomMatch(("a", "b"), kind, text)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("12345678901234567890123", 12345678901234567890123),
        ("1.10", Decimal("1.1")),
        ("-11E-1", Decimal("-1.1")),
        ("0.1000000000000000055", Decimal("0.1000000000000000055")),
        ("+5", 5),
        *(
            (each, None)
            for each in ("1e1000", "1_0", "\u0661", "", "nan", "Infinity", ".5", "1.", "*1", "1*")
        ),
    ],
)
def test_a_text_in_custom_data_is_compared_as_a_number_too_if_it_is_one(value: str, number: Decimal | None):
    found = of_accounts("customData.a", value)

    assert isinstance(found, CustomMatch)
    assert found.number == number


def test_q_searches_every_searchable_text():
    columns = ("username_key", "email_key", "given_name_key", "middle_name_key", "surname_key")

    assert of_accounts("q", "*Ada") == AnyContains(columns, ("*ada",), joined=("full_name_key",))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("Joe Doe", ("joe", "doe")),
        (" Joe\u3000 DOE  joe\n", ("joe", "doe")),
        ("Joe", ("joe",)),
        (" ", (" ",)),
        ("", ("",)),
        ("1 2 3 4 5 6 7 8", ("1", "2", "3", "4", "5", "6", "7", "8")),
        ("1 2 3 4 5 6 7 8  9 ", ("1", "2", "3", "4", "5", "6", "7", "8  9")),
    ],
)
def test_q_looks_for_each_word(value: str, words: tuple[str, ...]):
    found = of_accounts("q", value)

    assert isinstance(found, AnyContains)
    assert found.words == words


def test_a_status_is_compared_as_a_whole_word_in_any_letter_case():
    assert of_accounts("status", "enabled") == Match("status", "equals", "ENABLED")


def test_a_date_is_searched_as_the_range_of_its_period():
    assert of_accounts("createdAt", "1970") == Between("created_at", 0, 31_536_000_000, True, False)
    assert of_accounts("createdAt", "(1970,]") == Between("created_at", 0, None, False, True)


@pytest.mark.parametrize(
    ("value", "numbers", "instants"),
    [
        ("[1,2.5)", Between("", 1, Decimal("2.5"), True, False), None),
        ("(,5]", Between("", None, 5, False, True), None),
        ("[1970,1971]", Between("", 1970, 1971), Between("", 0, 63_072_000_000, True, False)),
        ("[1970,1971)", Between("", 1970, 1971, True, False), Between("", 0, 31_536_000_000, True, False)),
        ("[1970]", Between("", 1970, 1970), Between("", 0, 31_536_000_000, True, False)),
        ("[1970-01]", None, Between("", 0, 2_678_400_000, True, False)),
        ("[9007199254740993,]", Between("", 9007199254740993, None), None),
        ("[0.1,1e400]", Between("", Decimal("0.1"), Decimal("1e400")), None),
    ],
)
def test_a_range_of_custom_data_is_read_as_numbers_and_as_dates(
    value: str, numbers: Between | None, instants: Between | None
):
    assert of_accounts("customData.a", value) == CustomBetween(("a",), numbers, instants)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("bogus", "x", 2105),
        ("password", "x", 2105),
        ("status", "ENA*", 2103),
        ("createdAt", "yesterday", 2103),
        ("createdAt", "[2015,2014]", 2108),
        ("customData.", "x", 2100),
        ("customData.a..b", "x", 2100),
        ("customData.a", "[x,y]", 2103),
        ("customData.a", "[2,1]", 2108),
        ("givenName", "x" * (MAX_TEXT + 1), 2103),
    ],
)
def test_a_filter_that_cannot_be_read_is_an_error(name: str, value: str, code: int):
    with pytest.raises(ApiError) as caught:
        of_accounts(name, value)

    assert caught.value.code == code


def test_custom_data_is_searched_only_where_the_collection_says_so():
    assert parse_filter("customData.a", "x", RULES["group"].resource, COLLECTIONS["groups"])

    with pytest.raises(ApiError) as caught:
        parse_filter("customData.a", "x", RULES["application"].resource, COLLECTIONS["applications"])

    assert caught.value.code == 2105
