"""A cache store in Memcached. Needs the extra ``memcached``."""

import hashlib
import math
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

from stormpath.cache.entry import CacheEntry as CacheEntry
from stormpath.cache.memcached_values import JSON_VALUE as JSON_VALUE
from stormpath.cache.memcached_values import STR_VALUE as STR_VALUE
from stormpath.cache.memcached_values import json_deserializer as json_deserializer
from stormpath.cache.memcached_values import json_serializer as json_serializer
from stormpath.cache.memcached_values import memcache_error_handling as memcache_error_handling
from stormpath.cache.network_store import DEFAULT_TIMEOUT_SECONDS, KeyAndData, NetworkStore
from stormpath.cache.shared_client import SharedClient, shared_client
from stormpath.cache.store import StoreUnavailable

MISSING = 'MemcachedStore needs the pymemcache library: pip install "stormpath[memcached]"'
LONGEST_KEY = 250
PRINTABLE = re.compile(rb"[!-~]+")
# The rest of a key is for an epoch and a digest.
LONGEST_PREFIX = 160
# Memcached reads a larger number as a Unix time.
LONGEST_RELATIVE_EXPIRY_SECONDS = 30 * 86400
BATCH = 1000
SECONDS_BETWEEN_LISTINGS = 0.005
SECONDS_BETWEEN_ATTEMPTS = (0.01, 0.03, 0.1, 0.3)

T = TypeVar("T")


class CannotListKeys(Exception):
    """Memcached does not list its keys: it is older than 1.4.31, runs without its crawler, or is busy."""


class NotStored(Exception):
    """A put was refused. A plain Memcached never does that; a proxy in front of one may."""


class MemcachedStore(NetworkStore):
    """Keeps entries in a Memcached, for every process that uses it.

    ``host`` may be the path of a socket. ``connect_timeout`` and ``timeout`` default to half a second,
    ``no_delay`` to True. ``ignore_exc`` has no effect: a failure is always a miss, and counted. ``ttl`` is
    the longest time that the server keeps an entry, by default the region's. Every key begins with
    ``key_prefix``. Any other option except None is passed to pymemcache's ``PooledClient``.

    Memcached counts whole seconds: an idle entry may stay for two seconds more than ``tti``. ``len`` may miss
    an entry that is just being read. Values larger than the server allows (1 MB) are not kept.

    The store connects on first use. Stores with the same options share their connections.
    """

    listing_errors = (CannotListKeys,)

    def __init__(
        self,
        host: str = "localhost",
        port: int = 11211,
        connect_timeout: float | None = None,
        timeout: float | None = None,
        no_delay: bool | None = None,
        ignore_exc: bool = True,
        key_prefix: str | bytes = b"",
        socket_module: Any = None,
        ttl: float | None = None,
        **options: Any,
    ) -> None:
        library = _library()
        path = host.removeprefix("unix:")
        given = {
            "server": path if path.startswith("/") else (host, port),
            "connect_timeout": connect_timeout,
            "timeout": timeout,
            "no_delay": no_delay,
            "ignore_exc": ignore_exc,
            "socket_module": socket_module,
            **options,
        }
        given = {name: value for name, value in given.items() if value is not None}
        self._shared_client = shared_client("memcached", given, partial(_new_shared_client, library, given))
        self._closed_errors = (library.MemcacheUnexpectedCloseError, ConnectionError)
        self._protocol_errors = (library.MemcacheUnknownError, library.MemcacheUnknownCommandError)
        self._unavailable_errors = (*self._closed_errors, *self._protocol_errors, OSError)
        super().__init__(_server(self.memcache.server), ttl, key_prefix)

    @property
    def memcache(self) -> Any:
        """The client: pymemcache's ``PooledClient``."""
        return self._shared_client.client

    def _configure_region(self) -> None:
        if len(self._prefix) > LONGEST_PREFIX or not PRINTABLE.fullmatch(self._prefix):
            raise ValueError(
                f"key_prefix and region make keys that Memcached does not take: at most {LONGEST_PREFIX} "
                f"bytes of printable ASCII without blanks, not {self._prefix!r}"
            )

    def _server_key(self, epoch: bytes, key: str) -> bytes:
        server_key = super()._server_key(epoch, key)
        if len(server_key) <= LONGEST_KEY and PRINTABLE.fullmatch(server_key):
            return server_key
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        return super()._server_key(epoch, digest)

    def _read(self, server_key: bytes) -> tuple[bytes | None, bytes | None]:
        keys = [self._epoch_key, server_key]
        found = self._run(self._read_and_touch if self._is_sliding else _read, keys)
        return found.get(self._epoch_key), found.get(server_key)

    def _read_and_touch(self, connection: Any, keys: list[bytes]) -> dict[bytes, bytes]:
        found = _read(connection, keys)
        if keys[1] in found:
            connection.touch(keys[1], self._expires(), noreply=True)
        return found

    def _write(self, items: list[KeyAndData]) -> None:
        # Wait for the answer, although the library need not: a write that is still on its way when another
        # connection deletes the key would restore the deleted entry.
        if items:
            self._run(_write, dict(items), self._expires())

    def _delete(self, server_key: bytes) -> bytes | None:
        return self._run(_delete_and_read, server_key, self._epoch_key)

    def _remove(self, server_keys: list[bytes]) -> None:
        if server_keys:
            self._run(_delete_many, server_keys)

    def _keys(self, prefix: bytes) -> Iterator[list[bytes]]:
        now = time.time()
        # The server skips keys while it moves them, for some milliseconds.
        listed = set(self._list_keys())
        time.sleep(SECONDS_BETWEEN_LISTINGS)
        listed.update(self._list_keys())
        keys = [key for key, expires in listed if key.startswith(prefix) and not 0 < expires <= now]
        for start in range(0, len(keys), BATCH):
            yield keys[start : start + BATCH]

    def _list_keys(self) -> Iterator[tuple[bytes, int]]:
        """Yield every key of the server, and the second in which it expires."""
        # The server refuses a second listing meanwhile: the threads of this process wait for each other.
        with self._shared_client.listing_lock:
            answer = self._dump_keys()
        *lines, end = answer.split(b"\n")[:-1]
        if end != b"END\r":
            raise CannotListKeys(f"{self.server} does not list its keys")
        for line in lines:
            facts = dict(fact.split(b"=", 1) for fact in line.split() if b"=" in fact)
            yield unquote_to_bytes(facts[b"key"]), int(facts[b"exp"])

    def _dump_keys(self) -> bytes:
        answer: bytes = self._run(_dump)
        for pause in SECONDS_BETWEEN_ATTEMPTS:
            if not answer.startswith(b"BUSY"):
                break
            time.sleep(pause)
            answer = self._run(_dump)
        return answer

    def _read_epoch(self) -> bytes | None:
        return self._run(_read, [self._epoch_key]).get(self._epoch_key)

    def _add_epoch(self, epoch: bytes) -> bool:
        return bool(self._run(_add, self._epoch_key, epoch))

    def _write_epoch(self, epoch: bytes) -> None:
        self._run(_write, {self._epoch_key: epoch}, 0)

    def _expires(self) -> int:
        # The server's clock ticks once a second, and the first tick may come immediately.
        seconds = math.ceil(self._expiry) + 1
        return seconds if seconds <= LONGEST_RELATIVE_EXPIRY_SECONDS else int(time.time()) + seconds

    def _run(self, action: Callable[..., T], *arguments: Any) -> T:
        """Call a function with a connection of the pool, and return its result."""
        pool = self.memcache.client_pool
        while True:
            connection = pool.get()
            is_new = connection.sock is None
            try:
                answer = action(connection, *arguments)
            except self._unavailable_errors as failure:
                pool.destroy(connection)
                # After a restart every connection of the pool is closed; they are dropped one by one.
                if is_new or not isinstance(failure, self._closed_errors):
                    raise self._unavailable_error(failure) from failure
            except BaseException:
                # The answer may still be on its way, and the next request would read it.
                pool.destroy(connection)
                raise
            else:
                pool.release(connection)
                return answer

    def _unavailable_error(self, failure: Exception) -> StoreUnavailable:
        if isinstance(failure, self._protocol_errors):
            # The answer may contain other programs' data.
            return StoreUnavailable("answers, but not as a Memcached does")
        return StoreUnavailable(str(failure) or "closed the connection")


