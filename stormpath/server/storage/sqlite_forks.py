"""Closes the SQLite connections of a process before it forks, so that no connection crosses a fork.

SQLite keeps in memory, once for a process, which locks it holds on a file. A child inherits that memory and
not the locks, so that each connection it has or opens reads and writes unprotected, and what it wrote is lost
when the parent's last connection goes (https://sqlite.org/howtocorrupt.html, 2.6). Nothing the child does can
repair that, not even closing them. So the parent closes its connections before it forks: idle ones at once,
and those in use as soon as they are returned. Both sides open new ones when they need them.
"""

from __future__ import annotations

import gc
import os
import threading
import time
from typing import Any, Final, Protocol
from weakref import WeakSet

import sqlalchemy as sa

from stormpath.server.storage import sqlite_connections
from stormpath.server.storage.errors import OwnError
from stormpath.server.storage.sqlite_files import DatabaseFile

#: The longest a fork waits for requests in progress, in seconds: each may wait five for another writer.
FORK_TIMEOUT: Final = 10.0

_POLL_INTERVAL: Final = 0.001

_engines: WeakSet[sa.Engine] = WeakSet()
_kept: WeakSet[Kept] = WeakSet()
_connections: WeakSet[Connection] = WeakSet()
# Held while the process forks.
_opening = threading.Lock()
# True in a child whose parent had connections open when it forked.
_forked_in_use = False


class Kept(Protocol):
    """Idle connections that are not in the pool of their engine."""

    def close(self) -> None:
        """Return them to the pool."""


class Connection(sqlite_connections.Connection):
    """A connection to a file, registered here as long as it is open. It opens an existing file only."""

    def __init__(self, file: DatabaseFile, _path: str, **kwargs: Any) -> None:
        with _opening:
            if _forked_in_use:
                raise OwnError(
                    "this process was forked while its parent used the database, and cannot use it safely"
                )
            super().__init__(file.uri, uri=True, **kwargs)
            _connections.add(self)
        try:
            file.opened()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        super().close()
        _connections.discard(self)


def close_before_forks(engine: sa.Engine) -> None:
    """Close an engine's connections whenever the process forks. They have to be of the class `Connection`."""
    _engines.add(engine)


def close_kept_before_forks(kept: Kept) -> None:
    """Return connections to their pool whenever the process forks, to be closed there."""
    _kept.add(kept)


def _before() -> None:
    _opening.acquire()
    deadline = time.monotonic() + FORK_TIMEOUT
    _close_idle()
    if _forked_in_use:
        return
    if _connections:
        gc.collect()  # Some belong to pools that are garbage already.
    while _connections and time.monotonic() < deadline:
        time.sleep(_POLL_INTERVAL)
        _close_idle()


def _close_idle() -> None:
    # Not the engine's dispose(), which would make a new pool and lose track of connections in use.
    for kept in list(_kept):
        kept.close()
    for engine in list(_engines):
        engine.pool.dispose()


def _after_in_child() -> None:
    global _forked_in_use
    _forked_in_use = _forked_in_use or bool(_connections)
    _opening.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_opening.release, after_in_child=_after_in_child)
