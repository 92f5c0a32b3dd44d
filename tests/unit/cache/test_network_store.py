"""The base of network stores, over a server in memory; each call of the server is one round trip."""

import json
from collections import Counter
from datetime import datetime
from typing import Any

import pytest

import stormpath.cache.entry as entry_module
from stormpath.cache.cache import Cache
from stormpath.cache.entry import CacheEntry
from stormpath.cache.network_store import LONGEST_EXPIRY_SECONDS, NetworkStore
from stormpath.cache.store import StoreUnavailable

EPOCH_KEY = b"stormpath:accounts:epoch"


class Refused(Exception):
    """The server refuses a command."""


class Server:
    def __init__(self) -> None:
        self.data: dict[bytes, Any] = {}
        self.trips: Counter[str] = Counter()
        self.refuses: type[Exception] | None = None


class StoreInMemory(NetworkStore):
    """A network store whose server is a dictionary."""

    listing_errors = (Refused,)

    def __init__(self, server: Server, ttl: float | None = None, key_prefix: str | bytes = "") -> None:
        self._server = server
        super().__init__("memory://here", ttl, key_prefix)

    def _configure_region(self):
        self.expiry = self._expiry

    def _read(self, server_key):
        self._server.trips["read"] += 1
        return self._server.data.get(self._epoch_key), self._server.data.get(server_key)

    def _write(self, items):
        self._server.trips["write"] += 1
        self._refuse()
        self._server.data.update(items)

    def _delete(self, server_key):
        self._server.trips["delete"] += 1
        self._server.data.pop(server_key, None)
        return self._server.data.get(self._epoch_key)

    def _remove(self, server_keys):
        self._server.trips["remove"] += 1
        for server_key in server_keys:
            self._server.data.pop(server_key, None)

    def _keys(self, prefix):
        self._server.trips["keys"] += 1
        yield [key for key in self._server.data if key.startswith(prefix)]

    def _read_epoch(self):
        self._server.trips["read epoch"] += 1
        return self._server.data.get(self._epoch_key)

    def _add_epoch(self, epoch):
        self._server.trips["add epoch"] += 1
        return self._server.data.setdefault(self._epoch_key, epoch) == epoch

    def _write_epoch(self, epoch):
        self._server.trips["write epoch"] += 1
        self._refuse()
        self._server.data[self._epoch_key] = epoch

    def _refuse(self):
        if self._server.refuses is not None:
            raise self._server.refuses


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def make(server):
    """``make()`` returns another store of the same region."""

    def make(region="accounts", ttl=300, tti=300, **options):
        store = StoreInMemory(server, **options)
        store.serve_region(region, ttl, tti)
        return store

    return make


@pytest.fixture
def store(make):
    return make()


def value_of(store: NetworkStore, key: str) -> Any:
    entry = store[key]
    return entry and entry.value


class TestKeys:
    def test_a_key_names_prefix_region_epoch_and_href(self, server, make):
        store = make(key_prefix="mine:")

        store["/accounts/x"] = CacheEntry(1)

        epoch = server.data[b"mine:" + EPOCH_KEY].decode()
        assert f"mine:stormpath:accounts:{epoch}:/accounts/x".encode() in server.data

    @pytest.mark.parametrize("prefix", ["müller:", "müller:".encode()])
    def test_a_prefix_may_be_text_or_bytes(self, server, make, prefix):
        make(key_prefix=prefix)["a"] = CacheEntry(1)

        assert all(key.startswith("müller:stormpath:".encode()) for key in server.data)

    def test_regions_have_separate_entries(self, make):
        accounts, others = make(), make("accounts:x")
        accounts["a"], others["a"] = CacheEntry(1), CacheEntry(2)

        accounts.clear()

        assert (value_of(accounts, "a"), value_of(others, "a")) == (None, 2)

    def test_a_store_works_without_a_region(self, server):
        store = StoreInMemory(server)

        store["a"] = CacheEntry(1)

        assert (value_of(store, "a"), len(store)) == (1, 1)
        assert store.expiry == 300

    def test_any_text_is_a_key(self, store):
        for key in ("", "ü /\n", "\ud800", "x" * 5000):
            store[key] = CacheEntry(key)

            assert value_of(store, key) == key

    def test_its_repr_names_server_and_region(self, store):
        assert repr(store) == "<StoreInMemory memory://here stormpath:accounts:>"


