"""The same work whether an account exists or not: the time that a request takes must not tell.

A request for an e-mail does this with an account: it locks and reads it, asks for its limits, keeps the
idempotency key, composes and encrypts an e-mail, and writes. A request that sends none does all of that too,
with decoys: rows that nothing reads, and that the next clean-up deletes, after some hundreds at most.
"""

from __future__ import annotations

from typing import Final

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.mail import rate_limits
from stormpath.server.schema.errors import ApiError, not_found

#: The id of no account.
_NO_ID: Final = ""


def usual_directory(unit: Unit, application: Row) -> str:
    """Return the id of an application's default directory, in whose counts unknown accounts are looked up.

    One statement. It is empty where there is no default store, or none that is a directory.
    """
    mapping = unit.get("accountStoreMapping", application["default_account_store_mapping_id"] or _NO_ID)
    return str((mapping or {}).get("account_store_directory_id") or _NO_ID)


def locked_or_stand_in(unit: Unit, account_id: str | None) -> tuple[Row, bool]:
    """Lock an account and return it as it is now, and whether there is one.

    Where there is none, return an account that decoys can belong to: that of the tenant's owner, which is not
    locked, because others who wait for it would tell. The same statements in both cases.
    """
    is_locked = unit.lock("account", _NO_ID if account_id is None else account_id)
    tenant = unit.get("tenant", unit.tenant_id)
    owner_id = _NO_ID if tenant is None else tenant["owner_account_id"]
    account = unit.get("account", account_id if is_locked and account_id is not None else owner_id)
    if account is None:
        # The tenant has just been deleted.
        raise not_found()
    return account, is_locked


def refusal(
    context: RequestContext, unit: Unit, account: Row, kind: str, usual_directory_id: str, *, is_real: bool
) -> ApiError | None:
    """Return what ``rate_limits.refusal`` does; for an account that stands in, ask for those of none."""
    if is_real:
        return rate_limits.refusal(context, unit, account, kind)
    rate_limits.pretend(context, unit, usual_directory_id, kind)
    return None
