"""Connections to SQLite whose statements have a deadline, and the settings that every one begins with."""

from __future__ import annotations

import math
import sqlite3
import time
from typing import Any, Final

from stormpath.server.storage import sqlite_functions

#: Steps of SQLite's virtual machine between two looks at the clock: a few milliseconds. A read by id takes a
#: few dozen, so that it never looks.
_STEPS: Final = 100_000


class Deadline:
    """A moment by the monotonic clock. An object of its own: the connection refers to its method."""

    __slots__ = ("at",)

    def __init__(self) -> None:
        self.at = math.inf

    def is_over(self) -> bool:
        """Tell SQLite whether to stop."""
        return time.monotonic() > self.at


class Connection(sqlite3.Connection):
    """A connection whose statements are interrupted at a deadline (``SQLITE_INTERRUPT``)."""

    #: The statement that begins a transaction.
    begin = "BEGIN IMMEDIATE"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline = Deadline()
        self.is_over = self._deadline.is_over
        self.set_progress_handler(self.is_over, _STEPS)

    def allow(self, seconds: float) -> None:
        self._deadline.at = time.monotonic() + seconds


def prepare(connection: Connection, durability: str, patience: float) -> None:
    """Make a new connection ready for use; ``patience`` is how long it waits for the write-ahead log."""
    cursor = connection.cursor()
    _switch_to_wal(cursor, patience)
    cursor.execute(f"PRAGMA synchronous = {durability}")
    cursor.execute("PRAGMA foreign_keys = ON")
    # What is deleted is overwritten, also in pages that become free, which FAST would leave readable: tokens,
    # e-mails and hashes of old passwords are among it. Not every SQLite is compiled with this as its default.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()
    sqlite_functions.add(connection, connection.is_over)


def _switch_to_wal(cursor: sqlite3.Cursor, patience: float) -> None:
    """Switch to the write-ahead log, with which readers do not wait for the writer."""
    deadline = time.monotonic() + patience
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            # Of several connections to a new file, SQLite lets one switch; the others fail without waiting.
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
