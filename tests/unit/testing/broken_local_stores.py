"""Local stores, each of which breaks one rule of the contract."""

from __future__ import annotations

import json
import os
import time
import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from stormpath.cache.entry import CacheEntry
from stormpath.cache.null_cache_store import NullCacheStore
from unit.testing.good_stores import LocalStore, Pairs


class RaisesWhenAbsent(LocalStore):
    raises = KeyError

    def __getitem__(self, key: str) -> CacheEntry | None:
        return self.entries[key]


class RaisesWhenDeletingNothing(LocalStore):
    raises = KeyError

    def __delitem__(self, key: str) -> None:
        del self.entries[key]


class NeverDeletes(LocalStore):
    def __delitem__(self, key: str) -> None:
        pass


class NeverClears(LocalStore):
    def clear(self) -> None:
        pass


class ClearsOnlyTheNewest(LocalStore):
    def clear(self) -> None:
        self.entries.popitem()


class CountsWhatWasCleared(LocalStore):
    puts = 0

    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        super().__setitem__(key, entry)
        self.puts += 1

    def __len__(self) -> int:
        return self.puts


class NeverInvalidates(LocalStore):
    def invalidate(self) -> None:
        pass


class RefusesLongKeys(LocalStore):
    raises = ValueError

    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        if len(key) > 250:
            raise ValueError("key too long")
        super().__setitem__(key, entry)


class RefusesBlanks(LocalStore):
    raises = ValueError

    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        if " " in key:
            raise ValueError("blanks in key")
        super().__setitem__(key, entry)


class DeletesAsciiOnly(LocalStore):
    def __delitem__(self, key: str) -> None:
        super().__delitem__(key.encode("ascii", "ignore").decode())


class MixesUpThreads(LocalStore):
    """Mixes up the reads of threads, like a connection that several threads use at once."""

    def __getitem__(self, key: str) -> CacheEntry | None:
        self.asked = key
        time.sleep(0)
        return super().__getitem__(self.asked)


class RaisesInThreads(LocalStore):
    raises = RuntimeError
    inside = 0

    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        self.inside += 1
        time.sleep(0)
        if self.inside != 1:
            raise RuntimeError("used by two threads at once")
        super().__setitem__(key, entry)
        self.inside -= 1


class KeepsWhatPutManyGets(NullCacheStore):
    def __init__(self) -> None:
        self.entries: dict[str, CacheEntry] = {}

    def put_many(self, pairs: Pairs) -> None:
        self.entries.update(pairs)

    def __getitem__(self, key: str) -> CacheEntry | None:
        return self.entries.get(key)


class ReturnsTheLastEntry(LocalStore):
    def __getitem__(self, key: str) -> CacheEntry | None:
        return next(reversed(self.entries.values()), None)


class NeverReplaces(LocalStore):
    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        self.entries.setdefault(key, entry)


class MergesValues(LocalStore):
    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        if key in self.entries:
            entry.value = {**self.entries[key].value, **entry.value}
        super().__setitem__(key, entry)


class CountsNothing(LocalStore):
    def __len__(self) -> int:
        return 0


class DeletesEverything(LocalStore):
    def __delitem__(self, key: str) -> None:
        self.clear()


class DeletesByPrefix(LocalStore):
    def __delitem__(self, key: str) -> None:
        for each in [each for each in self.entries if each.startswith(key[:20])]:
            del self.entries[each]


class RewritesKeys(LocalStore):
    """Stores entries under changed keys."""

    @staticmethod
    def rewritten(key: str) -> str:
        raise NotImplementedError

    def __getitem__(self, key: str) -> CacheEntry | None:
        return super().__getitem__(self.rewritten(key))

    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        super().__setitem__(self.rewritten(key), entry)

    def __delitem__(self, key: str) -> None:
        super().__delitem__(self.rewritten(key))


class TruncatesKeys(RewritesKeys):
    @staticmethod
    def rewritten(key: str) -> str:
        return key[:250]


class FoldsKeys(RewritesKeys):
    @staticmethod
    def rewritten(key: str) -> str:
        return key.lower()


class NormalizesKeys(RewritesKeys):
    @staticmethod
    def rewritten(key: str) -> str:
        return unicodedata.normalize("NFC", key)


class ReplacesBlanks(RewritesKeys):
    @staticmethod
    def rewritten(key: str) -> str:
        return "".join(key.split())


class MakesFloatsOfIntegers(LocalStore):
    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        entry.value = json.loads(json.dumps(entry.value), parse_int=float)
        super().__setitem__(key, entry)


class StoresAsciiOnly(LocalStore):
    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        text = json.dumps(entry.value, ensure_ascii=False)
        entry.value = json.loads(text.encode("ascii", "replace"))
        super().__setitem__(key, entry)


class LeavesOutNone(LocalStore):
    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        if isinstance(entry.value, dict):
            entry.value = {name: value for name, value in entry.value.items() if value is not None}
        super().__setitem__(key, entry)


class KeepsOldWhenTooLarge(LocalStore):
    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        if len(json.dumps(entry.value)) > 2**20:
            raise ValueError("too large")
        super().__setitem__(key, entry)


class TruncatesLargeValues(LocalStore):
    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        entry.value = {name: value[:1000] for name, value in entry.value.items() if isinstance(value, str)}
        super().__setitem__(key, entry)


class KeepsOldWhenNotUnicode(LocalStore):
    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        json.dumps(entry.value, ensure_ascii=False).encode()
        super().__setitem__(key, entry)


