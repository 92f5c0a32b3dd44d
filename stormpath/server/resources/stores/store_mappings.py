"""What the mappings of applications and of organizations have in common (rest-core 5.3, 5.5, 6.3, 6.4).

Both assign account stores to an owner, in an order, with two default flags. They differ in the owner, in the
kinds of stores, and in the codes they refuse with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from stormpath.server.domain.context import (
    RequestContext,
    Values,
)
from stormpath.server.domain.storage import (
    Row,
    Unit,
)
from stormpath.server.resources.providers import mirrors
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import (
    Flag,
    Link,
    Number,
    Resource,
    snake_case,
)
from stormpath.server.schema.errors import (
    ApiError,
    Code,
)

#: The attributes that every mapping has after its two links.
COMMON: Final = (
    Number("listIndex", about="The priority when a login is looked up; 0 comes first."),
    Flag("isDefaultAccountStore", about="New accounts of the owner go to this store."),
    Flag("isDefaultGroupStore", about="New groups of the owner go to this store."),
)

FLAGS: Final = ("is_default_account_store", "is_default_group_store")

#: The kinds of mappings, by what they belong to.
OF_OWNER: Final = {"application": "accountStoreMapping", "organization": "organizationAccountStoreMapping"}

#: Directories of these may stand beside each other; of any other provider an owner has one (5200, 4700).
_REPEATABLE: Final = frozenset({mirrors.CLOUD, "ldap", "ad", "saml"})

_KINDS: Final = ("directory", "group", "organization")


def default_links(mapping: str) -> tuple[Link, Link]:
    """Return an owner's links to those of its mappings, of that kind, whose default flags are set."""
    return (
        Link(
            "defaultAccountStoreMapping",
            to=(mapping,),
            flagged="isDefaultAccountStore",
            about="Where new accounts go; null when they cannot be created here.",
        ),
        Link(
            "defaultGroupStoreMapping",
            to=(mapping,),
            flagged="isDefaultGroupStore",
            about="Where new groups go; null when they cannot be created here.",
        ),
    )


class Store(NamedTuple):
    """What a mapping assigns: a kind of resource and its id."""

    kind: str
    id: str

    @property
    def column(self) -> str:
        """The column of a mapping, or of a login, that holds the id."""
        return f"account_store_{self.kind}_id"


def store_of(values: Values) -> Store | None:
    """Return the account store that a mapping or a body names."""
    for kind in _KINDS:
        if id := values.get(f"account_store_{kind}_id"):
            return Store(kind, id)
    return None


@dataclass(frozen=True, slots=True)
class MappingCodes:
    """What a kind of mapping refuses with."""

    mapped_twice: Code
    mirror_for_accounts: Code
    mirror_group_for_accounts: Code
    mirror_for_groups: Code
    group_for_groups: Code
    provider_twice: Code


class StoreMappingRules(Rules):
    """List indexes stay 0..n-1, and each default flag is set on one mapping of an owner at the most."""

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
        self._make_room_for_flags(unit, owner_id, values)
        wanted = values.get("list_index")
        row = super().insert(context, unit, {**values, "list_index": len(others)})
        order = _moved(others, row["id"], len(others) if wanted is None else wanted)
        unit.mappings.renumber(self.resource.name, order)
        return self._reread(unit, row["id"])

    def change(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        self._check_flags(unit, {**row, **changes})
        owner_id = row[self._owner_column]
        unit.lock(self.owner, owner_id)
        row = self._reread(unit, row["id"])
        # A flag that it has already is not taken from it to be given back: that would be no change.
        new_flags = {flag: changes.get(flag) and not row[flag] for flag in FLAGS}
        self._make_room_for_flags(unit, owner_id, new_flags)
        changes = dict(changes)
        if (wanted := changes.pop("list_index", None)) is not None:
            others = [each for each in unit.mappings.ids(self.resource.name, owner_id) if each != row["id"]]
            # The row itself is given its place first, so that the change shows in modifiedAt.
            changes["list_index"] = max(0, min(wanted, len(others)))
            unit.mappings.renumber(self.resource.name, _moved(others, row["id"], wanted))
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
        # Two requests at once set the same default flag: the loser is told to look again.
        return ApiError(
            Code.CONFLICT, f"The default store of this {self.owner} has just been changed. Please try again."
        )

    def _check_flags(self, unit: Unit, values: Values) -> None:
        """Refuse a default store that cannot take what would be sent to it."""
        for_accounts, for_groups = (bool(values.get(flag)) for flag in FLAGS)
        store = store_of(values)
        if store is None or store.kind == "organization" or not (for_accounts or for_groups):
            return
        in_group = store.kind == "group"
        if for_groups and in_group:
            raise ApiError(
                self._codes.group_for_groups,
                "A group cannot be the default group store.",
                "isDefaultGroupStore can be true for a directory only: groups do not hold groups.",
            )
        if not _is_mirror(unit, store):
            return
        codes = self._codes
        for_mirror = codes.mirror_group_for_accounts if in_group else codes.mirror_for_accounts
        raise ApiError(
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
        if store.kind != "directory":
            return
        provider = mirrors.provider_id(unit, store.id)
        if provider in _REPEATABLE:
            return
        beside = (each.id for each in mapped if each is not None and each.kind == "directory")
        if any(mirrors.provider_id(unit, each) == provider for each in beside):
            raise ApiError(
                self._codes.provider_twice,
                f"The {self.owner} has a directory of the provider '{provider}' already.",
            )

    def _make_room_for_flags(self, unit: Unit, owner_id: str, values: Values) -> None:
        for flag in FLAGS:
            if values.get(flag):
                unit.mappings.clear_flag(self.resource.name, owner_id, flag)


#: Ids of owners of mappings, by their kind.
Owners = dict[str, list[str]]


def lock_owners(unit: Unit, kind: str, id: str) -> Owners:
    """Keep the lists that a store is in from changing until the unit ends; return whose they are."""
    owners = {owner: unit.mappings.owners(mapping, kind, id) for owner, mapping in OF_OWNER.items()}
    for owner, ids in owners.items():
        for each in ids:
            unit.lock(owner, each)
    return owners


def close_gaps(unit: Unit, owners: Owners) -> None:
    """Renumber the mappings of owners that have just lost one."""
    for owner, ids in owners.items():
        mapping = OF_OWNER[owner]
        for each in ids:
            unit.mappings.renumber(mapping, unit.mappings.ids(mapping, each))


def _is_mirror(unit: Unit, store: Store) -> bool:
    if store.kind == "directory":
        return mirrors.is_mirror(unit, store.id)
    group = unit.get("group", store.id)
    return group is not None and mirrors.is_mirror(unit, group["directory_id"])


def _moved(others: list[str], id: str, index: Any) -> list[str]:
    place = max(0, min(int(index), len(others)))
    return [*others[:place], id, *others[place:]]
