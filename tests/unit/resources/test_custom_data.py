"""Custom data: a mapping that makes as few requests as possible."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormpath.error import Error
from stormpath.resources import Account, CustomData, Expansion
from unit.resources.exchange import BASE, Exchange, StubClient, account_json, link

HREF = "/accounts/a1/customData"
STAMP = {"createdAt": "2026-01-02T03:04:05.678Z", "modifiedAt": "2026-01-03T00:00:00.000Z"}


class Document:
    """The service's side: merges posted keys, deletes keys."""

    def __init__(self, exchange: Exchange, **content: Any) -> None:
        self.content = content
        self._exchange = exchange
        exchange.answers("GET", HREF, lambda query, data: self.body())
        exchange.answers("POST", HREF, self.merge)
        exchange.answers("DELETE", HREF, self.clear)
        exchange.answers("POST", "/accounts/a1", self.save_owner)
        for key in content:
            self.deletes(key)

    def deletes(self, key: str, path: str = "") -> None:
        self._exchange.answers(
            "DELETE", f"{HREF}/{path or key}", lambda query, data: self.content.pop(key) and {}
        )

    def body(self) -> dict[str, Any]:
        return {**link(HREF), **STAMP, **self.content}

    def merge(self, query: Any, data: dict[str, Any]) -> dict[str, Any]:
        self.content.update(data)
        return self.body()

    def clear(self, query: Any, data: Any) -> dict[str, Any]:
        self.content.clear()
        return {}

    def save_owner(self, query: Any, data: dict[str, Any]) -> dict[str, Any]:
        self.content.update(data.get("customData", {}))
        return account_json()


@pytest.fixture
def document(exchange: Exchange) -> Document:
    return Document(exchange, rank=1, tags=["a"], deep={"x": {"y": 1}})


@pytest.fixture
def account(client: StubClient, document: Document) -> Account:
    return Account(client, properties=account_json())


@pytest.fixture
def data(account: Account) -> CustomData:
    return account.custom_data


