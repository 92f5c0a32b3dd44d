"""Requests of the service to other systems, as rules ask for them; the room ``outbound`` carries them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Protocol

NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer of another system; the names of its ``headers`` are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class FetchError(Exception):
    """There is no answer. The message is one line for the log, without any part of what was sent."""


class Fetch(Protocol):
    """Sends a request to a system that a tenant or the operator names, within bounds of time and size.

    Call it outside of any unit of work: it waits for another system, and others wait for the database.
    """

    def __call__(
        self, method: str, url: str, *, headers: Mapping[str, str] = NO_HEADERS, body: bytes | None = None
    ) -> HttpAnswer:
        """Return the answer, whatever its status; raise `FetchError` when there is none.

        A GET is led on by a few redirects, as far as they are allowed; its ``Authorization`` stays at the
        first origin.
        """


def fetches_nothing(
    method: str, url: str, *, headers: Mapping[str, str] = NO_HEADERS, body: bytes | None = None
) -> HttpAnswer:
    """Reach no other system, where the service has no client for it."""
    raise FetchError("no other systems can be reached from here")
