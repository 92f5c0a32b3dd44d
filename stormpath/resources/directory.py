"""Directories: where accounts and groups live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stormpath.resources.attributes import Status, Text
from stormpath.resources.collection import CollectionResource
from stormpath.resources.links import FreeForm, Link, Links
from stormpath.resources.mixins import AutoSaveMixin, DeleteMixin, DictMixin, StatusMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.account import Account, AccountList
    from stormpath.resources.account_store_mapping import AccountStoreMappingList
    from stormpath.resources.application import ApplicationList
    from stormpath.resources.group import GroupList
    from stormpath.resources.tenant import Tenant


class Directory(AutoSaveMixin, DeleteMixin, DictMixin, StatusMixin, Resource):
    """A set of accounts and groups. E-mails, usernames and group names are unique within it."""

    name = Text(writable=True)
    description = Text(writable=True, nullable=True)
    status = Status("ENABLED", "DISABLED")
    custom_data = FreeForm()
    tenant: Link[Tenant] = Link("Tenant")

    accounts: Links[AccountList] = Links("AccountList")
    groups: Links[GroupList] = Links("GroupList")
    applications: Links[ApplicationList] = Links("ApplicationList")
    application_mappings: Links[AccountStoreMappingList] = Links("AccountStoreMappingList")

    def create_account(
        self, properties: Mapping[str, Any], registration_workflow_enabled: bool | None = None, **params: Any
    ) -> Account:
        """Create an account here; one request. See :meth:`AccountList.create`."""
        return self.accounts.create(
            properties, registration_workflow_enabled=registration_workflow_enabled, **params
        )


class DirectoryList(CollectionResource[Directory]):
    """Directories, and where they are created."""

    create_path = "/directories"
    resource_class = Directory
    distinguishing = ("name",)
