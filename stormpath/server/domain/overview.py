"""What the console shows of a tenant at first."""

from __future__ import annotations

from typing import NamedTuple


class Overview(NamedTuple):
    """The numbers of a tenant: each costs the same, however large it is.

    ``dead_messages`` are those of the outbox that were given up; of more than ``MOST_LISTED``
    (``domain/security_events.py``), so many are counted. ``oldest_due`` is since when the message waits that
    has waited longest (milliseconds since 1970), ``None`` where none does.
    """

    accounts: int
    dead_messages: int
    oldest_due: int | None
