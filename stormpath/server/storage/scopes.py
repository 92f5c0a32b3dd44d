"""Which rows a collection holds: one condition for each question, named for it.

A collection whose items link back to their owner needs nothing here, and one that may hold a million rows is
taken apart instead (``storage/sources.py``). Conditions use subqueries, never joins, so that no row can
appear twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.storage.tables import Tables

Condition = sa.ColumnElement[bool]
Scope = Callable[[Tables, str], Condition]


def condition(tables: Tables, owner: str, collection: str, owner_id: str) -> Condition | None:
    """Return what makes a row an item of ``owner``'s collection, unless it is a link back to the owner."""
    found = _SCOPES.get((owner, collection))
    return found(tables, owner_id) if found else None


def stores_of_application(tables: Tables, application_id: str, kind: str) -> sa.SelectBase:
    """Return the ids of its account stores of that kind, ``directory`` or ``group``."""
    mappings = tables.of["accountStoreMapping"].c
    store = mappings[f"account_store_{kind}_id"]
    return sa.select(store).where(mappings.application_id == application_id, store.is_not(None))


def groups_of_account(tables: Tables, account_id: str) -> Condition:
    memberships = tables.of["groupMembership"].c
    return tables.of["group"].c.id.in_(
        sa.select(memberships.group_id).where(memberships.account_id == account_id)
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
    ("account", "groups"): groups_of_account,
    ("account", "applications"): applications_of_account,
    ("directory", "applications"): applications_of_directory,
    ("group", "applications"): applications_of_group,
    ("directory", "applicationMappings"): mappings_of_directory,
}
