"""The order of rows: from the numbers that were typed to the fewest moves."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Move(NamedTuple):
    """A row that is taken out of the list and put in again at an index."""

    id: str
    index: int


def ordered(numbers: Mapping[str, tuple[int, int]]) -> list[str]:
    """Return ids in the order of their numbers, which are given with the ones before the change.

    Of two that have the same number, one that has moved up takes the place, and one that has moved down goes
    behind it.
    """

    def place(id: str) -> tuple[int, int, int]:
        now, before = numbers[id]
        return now, (now > before) - (now < before), before

    return sorted(numbers, key=place)


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
