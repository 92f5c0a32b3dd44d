"""Directory: where accounts and groups live (rest-core 5.6)."""

from __future__ import annotations

from typing import Final

from stormpath.server.contract import Row, Unit
from stormpath.server.declaration import (
    DISABLED,
    ENABLED,
    TENANT_LINK,
    Choice,
    Collection,
    CustomData,
    Hidden,
    Resource,
    Text,
)
from stormpath.server.resources import account_store_mapping
from stormpath.server.resources.rules import Rules, refuse_protected
from stormpath.server.work import Values, Work

NAME: Final = Text(
    "name",
    required=True,
    min_length=1,
    unique_within=("tenant_id",),
    searchable=True,
    about="The display name, unique in the tenant.",
)

DIRECTORY: Final = Resource(
    "directory",
    "directories",
    (
        NAME,
        Text("description", max_length=1000, searchable=True),
        Choice(
            "status",
            choices=(ENABLED, DISABLED),
            default=ENABLED,
            searchable=True,
            about="No account of a DISABLED directory can log in anywhere.",
        ),
        CustomData(),
        Collection("accounts", of="account", accepts_items=True, counted=True, searches_custom_data=True),
        Collection("groups", of="group", accepts_items=True, counted=True),
        Collection("applications", of="application"),
        Collection("applicationMappings", of="accountStoreMapping"),
        TENANT_LINK,
        Hidden("protected", column_kind="boolean", nullable=False, default=False),
    ),
    about="A set of accounts and groups with their own names, rules and workflows.",
    top_level=("GET", "POST"),
)


def checked_name(name: str) -> str:
    """Return the name when a directory may have it; refuse it otherwise."""
    return str(NAME.check(name))


class DirectoryRules(Rules):
    """A directory takes its mappings with it; the administrators' directory is protected."""

    def change(self, work: Work, unit: Unit, row: Row, changes: Values) -> Row:
        refuse_protected(row, "directory", changes)
        return super().change(work, unit, row, changes)

    def remove(self, work: Work, unit: Unit, row: Row) -> None:
        refuse_protected(row, "directory")
        applications = unit.mapped_applications(directory_id=row["id"], group_id=None)
        for each in applications:
            unit.lock("application", each)
        super().remove(work, unit, row)
        account_store_mapping.close_gaps(unit, applications)


RULES: Final = DirectoryRules(DIRECTORY)
