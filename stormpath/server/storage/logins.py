"""Finding the account that a login names, in the order of an application's account stores (rest-auth 2.3)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from stormpath.server.contract import Login
from stormpath.server.storage.tables import Tables


def find(
    connection: sa.Connection,
    tables: Tables,
    tenant_id: str,
    application_id: str,
    login: str,
    store: tuple[str, str] | None,
) -> Login | None:
    """Return the first match for a folded login.

    Stores are taken by list index, or only the one given as (kind, id). Where one store holds an account with
    that e-mail and another with that username, the e-mail wins.
    """
    if store is None:
        candidates: sa.SelectBase = sa.union_all(
            _in_directories(tables, application_id, login), _in_groups(tables, application_id, login)
        )
    else:
        candidates = _in_store(tables, tenant_id, store, login)
    matches = candidates.subquery("matches")
    first = sa.select(matches).order_by(matches.c.list_index, matches.c.by_email.desc()).limit(1)
    found = connection.execute(first).mappings().one_or_none()
    return None if found is None else Login(**{key: found[key] for key in Login.__dataclass_fields__})


def replace_hash(
    connection: sa.Connection, tables: Tables, tenant_id: str, account_id: str, old: str, new: str
) -> bool:
    """Swap an account's password hash, unless it has changed since ``old`` was read."""
    table = tables.of["account"]
    statement = table.update().where(
        table.c.id == account_id, table.c.tenant_id == tenant_id, table.c.password_hash == old
    )
    return connection.execute(statement.values(password_hash=new)).rowcount == 1


def _in_directories(tables: Tables, application_id: str, login: str) -> sa.Select[Any]:
    accounts, directories = tables.of["account"].c, tables.of["directory"].c
    mapping = tables.of["accountStoreMapping"].c
    return (
        sa.select(*_columns(tables, mapping.list_index, sa.null(), login))
        .join_from(
            tables.of["accountStoreMapping"],
            tables.of["directory"],
            directories.id == mapping.account_store_directory_id,
        )
        .join(tables.of["account"], accounts.directory_id == directories.id)
        .where(mapping.application_id == application_id, _named(tables, login))
    )


def _in_groups(tables: Tables, application_id: str, login: str) -> sa.Select[Any]:
    groups, mapping = tables.of["group"].c, tables.of["accountStoreMapping"].c
    statement = sa.select(*_columns(tables, mapping.list_index, groups.status, login)).join_from(
        tables.of["accountStoreMapping"], tables.of["group"], groups.id == mapping.account_store_group_id
    )
    return _members(tables, statement, login).where(mapping.application_id == application_id)


def _in_store(tables: Tables, tenant_id: str, store: tuple[str, str], login: str) -> sa.Select[Any]:
    kind, store_id = store
    first = sa.literal(0)
    if kind == "directory":
        directories = tables.of["directory"].c
        statement = sa.select(*_columns(tables, first, sa.null(), login)).join_from(
            tables.of["directory"],
            tables.of["account"],
            tables.of["account"].c.directory_id == directories.id,
        )
        return statement.where(
            directories.id == store_id, directories.tenant_id == tenant_id, _named(tables, login)
        )
    groups = tables.of["group"].c
    statement = sa.select(*_columns(tables, first, groups.status, login)).select_from(tables.of["group"])
    return _members(tables, statement, login).where(groups.id == store_id, groups.tenant_id == tenant_id)


def _members(tables: Tables, statement: sa.Select[Any], login: str) -> sa.Select[Any]:
    accounts, memberships = tables.of["account"], tables.of["groupMembership"]
    return (
        statement.join(memberships, memberships.c.group_id == tables.of["group"].c.id)
        .join(accounts, accounts.c.id == memberships.c.account_id)
        .join(tables.of["directory"], tables.of["directory"].c.id == accounts.c.directory_id)
        .where(_named(tables, login))
    )


def _named(tables: Tables, login: str) -> sa.ColumnElement[bool]:
    accounts = tables.of["account"].c
    return sa.or_(accounts.username_key == login, accounts.email_key == login)


def _columns(tables: Tables, list_index: Any, group_status: Any, login: str) -> list[sa.ColumnElement[Any]]:
    accounts = tables.of["account"].c
    return [
        accounts.id.label("account_id"),
        accounts.password_hash,
        accounts.status.label("account_status"),
        tables.of["directory"].c.status.label("directory_status"),
        sa.cast(group_status, sa.Text).label("group_status"),
        list_index.label("list_index"),
        (accounts.email_key == login).label("by_email"),
    ]
