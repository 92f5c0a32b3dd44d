"""Membership conditions: one for each collection, named for it, that a row meets when it is an item.

A collection whose items link back to their owner needs none, and one that may hold a million rows is split
into sources instead (``storage/sources.py``). Conditions use subqueries, never joins, so that no row can
appear twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.schema import ENABLED
from stormpath.server.schema.email_kinds import (
    RESET,
    RESET_SUCCESS,
    VERIFICATION,
    VERIFICATION_SUCCESS,
    WELCOME,
)
from stormpath.server.storage.store_mappings import APPLICATIONS, ORGANIZATIONS, stores_of_application
from stormpath.server.storage.tables import Tables

Condition = sa.ColumnElement[bool]
Ids = sa.Select[Any] | sa.CompoundSelect[Any]
MembershipCondition = Callable[[Tables, str], Condition]


def condition(tables: Tables, owner: str, collection: str, owner_id: str) -> Condition | None:
    """Return the condition that a row is in ``owner``'s collection; ``None`` where items link back to it."""
    found = _CONDITIONS.get((owner, collection))
    return found(tables, owner_id) if found else None


def groups_of_account(tables: Tables, account_id: str) -> Condition:
    memberships = tables.of["groupMembership"].c
    return tables.of["group"].c.id.in_(
        sa.select(memberships.group_id).where(memberships.account_id == account_id)
    )


def applications_of_account(tables: Tables, account_id: str) -> Condition:
    """Applications that map its directory or a group of it, or an organization that does."""
    accounts, memberships = tables.of["account"].c, tables.of["groupMembership"].c
    directory = sa.select(accounts.directory_id).where(accounts.id == account_id)
    groups = sa.select(memberships.group_id).where(memberships.account_id == account_id)
    mappings, inner = tables.of[APPLICATIONS].c, tables.of[ORGANIZATIONS].c
    organizations = sa.select(inner.organization_id).where(_maps(inner, directory, groups))
    return tables.of["application"].c.id.in_(
        sa.select(mappings.application_id).where(
            sa.or_(
                _maps(mappings, directory, groups), mappings.account_store_organization_id.in_(organizations)
            )
        )
    )


def applications_of_directory(tables: Tables, directory_id: str) -> Condition:
    mappings = tables.of[APPLICATIONS].c
    return tables.of["application"].c.id.in_(
        sa.select(mappings.application_id).where(mappings.account_store_directory_id == directory_id)
    )


def applications_of_group(tables: Tables, group_id: str) -> Condition:
    groups, mappings = tables.of["group"].c, tables.of[APPLICATIONS].c
    directory = sa.select(groups.directory_id).where(groups.id == group_id)
    return tables.of["application"].c.id.in_(
        sa.select(mappings.application_id).where(_maps(mappings, directory, sa.select(sa.literal(group_id))))
    )


def organizations_of_directory(tables: Tables, directory_id: str) -> Condition:
    mappings = tables.of[ORGANIZATIONS].c
    return tables.of["organization"].c.id.in_(
        sa.select(mappings.organization_id).where(mappings.account_store_directory_id == directory_id)
    )


def mappings_of_directory(tables: Tables, directory_id: str) -> Condition:
    return tables.of[APPLICATIONS].c.account_store_directory_id == directory_id


def services_of_identity_provider(tables: Tables, identity_provider_id: str) -> Condition:
    registrations = tables.of["samlServiceProviderRegistration"].c
    return tables.of["registeredSamlServiceProvider"].c.id.in_(
        sa.select(registrations.service_provider_id).where(
            registrations.identity_provider_id == identity_provider_id
        )
    )


def templates_of_kind(kind: str) -> MembershipCondition:
    """Return the condition of a directory's e-mail templates of a kind, for a policy that shares its id."""

    def condition_of_kind(tables: Tables, directory_id: str) -> Condition:
        found = tables.of["emailTemplate"].c
        return sa.and_(found.directory_id == directory_id, found.kind == kind)

    return condition_of_kind


def keys_of_application(tables: Tables, application_id: str) -> Condition:
    """Keys of the accounts that an enabled store of the application lets in (rest-auth 4.1)."""
    return lets_in(tables, application_id, tables.of["apiKey"].c.account_id)


def lets_in(tables: Tables, application_id: Any, account_id: sa.ColumnElement[str]) -> Condition:
    """Return the condition that an enabled store of an application contains an account.

    ``application_id`` is a value, or a bound parameter; a column is not looked for outside the condition.
    """
    accounts, memberships = tables.of["account"].alias("let_in").c, tables.of["groupMembership"].c
    directories, groups = tables.of["directory"].c, tables.of["group"].c
    mapped, mapped_groups = (
        stores_of_application(tables, application_id, kind, enabled=True) for kind in ("directory", "group")
    )
    # Checked for each key's own account: the application may have a million accounts.
    is_member = sa.exists().where(
        memberships.account_id == accounts.id,
        memberships.group_id == groups.id,
        groups.status == ENABLED,
        groups.id.in_(mapped_groups),
    )
    return sa.exists().where(
        accounts.id == account_id,
        directories.id == accounts.directory_id,
        directories.status == ENABLED,
        sa.or_(directories.id.in_(mapped), is_member),
    )


def organization_mappings_of_directory(tables: Tables, directory_id: str) -> Condition:
    return tables.of[ORGANIZATIONS].c.account_store_directory_id == directory_id


def links_of_account(tables: Tables, account_id: str) -> Condition:
    links = tables.of["accountLink"].c
    return sa.or_(links.left_account_id == account_id, links.right_account_id == account_id)


def accounts_linked_to_account(tables: Tables, account_id: str) -> Condition:
    links = tables.of["accountLink"].c
    return tables.of["account"].c.id.in_(
        sa.union_all(
            sa.select(links.right_account_id).where(links.left_account_id == account_id),
            sa.select(links.left_account_id).where(links.right_account_id == account_id),
        )
    )


def _maps(mappings: Any, directories: Ids, groups: Ids) -> Condition:
    return sa.or_(
        mappings.account_store_directory_id.in_(directories), mappings.account_store_group_id.in_(groups)
    )


_CONDITIONS: Final[dict[tuple[str, str], MembershipCondition]] = {
    ("account", "groups"): groups_of_account,
    ("application", "apiKeys"): keys_of_application,
    ("account", "applications"): applications_of_account,
    ("account", "accountLinks"): links_of_account,
    ("account", "linkedAccounts"): accounts_linked_to_account,
    ("directory", "applications"): applications_of_directory,
    ("group", "applications"): applications_of_group,
    ("directory", "applicationMappings"): mappings_of_directory,
    ("samlIdentityProvider", "registeredSamlServiceProviders"): services_of_identity_provider,
    **{
        ("passwordPolicy", f"{kind}EmailTemplates"): templates_of_kind(kind)
        for kind in (RESET, RESET_SUCCESS)
    },
    **{
        ("accountCreationPolicy", f"{kind}EmailTemplates"): templates_of_kind(kind)
        for kind in (VERIFICATION, VERIFICATION_SUCCESS, WELCOME)
    },
    ("directory", "organizations"): organizations_of_directory,
    ("directory", "organizationMappings"): organization_mappings_of_directory,
}
