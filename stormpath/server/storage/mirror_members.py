"""The members of mirrored groups: keys as their server has them, and the memberships that they become."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.domain.mirrors import GROUP
from stormpath.server.storage.mirror_lookups import among
from stormpath.server.storage.mirror_runs import inserting
from stormpath.server.storage.tenant_scoped import TenantScoped

#: Values that one statement looks for.
_LOOKED_UP: Final = 1000


class MirrorMembers(TenantScoped):
    """The members of one tenant's mirrored groups (``stormpath.server.domain.mirrors.MirrorMembers``)."""

    __slots__ = ()

    def begin(self, directory_id: str, group: str, run: int) -> None:
        members = self._tables.mirror_members
        taken = members.update().where(self._of_groups(directory_id, [group]), members.c.seen_run == run)
        self._connection.execute(taken.values(seen_run=run - 1))

    def add(self, directory_id: str, group: str, keys: Collection[str], run: int) -> bool:
        members = self._tables.mirror_members
        of_keys = self._among({"directory_id": directory_id, "group_entry_id": group}, "member_key", keys)
        known = set(self._connection.execute(sa.select(members.c.member_key).where(of_keys)).scalars())
        if known:
            self._connection.execute(members.update().where(of_keys).values(seen_run=run))
        common = {"tenant_id": self._tenant_id, "directory_id": directory_id, "group_entry_id": group}
        new = [{**common, "member_key": each, "seen_run": run} for each in keys if each not in known]
        if new:
            self._connection.execute(members.insert(), new)
        return bool(new)

    def finish(self, directory_id: str, group: str, run: int) -> bool:
        members = self._tables.mirror_members
        old = members.delete().where(self._of_groups(directory_id, [group]), members.c.seen_run < run)
        return self._connection.execute(old).rowcount > 0

    def remove_of(self, directory_id: str, groups: Collection[str]) -> None:
        self._connection.execute(
            self._tables.mirror_members.delete().where(self._of_groups(directory_id, groups))
        )

    def touch(self, directory_id: str, groups: Collection[str]) -> None:
        self._note(directory_id, groups, is_dirty=True)

    def settled(self, directory_id: str, groups: Collection[str]) -> None:
        self._note(directory_id, groups, is_dirty=False)

    def touch_holders(self, directory_id: str, keys: Collection[str]) -> None:
        self.touch(directory_id, self.holders(directory_id, keys))

    def touched(self, directory_id: str, most: int | None) -> dict[str, str | None]:
        entries = self._tables.mirror_entries
        statement = (
            sa.select(entries.c.entry_id, entries.c.group_id)
            .where(self._groups(directory_id, entries), entries.c.is_dirty)
            .order_by(entries.c.entry_id)
            .limit(most)
        )
        return {entry_id: group_id for entry_id, group_id in self._connection.execute(statement)}

    def holders(self, directory_id: str, keys: Collection[str]) -> set[str]:
        members = self._tables.mirror_members
        found: set[str] = set()
        for some in _chunks(keys):
            of_keys = self._among({"directory_id": directory_id}, "member_key", some)
            statement = sa.select(members.c.group_entry_id).where(of_keys)
            found.update(self._connection.execute(statement).scalars())
        return found

    def sizes(self, directory_id: str, groups: Collection[str]) -> dict[str, int]:
        members = self._tables.mirror_members
        statement = (
            sa.select(members.c.group_entry_id, sa.func.count())
            .where(self._of_groups(directory_id, groups))
            .group_by(members.c.group_entry_id)
        )
        return {group: number for group, number in self._connection.execute(statement)}

    def keys(self, directory_id: str, groups: Collection[str]) -> list[tuple[str, str]]:
        members = self._tables.mirror_members
        found: list[tuple[str, str]] = []
        for some in _chunks(groups):
            statement = sa.select(members.c.group_entry_id, members.c.member_key)
            rows = self._connection.execute(statement.where(self._of_groups(directory_id, some)))
            found += [(group, key) for group, key in rows]
        return found

    def memberships(self, group_ids: Collection[str]) -> dict[tuple[str, str], str]:
        table = self._tables.of["groupMembership"]
        of_groups = among(self._connection, table, {}, "group_id", group_ids)
        statement = sa.select(table.c.group_id, table.c.account_id, table.c.id).where(
            of_groups, table.c.tenant_id == self._tenant_id
        )
        return {(group, account): id for group, account, id in self._connection.execute(statement)}

    def add_memberships(self, rows: Sequence[Mapping[str, Any]]) -> None:
        table = self._tables.of["groupMembership"]
        self._connection.execute(inserting(self._connection, table), list(rows))

    def remove_memberships(self, ids: Iterable[str]) -> None:
        table = self._tables.of["groupMembership"]
        self._connection.execute(
            table.delete().where(table.c.tenant_id == self._tenant_id, table.c.id.in_(ids))
        )

    def _note(self, directory_id: str, groups: Collection[str], *, is_dirty: bool) -> None:
        if not groups:
            return
        entries = self._tables.mirror_entries
        fixed = {"tenant_id": self._tenant_id, "directory_id": directory_id, "kind": GROUP}
        others = entries.update().where(
            among(self._connection, entries, fixed, "entry_id", groups), entries.c.is_dirty.is_not(is_dirty)
        )
        self._connection.execute(others.values(is_dirty=is_dirty))

    def _groups(self, directory_id: str, entries: sa.FromClause) -> sa.ColumnElement[bool]:
        return sa.and_(
            entries.c.tenant_id == self._tenant_id,
            entries.c.directory_id == directory_id,
            entries.c.kind == GROUP,
        )

    def _of_groups(self, directory_id: str, groups: Collection[str]) -> sa.ColumnElement[bool]:
        return self._among({"directory_id": directory_id}, "group_entry_id", groups)

    def _among(
        self, fixed: Mapping[str, str], column: str, values: Collection[str]
    ) -> sa.ColumnElement[bool]:
        """Return the condition for the members that have these values, and one of several in a column."""
        fixed = {"tenant_id": self._tenant_id, **fixed}
        return among(self._connection, self._tables.mirror_members, fixed, column, values)


def _chunks(items: Collection[str]) -> Iterator[list[str]]:
    """Yield the items in lists that one statement may have."""
    rest = iter(items)
    while chunk := list(islice(rest, _LOOKED_UP)):
        yield chunk
