"""Changes by update sequence numbers: a domain controller counts every change that it stores.

An entry has changed whose ``uSNChanged`` is above the number of the last run. What has gone is told by what
the server keeps of deleted entries, where the agent may see that, else by the list of what is there: that
list tells also of an entry that has moved away, or that the filter excludes now.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from stormpath.agent.active_directory import containers, deleted_objects, domain_controller, members
from stormpath.agent.active_directory import foreign_referrals as foreign
from stormpath.agent.active_directory.accounts import ActiveDirectoryMapper
from stormpath.agent.active_directory.deleted_objects import DeletedObject
from stormpath.agent.active_directory.domain_controller import DomainController
from stormpath.agent.active_directory.id_sets import IdSet
from stormpath.agent.changes import reading
from stormpath.agent.connection import Connection
from stormpath.agent.contract import Cursor, CursorInvalid, Outcome, Sink
from stormpath.agent.directory_settings import DirectorySettings, EntrySettings
from stormpath.agent.entries import Entry
from stormpath.agent.problems import Problems
from stormpath.agent.search import Search, entries

NAME: Final = "usn"

# Attributes that change without their entry (MS-ADTS 3.1.1.1.6, 3.1.1.4.5): with such a filter an entry may
# begin to match and count as unchanged.
_COMPUTED: Final = re.compile(r"memberof|directreports|managedobjects|msds-|tokengroups", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Before:
    """What the cursor of the last run says."""

    server: str
    usn: int
    containers: str
    ids: dict[str, IdSet]

    @classmethod
    def read(cls, cursor: Cursor) -> _Before:
        try:
            if cursor["tracker"] != NAME:
                raise KeyError(NAME)
            ids = {kind: IdSet.from_json(cursor[kind]) for kind in ("account", "group")}
            return cls(str(cursor["server"]), int(cursor["usn"]), str(cursor["containers"]), ids)
        except (KeyError, TypeError, ValueError) as error:
            raise CursorInvalid("The last run found changes in another way.") from error


class UsnTracker:
    """Asks a domain controller for what has changed since the number of the last run.

    ``step`` is how many members of a group are asked for at a time.
    """

    def __init__(
        self, connection: Connection, settings: DirectorySettings, *, step: int = members.STEP
    ) -> None:
        self._connection = connection
        self._settings = settings
        self._step = step

    def run(self, sink: Sink, cursor: Cursor | None) -> Outcome:
        """See ``contract.Tracker``."""
        begun = time.monotonic()
        problems = Problems()
        mapper = ActiveDirectoryMapper(self._settings, problems)
        # The number first: what changes from now on is told by the next run, also what this one has seen.
        server = domain_controller.read(self._connection)
        if cursor is None:
            reading.check(self._connection, self._settings)
            after, is_complete = self._run_in_full(sink, mapper, server), True
        else:
            after, is_complete = self._run_since(_Before.read(cursor), sink, mapper, server)
        return Outcome(after, is_complete, problems.report(NAME, time.monotonic() - begun))

    def _run_in_full(self, sink: Sink, mapper: ActiveDirectoryMapper, server: DomainController) -> Cursor:
        places = reading.containers(self._connection, self._settings)
        ids: dict[str, IdSet] = {
            each.kind: IdSet.of(self._tell(each, each.filter, sink, mapper))
            for each in reading.searched(self._settings)
        }
        return _cursor(server, places, ids)

    def _run_since(
        self, before: _Before, sink: Sink, mapper: ActiveDirectoryMapper, server: DomainController
    ) -> tuple[Cursor, bool]:
        self._check(before, server)
        if before.usn == server.highest_usn and not self._settings.follows_referrals:
            return _cursor(server, before.containers, before.ids), False
        places = self._checked_places(before)
        # In this order, and after the number was read: what is told is in the list of ids, and what changes
        # meanwhile has a higher number.
        ids: dict[str, IdSet] = {
            each.kind: IdSet.of(reading.ids(self._connection, each))
            for each in reading.searched(self._settings)
        }
        gone, unexplained = self._explained(before, server, ids)
        for each in reading.searched(self._settings):
            changed = f"(&{each.filter}{_between('uSNChanged', before.usn, server.highest_usn)})"
            for _ in self._tell(each, changed, sink, mapper):
                pass
        for kind, deleted in gone.items():
            for one in deleted:
                sink.gone(kind, one)
        if unexplained:
            # The end of the run deletes what was not told, of both kinds.
            for each in reading.searched(self._settings):
                sink.present(each.kind, reading.ids(self._connection, each))
        return _cursor(server, places, ids), unexplained

    def _check(self, before: _Before, server: DomainController) -> None:
        if before.server != server.id:
            raise CursorInvalid(
                "Another domain controller answers, or it was restored from a backup: each counts changes by "
                "itself. Set directoryHost to one domain controller and not to a domain."
            )
        if before.usn > server.highest_usn:
            raise CursorInvalid("The domain controller counts less changes than at the last run.")
        if self._settings.follows_referrals:
            for each in reading.searched(self._settings):
                if (url := foreign.reference(self._connection, each.base, server)) is not None:
                    raise CursorInvalid(
                        f"{url[:300]} is followed: other servers count changes by themselves."
                    )

    def _checked_places(self, before: _Before) -> str:
        places = reading.containers(self._connection, self._settings)
        if places != before.containers:
            changed = containers.changed_container(self._connection, self._settings, before.usn + 1)
            if changed is not None:
                raise CursorInvalid(f"{changed[:300]} was renamed or moved, or has changed otherwise.")
        return places

    def _explained(
        self, before: _Before, server: DomainController, ids: dict[str, IdSet]
    ) -> tuple[dict[str, list[str]], bool]:
        """Return what was deleted, and whether that and what is new leave a difference unexplained.

        It has to be known before anything is told: the last moment for a full run.
        """
        deleted: list[DeletedObject] | None = None
        gone: dict[str, list[str]] = {}
        unexplained = False
        for each in reading.searched(self._settings):
            if ids[each.kind] == before.ids[each.kind]:
                continue
            created = before.ids[each.kind] + IdSet.of(self._created(each, before, server))
            if ids[each.kind] == created:
                continue
            if deleted is None:
                context = server.context_of(self._settings.base)
                deleted = deleted_objects.since(self._connection, context, before.usn + 1)
            was_there = [
                one.id for one in deleted if one.usn_created <= before.usn and one.may_have_matched(each)
            ]
            if ids[each.kind] == created - IdSet.of(was_there):
                gone[each.kind] = was_there
                continue
            if _COMPUTED.search(each.object_filter or ""):
                raise CursorInvalid(
                    f"Other entries match {each.filter[:300]}, which asks for a computed value."
                )
            unexplained = True
        return gone, unexplained

    def _created(self, of: EntrySettings, before: _Before, server: DomainController) -> Iterator[str]:
        created = f"(&{of.filter}{_between('uSNCreated', before.usn, server.highest_usn)})"
        found = entries(self._connection, Search(of.base, created, ["objectGUID"]))
        return (entry_id for entry in found if (entry_id := entry.id) is not None)

    def _tell(
        self, of: EntrySettings, found: str, sink: Sink, mapper: ActiveDirectoryMapper
    ) -> Iterator[str]:
        """Tell what a search finds, as the ids of it are read."""
        tell = self._tell_account if of.kind == "account" else self._tell_group
        asked = Search(of.base, found, reading.attributes_of(mapper, of))
        for entry in entries(self._connection, asked):
            if (entry_id := tell(entry, sink, mapper)) is not None:
                yield entry_id

    def _tell_account(self, entry: Entry, sink: Sink, mapper: ActiveDirectoryMapper) -> str | None:
        if (account := mapper.account(entry)) is None:
            return None
        sink.account(account)
        return account.id

    def _tell_group(self, entry: Entry, sink: Sink, mapper: ActiveDirectoryMapper) -> str | None:
        if (group := mapper.group(entry)) is None:
            return None
        sink.group(group)
        attribute = self._settings.group_attributes.members
        parts = members.parts(self._connection, group.id, attribute, self._step)
        sink.members(group.id, (key for each in parts for key in mapper.member_keys(each)))
        return group.id


def _between(attribute: str, after: int, last: int) -> str:
    return f"({attribute}>={after + 1})({attribute}<={last})"


def _cursor(server: DomainController, places: str, ids: dict[str, IdSet]) -> Cursor:
    kinds = {kind: each.to_json() for kind, each in ids.items()}
    return {"tracker": NAME, "server": server.id, "usn": server.highest_usn, "containers": places, **kinds}
