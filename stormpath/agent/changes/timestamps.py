"""Changes by ``modifyTimestamp``, which LDAP servers keep; deletions by a listing of the ids that are there.

Entries that are told again cost the service a comparison.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from stormpath.agent import search
from stormpath.agent.changes import reading
from stormpath.agent.changes.since import Since, parsed
from stormpath.agent.connection import Connection
from stormpath.agent.contract import Cursor, CursorInvalid, Outcome, Sink
from stormpath.agent.directory_settings import DirectorySettings, EntrySettings
from stormpath.agent.entries import Entry
from stormpath.agent.mapping import Mapper
from stormpath.agent.problems import Problems

NAME: Final = "timestamps"

_MODIFIED: Final = "modifyTimestamp"


class TimestampTracker:
    """Asks for what was modified since the last run, and compares the ids that are there."""

    def __init__(
        self,
        connection: Connection,
        settings: DirectorySettings,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._connection = connection
        self._settings = settings
        self._now = now

    def run(self, sink: Sink, cursor: Cursor | None) -> Outcome:
        """See ``contract.Tracker``."""
        begun = time.monotonic()
        problems = Problems()
        mapper = Mapper(self._settings, problems)
        before = None if cursor is None else self._checked(cursor)
        if before is None:
            reading.check(self._connection, self._settings)
        containers = reading.containers(self._connection, self._settings)
        if before is not None and before["containers"] != containers:
            raise CursorInvalid("A part of the tree that contains accounts or groups is new, moved or gone.")
        now = self._now()
        ends: dict[str, dict[str, Any]] = {
            each.kind: self._search(each, mapper, sink, None if before is None else before[each.kind], now)
            for each in reading.searched(self._settings)
        }
        is_complete = before is None
        if before is not None and any(ends[kind]["ids"] != before[kind]["ids"] for kind in ends):
            # What has gone is what is not there: the listing is made again, since it was not kept.
            for each in reading.searched(self._settings):
                ends[each.kind]["ids"] = self._present(each, sink)
            is_complete = True
        after: Cursor = {"tracker": NAME, "containers": containers, **ends}
        return Outcome(after, is_complete, problems.report(NAME, time.monotonic() - begun))

    def _checked(self, cursor: Cursor) -> Cursor:
        parts = [cursor.get("account"), cursor.get("group")]
        if cursor.get("tracker") != NAME or not all(
            isinstance(each, dict) and "ids" in each for each in parts
        ):
            raise CursorInvalid("The last run found changes in another way.")
        return {"containers": None, **cursor}

    def _search(
        self,
        of: EntrySettings,
        mapper: Mapper,
        sink: Sink,
        before: dict[str, Any] | None,
        now: datetime,
    ) -> dict[str, Any]:
        """Tell what has changed, or everything; return this search's part of the cursor."""
        since = Since.read(before)
        newest, digest = since.time, reading.SetDigest()
        for entry in self._changed(of, mapper, since):
            modified = parsed(entry.text(_MODIFIED))
            if modified is not None and (newest is None or modified > newest):
                newest = modified
            entry_id = reading.tell(entry, of.kind, mapper, sink)
            if before is None and entry_id is not None:
                digest.add(entry_id)
        if before is not None:
            for each in reading.ids(self._connection, of):
                digest.add(each)
        return {**since.after(newest, now).json, "ids": str(digest)}

    def _changed(self, of: EntrySettings, mapper: Mapper, since: Since) -> Iterator[Entry]:
        attributes = [*reading.attributes_of(mapper, of), _MODIFIED]
        asked = search.Search(of.base, since.narrowed(of.filter), attributes)
        return search.entries(self._connection, asked)

    def _present(self, of: EntrySettings, sink: Sink) -> str:
        digest = reading.SetDigest()

        def listed() -> Iterator[str]:
            for each in reading.ids(self._connection, of):
                digest.add(each)
                yield each

        sink.present(of.kind, listed())
        return str(digest)
