"""The account that a login names, in the order of an application's account stores (rest-auth 2.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from stormpath.server.domain.agent_logins import AgentLink
from stormpath.server.domain.hash_kinds import HashKind
from stormpath.server.domain.logins import Login, Match
from stormpath.server.storage import hash_kinds
from stormpath.server.storage.prepared import Prepared
from stormpath.server.storage.tables import Tables
from stormpath.server.storage.tenant_scoped import TenantScoped

LOGIN: Final = sa.bindparam("login", type_=sa.Text)
APPLICATION: Final = sa.bindparam("application", type_=sa.Text)
STORE: Final = sa.bindparam("store", type_=sa.Text)
TENANT: Final = sa.bindparam("tenant", type_=sa.Text)


class Logins(TenantScoped):
    """The accounts that logins name."""

    def find(
        self, application_id: str, login: str, store: tuple[str, str] | None, *, by_email: bool = False
    ) -> Login | None:
        kind, store_id = store or (None, None)
        found = _prepared(self._tables, self._connection.dialect, kind, by_email=by_email).one(
            self._connection, application=application_id, login=login, store=store_id, tenant=self._tenant_id
        )
        if found is None:
            return None
        row = Login(**{name: found[name] for name in Login.__dataclass_fields__})
        return row if row.account_id else None

    def matches(self, application_id: str, login: str, limit: int) -> list[Match]:
        statement = _ordered_matches(self._tables, None, by_email=False).limit(limit)
        given = {"application": application_id, "login": login, "store": None, "tenant": self._tenant_id}
        rows = self._connection.execute(statement, given).mappings()
        return [
            Match(
                Login(**{name: row[name] for name in Login.__dataclass_fields__}),
                row["list_index"],
                row["inner_index"],
            )
            for row in rows
        ]

    def longest(self, application_id: str, names: Sequence[str], store: tuple[str, str] | None) -> str:
        kind, store_id = store or (None, None)
        # A few statements for any number of names: the first one stands for those that are not there.
        number = 1 << (len(names) - 1).bit_length()
        given = dict(zip(_keys(number), [*names, *[names[0]] * (number - len(names))], strict=True))
        row = self._tables.prepared(
            f"longest of {number} in {kind}",
            self._connection.dialect,
            lambda: _longest(self._tables, kind, number),
        ).one(self._connection, application=application_id, store=store_id, tenant=self._tenant_id, **given)
        return names[0] if row is None else str(row["name"])

    def has_stores(self, application_id: str, store: tuple[str, str] | None) -> bool:
        kind, store_id = store or (None, None)
        prepared = self._tables.prepared(
            f"stores in {kind}",
            self._connection.dialect,
            lambda: _searched_directories(self._tables, kind).limit(1),
        )
        given = {"application": application_id, "store": store_id, "tenant": self._tenant_id}
        return prepared.one(self._connection, **given) is not None

    def agent_link(self, directory_id: str, account_id: str) -> AgentLink | None:
        row = self._tables.prepared(
            "agent link", self._connection.dialect, lambda: _agent_link(self._tables)
        ).one(self._connection, directory=directory_id, account=account_id, tenant=self._tenant_id)
        if row is None:
            return None
        return AgentLink(
            row["id"],
            row["status"],
            row["status_reason"],
            row["last_seen_at"],
            row["config"]["baseDn"],
            row["entry_id"],
            row["dn"],
        )

    def hash_kinds(self, application_id: str, store: tuple[str, str] | None) -> list[HashKind]:
        kind, store_id = store or (None, None)
        given = {"application": application_id, "store": store_id, "tenant": self._tenant_id}
        searched = _searched_directories(self._tables, kind).limit(hash_kinds.MOST_DIRECTORIES).subquery()
        statement = sa.select(searched.c.id, _agent_of(self._tables, searched.c.id))
        directories = {row.id: row.agent_id for row in self._connection.execute(statement, given)}
        return hash_kinds.of_directories(self._connection, self._tables, directories)


def _agent_of(tables: Tables, directory_id: sa.ColumnElement[str]) -> sa.Label[Any]:
    providers = tables.of["provider"].c
    return (
        sa.select(providers.agent_id).where(providers.id == directory_id).scalar_subquery().label("agent_id")
    )


def _agent_link(tables: Tables) -> sa.Select[Any]:
    (agents,), entries = _tables(tables, "agent"), tables.mirror_entries
    of_account = sa.and_(
        entries.c.account_id == sa.bindparam("account", type_=sa.Text),
        entries.c.directory_id == agents.c.directory_id,
    )
    columns = (agents.c.id, agents.c.status, agents.c.status_reason, agents.c.last_seen_at, agents.c.config)
    return (
        sa.select(*columns, entries.c.entry_id, entries.c.dn)
        .select_from(agents.outerjoin(entries, of_account))
        .where(
            agents.c.directory_id == sa.bindparam("directory", type_=sa.Text), agents.c.tenant_id == TENANT
        )
        .limit(1)
    )


def _keys(number: int) -> list[str]:
    return [f"login_{each}" for each in range(number)]


def _prepared(tables: Tables, dialect: sa.Dialect, kind: str | None, *, by_email: bool) -> Prepared:
    """Return the statement that finds the first match for a folded ``login``.

    It searches the stores of the ``application`` by list index, and those of an organization in its place;
    with a ``kind``, the one ``store`` of that kind, of the ``tenant``. Where one store holds an account with
    that e-mail and another with that username, the e-mail wins; with ``by_email`` only e-mails are searched.
    The policy for linked accounts is that of the organization which is the store, else that of the
    application.
    """
    name = f"{'email' if by_email else 'login'} in {kind}"
    return tables.prepared(name, dialect, lambda: _first(tables, kind, by_email=by_email))


def _first(tables: Tables, kind: str | None, *, by_email: bool) -> sa.Select[Any]:
    first = _in_order(tables, kind, by_email=by_email).limit(1).subquery("first")
    # A row in any case: the time to make it would tell who has an account.
    always = sa.select(_linking(tables, kind)).subquery("always")
    return sa.select(first, always.c.linking_status).select_from(always.outerjoin(first, sa.true()))


def _ordered_matches(tables: Tables, kind: str | None, *, by_email: bool) -> sa.Select[Any]:
    """Return the statement that finds all matches, and not only the first one."""
    return _in_order(tables, kind, by_email=by_email).add_columns(_linking(tables, kind))


def _in_order(tables: Tables, kind: str | None, *, by_email: bool) -> sa.Select[Any]:
    named = _named(tables, kind, only_email=by_email)
    matches = sa.union_all(*(accounts.where(name == LOGIN) for accounts, name in named)).subquery("matches")
    return sa.select(matches).order_by(matches.c.list_index, matches.c.inner_index, matches.c.by_email.desc())


def _linking(tables: Tables, kind: str | None) -> sa.Label[Any]:
    policies = tables.of["accountLinkingPolicy"].c
    whose = STORE if kind == "organization" else APPLICATION
    return sa.select(policies.status).where(policies.id == whose).scalar_subquery().label("linking_status")


def _longest(tables: Tables, kind: str | None, number: int) -> sa.Select[Any]:
    """Return the statement that finds the longest of so many names that `_prepared` finds an account for.

    Each name is searched by itself: for several at a time, both databases would rather read a directory of
    which they do not know the size.
    """
    given = [sa.select(sa.bindparam(each, type_=sa.Text).label("name")) for each in _keys(number)]
    names = sa.union_all(*given).cte("names")
    this_one = sa.literal_column("names.name", sa.Text)
    matches = sa.union_all(
        *(accounts.where(name == this_one) for accounts, name in _named(tables, kind))
    ).subquery("matches")
    # The greatest, so that no search is left out where another one has found an account.
    found = sa.select(sa.func.max(matches.c.account_id)).scalar_subquery()
    searched = sa.select(names.c.name, found.label("found")).subquery("searched")
    longest_first = sa.func.length(searched.c.name).desc()
    return sa.select(searched.c.name).where(searched.c.found.is_not(None)).order_by(longest_first).limit(1)


def by_email(
    tables: Tables, applications: sa.Select[Any]
) -> Iterator[tuple[sa.Select[Any], sa.ColumnElement[str]]]:
    """Return queries of the accounts in the stores of several applications, each with the column of e-mails.

    ``applications`` selects their ids.
    """
    yield from _named(tables, None, only_email=True, is_meant=lambda id: id.in_(applications))


#: Returns the condition that an application's id is meant.
_IsMeant = Callable[[sa.ColumnElement[str]], sa.ColumnElement[bool]]


def _is_given(id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    return id == APPLICATION


def _named(
    tables: Tables,
    kind: str | None,
    *,
    only_email: bool = False,
    is_meant: _IsMeant = _is_given,
) -> Iterator[tuple[sa.Select[Any], sa.ColumnElement[str]]]:
    """Return queries of accounts, each with the column of the names by which it is to be searched.

    The account of a person at a provider has no password: its names, which the provider tells, must not stand
    before those of an account in a later store.
    """
    accounts, identities = tables.of["account"].c, tables.provider_identities.c
    # Looked up for the row that is found, and no join: identities may be as many as accounts.
    identity = sa.select(identities.account_id).where(identities.account_id == accounts.id).scalar_subquery()
    names = [(accounts.email_key, 1), (accounts.username_key, 0)]
    # A query for each name: PostgreSQL would answer "this or that name" by reading the whole directory.
    for accounts_of_store in _accounts_by_store(tables, kind, is_meant):
        for name, by_email in names[:1] if only_email else names:
            named = accounts_of_store.where(identity.is_(None))
            yield named.add_columns(sa.literal(by_email).label("by_email")), name


def _searched_directories(tables: Tables, kind: str | None) -> sa.Select[Any]:
    """Return the statement that finds the ids of the directories in which `_first` searches."""
    groups, directories = _tables(tables, "group", "directory")
    of_tenant = directories.c.tenant_id == TENANT
    if kind == "directory":
        return sa.select(directories.c.id).where(directories.c.id == STORE, of_tenant)
    if kind == "group":
        of_store = (groups.c.id == STORE, groups.c.tenant_id == TENANT)
        return sa.select(groups.c.directory_id.label("id")).where(*of_store)
    whole = (_of_organization,) if kind == "organization" else (_of_application, _through_organizations)
    found = []
    for each in whole:
        mapped = each(tables)
        of_group = groups.c.id == mapped.mappings.c.account_store_group_id
        directory_id = sa.func.coalesce(mapped.mappings.c.account_store_directory_id, groups.c.directory_id)
        found.append(
            sa.select(directory_id.label("id"))
            .select_from(mapped.begin.outerjoin(groups, of_group))
            .where(mapped.where)
        )
    ids = sa.union(*found).subquery("searched")
    return sa.select(directories.c.id).where(directories.c.id == ids.c.id, of_tenant).order_by(ids.c.id)


def _accounts_by_store(tables: Tables, kind: str | None, is_meant: _IsMeant) -> list[sa.Select[Any]]:
    if kind == "directory":
        return [_in_directory(tables)]
    if kind == "group":
        return [_in_group(tables)]
    if kind == "organization":
        return [
            _in_directories(tables, _of_organization(tables)),
            _in_groups(tables, _of_organization(tables)),
        ]
    ways = (_of_application(tables, is_meant), _through_organizations(tables, is_meant))
    return [found for way in ways for found in (_in_directories(tables, way), _in_groups(tables, way))]


class _MappedStores(NamedTuple):
    """Mappings to search: the table of those that name stores, and the joins that lead to it."""

    mappings: sa.Table
    begin: sa.FromClause
    where: sa.ColumnElement[bool]
    list_index: Any
    inner_index: Any
    organization_status: Any


def _of_application(tables: Tables, is_meant: _IsMeant = _is_given) -> _MappedStores:
    (mappings,) = _tables(tables, "accountStoreMapping")
    where = is_meant(mappings.c.application_id)
    return _MappedStores(mappings, mappings, where, mappings.c.list_index, sa.literal(0), sa.null())


def _through_organizations(tables: Tables, is_meant: _IsMeant = _is_given) -> _MappedStores:
    outer, organizations, mappings = _tables(
        tables, "accountStoreMapping", "organization", "organizationAccountStoreMapping"
    )
    begin = outer.join(organizations, organizations.c.id == outer.c.account_store_organization_id).join(
        mappings, mappings.c.organization_id == organizations.c.id
    )
    where = is_meant(outer.c.application_id)
    return _MappedStores(
        mappings, begin, where, outer.c.list_index, mappings.c.list_index, organizations.c.status
    )


def _of_organization(tables: Tables) -> _MappedStores:
    organizations, mappings = _tables(tables, "organization", "organizationAccountStoreMapping")
    begin = organizations.join(mappings, mappings.c.organization_id == organizations.c.id)
    where = sa.and_(organizations.c.id == STORE, organizations.c.tenant_id == TENANT)
    return _MappedStores(mappings, begin, where, sa.literal(0), mappings.c.list_index, organizations.c.status)


def _in_directories(tables: Tables, mapped: _MappedStores) -> sa.Select[Any]:
    directories, accounts = _tables(tables, "directory", "account")
    return (
        sa.select(*_columns(tables, mapped, sa.null()))
        .select_from(mapped.begin)
        .join(directories, directories.c.id == mapped.mappings.c.account_store_directory_id)
        .join(accounts, accounts.c.directory_id == directories.c.id)
        .where(mapped.where)
    )


def _in_groups(tables: Tables, mapped: _MappedStores) -> sa.Select[Any]:
    (groups,) = _tables(tables, "group")
    statement = (
        sa.select(*_columns(tables, mapped, groups.c.status))
        .select_from(mapped.begin)
        .join(groups, groups.c.id == mapped.mappings.c.account_store_group_id)
    )
    return _members(tables, statement).where(mapped.where)


def _in_directory(tables: Tables) -> sa.Select[Any]:
    directories, accounts = _tables(tables, "directory", "account")
    return (
        sa.select(*_columns(tables, None, sa.null()))
        .join_from(directories, accounts, accounts.c.directory_id == directories.c.id)
        .where(directories.c.id == STORE, directories.c.tenant_id == TENANT)
    )


def _in_group(tables: Tables) -> sa.Select[Any]:
    (groups,) = _tables(tables, "group")
    statement = sa.select(*_columns(tables, None, groups.c.status)).select_from(groups)
    return _members(tables, statement).where(groups.c.id == STORE, groups.c.tenant_id == TENANT)


def _members(tables: Tables, statement: sa.Select[Any]) -> sa.Select[Any]:
    groups, memberships, accounts, directories = _tables(
        tables, "group", "groupMembership", "account", "directory"
    )
    # Through the directory, in which a name is unique, and not through all members of the group.
    membership = sa.and_(memberships.c.group_id == groups.c.id, memberships.c.account_id == accounts.c.id)
    return (
        statement.join(directories, directories.c.id == groups.c.directory_id)
        .join(accounts, accounts.c.directory_id == directories.c.id)
        .join(memberships, membership)
    )


def _columns(tables: Tables, mapped: _MappedStores | None, group_status: Any) -> list[sa.ColumnElement[Any]]:
    accounts, directories = _tables(tables, "account", "directory")
    return [
        accounts.c.id.label("account_id"),
        accounts.c.password_hash,
        accounts.c.password_modified_at,
        accounts.c.status.label("account_status"),
        directories.c.id.label("directory_id"),
        directories.c.status.label("directory_status"),
        sa.cast(group_status, sa.Text).label("group_status"),
        sa.cast(mapped.organization_status if mapped else sa.null(), sa.Text).label("organization_status"),
        _agent_of(tables, directories.c.id),
        (mapped.list_index if mapped else sa.literal(0)).label("list_index"),
        (mapped.inner_index if mapped else sa.literal(0)).label("inner_index"),
    ]


def _tables(tables: Tables, *resources: str) -> list[sa.Table]:
    return [tables.of[each] for each in resources]
