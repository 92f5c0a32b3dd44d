"""What callers put into custom data: values that JSON does not have, and copies of other custom data."""

import copy
import enum
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from stormpath.error import Error
from stormpath.resources import Account, CustomData, ResourceEncoder
from unit.resources.exchange import BASE, Exchange, StubClient, account_json, link

HREF = "/accounts/a1/customData"
STAMP = {"createdAt": "2026-01-02T03:04:05.678Z", "modifiedAt": "2026-01-03T00:00:00.000Z"}
SHOWN = {
    "created_at": datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
    "modified_at": datetime(2026, 1, 3, tzinfo=UTC),
}


class Plan(enum.StrEnum):
    PRO = "pro"


class Level(enum.IntEnum):
    HIGH = 3


class Point(NamedTuple):
    x: int
    y: int


class Shouted(str):
    def __str__(self) -> str:
        return "WRONG"


@pytest.fixture
def account(client: StubClient, exchange: Exchange) -> Account:
    """An account whose custom data is ``{"plan": "pro", "deep": {"n": [1]}}``."""
    exchange.holds(HREF, **STAMP, plan="pro", deep={"n": [1]})
    exchange.answers("POST", HREF, lambda query, body: {**link(HREF), **STAMP, **body})
    exchange.answers("POST", "/accounts/a1", account_json())
    return Account(client, properties=account_json())


@pytest.fixture
def data(account: Account) -> CustomData:
    return account.custom_data


@pytest.fixture
def other(client: StubClient, exchange: Exchange) -> CustomData:
    """The custom data of a group: ``{"color": "red"}``."""
    exchange.holds("/groups/g1/customData", **STAMP, color="red")
    data: CustomData = client.groups.get("g1").custom_data
    return data


@pytest.fixture
def created_with(client: StubClient, exchange: Exchange) -> Callable[[Any], Any]:
    """``created_with(custom_data)`` creates an account and returns the custom data that was sent."""
    exchange.answers("POST", "/accounts", account_json("new"))

    def create(custom_data: Any) -> Any:
        client.accounts.create({"email": "new@example.org", "custom_data": custom_data})
        return exchange.last[3]["customData"]

    return create


VALUES = [
    (datetime(2015, 1, 31, 12, 30, tzinfo=UTC), "2015-01-31T12:30:00.000Z"),
    (datetime(2015, 1, 31, 0, 30, tzinfo=timezone(timedelta(hours=2))), "2015-01-30T22:30:00.000Z"),
    (datetime(2015, 1, 31, 12, 30, 0, 1500, tzinfo=UTC), "2015-01-31T12:30:00.001500Z"),
    (datetime(2015, 1, 31, 12, 30), "2015-01-31T12:30:00.000"),
    (date(2015, 1, 31), "2015-01-31"),
    (time(12, 30), "12:30:00"),
    (timedelta(hours=1), "PT1H"),
    (UUID("12345678-1234-5678-1234-567812345678"), "12345678-1234-5678-1234-567812345678"),
    (Decimal("12.3400"), "12.3400"),
    (Decimal("0.1234567890123456789012345"), "0.1234567890123456789012345"),
    (Plan.PRO, "pro"),
    (Level.HIGH, 3),
    (Shouted("text"), "text"),
    ((1, (2,)), [1, [2]]),
    (Point(1, 2), [1, 2]),
    (OrderedDict(a=1), {"a": 1}),
    (MappingProxyType({"a": date(2015, 1, 31)}), {"a": "2015-01-31"}),
    ({2: "a", None: "b", True: "c", 1.5: "d"}, {"2": "a", "null": "b", "true": "c", "1.5": "d"}),
    ({Plan.PRO: "a", Level.HIGH: "b", Shouted("x"): "c"}, {"pro": "a", "3": "b", "x": "c"}),
]  # fmt: skip


BAD = [
    ({1, 2}, TypeError, r"custom_data\['a'\]\['b'\]\[1\] is of type set, .* use a list"),
    (b"x", TypeError, r"custom_data\['a'\]\['b'\]\[1\] is of type bytes, .* use a text"),
    (object(), TypeError, r"\['b'\]\[1\] is of type object"),
    (float("nan"), ValueError, r"\['b'\]\[1\] is nan"),
    (float("-inf"), ValueError, r"\['b'\]\[1\] is -inf"),
    (Decimal("NaN"), ValueError, r"\['b'\]\[1\] is NaN"),
    ({(1, 2): 3}, TypeError, r"\['b'\]\[1\] has a key of type tuple"),
    ({float("inf"): 3}, ValueError, r"\['b'\]\[1\] is inf"),
]  # fmt: skip


