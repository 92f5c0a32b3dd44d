"""Group memberships: an account's place in a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormpath.resources.collection import CollectionResource
from stormpath.resources.links import Link
from stormpath.resources.mixins import DeleteMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.account import Account
    from stormpath.resources.group import Group
    from stormpath.resources.tenant import Tenant


class GroupMembership(DeleteMixin, Resource):
    """An account's place in a group. Deleting it deletes neither of them."""

    account: Link[Account] = Link("Account", writable=True)
    group: Link[Group] = Link("Group", writable=True)
    tenant: Link[Tenant] = Link("Tenant")


class GroupMembershipList(CollectionResource[GroupMembership]):
    """The memberships of an account or of a group. At client level they can be created, not listed."""

    create_path = "/groupMemberships"
    resource_class = GroupMembership
    listed_by = "the group_memberships of an account or the account_memberships of a group"
