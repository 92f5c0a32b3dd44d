"""What the Admin Console shows that the API has no resource for, in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import sqlalchemy as sa

from stormpath.server.domain.console_reads import (
    MOST_CERTIFICATES,
    MOST_COUNTERS,
    MOST_TOKENS,
    GuessCounter,
    StoredCertificate,
    TokenRow,
)
from stormpath.server.storage.tenant_scoped import TenantScoped

#: Columns with what a resource is called, the first that has a value.
_NAMES: Final = ("full_name", "name", "username", "email")

#: How many counters are returned.
_HIGHEST: Final = 10

#: The type of a provider whose certificate is stored.
_SAML: Final = "saml"


class StoredConsoleReads(TenantScoped):
    """The contract of the console (``stormpath.server.domain.console_reads.ConsoleReads``), in SQL."""

    def names(self, resource: str, ids: Iterable[str]) -> dict[str, str]:
        table, asked = self._tables.of[resource], set(ids)
        if not asked:
            return {}
        columns = [table.c[each] for each in _NAMES if each in table.c]
        called = sa.func.coalesce(*(sa.func.nullif(each, "") for each in columns), table.c.id)
        statement = sa.select(table.c.id, called).where(
            table.c.id.in_(asked), table.c.tenant_id == self._tenant_id
        )
        return {id: str(name) for id, name in self._connection.execute(statement)}

    def tokens(
        self,
        kind: str,
        now: int,
        *,
        application_id: str | None = None,
        account_id: str | None = None,
        before: str | None = None,
        limit: int = MOST_TOKENS,
    ) -> list[TokenRow]:
        table = self._tables.of[kind]
        statement = sa.select(*(table.c[name] for name in TokenRow._fields)).where(
            table.c.tenant_id == self._tenant_id, table.c.expires_at > now
        )
        if application_id is not None:
            statement = statement.where(table.c.application_id == application_id)
        if account_id is not None:
            statement = statement.where(table.c.account_id == account_id)
        if before is not None:
            statement = statement.where(table.c.id < before)
        newest = statement.order_by(table.c.id.desc()).limit(max(0, min(limit, MOST_TOKENS)))
        return [TokenRow(*row) for row in self._connection.execute(newest)]

    def guess_counters(self, now: int) -> Sequence[GuessCounter]:
        table = self._tables.guesses
        some = (
            sa.select(table.c.wrong, table.c.ends_at)
            .where(table.c.tenant_id == self._tenant_id, table.c.ends_at > now, table.c.wrong > 0)
            .limit(MOST_COUNTERS)
            .subquery()
        )
        highest = sa.select(some).order_by(some.c.wrong.desc(), some.c.ends_at).limit(_HIGHEST)
        return [GuessCounter(*row) for row in self._connection.execute(highest)]

    def certificates(self) -> Sequence[StoredCertificate]:
        providers, sites = self._tables.of["provider"], self._tables.of["idSite"]
        column = providers.c.encoded_x509_signing_cert
        of_providers = (
            sa.select(sa.literal("provider"), providers.c.id, column)
            .where(providers.c.tenant_id == self._tenant_id, providers.c.provider_type == _SAML)
            .limit(MOST_CERTIFICATES)
        )
        of_sites = sa.select(sa.literal("idSite"), sites.c.id, sites.c.tls_public_cert).where(
            sites.c.tenant_id == self._tenant_id
        )
        found = [*self._connection.execute(of_providers), *self._connection.execute(of_sites)]
        return [StoredCertificate(*row) for row in found if row[2]]
