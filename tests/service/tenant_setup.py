"""Tenants of the tests' own, made the way the service makes its first one."""

from contextlib import suppress

from service.calls import Api
from stormpath.server.app import Service, now_ms
from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import NotUnique
from stormpath.server.resources import RESOURCES, RULES
from stormpath.server.schema import ids
from stormpath.server.security.encryption import SecretBox, key_from_text
from stormpath.server.security.passwords import HashGate, InsecureForTests
from stormpath.server.setup.bootstrap import create_tenant
from stormpath.server.setup.operator import (
    ApiKeyPair,
    Operator,
)

SECRET_KEY = "dGhpcyBrZXkgcHJvdGVjdHMgb25seSB0ZXN0IGRhdGE="
BOX = SecretBox(key_from_text(SECRET_KEY, "SECRET_KEY"))


def context_of(service: Service, tenant_id: str) -> RequestContext:
    gate = HashGate(InsecureForTests(), slots=2)
    declarations = {each.name: each for each in RESOURCES}
    return RequestContext(tenant_id, service.database, gate, BOX, now_ms, declarations)


def new_tenant(service: Service) -> Api:
    """Make a tenant with all that one starts with; return a caller with its owner's API key."""
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


def new_api_key(service: Service, tenant_id: str, account_id: str, status: str = "ENABLED") -> ApiKeyPair:
    """Store an API key of any account, as it may lie in a database."""
    context = context_of(service, tenant_id)
    with context.write() as unit:
        made = RULES["apiKey"].insert(context, unit, {"account_id": account_id, "status": status})
    return ApiKeyPair(made["id"], BOX.open(made["secret"], made["id"]))
