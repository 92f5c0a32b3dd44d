"""The conformance suite notices every promise that a store breaks, and stores that keep them all pass it."""

from __future__ import annotations

import unittest
from typing import Any

import pytest

from stormpath.cache.null_cache_store import NullCacheStore
from stormpath.cache.store import Store
from stormpath.testing import BaseStoreContract, CacheStoreContract, NullStoreContract, SharedStoreContract
from unit.testing import broken_local_stores as own
from unit.testing import broken_server_stores as served
from unit.testing.good_stores import OwnStore, ServerStore

BROKEN: dict[str, list[type[Any]]] = {
    "test_an_absent_key_gives_none": [own.RaisesWhenAbsent],
    "test_deleting_an_absent_key_is_silent": [own.RaisesWhenDeletingNothing],
    "test_a_deleted_entry_is_absent": [own.NeverDeletes],
    "test_a_cleared_store_is_empty": [
        own.NeverClears,
        own.ClearsOnlyTheNewest,
        own.CountsWhatWasCleared,
    ],
    "test_a_region_can_be_forgotten": [own.NeverForgets],
    "test_every_text_may_be_a_key": [own.RefusesLongKeys, own.RefusesBlanks, own.DeletesAsciiOnly],
    "test_many_threads_may_use_it_at_once": [own.MixesThreadsUp, own.RaisesInThreads],
    "test_it_keeps_nothing": [OwnStore],
    "test_it_keeps_nothing_of_many_either": [own.KeepsManyAfterAll],
    "test_what_is_put_is_there": [NullCacheStore, own.GivesTheLastEntry],
    "test_putting_again_replaces": [own.NeverReplaces, own.MergesValues, own.CountsWhatWasCleared],
    "test_the_length_is_the_number_of_entries": [own.CountsNothing, own.CountsWhatWasCleared],
    "test_deleting_leaves_all_others": [own.DeletesEverything, own.DeletesByPrefix],
    "test_keys_are_told_apart": [
        own.CutsKeys,
        own.FoldsKeys,
        own.NormalizesKeys,
        own.ReplacesBlanks,
    ],
    "test_every_json_value_comes_back_as_it_was": [
        own.MakesFloatsOfIntegers,
        own.KnowsAsciiOnly,
        own.LeavesOutNone,
    ],
    "test_what_cannot_be_kept_leaves_nothing_behind": [
        own.KeepsTheOldForTheLarge,
        own.CutsTheLarge,
        own.KeepsTheOldForTheOdd,
    ],
    "test_the_time_of_birth_is_kept_to_the_millisecond": [own.ForgetsTheBirth, own.KeepsWholeSeconds],
    "test_a_copy_is_the_readers_own": [own.CopiesNothing, own.CopiesTheSurface],
    "test_clearing_leaves_other_regions_alone": [own.ClearsWhatBeginsAlike, own.SharesEntriesOfRegions],
    "test_forgetting_leaves_other_regions_alone": [own.ForgetsWhatBeginsAlike],
    "test_regions_do_not_share_entries": [own.SharesEntriesOfRegions],
    "test_an_emptied_store_is_used_on": [own.ClosesWhenCleared, own.ClosesWhenForgotten],
    "test_many_are_stored_at_once": [
        own.LosesTheFirstOfMany,
        own.RaisesForNone,
        own.KeepsWhatWasThereOfMany,
    ],
    "test_entries_are_found_by_their_values_where_that_is_offered": [
        own.MatchesEverything,
        own.MatchesEntries,
    ],
    "test_it_holds_no_more_than_it_says": [own.HoldsMore, own.RefusesWhenFull],
    "test_no_thread_loses_what_it_put": [own.LosesWhatThreadsPut],
    "test_it_works_on_in_forked_processes": [own.IsOfOneProcess, own.EndsForkedChildren],
    "test_what_is_read_stays_and_what_is_idle_goes": [
        own.DoesNotSlide,
        own.NeverIdles,
        served.StaysForTtlOnceRead,
    ],
    "test_ttl_ends_what_is_read_all_the_time": [own.IsBornAgainWhenRead],
    "test_ttl_ends_what_may_be_idle_for_longer": [own.IsBornAgainWhenRead],
    "test_long_ages_are_ages": [own.TakesLongAgesForDates],
    "test_ages_may_be_fractions": [own.RefusesFractions],
    "test_an_age_of_nothing_keeps_nothing": [own.RefusesToKeepNothing, own.KeepsNothingForEver],
    "test_it_names_its_server": [served.HasNoName, served.HasManyNames],
    "test_it_gives_copies": [served.DoesNotSayThatItCopies],
    "test_stores_of_a_region_see_each_others_entries": [served.KeepsToItself, served.RemembersWhatItRead],
    "test_stores_of_a_region_see_each_others_deletes": [served.KeepsToItself, served.RemembersWhatItRead],
    "test_stores_of_a_region_see_each_others_clearing": [served.KeepsToItself, served.RemembersWhatItRead],
    "test_a_delete_is_one_whatever_happened_before": [served.DeletesUnderAnOldEpoch],
    "test_nothing_that_was_cleared_comes_back": [served.HasTwoEpochs],
    "test_a_put_brings_nothing_back": [served.InsistsOnItsEpoch],
    "test_other_peoples_keys_are_left_alone": [
        served.FlushesTheServer,
        served.FlushesTheServerToForget,
        served.CountsEverybodysKeys,
    ],
    "test_what_is_no_entry_is_a_miss": [served.RaisesForRubbish, served.TakesAnyObjectForAnEntry],
    "test_the_server_forgets_what_is_too_old": [served.NeverDropsTheOld, served.DropsByTtlAlone],
    # A dictionary is no server to another process.
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
        return OwnStore()


class TestAGoodNullStore(NullStoreContract):
    def make_store(self) -> Store:
        return NullCacheStore()


class TestUnittest(unittest.TestCase, CacheStoreContract):
    """The standard library's runner finds the promises too."""

    tick = 0.1

    def make_store(self) -> Store:
        return OwnStore()


def promises(*contracts: type[BaseStoreContract]) -> set[str]:
    return {name for each in contracts for name in dir(each) if name.startswith("test_")}


ON_SERVERS = sorted(promises(SharedStoreContract) - {"test_forked_processes_see_each_others_entries"})
PLANTED = [(promise, store) for promise, stores in BROKEN.items() for store in stores]


def keep(promise: str, store: type[Any]) -> None:
    """Run one promise of the contract that has it against a store."""
    kinds: list[type[BaseStoreContract]] = [BaseStoreContract, NullStoreContract, CacheStoreContract]
    kind = next((each for each in kinds if hasattr(each, promise)), OnDictionary)
    contract = type("Contract", (kind,), {"make_store": lambda self: store(), "tick": 0.1})()
    getattr(contract, promise)()


@pytest.mark.parametrize("promise", ON_SERVERS)
def test_a_good_store_on_a_server_keeps_every_promise(promise: str) -> None:
    contract = type("Contract", (OnDictionary,), {"make_store": lambda self: ServerStore()})()

    getattr(contract, promise)()


@pytest.mark.parametrize(("promise", "store"), PLANTED, ids=lambda each: getattr(each, "__name__", each))
def test_a_broken_promise_is_noticed(promise: str, store: type[Any]) -> None:
    with pytest.raises(getattr(store, "raises", AssertionError)) as caught:
        keep(promise, store)

    assert str(caught.value)
    assert "too busy" not in str(caught.value)


def test_no_promise_goes_unbroken() -> None:
    assert promises(NullStoreContract, SharedStoreContract) == BROKEN.keys()


def test_a_contract_says_what_is_to_be_overridden() -> None:
    with pytest.raises(NotImplementedError, match=r"override make_store\(\)"):
        CacheStoreContract().test_what_is_put_is_there()
