"""The printed form of the cache's counters."""

from typing import Any

import pytest

from stormpath.cache.manager import CacheManager
from stormpath.cache.memory_store import MemoryStore
from stormpath.cache.stats import CacheStats
from unit.resources.exchange import Exchange, StubClient, account_json


class CountingStore(MemoryStore):
    """A store that counts how often its size is read."""

    size_reads = 0

    def __len__(self) -> int:
        self.size_reads += 1
        return super().__len__()


class Broken(MemoryStore):
    def __len__(self) -> int:
        raise ConnectionError("gone")


@pytest.fixture
def manager() -> CacheManager:
    """A manager whose accounts were read and written, directories written, and groups not used."""
    manager = CacheManager()
    accounts, directories, _ = (
        manager.create_cache(region, store=CountingStore) for region in ("accounts", "directories", "groups")
    )
    for number in range(1200):
        accounts.put(f"a{number}", {"n": number})
    for number in range(200, 1203):
        accounts.get(f"a{number}")
    directories.put("d1", {"n": 1})
    return manager


class TestTheTable:
    def test_the_table_has_a_row_for_each_used_region_and_a_total(self, manager: CacheManager) -> None:
        assert str(manager.stats).splitlines() == [
            "region       puts  hits  misses  expirations  size  failures  hit rate",
            "accounts     1200  1000       3            0  1000         0    99.7 %",
            "directories     1     0       0            0     1         0         -",
            "total        1201  1000       3            0  1001         0    99.7 %",
        ]
        assert repr(manager.stats) == str(manager.stats)

    def test_the_table_reads_the_size_of_each_store_once(self, manager: CacheManager) -> None:
        repr(manager.stats)

        stores: list[Any] = [cache.store for cache in manager.caches.values()]
        assert [store.size_reads for store in stores] == [1, 1, 0]

    def test_the_table_shows_a_region_whose_store_only_fails(self) -> None:
        manager = CacheManager()
        manager.create_cache("accounts", store=Broken).stats.failure()

        header, accounts, _ = str(manager.stats).splitlines()

        assert dict(zip(header.split(), accounts.split(), strict=False))["failures"] == "2"

    def test_without_any_use_the_table_is_a_sentence(self) -> None:
        assert repr(CacheManager().stats) == "none of 0 regions was used yet"

    def test_printing_makes_no_request(self) -> None:
        exchange = Exchange()
        exchange.lists("/accounts", [account_json()])
        client = StubClient(exchange)
        assert len(list(client.accounts)) == 1
        exchange.clear()

        table = repr(client.data_store.cache_manager.stats)

        assert "accounts" in table
        assert exchange.count == 0

    def test_the_statistics_are_a_mapping(self, manager: CacheManager) -> None:
        assert set(manager.stats) == {"accounts", "directories", "groups"}
        assert manager.stats["accounts"] is manager.caches["accounts"].stats
        assert manager.stats == {region: cache.stats for region, cache in manager.caches.items()}


class TestTheCountersOfARegion:
    def test_counters_are_printed_with_their_names(self, manager: CacheManager) -> None:
        assert repr(manager.stats["accounts"]) == (
            "<CacheStats puts=1200, hits=1000, misses=3, expirations=0, size=1000, failures=0,"
            " hit rate 99.7 %>"
        )

    def test_there_is_no_hit_rate_without_reads(self) -> None:
        assert repr(CacheStats()).endswith("failures=0, hit rate ->")
