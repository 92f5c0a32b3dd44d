"""What stores on a server have in common: keys, epochs, ages, and the form in which entries are kept.

The entries of a region have the keys ``{key_prefix}stormpath:{region}:{epoch}:{href}``. The epoch, a random
word, lies under ``{key_prefix}stormpath:{region}:epoch``; whoever changes it makes every entry unreachable at
once, and the old ones expire by themselves. A reader remembers it, and asks for the epoch and the entry in
one trip: so nobody is answered from an epoch that is over.
"""

import json
import math
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from stormpath.cache.entry import CacheEntry
from stormpath.cache.store import StoreUnavailable

FORMAT = 1
EPOCH = re.compile(rb"[0-9a-f]{16}")
DEFAULT_TTL = 300
# A cache that hangs is no cache.
DEFAULT_TIMEOUT_SECONDS = 0.5
# Neither server takes just any number, and nothing in a cache is worth more.
LONGEST_EXPIRY_SECONDS = 365 * 86400
# How often an epoch may change under one question.
MAX_ATTEMPTS = 3

KeyAndData = tuple[bytes, bytes]

_as_json = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


class NetworkStore(ABC):
    """A store on a server, shared by every process that uses it.

    A subclass fills in a handful of primitives. They raise `StoreUnavailable` when the server cannot be
    reached, and what the library raises when it refuses.
    """

    copies = True
    # What a server says that does not let us look through its keys.
    listing_errors: tuple[type[Exception], ...] = ()

    def __init__(self, server: str, ttl: float | None, key_prefix: str | bytes) -> None:
        self.server = server
        self._own_ttl = None if ttl is None else float(ttl)
        self._key_prefix = _bytes(key_prefix)
        self.serve_region("", DEFAULT_TTL, DEFAULT_TTL)

    def serve_region(self, region: str, ttl: float, tti: float) -> None:
        """Keep the entries of one region, with its ages in seconds.

        The server drops an entry after ``ttl``, or after the ``ttl`` of the store's options. With a shorter
        ``tti`` it drops what was not read for so long, and each read prolongs that in its own trip.
        """
        self._prefix = b"%bstormpath:%b:" % (self._key_prefix, quote(region, safe="").encode())
        self._epoch_key = self._prefix + b"epoch"
        self._epoch: bytes | None = None
        self._lifetime = ttl if self._own_ttl is None else self._own_ttl
        self._is_sliding = tti < ttl
        expiry = min(self._lifetime, tti) if self._is_sliding else self._lifetime
        self._expiry = min(expiry, LONGEST_EXPIRY_SECONDS)
        self._configure_region()

    def __getitem__(self, key: str) -> CacheEntry | None:
        if self._expiry <= 0:
            return None
        epoch = self._epoch or self._fetch_epoch()
        for _ in range(MAX_ATTEMPTS):
            server_key = self._server_key(epoch, key)
            current, data = self._read(server_key)
            if current == epoch:
                return None if data is None else self._entry_of(data, server_key)
            epoch = self._adopt_epoch(current)
        return None

    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        self.put_many([(key, entry)])

    def put_many(self, pairs: Iterable[tuple[str, CacheEntry]]) -> None:
        """Store many entries in one trip."""
        pairs = list(pairs)
        if self._expiry <= 0:
            for key, _ in pairs:
                del self[key]
            return
        if not pairs:
            return
        epoch = self._epoch or self._fetch_epoch()
        server_keys = [self._server_key(epoch, key) for key, _ in pairs]
        try:
            self._write(list(zip(server_keys, [_encoded(entry) for _, entry in pairs], strict=True)))
        except StoreUnavailable:
            raise
        except Exception:
            # What was refused must not leave something older behind.
            self._remove(server_keys)
            raise

    def __delitem__(self, key: str) -> None:
        epoch = self._epoch = self._epoch or _valid_epoch(self._read_epoch())
        for _ in range(MAX_ATTEMPTS):
            if epoch is None:
                return
            current = _valid_epoch(self._delete(self._server_key(epoch, key)))
            if current == epoch:
                return
            # Somebody else changed it, and entries since then have other keys.
            epoch = self._epoch = current
        self.invalidate()

    def __len__(self) -> int:
        """Count the entries. The server looks through all keys that it has, whoever they belong to."""
        epoch = _valid_epoch(self._read_epoch())
        if epoch is None:
            return 0
        return len({key for batch in self._keys(self._server_key(epoch, "")) for key in batch})

    def invalidate(self) -> None:
        """Forget every entry; one trip, however many there are."""
        epoch = os.urandom(8).hex().encode()
        self._epoch = None
        try:
            self._write_epoch(epoch)
        except StoreUnavailable:
            raise
        except Exception:
            # A full server refuses what is new. Whoever finds no epoch makes one.
            self._remove([self._epoch_key])
        else:
            self._epoch = epoch

    def clear(self) -> None:
        """Forget every entry, and take what this region ever stored off the server.

        All is forgotten after one trip; then the server looks through all its keys, whoever they belong to. A
        server that does not allow that drops the entries when they expire.
        """
        self.invalidate()
        # What others store meanwhile may stay.
        epoch = self._epoch
        kept = (self._epoch_key, *([] if epoch is None else [self._server_key(epoch, "")]))
        with suppress(*self.listing_errors):
            for batch in self._keys(self._prefix):
                self._remove([key for key in batch if not key.startswith(kept)])

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.server} {self._prefix.decode(errors='replace')}>"

    def _fetch_epoch(self) -> bytes:
        return self._adopt_epoch(self._read_epoch())

    def _adopt_epoch(self, word: bytes | None) -> bytes:
        """Remember an epoch; where there is none, make one."""
        self._epoch = epoch = _valid_epoch(word) or self._new_epoch()
        return epoch

    def _new_epoch(self) -> bytes:
        epoch = os.urandom(8).hex().encode()
        if self._add_epoch(epoch):
            return epoch
        # Another process was quicker, or what lies there is no epoch.
        if (found := _valid_epoch(self._read_epoch())) is not None:
            return found
        self._write_epoch(epoch)
        return epoch

    def _server_key(self, epoch: bytes, key: str) -> bytes:
        return b"%b%b:%b" % (self._prefix, epoch, key.encode("utf-8", "surrogatepass"))

    def _entry_of(self, data: bytes, server_key: bytes) -> CacheEntry | None:
        entry = _decoded(data)
        if entry is None:
            self._remove([server_key])
        elif self._is_sliding:
            if entry.is_expired(self._lifetime, math.inf):
                return None
            # Read within its idle time, or the server would have dropped it.
            entry.touch()
        return entry

    @abstractmethod
    def _configure_region(self) -> None:
        """Work out what follows from a region and its ages."""

    @abstractmethod
    def _read(self, server_key: bytes) -> tuple[bytes | None, bytes | None]:
        """Return the epoch in force and what lies at a server_key, and prolong that if it slides; one trip."""

    @abstractmethod
    def _write(self, items: list[KeyAndData]) -> None:
        """Put data at server_keys, to expire in due time; one trip."""

    @abstractmethod
    def _delete(self, server_key: bytes) -> bytes | None:
        """Remove what lies at a server_key, and return the epoch that was in force afterwards."""

    @abstractmethod
    def _remove(self, server_keys: list[bytes]) -> None:
        """Remove what lies at server_keys."""

    @abstractmethod
    def _keys(self, prefix: bytes) -> Iterator[list[bytes]]:
        """Yield all keys that begin so, in batches; one may come twice."""

    @abstractmethod
    def _read_epoch(self) -> bytes | None: ...

    @abstractmethod
    def _add_epoch(self, epoch: bytes) -> bool:
        """Make an epoch where there is nothing, and say whether that was so."""

    @abstractmethod
    def _write_epoch(self, epoch: bytes) -> None: ...


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _valid_epoch(word: Any) -> bytes | None:
    return word if isinstance(word, bytes) and EPOCH.fullmatch(word) else None


def _encoded(entry: CacheEntry) -> bytes:
    return _as_json({"format": FORMAT, **entry.to_dict()}).encode("utf-8", "surrogatepass")


def _decoded(data: Any) -> CacheEntry | None:
    """Return the entry that was stored, or None for anything else: others write to the server, too."""
    try:
        stored = json.loads(str(data, "utf-8", "surrogatepass"))
        is_known = type(stored["format"]) is int and stored["format"] == FORMAT and "value" in stored
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return CacheEntry.parse(stored) if is_known else None
