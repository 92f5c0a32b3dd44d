"""The directory of a provider in which a login finds or makes its account (rest-auth 5.3, step 1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from stormpath.server.authentication import account_stores
from stormpath.server.domain.context import Owner, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.providers.provider import OAUTH, canonical
from stormpath.server.resources.stores.store_mappings import MAPPING_KINDS, Store, store_of
from stormpath.server.schema.errors import ApiError, Code, shown


class ProviderDirectory(NamedTuple):
    """A directory, its provider, and the organization through which it was found, if it was."""

    directory: Row
    provider: Row
    organization: Row | None


def find(unit: Unit, owner: Owner, values: Values) -> ProviderDirectory:
    """Return the directory of the provider that a request names, by ``provider_id`` and account store.

    Without a store it is the first one, by list index, that the owner (an application or organization) maps.
    Raises ``ApiError``: 5114 where there is none, 7106 and 7107 where it is disabled.
    """
    provider_id = canonical(values["provider_id"])
    for directory, organization in _candidates(unit, owner, _requested(unit, owner, values)):
        provider = unit.get("provider", directory["id"])
        if provider is None or provider["provider_type"] not in OAUTH:
            continue
        if provider["provider_id"] == provider_id:
            status = None if organization is None else organization["status"]
            account_stores.check_store_statuses(directory["status"], None, status)
            return ProviderDirectory(directory, provider, organization)
    raise ApiError(
        Code.STORE_NOT_MAPPED,
        account_stores.NOT_USABLE,
        f"No directory of the provider {shown(values['provider_id'])} is assigned to this "
        f"{owner.resource.name}"
        f"{', or the accountStore is none' if store_of(values) else ''}: map one to it.",
    )


def _requested(unit: Unit, owner: Owner, values: Values) -> Store | None:
    if owner.resource.name == "application":
        return account_stores.requested_store(unit, owner.row, values, message=account_stores.NOT_USABLE)
    store = store_of(values)
    if store is not None and store not in _stores(unit, owner.resource.name, owner.id):
        raise ApiError(
            Code.STORE_NOT_MAPPED,
            account_stores.NOT_USABLE,
            "The specified Account Store is not one of the Organization's assigned Account Stores.",
        )
    return store


def _candidates(unit: Unit, owner: Owner, store: Store | None) -> Iterator[tuple[Row, Row | None]]:
    """Yield the directories to look at, in their order, each with the organization that leads to it."""
    organization = owner.row if owner.resource.name == "organization" else None
    stores = _stores(unit, owner.resource.name, owner.id) if store is None else [store]
    for each in stores:
        if each.kind == "organization":
            through = unit.get("organization", each.id)
            inside = _stores(unit, "organization", each.id) if through is not None else []
            for one in inside:
                yield from _directory(unit, one, through)
        else:
            yield from _directory(unit, each, organization)


def _directory(unit: Unit, store: Store, organization: Row | None) -> Iterator[tuple[Row, Row | None]]:
    if store.kind == "directory" and (directory := unit.get("directory", store.id)) is not None:
        yield directory, organization


def _stores(unit: Unit, owner: str, id: str) -> list[Store]:
    """Return the stores that an owner maps, by list index."""
    mapping = MAPPING_KINDS[owner]
    ids = unit.mappings.ids(mapping, id)
    rows = unit.get_many(mapping, ids)
    found = [store_of(rows[each]) for each in ids if each in rows]
    return [each for each in found if each is not None]
