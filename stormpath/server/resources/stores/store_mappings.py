"""The common part of the mappings of applications and organizations (rest-core 5.3, 5.5, 6.3, 6.4).

Both assign account stores to an owner, in an order, with two default flags. They differ in the owner, in the
kinds of stores, and in their error codes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.providers import mirrors
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import Flag, Link, Number, Resource, snake_case
from stormpath.server.schema.errors import ApiError, Code

#: The attributes that every mapping has after its two links.
COMMON_ATTRIBUTES: Final = (
    Number("listIndex", about="The position in the search for a login; 0 comes first."),
    Flag("isDefaultAccountStore", about="New accounts of the owner go to this store."),
    Flag("isDefaultGroupStore", about="New groups of the owner go to this store."),
)

FLAGS: Final = ("is_default_account_store", "is_default_group_store")

#: The kinds of mappings, by the kind of their owner.
MAPPING_KINDS: Final = {
    "application": "accountStoreMapping",
    "organization": "organizationAccountStoreMapping",
}

#: Providers of which an owner may have several directories; of any other it has one (5200, 4700).
_REPEATABLE_PROVIDERS: Final = frozenset({mirrors.CLOUD, "ldap", "ad", "saml"})

_KINDS: Final = ("directory", "group", "organization")


def default_links(mapping: str) -> tuple[Link, Link]:
    """Return an owner's links to its default mappings, which are of that kind."""
    return (
        Link(
            "defaultAccountStoreMapping",
            to=(mapping,),
            flagged="isDefaultAccountStore",
            about="The mapping of the store for new accounts; null if none can be created here.",
        ),
        Link(
            "defaultGroupStoreMapping",
            to=(mapping,),
            flagged="isDefaultGroupStore",
            about="The mapping of the store for new groups; null if none can be created here.",
        ),
    )


class Store(NamedTuple):
    """An account store: a kind of resource, and an id."""

    kind: str
    id: str

    @property
    def column(self) -> str:
        """The column of a mapping, or of a login attempt, that holds the id."""
        return f"account_store_{self.kind}_id"


def store_of(values: Values) -> Store | None:
    """Return the account store that a mapping or a body names."""
    for kind in _KINDS:
        if id := values.get(f"account_store_{kind}_id"):
            return Store(kind, id)
    return None


@dataclass(frozen=True, slots=True)
class MappingCodes:
    """The error codes of one kind of mapping."""

    mapped_twice: Code
    mirror_for_accounts: Code
    mirror_group_for_accounts: Code
    mirror_for_groups: Code
    group_for_groups: Code
    provider_twice: Code


