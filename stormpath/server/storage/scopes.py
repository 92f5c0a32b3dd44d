"""Which rows a collection holds: one condition for each question, named for it.

A collection whose items link back to their owner needs nothing here. Conditions use subqueries, never joins,
so that no row can appear twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.declaration import ENABLED, Collection, snake_case
from stormpath.server.default_emails import RESET, RESET_SUCCESS, VERIFICATION, VERIFICATION_SUCCESS, WELCOME
from stormpath.server.storage.tables import Tables

Condition = sa.ColumnElement[bool]
Scope = Callable[[Tables, str], Condition]


def condition(tables: Tables, owner: str, collection: str, item: str, owner_id: str) -> Condition:
    """Return what makes a row of ``item`` a member of ``owner``'s collection."""
    if found := _SCOPES.get((owner, collection)):
        return found(tables, owner_id)
    declared = tables.resources[owner].by_name[collection]
    through = isinstance(declared, Collection) and declared.through
    column: sa.Column[Any] = tables.of[item].c[f"{snake_case(through or owner)}_id"]
    return column == owner_id


def accounts_of_group(tables: Tables, group_id: str) -> Condition:
    memberships = tables.of["groupMembership"].c
    return tables.of["account"].c.id.in_(
        sa.select(memberships.account_id).where(memberships.group_id == group_id)
    )


def groups_of_account(tables: Tables, account_id: str) -> Condition:
    memberships = tables.of["groupMembership"].c
    return tables.of["group"].c.id.in_(
        sa.select(memberships.group_id).where(memberships.account_id == account_id)
    )


def accounts_of_application(tables: Tables, application_id: str) -> Condition:
    """Accounts of its mapped directories, and members of its mapped groups (rest-core 6.5)."""
    accounts, memberships = tables.of["account"].c, tables.of["groupMembership"].c
    mapped_members = sa.select(memberships.account_id).where(
        memberships.group_id.in_(_stores_of(tables, application_id, "group"))
    )
    return sa.or_(
        accounts.directory_id.in_(_stores_of(tables, application_id, "directory")),
        accounts.id.in_(mapped_members),
    )


def groups_of_application(tables: Tables, application_id: str) -> Condition:
    groups = tables.of["group"].c
    return sa.or_(
        groups.directory_id.in_(_stores_of(tables, application_id, "directory")),
        groups.id.in_(_stores_of(tables, application_id, "group")),
    )


def applications_of_account(tables: Tables, account_id: str) -> Condition:
    accounts, memberships = tables.of["account"].c, tables.of["groupMembership"].c
    directory = sa.select(accounts.directory_id).where(accounts.id == account_id)
    groups = sa.select(memberships.group_id).where(memberships.account_id == account_id)
    return _applications_mapping(tables, directory, groups)


def applications_of_directory(tables: Tables, directory_id: str) -> Condition:
    mappings = tables.of["accountStoreMapping"].c
    return tables.of["application"].c.id.in_(
        sa.select(mappings.application_id).where(mappings.account_store_directory_id == directory_id)
    )


def applications_of_group(tables: Tables, group_id: str) -> Condition:
    groups = tables.of["group"].c
    directory = sa.select(groups.directory_id).where(groups.id == group_id)
    return _applications_mapping(tables, directory, sa.select(sa.literal(group_id)))


def mappings_of_directory(tables: Tables, directory_id: str) -> Condition:
    return tables.of["accountStoreMapping"].c.account_store_directory_id == directory_id


def services_of_identity_provider(tables: Tables, identity_provider_id: str) -> Condition:
    registrations = tables.of["samlServiceProviderRegistration"].c
    return tables.of["registeredSamlServiceProvider"].c.id.in_(
        sa.select(registrations.service_provider_id).where(
            registrations.identity_provider_id == identity_provider_id
        )
    )


def templates(kind: str) -> Scope:
    """Return the scope of a directory's e-mail templates of one kind, for a policy that shares its id."""

    def of_kind(tables: Tables, directory_id: str) -> Condition:
        found = tables.of["emailTemplate"].c
        return sa.and_(found.directory_id == directory_id, found.kind == kind)

    return of_kind


def keys_of_application(tables: Tables, application_id: str) -> Condition:
    """Keys of the accounts that an enabled store of the application lets in (rest-auth 4.1)."""
    keys, accounts, memberships = (tables.of[each].c for each in ("apiKey", "account", "groupMembership"))
    directories, groups = tables.of["directory"].c, tables.of["group"].c
    enabled = sa.select(directories.id).where(directories.status == ENABLED)
    enabled_groups = sa.select(groups.id).where(groups.status == ENABLED)
    members = sa.select(memberships.account_id).where(
        memberships.group_id.in_(_stores_of(tables, application_id, "group")),
        memberships.group_id.in_(enabled_groups),
    )
    reached = sa.or_(
        accounts.directory_id.in_(_stores_of(tables, application_id, "directory")), accounts.id.in_(members)
    )
    return keys.account_id.in_(sa.select(accounts.id).where(accounts.directory_id.in_(enabled), reached))


def _stores_of(tables: Tables, application_id: str, kind: str) -> sa.Select[Any]:
    mappings = tables.of["accountStoreMapping"].c
    store = mappings[f"account_store_{kind}_id"]
    return sa.select(store).where(mappings.application_id == application_id, store.is_not(None))


def _applications_mapping(tables: Tables, directory: sa.Select[Any], groups: sa.Select[Any]) -> Condition:
    mappings = tables.of["accountStoreMapping"].c
    return tables.of["application"].c.id.in_(
        sa.select(mappings.application_id).where(
            sa.or_(
                mappings.account_store_directory_id.in_(directory),
                mappings.account_store_group_id.in_(groups),
            )
        )
    )


_SCOPES: Final[dict[tuple[str, str], Scope]] = {
    ("group", "accounts"): accounts_of_group,
    ("account", "groups"): groups_of_account,
    ("application", "accounts"): accounts_of_application,
    ("application", "groups"): groups_of_application,
    ("application", "apiKeys"): keys_of_application,
    ("account", "applications"): applications_of_account,
    ("directory", "applications"): applications_of_directory,
    ("group", "applications"): applications_of_group,
    ("directory", "applicationMappings"): mappings_of_directory,
    ("samlIdentityProvider", "registeredSamlServiceProviders"): services_of_identity_provider,
    **{("passwordPolicy", f"{kind}EmailTemplates"): templates(kind) for kind in (RESET, RESET_SUCCESS)},
    **{
        ("accountCreationPolicy", f"{kind}EmailTemplates"): templates(kind)
        for kind in (VERIFICATION, VERIFICATION_SUCCESS, WELCOME)
    },
}
