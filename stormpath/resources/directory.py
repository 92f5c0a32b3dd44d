"""Directories: the sets of accounts and groups."""

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
    from stormpath.resources.account_creation_policy import AccountCreationPolicy
    from stormpath.resources.account_schema import AccountSchema
    from stormpath.resources.account_store_mapping import AccountStoreMappingList
    from stormpath.resources.application import ApplicationList
    from stormpath.resources.group import GroupList
    from stormpath.resources.organization import OrganizationList
    from stormpath.resources.organization_account_store_mapping import OrganizationAccountStoreMappingList
    from stormpath.resources.password_policy import PasswordPolicy
    from stormpath.resources.provider import Provider
    from stormpath.resources.tenant import Tenant


class Directory(AutoSaveMixin, DeleteMixin, DictMixin, StatusMixin, Resource):
    """A set of accounts and groups. E-mails, usernames and group names are unique within it.

    A dictionary for ``provider`` chooses the source of accounts of a new directory, and changes the provider
    of an existing one. A changed provider is saved along with the directory, in a request of its own.
    """

    name = Text(writable=True)
    description = Text(writable=True, nullable=True)
    status = Status("ENABLED", "DISABLED")
    provider: Link[Provider] = Link("Provider", writable=True, autosave=True, conventional=True)
    custom_data = FreeForm()
    password_policy: Link[PasswordPolicy] = Link("PasswordPolicy", writable=True)
    account_creation_policy: Link[AccountCreationPolicy] = Link("AccountCreationPolicy")
    account_schema: Link[AccountSchema] = Link("AccountSchema")
    tenant: Link[Tenant] = Link("Tenant")

    accounts: Links[AccountList] = Links("AccountList")
    groups: Links[GroupList] = Links("GroupList")
    applications: Links[ApplicationList] = Links("ApplicationList")
    application_mappings: Links[AccountStoreMappingList] = Links("AccountStoreMappingList")
    organizations: Links[OrganizationList] = Links("OrganizationList")
    organization_mappings: Links[OrganizationAccountStoreMappingList] = Links(
        "OrganizationAccountStoreMappingList"
    )

    def create_account(
        self, properties: Mapping[str, Any], registration_workflow_enabled: bool | None = None, **params: Any
    ) -> Account:
        """Create an account here; one request.

        With False as the second argument, the account is enabled at once and no e-mail is sent, regardless of
        the directory's policy. See :meth:`AccountList.create`.
        """
        return self.accounts.create(
            properties, registration_workflow_enabled=registration_workflow_enabled, **params
        )


class DirectoryList(CollectionResource[Directory]):
    """The directories of a tenant."""

    create_path = "/directories"
    resource_class = Directory
    distinguishing = ("name",)
