"""The entries of mirrored servers, beside the accounts and groups that they became."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.domain.mirrors import ACCOUNT, BY_ID, CONFLICTS, GROUP, KINDS, NO_EMAIL, Entry, Named
from stormpath.server.storage.mirror_lookups import among
from stormpath.server.storage.mirror_runs import upsert
from stormpath.server.storage.tenant_scoped import TenantScoped

#: The column with the account or group of an entry, by its kind.
_STORED: Final = {ACCOUNT: "account_id", GROUP: "group_id"}

#: Entries that are read at a time.
_PAGE: Final = 500

#: Values that one statement looks for.
_LOOKED_UP: Final = 1000

_REPLACED: Final = (
    "account_id", "group_id", "dn", "dn_key", "name_key", "digest", "is_disabled",
    "seen_run", "doomed_run", "is_dirty", "problem", "pending",
)  # fmt: skip


class MirrorEntries(TenantScoped):
    """The entries of one tenant's directories (``stormpath.server.domain.mirrors.MirrorEntries``)."""

    __slots__ = ()

    def known(self, directory_id: str, kind: str, ids: Collection[str]) -> dict[str, Entry]:
        table = self._tables.mirror_entries
        statement = table.select().where(self._among(directory_id, kind, "entry_id", ids))
        return {each.id: each for each in self._entries(kind, statement)}

    def save(self, directory_id: str, kind: str, entries: Sequence[Entry], run: int) -> None:
        if not entries:
            return
        statement = upsert(self._connection, self._tables.mirror_entries)
        kept: dict[str, Any] = {name: statement.excluded[name] for name in _REPLACED}
        # A note that the members of a group have changed stays.
        kept["is_dirty"] = self._tables.mirror_entries.c.is_dirty
        statement = statement.on_conflict_do_update(
            index_elements=["tenant_id", "directory_id", "kind", "entry_id"], set_=kept
        )
        self._connection.execute(statement, [self._row(directory_id, kind, each, run) for each in entries])

    def see(self, directory_id: str, kind: str, ids: Collection[str], run: int) -> None:
        self._change(directory_id, kind, ids, seen_run=run, doomed_run=None)

    def doom(self, directory_id: str, kind: str, ids: Collection[str], run: int) -> None:
        self._change(directory_id, kind, ids, doomed_run=run)

    def doom_unseen(self, directory_id: str, run: int) -> None:
        table = self._tables.mirror_entries
        unseen = (table.c.tenant_id == self._tenant_id, table.c.directory_id == directory_id)
        self._connection.execute(table.update().where(*unseen, table.c.seen_run < run).values(doomed_run=run))

    def losses(self, directory_id: str, kind: str, run: int, *, is_complete: bool) -> tuple[int, int, bool]:
        table = self._tables.mirror_entries
        is_stored = table.c[_STORED[kind]].is_not(None)
        lost = self._is_lost(kind, run, is_complete=is_complete)
        numbers = sa.select(
            sa.func.count(sa.case((sa.and_(is_stored, lost), 1))),
            sa.func.count(sa.case((is_stored, 1))),
            sa.func.count(sa.case((table.c.seen_run == run, 1))),
        ).where(self._of(directory_id, kind))
        number, total, seen = self._connection.execute(numbers).one()
        return number, total, seen > 0

    def doomed(self, directory_id: str, kind: str, run: int, after: str, most: int) -> list[Entry]:
        table = self._tables.mirror_entries
        is_next = (table.c.doomed_run == run, table.c.entry_id > after)
        return self._some(kind, most, self._of(directory_id, kind), *is_next)

    def without_email(self, directory_id: str, most: int) -> list[Entry]:
        table = self._tables.mirror_entries
        has_account = (table.c.problem == NO_EMAIL, table.c.account_id.is_not(None))
        return self._some(ACCOUNT, most, self._of(directory_id, ACCOUNT), *has_account)

    def detach(self, directory_id: str, kind: str, ids: Collection[str]) -> None:
        self._change(directory_id, kind, ids, **{_STORED[kind]: None})

    def remove(self, directory_id: str, kind: str, ids: Collection[str]) -> None:
        table = self._tables.mirror_entries
        self._connection.execute(table.delete().where(self._among(directory_id, kind, "entry_id", ids)))

    def in_conflict(self, directory_id: str, kind: str) -> Iterator[Entry]:
        table = self._tables.mirror_entries
        waiting = (
            self._of(directory_id, kind),
            table.c.problem.in_(CONFLICTS),
            table.c.pending.is_not(None),
        )
        last = ""
        while True:
            page = table.select().where(*waiting, table.c.entry_id > last).order_by(table.c.entry_id)
            found = list(self._entries(kind, page.limit(_PAGE)))
            yield from found
            if len(found) < _PAGE:
                return
            last = found[-1].id

    def problems(self, directory_id: str, examples: int) -> dict[str, tuple[int, list[str]]]:
        table = self._tables.mirror_entries
        of_directory = (table.c.tenant_id == self._tenant_id, table.c.directory_id == directory_id)
        counted = (
            sa.select(table.c.problem, sa.func.count())
            .where(*of_directory, table.c.problem.is_not(None))
            .group_by(table.c.problem)
        )
        found = {}
        for problem, number in self._connection.execute(counted).all():
            some = sa.select(table.c.dn).where(*of_directory, table.c.problem == problem).limit(examples)
            found[problem] = (number, list(self._connection.execute(some).scalars()))
        return found

    def holders(self, kind: str, directory_id: str, column: str, keys: Collection[str]) -> dict[str, str]:
        table = self._tables.of[kind]
        key = f"{column}_key"
        of_keys = among(self._connection, table, {"directory_id": directory_id}, key, keys)
        statement = sa.select(table.c[key], table.c.id).where(of_keys, table.c.tenant_id == self._tenant_id)
        return {value: id for value, id in self._connection.execute(statement)}

    def owned(self, directory_id: str, kind: str, stored_ids: Collection[str]) -> set[str]:
        table, column = self._tables.mirror_entries, _STORED[kind]
        of_ids = among(self._connection, table, {}, column, stored_ids)
        statement = sa.select(table.c[column]).where(of_ids, table.c.tenant_id == self._tenant_id)
        return set(self._connection.execute(statement).scalars())

    def named(self, directory_id: str, keys: Collection[str]) -> dict[str, list[Named]]:
        table = self._tables.mirror_entries
        found: dict[str, list[Named]] = {}
        by_id = [each.removeprefix(BY_ID) for each in keys if each.startswith(BY_ID)]
        others = [each for each in keys if not each.startswith(BY_ID)]
        # One statement for each kind of key: each of them reads one index.
        for kinds, column, values, prefix in (
            (KINDS, "entry_id", by_id, BY_ID),
            ((None,), "dn_key", others, ""),
            ((None,), "name_key", others, ""),
        ):
            for kind in kinds:
                for start in range(0, len(values), _LOOKED_UP):
                    some = values[start : start + _LOOKED_UP]
                    of_keys = self._among(directory_id, kind, column, some)
                    statement = sa.select(
                        table.c[column], table.c.kind, table.c.entry_id, table.c.account_id, table.c.group_id
                    ).where(of_keys)
                    for value, its_kind, id, account_id, group_id in self._connection.execute(statement):
                        named = Named(its_kind, id, account_id or group_id)
                        found.setdefault(prefix + value, []).append(named)
        return found

    def _is_lost(self, kind: str, run: int, *, is_complete: bool) -> sa.ColumnElement[bool]:
        table = self._tables.mirror_entries
        lost = [table.c.doomed_run == run]
        if kind == ACCOUNT:
            lost.append(sa.and_(table.c.problem == NO_EMAIL, table.c.account_id.is_not(None)))
        if is_complete:
            lost.append(table.c.seen_run < run)
        return sa.or_(*lost)

    def _some(self, kind: str, most: int, *conditions: sa.ColumnElement[bool]) -> list[Entry]:
        table = self._tables.mirror_entries
        statement = table.select().where(*conditions).order_by(table.c.entry_id).limit(most)
        return list(self._entries(kind, statement))

    def _change(self, directory_id: str, kind: str, ids: Collection[str], **values: Any) -> None:
        table = self._tables.mirror_entries
        of_ids = table.update().where(self._among(directory_id, kind, "entry_id", ids))
        self._connection.execute(of_ids.values(values))

    def _among(
        self, directory_id: str, kind: str | None, column: str, values: Collection[str]
    ) -> sa.ColumnElement[bool]:
        """Return the condition for the entries of a kind, or of any, that have one of these values."""
        fixed = {"tenant_id": self._tenant_id, "directory_id": directory_id}
        return among(
            self._connection,
            self._tables.mirror_entries,
            fixed if kind is None else {**fixed, "kind": kind},
            column,
            values,
        )

    def _of(self, directory_id: str, kind: str) -> sa.ColumnElement[bool]:
        table = self._tables.mirror_entries
        return sa.and_(
            table.c.tenant_id == self._tenant_id, table.c.directory_id == directory_id, table.c.kind == kind
        )

    def _row(self, directory_id: str, kind: str, entry: Entry, run: int) -> dict[str, Any]:
        return {
            "tenant_id": self._tenant_id,
            "directory_id": directory_id,
            "kind": kind,
            "entry_id": entry.id,
            "account_id": entry.stored_id if kind == ACCOUNT else None,
            "group_id": entry.stored_id if kind == GROUP else None,
            "dn": entry.dn,
            "dn_key": entry.dn_key,
            "name_key": entry.name_key,
            "digest": entry.digest,
            "is_disabled": entry.is_disabled,
            "seen_run": run,
            "doomed_run": None,
            "is_dirty": False,
            "problem": entry.problem,
            "pending": entry.pending,
        }

    def _entries(self, kind: str, statement: sa.Select[Any]) -> Iterator[Entry]:
        for row in self._connection.execute(statement).mappings():
            yield Entry(
                id=row["entry_id"],
                stored_id=row[_STORED[kind]],
                dn=row["dn"],
                dn_key=row["dn_key"],
                name_key=row["name_key"],
                digest=row["digest"],
                is_disabled=row["is_disabled"],
                problem=row["problem"],
                pending=row["pending"],
            )
