"""The members of mirrored groups: keys as their server has them, and the memberships that they become."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.domain.mirrors import ACCOUNT, GROUP
from stormpath.server.storage.column_types import BINARY_TEXT
from stormpath.server.storage.mirror_runs import inserting
from stormpath.server.storage.tenant_scoped import TenantScoped

#: What the key of an entry's id begins with.
_BY_ID: Final = "id:"


class MirrorMembers(TenantScoped):
    """The members of one tenant's mirrored groups (``stormpath.server.domain.mirrors.MirrorMembers``)."""

    __slots__ = ()

    def begin(self, directory_id: str, group: str, run: int) -> None:
        members = self._tables.mirror_members
        taken = members.update().where(self._of_groups(directory_id, [group]), members.c.seen_run == run)
        self._connection.execute(taken.values(seen_run=run - 1))

    def add(self, directory_id: str, group: str, keys: Collection[str], run: int) -> bool:
        members = self._tables.mirror_members
        of_keys = (self._of_groups(directory_id, [group]), members.c.member_key.in_(keys))
        known = set(self._connection.execute(sa.select(members.c.member_key).where(*of_keys)).scalars())
        if known:
            self._connection.execute(members.update().where(*of_keys).values(seen_run=run))
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
        if not keys:
            return
        members = self._tables.mirror_members
        holders = sa.select(members.c.group_entry_id).where(
            members.c.tenant_id == self._tenant_id,
            members.c.directory_id == directory_id,
            members.c.member_key.in_(keys),
        )
        self.touch(directory_id, set(self._connection.execute(holders).scalars()))

    def touched(self, directory_id: str, most: int) -> dict[str, str | None]:
        entries = self._tables.mirror_entries
        statement = (
            sa.select(entries.c.entry_id, entries.c.group_id)
            .where(self._groups(directory_id, entries), entries.c.is_dirty)
            .order_by(entries.c.entry_id)
            .limit(most)
        )
        return {entry_id: group_id for entry_id, group_id in self._connection.execute(statement)}

    def containers_of_touched(self, directory_id: str) -> set[str]:
        entries, members = self._tables.mirror_entries, self._tables.mirror_members
        touched = (
            sa.select(entries.c.entry_id)
            .where(self._groups(directory_id, entries), entries.c.is_dirty)
            .cte("touched", recursive=True)
        )
        inner = entries.alias("inner_group")
        of_key = sa.or_(
            members.c.member_key == _BY_ID + inner.c.entry_id, members.c.member_key == inner.c.dn_key
        )
        above = (
            sa.select(members.c.group_entry_id)
            .select_from(touched)
            .join(inner, sa.and_(self._groups(directory_id, inner), inner.c.entry_id == touched.c.entry_id))
            .join(members, sa.and_(self._members(directory_id, members), of_key))
        )
        found = set(self._connection.execute(sa.select(touched.union(above).c.entry_id)).scalars())
        return found - set(self.touched(directory_id, len(found)))

    def inside(self, directory_id: str, groups: Collection[str]) -> dict[str, set[str]]:
        entries, members = self._tables.mirror_entries, self._tables.mirror_members
        outer = entries.alias("outer_group")
        inside = (
            sa.select(outer.c.entry_id.label("root"), outer.c.entry_id.label("entry_id"))
            .where(self._groups(directory_id, outer), outer.c.entry_id.in_(groups))
            .cte("inside", recursive=True)
        )
        of_group = sa.and_(
            self._members(directory_id, members), members.c.group_entry_id == inside.c.entry_id
        )
        is_key = sa.or_(
            sa.and_(_is_id(members), entries.c.entry_id == _id_in(members)),
            entries.c.dn_key == members.c.member_key,
        )
        below = (
            sa.select(inside.c.root, entries.c.entry_id)
            .select_from(inside)
            .join(members, of_group)
            .join(entries, sa.and_(self._groups(directory_id, entries), is_key))
        )
        found: dict[str, set[str]] = {each: {each} for each in groups}
        whole = inside.union(below)
        for root, entry_id in self._connection.execute(sa.select(whole.c.root, whole.c.entry_id)):
            found[root].add(entry_id)
        return found

    def sizes(self, directory_id: str, groups: Collection[str]) -> dict[str, int]:
        members = self._tables.mirror_members
        statement = (
            sa.select(members.c.group_entry_id, sa.func.count())
            .where(self._of_groups(directory_id, groups))
            .group_by(members.c.group_entry_id)
        )
        return {group: number for group, number in self._connection.execute(statement)}

    def accounts(self, directory_id: str, groups: Collection[str]) -> dict[str, set[str]]:
        entries, members = self._tables.mirror_entries, self._tables.mirror_members
        is_account = sa.and_(
            entries.c.tenant_id == self._tenant_id,
            entries.c.directory_id == directory_id,
            entries.c.kind == ACCOUNT,
        )
        found: dict[str, set[str]] = {each: set() for each in groups}
        # One statement for each kind of key: each of them reads one index.
        for of_key in (
            sa.and_(_is_id(members), entries.c.entry_id == _id_in(members)),
            entries.c.dn_key == members.c.member_key,
            entries.c.name_key == members.c.member_key,
        ):
            statement = (
                sa.select(members.c.group_entry_id, entries.c.account_id)
                .join(entries, sa.and_(is_account, of_key))
                .where(self._of_groups(directory_id, groups), entries.c.account_id.is_not(None))
            )
            for group, account_id in self._connection.execute(statement):
                found[group].add(account_id)
        return found

    def memberships(self, group_ids: Collection[str]) -> dict[tuple[str, str], str]:
        table = self._tables.of["groupMembership"]
        statement = sa.select(table.c.group_id, table.c.account_id, table.c.id).where(
            table.c.tenant_id == self._tenant_id, table.c.group_id.in_(group_ids)
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
        others = entries.update().where(
            self._groups(directory_id, entries),
            entries.c.entry_id.in_(groups),
            entries.c.is_dirty.is_not(is_dirty),
        )
        self._connection.execute(others.values(is_dirty=is_dirty))

    def _groups(self, directory_id: str, entries: sa.FromClause) -> sa.ColumnElement[bool]:
        return sa.and_(
            entries.c.tenant_id == self._tenant_id,
            entries.c.directory_id == directory_id,
            entries.c.kind == GROUP,
        )

    def _members(self, directory_id: str, members: sa.FromClause) -> sa.ColumnElement[bool]:
        return sa.and_(members.c.tenant_id == self._tenant_id, members.c.directory_id == directory_id)

    def _of_groups(self, directory_id: str, groups: Collection[str]) -> sa.ColumnElement[bool]:
        members = self._tables.mirror_members
        return sa.and_(self._members(directory_id, members), members.c.group_entry_id.in_(groups))


def _is_id(members: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.func.substr(members.c.member_key, 1, len(_BY_ID), type_=BINARY_TEXT) == _BY_ID


def _id_in(members: sa.FromClause) -> sa.ColumnElement[str]:
    return sa.func.substr(members.c.member_key, len(_BY_ID) + 1, type_=BINARY_TEXT)
