"""Members of groups, as a server names them, become memberships of accounts: those of groups inside too.

A server may name a member that is no account here, because it is outside the base or was not told yet. Its
key is kept, and becomes a membership when there is such an entry. Only groups are looked at of which
something has changed: a member, a group inside, or the name of one.
"""

from __future__ import annotations

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
    above = unit.mirrors.members.containers_of_touched(held.directory_id)
    for some in chunks(sorted(above), _AT_ONCE):
        unit.mirrors.members.touch(held.directory_id, some)


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
    members, directory_id = unit.mirrors.members, held.directory_id
    inside = members.inside(directory_id, touched)
    sizes = members.sizes(directory_id, {each for found in inside.values() for each in found})
    chosen: list[str] = []
    number = 0
    for each in touched:
        number += sum(sizes.get(one, 0) for one in inside[each])
        if chosen and number > _MEMBERS:
            break
        chosen.append(each)
    accounts = members.accounts(directory_id, {each for one in chosen for each in inside[one]})
    wanted: dict[_Pair, None] = {}
    for each in chosen:
        if (group_id := touched[each]) is not None:
            for one in inside[each]:
                wanted.update(((group_id, account_id), None) for account_id in accounts[one])
    group_ids = [id for each in chosen if (id := touched[each]) is not None]
    return chosen, wanted, members.memberships(group_ids)


def _row(held: HeldRun, unit: Unit, group_id: str, account_id: str) -> Row:
    return RULES.new_row(held.context, unit, {"group_id": group_id, "account_id": account_id})
