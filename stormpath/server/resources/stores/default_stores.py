"""The default stores of applications and organizations, for new accounts and groups (rest-core 6.3)."""

from __future__ import annotations

from typing import Final, NamedTuple

from stormpath.server.domain.context import Owner, RequestContext
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.stores.store_mappings import MAPPING_KINDS, Store, store_of
from stormpath.server.schema import DISABLED
from stormpath.server.schema.errors import ApiError, Code, not_found

ACCOUNTS: Final = "defaultAccountStoreMapping"
GROUPS: Final = "defaultGroupStoreMapping"


class _ErrorCodes(NamedTuple):
    missing: Code
    disabled: Code


#: Error codes by the kind of the owner and the link to its default mapping. The last two apply if the default
#: store of an application is an organization whose own default store cannot be used.
_CODES: Final = {
    ("application", ACCOUNTS): _ErrorCodes(
        Code.NO_DEFAULT_ACCOUNT_STORE, Code.DEFAULT_ACCOUNT_STORE_DISABLED
    ),
    ("application", GROUPS): _ErrorCodes(Code.NO_DEFAULT_GROUP_STORE, Code.DEFAULT_GROUP_STORE_DISABLED),
    ("organization", ACCOUNTS): _ErrorCodes(
        Code.ORGANIZATION_NO_ACCOUNT_STORE, Code.ORGANIZATION_ACCOUNT_STORE_DISABLED
    ),
    ("organization", GROUPS): _ErrorCodes(
        Code.ORGANIZATION_NO_GROUP_STORE, Code.ORGANIZATION_GROUP_STORE_DISABLED
    ),
    ("delegated", ACCOUNTS): _ErrorCodes(
        Code.DEFAULT_ORGANIZATION_NO_ACCOUNT_STORE, Code.DEFAULT_ORGANIZATION_ACCOUNT_STORE_DISABLED
    ),
    ("delegated", GROUPS): _ErrorCodes(
        Code.DEFAULT_ORGANIZATION_NO_GROUP_STORE, Code.DEFAULT_ORGANIZATION_GROUP_STORE_DISABLED
    ),
}


def apply_to(owner: Owner) -> bool:
    """Tell whether accounts and groups created under the owner go to its default stores."""
    return owner.resource.name in MAPPING_KINDS


def for_accounts(context: RequestContext, owner: Owner) -> Owner:
    """Return the directory or group in which the owner's new accounts are created."""
    return _usable_store(context, owner, ACCOUNTS)


def for_groups(context: RequestContext, owner: Owner) -> Owner:
    """Return the directory in which the owner's new groups are created."""
    return _usable_store(context, owner, GROUPS)


def mapped(context: RequestContext, owner: Owner, store: Store) -> Owner:
    """Return the store that a new account is to be created in; refuse one that the owner does not map."""
    kind = MAPPING_KINDS[owner.resource.name]
    with context.read() as unit:
        mappings = unit.get_many(kind, unit.mappings.ids(kind, owner.id)).values()
        row = unit.get(store.kind, store.id)
    if row is None or store not in map(store_of, mappings):
        raise ApiError(
            Code.LINK_NOT_PERMITTED,
            f"The specified Account Store is not one of the {owner.resource.title}'s assigned Account "
            "Stores.",
        )
    return Owner(context.resources[store.kind], row)


def resolve(context: RequestContext, unit: Unit, owner: Owner, link: str) -> list[Owner]:
    """Return the default store of the owner; after an organization, the organization's default store.

    Empty if there is none.
    """
    store = _default_store(context, unit, owner, link)
    if store is None:
        return []
    return [store, *resolve(context, unit, store, link)] if apply_to(store) else [store]


def is_disabled(unit: Unit, store: Owner) -> bool:
    """Tell whether a store takes nothing: it is disabled, or its directory is."""
    if store.row["status"] == DISABLED:
        return True
    if store.resource.name != "group":
        return False
    directory = unit.get("directory", store.row["directory_id"])
    return directory is None or bool(directory["status"] == DISABLED)


def _usable_store(context: RequestContext, owner: Owner, link: str) -> Owner:
    with context.read() as unit:
        stores = resolve(context, unit, owner, link)
        kind, mapping_owner = owner.resource.name, owner
        for store in stores:
            if is_disabled(unit, store):
                reason = f"the store of its {link} is DISABLED."
                raise _store_error(_CODES[kind, link].disabled, owner, mapping_owner, reason)
            kind, mapping_owner = "delegated", store
    if not stores or apply_to(stores[-1]):
        reason = f"it has no {link}: map a store to it with that default flag set."
        raise _store_error(_CODES[kind, link].missing, owner, mapping_owner, reason)
    return stores[-1]


def _store_error(code: Code, owner: Owner, mapping_owner: Owner, reason: str) -> ApiError:
    return ApiError(
        code,
        f"The {owner.resource.name} '{owner.row['name']}' cannot take it.",
        f"The {mapping_owner.resource.name} '{mapping_owner.row['name']}' cannot take it; {reason}",
    )


def _default_store(context: RequestContext, unit: Unit, owner: Owner, link: str) -> Owner | None:
    mapping_kind = MAPPING_KINDS[owner.resource.name]
    mapping_id = owner.row[owner.resource.link(link).column_of(mapping_kind)]
    mapping = unit.get(mapping_kind, mapping_id) if mapping_id else None
    return None if mapping is None else _mapped_store(context, unit, mapping)


def _mapped_store(context: RequestContext, unit: Unit, mapping: Row) -> Owner:
    store = store_of(mapping)
    row = None if store is None else unit.get(store.kind, store.id)
    if store is None or row is None:
        # A mapping is deleted with its store: both have just been deleted.
        raise not_found()
    return Owner(context.resources[store.kind], row)
