"""Leases: one worker at a time has a piece of work, and a worker that is gone does not keep it."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Lease(NamedTuple):
    """A lease on the piece of work ``id``, good for ``seconds`` from when another worker first saw it.

    ``token`` is the holder's: what became of the work is written under it, or not at all.
    """

    id: str
    token: str
    seconds: int


class LeaseStore(Protocol):
    """The leases on one kind of work. Times are in milliseconds since 1970. Raises ``StorageError``."""

    def leases(self) -> list[Lease]:
        """Return the leases there are, a batch of them if there are very many."""

    def release(self, id: str, token: str, now: int) -> bool:
        """Let another worker do the work, because its holder is gone; tell whether the lease still held."""
