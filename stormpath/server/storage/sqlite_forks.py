"""No SQLite connection crosses a fork: there is none when it happens.

SQLite keeps in memory, once for a process, which locks it holds on a file. A child inherits that memory and
not the locks, so that each connection it has or opens reads and writes unprotected, and what it wrote is lost
when the parent's last connection goes (https://sqlite.org/howtocorrupt.html, 2.6). Nothing the child does can
mend that, not even closing them. So the parent closes its connections before it forks: idle ones at once, and
those in use as soon as they come back. Both sides open new ones when they need them.
"""

from __future__ import annotations

import gc
import os
import sqlite3
import threading
import time
from typing import Any, Final
from weakref import WeakSet

import sqlalchemy as sa

#: How long a fork waits for requests under way, in seconds: they may wait five for another writer themselves.
LONGEST_WAIT: Final = 10.0

_ROUND: Final = 0.001

_engines: WeakSet[sa.Engine] = WeakSet()
_connections: WeakSet[Connection] = WeakSet()
# Held while the process forks.
_opening = threading.Lock()
_spoilt = False


class Connection(sqlite3.Connection):
    """A connection to a file, known here as long as it is open."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        with _opening:
            if _spoilt:
                raise sqlite3.OperationalError(
                    "this process was forked while its parent used the database, and cannot use it safely"
                )
            super().__init__(*args, **kwargs)
            _connections.add(self)

    def close(self) -> None:
        super().close()
        _connections.discard(self)


def close_before_forks(engine: sa.Engine) -> None:
    """Close an engine's connections whenever the process forks. They have to be of the class `Connection`."""
    _engines.add(engine)


def _before() -> None:
    _opening.acquire()
    deadline = time.monotonic() + LONGEST_WAIT
    _close_idle()
    if _spoilt:
        return
    if _connections:
        gc.collect()  # Some belong to pools that nobody has any more.
    while _connections and time.monotonic() < deadline:
        time.sleep(_ROUND)
        _close_idle()


def _close_idle() -> None:
    # Not the engine's dispose(), which would make a new pool and lose sight of those that are in use.
    for engine in list(_engines):
        engine.pool.dispose()


def _after_in_child() -> None:
    global _spoilt
    _spoilt = _spoilt or bool(_connections)
    _opening.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_opening.release, after_in_child=_after_in_child)
