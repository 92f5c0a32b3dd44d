"""Changes by LDAP Sync (the Content Synchronization Operation, RFC 4533): the server tells what has changed.

Of its two modes this is refreshOnly: a search with a cookie of the last one, which ends.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

import ldap
from ldap.controls import ResponseControl
from ldap.syncrepl import SyncDoneControl, SyncInfoMessage, SyncRequestControl, SyncStateControl

from stormpath.agent.changes import reading
from stormpath.agent.connection import Connection
from stormpath.agent.contract import Cursor, CursorInvalid, Outcome, Sink
from stormpath.agent.directory_problems import DirectoryProblem, problem
from stormpath.agent.directory_settings import DirectorySettings, EntrySettings
from stormpath.agent.entries import Entry
from stormpath.agent.mapping import Mapper
from stormpath.agent.problems import Problems

NAME: Final = "syncrepl"
OID: Final = SyncRequestControl.controlType

_REFRESH_REQUIRED: Final = 4096
_NO_TIME_LIMIT: Final = -1


@dataclass(slots=True)
class _Refresh:
    """What one search has said, apart from its entries."""

    cookie: str | None = None
    #: Whether the server tells what has gone; else it tells what is there, and the rest has gone.
    tells_deletions: bool = False


class SyncreplTracker:
    """Asks the server for what has changed since the cookie of the last run."""

    def __init__(self, connection: Connection, settings: DirectorySettings) -> None:
        self._connection = connection
        self._settings = settings

    def run(self, sink: Sink, cursor: Cursor | None) -> Outcome:
        """See ``contract.Tracker``; ``DirectoryProblem`` ``unsupported`` where LDAP Sync does not work."""
        begun = time.monotonic()
        problems = Problems()
        mapper = Mapper(self._settings, problems)
        before = {} if cursor is None else _cookies(cursor)
        if cursor is None:
            reading.check(self._connection, self._settings)
        containers = reading.containers(self._connection, self._settings)
        if cursor is not None and cursor.get("containers") != containers:
            raise CursorInvalid("A part of the tree that contains accounts or groups is new, moved or gone.")
        refreshes: dict[str, _Refresh] = {}
        for each in reading.searched(self._settings):
            refreshes[each.kind] = self._refresh(each, mapper, sink, before.get(each.kind))
        is_complete = cursor is None or not all(each.tells_deletions for each in refreshes.values())
        if cursor is not None and is_complete:
            # The end of the run deletes what was not told, of both kinds.
            for each in reading.searched(self._settings):
                if refreshes[each.kind].tells_deletions:
                    sink.present(each.kind, reading.ids(self._connection, each))
        after: Cursor = {
            "tracker": NAME,
            "containers": containers,
            "cookies": {kind: each.cookie for kind, each in refreshes.items()},
        }
        return Outcome(after, is_complete, problems.report(NAME, time.monotonic() - begun))

    def _refresh(self, of: EntrySettings, mapper: Mapper, sink: Sink, cookie: str | None) -> _Refresh:
        # A server that has nothing to tell may leave out the cookie.
        refresh = _Refresh(cookie)
        try:
            for message in self._messages(of, mapper, cookie):
                _tell(message, of, mapper, sink, refresh)
        except ldap.LDAPError as error:
            raise _failure(error, self._connection, of, cookie) from error
        if refresh.cookie is None:
            raise DirectoryProblem("unsupported", "The LDAP server gives no cookie for the next run.")
        return refresh

    def _messages(self, of: EntrySettings, mapper: Mapper, cookie: str | None) -> Iterator[_Message]:
        raw = self._connection.raw
        number = raw.search_ext(
            of.base,
            ldap.SCOPE_SUBTREE,
            of.filter,
            reading.attributes_of(mapper, of),
            serverctrls=[SyncRequestControl(criticality=True, cookie=cookie, mode="refreshOnly")],
            timeout=_NO_TIME_LIMIT,
        )
        is_done = False
        try:
            while not is_done:
                kind, data, _, controls, _, _ = raw.result4(
                    number,
                    all=0,
                    timeout=self._connection.options.answer_seconds,
                    add_ctrls=1,
                    add_intermediates=1,
                    resp_ctrl_classes=_CONTROLS,
                )
                is_done = kind == ldap.RES_SEARCH_RESULT
                yield _Message(kind, data or (), controls)
        except ldap.LDAPError:
            is_done = True
            raise
        finally:
            if not is_done:
                self._connection.abandon(number)


@dataclass(frozen=True, slots=True)
class _Message:
    kind: int
    data: Sequence[tuple[Any, Any, Any]]
    controls: Sequence[Any] = field(default=())


class _SyncState(ResponseControl):  # type: ignore[misc]  # The library has no types.
    """The control beside each entry. Most are read here: the library's way costs more than the entry."""

    controlType: ClassVar[str] = SyncStateControl.controlType  # The library's name.
    # SEQUENCE of ENUMERATED and an OCTET STRING of 16 bytes, without a cookie.
    _LENGTH: ClassVar[int] = 23
    _HEAD: ClassVar[bytes] = bytes((0x30, 21, 0x0A, 1))
    _UUID: ClassVar[bytes] = bytes((0x04, 16))

    state: str
    entry_id: str
    cookie: str | None = None

    def decodeControlValue(self, encodedControlValue: bytes) -> None:  # The library's names.
        value = encodedControlValue
        if len(value) == self._LENGTH and value.startswith(self._HEAD) and value[5:7] == self._UUID:
            self.state = SyncStateControl.opnames[value[4]]
            self.entry_id = str(uuid.UUID(bytes=value[7:]))
            return
        whole = SyncStateControl()
        whole.decodeControlValue(value)
        self.state, self.entry_id, self.cookie = whole.state, whole.entryUUID, whole.cookie


