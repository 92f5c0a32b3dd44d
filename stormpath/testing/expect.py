"""Assertions of the contracts. A plain ``assert`` has no message outside of files that pytest rewrites."""

import json
from typing import Any

from stormpath.cache.cache import Cache
from stormpath.cache.store import Store

LONGEST_QUOTE = 200


def equal(found: Any, expected: Any, rule: str) -> None:
    """Fail unless both are the same JSON value; 1, 1.0 and True are three."""
    if _text(found) != _text(expected):
        raise AssertionError(f"{rule}: expected {_quoted(expected)}, found {_quoted(found)}")


def holds(condition: bool, rule: str) -> None:
    """Fail unless the condition is true."""
    if not condition:
        raise AssertionError(rule)


def value_in(store: Store, key: str) -> Any:
    """Return the value of an entry, or None where there is none."""
    entry = store[key]
    return None if entry is None else entry.value


def no_failures(cache: Cache) -> None:
    """Fail if the store of a cache raised: the cache only counts that and continues."""
    equal(cache.stats.failures, 0, "nothing that a region asks for makes its store raise")


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=repr)


def _quoted(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}... ({len(text)} characters)"
