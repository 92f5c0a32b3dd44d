"""Phones: the phone numbers of an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from stormpath.resources.attributes import Choice, Status, Text
from stormpath.resources.collection import CollectionResource
from stormpath.resources.links import Link
from stormpath.resources.mixins import DeleteMixin, DictMixin, SaveMixin, StatusMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.account import Account


class Phone(SaveMixin, DeleteMixin, StatusMixin, DictMixin, Resource):
    """A phone that can receive messages; its number is fixed once it is verified."""

    STATUS_VERIFIED: ClassVar[str] = "VERIFIED"
    STATUS_UNVERIFIED: ClassVar[str] = "UNVERIFIED"

    number = Text(writable=True)
    name = Text(writable=True, nullable=True)
    description = Text(writable=True, nullable=True)
    status = Status("ENABLED", "DISABLED")
    verification_status = Choice("VERIFIED", "UNVERIFIED", writable=True)
    account: Link[Account] = Link("Account")

    def is_verified(self) -> bool:
        """Whether a code sent to it was confirmed."""
        return self.verification_status == self.STATUS_VERIFIED


class PhoneList(CollectionResource[Phone]):
    """The phones of an account."""

    item_path = "/phones"
    resource_class = Phone