_CONTROLS: Final = {_SyncState.controlType: _SyncState, SyncDoneControl.controlType: SyncDoneControl}


def _tell(message: _Message, of: EntrySettings, mapper: Mapper, sink: Sink, refresh: _Refresh) -> None:
    if message.kind == ldap.RES_SEARCH_ENTRY:
        for dn, attributes, controls in message.data:
            _tell_entry(Entry.from_wire(dn, attributes), controls, of, mapper, sink, refresh)
    elif message.kind == ldap.RES_INTERMEDIATE:
        for name, value, _ in message.data:
            if name == SyncInfoMessage.responseName:
                _tell_info(SyncInfoMessage(value), of, sink, refresh)
    elif message.kind == ldap.RES_SEARCH_RESULT:
        for done in message.controls:
            if isinstance(done, SyncDoneControl):
                refresh.cookie = done.cookie or refresh.cookie
                refresh.tells_deletions = bool(done.refreshDeletes)


def _tell_entry(
    entry: Entry, controls: Sequence[Any], of: EntrySettings, mapper: Mapper, sink: Sink, refresh: _Refresh
) -> None:
    state = next((each for each in controls if isinstance(each, _SyncState)), None)
    if state is None:
        raise DirectoryProblem("unsupported", "The LDAP server ignored the request for LDAP Sync.")
    refresh.cookie = state.cookie or refresh.cookie
    if state.state == "delete":
        sink.gone(of.kind, state.entry_id)
    elif state.state == "present":
        sink.present(of.kind, (state.entry_id,))
    elif (told := reading.tell(entry, of.kind, mapper, sink)) is not None and told != state.entry_id:
        # Deletions would name other ids than those the entries are known by.
        raise DirectoryProblem("unsupported", "The LDAP server synchronizes by other ids than entries show.")


def _tell_info(info: Any, of: EntrySettings, sink: Sink, refresh: _Refresh) -> None:
    if info.newcookie is not None:
        refresh.cookie = info.newcookie
    for part in (info.refreshDelete, info.refreshPresent, info.syncIdSet):
        if part is not None:
            refresh.cookie = part.get("cookie") or refresh.cookie
    if info.syncIdSet is not None:
        if info.syncIdSet["refreshDeletes"]:
            for each in info.syncIdSet["syncUUIDs"]:
                sink.gone(of.kind, each)
        else:
            sink.present(of.kind, info.syncIdSet["syncUUIDs"])


def _cookies(cursor: Cursor) -> dict[str, str]:
    cookies = cursor.get("cookies")
    if cursor.get("tracker") != NAME or not isinstance(cookies, dict):
        raise CursorInvalid("The last run found changes in another way.")
    if not all(isinstance(cookies.get(kind), str) for kind in ("account", "group")):
        raise CursorInvalid("The last run left no cookie.")
    return cookies


def _failure(
    error: ldap.LDAPError, connection: Connection, of: EntrySettings, cookie: str | None
) -> Exception:
    told = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    found = problem(error, connection.address, of.base, of.filter)
    if cookie is not None and (told.get("result") == _REFRESH_REQUIRED or found.kind == "unsupported"):
        # OpenLDAP says the latter where the cookie is newer than its data, as after a backup was restored.
        return CursorInvalid("The server does not know any more what has changed since the last run.")
    return found
