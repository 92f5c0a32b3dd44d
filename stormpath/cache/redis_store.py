"""A cache store in Redis. Needs the extra ``redis``."""

import math
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from stormpath.cache.entry import CacheEntry as CacheEntry
from stormpath.cache.network_store import DEFAULT_TIMEOUT_SECONDS, KeyAndData, NetworkStore
from stormpath.cache.shared_client import SharedClient, shared_client
from stormpath.cache.store import StoreUnavailable

MISSING = 'RedisStore needs the redis library: pip install "stormpath[redis]"'
BATCH = 1000
# The client's pool is exhausted: the server works, so the circuit must not open. Not every version of the
# library has an exception class for it.
POOL_EXHAUSTED = "Too many connections"
# Special characters of a MATCH pattern.
GLOB_CHARACTERS = re.compile(rb"[*?\[\]\\]")
# The store reads bytes, whatever the client decodes otherwise.
RAW_BYTES = {"NEVER_DECODE": True}


class RedisStore(NetworkStore):
    """Keeps entries in a Redis of version 4 or newer, for every process that uses it.

    ``socket_timeout`` and ``socket_connect_timeout`` default to half a second. ``charset`` and ``errors`` are
    the client's ``encoding`` and ``encoding_errors``. A ``connection_pool`` is used with its own options.
    ``ttl`` is the longest time that the server keeps an entry, by default the region's. Every key begins with
    ``key_prefix``. Any other option except None is passed to `redis.Redis`.

    The store connects on first use. Stores with the same options share their connections.
    """

    def __init__(
        self,
        host: str = "localhost",
        port: int = 6379,
        db: int = 0,
        password: str | None = None,
        socket_timeout: float | None = None,
        connection_pool: Any = None,
        charset: str | None = "utf-8",
        errors: str | None = "strict",
        decode_responses: bool = False,
        unix_socket_path: str | None = None,
        ttl: float | None = None,
        *,
        key_prefix: str | bytes = "",
        **options: Any,
    ) -> None:
        library = _library()
        given = {
            "host": host,
            "port": port,
            "db": db,
            "password": password,
            "socket_timeout": socket_timeout,
            "connection_pool": connection_pool,
            "encoding": charset,
            "encoding_errors": errors,
            "decode_responses": decode_responses,
            "unix_socket_path": unix_socket_path,
            **options,
        }
        given = {name: value for name, value in given.items() if value is not None}
        self._shared_client = shared_client("redis", given, partial(_new_shared_client, library, given))
        # An answer that is not of the Redis protocol means that no Redis is there.
        self._unavailable_errors = (
            library.exceptions.ConnectionError,
            library.exceptions.TimeoutError,
            library.exceptions.InvalidResponse,
            OSError,
        )
        self.listing_errors = (library.exceptions.ResponseError,)
        super().__init__(_server(self.redis.connection_pool), ttl, key_prefix)

    @property
    def redis(self) -> Any:
        """The `redis.Redis` client."""
        return self._shared_client.client

    def _configure_region(self) -> None:
        self._milliseconds = max(1, math.ceil(self._expiry * 1000))

    def _read(self, server_key: bytes) -> tuple[bytes | None, bytes | None]:
        # MGET returns null for keys of another type, where GET fails.
        command = ("MGET", self._epoch_key, server_key)
        if self._is_sliding:
            (epoch, data), _ = self._pipeline(command, ("PEXPIRE", server_key, self._milliseconds))
        else:
            epoch, data = self._execute(*command)
        return epoch, data

    def _write(self, items: list[KeyAndData]) -> None:
        commands = [("SET", server_key, data, b"PX", self._milliseconds) for server_key, data in items]
        if len(commands) == 1:
            self._execute(*commands[0])
        elif commands:
            self._pipeline(*commands)

    def _delete(self, server_key: bytes) -> bytes | None:
        epoch: bytes | None
        _, (epoch,) = self._pipeline(("UNLINK", server_key), ("MGET", self._epoch_key))
        return epoch

    def _remove(self, server_keys: list[bytes]) -> None:
        if server_keys:
            self._execute("UNLINK", *server_keys)

    def _keys(self, prefix: bytes) -> Iterator[list[bytes]]:
        pattern = GLOB_CHARACTERS.sub(rb"\\\g<0>", prefix) + b"*"
        cursor = 0
        while True:
            cursor, keys = self._execute("SCAN", cursor, b"MATCH", pattern, b"COUNT", BATCH)
            yield keys
            if not cursor:
                return

    def _read_epoch(self) -> bytes | None:
        epoch: bytes | None
        (epoch,) = self._execute("MGET", self._epoch_key)
        return epoch

    def _add_epoch(self, epoch: bytes) -> bool:
        return bool(self._execute("SET", self._epoch_key, epoch, b"NX"))

    def _write_epoch(self, epoch: bytes) -> None:
        self._execute("SET", self._epoch_key, epoch)

    def _execute(self, *command: Any) -> Any:
        try:
            return self.redis.execute_command(*command, **RAW_BYTES)
        except self._unavailable_errors as failure:
            if str(failure) == POOL_EXHAUSTED:
                raise
            raise self._unavailable_error(failure) from failure

    def _pipeline(self, *commands: tuple[Any, ...]) -> list[Any]:
        """Return the answers to several commands; one round trip."""
        pipeline = self.redis.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command, **RAW_BYTES)
        try:
            # Otherwise the library puts the command, and so the cached data, into the error's message.
            answers: list[Any] = pipeline.execute(raise_on_error=False)
        except self._unavailable_errors as failure:
            if str(failure) == POOL_EXHAUSTED:
                raise
            raise self._unavailable_error(failure) from failure
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers

    def _unavailable_error(self, failure: Exception) -> StoreUnavailable:
        # An invalid answer may contain other programs' data.
        says_why = not isinstance(failure, self._unavailable_errors[2])
        return StoreUnavailable(str(failure) if says_why else "answers, but not as a Redis does")


def _library() -> Any:
    try:
        import redis
    except ImportError as missing:
        raise ImportError(MISSING) from missing
    return redis


def _new_shared_client(library: Any, given: dict[str, Any]) -> SharedClient:
    defaults = {
        "socket_timeout": DEFAULT_TIMEOUT_SECONDS,
        "socket_connect_timeout": DEFAULT_TIMEOUT_SECONDS,
        # One immediate retry, for a pooled connection that turns out to be closed. Pauses are the circuit
        # breaker's.
        "retry": library.retry.Retry(
            library.backoff.NoBackoff(), 1, supported_errors=(library.exceptions.ConnectionError,)
        ),
        "retry_on_error": [library.exceptions.ConnectionError],
    }
    return SharedClient(
        connect=partial(library.Redis, **{**defaults, **given}),
        close=library.Redis.close,
        # The library's pool notices itself that the process changed.
        abandon=lambda client: None,
    )


def _server(pool: Any) -> str:
    options = pool.connection_kwargs
    db = options.get("db") or 0
    if "path" in options:
        return f"unix://{options['path']}?db={db}"
    if "host" in options:
        return f"redis://{options['host']}:{options.get('port', 6379)}/{db}"
    # A pool that finds the server by itself, such as Sentinel's.
    return f"redis://{type(pool).__name__}-{id(pool):x}/{db}"
