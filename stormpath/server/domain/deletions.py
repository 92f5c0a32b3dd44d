"""The resources that a tenant has deleted, by their ids alone: deleting one once more is no error."""

from __future__ import annotations

from typing import Final, Protocol

#: How long a deletion is remembered at least: a day, and another one for clocks that differ.
REMEMBERED_MS: Final = 2 * 24 * 60 * 60 * 1000


class Deletions(Protocol):
    """The deletions of one tenant."""

    def remember(self, resource: str, id: str, now: int) -> None:
        """Keep the id of a resource that is about to be deleted, and of all that is deleted with it.

        Locks the resource. Costs two or three statements, and about as much as the deletion itself.
        """

    def include(self, resource: str, id: str) -> bool:
        """Tell whether a resource of that kind and id was deleted."""