class TestValues:
    @pytest.mark.parametrize(("value", "text"), VALUES, ids=lambda value: type(value).__name__)
    def test_a_value_is_sent_and_read_in_the_form_of_the_api(
        self, data: CustomData, exchange: Exchange, value: Any, text: Any
    ) -> None:
        data["key"] = value
        data.update(deep={"list": [value]})
        data.setdefault("default", value)
        held = {"key": text, "deep": {"list": [text]}, "default": text}
        expected = json.dumps(held)

        assert json.dumps({key: data[key] for key in held}) == expected
        data.save()

        assert json.dumps(exchange.last[3]) == expected
        assert json.dumps({key: data[key] for key in held}) == expected

    @pytest.mark.parametrize(("value", "text"), VALUES, ids=lambda value: type(value).__name__)
    def test_a_create_sends_the_same(
        self, account: Account, created_with: Callable[[Any], Any], value: Any, text: Any
    ) -> None:
        assert json.dumps(created_with({"a": {"b": [value]}})) == json.dumps({"a": {"b": [text]}})

    def test_json_values_are_held_as_the_objects_that_they_are(self, data: CustomData) -> None:
        preferences: dict[str, Any] = {"n": [1, 1.5, True, None, "x"]}
        data["preferences"] = preferences
        preferences["late"] = 1

        assert data["preferences"] is preferences
        assert data._get_properties() == {"preferences": {"n": [1, 1.5, True, None, "x"], "late": 1}}

    def test_a_value_that_is_put_into_a_list_is_converted_when_it_is_sent(
        self, data: CustomData, exchange: Exchange
    ) -> None:
        data["deep"]["n"].append(date(2015, 1, 31))
        data.save()

        assert exchange.last[3] == {"deep": {"n": [1, "2015-01-31"]}}
        assert data["deep"] == {"n": [1, "2015-01-31"]}

    @pytest.mark.parametrize(("value", "error", "message"), BAD)
    def test_what_json_does_not_have_is_refused_before_a_request(
        self, account: Account, exchange: Exchange, value: Any, error: type[Exception], message: str
    ) -> None:
        bad = {"b": [0, value]}
        data = account.custom_data
        for attempt in (
            lambda: data.__setitem__("a", bad),
            lambda: data.update({"fine": 1, "a": bad}),
            lambda: setattr(account, "custom_data", {"fine": 1, "a": bad}),
            lambda: account._client.accounts.create({"custom_data": {"fine": 1, "a": bad}}),
        ):
            with pytest.raises(error, match=message):
                attempt()

        assert not data._has_changes()
        assert exchange.count == 0

    def test_a_resource_is_refused(self, data: CustomData, account: Account) -> None:
        with pytest.raises(TypeError, match=r"custom_data\['friend'\] is of type Account"):
            data["friend"] = account

    def test_a_value_that_contains_itself_is_refused(self, data: CustomData) -> None:
        loop: list[Any] = []
        loop.append(loop)

        with pytest.raises(ValueError, match=r"custom_data\['loop'\] contains itself"):
            data["loop"] = loop

    @pytest.mark.parametrize("with_owner", [True, False])
    def test_nothing_is_deleted_when_another_value_cannot_be_sent(
        self, account: Account, exchange: Exchange, with_owner: bool
    ) -> None:
        del account.custom_data["plan"]
        account.custom_data["deep"]["n"].append({1})
        exchange.clear()

        with pytest.raises(TypeError, match=r"custom_data\['deep'\]\['n'\]\[1\]"):
            (account if with_owner else account.custom_data).save()

        assert exchange.count == 0
        assert "plan" not in account.custom_data


COPIES: list[Callable[[CustomData], Mapping[str, Any]]] = [
    lambda data: data,
    lambda data: dict(data),
    lambda data: {**data},
    lambda data: data | {},
    lambda data: {} | data,
    lambda data: data.copy(),
    lambda data: dict(data.items()),
    copy.copy,
    copy.deepcopy,
    lambda data: copy.deepcopy(dict(data)),
    lambda data: json.loads(data.to_json()),
    lambda data: data._client.data_store.get_resource(data.href),
]  # fmt: skip