class TestReading:
    def test_reading_fetches_everything_once(self, data: CustomData, exchange: Exchange) -> None:
        assert data["rank"] == 1
        assert data.rank == 1  # type: ignore[attr-defined] # any key is an attribute
        assert data.get("nothing") is None
        assert data.get("nothing", 7) == 7
        assert "rank" in data
        assert "nothing" not in data
        with pytest.raises(KeyError):
            data["nothing"]
        with pytest.raises(AttributeError):
            _ = data.nothing  # type: ignore[attr-defined] # that is the point

        assert exchange.lines == [f"GET {HREF}"]

    def test_the_keys_include_the_timestamps(self, data: CustomData) -> None:
        assert list(data) == ["rank", "tags", "deep", "created_at", "modified_at"]
        assert list(data.keys()) == list(data)
        assert len(data) == 5
        assert data["created_at"] == data.created_at == datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
        assert data.values()
        assert dict(data.items())["deep"] == {"x": {"y": 1}}
        assert data.copy()["rank"] == 1

    def test_reserved_names_are_no_keys(self, data: CustomData) -> None:
        for name in ("href", "sp_http_status", "meta"):
            assert name not in data
            with pytest.raises(KeyError):
                data[name]
        assert data.href == f"{BASE}{HREF}"

    def test_keys_keep_the_callers_spelling(self, exchange: Exchange, client: StubClient) -> None:
        Document(exchange, fooBar=1, foo_bar=2)
        data = client.accounts.get("a1").custom_data

        assert (data["fooBar"], data["foo_bar"]) == (1, 2)

    def test_custom_data_equals_a_mapping_with_its_content(
        self, data: CustomData, client: StubClient
    ) -> None:
        content = {"rank": 1, "tags": ["a"], "deep": {"x": {"y": 1}}}

        assert data == content
        assert data == dict(data)
        assert data != {"rank": 1}
        assert data == client.accounts.get("a1").custom_data
        assert data != client.accounts.get("a2").custom_data
        assert data != 7

    def test_custom_data_is_true_without_a_request(self, data: CustomData, exchange: Exchange) -> None:
        assert data
        assert repr(data) == f"<CustomData href={BASE}{HREF}>"
        assert hash(data)
        assert "rank" not in dir(data)
        assert exchange.count == 0

    def test_custom_data_of_an_expanded_owner_needs_no_request(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        document = Document(exchange, rank=1)
        exchange.answers("GET", "/accounts/a1", account_json(customData=document.body()))
        account = client.accounts.get("a1", expand=Expansion("custom_data"))

        assert account.custom_data["rank"] == 1
        assert "other" not in account.custom_data
        assert exchange.lines == ["GET /accounts/a1"]


class TestSetting:
    def test_setting_a_key_makes_no_request(self, data: CustomData, exchange: Exchange) -> None:
        data["rank"] = 2
        data.update(color="red")
        data.size = 3  # type: ignore[attr-defined] # any key is an attribute

        assert (data["rank"], data["color"], data["size"]) == (2, "red", 3)
        assert "color" in data
        assert exchange.count == 0

        data.save()

        assert exchange.requests == [("POST", HREF, {}, {"rank": 2, "color": "red", "size": 3})]

    def test_setting_an_attribute_overwrites_the_key(self, data: Any) -> None:
        assert data.rank == 1
        data.rank = 2

        assert data["rank"] == 2

    def test_the_owners_attribute_overwrites_keys_and_keeps_others(
        self, account: Account, exchange: Exchange
    ) -> None:
        assert account.custom_data["rank"] == 1
        account.custom_data = {"rank": 2, "new": None}

        assert account.custom_data["rank"] == 2
        assert account.custom_data["tags"] == ["a"]
        assert exchange.count == 1

    @pytest.mark.parametrize(
        "key",
        [
            "href", "created_at", "createdAt", "modifiedAt", "meta", "spMeta", "spmeta", "sp_meta", "ionmeta",
            "ionMeta", "ion_meta", "sp_http_status", "-dash",
        ],
    )  # fmt: skip
    def test_reserved_keys_cannot_be_set(self, data: CustomData, exchange: Exchange, key: str) -> None:
        with pytest.raises(KeyError):
            data[key] = 1
        with pytest.raises(KeyError):
            data.update({key: 1})
        assert exchange.count == 0

    def test_keys_must_be_text(self, data: Any) -> None:
        with pytest.raises(TypeError):
            data[5] = 1
        assert 5 not in data
        with pytest.raises(KeyError):
            data[5]

    def test_private_names_are_no_keys(self, data: Any, exchange: Exchange) -> None:
        data._note = 1
        del data._note

        assert not hasattr(data, "_note")
        assert exchange.count == 0

    def test_reserved_attributes_cannot_be_set(self, data: Any) -> None:
        with pytest.raises(AttributeError):
            data.href = "x"

    def test_anything_but_a_dictionary_is_refused_by_the_owner(self, account: Account) -> None:
        with pytest.raises(AttributeError):
            account.custom_data = None  # type: ignore[assignment] # that is the point

    def test_setting_the_data_of_another_owner_copies_it(
        self, account: Account, client: StubClient, exchange: Exchange
    ) -> None:
        exchange.holds("/groups/g1/customData", **STAMP, color="red")

        account.custom_data = client.groups.get("g1").custom_data

        assert account.custom_data._get_properties() == {"color": "red"}


class TestSaving:
    def test_save_sends_changed_keys_only(
        self, data: CustomData, exchange: Exchange, document: Document
    ) -> None:
        assert data["rank"] == 1
        data["color"] = "red"
        exchange.clear()

        data.save()

        assert exchange.requests == [("POST", HREF, {}, {"color": "red"})]
        assert document.content["rank"] == 1
        assert data["color"] == "red"
        assert not data._has_changes()

    def test_save_sends_values_edited_in_place(self, data: CustomData, exchange: Exchange) -> None:
        data["tags"].append("b")
        data["deep"]["x"]["y"] = 2
        data["fresh"] = []
        data["fresh"].append(1)
        exchange.clear()

        data.save()
        data["tags"].append("c")
        data.save()

        assert [body for *_, body in exchange.requests] == [
            {"tags": ["a", "b"], "deep": {"x": {"y": 2}}, "fresh": [1]},
            {"tags": ["a", "b", "c"]},
        ]

    def test_save_posts_even_without_changes(self, data: CustomData, exchange: Exchange) -> None:
        data.save()

        assert exchange.requests == [("POST", HREF, {}, {})]

    def test_the_answer_to_a_save_holds_all_keys(self, data: CustomData, exchange: Exchange) -> None:
        data["color"] = "red"
        data.save()

        assert data["rank"] == 1
        assert exchange.count == 1

    def test_other_keys_are_fetched_after_a_save_with_an_empty_answer(
        self, data: CustomData, exchange: Exchange, document: Document, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = data._client.data_store
        monkeypatch.setattr(store, "update_resource", lambda href, body: document.merge(None, body) and None)
        data["color"] = "red"
        data.save()

        assert data["color"] == "red"
        assert exchange.count == 0
        assert set(data) == {"rank", "tags", "deep", "color", "created_at", "modified_at"}
        assert exchange.count == 1

    def test_saving_new_data_is_a_value_error(self, client: StubClient) -> None:
        new = CustomData(client, properties={})
        new["a"] = 1

        assert new == {"a": 1}
        with pytest.raises(ValueError, match="new CustomData"):
            new.save()

    def test_save_updates_modified_at(self, data: CustomData, exchange: Exchange) -> None:
        assert data.modified_at
        stamp = {"modifiedAt": "2027-01-01T00:00:00Z"}
        exchange.answers("POST", HREF, lambda query, body: {**link(HREF), **STAMP, **body, **stamp})
        data["a"] = 1
        data.save()

        assert data["modified_at"] == datetime(2027, 1, 1, tzinfo=UTC)


class TestDeletingKeys:
    def test_a_deleted_key_costs_one_request_and_no_upload(
        self, data: CustomData, exchange: Exchange, document: Document
    ) -> None:
        assert data.copy()
        exchange.clear()
        del data["rank"]
        assert data.pop("tags") == ["a"]

        data.save()

        assert exchange.lines == [f"DELETE {HREF}/rank", f"DELETE {HREF}/tags"]
        assert document.content == {"deep": {"x": {"y": 1}}}

    def test_a_deleted_key_stays_deleted_after_loading(self, data: CustomData, exchange: Exchange) -> None:
        del data["rank"]
        exchange.answers("POST", HREF, {})

        assert "rank" not in data
        assert data.get("rank") is None
        assert "rank" not in list(data)
        data["a"] = 1
        data.save()

        assert exchange.lines[1:] == [f"DELETE {HREF}/rank", f"POST {HREF}"]
        assert "rank" not in data

    def test_deleting_a_missing_key_is_a_key_error(self, data: CustomData) -> None:
        for key in ("nothing", "created_at", "href"):
            with pytest.raises(KeyError):
                del data[key]

    def test_deleting_a_key_twice_is_a_key_error(self, data: CustomData) -> None:
        del data["rank"]

        with pytest.raises(KeyError):
            del data["rank"]

    def test_deleting_a_key_that_was_never_saved_sends_no_delete(
        self, data: CustomData, exchange: Exchange
    ) -> None:
        data["color"] = "red"
        del data["color"]
        exchange.clear()
        data.save()

        assert "color" not in data
        assert exchange.requests == [("POST", HREF, {}, {})]

    def test_a_key_that_is_deleted_and_set_again_is_only_set(
        self, data: CustomData, exchange: Exchange, document: Document
    ) -> None:
        del data["rank"]
        data["rank"] = 5
        exchange.clear()
        data.save()

        assert exchange.requests == [("POST", HREF, {}, {"rank": 5})]
        assert document.content["rank"] == 5

    def test_deleted_keys_are_quoted_in_the_path(self, exchange: Exchange, client: StubClient) -> None:
        document = Document(exchange, **{"a/b c": 1})
        document.deletes("a/b c", "a%2Fb%20c")
        data = client.accounts.get("a1").custom_data
        del data["a/b c"]

        data.save()

        assert exchange.last[1] == f"{HREF}/a%2Fb%20c"

    def test_only_the_remaining_keys_are_deleted_after_a_failure(
        self, data: CustomData, exchange: Exchange, document: Document
    ) -> None:
        def refuse(query: Any, body: Any) -> Any:
            raise Error({"status": 503})

        exchange.answers("DELETE", f"{HREF}/tags", refuse)
        del data["rank"]
        del data["tags"]
        with pytest.raises(Error):
            data.save()
        document.deletes("tags")
        exchange.clear()

        data.save()

        assert exchange.lines == [f"DELETE {HREF}/tags"]

    def test_clear_deletes_all_keys_but_the_timestamps(
        self, data: CustomData, exchange: Exchange, document: Document
    ) -> None:
        data.clear()
        data.save()

        assert document.content == {}
        assert list(data) == ["created_at", "modified_at"]

    def test_deleting_new_data_makes_no_request(self, client: StubClient, exchange: Exchange) -> None:
        CustomData(client, properties={"a": 1}).delete()

        assert exchange.count == 0

    def test_deleting_a_key_of_new_data_makes_no_request(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        new = CustomData(client, properties={"a": 1, "b": 2})
        del new["a"]

        assert new == {"b": 2}
        assert exchange.count == 0

    def test_a_key_can_be_deleted_as_an_attribute(self, data: Any) -> None:
        del data.rank

        assert "rank" not in data


class TestWithItsOwner:
    def test_saving_an_owner_after_a_mere_read_is_one_request(
        self, account: Account, exchange: Exchange
    ) -> None:
        assert account.custom_data["rank"] == 1
        exchange.clear()
        account.save()

        assert exchange.requests == [("POST", "/accounts/a1", {}, {})]

    def test_changed_keys_are_sent_in_the_owners_request(
        self, account: Account, exchange: Exchange, document: Document
    ) -> None:
        account.custom_data["color"] = "red"
        account.given_name = "Eve"
        account.save()

        assert exchange.requests == [
            ("POST", "/accounts/a1", {}, {"givenName": "Eve", "customData": {"color": "red"}})
        ] or exchange.requests == [
            ("POST", "/accounts/a1", {}, {"customData": {"color": "red"}, "givenName": "Eve"})
        ]
        assert account.custom_data["color"] == "red"
        assert account.custom_data["rank"] == 1
        account.save()
        assert exchange.last[3] == {}

    def test_deleted_keys_are_deleted_before_the_owner_is_saved(
        self, account: Account, exchange: Exchange
    ) -> None:
        del account.custom_data["rank"]
        account.custom_data["color"] = "red"
        exchange.clear()
        account.save()

        assert exchange.lines == [f"DELETE {HREF}/rank", "POST /accounts/a1"]
        assert exchange.last[3] == {"customData": {"color": "red"}}

    def test_changes_stay_unsaved_when_the_save_is_refused(
        self, account: Account, exchange: Exchange
    ) -> None:
        def refuse(query: Any, body: Any) -> Any:
            raise Error({"status": 400})

        exchange.answers("POST", "/accounts/a1", refuse)
        account.custom_data["color"] = "red"
        for _ in range(2):
            with pytest.raises(Error):
                account.save()

        assert exchange.last[3] == {"customData": {"color": "red"}}

    def test_no_stale_data_is_cached_after_a_save(self, account: Account, client: StubClient) -> None:
        assert client.accounts.get("a1").custom_data["rank"] == 1
        account.custom_data["rank"] = 2
        account.save()

        assert client.accounts.get("a1").custom_data["rank"] == 2

    def test_an_owner_keeps_its_custom_data_object_after_a_save(self, account: Account) -> None:
        data = account.custom_data
        data["rank"] = 2
        account.save()

        assert account.custom_data is data

    def test_a_new_owner_is_created_with_all_keys(self, client: StubClient) -> None:
        new = Account(client, properties={"email": "x", "customData": {"a": 1}})
        new.custom_data["b"] = 2
        empty = Account(client, properties={"email": "x"})
        empty.custom_data = {"c": 3}

        assert new._get_properties() == {"email": "x", "customData": {"a": 1, "b": 2}}
        assert empty._get_properties() == {"email": "x", "customData": {"c": 3}}


class TestRefreshAndDelete:
    def test_a_refresh_replaces_everything(
        self, data: CustomData, exchange: Exchange, document: Document
    ) -> None:
        assert data["rank"] == 1
        data["rank"], data["color"] = 5, "red"
        del data["tags"]
        document.content = {"rank": 9, "tags": ["z"]}

        data.refresh()

        assert data == {"rank": 9, "tags": ["z"]}
        assert not data._has_changes()

    def test_deleting_all_leaves_the_timestamps_that_the_service_keeps(
        self, data: CustomData, exchange: Exchange, document: Document
    ) -> None:
        assert data["rank"] == 1
        data["color"] = "red"
        data.delete()
        later = {"modifiedAt": "2027-01-01T00:00:00Z"}
        exchange.answers("GET", HREF, lambda query, body: {**document.body(), **later})

        assert exchange.lines[-1] == f"DELETE {HREF}"
        assert document.content == {}
        assert "rank" not in data
        assert data["created_at"] == datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
        assert data.modified_at == datetime(2027, 1, 1, tzinfo=UTC)
        assert list(data) == ["created_at", "modified_at"]
        assert data == {}
        assert exchange.lines[2:] == [f"GET {HREF}"]

    def test_keys_can_be_set_after_deleting_all(
        self, data: CustomData, exchange: Exchange, document: Document
    ) -> None:
        data.delete()
        data["a"] = 1
        data.save()

        assert document.content == {"a": 1}
        assert dict(data).keys() == {"a", "created_at", "modified_at"}
        assert exchange.lines == [f"DELETE {HREF}", f"POST {HREF}"]

    @pytest.mark.parametrize("write", ["deletes a key", "saves the owner"])
    def test_modified_at_is_read_anew_after_a_write_without_an_answer_of_its_own(
        self, account: Account, exchange: Exchange, document: Document, write: str
    ) -> None:
        data = account.custom_data
        assert data["modified_at"] == datetime(2026, 1, 3, tzinfo=UTC)
        if write == "deletes a key":
            del data["rank"]
            data.save()
        else:
            data["rank"] = 2
            account.save()
        later = {"modifiedAt": "2027-01-01T00:00:00Z"}
        exchange.answers("GET", HREF, lambda query, body: {**document.body(), **later})
        exchange.clear()

        assert data == {"tags": ["a"], "deep": {"x": {"y": 1}}} | ({} if "rank" not in data else {"rank": 2})
        assert "modified_at" not in json.loads(data.to_json())
        assert exchange.count == 0
        assert data["modified_at"] == data.modified_at == datetime(2027, 1, 1, tzinfo=UTC)
        assert exchange.lines == [f"GET {HREF}"]


class TestJson:
    def test_the_json_has_the_content(self, data: CustomData) -> None:
        assert data["rank"] == 1
        data["color"] = "red"

        held = json.loads(data.to_json())

        assert held["rank"] == 1
        assert held["color"] == "red"
        assert held["href"] == f"{BASE}{HREF}"
        assert held["created_at"].startswith("2026-01-02T03:04:05")

    def test_the_json_of_the_owner_nests_expanded_custom_data(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        document = Document(exchange, rank=1)
        exchange.answers("GET", "/accounts/a1", account_json(customData=document.body()))
        account = client.accounts.get("a1", expand=Expansion("custom_data"))
        assert account.email

        assert json.loads(account.to_json())["custom_data"]["rank"] == 1

    def test_the_json_of_unloaded_data_makes_no_request(self, data: CustomData, exchange: Exchange) -> None:
        assert json.loads(data.to_json()) == {"href": f"{BASE}{HREF}"}
        assert exchange.count == 0


@pytest.mark.parametrize("properties", [{}, {"href": f"{BASE}{HREF}"}])
def test_data_that_holds_nothing_can_be_written_to(
    client: StubClient, document: Document, properties: dict[str, Any]
) -> None:
    data = CustomData(client, properties=properties)
    data["a"] = 1

    assert data["a"] == 1
    assert data.setdefault("b", 2) == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.from_regex(r"[0-9A-Za-z_][0-9A-Za-z_-]{0,8}", fullmatch=True).filter(
    lambda key: not CustomData._is_reserved(key)
)


@given(before=st.dictionaries(KEYS, JSON), changes=st.dictionaries(KEYS, JSON), gone=st.sets(KEYS))
def test_the_service_returns_the_data_that_was_saved(
    before: dict[str, Any], changes: dict[str, Any], gone: set[str]
) -> None:
    exchange = Exchange()
    document = Document(exchange, **before)
    data = StubClient(exchange).accounts.get("a1").custom_data
    expected = {**before, **changes}
    data.update(changes)
    for key in gone & set(expected):
        del data[key]
        del expected[key]

    assert data == expected
    data.save()

    assert document.content == expected
    assert data == expected
    assert StubClient(exchange).accounts.get("a1").custom_data == expected
