"""The people at providers for whom accounts were made."""

from __future__ import annotations

import dataclasses

import sqlalchemy as sa

from stormpath.server.domain.provider_identities import ProviderIdentity
from stormpath.server.storage.errors import translated
from stormpath.server.storage.tenant_scoped import TenantScoped


class ProviderIdentities(TenantScoped):
    """The identities of one tenant's accounts."""

    def account_of(self, directory_id: str, user_id: str) -> str | None:
        table = self._tables.provider_identities.c
        statement = sa.select(table.account_id).where(
            table.tenant_id == self._tenant_id, table.directory_id == directory_id, table.user_id == user_id
        )
        return self._connection.execute(statement).scalar_one_or_none()

    def user_of(self, account_id: str) -> str | None:
        table = self._tables.provider_identities.c
        statement = sa.select(table.user_id).where(
            table.account_id == account_id, table.tenant_id == self._tenant_id
        )
        return self._connection.execute(statement).scalar_one_or_none()

    def add(self, identity: ProviderIdentity) -> None:
        values = {"tenant_id": self._tenant_id, **dataclasses.asdict(identity)}
        with translated():
            self._connection.execute(self._tables.provider_identities.insert(), values)

    def update(self, identity: ProviderIdentity) -> None:
        table = self._tables.provider_identities
        values = dataclasses.asdict(identity)
        # Providers hand over a refresh token once, at the first login.
        if identity.refresh_token is None:
            del values["refresh_token"]
        statement = table.update().where(
            table.c.account_id == identity.account_id, table.c.tenant_id == self._tenant_id
        )
        with translated():
            self._connection.execute(statement, values)