class StoreMappingRules(Rules):
    """List indexes stay 0..n-1; each default flag is set on at most one mapping of an owner."""

    def __init__(self, resource: Resource, owner: str, codes: MappingCodes) -> None:
        super().__init__(resource)
        self.owner: Final = owner
        self._owner_column: Final = f"{snake_case(owner)}_id"
        self._codes: Final = codes

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        self._check_flags(unit, values)
        owner_id = values[self._owner_column]
        unit.lock(self.owner, owner_id)
        others = unit.mappings.ids(self.resource.name, owner_id)
        self._check_store(unit, values, others)
        self._clear_flags(unit, owner_id, values)
        list_index = values.get("list_index")
        row = super().insert(context, unit, {**values, "list_index": len(others)})
        order = _inserted(others, row["id"], len(others) if list_index is None else list_index)
        unit.mappings.renumber(self.resource.name, order)
        return self._reread(unit, row["id"])

    def change(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        self._check_flags(unit, {**row, **changes})
        owner_id = row[self._owner_column]
        unit.lock(self.owner, owner_id)
        row = self._reread(unit, row["id"])
        # A flag that the row has already is not cleared and set again: that would count as a change.
        new_flags = {flag: changes.get(flag) and not row[flag] for flag in FLAGS}
        self._clear_flags(unit, owner_id, new_flags)
        changes = dict(changes)
        if (list_index := changes.pop("list_index", None)) is not None:
            others = [each for each in unit.mappings.ids(self.resource.name, owner_id) if each != row["id"]]
            # The row's own index is a change like others, so that modifiedAt is set.
            changes["list_index"] = max(0, min(list_index, len(others)))
            unit.mappings.renumber(self.resource.name, _inserted(others, row["id"], list_index))
        return super().change(context, unit, row, changes)

    def remove(self, context: RequestContext, unit: Unit, row: Row) -> None:
        owner_id = row[self._owner_column]
        unit.lock(self.owner, owner_id)
        super().remove(context, unit, row)
        close_gaps(unit, {self.owner: [owner_id]})

    def not_unique(self, column: str) -> ApiError:
        if column.startswith("account_store"):
            return ApiError(
                self._codes.mapped_twice, f"That account store is assigned to this {self.owner} already."
            )
        # Two concurrent requests set the same default flag: the second one gets this error.
        return ApiError(
            Code.CONFLICT, f"The default store of this {self.owner} has just been changed. Please try again."
        )

    def _check_flags(self, unit: Unit, values: Values) -> None:
        """Refuse a default store in which accounts or groups cannot be created."""
        for_accounts, for_groups = (bool(values.get(flag)) for flag in FLAGS)
        store = store_of(values)
        if store is None or store.kind == "organization" or not (for_accounts or for_groups):
            return
        if for_groups and store.kind == "group":
            raise ApiError(
                self._codes.group_for_groups,
                "A group cannot be the default group store.",
                "isDefaultGroupStore can be true for a directory only: groups do not hold groups.",
            )
        if _is_mirror(unit, store):
            raise self._mirror_error(store, for_accounts)

    def _mirror_error(self, store: Store, for_accounts: bool) -> ApiError:
        codes = self._codes
        for_mirror = codes.mirror_group_for_accounts if store.kind == "group" else codes.mirror_for_accounts
        return ApiError(
            for_mirror if for_accounts else codes.mirror_for_groups,
            "A mirror directory cannot be a default store.",
            f"A mirror directory takes its accounts and groups from its source: the {self.owner} cannot "
            "create any in it. Leave the default flags of its mappings false.",
        )

    def _check_store(self, unit: Unit, values: Values, others: Iterable[str]) -> None:
        """Refuse a store that is mapped already, or the second directory of a social provider."""
        store = store_of(values)
        if store is None:
            return
        mapped = [store_of(each) for each in unit.get_many(self.resource.name, others).values()]
        if store in mapped:
            raise self.not_unique(store.column)
        if store.kind == "directory":
            directories = [each.id for each in mapped if each is not None and each.kind == "directory"]
            self._check_provider(unit, store.id, directories)

    def _check_provider(self, unit: Unit, directory_id: str, mapped: Iterable[str]) -> None:
        """Refuse a second directory of one provider, unless an owner may have several of it."""
        provider = mirrors.provider_id(unit, directory_id)
        if provider in _REPEATABLE_PROVIDERS:
            return
        if any(mirrors.provider_id(unit, each) == provider for each in mapped):
            raise ApiError(
                self._codes.provider_twice,
                f"The {self.owner} has a directory of the provider '{provider}' already.",
            )

    def _clear_flags(self, unit: Unit, owner_id: str, values: Values) -> None:
        for flag in FLAGS:
            if values.get(flag):
                unit.mappings.clear_flag(self.resource.name, owner_id, flag)


#: Ids of owners of mappings, by their kind.
Owners = dict[str, list[str]]


def lock_owners(unit: Unit, kind: str, id: str) -> Owners:
    """Lock the mapping lists that contain a store until the unit ends; return the lists' owners."""
    owners = {owner: unit.mappings.owners(mapping, kind, id) for owner, mapping in MAPPING_KINDS.items()}
    for owner, ids in owners.items():
        for each in ids:
            unit.lock(owner, each)
    return owners


def close_gaps(unit: Unit, owners: Owners) -> None:
    """Renumber the mappings of owners of which one mapping has just been deleted."""
    for owner, ids in owners.items():
        mapping = MAPPING_KINDS[owner]
        for each in ids:
            unit.mappings.renumber(mapping, unit.mappings.ids(mapping, each))


def _is_mirror(unit: Unit, store: Store) -> bool:
    if store.kind == "directory":
        return mirrors.is_mirror(unit, store.id)
    group = unit.get("group", store.id)
    return group is not None and mirrors.is_mirror(unit, group["directory_id"])


def _inserted(others: list[str], id: str, index: Any) -> list[str]:
    position = max(0, min(int(index), len(others)))
    return [*others[:position], id, *others[position:]]
