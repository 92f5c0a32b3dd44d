"""The numbers of filters, orders and expansions of a list are bounded, so that one request stays cheap."""

import json
import time

import pytest

from service import bulk_accounts
from service.calls import Api, Json, id_of, path_of
from stormpath.server.app import Service
from stormpath.server.rest.expansion import MAX_ITEMS
from stormpath.server.rest.paging import MAX_CUSTOM_FILTERS, MAX_ORDERS
from stormpath.server.rest.search import MAX_KEYS, MAX_PATH
from stormpath.server.schema import ids
from stormpath.server.schema.query import MAX_PARAMETERS, MAX_QUERY
from stormpath.server.storage import custom_index
from support.processor_time import within
from support.statements import statements

ACCOUNTS = 250

#: The most that the worst list takes, as a multiple of one with a single filter, range or order in custom
#: data, and in seconds: each of them reads every document.
MOST_TIMES_ONE = 2 * (MAX_CUSTOM_FILTERS + MAX_ORDERS)
LIMIT = 5.0

DEEP = ".".join(["a"] * MAX_KEYS)


def fill(service: Service, api: Api, directory: Json, number: int) -> None:
    """Store accounts with custom data, which has values at the paths that are searched."""
    account = api.account(
        directory, "ann", givenName="Ann", middleName="B", surname="Brown", customData={"k0": 1}
    )
    content: Json = {
        f"k{index}": [f"value {index}", index, "2015-01-01"] for index in range(MAX_CUSTOM_FILTERS)
    }
    nested: Json = {}
    for _ in range(MAX_KEYS):
        nested = {"a": nested or "x"}
    document = json.dumps(content | nested)
    tables = service.database.tables
    accounts, documents = tables.of["account"], tables.custom_data["account"]
    with service.database.transaction() as connection:
        row = dict(
            connection.execute(accounts.select().where(accounts.c.id == id_of(account))).mappings().one()
        )
        stored = documents.select().where(documents.c.owner_id == id_of(account))
        beside = dict(connection.execute(stored).mappings().one())
        added = []
        for index in range(number):
            name = f"u{index}"
            names = {
                "username": name,
                "username_key": name,
                "email": f"{name}@x.y",
                "email_key": f"{name}@x.y",
            }
            added.append(row | names | {"id": ids.new_id()})
        connection.execute(accounts.insert(), added)
        connection.execute(
            documents.insert(), [beside | {"owner_id": each["id"], "document": document} for each in added]
        )
        for each in added:
            custom_index.keep(connection, tables, "account", each["id"], document)


WORST: dict[str, Json] = {
    "filters in custom data": {
        f"customData.k{index}": f"*alue {index}*" for index in range(MAX_CUSTOM_FILTERS)
    },
    "filters that find nothing": {f"customData.k{index}": "*none*" for index in range(MAX_CUSTOM_FILTERS)},
    "ranges": {f"customData.k{index}": f"[{index},2016]" for index in range(MAX_CUSTOM_FILTERS)},
    "deep filters": {
        f"customData.{DEEP[: len(DEEP) - 2 * index]}": "*" for index in range(MAX_CUSTOM_FILTERS - 1)
    },
    "orders by custom data": {
        "orderBy": ",".join(f"customData.k{index} desc" for index in range(MAX_ORDERS))
    },
    "filters and orders by custom data": {
        "orderBy": ",".join(f"customData.k{index} desc" for index in range(MAX_ORDERS)),
        **{f"customData.k{index}": f"*alue {index}*" for index in range(MAX_CUSTOM_FILTERS)},
        "expand": "customData",
    },
    "every attribute": {
        "q": "u 1 e a n b r o w n",
        **{name: "*e*" for name in ("username", "email")},
        **{name: "*n*" for name in ("givenName", "surname")},
        "middleName": "*b*",
        "status": "ENABLED",
        "createdAt": "[2000,2100]",
        "modifiedAt": "[2000,2100]",
        "passwordModifiedAt": "[2000,2100]",
        "orderBy": "givenName,surname desc,middleName,fullName,status desc,email,username,createdAt",
    },
}


ONE: dict[str, Json] = {
    "filter": {"customData.k0": "*alue 0*"},
    "range": {"customData.k0": "[0,2016]"},
    "order": {"orderBy": "customData.k0 desc"},
}


@pytest.mark.both_databases
def test_the_worst_lists_that_are_allowed_cost_no_more_than_their_filters_and_orders(
    service: Service, api: Api
):
    directory = api.directory()
    fill(service, api, directory, ACCOUNTS)
    path = path_of(directory, "accounts")

    def cost(query: Json) -> float:
        costs = []
        for _ in range(2):
            start = time.perf_counter()
            assert api.get(path, query | {"limit": 100}).ok["limit"] == 100
            costs.append(time.perf_counter() - start)
        return min(costs)

    one = max(cost(query) for query in ONE.values())
    worst = {name: cost(query) for name, query in WORST.items()}

    assert {name: each for name, each in worst.items() if each > one * MOST_TIMES_ONE} == {}
    assert max(worst.values()) < LIMIT


