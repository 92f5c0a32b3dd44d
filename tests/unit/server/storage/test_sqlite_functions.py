"""The functions of SQLite end with the statement's deadline, and with their connection."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from weakref import ref

import pytest

from stormpath.server.storage import sqlite_connections, sqlite_functions

VALUES = """(
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 9)
    SELECT '["' || i || printf('%.2000c', 'x') || '"]' AS v FROM n
)"""
CALLS = [
    f"SELECT custom_data_order_key(v) FROM {VALUES}",  # noqa: S608  # Our own.
    f"""SELECT custom_data_matches(v, '{{"path":[],"kind":"present"}}') FROM {VALUES}""",  # noqa: S608
    f"""SELECT custom_data_is_between(v, '{{"path":[],"numbers":null,"instants":null}}') FROM {VALUES}""",  # noqa: S608
]


@pytest.fixture
def connection() -> Iterator[sqlite_connections.Connection]:
    made = sqlite3.connect(":memory:", factory=sqlite_connections.Connection)
    with closing(made):
        sqlite_connections.prepare(made, "NORMAL", 0)
        yield made


@pytest.mark.parametrize("call", CALLS)
def test_a_function_stops_its_statement_at_the_deadline(connection: sqlite_connections.Connection, call: str):
    assert len(connection.execute(call).fetchall()) == 9

    connection.allow(-1)
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        connection.execute(call).fetchall()

    connection.allow(9)
    assert len(connection.execute(call).fetchall()) == 9


def test_a_function_looks_at_the_clock_before_each_long_value():
    looks: list[bool] = []

    def is_over() -> bool:
        looks.append(len(looks) == 3)
        return looks[-1]

    with closing(sqlite3.connect(":memory:", factory=sqlite_connections.Connection)) as connection:
        sqlite_functions.add(connection, is_over)
        with pytest.raises(sqlite3.OperationalError, match="interrupted"):
            connection.execute(CALLS[0]).fetchall()

    assert looks == [False, False, False, True]


def test_a_connection_is_not_kept_by_its_functions():
    connection = sqlite3.connect(":memory:", factory=sqlite_connections.Connection)
    sqlite_functions.add(connection, connection.is_over)
    left = ref(connection)

    connection.close()
    del connection

    assert left() is None
