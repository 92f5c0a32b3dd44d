"""The same work whether an account exists or not: the time that a request takes must not tell.

A request for an e-mail does this with an account: it locks and reads it, asks for its limits, keeps the
idempotency key, composes and encrypts an e-mail, and writes. A request that sends none does all of that too,
with decoys: rows that nothing reads, and that the next clean-up deletes, after some hundreds at most.
"""

from __future__ import annotations

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.mail import rate_limits
from stormpath.server.schema import ids
from stormpath.server.schema.errors import ApiError, not_found


def locked(unit: Unit, account_id: str | None) -> Row | None:
    """Lock an account and return it as it is now, or ``None`` if it is gone or there is none."""
    if account_id is None or not unit.lock("account", account_id):
        return None
    return unit.get("account", account_id)


def stand_in(unit: Unit) -> Row:
    """Return an account that decoys belong to where there is none: that of the tenant's owner.

    As many statements as ``locked``. It is not locked: others who wait for it would tell.
    """
    tenant = unit.get("tenant", unit.tenant_id)
    account = None if tenant is None else unit.get("account", tenant["owner_account_id"])
    if account is None:
        raise not_found()
    return account


def refusal(
    context: RequestContext, unit: Unit, account: Row, kind: str, *, is_real: bool
) -> ApiError | None:
    """Return what ``rate_limits.refusal`` does; where the account stands in for none, ask for nothing's."""
    if is_real:
        return rate_limits.refusal(context, unit, account, kind)
    unknown = {**account, "id": ids.new_token(), "email": f"{ids.new_token()}@invalid", "directory_id": ""}
    return rate_limits.refusal(context, unit, unknown, kind)