class TestCopies:
    @pytest.mark.parametrize("copied", COPIES)
    def test_another_owner_is_created_with_a_copy(
        self, data: CustomData, created_with: Callable[[Any], Any], copied: Any
    ) -> None:
        assert data["plan"] == "pro"

        assert created_with(copied(data)) == {"plan": "pro", "deep": {"n": [1]}}

    @pytest.mark.parametrize("copied", COPIES)
    def test_other_custom_data_is_updated_with_a_copy(
        self, account: Account, other: CustomData, copied: Any
    ) -> None:
        assert other["color"] == "red"
        given = copied(other)
        data = account.custom_data

        data.update(given)
        assert data._get_properties() == {"color": "red"}

        account.custom_data = given
        account.update({"custom_data": given})
        assert data._get_properties() == {}
        data |= given
        assert data._get_properties() == {"color": "red"}

    def test_a_copy_is_a_dictionary_with_the_timestamps(self, data: CustomData, exchange: Exchange) -> None:
        content = {"plan": "pro", "deep": {"n": [1]}, **SHOWN}

        for made in (dict(data), {**data}, data.copy(), data | {}, {} | data):
            assert type(made) is dict
            assert list(made.items()) == list(content.items())
        assert data | {"plan": "free"} == {**content, "plan": "free"}
        assert {"plan": "free", "x": 1} | data == {"x": 1, **content}
        assert exchange.count == 1

    def test_two_mappings_only_are_joined(self, data: Any) -> None:
        with pytest.raises(TypeError):
            data | [("a", 1)]
        with pytest.raises(TypeError):
            [("a", 1)] | data
        data |= [("a", 1)]
        assert data["a"] == 1

    def test_keywords_and_pairs_update_too(self, data: CustomData, other: CustomData) -> None:
        data.update([("a", 1)], b=2)
        data.update(**other)

        assert data._get_properties() == {"a": 1, "b": 2, "color": "red"}

    def test_the_json_of_a_copy_can_be_written(self, data: CustomData) -> None:
        written = json.loads(json.dumps(dict(data), cls=ResourceEncoder))

        assert written["plan"] == "pro"
        assert written["created_at"] == "2026-01-02T03:04:05.678000+00:00"

    def test_a_copied_object_has_changes_of_its_own(self, data: CustomData, exchange: Exchange) -> None:
        data["a"] = [1]
        twin = copy.deepcopy(data)
        twin["b"] = 2
        twin["a"].append(2)

        assert data._get_properties() == {"a": [1]}
        assert twin._get_properties() == {"a": [1, 2], "b": 2}
        assert exchange.count == 0

    @pytest.mark.parametrize("other_mapping", [{}, {"plan": "pro"}, SHOWN, 7])
    def test_it_equals_what_has_its_content_only(self, data: CustomData, other_mapping: Any) -> None:
        assert data != other_mapping
        assert data == {"plan": "pro", "deep": {"n": [1]}}
        assert data == {"plan": "pro", "deep": {"n": [1]}, **SHOWN}
        assert data != {"plan": "pro", "deep": {"n": [1]}, **SHOWN, "created_at": SHOWN["modified_at"]}


class TestReservedKeys:
    @pytest.mark.parametrize(
        "key",
        [
            "href", "created_at", "createdAt", "modified_at", "modifiedAt", "meta", "spMeta", "spmeta",
            "sp_meta", "ionmeta", "ionMeta", "ion_meta", "sp_http_status",
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("value", ["2015-01-31", SHOWN["created_at"], None])
    def test_a_create_refuses_them_before_a_request(
        self, client: StubClient, exchange: Exchange, key: str, value: Any
    ) -> None:
        for spelling in ("custom_data", "customData"):
            with pytest.raises(Error, match=f"The key '{key}' of custom_data is reserved") as caught:
                client.accounts.create({"email": "a@example.org", spelling: {"plan": "pro", key: value}})

            assert (caught.value.status, caught.value.code) == (400, 3003)
        assert exchange.count == 0

    @pytest.mark.parametrize(
        "pair",
        [
            {"created_at": "2026-01-02T03:04:05.678Z", "modified_at": "2026-01-03T00:00:00.000Z"},
            {"created_at": SHOWN["modified_at"], "modified_at": SHOWN["created_at"]},
            {name: moment.replace(tzinfo=None) for name, moment in SHOWN.items()},
            {name: moment.replace(microsecond=1) for name, moment in SHOWN.items()},
            {name: moment.date() for name, moment in SHOWN.items()},
            {"href": f"{BASE}/accounts/a1", **STAMP},
            {"href": 7, **STAMP},
        ],
    )
    def test_timestamps_of_the_callers_own_are_refused(
        self, data: CustomData, client: StubClient, exchange: Exchange, pair: dict[str, Any]
    ) -> None:
        with pytest.raises(Error, match="is reserved"):
            client.accounts.create({"custom_data": pair})
        with pytest.raises(KeyError, match="is reserved"):
            data.update({"fine": 1, **pair})
        assert not data._has_changes()
        assert exchange.count == 0

    def test_nested_keys_are_the_callers(self, data: CustomData, created_with: Callable[[Any], Any]) -> None:
        nested = {"last": {"created_at": "2015", "href": "x"}}

        assert created_with(nested) == nested

    def test_a_custom_data_that_is_no_mapping_is_left_to_the_service(
        self, account: Account, created_with: Callable[[Any], Any]
    ) -> None:
        assert created_with(None) is None
        assert created_with([1]) == [1]