class LosesCreatedAt(LocalStore):
    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        super().__setitem__(key, CacheEntry(entry.value))


class KeepsWholeSeconds(LocalStore):
    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        super().__setitem__(key, CacheEntry(entry.value, entry.created_at.replace(microsecond=0)))


class CopiesNothing(LocalStore):
    copies = True


class CopiesShallowly(LocalStore):
    copies = True

    def __getitem__(self, key: str) -> CacheEntry | None:
        entry = super().__getitem__(key)
        return entry and CacheEntry(dict(entry.value))


class RegionsInOneDictionary(LocalStore):
    """Keeps all regions in one dictionary; the beginning of a key is its region."""

    everything: ClassVar[dict[str, CacheEntry]] = {}

    def ours(self) -> list[str]:
        return [key for key in self.everything if key.startswith(f"{self.region}/")]

    def __getitem__(self, key: str) -> CacheEntry | None:
        return self.everything.get(f"{self.region}/{key}")

    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        self.everything[f"{self.region}/{key}"] = entry

    def __delitem__(self, key: str) -> None:
        self.everything.pop(f"{self.region}/{key}", None)

    def __len__(self) -> int:
        return len(self.ours())

    def clear(self) -> None:
        for key in self.ours():
            del self.everything[key]

    invalidate = clear


class ClearsByNamePrefix(RegionsInOneDictionary):
    def clear(self) -> None:
        for key in [each for each in self.everything if each.startswith(self.region)]:
            del self.everything[key]


class InvalidatesByNamePrefix(RegionsInOneDictionary):
    def invalidate(self) -> None:
        ClearsByNamePrefix.clear(self)  # type: ignore[arg-type]  # it is one in this regard


class SharesEntriesOfRegions(LocalStore):
    everything: ClassVar[dict[str, CacheEntry]] = {}

    def __init__(self) -> None:
        self.entries = self.everything


class ClosesWhenCleared(LocalStore):
    closed = False

    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        if not self.closed:
            super().__setitem__(key, entry)

    def clear(self) -> None:
        super().clear()
        self.closed = True


class ClosesWhenInvalidated(ClosesWhenCleared):
    clear = LocalStore.clear
    invalidate = ClosesWhenCleared.clear


class PutManyLosesTheFirst(LocalStore):
    def put_many(self, pairs: Pairs) -> None:
        super().put_many(list(pairs)[1:])


class RaisesForNoPairs(LocalStore):
    def put_many(self, pairs: Pairs) -> None:
        first, *others = pairs
        super().put_many([first, *others])


class PutManyReplacesNothing(LocalStore):
    def put_many(self, pairs: Pairs) -> None:
        self.entries = {**dict(pairs), **self.entries}


class MatchesEverything(LocalStore):
    def matching(self, condition: Callable[[Any], bool]) -> list[str]:
        return list(self.entries)


class MatchesEntries(LocalStore):
    def matching(self, condition: Callable[[Any], bool]) -> list[str]:
        return [key for key, entry in self.entries.items() if condition(entry)]


class HoldsMore(LocalStore):
    max_entries = 3


class RefusesWhenFull(LocalStore):
    max_entries = 3

    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        if len(self) < self.max_entries:
            super().__setitem__(key, entry)


class LosesWhatThreadsPut(LocalStore):
    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        copy = self.entries.copy()
        time.sleep(0)
        copy[key] = entry
        self.entries = copy


class WorksInOneProcessOnly(LocalStore):
    def __init__(self) -> None:
        super().__init__()
        self.process = os.getpid()

    def __getitem__(self, key: str) -> CacheEntry | None:
        return super().__getitem__(key) if os.getpid() == self.process else None


class ExitsInForkedChildren(WorksInOneProcessOnly):
    def __getitem__(self, key: str) -> CacheEntry | None:
        if os.getpid() != self.process:
            os._exit(1)
        return super().__getitem__(key)


class NeverExtendsTti(LocalStore):
    def __getitem__(self, key: str) -> CacheEntry | None:
        entry = super().__getitem__(key)
        return entry and CacheEntry(entry.value, entry.created_at, entry.last_accessed_at)


class NeverIdle(LocalStore):
    def __getitem__(self, key: str) -> CacheEntry | None:
        entry = super().__getitem__(key)
        return entry and CacheEntry(entry.value, entry.created_at)


class ResetsCreatedAtOnRead(LocalStore):
    def __getitem__(self, key: str) -> CacheEntry | None:
        entry = super().__getitem__(key)
        return entry and CacheEntry(entry.value)


class TakesLongLifetimesForDates(LocalStore):
    def __getitem__(self, key: str) -> CacheEntry | None:
        return None if self.ttl > 30 * 24 * 3600 else super().__getitem__(key)


class RefusesFractions(LocalStore):
    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        if int(self.ttl) != self.ttl or int(self.tti) != self.tti:
            raise TypeError("lifetimes are whole seconds")
        super().__setitem__(key, entry)


class RefusesZeroLifetimes(LocalStore):
    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        if min(self.ttl, self.tti) <= 0:
            raise ValueError("invalid expire time")
        super().__setitem__(key, entry)


class TakesZeroForNoLimit(LocalStore):
    """Some servers take a lifetime of 0 for no limit."""

    def __getitem__(self, key: str) -> CacheEntry | None:
        entry = super().__getitem__(key)
        return entry and CacheEntry(entry.value, datetime(2999, 1, 1), datetime(2999, 1, 1))
