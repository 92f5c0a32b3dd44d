"""Where accounts and groups go that are created through an application or an organization (rest-core 6.3)."""

from __future__ import annotations

from typing import Final, NamedTuple

from stormpath.server.domain.context import (
    Owner,
    RequestContext,
)
from stormpath.server.domain.storage import (
    Row,
    Unit,
)
from stormpath.server.resources.stores.store_mappings import (
    OF_OWNER,
    store_of,
)
from stormpath.server.schema import DISABLED
from stormpath.server.schema.errors import (
    ApiError,
    Code,
    not_found,
)

ACCOUNTS: Final = "defaultAccountStoreMapping"
GROUPS: Final = "defaultGroupStoreMapping"


class _Codes(NamedTuple):
    missing: Code
    disabled: Code


#: What is refused with, by the kind of owner and its default; the last two where the default store of an
#: application is an organization, which in turn cannot take it.
_CODES: Final = {
    ("application", ACCOUNTS): _Codes(Code.NO_DEFAULT_ACCOUNT_STORE, Code.DEFAULT_ACCOUNT_STORE_DISABLED),
    ("application", GROUPS): _Codes(Code.NO_DEFAULT_GROUP_STORE, Code.DEFAULT_GROUP_STORE_DISABLED),
    ("organization", ACCOUNTS): _Codes(
        Code.ORGANIZATION_NO_ACCOUNT_STORE, Code.ORGANIZATION_ACCOUNT_STORE_DISABLED
    ),
    ("organization", GROUPS): _Codes(
        Code.ORGANIZATION_NO_GROUP_STORE, Code.ORGANIZATION_GROUP_STORE_DISABLED
    ),
    ("delegated", ACCOUNTS): _Codes(
        Code.DEFAULT_ORGANIZATION_NO_ACCOUNT_STORE, Code.DEFAULT_ORGANIZATION_ACCOUNT_STORE_DISABLED
    ),
    ("delegated", GROUPS): _Codes(
        Code.DEFAULT_ORGANIZATION_NO_GROUP_STORE, Code.DEFAULT_ORGANIZATION_GROUP_STORE_DISABLED
    ),
}


def routes(owner: Owner) -> bool:
    """Tell whether what is created under the owner goes to a default store of it."""
    return owner.resource.name in OF_OWNER


def for_accounts(context: RequestContext, owner: Owner) -> Owner:
    """Return the directory or group in which the owner's new accounts are made."""
    return _usable(context, owner, ACCOUNTS)


def for_groups(context: RequestContext, owner: Owner) -> Owner:
    """Return the directory in which the owner's new groups are made."""
    return _usable(context, owner, GROUPS)


def path(context: RequestContext, unit: Unit, owner: Owner, link: str) -> list[Owner]:
    """Return the default store of the owner; where that is an organization, the organization's after it.

    Empty when there is none.
    """
    store = _store(context, unit, owner, link)
    if store is None:
        return []
    return [store, *path(context, unit, store, link)] if routes(store) else [store]


def is_disabled(unit: Unit, store: Owner) -> bool:
    """Tell whether a store takes nothing: it is disabled, or the directory it is in."""
    if store.row["status"] == DISABLED:
        return True
    if store.resource.name != "group":
        return False
    directory = unit.get("directory", store.row["directory_id"])
    return directory is None or bool(directory["status"] == DISABLED)


def _usable(context: RequestContext, owner: Owner, link: str) -> Owner:
    with context.read() as unit:
        stores = path(context, unit, owner, link)
        kind, giver = owner.resource.name, owner
        for store in stores:
            if is_disabled(unit, store):
                raise _refusal(
                    _CODES[kind, link].disabled, owner, f"the store of its {link} is DISABLED.", giver
                )
            kind, giver = "delegated", store
    if not stores or routes(stores[-1]):
        advice = f"it has no {link}: map a store to it with that default flag set."
        raise _refusal(_CODES[kind, link].missing, owner, advice, giver)
    return stores[-1]


def _refusal(code: Code, owner: Owner, why: str, giver: Owner) -> ApiError:
    return ApiError(
        code,
        f"The {owner.resource.name} '{owner.row['name']}' cannot take it.",
        f"The {giver.resource.name} '{giver.row['name']}' cannot take it; {why}",
    )


def _store(context: RequestContext, unit: Unit, owner: Owner, link: str) -> Owner | None:
    mapping_kind = OF_OWNER[owner.resource.name]
    mapping_id = owner.row[owner.resource.link(link).column_of(mapping_kind)]
    mapping = unit.get(mapping_kind, mapping_id) if mapping_id else None
    return None if mapping is None else _owner_of(context, unit, mapping)


def _owner_of(context: RequestContext, unit: Unit, mapping: Row) -> Owner:
    store = store_of(mapping)
    row = None if store is None else unit.get(store.kind, store.id)
    if store is None or row is None:
        # A mapping goes with its store: both have just been deleted.
        raise not_found()
    return Owner(context.resources[store.kind], row)
