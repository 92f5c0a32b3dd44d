"""The store contracts fail for every rule that a store breaks, and good stores pass them."""

from __future__ import annotations

import unittest
from typing import Any

import pytest

from stormpath.cache.null_cache_store import NullCacheStore
from stormpath.cache.store import Store
from stormpath.testing import BaseStoreContract, CacheStoreContract, NullStoreContract, SharedStoreContract
from unit.testing import broken_local_stores as local
from unit.testing import broken_server_stores as served
from unit.testing.good_stores import LocalStore, ServerStore

BROKEN: dict[str, list[type[Any]]] = {
    "test_an_absent_key_gives_none": [local.RaisesWhenAbsent],
    "test_deleting_an_absent_key_is_silent": [local.RaisesWhenDeletingNothing],
    "test_a_deleted_entry_is_absent": [local.NeverDeletes],
    "test_a_cleared_store_is_empty": [
        local.NeverClears,
        local.ClearsOnlyTheNewest,
        local.CountsWhatWasCleared,
    ],
    "test_an_invalidated_entry_is_absent": [local.NeverInvalidates],
    "test_every_text_may_be_a_key": [local.RefusesLongKeys, local.RefusesBlanks, local.DeletesAsciiOnly],
    "test_many_threads_may_use_it_at_once": [local.MixesUpThreads, local.RaisesInThreads],
    "test_it_keeps_nothing": [LocalStore],
    "test_put_many_keeps_nothing": [local.KeepsWhatPutManyGets],
    "test_an_entry_that_is_put_is_read": [NullCacheStore, local.ReturnsTheLastEntry],
    "test_putting_again_replaces": [local.NeverReplaces, local.MergesValues, local.CountsWhatWasCleared],
    "test_the_length_is_the_number_of_entries": [local.CountsNothing, local.CountsWhatWasCleared],
    "test_deleting_leaves_other_entries": [local.DeletesEverything, local.DeletesByPrefix],
    "test_similar_keys_have_separate_entries": [
        local.TruncatesKeys,
        local.FoldsKeys,
        local.NormalizesKeys,
        local.ReplacesBlanks,
    ],
    "test_every_json_value_comes_back_as_it_was": [
        local.MakesFloatsOfIntegers,
        local.StoresAsciiOnly,
        local.LeavesOutNone,
    ],
    "test_a_value_that_cannot_be_kept_leaves_no_older_one_behind": [
        local.KeepsOldWhenTooLarge,
        local.TruncatesLargeValues,
        local.KeepsOldWhenNotUnicode,
    ],
    "test_created_at_is_kept_to_the_millisecond": [local.LosesCreatedAt, local.KeepsWholeSeconds],
    "test_a_copy_may_be_changed_by_its_reader": [local.CopiesNothing, local.CopiesShallowly],
    "test_clearing_leaves_other_regions_alone": [local.ClearsByNamePrefix, local.SharesEntriesOfRegions],
    "test_invalidating_leaves_other_regions_alone": [local.InvalidatesByNamePrefix],
    "test_regions_do_not_share_entries": [local.SharesEntriesOfRegions],
    "test_an_emptied_store_keeps_new_entries": [local.ClosesWhenCleared, local.ClosesWhenInvalidated],
    "test_put_many_stores_every_pair": [
        local.PutManyLosesTheFirst,
        local.RaisesForNoPairs,
        local.PutManyReplacesNothing,
    ],
    "test_matching_finds_entries_by_their_values": [
        local.MatchesEverything,
        local.MatchesEntries,
    ],
    "test_a_full_store_keeps_no_more_than_max_entries": [local.HoldsMore, local.RefusesWhenFull],
    "test_a_thread_reads_what_it_put": [local.LosesWhatThreadsPut],
    "test_it_works_in_forked_processes": [local.WorksInOneProcessOnly, local.ExitsInForkedChildren],
    "test_tti_ends_an_idle_entry_and_not_one_that_is_read": [
        local.NeverExtendsTti,
        local.NeverIdle,
        served.ExtendsByTtlOnRead,
    ],
    "test_ttl_ends_an_entry_that_is_read_all_the_time": [local.ResetsCreatedAtOnRead],
    "test_a_longer_tti_does_not_extend_ttl": [local.ResetsCreatedAtOnRead],
    "test_a_lifetime_of_years_is_not_a_date": [local.TakesLongLifetimesForDates],
    "test_lifetimes_may_be_fractions_of_seconds": [local.RefusesFractions],
    "test_a_lifetime_of_zero_keeps_nothing": [local.RefusesZeroLifetimes, local.TakesZeroForNoLimit],
    "test_it_names_its_server": [served.NamesNoServer, served.NamesManyServers],
    "test_it_gives_copies": [served.LacksCopies],
    "test_stores_of_a_region_see_each_others_entries": [served.SharesNothing, served.CachesReadEntries],
    "test_stores_of_a_region_see_each_others_deletes": [served.SharesNothing, served.CachesReadEntries],
    "test_stores_of_a_region_see_each_others_clearing": [served.SharesNothing, served.CachesReadEntries],
    "test_a_delete_reaches_entries_put_after_the_region_was_emptied": [served.DeletesUnderAnOldEpoch],
    "test_emptying_twice_restores_nothing": [served.HasTwoEpochs],
    "test_a_put_restores_no_old_entry": [served.RestoresItsEpoch],
    "test_keys_of_other_programs_are_left_alone": [
        served.FlushesTheServer,
        served.FlushesTheServerToInvalidate,
        served.CountsForeignKeys,
    ],
    "test_bytes_that_are_not_an_entry_are_a_miss": [served.RaisesForRubbish, served.TakesAnyObjectForAnEntry],
    "test_the_server_drops_expired_entries": [served.NeverExpires, served.ExpiresByTtlOnly],
    # A dictionary is not shared with another process.
    "test_forked_processes_see_each_others_entries": [ServerStore],
}


