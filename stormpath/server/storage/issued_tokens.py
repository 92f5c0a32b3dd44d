"""Access and refresh tokens: kept until they expire, and removed when they are revoked."""

from __future__ import annotations

from itertools import count
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.domain.issued_tokens import ClientKey, GranteeState, IssuedToken, SpentToken, TokenState
from stormpath.server.schema import ENABLED
from stormpath.server.storage.column_types import BINARY_TEXT
from stormpath.server.storage.errors import translated
from stormpath.server.storage.membership_conditions import lets_in
from stormpath.server.storage.tables import Tables
from stormpath.server.storage.tenant_scoped import TenantScoped

#: Expired tokens are removed by one new token in so many, and as many at a time as come meanwhile, and more.
REMOVE_EXPIRED_EVERY: Final = 500
REMOVE_AT_ONCE: Final = 3 * REMOVE_EXPIRED_EVERY

_ACCESS: Final = "accessToken"
_REFRESH: Final = "refreshToken"

_APPLICATION: Final = sa.bindparam("application", type_=BINARY_TEXT)
_ID: Final = sa.bindparam("id", type_=BINARY_TEXT)
_KEY: Final = sa.bindparam("key", type_=BINARY_TEXT)
_TENANT: Final = sa.bindparam("tenant", type_=BINARY_TEXT)

_COLUMNS: Final = {
    _ACCESS: tuple(IssuedToken.__dataclass_fields__),
    _REFRESH: tuple(each for each in IssuedToken.__dataclass_fields__ if each != "api_key_id"),
}

_added: Final = count(1)


