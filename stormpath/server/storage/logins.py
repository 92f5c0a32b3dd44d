"""Finding the account that a login names, in the order of an application's account stores (rest-auth 2.3)."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.storage.prepared import Prepared
from stormpath.server.storage.tables import Tables

LOGIN: Final = sa.bindparam("login", type_=sa.Text)
APPLICATION: Final = sa.bindparam("application", type_=sa.Text)
STORE: Final = sa.bindparam("store", type_=sa.Text)
TENANT: Final = sa.bindparam("tenant", type_=sa.Text)


def finder(tables: Tables, dialect: sa.Dialect, kind: str | None) -> Prepared:
    """Return the statement that finds the first match for a folded ``login``.

    It looks into the stores of the ``application`` by list index; with a ``kind`` into the one ``store`` of
    that kind, of the ``tenant``. Where one store holds an account with that e-mail and another with that
    username, the e-mail wins.
    """
    return tables.prepared(f"login in {kind}", dialect, lambda: _first(_candidates(tables, kind)))


def _first(candidates: sa.SelectBase) -> sa.Select[Any]:
    matches = candidates.subquery("matches")
    return sa.select(matches).order_by(matches.c.list_index, matches.c.by_email.desc()).limit(1)


def _candidates(tables: Tables, kind: str | None) -> sa.SelectBase:
    if kind is None:
        places = [_in_mapped_directories(tables), _in_mapped_groups(tables)]
    else:
        places = [_in_directory(tables) if kind == "directory" else _in_group(tables)]
    accounts = tables.of["account"].c
    # A question for each name: PostgreSQL would answer "this or that name" by reading the whole directory.
    return sa.union_all(
        *(
            each.add_columns(sa.literal(by_email).label("by_email")).where(name == LOGIN)
            for each in places
            for name, by_email in ((accounts.email_key, 1), (accounts.username_key, 0))
        )
    )


def replace_hash(
    connection: sa.Connection, tables: Tables, tenant_id: str, account_id: str, old: str, new: str
) -> bool:
    """Swap an account's password hash, unless it has changed since ``old`` was read."""
    table = tables.of["account"]
    statement = table.update().where(
        table.c.id == account_id, table.c.tenant_id == tenant_id, table.c.password_hash == old
    )
    return connection.execute(statement.values(password_hash=new)).rowcount == 1


def _in_mapped_directories(tables: Tables) -> sa.Select[Any]:
    mappings, directories, accounts = _tables(tables, "accountStoreMapping", "directory", "account")
    return (
        sa.select(*_columns(tables, mappings.c.list_index, sa.null()))
        .join_from(mappings, directories, directories.c.id == mappings.c.account_store_directory_id)
        .join(accounts, accounts.c.directory_id == directories.c.id)
        .where(mappings.c.application_id == APPLICATION)
    )


def _in_mapped_groups(tables: Tables) -> sa.Select[Any]:
    mappings, groups = _tables(tables, "accountStoreMapping", "group")
    statement = sa.select(*_columns(tables, mappings.c.list_index, groups.c.status)).join_from(
        mappings, groups, groups.c.id == mappings.c.account_store_group_id
    )
    return _members(tables, statement).where(mappings.c.application_id == APPLICATION)


def _in_directory(tables: Tables) -> sa.Select[Any]:
    directories, accounts = _tables(tables, "directory", "account")
    return (
        sa.select(*_columns(tables, sa.literal(0), sa.null()))
        .join_from(directories, accounts, accounts.c.directory_id == directories.c.id)
        .where(directories.c.id == STORE, directories.c.tenant_id == TENANT)
    )


def _in_group(tables: Tables) -> sa.Select[Any]:
    (groups,) = _tables(tables, "group")
    statement = sa.select(*_columns(tables, sa.literal(0), groups.c.status)).select_from(groups)
    return _members(tables, statement).where(groups.c.id == STORE, groups.c.tenant_id == TENANT)


def _members(tables: Tables, statement: sa.Select[Any]) -> sa.Select[Any]:
    groups, memberships, accounts, directories = _tables(
        tables, "group", "groupMembership", "account", "directory"
    )
    # By way of the directory, in which a name is unique, and not through all members of the group.
    membership = sa.and_(memberships.c.group_id == groups.c.id, memberships.c.account_id == accounts.c.id)
    return (
        statement.join(directories, directories.c.id == groups.c.directory_id)
        .join(accounts, accounts.c.directory_id == directories.c.id)
        .join(memberships, membership)
    )


def _columns(tables: Tables, list_index: Any, group_status: Any) -> list[sa.ColumnElement[Any]]:
    accounts, directories = _tables(tables, "account", "directory")
    return [
        accounts.c.id.label("account_id"),
        accounts.c.password_hash,
        accounts.c.status.label("account_status"),
        directories.c.status.label("directory_status"),
        sa.cast(group_status, sa.Text).label("group_status"),
        list_index.label("list_index"),
    ]


def _tables(tables: Tables, *resources: str) -> list[sa.Table]:
    return [tables.of[each] for each in resources]
