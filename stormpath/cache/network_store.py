"""The base of stores on a server: keys, epochs, lifetimes, and the serialized form of entries.

The entries of a region have the keys ``{key_prefix}stormpath:{region}:{epoch}:{href}``. The epoch, a random
word, is stored under ``{key_prefix}stormpath:{region}:epoch``. Changing it makes every entry unreachable at
once, and the old entries expire by themselves. A reader remembers the epoch, and reads the current epoch and
the entry in one round trip: so no read returns an entry of a former epoch.
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
# Short, because a cache that hangs is worse than none.
DEFAULT_TIMEOUT_SECONDS = 0.5
# Both servers limit the expiry, and no cached value is useful for longer.
LONGEST_EXPIRY_SECONDS = 365 * 86400
# Attempts of one call, each after the epoch changed under the one before.
MAX_ATTEMPTS = 3

KeyAndData = tuple[bytes, bytes]

_as_json = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


class NetworkStore(ABC):
    """A store on a server, shared by every process that uses it.

    A subclass implements the abstract methods. They raise `StoreUnavailable` when the server cannot be
    reached, and the exceptions of the client library when it refuses.
    """

    copies = True
    # Raised by a server that does not list its keys.
    listing_errors: tuple[type[Exception], ...] = ()

    def __init__(self, server: str, ttl: float | None, key_prefix: str | bytes) -> None:
        self.server = server
        self._own_ttl = None if ttl is None else float(ttl)
        self._key_prefix = _bytes(key_prefix)
        self.serve_region("", DEFAULT_TTL, DEFAULT_TTL)

    def serve_region(self, region: str, ttl: float, tti: float) -> None:
        """Keep the entries of one region, with its lifetimes in seconds.

        The server drops an entry after ``ttl``, or after the ``ttl`` of the store's options. With a shorter
        ``tti`` it drops entries that were not read for so long, and each read extends the expiry in the same
        round trip.
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
        """Store many entries in one round trip."""
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
            # A refused write must not leave an older entry behind.
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
            # Another process changed the epoch, and newer entries have other keys.
            epoch = self._epoch = current
        self.invalidate()

    def __len__(self) -> int:
        """Count the entries. The server scans all of its keys, including those of other programs."""
        epoch = _valid_epoch(self._read_epoch())
        if epoch is None:
            return 0
        return len({key for batch in self._keys(self._server_key(epoch, "")) for key in batch})

    def invalidate(self) -> None:
        """Remove every entry for readers; one round trip, however many there are."""
        epoch = os.urandom(8).hex().encode()
        self._epoch = None
        try:
            self._write_epoch(epoch)
        except StoreUnavailable:
            raise
        except Exception:
            # A full server refuses the new epoch. A reader that finds none makes one.
            self._remove([self._epoch_key])
        else:
            self._epoch = epoch

    def clear(self) -> None:
        """Remove every entry of this region, including those of former epochs, from the server.

        Readers find no entry after one round trip; then the server scans all of its keys. A server that does
        not allow that drops the entries when they expire.
        """
        self.invalidate()
        # Entries that other processes store meanwhile may stay.
        epoch = self._epoch
        kept = (self._epoch_key, *([] if epoch is None else [self._server_key(epoch, "")]))
        with suppress(*self.listing_errors):
            for batch in self._keys(self._prefix):
                self._remove([key for key in batch if not key.startswith(kept)])

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.server} {self._prefix.decode(errors='replace')}>"

    def _fetch_epoch(self) -> bytes:
        return self._adopt_epoch(self._read_epoch())

    def _adopt_epoch(self, found: bytes | None) -> bytes:
        """Remember an epoch; make one if there is none."""
        self._epoch = epoch = _valid_epoch(found) or self._new_epoch()
        return epoch

    def _new_epoch(self) -> bytes:
        epoch = os.urandom(8).hex().encode()
        if self._add_epoch(epoch):
            return epoch
        # Another process was quicker, or the stored value is not an epoch.
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
            # It was read within its idle time; otherwise the server would have dropped it.
            entry.touch()
        return entry

    @abstractmethod
    def _configure_region(self) -> None:
        """Check and derive settings from the region and its lifetimes."""

    @abstractmethod
    def _read(self, server_key: bytes) -> tuple[bytes | None, bytes | None]:
        """Return the current epoch and the data of a key, and extend a sliding expiry; one round trip."""

    @abstractmethod
    def _write(self, items: list[KeyAndData]) -> None:
        """Write data under their keys, with an expiry; one round trip."""

    @abstractmethod
    def _delete(self, server_key: bytes) -> bytes | None:
        """Delete a key, and return the epoch that was current afterwards."""

    @abstractmethod
    def _remove(self, server_keys: list[bytes]) -> None:
        """Delete keys."""

    @abstractmethod
    def _keys(self, prefix: bytes) -> Iterator[list[bytes]]:
        """Yield all keys with a prefix, in batches; a key may be yielded twice."""

    @abstractmethod
    def _read_epoch(self) -> bytes | None: ...

    @abstractmethod
    def _add_epoch(self, epoch: bytes) -> bool:
        """Write the epoch if there is none, and return whether it was written."""

    @abstractmethod
    def _write_epoch(self, epoch: bytes) -> None: ...


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _valid_epoch(data: Any) -> bytes | None:
    return data if isinstance(data, bytes) and EPOCH.fullmatch(data) else None


def _encoded(entry: CacheEntry) -> bytes:
    return _as_json({"format": FORMAT, **entry.to_dict()}).encode("utf-8", "surrogatepass")


def _decoded(data: Any) -> CacheEntry | None:
    """Return the entry that was stored, or None for any other data: other programs write to the server."""
    try:
        stored = json.loads(str(data, "utf-8", "surrogatepass"))
        is_known = type(stored["format"]) is int and stored["format"] == FORMAT and "value" in stored
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return CacheEntry.parse(stored) if is_known else None
