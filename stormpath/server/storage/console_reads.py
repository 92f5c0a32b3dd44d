"""What the Admin Console shows that the API has no resource for, in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.domain.console_reads import (
    MOST_CERTIFICATES,
    MOST_COUNTERS,
    MOST_ENTRIES,
    MOST_PROBLEMS,
    MOST_TOKENS,
    GuessCounter,
    MirrorPlace,
    MirrorProblem,
    MirrorRun,
    StoredCertificate,
    TokenRow,
    TroubledAgent,
)
from stormpath.server.storage.tenant_scoped import TenantScoped

#: Columns with what a resource is called, the first that has a value.
_NAMES: Final = ("full_name", "name", "username", "email")

#: Of these, a tenant has thousands at the most.
_FEW: Final = ("application", "directory", "organization")

#: What an id leads to, the first kind that has it: some others share the id of one of these.
_FOUND_BY_ID: Final = (
    *("account", "group", "directory", "application", "organization", "apiKey", "agent", "groupMembership"),
    *("accountStoreMapping", "organizationAccountStoreMapping", "accessToken", "refreshToken", "factor"),
    *("phone", "accountLink", "smtpServer", "idSite", "emailTemplate"),
)

#: The numbers of these are kept (``counts.py``).
_MANY: Final = ("group", "account")

#: How many counters are returned.
_HIGHEST: Final = 10

_ONLINE: Final = "ONLINE"

#: The type of a provider whose certificate is stored.
_SAML: Final = "saml"


class StoredConsoleReads(TenantScoped):
    """The contract of the console (``stormpath.server.domain.console_reads.ConsoleReads``), in SQL."""

    def sizes(self) -> dict[str, int]:
        counted: dict[str, sa.ColumnElement[int]] = {
            name: sa.select(sa.func.count())
            .select_from(self._tables.of[name])
            .where(self._tables.of[name].c.tenant_id == self._tenant_id)
            .scalar_subquery()
            for name in _FEW
        }
        counts = self._tables.counts
        for name in _MANY:
            is_kept = (counts.c.owner_id == self._tenant_id) & (counts.c.kind == self._tables.of[name].name)
            total = sa.select(sa.func.coalesce(sa.func.sum(counts.c.total), 0)).where(is_kept)
            counted[name] = total.scalar_subquery()
        found = self._connection.execute(sa.select(*counted.values())).one()
        return {name: int(number) for name, number in zip(counted, found, strict=True)}

    def agents_in_trouble(self, limit: int) -> Sequence[TroubledAgent]:
        agents, directories = self._tables.of["agent"], self._tables.of["directory"]
        statement = (
            sa.select(agents.c.id, agents.c.status, agents.c.status_reason, directories.c.name)
            .join_from(agents, directories, directories.c.id == agents.c.directory_id)
            .where(agents.c.tenant_id == self._tenant_id, agents.c.status != _ONLINE)
            # What is connected and fails comes before what is away.
            .order_by(agents.c.status, agents.c.id)
            .limit(limit)
        )
        return [TroubledAgent(*row) for row in self._connection.execute(statement)]

    def kind_of(self, id: str) -> str | None:
        asked = [
            sa.select(sa.literal(name)).where(table.c.id == id, table.c.tenant_id == self._tenant_id)
            for name in _FOUND_BY_ID
            for table in (self._tables.of[name],)
        ]
        found: str | None = self._connection.execute(sa.union_all(*asked)).scalars().first()
        return found

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
            .subquery()
        )
        of_sites = sa.select(sa.literal("idSite"), sites.c.id, sites.c.tls_public_cert).where(
            sites.c.tenant_id == self._tenant_id
        )
        found = self._connection.execute(sa.union_all(sa.select(of_providers), of_sites))
        return [StoredCertificate(*row) for row in found if row[2]]

    def mirror_run(self, agent_id: str) -> MirrorRun | None:
        table = self._tables.agent_states
        columns = (table.c.run_stage, table.c.run_seen_at, table.c.report, table.c.allows_deletions)
        statement = sa.select(*columns).where(
            table.c.tenant_id == self._tenant_id, table.c.agent_id == agent_id
        )
        found = self._connection.execute(statement).one_or_none()
        return None if found is None else MirrorRun(*found)

    def mirror_problem_counts(self, directory_id: str) -> dict[str, int]:
        some = self._troubled(directory_id).with_only_columns(self._entries.c.problem)
        first = some.limit(MOST_PROBLEMS).subquery()
        counted = sa.select(first.c.problem, sa.func.count()).group_by(first.c.problem)
        return {problem: int(number) for problem, number in self._connection.execute(counted)}

    def mirror_problems(
        self,
        directory_id: str,
        *,
        problem: str | None = None,
        after: MirrorPlace | None = None,
        limit: int = MOST_ENTRIES,
    ) -> Sequence[MirrorProblem]:
        table = self._entries
        order = (table.c.problem, table.c.kind, table.c.entry_id)
        statement = self._troubled(directory_id).order_by(*order).limit(max(0, min(limit, MOST_ENTRIES)))
        if problem is not None:
            statement = statement.where(table.c.problem == problem)
        if after is not None:
            statement = statement.where(sa.tuple_(*order) > sa.tuple_(*after))
        return [MirrorProblem(*row) for row in self._connection.execute(statement)]

    @property
    def _entries(self) -> sa.Table:
        return self._tables.mirror_entries

    def _troubled(self, directory_id: str) -> sa.Select[Any]:
        """Return the statement for a directory's entries that have a problem."""
        table = self._entries
        stored_id = sa.func.coalesce(table.c.account_id, table.c.group_id)
        return sa.select(table.c.problem, table.c.kind, table.c.entry_id, table.c.dn, stored_id).where(
            table.c.tenant_id == self._tenant_id,
            table.c.directory_id == directory_id,
            table.c.problem.is_not(None),
        )