def _read(connection: Any, keys: list[bytes]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = connection.get_many(keys)
    return found


def _write(connection: Any, data: dict[bytes, bytes], expires: int) -> None:
    if connection.set_many(data, expires, noreply=False):
        raise NotStored("Memcached did not store all that it was given")


def _add(connection: Any, key: bytes, data: bytes) -> bool:
    is_added: bool = connection.add(key, data, noreply=False)
    return is_added


def _delete_and_read(connection: Any, server_key: bytes, key: bytes) -> bytes | None:
    connection.delete(server_key, noreply=False)
    found: bytes | None = connection.get(key)
    return found


def _delete_many(connection: Any, server_keys: list[bytes]) -> None:
    connection.delete_many(server_keys, noreply=False)


def _dump(connection: Any) -> bytes:
    # The library loses all but the end of a long answer to a command that it does not know, so this reads the
    # socket. Asking for the version connects it.
    connection.version()
    connection.sock.sendall(b"lru_crawler metadump all\r\n")
    answer = bytearray()
    while not answer.endswith(b"\r\n"):
        received = connection.sock.recv(1 << 16)
        if not received:
            raise ConnectionResetError("closed the connection")
        answer += received
    return bytes(answer)


def _library() -> Any:
    try:
        import pymemcache
    except ImportError as missing:
        raise ImportError(MISSING) from missing
    return pymemcache


def _new_shared_client(library: Any, given: dict[str, Any]) -> SharedClient:
    defaults = {
        "connect_timeout": DEFAULT_TIMEOUT_SECONDS,
        "timeout": DEFAULT_TIMEOUT_SECONDS,
        # A touch has no answer, and must not delay the request after it.
        "no_delay": True,
    }
    return SharedClient(
        connect=partial(library.PooledClient, **{**defaults, **given}),
        close=library.PooledClient.close,
        abandon=_close_sockets,
    )


def _close_sockets(client: Any) -> None:
    # Closes this process's copies of the parent's sockets. The pool's lock is not used: a thread that does
    # not exist in the child may have held it.
    for connection in (*client.client_pool.free, *client.client_pool.used):
        connection.close()


def _server(server: Any) -> str:
    return f"memcached://{server[0]}:{server[1]}" if isinstance(server, tuple) else f"unix://{server}"
