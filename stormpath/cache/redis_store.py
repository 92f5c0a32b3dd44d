"""Entries in Redis. Needs the extra ``redis``."""

import math
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from stormpath.cache.connections import Connections, shared_connections
from stormpath.cache.network import DEFAULT_TIMEOUT_SECONDS, NetworkStore, Placed
from stormpath.cache.store import StoreUnavailable

MISSING = 'RedisStore needs the redis library: pip install "stormpath[redis]"'
BATCH = 1000
# In a pattern.
SPECIAL = re.compile(rb"[*?\[\]\\]")
# Ours are bytes, whatever the client makes of answers otherwise.
AS_BYTES = {"NEVER_DECODE": True}


class RedisStore(NetworkStore):
    """Keeps entries in a Redis of version 4 or newer, for every process that uses it.

    ``socket_timeout`` is half a second unless given, and so is ``socket_connect_timeout``. ``charset`` and
    ``errors`` are the client's ``encoding`` and ``encoding_errors``. With a ``connection_pool``, its own
    options count. ``ttl`` is the longest that the server keeps an entry; without it, the region's.
    ``key_prefix`` comes before every key. What else is given goes to `redis.Redis`, except None.

    Nothing is connected until the first question. Stores with the same options share their connections.
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
        self._connections = shared_connections("redis", given, partial(_connections, library, given))
        # What the server sends besides answers is no cache's business either.
        self._unavailable = (
            library.exceptions.ConnectionError,
            library.exceptions.TimeoutError,
            library.exceptions.InvalidResponse,
            OSError,
        )
        self.refusals = (library.exceptions.ResponseError,)
        super().__init__(_server(self.redis.connection_pool), ttl, key_prefix)

    @property
    def redis(self) -> Any:
        """The `redis.Redis` client."""
        return self._connections.client

    def _settle(self) -> None:
        self._milliseconds = max(1, math.ceil(self._expiry * 1000))

    def _read(self, place: bytes) -> tuple[bytes | None, bytes | None]:
        # MGET has nothing to say about keys of another type, where GET fails.
        question = ("MGET", self._epoch_key, place)
        if self._slides:
            (epoch, data), _ = self._all(question, ("PEXPIRE", place, self._milliseconds))
        else:
            epoch, data = self._one(*question)
        return epoch, data

    def _write(self, placed: list[Placed]) -> None:
        commands = [("SET", place, data, "PX", self._milliseconds) for place, data in placed]
        if len(commands) == 1:
            self._one(*commands[0])
        elif commands:
            self._all(*commands)

    def _delete(self, place: bytes) -> bytes | None:
        _, (epoch,) = self._all(("UNLINK", place), ("MGET", self._epoch_key))
        return epoch  # type: ignore[no-any-return]  # an answer has no type

    def _remove(self, places: list[bytes]) -> None:
        if places:
            self._one("UNLINK", *places)

    def _keys(self, prefix: bytes) -> Iterator[list[bytes]]:
        pattern = SPECIAL.sub(rb"\\\g<0>", prefix) + b"*"
        cursor = 0
        while True:
            cursor, keys = self._one("SCAN", cursor, "MATCH", pattern, "COUNT", BATCH)
            yield keys
            if not cursor:
                return

    def _read_epoch(self) -> bytes | None:
        (epoch,) = self._one("MGET", self._epoch_key)
        return epoch  # type: ignore[no-any-return]  # an answer has no type

    def _add_epoch(self, epoch: bytes) -> bool:
        return bool(self._one("SET", self._epoch_key, epoch, "NX"))

    def _write_epoch(self, epoch: bytes) -> None:
        self._one("SET", self._epoch_key, epoch)

    def _one(self, *command: Any) -> Any:
        try:
            return self.redis.execute_command(*command, **AS_BYTES)
        except self._unavailable as failure:
            raise self._gone(failure) from failure

    def _all(self, *commands: tuple[Any, ...]) -> list[Any]:
        """Return the answers to many commands; one trip."""
        pipeline = self.redis.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command, **AS_BYTES)
        try:
            # The library would put the command, and so what is stored, into the error's message.
            answers: list[Any] = pipeline.execute(raise_on_error=False)
        except self._unavailable as failure:
            raise self._gone(failure) from failure
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers

    def _gone(self, failure: Exception) -> StoreUnavailable:
        # An answer that makes no sense may be anybody's data.
        says_why = not isinstance(failure, self._unavailable[2])
        return StoreUnavailable(str(failure) if says_why else "answers, but not as a Redis does")


def _library() -> Any:
    try:
        import redis
    except ImportError as missing:
        raise ImportError(MISSING) from missing
    return redis


def _connections(library: Any, given: dict[str, Any]) -> Connections:
    defaults = {
        "socket_timeout": DEFAULT_TIMEOUT_SECONDS,
        "socket_connect_timeout": DEFAULT_TIMEOUT_SECONDS,
        # Once more, at once, when a pooled connection turns out to be closed. Pauses are the guard's.
        "retry": library.retry.Retry(
            library.backoff.NoBackoff(), 1, supported_errors=(library.exceptions.ConnectionError,)
        ),
        "retry_on_error": [library.exceptions.ConnectionError],
    }
    return Connections(
        connect=partial(library.Redis, **{**defaults, **given}),
        close=library.Redis.close,
        # It knows in which process it was made.
        abandon=lambda client: None,
    )


def _server(pool: Any) -> str:
    options = pool.connection_kwargs
    db = options.get("db") or 0
    if "path" in options:
        return f"unix://{options['path']}?db={db}"
    if "host" in options:
        return f"redis://{options['host']}:{options.get('port', 6379)}/{db}"
    # One that asks others where the server is.
    return f"redis://{type(pool).__name__}-{id(pool):x}/{db}"
