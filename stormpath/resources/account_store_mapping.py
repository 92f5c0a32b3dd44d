"""Account store mappings: the ordered account stores of an application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormpath.resources.attributes import Flag, Number
from stormpath.resources.collection import CollectionResource
from stormpath.resources.links import Link
from stormpath.resources.mixins import DeleteMixin, DictMixin, SaveMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.application import Application
    from stormpath.resources.directory import Directory
    from stormpath.resources.group import Group
    from stormpath.resources.organization import Organization
    from stormpath.resources.tenant import Tenant


class AccountStoreMapping(SaveMixin, DeleteMixin, DictMixin, Resource):
    """One account store of an application. Logins try the stores by ``list_index``, from 0 on."""

    list_index = Number(writable=True)
    is_default_account_store = Flag(writable=True)  # receives the application's new accounts
    is_default_group_store = Flag(writable=True)  # receives its new groups
    account_store: Link[Directory | Group | Organization] = Link("AccountStore", writable=True)
    application: Link[Application] = Link("Application", writable=True)
    tenant: Link[Tenant] = Link("Tenant")


class AccountStoreMappingList(CollectionResource[AccountStoreMapping]):
    """The account stores of an application, in order. At client level they can be created, not listed."""

    create_path = "/accountStoreMappings"
    resource_class = AccountStoreMapping
    listed_by = "the account_store_mappings of an application"
