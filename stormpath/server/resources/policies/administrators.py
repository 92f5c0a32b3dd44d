"""The administrators' directory: fixed workflows, and what only the tenant's owner may do (rest-core 6.18).

In a tenant whose ``administrators`` are ``separate``, an API key of an administrator who is not the owner
acts for that administrator alone. Keys, passwords and addresses of other administrators would let it act for
them, so these are read and changed with the administrator's own keys, or with the owner's. In a tenant where
they are ``shared``, as they were in all tenants once, every administrator's key may do everything.
"""

from __future__ import annotations

from typing import Final

from stormpath.server.domain.api_keys import SEPARATE
from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.logs.loggers import get_logger
from stormpath.server.schema.errors import ApiError, Code

#: What an account proves its identity with, and whether it may: by column, and ``password`` as submitted.
IDENTITY: Final = frozenset({"username", "email", "password", "password_hash", "status"})

_log: Final = get_logger(__name__)


def refuse_administrators(unit: Unit, directory_id: str) -> None:
    """Refuse to change a policy or a workflow of the directory that holds the tenant's administrators."""
    directory = unit.get("directory", directory_id)
    if directory is not None and directory["protected"]:
        raise ApiError(
            Code.FORBIDDEN,
            f"The policies of the directory '{directory['name']}' are fixed.",
            f"The directory '{directory['name']}' is part of the service itself: its policies and workflows "
            "cannot be changed.",
        )


def is_another(context: RequestContext, unit: Unit, account_id: str) -> bool:
    """Tell whether an account is of an administrator from whom the caller is separate.

    Costs no query where the caller is the owner, or the tenant's administrators are shared.
    """
    if not context.caller_is_separate or context.caller_account_id == account_id:
        return False
    account = unit.get("account", account_id)
    directory = None if account is None else unit.get("directory", account["directory_id"])
    # One that has just been deleted may have been an administrator.
    return directory is None or bool(directory["protected"])


def refuse_another(context: RequestContext, unit: Unit, account_id: str) -> None:
    """Refuse to act for an administrator from whom the caller is separate."""
    if is_another(context, unit, account_id):
        raise _owner_only("This belongs to another administrator.")


def refuse_identity_of_another(context: RequestContext, row: Row, changes: Values) -> None:
    """Refuse to change what another administrator logs in with; other attributes may be changed."""
    if context.caller_is_separate and any(
        column in changes and changes[column] != row.get(column) for column in IDENTITY
    ):
        with context.read() as unit:
            refuse_another(context, unit, row["id"])


def refuse_separate(context: RequestContext, what: str) -> None:
    """Refuse what would let a caller log in as another administrator: it is the owner's to do.

    ``what`` is about to be changed.
    """
    if context.caller_is_separate:
        raise _owner_only(f"{what} decides who can log in as an administrator.")


def refuse_open(unit: Unit, kind: str, store_id: str, place: str) -> None:
    """Refuse to let administrators log in elsewhere than in the service's own application.

    ``kind`` is that of the account store which is about to be mapped, ``place`` says where. Where the
    tenant's administrators are shared, that is only logged: clients may have relied on it.
    """
    if not _holds_administrators(unit, kind, store_id):
        return
    tenant = unit.get("tenant", unit.tenant_id)
    if tenant is not None and tenant["administrators"] == SEPARATE:
        raise ApiError(
            Code.FORBIDDEN,
            "The administrators log in to the service's own application only.",
            f"The account store holds administrators of the tenant: it cannot be mapped to {place}, where "
            "their passwords could be tried and reset. The tenant's administrators are 'separate'.",
        )
    _log.warning(
        "Administrators of the tenant %s can log in to %s from now on, and their passwords be tried and "
        "reset there. A tenant whose administrators are 'separate' refuses this.",
        unit.tenant_id,
        place,
    )


def warn_of_open(unit: Unit) -> None:
    """Log each application but the service's own that the administrators' directory is mapped to."""
    for kind, row in open_places(unit):
        _log.warning(
            "Administrators of the tenant %s can log in to the %s '%s', and their passwords be tried and "
            "reset there: delete its mapping to the administrators' directory, or to a group of it.",
            unit.tenant_id,
            kind,
            row["name"],
        )


def open_places(unit: Unit) -> list[tuple[str, Row]]:
    """Return where the tenant's administrators may log in besides the service itself: kinds and rows.

    Those are the applications and organizations that map the administrators' directory or a group of it.
    """
    directory = unit.find("directory", tenant_id=unit.tenant_id, protected=True)
    if directory is None:
        return []
    applications = unit.mappings.owners("accountStoreMapping", "directory", directory["id"])
    organizations = unit.mappings.owners("organizationAccountStoreMapping", "directory", directory["id"])
    found = [
        ("application", each)
        for each in (unit.get_many("application", applications).values() if applications else ())
        if not each["protected"]
    ]
    if organizations:
        found += [("organization", each) for each in unit.get_many("organization", organizations).values()]
    return found


def _holds_administrators(unit: Unit, kind: str, store_id: str) -> bool:
    if kind == "organization":
        directory = unit.find("directory", tenant_id=unit.tenant_id, protected=True)
        return directory is not None and store_id in unit.mappings.owners(
            "organizationAccountStoreMapping", "directory", directory["id"]
        )
    store = unit.get(kind, store_id)
    if store is not None and kind == "group":
        store = unit.get("directory", store["directory_id"])
    return store is not None and bool(store["protected"])


def _owner_only(message: str) -> ApiError:
    return ApiError(
        Code.FORBIDDEN,
        message,
        "The tenant's administrators are 'separate': use an API key of the account itself, or one of the "
        "account that owns the tenant.",
    )
