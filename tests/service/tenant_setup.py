"""Tenants of the tests' own: made by the rules, as a service's first one is, or copies of such a one."""

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa

from service.calls import Api
from service.tenant_rows import STORED_LATER, rows_of
from stormpath.server.app import Service, now_ms
from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import NotUnique
from stormpath.server.resources import RESOURCES, RULES
from stormpath.server.resources.accounts.api_key import SECRET_BYTES
from stormpath.server.schema import ids
from stormpath.server.schema.random_names import random_name
from stormpath.server.security.encryption import SecretBox, key_from_text
from stormpath.server.security.passwords import HashGate, InsecureForTests
from stormpath.server.setup.bootstrap import create_tenant
from stormpath.server.setup.operator import ApiKeyPair, Operator

SECRET_KEY = "dGhpcyBrZXkgcHJvdGVjdHMgb25seSB0ZXN0IGRhdGE="
#: There are some 4,000; looking for an unused one among few left would take long.
MOST_NAMES = 3600
BOX = SecretBox(key_from_text(SECRET_KEY, "SECRET_KEY"))


def context_of(service: Service, tenant_id: str) -> RequestContext:
    gate = HashGate(InsecureForTests(), slots=2)
    declarations = {each.name: each for each in RESOURCES}
    return RequestContext(tenant_id, service.database, gate, BOX, now_ms, declarations)


def new_tenant(service: Service) -> Api:
    """Return a caller with the API key of the owner of a new tenant, which has all that one starts with."""
    pool = _pools.get(id(service))
    return made_by_the_rules(service) if pool is None else pool.take()


def made_by_the_rules(service: Service) -> Api:
    """Make a tenant row by row, and its owner's API key."""
    context = _stored_tenant(service)
    operator = Operator(service.database, BOX, context)
    key = operator.new_api_key(operator.owner().account_id)
    return Api(service, service.base_url, context.tenant_id, key.id, key.secret)


def _stored_tenant(service: Service) -> RequestContext:
    while True:
        context = context_of(service, ids.new_id())
        # Two words name a tenant, and among the hundreds of ours the same two come up again.
        with suppress(NotUnique), context.write() as unit:
            create_tenant(context, unit)
            return context


class TenantPool:
    """Tenants of one service, stored many at a time in advance, as copies of one that the rules made.

    Making one by the rules takes more than a hundred statements. A copy has ids, names and an API key of its
    own, and the times of its refill. A test compares a copy with what the rules make.
    """

    REFILL = 25

    def __init__(self, service: Service) -> None:
        self._service = service
        self._ready: list[Api] = []
        original = made_by_the_rules(service)
        self._made_at = now_ms()
        tables = service.database.tables
        rows = rows_of(service, original.tenant_id)
        # Triggers keep the counts. A copy has no past of its own.
        self._template = [
            (table, rows[table.name])
            for table in tables.metadata.sorted_tables
            if rows.get(table.name) and table is not tables.counts and table.name not in STORED_LATER
        ]
        # In the order in which they were made, which is the order that they sort in.
        self._ids = sorted({row["id"] for _, rows in self._template for row in rows} - {original.key_id})
        self._key_id = original.key_id
        self._name = rows["tenants"][0]["name"]
        self._labels = [row["dns_label"] for row in rows["application_web_configs"]]

    def take(self) -> Api:
        """Return a caller whose tenant no other test gets."""
        if not self._ready:
            self._ready = self._copies()
        return self._ready.pop()

    def _copies(self) -> list[Api]:
        shift = now_ms() - self._made_at
        copied: dict[str, list[dict[str, Any]]] = {table.name: [] for table, _ in self._template}
        for name in _unused_names(self._service, self.REFILL):
            new = self._replacements(name)
            for table, rows in self._template:
                copied[table.name] += [_copied(row, new, shift) for row in rows]
        # A tenant is stored before the account that owns it.
        tenants = self._service.database.tables.of["tenant"]
        owners = [{"tenant": row["id"], "owner": row["owner_account_id"]} for row in copied[tenants.name]]
        copied[tenants.name] = [row | {"owner_account_id": None} for row in copied[tenants.name]]
        owned = tenants.update().where(tenants.c.id == sa.bindparam("tenant"))
        with self._service.database.transaction() as connection:
            for table, _ in self._template:
                connection.execute(table.insert(), copied[table.name])
            connection.execute(owned.values(owner_account_id=sa.bindparam("owner")), owners)
        return [
            Api(self._service, self._service.base_url, key["tenant_id"], key["id"], _secret_of(key))
            for key in copied["api_keys"]
        ]

    def _replacements(self, name: str) -> dict[str, str]:
        """Return what a copy has in place of each text that is the original's alone."""
        new = {each: ids.new_id() for each in self._ids}
        new[self._key_id] = ids.new_key_id()
        # A label with more than two words is what the rules choose for an application when two are taken.
        new |= {each: f"{random_name()}-{secrets.token_hex(6)}" for each in self._labels}
        new[self._name] = name
        return new


def _unused_names(service: Service, count: int) -> list[str]:
    tenants = service.database.tables.of["tenant"]
    with service.database.engine.connect() as connection:
        # The key of a tenant stays when it is renamed.
        rows = connection.execute(sa.select(tenants.c.name, tenants.c.key))
        used = {each for row in rows for each in row}
    assert len(used) < MOST_NAMES, "the names for tenants are running out"
    names: set[str] = set()
    while len(names) < count:
        names |= {random_name()} - used
    return list(names)


def _copied(row: dict[str, Any], new: dict[str, str], shift: int) -> dict[str, Any]:
    copy = {name: new.get(value, value) if isinstance(value, str) else value for name, value in row.items()}
    for name, value in row.items():
        if isinstance(value, bytes):
            # Each key gets a secret of its own. It is sealed for the key's id.
            copy[name] = BOX.seal(
                base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode().rstrip("="), copy["id"]
            )
        elif name.endswith("_at") and value is not None:
            copy[name] = value + shift
    return copy


def _secret_of(key: dict[str, Any]) -> str:
    return BOX.open(key["secret"], key["id"])


#: By the identity of the service whose tenants they are.
_pools: dict[int, TenantPool] = {}


@contextmanager
def pooled_tenants(service: Service) -> Iterator[None]:
    """Take the service's new tenants from a pool, in this block."""
    _pools[id(service)] = TenantPool(service)
    try:
        yield
    finally:
        del _pools[id(service)]


def new_api_key(service: Service, tenant_id: str, account_id: str, status: str = "ENABLED") -> ApiKeyPair:
    """Store an API key of any account, as it may lie in a database."""
    context = context_of(service, tenant_id)
    with context.write() as unit:
        made = RULES["apiKey"].insert(context, unit, {"account_id": account_id, "status": status})
    return ApiKeyPair(made["id"], BOX.open(made["secret"], made["id"]))