class IssuedTokens(TenantScoped):
    """The tokens of a tenant (``stormpath.server.domain.issued_tokens.IssuedTokens``)."""

    def add(self, kind: str, token: IssuedToken) -> None:
        row = {name: getattr(token, name) for name in _COLUMNS[kind]}
        row |= {"tenant_id": self._tenant_id, "modified_at": token.created_at}
        self._insert(self._tables.of[kind], row)
        if next(_added) % REMOVE_EXPIRED_EVERY == 0:
            # Last: who waits for the application, while it is deleted, must hold no token of it.
            remove_expired(self._connection, self._tables, token.created_at)

    def lock_grantee(
        self, application_id: str, account_id: str, api_key_id: str | None = None
    ) -> GranteeState | None:
        name = "grantee" if api_key_id is None else "grantee with key"
        given = {"application": application_id, "id": account_id, "tenant": self._tenant_id}
        row = self._tables.prepared(
            name, self._connection.dialect, lambda: _grantee(self._tables, with_key=api_key_id is not None)
        ).one(self._connection, **given, **({} if api_key_id is None else {"key": api_key_id}))
        return None if row is None else GranteeState(**row)

    def state(self, kind: str, id: str, application_id: str) -> TokenState | None:
        row = self._tables.prepared(
            f"state of {kind}", self._connection.dialect, lambda: _state(self._tables, kind)
        ).one(self._connection, id=id, application=application_id, tenant=self._tenant_id)
        return None if row is None else TokenState(**row)

    def client_key(self, key_id: str) -> ClientKey | None:
        row = self._tables.prepared(
            "client key", self._connection.dialect, lambda: _client_key(self._tables)
        ).one(self._connection, id=key_id, tenant=self._tenant_id)
        return None if row is None else ClientKey(**row)

    def is_let_in(self, application_id: str, account_id: str) -> bool:
        row = self._tables.prepared(
            "account that is let in", self._connection.dialect, lambda: _let_in(self._tables)
        ).one(self._connection, id=account_id, application=application_id, tenant=self._tenant_id)
        return row is not None

    def revoke_grant(self, grant_id: str) -> int:
        return sum(self._delete(each, each.c.grant_id == grant_id) for each in self._all())

    def revoke_of_account(self, account_id: str) -> int:
        policies = self._tables.of["oAuthPolicy"].c
        keeping = sa.select(policies.id).where(
            policies.tenant_id == self._tenant_id, policies.revoke_tokens_on_password_change != ENABLED
        )
        return sum(
            self._delete(each, each.c.account_id == account_id, each.c.application_id.not_in(keeping))
            for each in self._all()
        )

    def revoke_of_key(self, account_id: str, api_key_id: str) -> int:
        table = self._tables.of[_ACCESS]
        # By the account, which has an index: few accounts have both many tokens and several keys.
        return self._delete(table, table.c.account_id == account_id, table.c.api_key_id == api_key_id)

    def replace(self, id: str, by: IssuedToken, now: int) -> None:
        # The new one first: it waits where the application is about to be deleted, with its tokens.
        self.add(_REFRESH, by)
        self._remove_refresh_token(id)
        spent = {
            "id": id,
            "tenant_id": self._tenant_id,
            "account_id": by.account_id,
            "application_id": by.application_id,
            "grant_id": by.grant_id,
            "successor_id": by.id,
            "spent_at": now,
            "expires_at": by.expires_at,
        }
        self._insert(self._tables.spent_refresh_tokens, spent)

    def spent(self, id: str, application_id: str) -> SpentToken | None:
        table = self._tables.spent_refresh_tokens
        statement = sa.select(*(table.c[name] for name in SpentToken.__dataclass_fields__)).where(
            table.c.id == id,
            table.c.application_id == application_id,
            table.c.tenant_id == self._tenant_id,
        )
        found = self._connection.execute(statement).one_or_none()
        return None if found is None else SpentToken(*found)

    def _all(self) -> tuple[sa.Table, ...]:
        """Return the tables of tokens, those of refresh tokens first."""
        return (self._tables.of[_REFRESH], self._tables.spent_refresh_tokens, self._tables.of[_ACCESS])

    def _insert(self, table: sa.Table, row: dict[str, Any]) -> None:
        dialect = self._connection.dialect
        insertion = self._tables.prepared_change(f"insertion into {table.name}", dialect, table.insert)
        with translated(dialect.dbapi):
            insertion.execute(self._connection, **row)

    def _remove_refresh_token(self, id: str) -> None:
        table = self._tables.of[_REFRESH]
        removal = self._tables.prepared_change(
            "removal of a refresh token",
            self._connection.dialect,
            lambda: table.delete().where(table.c.id == _ID, table.c.tenant_id == _TENANT),
        )
        removal.execute(self._connection, id=id, tenant=self._tenant_id)

    def _delete(self, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
        statement = table.delete().where(*conditions, table.c.tenant_id == self._tenant_id)
        return self._connection.execute(statement).rowcount


def _grantee(tables: Tables, *, with_key: bool) -> sa.Select[Any]:
    applications, accounts, keys, policies = (
        tables.of[each] for each in ("application", "account", "apiKey", "oAuthPolicy")
    )
    statement = sa.select(
        accounts.c.status.label("account_status"),
        accounts.c.password_modified_at,
        (keys.c.status if with_key else sa.cast(sa.null(), sa.Text)).label("api_key_status"),
        (lets_in(tables, _APPLICATION, accounts.c.id) if with_key else sa.true()).label("is_reached"),
        policies.c.access_token_ttl,
        policies.c.refresh_token_ttl,
        policies.c.refresh_token_rotation,
    ).join_from(accounts, applications, applications.c.id == _APPLICATION)
    statement = statement.join(policies, policies.c.id == applications.c.id)
    if with_key:
        statement = statement.join(keys, keys.c.account_id == accounts.c.id).where(keys.c.id == _KEY)
    # Those who change the rows wait, and so does this for them; others who share the lock do not. The account
    # before its key and the application before its tokens, as they are deleted.
    locked = [applications, accounts, keys] if with_key else [applications, accounts]
    return statement.where(accounts.c.id == _ID, accounts.c.tenant_id == _TENANT).with_for_update(
        read=True, of=locked
    )


def _state(tables: Tables, kind: str) -> sa.Select[Any]:
    tokens, applications, accounts = tables.of[kind], tables.of["application"], tables.of["account"]
    return (
        sa.select(
            tokens.c.id,
            tokens.c.account_id,
            tokens.c.grant_id,
            tokens.c.expires_at,
            applications.c.status.label("application_status"),
            accounts.c.status.label("account_status"),
            lets_in(tables, _APPLICATION, tokens.c.account_id).label("is_reached"),
        )
        .join_from(tokens, applications, applications.c.id == tokens.c.application_id)
        .join(accounts, accounts.c.id == tokens.c.account_id)
        .where(tokens.c.id == _ID, tokens.c.application_id == _APPLICATION, tokens.c.tenant_id == _TENANT)
    )


def _client_key(tables: Tables) -> sa.Select[Any]:
    keys, accounts = tables.of["apiKey"], tables.of["account"]
    return (
        sa.select(
            keys.c.id,
            keys.c.secret,
            keys.c.status,
            keys.c.account_id,
            accounts.c.status.label("account_status"),
        )
        .join_from(keys, accounts, accounts.c.id == keys.c.account_id)
        .where(keys.c.id == _ID, keys.c.tenant_id == _TENANT)
    )


def _let_in(tables: Tables) -> sa.Select[Any]:
    accounts = tables.of["account"]
    return sa.select(accounts.c.id).where(
        accounts.c.id == _ID, accounts.c.tenant_id == _TENANT, lets_in(tables, _APPLICATION, accounts.c.id)
    )


def remove_expired(connection: sa.Connection, tables: Tables, now: int) -> None:
    """Remove tokens of all tenants that have expired, a bounded number, the longest expired ones first."""
    for table in (tables.of[_ACCESS], tables.of[_REFRESH], tables.spent_refresh_tokens):
        # Rows that another transaction has locked are left to a later clean-up: this one waits for no lock.
        found = (
            sa.select(table.c.id)
            .where(table.c.expires_at <= now)
            .order_by(table.c.expires_at)
            .limit(REMOVE_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        connection.execute(table.delete().where(table.c.id.in_(found)))
