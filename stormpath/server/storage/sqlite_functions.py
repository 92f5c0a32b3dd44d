"""The SQL functions that each connection to SQLite is given, for searches in custom data."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, Final
from weakref import ref

from stormpath.server.storage import custom_values

_FUNCTIONS: Final[dict[str, tuple[int, Callable[..., Any]]]] = {
    "custom_data_matches": (2, custom_values.matches),
    "custom_data_is_between": (2, custom_values.is_between),
    "custom_data_order_key": (1, custom_values.order_key),
}

#: The length of a value, in JSON, that takes as long to look at as a few of SQLite's steps.
_LONG: Final = 1000


def add(connection: sqlite3.Connection, is_over: Callable[[], bool]) -> None:
    """Add the functions to a connection. Where ``is_over``, they stop a statement that searches long values.

    SQLite looks at the clock after some number of its own steps. One that calls a function with a long value
    takes far longer than the others.
    """
    # The connection keeps the functions alive, in a way that the garbage collector does not see. (It is of a
    # class of ours: no other has weak references.)
    of = ref(connection)

    def bounded(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(found: str, *wanted: str) -> Any:
            if len(found) > _LONG and is_over() and (interrupted := of()) is not None:
                interrupted.interrupt()
                return None
            return function(found, *wanted)

        return call

    for name, (arguments, function) in _FUNCTIONS.items():
        connection.create_function(name, arguments, bounded(function), deterministic=True)
