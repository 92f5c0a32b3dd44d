"""Paging: windows, orders and cursors."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormpath.server.resources import RULES
from stormpath.server.rest.paging import next_query, parse_query
from stormpath.server.schema import Collection, Resource
from stormpath.server.schema.errors import ApiError
from stormpath.server.schema.query import Cursor, Order, Query

DIRECTORY, APPLICATION = RULES["directory"].resource, RULES["application"].resource
ACCOUNT, MAPPING = RULES["account"].resource, RULES["accountStoreMapping"].resource


def collection(owner: Resource, name: str) -> Collection:
    return next(each for each in owner.own if isinstance(each, Collection) and each.name == name)


def of_accounts(**parameters: str) -> Query:
    return parse_query(parameters, ACCOUNT, collection(DIRECTORY, "accounts"))


def of_mappings(**parameters: str) -> Query:
    return parse_query(parameters, MAPPING, collection(APPLICATION, "accountStoreMappings"))


def test_without_parameters_the_first_page_comes_in_the_default_order():
    assert of_accounts() == Query(order=(), offset=0, limit=25)
    assert of_mappings() == Query(order=(Order("list_index"),), offset=0, limit=25)


def test_a_window_holds_100_items_at_most():
    query = of_accounts(offset="7", limit="100")

    assert (query.offset, query.limit) == (7, 100)
    assert of_accounts(limit="1000").limit == 100


def test_an_order_takes_names_and_directions_in_any_letter_case():
    order = of_accounts(orderBy="GIVENNAME desc,status, createdAt ASC,customData.a.b DESC").order

    assert order == (
        Order("given_name_key", descending=True),
        Order("status"),
        Order("created_at"),
        Order(descending=True, custom_path=("a", "b")),
    )


@given(
    texts=st.none()
    | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20),
    number=st.none() | st.integers(-(2**63) + 1, 2**63 - 1),
    offset=st.integers(0, 2**31 - 1),
)
def test_a_cursor_survives_its_way_through_a_query_string(texts: str | None, number: int | None, offset: int):
    asked = {"orderBy": "surname desc,createdAt", "limit": "5", "offset": "3", "q": "ä&b=c"}
    cursor = Cursor((texts, number), "0351AYJROuQRDr0o8sC4Rv", offset, 17)

    following = dict(parse_qsl(next_query(asked, cursor), strict_parsing=True))

    assert following.keys() == {"orderBy", "limit", "q", "cursor"}
    query = of_accounts(**following)
    assert query.cursor == cursor
    assert (query.limit, query.filters) == (5, of_accounts(q="ä&b=c").filters)


def test_a_cursor_may_hold_flags_and_numbers():
    asked = {"orderBy": "isDefaultAccountStore,listIndex"}
    cursor = Cursor((False, 3), "a", 1, 2)

    assert of_mappings(**dict(parse_qsl(next_query(asked, cursor)))).cursor == cursor


@given(st.text(max_size=60))
def test_any_other_text_as_a_cursor_is_an_error(text: str):
    with pytest.raises(ApiError) as caught:
        of_accounts(cursor=text)

    assert caught.value.code == 2103


def test_a_cursor_is_an_error_with_another_order():
    cursor = Cursor(("x",), "a", 1, 2)
    following = dict(parse_qsl(next_query({"orderBy": "surname"}, cursor)))

    for order in ("surname desc", "email", "createdAt"):
        with pytest.raises(ApiError):
            of_accounts(**(following | {"orderBy": order}))