class TestEpochs:
    def test_a_read_is_one_trip_once_the_epoch_is_known(self, server, store):
        store["a"] = CacheEntry(1)
        server.trips.clear()

        assert value_of(store, "a") == 1
        assert store["absent"] is None
        assert server.trips == {"read": 2}

    def test_a_put_is_one_trip_however_many_entries_it_has(self, server, store):
        assert store["a"] is None
        server.trips.clear()

        store.put_many([(str(n), CacheEntry(n)) for n in range(100)])

        assert server.trips == {"write": 1}
        assert value_of(store, "99") == 99

    def test_an_empty_put_makes_no_trip(self, server, store):
        store.put_many([])

        assert not server.trips

    def test_invalidating_is_one_trip_however_many_entries_there_are(self, server, store):
        store.put_many([(str(n), CacheEntry(n)) for n in range(100)])
        server.trips.clear()

        store.invalidate()

        assert server.trips == {"write epoch": 1}
        assert value_of(store, "1") is None

    def test_an_invalidation_by_another_store_is_seen_here(self, store, make):
        store["a"] = CacheEntry(1)

        make().invalidate()

        assert store["a"] is None

    def test_an_entry_stored_after_anothers_invalidation_is_read_in_two_trips(self, server, store, make):
        store["a"] = CacheEntry(1)
        another = make()
        another.invalidate()
        another["a"] = CacheEntry(2)
        server.trips.clear()

        assert value_of(store, "a") == 2
        assert server.trips == {"read": 2}

    def test_a_put_under_a_former_epoch_is_lost(self, store, make):
        store["a"] = CacheEntry(1)
        make().invalidate()

        store["a"] = CacheEntry("old")

        assert make()["a"] is None

    def test_a_flushed_server_gets_a_new_epoch(self, server, store):
        store["a"] = CacheEntry(1)
        left_over = {key: data for key, data in server.data.items() if key != EPOCH_KEY}
        server.data.clear()
        server.data.update(left_over)

        assert store["a"] is None
        store["a"] = CacheEntry(2)
        assert value_of(store, "a") == 2

    def test_two_stores_that_make_an_epoch_agree_on_one(self, store, make):
        another = make()
        store["a"] = CacheEntry(1)

        assert value_of(another, "a") == 1

    @pytest.mark.parametrize("rubbish", [b"", b"hello", b"0" * 17, b"0123456789ABCDEF", ["a list"], 7])
    def test_an_invalid_epoch_is_replaced(self, server, store, rubbish):
        store["a"] = CacheEntry(1)
        server.data[EPOCH_KEY] = rubbish

        assert store["a"] is None
        store["a"] = CacheEntry(2)
        assert value_of(store, "a") == 2

    def test_a_deletion_is_one_trip(self, server, store):
        store["a"] = CacheEntry(1)
        server.trips.clear()

        del store["a"]

        assert server.trips == {"delete": 1}
        assert store["a"] is None

    def test_a_deletion_removes_the_entry_of_the_current_epoch(self, store, make):
        store["a"] = CacheEntry(1)
        another = make()
        another.invalidate()
        another["a"] = CacheEntry(2)

        del store["a"]

        assert another["a"] is None

    def test_a_store_deletes_without_having_read_before(self, store, make):
        store["a"] = CacheEntry(1)

        del make()["a"]

        assert store["a"] is None

    def test_a_deletion_makes_no_epoch(self, server, store):
        del store["a"]

        assert server.data == {}

    def test_an_epoch_that_keeps_changing_makes_a_read_miss_and_a_delete_invalidate_all(
        self, server, store, monkeypatch
    ):
        store["a"] = CacheEntry(1)
        answers = iter(f"{n:016x}".encode() for n in range(100))
        monkeypatch.setattr(store, "_read", lambda server_key: (next(answers), b"{}"))
        monkeypatch.setattr(store, "_delete", lambda server_key: next(answers))

        assert store["a"] is None
        before = server.data[EPOCH_KEY]
        del store["a"]
        assert server.data[EPOCH_KEY] != before

    def test_invalidating_a_full_server_deletes_its_epoch(self, server, store):
        store["a"] = CacheEntry(1)
        server.refuses = Refused

        store.invalidate()

        assert EPOCH_KEY not in server.data
        assert store["a"] is None

    def test_invalidating_an_unreachable_server_raises(self, server, store):
        server.refuses = StoreUnavailable

        with pytest.raises(StoreUnavailable):
            store.invalidate()


class TestClearing:
    def test_clearing_removes_the_regions_keys_of_every_epoch_and_no_others(self, server, store, make):
        others = make("groups")
        others["a"] = CacheEntry(1)
        server.data[b"somebody's"] = b"data"
        store["a"] = CacheEntry(1)
        store.invalidate()
        store["b"] = CacheEntry(1)

        store.clear()

        ours = [key for key in server.data if key.startswith(b"stormpath:accounts:")]
        assert ours == [EPOCH_KEY]
        assert value_of(others, "a") == 1
        assert server.data[b"somebody's"] == b"data"

    def test_clearing_invalidates_a_server_that_does_not_list_its_keys(self, store, monkeypatch):
        def refuse(prefix):
            raise Refused

        store["a"] = CacheEntry(1)
        monkeypatch.setattr(store, "_keys", refuse)

        store.clear()

        assert store["a"] is None

    def test_entries_of_a_former_epoch_do_not_count(self, store):
        store["a"] = CacheEntry(1)
        store.invalidate()
        store["b"] = CacheEntry(1)

        assert len(store) == 1


