"""The index of custom data finds what the documents say, and only those are read that may match."""

import json
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service import bulk_accounts
from service.calls import Api, Json, id_of
from service.storage.test_text_index import every_row_compared
from stormpath.server.app import Service
from stormpath.server.schema.query import CustomMatch
from stormpath.server.storage import custom_candidates
from stormpath.server.storage.candidates import Scope
from stormpath.server.storage.custom_entries import LONGEST_DOCUMENT, LONGEST_VALUE, MOST_ENTRIES
from stormpath.server.storage.custom_values import number_key
from stormpath.server.storage.indexed_search import FEW

pytestmark = pytest.mark.both_databases


@pytest.fixture
def directory(api: Api) -> Json:
    return api.directory()


def found(api: Api, directory: Json, **query: object) -> list[str]:
    page = api.get(directory["accounts"]["href"], query, limit=100).ok
    names = sorted(each["username"] for each in page["items"])
    assert page["size"] == len(names)
    return names


def entries(service: Service, owner: Json) -> set[tuple[str, str]]:
    table = service.database.tables.custom_values["account"]
    with service.database.connect() as connection:
        of_owner = sa.select(table.c.path, table.c.value).where(table.c.owner_id == id_of(owner))
        return {(path, value) for path, value in connection.execute(of_owner)}


NUMBERS = count()

LONG = "x" * (LONGEST_VALUE + 10)

#: Documents that are not indexed as they are, or not as a whole, and a search that finds them.
UNUSUAL: dict[str, tuple[Json, str, str]] = {
    "long value": ({"a": LONG + "1"}, "a", LONG + "1"),
    "prefix of a long value": ({"a": LONG + "1"}, "a", LONG[:-1] + "x*"),
    "long path": ({"a" * 255: {"b" * 255: "c"}}, f"{'a' * 255}.{'b' * 255}", "c"),
    "many values": ({f"k{number}": number for number in range(MOST_ENTRIES + 5)}, "k7", "7"),
    "long document": ({"a": "b", "other": "c" * LONGEST_DOCUMENT}, "a", "B"),
    "list": ({"a": {"b": ["c", 1.50, True, None, ["d"], {"e": 1}]}}, "a.b", "1.5"),
    "true": ({"a": {"b": ["c", 1.50, True]}}, "a.b", "TRU*"),
    "number with another spelling": ({"a": 100.0}, "a", "1e2"),
    "nul": ({"a": "b\x00c", "b": "d"}, "b", "d"),
    "a key with a dot": ({"a": {"b.c": "x", "b": {"c": "y"}}}, "a.b.c", "y"),
    "beyond the basic plane": ({"b": "\U0001f600d"}, "b", "\U0001f600*"),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_documents_of_any_kind_are_found(api: Api, directory: Json, name: str, service: Service):
    document, path, value = UNUSUAL[name]
    api.account(directory, "x", customData=document)
    api.account(directory, "y", customData={"a": "other", "b": "other"})

    wanted = found(api, directory, **{f"customData.{path}": value})

    # A document with a NUL is not searched on PostgreSQL.
    assert wanted == ([] if name == "nul" and service.database.dialect == "postgresql" else ["x"])


def test_the_index_follows_each_change(service: Service, api: Api, directory: Json):
    account = api.account(directory, "x", customData={"team": "red", "level": 7})
    href = account["customData"]["href"]
    # A number is there as its text and, for other spellings of it, by its value.
    assert entries(service, account) == {("team", "red"), ("level", "7"), ("level", f"\x01{number_key(7)}")}

    api.post(href, {"team": "blue"})
    assert found(api, directory, **{"customData.team": "red"}) == []
    assert found(api, directory, **{"customData.team": "bl*", "customData.level": "[5,]"}) == ["x"]
    api.delete(f"{href}/level")
    assert entries(service, account) == {("team", "blue")}
    api.delete(href)
    assert entries(service, account) == set()
    api.post(href, {"team": "green"})
    api.delete(account["href"])
    assert entries(service, account) == set()


def test_only_documents_that_may_match_are_read(service: Service, api: Api, directory: Json):
    large = api.directory("Large")
    bulk_accounts.add(service, api, large, ['{"team": "red"}'] * (FEW + 100))
    bulk_accounts.add(
        service, api, directory, ['{"team": "red"}', '{"team": "redder"}', '{"team": "blue"}', None]
    )
    api.account(directory, "z", customData={"team": "red", "other": "c" * LONGEST_DOCUMENT})
    tables = service.database.tables

    with service.database.connect() as connection:
        for match, scope, number in (
            (CustomMatch(("team",), "equals", "red"), (id_of(directory),), 2),
            (CustomMatch(("team",), "starts", "red"), (id_of(directory),), 3),
            (CustomMatch(("team",), "equals", "red"), (id_of(large),), FEW + 100),
            (CustomMatch(("team",), "equals", "none"), (id_of(large),), 0),
            (CustomMatch(("other",), "equals", "none"), (id_of(directory),), 1),
        ):
            search = custom_candidates.candidates(
                connection.dialect.name, tables, "account", [match], Scope("directory_id", scope)
            )
            assert search is not None
            assert len(connection.execute(search.hits).all()) == number
    assert found(api, directory, **{"customData.team": "red"}) == ["u0", "z"]
    assert api.get(large["accounts"]["href"], {"customData.team": "red"}, limit=1).ok["size"] == FEW + 100
    assert api.get(f"{api.tenant}/accounts", {"customData.team": "re*"}, limit=1).ok["size"] == FEW + 103


@pytest.mark.parametrize("kind", ["contains", "ends", "present"])
def test_other_searches_read_the_documents(service: Service, kind: Any):
    match = CustomMatch(("team",), kind, "red")
    scope = Scope("directory_id", ("D",))

    for dialect in ("sqlite", "postgresql"):
        assert (
            custom_candidates.candidates(dialect, service.database.tables, "account", [match], scope) is None
        )


SCALARS = st.one_of(
    st.integers(-20, 20),
    st.decimals(-2, 2, places=2).map(float),
    st.text("aAß%_\\Ω1", min_size=1, max_size=3),
    st.booleans(),
    st.none(),
)


@pytest.mark.sampled
def test_searches_find_what_they_find_without_the_index(service: Service, api: Api, examples_of: Any):
    @settings(
        max_examples=examples_of(100),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(values=st.lists(SCALARS | st.lists(SCALARS, max_size=3), min_size=2, max_size=5))
    def agree(values: list[Any]) -> None:
        place = api.post("/directories", {"name": f"Directory {next(NUMBERS)}"}).made
        bulk_accounts.add(service, api, place, [json.dumps({"v": each, "w": {"v": each}}) for each in values])
        scalars = [each for value in values for each in (value if isinstance(value, list) else [value])]
        for each in scalars[:4]:
            text = str(each).lower() if isinstance(each, bool) else str(each)
            for path in ("v", "w.v"):
                for wanted in (text, f"{text[:2]}*"):
                    query = {f"customData.{path}": wanted}
                    with_index = found(api, place, **query)
                    with every_row_compared():
                        assert found(api, place, **query) == with_index, (query, values)

    agree()
