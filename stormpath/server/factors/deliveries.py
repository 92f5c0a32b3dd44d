"""How far the message of a challenge has come, as its status tells (rest-auth 8.3)."""

from __future__ import annotations

from typing import Final

from stormpath.server.domain.challenges import UNDELIVERED, WAITING_FOR_PROVIDER, WAITING_FOR_VALIDATION
from stormpath.server.domain.outbox import Outcome
from stormpath.server.domain.storage import Unit

_STATUS: Final = {
    Outcome.LEASED: WAITING_FOR_PROVIDER,
    Outcome.SENT: WAITING_FOR_VALIDATION,
    Outcome.DEAD: UNDELIVERED,
}


def note(unit: Unit, challenge_id: str, outcome: Outcome) -> None:
    """Store the outcome of a message, unless its challenge was answered meanwhile."""
    if (status := _STATUS.get(outcome)) is not None:
        unit.challenges.note_delivery(challenge_id, status)
