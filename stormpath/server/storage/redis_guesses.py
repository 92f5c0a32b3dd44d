"""The counters of guesses in Redis. Needs the extra ``redis``."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from stormpath.server.domain.guesses import SKEW_MS, WINDOW_MS, Counter, Full, Guesses, Window, too_many
from stormpath.server.logs.loggers import get_logger

_log = get_logger(__name__)

MISSING: Final = 'STORMPATH_REDIS_URL needs the redis library: pip install "stormpath[redis]"'

#: Seconds that one answer may take, and for which Redis is not asked after a failure.
TIMEOUT: Final = 0.5
PAUSE: Final = 5.0

# Redis runs one script at a time. Times are those of the caller, as in the database; Redis's own clock only
# deletes counters that have ended.
_FULL: Final = """
local now, latest, ends_at, lifetime = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4]
local full, windows = {}, {}
for number, key in ipairs(KEYS) do
  local found = redis.call('HMGET', key, 'wrong', 'pending', 'ends_at')
  local ends = tonumber(found[3])
  if ends and ends > now and ends <= latest then
    local most = tonumber(ARGV[4 + number])
    if found[1] + found[2] >= most then table.insert(full, {number, most, tonumber(found[1]), ends}) end
    windows[number] = found[3]
  else
    windows[number] = false
  end
end
if #full > 0 then return {1, full} end
"""
_CHECK: Final = _FULL + "return {0, {}}"
_TAKE: Final = (
    _FULL
    + """
for number, key in ipairs(KEYS) do
  if windows[number] then
    redis.call('HINCRBY', key, 'pending', 1)
  else
    redis.call('HSET', key, 'wrong', 0, 'pending', 1, 'ends_at', ends_at)
    redis.call('PEXPIRE', key, lifetime)
    windows[number] = ends_at
  end
end
return {0, windows}
"""
)
_SETTLE: Final = """
for number, key in ipairs(KEYS) do
  local found = redis.call('HMGET', key, 'ends_at', 'pending')
  if found[1] == ARGV[1 + number] and tonumber(found[2]) > 0 then
    redis.call('HINCRBY', key, 'pending', -1)
    redis.call('HINCRBY', key, 'wrong', ARGV[1])
  end
end
"""


class _RedisWindow(Window):
    """A window that was begun in Redis, and not in the database in its place."""

    __slots__ = ()


class RedisGuesses:
    """The counters in Redis (``stormpath.server.domain.guesses.Guesses``).

    **While Redis does not answer, the database counts**: its counters are shared by all processes, too. They
    begin empty, so that an outage may give one more limit's worth of guesses, and never more. After a failure
    Redis is not asked for ``PAUSE`` seconds: not every login waits for its timeout. Known addresses are in
    the database always, because they are kept for a month.

    ``ValueError`` if the URL cannot be used, or the library is missing. Connects with the first guess.
    """

    def __init__(
        self,
        url: str,
        database: Guesses,
        monotonic: Callable[[], float] = time.monotonic,
        pause: float = PAUSE,
    ) -> None:
        try:
            import redis
        except ImportError as missing:
            raise ValueError(MISSING) from missing
        try:
            self._redis: Any = redis.Redis.from_url(
                url,
                socket_timeout=TIMEOUT,
                socket_connect_timeout=TIMEOUT,
                retry=None,
                decode_responses=False,
            )
        except ValueError as error:
            # Not its text, which may hold the password.
            raise ValueError("STORMPATH_REDIS_URL must look like redis://:password@host:6379/0.") from error
        self._errors = (redis.RedisError, OSError)
        self._check = self._redis.register_script(_CHECK)
        self._take = self._redis.register_script(_TAKE)
        self._settle = self._redis.register_script(_SETTLE)
        self._database = database
        self._monotonic = monotonic
        self._pause = pause
        self._paused_until = 0.0

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def take(self, tenant_id: str, counters: Sequence[Counter], now: int) -> Sequence[Window]:
        found = self._ask_for(self._take, tenant_id, counters, now)
        if found is None:
            return self._database.take(tenant_id, counters, now)
        return [_RedisWindow(each.key, int(ends_at)) for each, ends_at in zip(counters, found, strict=True)]

    def check(self, tenant_id: str, counters: Sequence[Counter], now: int) -> None:
        if self._ask_for(self._check, tenant_id, counters, now) is None:
            self._database.check(tenant_id, counters, now)

    def _ask_for(
        self, script: Any, tenant_id: str, counters: Sequence[Counter], now: int
    ) -> Sequence[Any] | None:
        """Return the windows that a script reserves, or raise what ``take`` does; ``None`` without Redis."""
        times = (now, now + WINDOW_MS + SKEW_MS, now + WINDOW_MS, WINDOW_MS + SKEW_MS)
        limits = [each.limit for each in counters]
        answer = self._ask(script, tenant_id, [each.key for each in counters], [*times, *limits])
        if answer is None:
            return None
        is_full, found = answer
        if is_full:
            raise too_many([Full(counters[number - 1].key, *rest) for number, *rest in found], now)
        return found  # type: ignore[no-any-return]  # a list of Redis

    def settle(self, tenant_id: str, taken: Sequence[Window], *, was_wrong: bool) -> None:
        if not taken:
            return
        if not isinstance(taken[0], _RedisWindow):
            self._database.settle(tenant_id, taken, was_wrong=was_wrong)
            return
        # Where Redis has gone meanwhile, its counters have too, or count a guess that was right.
        ends = [each.ends_at for each in taken]
        self._ask(self._settle, tenant_id, [each.key for each in taken], [int(was_wrong), *ends])

    def known_until(self, tenant_id: str, account: str, address: str, now: int) -> int:
        return self._database.known_until(tenant_id, account, address, now)

    def know(self, tenant_id: str, account: str, address: str, now: int) -> None:
        self._database.know(tenant_id, account, address, now)

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()

    def _ask(self, script: Any, tenant_id: str, keys: Sequence[str], arguments: Sequence[int]) -> Any:
        """Return the answer of a script, or ``None`` while Redis does not answer."""
        if self._monotonic() < self._paused_until:
            return None
        try:
            # The braces let a cluster keep all counters of a tenant in one place, as a script needs them.
            names = [f"stormpath:guesses:{{{tenant_id}}}:{each}" for each in keys]
            answer = script(keys=names, args=arguments)
        except self._errors as error:
            if not self._paused_until:
                _log.warning(
                    "Redis does not answer: guesses are counted in the database meanwhile (%s)",
                    type(error).__name__,
                )
            self._paused_until = self._monotonic() + self._pause
            return None
        if self._paused_until:
            self._paused_until = 0.0
            _log.warning("Redis answers again: guesses are counted there")
        return True if answer is None else answer
