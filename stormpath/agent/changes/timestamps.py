"""Changes by ``modifyTimestamp``, which LDAP servers keep; deletions by a listing of the ids that are there.

The clock is the server's: the next run begins at the newest time seen, and a few seconds before it, since a
server may stamp a change and show it after a later one. Entries told again cost the service a comparison.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from stormpath.agent import search
from stormpath.agent.changes import reading
from stormpath.agent.connection import Connection
from stormpath.agent.contract import Cursor, CursorInvalid, Outcome, Sink
from stormpath.agent.directory_settings import DirectorySettings, EntrySettings
from stormpath.agent.entries import Entry
from stormpath.agent.mapping import Mapper
from stormpath.agent.problems import Problems

NAME: Final = "timestamps"

_MODIFIED: Final = "modifyTimestamp"
_OVERLAP: Final = timedelta(seconds=5)
# Generalized Time (RFC 4517 3.3.13) as servers write it, to the second.
_TIME: Final = re.compile(r"(\d{14})([.,]\d{1,9})?Z")
_FORMAT: Final = "%Y%m%d%H%M%S"


@dataclass(slots=True)
class _Newest:
    """The newest time of change among the entries seen."""

    time: datetime | None = None

    def see(self, entry: Entry) -> None:
        found = _time(entry.text(_MODIFIED))
        if found is not None and (self.time is None or found > self.time):
            self.time = found


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
        since = None if before is None else _time(before.get("since"))
        newest, digest = _Newest(since), reading.SetDigest()
        for entry in self._changed(of, mapper, since):
            newest.see(entry)
            entry_id = reading.tell(entry, of.kind, mapper, sink)
            if before is None and entry_id is not None:
                digest.add(entry_id)
        if before is not None:
            for each in reading.ids(self._connection, of):
                digest.add(each)
        # A time that lies ahead, of a clock that was wrong, must not hide what changes until then. Where the
        # agent's own clock is behind, more is read than need be.
        latest = None if newest.time is None else min(newest.time, now)
        return {"since": None if latest is None else f"{latest:{_FORMAT}}Z", "ids": str(digest)}

    def _changed(self, of: EntrySettings, mapper: Mapper, since: datetime | None) -> Iterator[Entry]:
        found = of.filter
        if since is not None:
            found = f"(&{found}({_MODIFIED}>={since - _OVERLAP:{_FORMAT}}Z))"
        attributes = [*reading.attributes_of(mapper, of), _MODIFIED]
        return search.entries(self._connection, search.Search(of.base, found, attributes))

    def _present(self, of: EntrySettings, sink: Sink) -> str:
        digest = reading.SetDigest()

        def listed() -> Iterator[str]:
            for each in reading.ids(self._connection, of):
                digest.add(each)
                yield each

        sink.present(of.kind, listed())
        return str(digest)


def _time(text: object) -> datetime | None:
    if not isinstance(text, str) or (found := _TIME.fullmatch(text)) is None:
        return None
    try:
        return datetime.strptime(found[1], _FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None
