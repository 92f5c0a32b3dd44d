"""Challenges: attempts to verify a second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from stormpath.resources.attributes import Choice, Text
from stormpath.resources.collection import CollectionResource
from stormpath.resources.criteria import needed
from stormpath.resources.links import Link
from stormpath.resources.mixins import DeleteMixin, DictMixin, SaveMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.account import Account
    from stormpath.resources.factor import Factor


class Challenge(SaveMixin, DeleteMixin, DictMixin, Resource):
    """A request for a code, and whether it was answered. ``refresh()`` fetches its current state."""

    STATUS_SUCCESS: ClassVar[str] = "SUCCESS"
    STATUS_CREATED: ClassVar[str] = "CREATED"
    STATUS_WAITING: ClassVar[str] = "WAITING"

    status = Choice(
        "CREATED",
        "WAITING_FOR_PROVIDER",
        "WAITING_FOR_VALIDATION",
        "SUCCESS",
        "FAILED",
        "EXPIRED",
        "ERROR",
        "UNDELIVERED",
        "DENIED",
        "CANCELLED",
    )
    message = Text(writable=True, nullable=True)
    code = Text(writable=True, secret=True)
    account: Link[Account] = Link("Account")
    factor: Link[Factor] = Link("Factor")

    def submit(self, code: str) -> Self:
        """Answer with a code and return this challenge in its new state; one request.

        A wrong code raises nothing: check ``is_successful()``. ``Error`` when it can no longer be answered,
        ``ValueError`` for a code that is None or empty.
        """
        self.code = needed("code", code)
        self.save()
        return self

    def is_successful(self) -> bool:
        """Whether the right code was given."""
        return self.status == self.STATUS_SUCCESS

    def is_created(self) -> bool:
        """Whether its message is not sent yet."""
        return self.status == self.STATUS_CREATED

    def is_waiting(self) -> bool:
        """Whether its message is being delivered, or its code is awaited."""
        return self.STATUS_WAITING in self.status


class ChallengeList(CollectionResource[Challenge]):
    """The challenges of a factor, and where they are created."""

    item_path = "/challenges"
    resource_class = Challenge
