"""Applications: what accounts log in to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stormpath.resources.attributes import ListOf, Status, Text
from stormpath.resources.collection import CollectionResource
from stormpath.resources.expansion import Expansion
from stormpath.resources.links import FreeForm, Link, Links
from stormpath.resources.mixins import AutoSaveMixin, DeleteMixin, DictMixin, StatusMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.account import Account, AccountList
    from stormpath.resources.account_store_mapping import AccountStoreMapping, AccountStoreMappingList
    from stormpath.resources.group import GroupList
    from stormpath.resources.login_attempt import AuthenticationResult, LoginAttemptList
    from stormpath.resources.tenant import Tenant


class Application(AutoSaveMixin, DeleteMixin, DictMixin, StatusMixin, Resource):
    """Something that accounts log in to. Its accounts are those of the stores that are mapped to it."""

    resolvable_attrs = ("name",)

    name = Text(writable=True)
    description = Text(writable=True, nullable=True)
    status = Status("ENABLED", "DISABLED")
    authorized_callback_uris = ListOf[str](writable=True)
    authorized_origin_uris = ListOf[str](writable=True)
    custom_data = FreeForm()
    tenant: Link[Tenant] = Link("Tenant")

    accounts: Links[AccountList] = Links("AccountList")
    groups: Links[GroupList] = Links("GroupList")
    account_store_mappings: Links[AccountStoreMappingList] = Links("AccountStoreMappingList")
    # Where new accounts and groups go; null: they cannot be created here.
    default_account_store_mapping: Link[AccountStoreMapping | None] = Link("AccountStoreMapping")
    default_group_store_mapping: Link[AccountStoreMapping | None] = Link("AccountStoreMapping")
    login_attempts: Links[LoginAttemptList] = Links("LoginAttemptList")

    def authenticate_account(
        self,
        login: str,
        password: str,
        expand: Expansion | None = None,
        account_store: Any = None,
        organization_name_key: str | None = None,
    ) -> AuthenticationResult:
        """Log in with a username or e-mail and a password; one request.

        The result can be used as the account. ``account_store`` (a resource, an href, or ``{"name_key":
        ...}``) or ``organization_name_key`` limit the login to one store. ``Error`` with the service's code
        when it fails.
        """
        return self.login_attempts.basic_auth(
            login, password, expand, account_store, self, organization_name_key
        )

    def create_account(
        self, properties: Mapping[str, Any], registration_workflow_enabled: bool | None = None, **params: Any
    ) -> Account:
        """Create an account in the default account store; one request. See ``accounts.create``."""
        return self.accounts.create(
            properties, registration_workflow_enabled=registration_workflow_enabled, **params
        )

    def has_account(self, account: Any) -> bool:
        """Whether an account is among the application's: one request, or a few where neither is loaded."""
        from stormpath.resources.account import Account

        meant = account._itself() if isinstance(account, Resource) else account
        if not isinstance(meant, Account):
            raise TypeError(f"{account!r} is no Account")
        return self in meant.applications


class ApplicationList(CollectionResource[Application]):
    """Applications. ``create(..., create_directory=True)``, or a name, makes a directory along with one."""

    create_path = "/applications"
    resource_class = Application
    distinguishing = ("name",)
