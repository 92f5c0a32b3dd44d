"""A queue that serves its branches by turns, at each level of a path, and knows which of them is longest."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class _Branch(Generic[T]):
    """The items below a part of a path. ``pushed`` is the number of the last push that came this way."""

    __slots__ = ("branches", "items", "pushed", "size")

    def __init__(self) -> None:
        self.branches: dict[str, _Branch[T]] = {}
        self.items: deque[T] = deque()
        self.size = self.pushed = 0


class FairQueue(Generic[T]):
    """Items by their paths, all of one length, such as (tenant, API key, account).

    One branch after the other is served, at each level: an item waits for one item of each branch beside its
    own at most, however many wait there. ``push`` costs the length of the path, and so does ``pop``;
    ``pop_newest_of_longest`` and ``remove`` also look at the branches, or items, beside.
    """

    def __init__(self) -> None:
        self._root: _Branch[T] = _Branch()
        self._pushes = 0

    def __len__(self) -> int:
        return self._root.size

    def waiting_at(self, path: Sequence[str]) -> int:
        """Return the number of items with that path."""
        branch: _Branch[T] | None = self._root
        for name in path:
            branch = branch and branch.branches.get(name)
        return branch.size if branch else 0

    def push(self, path: Sequence[str], item: T) -> None:
        """Add an item: the last of its path."""
        self._pushes += 1
        branch = self._root
        branch.size += 1
        for name in path:
            branch = branch.branches.setdefault(name, _Branch())
            branch.size += 1
            branch.pushed = self._pushes
        branch.items.append(item)

    def pop(self) -> T:
        """Remove and return the item whose turn it is; ``IndexError`` if there is none."""
        path, branch = [], self._root
        while branch.branches:
            name = next(iter(branch.branches))
            # Its next turn comes after those of the others.
            branch.branches[name] = following = branch.branches.pop(name)
            path.append(name)
            branch = following
        item = branch.items.popleft()
        self._shrink(path)
        return item

    def pop_newest_of_longest(self) -> T:
        """Remove and return the last item of the longest branch, of the newest one among equals."""
        path, branch = [], self._root
        while branch.branches:
            name, branch = max(branch.branches.items(), key=lambda each: (each[1].size, each[1].pushed))
            path.append(name)
        item = branch.items.pop()
        self._shrink(path)
        return item

    def remove(self, path: Sequence[str], item: T) -> None:
        """Remove an item that is in the queue."""
        branch = self._root
        for name in path:
            branch = branch.branches[name]
        branch.items.remove(item)
        self._shrink(path)

    def _shrink(self, path: Sequence[str]) -> None:
        branch = self._root
        branch.size -= 1
        for name in path:
            parent, branch = branch, branch.branches[name]
            branch.size -= 1
            if not branch.size:
                # With it goes all that was below: a name leaves no trace.
                del parent.branches[name]
                return
