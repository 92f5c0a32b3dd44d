"""The order of rows: from the numbers that were typed to the fewest moves."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Move:
    """A row that is taken out of the list and put in again at an index."""

    id: str
    index: int


def ordered(numbers: Mapping[str, tuple[int, int]], first: int = 1) -> list[str]:
    """Return ids in the order of their numbers, which are given with the ones before the change.

    Rows whose number has changed go to the place that it names, counted from ``first``; the others keep
    their order around them.
    """
    found = sorted((id for id, (now, before) in numbers.items() if now == before), key=lambda id: numbers[id])
    free = 0
    for id in sorted(set(numbers) - set(found), key=lambda id: numbers[id]):
        # Of two that name the same place, the second follows the first.
        free = max(free, min(numbers[id][0] - first, len(found)))
        found.insert(free, id)
        free += 1
    return found


def moves(present: Sequence[str], wanted: Sequence[str], first: int = 0) -> list[Move]:
    """Return the fewest moves from one order of the same ids to another; ``first`` is the index of the first.

    The ids of the longest run that is in order already stay.
    """
    place = {id: number for number, id in enumerate(present)}
    stay = {wanted[each] for each in _longest_rising([place[id] for id in wanted])}
    list_now, found = list(present), []
    for number, id in enumerate(wanted):
        if id in stay:
            continue
        list_now.remove(id)
        index = list_now.index(wanted[number - 1]) + 1 if number else 0
        list_now.insert(index, id)
        found.append(Move(id, first + index))
    return found


def _longest_rising(numbers: Sequence[int]) -> list[int]:
    """Return the positions of the longest rising subsequence."""
    ends: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for position, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(at[length - 1] if length else -1)
        if length == len(ends):
            ends.append(number)
            at.append(position)
        else:
            ends[length], at[length] = number, position
    found: list[int] = []
    position = at[-1] if at else -1
    while position >= 0:
        found.append(position)
        position = before[position]
    return found[::-1]
