"""Organization account store mappings: the ordered account stores of an organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormpath.resources.attributes import Flag, Number
from stormpath.resources.collection import CollectionResource
from stormpath.resources.links import Link
from stormpath.resources.mixins import DeleteMixin, DictMixin, SaveMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.directory import Directory
    from stormpath.resources.group import Group
    from stormpath.resources.organization import Organization
    from stormpath.resources.tenant import Tenant


class OrganizationAccountStoreMapping(SaveMixin, DeleteMixin, DictMixin, Resource):
    """One account store of an organization. Logins try the stores by ``list_index``, from 0 on."""

    list_index = Number(writable=True)
    is_default_account_store = Flag(writable=True)  # receives the organization's new accounts
    is_default_group_store = Flag(writable=True)  # receives its new groups
    account_store: Link[Directory | Group | Organization] = Link("AccountStore", writable=True)
    organization: Link[Organization] = Link("Organization", writable=True)
    tenant: Link[Tenant] = Link("Tenant")


class OrganizationAccountStoreMappingList(CollectionResource[OrganizationAccountStoreMapping]):
    """The account stores of an organization, in order. At client level they can be created, not listed."""

    create_path = "/organizationAccountStoreMappings"
    resource_class = OrganizationAccountStoreMapping
    listed_by = "the account_store_mappings of an organization"
