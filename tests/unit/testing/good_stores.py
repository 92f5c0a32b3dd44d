"""Two stores in plain Python that pass the contracts; the broken stores are derived from them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

from stormpath.cache.entry import CacheEntry

Pairs = Iterable[tuple[str, CacheEntry]]


class LocalStore:
    """Keeps entries in a dictionary of its own."""

    def __init__(self) -> None:
        self.entries: dict[str, CacheEntry] = {}

    def serve_region(self, region: str, ttl: float, tti: float) -> None:
        self.region, self.ttl, self.tti = region, ttl, tti

    def __getitem__(self, key: str) -> CacheEntry | None:
        return self.entries.get(key)

    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        self.entries[key] = entry

    def __delitem__(self, key: str) -> None:
        self.entries.pop(key, None)

    def __len__(self) -> int:
        return len(self.entries)

    def clear(self) -> None:
        self.entries.clear()

    def invalidate(self) -> None:
        self.entries.clear()

    def put_many(self, pairs: Pairs) -> None:
        for key, entry in pairs:
            self[key] = entry

    def matching(self, condition: Callable[[Any], bool]) -> list[str]:
        return [key for key, entry in self.entries.items() if condition(entry.value)]


class ServerStore:
    """Keeps entries as bytes on a "server", which is a dictionary of this process."""

    copies = True
    server = "dictionary"
    on_server: dict[str, tuple[bytes, float]] = {}  # noqa: RUF012  # One server for all instances, unless a test replaces it.

    def __init__(self) -> None:
        self.region = ""

    def serve_region(self, region: str, ttl: float, tti: float) -> None:
        self.region, self.ttl, self.tti = region, ttl, tti

    def epoch(self) -> str:
        fresh = (uuid4().hex.encode(), float("inf"))
        return self.on_server.setdefault(f"{self.region}:epoch", fresh)[0].decode()

    def server_key(self, key: str) -> str:
        return f"{self.region}:{self.epoch()}:{key}"

    def __getitem__(self, key: str) -> CacheEntry | None:
        raw, expires = self.on_server.get(self.server_key(key), (b"", 0.0))
        if time.time() >= expires:
            return None
        return self.read(key, raw)

    def read(self, key: str, raw: bytes) -> CacheEntry | None:
        try:
            held = json.loads(raw)
        except ValueError:
            return None
        if not isinstance(held, dict) or held.get("format") != "a":
            return None
        entry = CacheEntry.parse(held)
        if self.tti < self.ttl:
            entry.touch()
            self.on_server[self.server_key(key)] = (raw, time.time() + self.tti)
        return entry

    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        raw = json.dumps({**entry.to_dict(), "format": "a"}).encode()
        self.on_server[self.server_key(key)] = (raw, time.time() + min(self.ttl, self.tti))

    def __delitem__(self, key: str) -> None:
        self.on_server.pop(self.server_key(key), None)

    def ours(self) -> list[str]:
        beginning, now = self.server_key(""), time.time()
        held = self.on_server.copy().items()
        return [key for key, (_, expires) in held if key.startswith(beginning) and now < expires]

    def __len__(self) -> int:
        return len(self.ours())

    def clear(self) -> None:
        for key in self.ours():
            self.on_server.pop(key, None)

    def invalidate(self) -> None:
        self.on_server[f"{self.region}:epoch"] = (uuid4().hex.encode(), float("inf"))
