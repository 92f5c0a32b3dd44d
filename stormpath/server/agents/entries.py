"""Entries of a server become accounts or groups: new ones many at a time, changed ones one by one.

An entry whose value another one has is stored as far as it can be. What is left waits in the entry
(``pending``) for the end of the run, when it may have become free (``conflicts.py``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from stormpath.server.agents.held_run import HeldRun
from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.mirrors import GROUP, Entry
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.schema import DISABLED, ENABLED
from stormpath.server.schema.attributes import Attribute
from stormpath.server.schema.query import fold

INVALID: Final = "invalid"

#: What stands between the digest of an entry's values and that of its password's hash.
_SEPARATOR: Final = "."


@dataclass(frozen=True, slots=True)
class Wanted:
    """An entry as its server has it: ``values`` by column, without those that the rules refuse.

    With ``is_storable`` false there is too little for a new account or group.
    """

    id: str
    dn: str
    dn_key: str
    name_key: str | None
    is_disabled: bool
    values: Values = field(repr=False)
    digest: str
    problem: str | None
    is_storable: bool

    def entry(self, stored_id: str | None, problem: str | None, pending: Values | None) -> Entry:
        """Return the entry as it is stored."""
        return Entry(
            id=self.id,
            stored_id=stored_id,
            dn=self.dn,
            dn_key=self.dn_key,
            name_key=self.name_key,
            digest=self.digest,
            is_disabled=self.is_disabled,
            problem=problem,
            pending=None if pending is None else json.dumps({"values": pending, "problem": self.problem}),
        )

    @classmethod
    def of_pending(cls, entry: Entry) -> Wanted:
        """Return what is left to be stored of an entry that waits."""
        pending = json.loads(entry.pending or "{}")
        return cls(
            id=entry.id,
            dn=entry.dn,
            dn_key=entry.dn_key,
            name_key=entry.name_key,
            is_disabled=entry.is_disabled,
            values=pending.get("values", {}),
            digest=entry.digest,
            problem=pending.get("problem"),
            is_storable=True,
        )


class CopyRules(Protocol):
    """The rules of accounts, or of groups, as a synchronization needs them."""

    def new_row(self, context: RequestContext, unit: Unit, values: Values) -> Row: ...
    def copy(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row: ...
    def erase(self, context: RequestContext, unit: Unit, row: Row) -> None: ...
    def lock_and_reread(self, unit: Unit, row: Row) -> Row: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """Accounts or groups: their name, rules, and columns that are unique with the problem of a taken value.

    ``new`` completes the columns of a new one.
    """

    name: str
    rules: CopyRules
    unique: Mapping[str, str]
    new: Callable[[RequestContext, Values], Values]


def digest_of(values: Iterable[object], password_hash: str | None) -> str:
    """Return what tells whether an entry has changed, and whether its password has."""
    parts = (json.dumps(list(values)), password_hash or "")
    return _SEPARATOR.join(
        hashlib.sha256(each.encode("utf-8", "surrogatepass")).hexdigest()[:32] for each in parts
    )


def store(held: HeldRun, unit: Unit, kind: Kind, wanted: Sequence[Wanted]) -> int:
    """Store entries that a run has found; return how many have a problem."""
    wanted = list({each.id: each for each in wanted}.values())
    known = unit.mirrors.entries.known(held.directory_id, kind.name, [each.id for each in wanted])
    unchanged = [each.id for each in wanted if _is_unchanged(each, known.get(each.id))]
    unit.mirrors.entries.see(held.directory_id, kind.name, unchanged, held.run)
    changed = [each for each in wanted if not _is_unchanged(each, known.get(each.id))]
    # In the order of ids, in which all lock them that lock several.
    changed.sort(key=lambda each: (known[each.id].stored_id or "") if each.id in known else "")
    return _Changes(held, unit, kind, known).store(changed) if changed else 0


def store_pending(held: HeldRun, unit: Unit, kind: Kind, ids: Sequence[str]) -> None:
    """Store what waits in these entries, one after the other, as far as it has become free."""
    known = unit.mirrors.entries.known(held.directory_id, kind.name, ids)
    _Changes(held, unit, kind, known).store([Wanted.of_pending(known[each]) for each in ids if each in known])


def _is_unchanged(wanted: Wanted, known: Entry | None) -> bool:
    return (
        known is not None
        and known.stored_id is not None
        and known.problem is None
        and known.digest == wanted.digest
    )


class _Changes:
    """The changes of one transaction."""

    def __init__(self, held: HeldRun, unit: Unit, kind: Kind, known: Mapping[str, Entry]) -> None:
        self._held, self._unit, self._kind, self._known = held, unit, kind, known
        self._entries: list[Entry] = []
        self._new: list[Row] = []
        self._keys: set[str] = set()
        self._taken: Taken

    def store(self, wanted: Sequence[Wanted]) -> int:
        """Store these entries in their order; return how many have a problem."""
        unit, held, kind = self._unit, self._held, self._kind
        self._taken = Taken.of(unit, held.directory_id, kind, [each.values for each in wanted])
        adopted = self._adopted(wanted)
        is_new = []
        # First those that are there: what they leave is free for new ones.
        for each in wanted:
            stored_id = self._stored_id(each) or adopted.get(each.id)
            if stored_id is None:
                is_new.append(each)
            else:
                self._change(each, stored_id)
        for each in is_new:
            self._add(each)
        if self._new:
            unit.insert_many(kind.name, self._new)
        unit.mirrors.entries.save(held.directory_id, kind.name, self._entries, held.run)
        unit.mirrors.members.touch_holders(held.directory_id, self._keys)
        if kind.name == GROUP:
            # Its members may have come before it could be stored.
            unit.mirrors.members.touch(held.directory_id, [each.id for each in is_new] + list(adopted))
        return sum(each.problem is not None for each in self._entries)

    def _stored_id(self, wanted: Wanted) -> str | None:
        known = self._known.get(wanted.id)
        return None if known is None else known.stored_id

    def _adopted(self, wanted: Sequence[Wanted]) -> dict[str, str]:
        """Return accounts or groups without an entry, as an import leaves them, that new entries are."""
        column = next(iter(self._kind.unique))
        holders = {
            each.id: self._taken.holder(column, each.values[column])
            for each in wanted
            if column in each.values and self._stored_id(each) is None
        }
        found = {id: holder for id, holder in holders.items() if holder is not None}
        if not found:
            return {}
        owned = self._unit.mirrors.entries.owned(self._held.directory_id, self._kind.name, found.values())
        free = {holder: id for id, holder in reversed(found.items()) if holder not in owned}
        return {id: holder for holder, id in free.items()}

    def _change(self, wanted: Wanted, stored_id: str) -> None:
        row = self._kind.rules.lock_and_reread(self._unit, {"id": stored_id})
        refused = self._taken.conflicts(wanted.values, stored_id)
        changes = {name: value for name, value in wanted.values.items() if name not in refused}
        known = self._known.get(wanted.id)
        # An account that is adopted has had no entry.
        before = known if known is not None and known.stored_id is not None else None
        if before is not None and _password_part(before.digest) == _password_part(wanted.digest):
            changes.pop("password_hash", None)
        if wanted.is_disabled != (before is not None and before.is_disabled):
            # What an administrator makes of the status stays until the server changes its mind.
            changes["status"] = DISABLED if wanted.is_disabled else ENABLED
        self._kind.rules.copy(self._held.context, self._unit, row, changes)
        self._taken.move(row, changes)
        entry = self._entry(wanted, stored_id, refused)
        self._entries.append(entry)
        self._keys |= set(entry.keys).symmetric_difference(() if before is None else before.keys)

    def _add(self, wanted: Wanted) -> None:
        refused = self._taken.conflicts(wanted.values, None)
        if refused or not wanted.is_storable:
            self._entries.append(self._entry(wanted, None, refused))
            return
        row = new_row(self._held, self._unit, self._kind, wanted.values, is_disabled=wanted.is_disabled)
        self._new.append(row)
        self._taken.add(row)
        entry = self._entry(wanted, row["id"], ())
        self._entries.append(entry)
        self._keys |= set(entry.keys)

    def _entry(self, wanted: Wanted, stored_id: str | None, refused: Sequence[str]) -> Entry:
        if not refused or (stored_id is None and not wanted.is_storable):
            return wanted.entry(stored_id, wanted.problem, None)
        pending = wanted.values if stored_id is None else {each: wanted.values[each] for each in refused}
        return wanted.entry(stored_id, self._kind.unique[refused[0]], pending)


class Taken:
    """Which of the unique values that entries want are taken, as it changes with each that is stored."""

    def __init__(self, holders: dict[str, dict[str, str]]) -> None:
        self._holders = holders

    @classmethod
    def of(cls, unit: Unit, directory_id: str, kind: Kind, values: Iterable[Values]) -> Taken:
        """Look up who has these values in a directory."""
        wanted: dict[str, set[str]] = {each: set() for each in kind.unique}
        for each in values:
            for column, keys in wanted.items():
                if column in each:
                    keys.add(fold(each[column]))
        found = unit.mirrors.entries.holders
        return cls({column: found(kind.name, directory_id, column, keys) for column, keys in wanted.items()})

    def holder(self, column: str, value: str) -> str | None:
        """Return the id of the account or group that has a value."""
        return self._holders[column].get(fold(value))

    def conflicts(self, values: Values, id: str | None) -> list[str]:
        """Return the columns whose value another account or group has than ``id``."""
        taken = ((each, self.holder(each, values[each])) for each in self._holders if each in values)
        return [column for column, holder in taken if holder not in (None, id)]

    def add(self, row: Row) -> None:
        """Note that a new account or group has its values."""
        for column, holders in self._holders.items():
            holders[fold(row[column])] = row["id"]

    def move(self, row: Row, changes: Values) -> None:
        """Note that an account or group, which was as in ``row``, has other values."""
        for column, holders in self._holders.items():
            if column in changes:
                holders.pop(fold(row[column]), None)
                holders[fold(changes[column])] = row["id"]


def new_row(held: HeldRun, unit: Unit, kind: Kind, values: Values, *, is_disabled: bool) -> Row:
    """Return the row of a new account or group of the directory."""
    status = DISABLED if is_disabled else ENABLED
    own = {**values, "directory_id": held.directory_id, "status": status}
    return kind.rules.new_row(held.context, unit, kind.new(held.context, own))


def checked(attribute: Attribute, value: str | None) -> str | None:
    """Return a value as the rules store it; raises ``ApiError`` if they refuse it."""
    if value is None or not value.strip():
        return None
    found: str = attribute.check(value)
    return found


def _password_part(digest: str) -> str:
    return digest.rpartition(_SEPARATOR)[2]
