"""Group: a role, a label or an account store (rest-core 5.9)."""

from __future__ import annotations

from typing import Final

from stormpath.server.domain.context import Owner, RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.providers import mirrors
from stormpath.server.resources.rules import Rules, effective_changes
from stormpath.server.resources.stores import default_stores, store_mappings
from stormpath.server.schema import (
    DISABLED,
    ENABLED,
    TENANT_LINK,
    Choice,
    Collection,
    CustomData,
    Link,
    Resource,
    Text,
)

GROUP: Final = Resource(
    "group",
    "groups",
    (
        Text(
            "name",
            required=True,
            min_length=1,
            unique_within=("directory_id",),
            searchable=True,
            about="The display name, unique in the directory.",
        ),
        Text("description", max_length=1000, searchable=True),
        Choice(
            "status",
            choices=(ENABLED, DISABLED),
            default=ENABLED,
            searchable=True,
            about="Accounts cannot log in through a mapped group that is DISABLED.",
        ),
        CustomData(),
        Link("directory", to=("directory",), nullable=False, fixed=True, about="The directory it is in."),
        TENANT_LINK,
        Collection("accounts", of="account", searches_custom_data=True),
        Collection("accountMemberships", of="groupMembership", counted=True),
        Collection("applications", of="application"),
    ),
    about="A named set of accounts of one directory.",
    top_level=("GET",),
    text_index=True,
)


class GroupRules(Rules):
    """A group that an application or organization creates goes to its default group store."""

    def place(self, context: RequestContext, owner: Owner) -> Owner:
        store = default_stores.for_groups(context, owner) if default_stores.apply_to(owner) else owner
        return mirrors.refuse_creation(context, store)

    def change(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        mirrors.refuse_changes(unit, row["directory_id"], effective_changes(row, changes))
        return super().change(context, unit, row, changes)

    def remove(self, context: RequestContext, unit: Unit, row: Row) -> None:
        mirrors.refuse_mirrored(unit, row["directory_id"])
        self.erase(context, unit, row)

    def copy(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        """Store what the source of a mirror directory tells about a group of it."""
        return super().change(context, unit, row, changes)

    def erase(self, context: RequestContext, unit: Unit, row: Row) -> None:
        """Remove a group that the source of its mirror directory has no more."""
        owners = store_mappings.lock_owners(unit, "group", row["id"])
        super().remove(context, unit, row)
        store_mappings.close_gaps(unit, owners)


RULES: Final = GroupRules(GROUP)
