"""Account linking policies: whether and how a login links accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from stormpath.resources.attributes import Choice, Status, Text
from stormpath.resources.links import Link
from stormpath.resources.mixins import DictMixin, SaveMixin, StatusMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.tenant import Tenant


class AccountLinkingPolicy(SaveMixin, StatusMixin, DictMixin, Resource):
    """The linking of accounts of one person by logins to one application or organization.

    ``automatic_provisioning`` creates the other account in the default account store; ``matching_property``
    finds an existing one (None: never).
    """

    AUTOMATIC_PROVISIONING_ENABLED: ClassVar[str] = "ENABLED"
    AUTOMATIC_PROVISIONING_DISABLED: ClassVar[str] = "DISABLED"
    MATCHING_PROPERTY_EMAIL: ClassVar[str] = "email"
    MATCHING_PROPERTY_NULL: ClassVar[None] = None

    status = Status("ENABLED", "DISABLED")
    automatic_provisioning = Choice("ENABLED", "DISABLED", writable=True)
    matching_property = Text(writable=True, nullable=True)
    tenant: Link[Tenant] = Link("Tenant")
