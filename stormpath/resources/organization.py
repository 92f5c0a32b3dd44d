"""Organizations: the customers of a multi-tenant application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormpath.resources.attributes import Status, Text
from stormpath.resources.collection import CollectionResource
from stormpath.resources.links import FreeForm, Link, Links
from stormpath.resources.mixins import AutoSaveMixin, DeleteMixin, DictMixin, StatusMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.account import AccountList
    from stormpath.resources.account_linking_policy import AccountLinkingPolicy
    from stormpath.resources.group import GroupList
    from stormpath.resources.organization_account_store_mapping import (
        OrganizationAccountStoreMapping,
        OrganizationAccountStoreMappingList,
    )
    from stormpath.resources.tenant import Tenant


class Organization(AutoSaveMixin, DeleteMixin, DictMixin, StatusMixin, Resource):
    """An account store made of others. Its accounts are those of the account stores mapped to it.

    ``name_key`` identifies it in a login and in host names: letters, digits and hyphens.
    """

    name = Text(writable=True)
    name_key = Text(writable=True)
    description = Text(writable=True, nullable=True)
    status = Status("ENABLED", "DISABLED")
    custom_data = FreeForm()
    tenant: Link[Tenant] = Link("Tenant")

    accounts: Links[AccountList] = Links("AccountList")
    groups: Links[GroupList] = Links("GroupList")
    account_store_mappings: Links[OrganizationAccountStoreMappingList] = Links(
        "OrganizationAccountStoreMappingList"
    )
    # The stores of new accounts and groups; null: none can be created here.
    default_account_store_mapping: Link[OrganizationAccountStoreMapping | None] = Link(
        "OrganizationAccountStoreMapping"
    )
    default_group_store_mapping: Link[OrganizationAccountStoreMapping | None] = Link(
        "OrganizationAccountStoreMapping"
    )
    account_linking_policy: Link[AccountLinkingPolicy] = Link("AccountLinkingPolicy")

    @property
    def organization_account_store_mappings(self) -> OrganizationAccountStoreMappingList:
        """Another name of ``account_store_mappings``."""
        return self.account_store_mappings


class OrganizationList(CollectionResource[Organization]):
    """The organizations of a tenant or a directory."""

    create_path = "/organizations"
    resource_class = Organization
    distinguishing = ("name_key", "name")
