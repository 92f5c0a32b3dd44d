"""Stores on a server, each of which breaks one rule of the contract."""

from __future__ import annotations

import json
import time
from uuid import uuid4

from stormpath.cache.entry import CacheEntry
from unit.testing.good_stores import ServerStore


class ExtendsByTtlOnRead(ServerStore):
    """Extends the lifetime by ``ttl`` instead of ``tti``: an entry that was read once is never idle again."""

    def read(self, key: str, raw: bytes) -> CacheEntry | None:
        entry = super().read(key, raw)
        self.on_server[self.server_key(key)] = (raw, time.time() + self.ttl)
        return entry


class NamesNoServer(ServerStore):
    server = ""


class NamesManyServers(ServerStore):
    @property
    def server(self) -> str:  # type: ignore[override]  # this is its defect
        return uuid4().hex


class LacksCopies(ServerStore):
    copies = False


class SharesNothing(ServerStore):
    def __init__(self) -> None:
        super().__init__()
        self.on_server = {}


class CachesReadEntries(ServerStore):
    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, CacheEntry] = {}

    def __getitem__(self, key: str) -> CacheEntry | None:
        return self.seen.get(key) or super().__getitem__(key)

    def read(self, key: str, raw: bytes) -> CacheEntry | None:
        entry = super().read(key, raw)
        if entry:
            self.seen[key] = entry
        return entry


class DeletesUnderAnOldEpoch(ServerStore):
    remembered = ""

    def read(self, key: str, raw: bytes) -> CacheEntry | None:
        self.remembered = self.epoch()
        return super().read(key, raw)

    def __delitem__(self, key: str) -> None:
        self.on_server.pop(f"{self.region}:{self.remembered}:{key}", None)


class HasTwoEpochs(ServerStore):
    def invalidate(self) -> None:
        other = b"one" if self.epoch() == "two" else b"two"
        self.on_server[f"{self.region}:epoch"] = (other, float("inf"))


class RestoresItsEpoch(ServerStore):
    remembered = b""

    def read(self, key: str, raw: bytes) -> CacheEntry | None:
        self.remembered = self.epoch().encode()
        return super().read(key, raw)

    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        if self.remembered:
            self.on_server[f"{self.region}:epoch"] = (self.remembered, float("inf"))
        super().__setitem__(key, entry)


class FlushesTheServer(ServerStore):
    def clear(self) -> None:
        self.on_server.clear()


class FlushesTheServerToInvalidate(ServerStore):
    def invalidate(self) -> None:
        self.on_server.clear()


class CountsForeignKeys(ServerStore):
    def __len__(self) -> int:
        return len(self.on_server)


class RaisesForRubbish(ServerStore):
    raises = ValueError

    def read(self, key: str, raw: bytes) -> CacheEntry | None:
        json.loads(raw)
        return super().read(key, raw)


class TakesAnyObjectForAnEntry(ServerStore):
    def read(self, key: str, raw: bytes) -> CacheEntry | None:
        return super().read(key, raw.replace(b"{", b'{"format": "a", ', 1))


class NeverExpires(ServerStore):
    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        super().__setitem__(key, entry)
        self.on_server[self.server_key(key)] = (self.on_server[self.server_key(key)][0], float("inf"))


class ExpiresByTtlOnly(ServerStore):
    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        super().__setitem__(key, entry)
        self.on_server[self.server_key(key)] = (
            self.on_server[self.server_key(key)][0],
            time.time() + self.ttl,
        )
