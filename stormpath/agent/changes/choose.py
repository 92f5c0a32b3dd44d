"""Which way to find changes a server has: its root DSE (RFC 4512 5.1) says so."""

from __future__ import annotations

from typing import Final

import ldap

from stormpath.agent import search
from stormpath.agent.changes import syncrepl, timestamps
from stormpath.agent.changes.syncrepl import SyncreplTracker
from stormpath.agent.changes.timestamps import TimestampTracker
from stormpath.agent.connection import Connection
from stormpath.agent.contract import Cursor, CursorInvalid, Outcome, Sink, Tracker
from stormpath.agent.directory_problems import DirectoryProblem
from stormpath.agent.directory_settings import DirectorySettings
from stormpath.agent.entries import Entry

#: What Active Directory, and Samba as its domain controller, name among their capabilities.
ACTIVE_DIRECTORY: Final = "1.2.840.113556.1.4.800"

_CONTROLS: Final = "supportedControl"
_CAPABILITIES: Final = "supportedCapabilities"
#: Where LDAP Sync fails in one of these ways, a plain search may still work.
_FALLS_BACK: Final = frozenset({"unsupported", "denied", "size_limit"})


def choose(connection: Connection, settings: DirectorySettings) -> Tracker:
    """Return the best tracker for the server of a connection that is bound; it costs one search."""
    root = root_dse(connection)
    if root is not None and ACTIVE_DIRECTORY in root.texts(_CAPABILITIES):
        from stormpath.agent.active_directory.usn import UsnTracker

        return UsnTracker(connection, settings)
    if root is not None and syncrepl.OID in root.texts(_CONTROLS):
        return SyncOrTimestamps(connection, settings)
    return TimestampTracker(connection, settings)


def root_dse(connection: Connection) -> Entry | None:
    """Return what a server says of itself; ``None`` where it shows that to no one."""
    asked = search.Search("", "(objectClass=*)", [_CONTROLS, _CAPABILITIES], ldap.SCOPE_BASE)
    try:
        return search.first(connection, asked)
    except DirectoryProblem as failure:
        if failure.kind in ("unreachable", "time_limit"):
            raise
        return None


class SyncOrTimestamps:
    """LDAP Sync, and times where it does not work: a server may offer it, and refuse it to the agent."""

    def __init__(self, connection: Connection, settings: DirectorySettings) -> None:
        self._sync = SyncreplTracker(connection, settings)
        self._times = TimestampTracker(connection, settings)

    def run(self, sink: Sink, cursor: Cursor | None) -> Outcome:
        """See ``contract.Tracker``. A cursor goes on in its own way; a full run tries LDAP Sync again."""
        if cursor is not None and cursor.get("tracker") == timestamps.NAME:
            return self._times.run(sink, cursor)
        try:
            return self._sync.run(sink, cursor)
        except DirectoryProblem as failure:
            if failure.kind not in _FALLS_BACK:
                raise
            if cursor is not None:
                raise CursorInvalid("The server does not allow LDAP Sync any more.") from failure
            # What was told is told again: the service compares it.
            return self._times.run(sink, None)
