"""Values that one entry has given up and another one wants: they change hands at the end of a run.

Entries come in any order. One that wants a value which another still has waits. At the end of the run all
that there is has been told. Then a value that is free goes to the first entry that waits for it, whose former
value goes to the next; and entries that wait for each other in a circle change together.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from stormpath.server.agents import entries
from stormpath.server.agents.entries import Kind
from stormpath.server.agents.held_run import SETTLING, HeldRun
from stormpath.server.agents.work import TimeLimit, chunks
from stormpath.server.schema.query import fold

#: Entries that change in one transaction.
_AT_ONCE: Final = 50

#: Values that are looked up in one statement.
_LOOKED_UP: Final = 500

#: Who has a value: the ids of accounts or groups by folded value.
Holders = dict[str, str]


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry that waits: its id, its account or group, and what it wants, folded, by column."""

    id: str
    stored_id: str | None
    wants: dict[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """Entries that change in one transaction; where they wait for each other, ``circle`` is the column."""

    entries: Sequence[Waiting]
    circle: str | None = None


def settle(held: HeldRun, kind: Kind, limit: TimeLimit) -> bool:
    """Store what has become free for entries that wait; tell whether nothing is left to be done."""
    for step in _plan(held, kind):
        with held.write(SETTLING) as unit:
            if step.circle is not None:
                for each in step.entries:
                    # None of them has its old value for a moment, which no other transaction sees.
                    unit.update(kind.name, str(each.stored_id), {f"{step.circle}_key": f"~{each.stored_id}"})
            entries.store_pending(held, unit, kind, [each.id for each in step.entries])
        if limit.is_over():
            return False
    return True


def _plan(held: HeldRun, kind: Kind) -> Iterator[Step]:
    with held.context.read() as unit:
        found = unit.mirrors.entries
        waiting = [
            Waiting(
                each.id,
                each.stored_id,
                {
                    column: fold(value)
                    for column, value in entries.Wanted.of_pending(each).values.items()
                    if column in kind.unique
                },
            )
            for each in found.in_conflict(held.directory_id, kind.name)
        ]
        holders: dict[str, Holders] = {}
        for column in kind.unique:
            wanted = {each.wants[column] for each in waiting if column in each.wants}
            holders[column] = {}
            for some in chunks(wanted, _LOOKED_UP):
                holders[column] |= found.holders(kind.name, held.directory_id, column, some)
    for column in kind.unique:
        stored = [each for each in waiting if each.stored_id is not None and column in each.wants]
        yield from plan_column(stored, column, holders[column])
    yield from _plan_new([each for each in waiting if each.stored_id is None], holders)


def plan_column(waiting: Iterable[Waiting], column: str, holders: Holders) -> Iterator[Step]:
    """Yield the steps in which values of a column change hands; change ``holders`` as they will."""
    claims: dict[str, deque[Waiting]] = {}
    for each in waiting:
        claims.setdefault(each.wants[column], deque()).append(each)
    has = {stored_id: value for value, stored_id in holders.items()}
    moves: list[Waiting] = []
    free = deque(value for value in claims if value not in holders)
    while free:
        value = free.popleft()
        winner = claims[value].popleft()
        moves.append(winner)
        left = has.pop(str(winner.stored_id), None)
        holders[value] = str(winner.stored_id)
        if left is not None:
            del holders[left]
            if claims.get(left):
                free.append(left)
    for some in chunks(moves, _AT_ONCE):
        yield Step(some)
    moved = {each.id for each in moves}
    left_over = [each for queue in claims.values() for each in queue if each.id not in moved]
    for circle in _circles(left_over, column, holders):
        holders.update((each.wants[column], str(each.stored_id)) for each in circle)
        yield Step(circle, column)


def _circles(waiting: Sequence[Waiting], column: str, holders: Holders) -> Iterator[list[Waiting]]:
    """Yield entries of which each wants what the next one has."""
    of = {each.stored_id: each for each in waiting}
    seen: set[str] = set()
    for start in waiting:
        path: dict[str, Waiting] = {}
        here: Waiting | None = start
        while here is not None and here.id not in seen:
            seen.add(here.id)
            path[here.id] = here
            here = of.get(holders.get(here.wants[column]))
        if here is not None and here.id in path:
            ids = list(path)
            yield [path[each] for each in ids[ids.index(here.id) :]]


def _plan_new(waiting: Iterable[Waiting], holders: dict[str, Holders]) -> Iterator[Step]:
    found = []
    for each in waiting:
        if not any(value in holders[column] for column, value in each.wants.items()):
            found.append(each)
            for column, value in each.wants.items():
                holders[column][value] = each.id
    for some in chunks(found, _AT_ONCE):
        yield Step(some)