@pytest.mark.both_databases
def test_the_items_of_expanded_collections_are_bounded(service: Service, api: Api):
    directory = api.directory()
    fill(service, api, directory, 100)
    path = path_of(directory, "accounts")
    collections = "groups,groupMemberships,applications,apiKeys,linkedAccounts,accountLinks"

    with statements(service) as sent:
        assert len(api.get(path, {"limit": 100, "expand": collections}).items) == 100
    assert len(sent) < 1500
    within(LIMIT, lambda: api.get(path, {"limit": 100, "expand": collections}))

    for expand, limit in (
        (collections.replace(",", "(limit:100),"), 100),
        ("groups(limit:100),apiKeys(limit:101),accountLinks(limit:1)", 100),
    ):
        answer = api.get(path, {"limit": limit, "expand": expand})
        assert answer.error == (400, 2103)
        assert "20000" in answer["message"]
    assert api.get(path, {"limit": 100, "expand": "groups(limit:100),apiKeys(limit:100)"}).status == 200
    assert api.get(path, {"limit": 10, "expand": collections.replace(",", "(limit:100),")}).status == 200


#: The length of one text, and about that of a list of texts or numbers.
SIZE = 64_000
LISTED = 16_000

#: Values that take long to fold, compose, match or compare, for their length.
HOSTILE: dict[str, Json | str | list[str]] = {
    "combining": "\u0316\u0300" * (SIZE // 2),
    "texts of combining characters": ["a" + "\u0316\u0300" * 127] * (LISTED // 255),
    "foldings": "\u0390" * SIZE,
    "ligatures": "\ufb03" * SIZE,
    "texts of ligatures": ["\ufb03"] * (LISTED // 8),
    "dotted": "\u0130\u03a3" * (SIZE // 2),
    "jamo": "\u1112\u1161\u11ab" * (SIZE // 3),
    "backslashes": "\\" * SIZE,
    "asterisks": "a*" * (SIZE // 2),
    "dates": ["2015-01-01T00:00:00.000000+00:0"] * (LISTED // 32),
}


#: In JSON: Python's own would not write the fractions.
DIGITS = {
    "numbers": f"[{','.join(['9' * 399] * (LISTED // 400))}]",
    "fractions": f"[{','.join(['0.' + '9' * 397] * (LISTED // 400))}]",
}


@pytest.mark.both_databases
def test_a_search_reads_the_worst_values_in_a_time_that_grows_with_their_length(service: Service, api: Api):
    values = DIGITS | {name: json.dumps(each, ensure_ascii=False) for name, each in HOSTILE.items()}
    document = ",".join(f'"{name.replace(" ", "_")}":{value}' for name, value in values.items())
    directory = api.directory()
    bulk_accounts.add(service, api, directory, [f"{{{document}}}"])

    for name in values:
        key = f"customData.{name.replace(' ', '_')}"
        for query in ({key: "*none*"}, {key: f"[{'9' * 400},]"}, {key: "[2016,2017]"}, {"orderBy": key}):
            start = time.perf_counter()
            assert api.get(path_of(directory, "accounts"), query).status == 200
            assert time.perf_counter() - start < LIMIT / 2, (name, query)


def accounts_of(api: Api) -> str:
    return path_of(api.directory(), "accounts")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({f"customData.k{index}": "x" for index in range(MAX_CUSTOM_FILTERS + 1)}, 2100),
        ({f"customData.k{index}": "x" for index in range(MAX_PARAMETERS + 1)}, 2100),
        ({"orderBy": ",".join(["email"] * (MAX_ORDERS + 1))}, 2104),
        ({"orderBy": ",".join(f"customData.k{index}" for index in range(MAX_ORDERS + 1))}, 2104),
        ({"orderBy": "," * 10_000}, 2104),
        ({f"customData.{DEEP}.a": "x"}, 2100),
        ({"orderBy": f"customData.{DEEP}.a"}, 2100),
        ({f"customData.{'a' * MAX_PATH}": "x"}, 2100),
        ({"expand": ",".join(["groups"] * (MAX_ITEMS + 1))}, 2103),
        ({"q": "x" * 2001}, 2103),
        ({"q": "x" * MAX_QUERY}, 2100),
    ],
)
def test_one_more_than_the_bound_is_an_error_that_names_it(api: Api, query: Json, code: int):
    answer = api.get(accounts_of(api), query)

    assert answer.error == (400, code)
    assert any(character.isdigit() for character in answer["message"])


@pytest.mark.parametrize(
    "query",
    [
        {f"customData.k{index}": "x" for index in range(MAX_CUSTOM_FILTERS)},
        {"orderBy": ",".join(["email", "username desc"] * (MAX_ORDERS // 2))},
        {"orderBy": ",".join(f"customData.k{index}" for index in range(MAX_ORDERS))},
        {f"customData.{DEEP}": "x", "orderBy": f"customData.{DEEP}"},
        {"expand": ",".join(["groups", "customData"] * (MAX_ITEMS // 2))},
        {"q": "x" * 2000},
    ],
)
def test_as_many_as_the_bound_are_answered(api: Api, query: Json):
    assert api.get(accounts_of(api), query).ok["items"] == []


def test_a_parameter_can_be_given_once_only(api: Api):
    path = accounts_of(api)

    for query in ("email=a&email=b", "customData.a=1&customData.a=2", "orderBy=email&orderBy=email"):
        assert api.request("GET", path, query=query).error == (400, 2102)


def test_a_page_in_any_order_has_a_next_link_that_is_short_enough(api: Api):
    directory = api.directory()
    texts = {name: "\U0001d49c" * 255 for name in ("givenName", "middleName", "surname")}
    for index in range(2):
        name = f"{index}" + "\U0001d49c" * 60
        api.account(directory, name, username=name + "\U0001d49c" * 190, email=f"{name}@x.y", **texts)
    order = "givenName,middleName,surname,fullName,username,email,status,createdAt"

    page = api.get(path_of(directory, "accounts"), {"orderBy": order, "limit": 1}).ok

    assert len(page["next"]["href"]) < MAX_QUERY
    assert len(api.get(page["next"]["href"]).items) == 1