class TestTheSerialForm:
    def test_an_entry_is_serialized_with_its_times_and_a_format(self, server, store):
        created, read = datetime(2026, 11, 21, 7, 1, 2, 345), datetime(2026, 11, 21, 8)

        store["a"] = CacheEntry({"name": "Zoë"}, created, read)

        (data,) = [data for key, data in server.data.items() if key != EPOCH_KEY]
        assert json.loads(data.decode("utf-8")) == {
            "format": 1,
            "created_at": "2026-11-21 07:01:02.000345",
            "last_accessed_at": "2026-11-21 08:00:00.000000",
            "value": {"name": "Zoë"},
        }
        assert "Zoë".encode() in data

    @pytest.mark.parametrize(
        "value", [{"a": [1, None, 1.5, {"b": {}}]}, [], "", None, False, "\ud83d", 10**30]
    )
    def test_a_value_is_read_as_it_was_put(self, store, value):
        store["a"] = CacheEntry(value)

        assert value_of(store, "a") == value

    def test_every_read_returns_a_copy(self, store):
        store["a"] = CacheEntry({"list": []})

        value_of(store, "a")["list"].append(1)

        assert store.copies
        assert value_of(store, "a") == {"list": []}

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"rubbish",
            b"\xff\xfe\x00",
            b"[1, 2]",
            b"7",
            b"null",
            b'"text"',
            b"{}",
            b'{"value": 1}',
            b'{"format": 2, "value": 1}',
            b'{"format": "1", "value": 1}',
            b'{"format": true, "value": 1}',
            b'{"format": 1}',
            b'{"format": 1, "value": {"trunca',
            b"[" * 100_000,
            b"1" * 10_000,
            ["a list"],
            "text",
        ],
        ids=lambda data: repr(data)[:30],
    )
    def test_data_that_is_not_an_entry_is_a_miss_and_is_deleted(self, server, store, data):
        store["a"] = CacheEntry(1)
        (server_key,) = server.data.keys() - {EPOCH_KEY}
        server.data[server_key] = data

        assert store["a"] is None
        assert server_key not in server.data

    @pytest.mark.parametrize("failure", [Refused, ValueError])
    def test_a_refused_put_leaves_no_older_entry_behind(self, server, store, failure):
        store["a"] = CacheEntry("older")
        server.refuses = failure

        with pytest.raises(failure):
            store["a"] = CacheEntry("newer")

        assert store["a"] is None

    def test_a_value_that_is_not_json_leaves_no_older_entry_behind(self, store):
        store["a"] = CacheEntry("older")

        with pytest.raises(TypeError):
            store["a"] = CacheEntry({"a set": {1, 2}})

        assert store["a"] is None


class Clock:
    now = 1_000_000.0

    def time(self) -> float:
        return self.now


class TestLifetimes:
    @pytest.fixture
    def clock(self, monkeypatch):
        clock = Clock()
        monkeypatch.setattr(entry_module, "time", clock)
        return clock

    @pytest.mark.parametrize(
        ("ttl", "tti", "own", "expected"),
        [
            (300, 300, None, 300),
            (3600, 3600, None, 3600),
            (3600, 7200, None, 3600),
            (3600, 60, None, 60),
            (3600, 3600, 30, 30),
            (300, 300, 900, 900),
            (3600, 60, 30, 30),
            (3600, 60, 900, 60),
            (0.25, 0.25, None, 0.25),
            (float("inf"), float("inf"), None, LONGEST_EXPIRY_SECONDS),
        ],
    )
    def test_the_server_keeps_an_entry_no_longer_than_it_may_be_read(self, ttl, tti, own, expected):
        store = StoreInMemory(Server(), own)
        store.serve_region("accounts", ttl, tti)

        assert store.expiry == expected

    def test_an_entry_that_the_server_still_has_is_not_idle(self, make, clock):
        cache = Cache(lambda: make(), ttl=300, tti=60)
        cache.put("a", 1)

        # The server would have dropped an entry that was not read meanwhile.
        clock.now += 200

        assert cache.get("a") == 1

    def test_reading_does_not_extend_the_ttl(self, make, clock):
        cache = Cache(lambda: make(), ttl=300, tti=60)
        cache.put("a", 1)

        clock.now += 300

        assert cache.get("a") is None

    def test_reading_does_not_extend_the_ttl_of_the_stores_options(self, server, clock):
        store = StoreInMemory(server, ttl=100)
        store.serve_region("accounts", 300, 60)
        store["a"] = CacheEntry(1)

        clock.now += 100

        assert store["a"] is None

    def test_without_a_shorter_tti_a_read_keeps_the_times_of_the_entry(self, store):
        entry = CacheEntry(1, datetime(2026, 11, 21, 7), datetime(2026, 11, 21, 7, 30))
        store["a"] = entry

        again = store["a"]

        assert (again.created_at, again.last_accessed_at) == (entry.created_at, entry.last_accessed_at)

    @pytest.mark.parametrize("lifetimes", [{"ttl": 0}, {"tti": 0}, {"ttl": -1, "tti": -1}])
    def test_a_lifetime_of_zero_keeps_nothing(self, store, make, lifetimes):
        store["a"] = CacheEntry("older")
        off = make(**lifetimes)

        off["a"] = CacheEntry("newer")

        assert off["a"] is None
        assert store["a"] is None
