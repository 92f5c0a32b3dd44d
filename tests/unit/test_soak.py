"""The memory of a client does not grow with use. ``benchmarks/soak.py`` checks a million reads."""

import gc
import tracemalloc
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from stormpath import Client
from stormpath.cache.stale_answers import InvalidationLog
from stormpath.data_store import DataStore
from stormpath.resources.directory import Directory

BASE = "https://api.example.com/v1"
MAX_ENTRIES = 50
TURNS = 150
BYTES_PER_TURN = 50


class Service:
    """Answers every href, and keeps no state."""

    base_url = BASE

    def __init__(self) -> None:
        self._created = count(1_000_000)

    def get(self, href: str, params: Any = None) -> dict[str, Any]:
        if not href.endswith("/accounts"):
            return self._account(href)
        items = [self._account(f"{BASE}/accounts/{number}") for number in range(100)]
        return {"href": href, "offset": 0, "limit": 100, "size": 100, "items": items}

    def post(self, href: str, data: Any, params: Any = None) -> dict[str, Any]:
        new = href.endswith("/accounts")
        return self._account(f"{BASE}/accounts/{next(self._created)}" if new else href)

    def delete(self, href: str) -> dict[str, Any]:
        return {}

    def _account(self, href: str) -> dict[str, Any]:
        links = {name: {"href": f"{href}/{name}"} for name in ("customData", "groups")}
        return {"href": href, "email": "joe@example.com", "sp_http_status": 200, **links}


class Workload:
    """Turns of reads, lists and writes; each turn reads new accounts."""

    def __init__(self) -> None:
        self._client = Client(BASE, id="id", secret="secret")
        self._client.data_store = DataStore(Service(), {"store_opts": {"max_entries": MAX_ENTRIES}})
        self._unread = count(1000)

    def turn(self) -> None:
        people = Directory(self._client, href=f"{BASE}/directories/1").accounts
        for _ in range(20):
            href = f"{BASE}/accounts/{next(self._unread)}"
            assert self._client.accounts.get(href).email == self._client.accounts.get(href).email
        assert sum(1 for each in people if each.email) == 100
        account = people.create({"email": "joe@example.com", "given_name": "Joe", "surname": "Doe"})
        account.given_name = "Ann"
        account.custom_data["rank"] = 1
        account.save()
        account.refresh()
        account.delete()


@pytest.fixture(autouse=True)
def _small_invalidation_log(monkeypatch: pytest.MonkeyPatch) -> None:
    # The log is full before the measurement begins, like the cache.
    monkeypatch.setattr(InvalidationLog, "MAX_NAMES", MAX_ENTRIES)


@pytest.fixture(autouse=True)
def _traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def bytes_leaked_per_turn(turn: Any) -> float:
    for _ in range(TURNS // 3):
        turn()
    before = held()
    for _ in range(TURNS):
        turn()
    return (held() - before) / TURNS


def held() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def test_thousands_of_reads_and_writes_leak_no_memory() -> None:
    use = Workload()

    leaked_bytes = bytes_leaked_per_turn(use.turn)

    assert leaked_bytes < BYTES_PER_TURN


def test_one_leaked_href_per_turn_is_noticed() -> None:
    use = Workload()
    numbers = count()
    leaked = []

    def turn() -> None:
        use.turn()
        leaked.append(f"{BASE}/accounts/{next(numbers)}")

    leaked_bytes = bytes_leaked_per_turn(turn)

    assert leaked_bytes > BYTES_PER_TURN
