"""The serializers that version 2 of the SDK gave to pymemcache, for programs that import them.

``MemcachedStore`` has a format of its own (``network_store``) and does not use them.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from stormpath.cache.entry import CacheEntry

T = TypeVar("T")

# Flags, which Memcached keeps beside a value.
STR_VALUE = 1
JSON_VALUE = 2


def json_serializer(key: Any, value: Any) -> tuple[str, int]:
    """Return text as it is, a `CacheEntry` and anything else as JSON; with the flag that says which."""
    if isinstance(value, str):
        return value, STR_VALUE
    return json.dumps(value.to_dict() if isinstance(value, CacheEntry) else value), JSON_VALUE


def json_deserializer(key: Any, value: Any, flags: int) -> Any:
    """Return what ``json_serializer`` was given; ``ValueError`` for another flag."""
    text = value.decode() if isinstance(value, bytes) else value
    if flags == STR_VALUE:
        return text
    if flags != JSON_VALUE:
        raise ValueError(f"a value with the flags {flags} was not written by json_serializer")
    data = json.loads(text)
    is_entry = isinstance(data, dict) and data.keys() == {"created_at", "last_accessed_at", "value"}
    return CacheEntry.parse(data) if is_entry else data


def memcache_error_handling(function: Callable[..., T]) -> Callable[..., T | None]:
    """Decorate a function so that any exception of it is a cache miss: it returns None."""

    @wraps(function)
    def answered(*args: Any, **kwargs: Any) -> T | None:
        try:
            return function(*args, **kwargs)
        except Exception:
            return None

    return answered
