"""What type checkers know of the resources. Never run: mypy reads it, and fails where a type has changed."""

from collections.abc import Iterator
from datetime import datetime
from typing import assert_type

from stormpath.resources import (
    Account,
    AccountList,
    AccountStoreMapping,
    AccountStoreMappingList,
    Application,
    ApplicationList,
    AuthenticationResult,
    CustomData,
    Directory,
    Expansion,
    Group,
    GroupList,
    GroupMembership,
    GroupMembershipList,
    LoginAttemptList,
    Resource,
    Tenant,
)
from stormpath.resources.attributes import ListOf, Number, Status, Text, Timestamp
from stormpath.resources.links import Link, Links


def attributes_of_an_account(account: Account) -> None:
    assert_type(account.href, str)
    assert_type(account.username, str)
    assert_type(account.email, str)
    assert_type(account.password, str)
    assert_type(account.given_name, str | None)
    assert_type(account.middle_name, str | None)
    assert_type(account.surname, str | None)
    assert_type(account.full_name, str)
    assert_type(account.status, str)
    assert_type(account.email_verification_status, str)
    assert_type(account.email_verification_token, Resource | None)
    assert_type(account.created_at, datetime)
    assert_type(account.modified_at, datetime)
    assert_type(account.password_modified_at, datetime | None)
    assert_type(account.sp_http_status, int)
    assert_type(account.is_new_account, bool)
    assert_type(account.custom_data, CustomData)
    assert_type(account.directory, Directory)
    assert_type(account.tenant, Tenant)
    assert_type(account.groups, GroupList)
    assert_type(account.group_memberships, GroupMembershipList)
    assert_type(account.applications, ApplicationList)


def attributes_of_a_class() -> None:
    assert_type(Account.email, Text[str])
    assert_type(Account.given_name, Text[str | None])
    assert_type(Account.status, Status)
    assert_type(Account.created_at, Timestamp[datetime])
    assert_type(Account.directory, Link[Directory])
    assert_type(Account.groups, Links[GroupList])
    assert_type(Application.authorized_callback_uris, ListOf[str])
    assert_type(AccountStoreMapping.list_index, Number)
    assert_type(Account.writable_attrs, tuple[str, ...])


def attributes_of_the_others(
    application: Application,
    directory: Directory,
    group: Group,
    mapping: AccountStoreMapping,
    membership: GroupMembership,
    tenant: Tenant,
) -> None:
    assert_type(application.name, str)
    assert_type(application.description, str | None)
    assert_type(application.authorized_callback_uris, list[str])
    assert_type(application.accounts, AccountList)
    assert_type(application.account_store_mappings, AccountStoreMappingList)
    assert_type(application.default_account_store_mapping, AccountStoreMapping | None)
    assert_type(application.login_attempts, LoginAttemptList)
    assert_type(directory.accounts, AccountList)
    assert_type(directory.groups, GroupList)
    assert_type(group.accounts, AccountList)
    assert_type(group.account_memberships, GroupMembershipList)
    assert_type(mapping.account_store, Directory | Group | Organization)
    assert_type(mapping.list_index, int)
    assert_type(mapping.is_default_account_store, bool)
    assert_type(membership.account, Account)
    assert_type(tenant.applications, ApplicationList)


def collections(accounts: AccountList) -> None:
    assert_type(iter(accounts), Iterator[Account])
    assert_type(accounts[0], Account)
    assert_type(accounts["id"], Account)
    assert_type(accounts[1:2], AccountList)
    assert_type(len(accounts), int)
    assert_type(accounts.get("id", expand=Expansion("groups")), Account)
    assert_type(accounts.search("text"), AccountList)
    assert_type(accounts.query(limit=1), AccountList)
    assert_type(accounts.order("email"), AccountList)
    assert_type(accounts.create({"email": "x"}), Account)
    assert_type(accounts.items, list[Account])
    assert_type(accounts.size, int)
    assert_type(accounts.limit, int)
    assert_type(accounts.verify_email_token("t"), Account)


def methods(account: Account, application: Application, directory: Directory, group: Group) -> None:
    assert_type(account.add_group("admins"), GroupMembership)
    assert_type(account.has_group("admins"), bool)
    assert_type(account.save(), None)
    assert_type(account.is_enabled(), bool)
    assert_type(group.add_account("x"), GroupMembership)
    assert_type(group.has_accounts(["x"], all=False), bool)
    assert_type(directory.create_account({}, False), Account)
    assert_type(application.create_account({}), Account)
    assert_type(application.authenticate_account("x", "y"), AuthenticationResult)
    assert_type(application.authenticate_account("x", "y").account, Account)
    assert_type(application.authenticate_account("x", "y").get_jwt(), str)
    assert_type(application.has_account(account), bool)


def setting(account: Account, mapping: AccountStoreMapping, directory: Directory) -> None:
    account.given_name = None
    account.custom_data = {"any": "thing"}
    mapping.account_store = directory
    mapping.account_store = "https://id.example.com/v1/groups/x"
    mapping.account_store = {"href": "https://id.example.com/v1/groups/x"}
    mapping.list_index = 2


def mistakes(account: Account) -> None:
    # Each ignore is used up by an error that must be there; a mistake that passes leaves it unused.
    account.emial  # type: ignore[attr-defined] # noqa: B018 - reading it is the point
    account.email = 7  # type: ignore[assignment] # a str is wanted
    account.nickname = "x"  # type: ignore[attr-defined] # not declared
