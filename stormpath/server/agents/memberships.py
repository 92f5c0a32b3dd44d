"""Members of groups, as a server names them, become memberships of accounts: those of groups inside too.

A server may name a member that is no account here, because it is outside the base or was not told yet. Its
key is kept, and becomes a membership when there is such an entry. Only groups are looked at of which
something has changed: a member, a group inside, or the name of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from stormpath.server.agents.batches import MemberChunk
from stormpath.server.agents.held_run import JOINING, HeldRun
from stormpath.server.agents.work import TimeLimit, chunks
from stormpath.server.domain.mirrors import GROUP
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.stores.group_membership import RULES
from stormpath.server.schema.errors import ApiError, Code

#: Groups, and members of them, that are read at a time; a larger group is read alone.
_GROUPS: Final = 200
_MEMBERS: Final = 10_000

#: Memberships that are added or removed in one transaction.
_AT_ONCE: Final = 500


def take(held: HeldRun, unit: Unit, chunk: MemberChunk) -> None:
    """Take some of the members of a group, as its entry names them."""
    members, directory_id = unit.mirrors.members, held.directory_id
    if not unit.mirrors.entries.known(directory_id, GROUP, [chunk.group]):
        raise ApiError(Code.BAD_REQUEST, "The batch has members of a group that was not sent before.")
    if chunk.is_first:
        members.begin(directory_id, chunk.group, held.run)
    has_changed = bool(chunk.keys) and members.add(directory_id, chunk.group, chunk.keys, held.run)
    if chunk.is_last and members.finish(directory_id, chunk.group, held.run):
        has_changed = True
    if has_changed:
        members.touch(directory_id, [chunk.group])


def touch_containers(held: HeldRun, unit: Unit) -> None:
    """Note that groups have changed which contain one that has."""
    members, directory_id = unit.mirrors.members, held.directory_id
    found = set(members.touched(directory_id, None))
    added = found
    while added:
        keys = []
        for some in chunks(added, _AT_ONCE):
            for each in unit.mirrors.entries.known(directory_id, GROUP, some).values():
                keys += each.keys
        added = members.holders(directory_id, keys) - found
        found |= added
        for some in chunks(sorted(added), _AT_ONCE):
            members.touch(directory_id, some)


def join(held: HeldRun, limit: TimeLimit) -> bool:
    """Make the memberships of groups that have changed; tell whether all of them are made."""
    while True:
        if limit.is_over():
            return False
        with held.context.read() as unit:
            touched = unit.mirrors.members.touched(held.directory_id, _GROUPS)
            if not touched:
                return True
            chosen, wanted, stored = _read(held, unit, touched)
        missing = [each for each in wanted if each not in stored]
        extra = [id for pair, id in stored.items() if pair not in wanted]
        for some in chunks(extra, _AT_ONCE):
            with held.write(JOINING) as unit:
                unit.mirrors.members.remove_memberships(some)
        for pairs in chunks(missing, _AT_ONCE):
            with held.write(JOINING) as unit:
                unit.mirrors.members.add_memberships([_row(held, unit, *each) for each in pairs])
        with held.write(JOINING) as unit:
            unit.mirrors.members.settled(held.directory_id, chosen)


#: A group and an account.
_Pair = tuple[str, str]


def _read(
    held: HeldRun, unit: Unit, touched: dict[str, str | None]
) -> tuple[list[str], dict[_Pair, None], dict[_Pair, str]]:
    """Return some of the groups, with the memberships that they should have and those that they have."""
    sizes = unit.mirrors.members.sizes(held.directory_id, touched)
    contents = _Contents(unit, held.directory_id)
    contents.load(_within(touched, lambda each: sizes.get(each, 0)))
    found = {each: contents.accounts(each) for each in contents.loaded_first}
    chosen = _within(found, lambda each: len(found[each]))
    wanted: dict[_Pair, None] = {}
    for each in chosen:
        if (group_id := touched[each]) is not None:
            wanted.update(((group_id, account_id), None) for account_id in found[each])
    group_ids = [id for each in chosen if (id := touched[each]) is not None]
    return chosen, wanted, unit.mirrors.members.memberships(group_ids)


def _within(groups: Iterable[str], size: Callable[[str], int]) -> list[str]:
    """Return the first groups which together have not too many members, one at the least."""
    chosen: list[str] = []
    number = 0
    for each in groups:
        number += size(each)
        if chosen and number > _MEMBERS:
            break
        chosen.append(each)
    return chosen


class _Contents:
    """What is in groups: accounts, and groups with what is in them."""

    def __init__(self, unit: Unit, directory_id: str) -> None:
        self._unit, self._directory_id = unit, directory_id
        self._accounts: dict[str, set[str]] = {}
        self._groups: dict[str, set[str]] = {}
        self.loaded_first: list[str] = []

    def load(self, groups: Sequence[str]) -> None:
        """Read what is in groups at any depth."""
        self.loaded_first = list(groups)
        level = set(groups)
        while level:
            for each in level:
                self._accounts[each], self._groups[each] = set(), set()
            pairs = self._unit.mirrors.members.keys(self._directory_id, level)
            named = self._unit.mirrors.entries.named(self._directory_id, {key for _, key in pairs})
            for group, key in pairs:
                for each in named.get(key, ()):
                    if each.kind == GROUP:
                        self._groups[group].add(each.id)
                    elif each.stored_id is not None:
                        self._accounts[group].add(each.stored_id)
            level = {each for group in level for each in self._groups[group]} - self._groups.keys()

    def accounts(self, group: str) -> set[str]:
        """Return the accounts in a group at any depth."""
        found: set[str] = set()
        seen, rest = {group}, [group]
        while rest:
            here = rest.pop()
            found |= self._accounts[here]
            inner = self._groups[here] - seen
            seen |= inner
            rest += inner
        return found


def _row(held: HeldRun, unit: Unit, group_id: str, account_id: str) -> Row:
    return RULES.new_row(held.context, unit, {"group_id": group_id, "account_id": account_id})
