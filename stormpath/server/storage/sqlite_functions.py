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


def add(connection: sqlite3.Connection, is_over: Callable[[], bool]) -> None:
    """Add the functions to a connection. Where ``is_over``, they stop the statement that they are called in.

    SQLite looks at the clock after some number of its own steps, and a step that reads a large document in
    Python takes far longer than others.
    """
    # The connection keeps the functions alive, in a way that the garbage collector does not see.
    of = ref(connection)

    def bounded(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            if is_over() and (interrupted := of()) is not None:
                interrupted.interrupt()
                return None
            return function(*arguments)

        return call

    for name, (arguments, function) in _FUNCTIONS.items():
        connection.create_function(name, arguments, bounded(function), deterministic=True)
