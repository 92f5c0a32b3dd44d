"""Whether an account may act as an administrator: it could log in to the service's own application now."""

from __future__ import annotations

from typing import NamedTuple

from stormpath.server.authentication import account_stores
from stormpath.server.domain.api_keys import SEPARATE
from stormpath.server.domain.logins import Login
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.schema.errors import ApiError
from stormpath.server.schema.query import fold


class AdministratorLogin(NamedTuple):
    """An administrator's account and its tenant.

    It ``is_separate`` when it may not act for others (``resources/policies/administrators.py``).
    """

    account: Row
    tenant: Row
    is_separate: bool


def own_application(unit: Unit) -> Row | None:
    """Return the application that stands for the service itself, whose accounts are the administrators."""
    return unit.find("application", protected=True)


def find(unit: Unit, account_id: str) -> AdministratorLogin | None:
    """Return the account with its tenant, if it may act as an administrator; four statements."""
    account = unit.get("account", account_id)
    tenant = unit.get("tenant", unit.tenant_id)
    application = own_application(unit)
    if account is None or tenant is None or application is None:
        return None
    if not any(_may_log_in(unit, application, account, name) for name in _names(account)):
        return None
    is_separate = tenant["administrators"] == SEPARATE and tenant["owner_account_id"] != account_id
    return AdministratorLogin(account, tenant, is_separate)


def _names(account: Row) -> list[str]:
    # One of them may lead to an account of a store before this one.
    return list(dict.fromkeys((fold(account["username"]), fold(account["email"]))))


def _may_log_in(unit: Unit, application: Row, account: Row, name: str) -> bool:
    found = unit.logins.find(application["id"], name, None)
    return found is not None and found.account_id == account["id"] and _is_enabled(found)


def _is_enabled(found: Login) -> bool:
    try:
        account_stores.check_store_statuses(
            found.directory_status, found.group_status, found.organization_status
        )
        account_stores.check_account_status(found.account_status)
    except ApiError:
        return False
    return True
