"""Tenants of the tests' own, made the way the service makes its first one."""

from contextlib import suppress

from service.calls import Api
from stormpath.server import ids
from stormpath.server.app import Service, now_ms
from stormpath.server.contract import NotUnique
from stormpath.server.first_run import make_tenant
from stormpath.server.operator import ApiKeyPair, Operator
from stormpath.server.resources import RESOURCES, RULES
from stormpath.server.security.encryption import SecretBox, key_from_text
from stormpath.server.security.passwords import HashGate, InsecureForTests
from stormpath.server.work import Work

SECRET_KEY = "dGhpcyBrZXkgcHJvdGVjdHMgb25seSB0ZXN0IGRhdGE="
BOX = SecretBox(key_from_text(SECRET_KEY, "SECRET_KEY"))


def work_of(service: Service, tenant_id: str) -> Work:
    gate = HashGate(InsecureForTests(), slots=2)
    declarations = {each.name: each for each in RESOURCES}
    return Work(tenant_id, service.database, gate, BOX, now_ms, declarations)


def new_tenant(service: Service) -> Api:
    """Make a tenant with all that one starts with; return a caller with its owner's API key."""
    work = _stored_tenant(service)
    operator = Operator(service.database, BOX, work)
    key = operator.new_api_key(operator.owner().account_id)
    return Api(service, service.base_url, work.tenant_id, key.id, key.secret)


def _stored_tenant(service: Service) -> Work:
    while True:
        work = work_of(service, ids.new_id())
        # Two words name a tenant, and among the hundreds of ours the same two come up again.
        with suppress(NotUnique), work.write() as unit:
            make_tenant(work, unit)
            return work


def new_api_key(service: Service, tenant_id: str, account_id: str, status: str = "ENABLED") -> ApiKeyPair:
    """Store an API key of any account, as it may lie in a database."""
    work = work_of(service, tenant_id)
    with work.write() as unit:
        made = RULES["apiKey"].insert(work, unit, {"account_id": account_id, "status": status})
    return ApiKeyPair(made["id"], BOX.open(made["secret"], made["id"]))