class OnDictionary(SharedStoreContract):
    """The contract of a store whose server is a dictionary."""

    tick = 0.1

    def server_key(self, region: str, key: str) -> str:
        store = ServerStore()
        store.region = region
        return store.server_key(key)

    def server_get(self, server_key: Any) -> bytes | None:
        return ServerStore.on_server.get(server_key, (None, 0.0))[0]

    def server_set(self, server_key: Any, raw: bytes) -> None:
        ServerStore.on_server[server_key] = (raw, float("inf"))


class TestAGoodStore(CacheStoreContract):
    tick = 0.1

    def make_store(self) -> Store:
        return LocalStore()


class TestAGoodNullStore(NullStoreContract):
    def make_store(self) -> Store:
        return NullCacheStore()


class TestUnittest(unittest.TestCase, CacheStoreContract):
    """The standard library's runner finds the tests, too."""

    tick = 0.1

    def make_store(self) -> Store:
        return LocalStore()


def names_of_tests(*contracts: type[BaseStoreContract]) -> set[str]:
    return {name for each in contracts for name in dir(each) if name.startswith("test_")}


ON_SERVERS = sorted(names_of_tests(SharedStoreContract) - {"test_forked_processes_see_each_others_entries"})
BROKEN_PAIRS = [(name, store) for name, stores in BROKEN.items() for store in stores]


def run_test(name: str, store: type[Any]) -> None:
    """Run a test of the contract that has it against a store."""
    kinds: list[type[BaseStoreContract]] = [BaseStoreContract, NullStoreContract, CacheStoreContract]
    kind = next((each for each in kinds if hasattr(each, name)), OnDictionary)
    contract = type("Contract", (kind,), {"make_store": lambda self: store(), "tick": 0.1})()
    getattr(contract, name)()


@pytest.mark.parametrize("name", ON_SERVERS)
def test_a_good_store_on_a_server_passes_every_test(name: str) -> None:
    contract = type("Contract", (OnDictionary,), {"make_store": lambda self: ServerStore()})()

    getattr(contract, name)()


@pytest.mark.parametrize(("name", "store"), BROKEN_PAIRS, ids=lambda each: getattr(each, "__name__", each))
def test_every_broken_store_fails_its_test(name: str, store: type[Any]) -> None:
    with pytest.raises(getattr(store, "raises", AssertionError)) as caught:
        run_test(name, store)

    assert str(caught.value)
    assert "too busy" not in str(caught.value)


def test_every_test_has_a_broken_store() -> None:
    assert names_of_tests(NullStoreContract, SharedStoreContract) == BROKEN.keys()


def test_a_contract_without_make_store_names_the_method_to_override() -> None:
    with pytest.raises(NotImplementedError, match=r"override make_store\(\)"):
        CacheStoreContract().test_an_entry_that_is_put_is_read()
