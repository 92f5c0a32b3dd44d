"""Directory: a set of accounts and groups (rest-core 5.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.policies import account_creation_policy, account_schema, password_policy
from stormpath.server.resources.providers.provider import RULES as PROVIDER_RULES
from stormpath.server.resources.rules import Rules, refuse_protected
from stormpath.server.resources.stores import store_mappings
from stormpath.server.schema import (
    DISABLED,
    ENABLED,
    TENANT_LINK,
    Choice,
    Collection,
    CustomData,
    Hidden,
    Link,
    Resource,
    Text,
)
from stormpath.server.schema.errors import not_found

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
            about="The accounts of a DISABLED directory cannot log in to any application.",
        ),
        Link(
            "provider",
            to=("provider",),
            companion=True,
            embeds=True,
            creatable=True,
            updatable=True,
            nullable=False,
            about="The source of its accounts; an object with the provider's attributes at creation.",
        ),
        CustomData(),
        Link(
            "passwordPolicy",
            to=("passwordPolicy",),
            companion=True,
            nullable=False,
            about="The password resets, and the requirements for new passwords.",
        ),
        Link(
            "accountCreationPolicy",
            to=("accountCreationPolicy",),
            companion=True,
            nullable=False,
            about="The allowed e-mail domains, and the e-mails that new accounts get.",
        ),
        Link(
            "accountSchema",
            to=("accountSchema",),
            companion=True,
            nullable=False,
            about="The required attributes of its accounts.",
        ),
        Collection("accounts", of="account", accepts_items=True, counted=True, searches_custom_data=True),
        Collection(
            "groups",
            of="group",
            accepts_items=True,
            order="name_key",
            counted=True,
            searches_custom_data=True,
            about="By name, unless ordered otherwise.",
        ),
        Collection("applications", of="application"),
        Collection("applicationMappings", of="accountStoreMapping"),
        Collection("organizations", of="organization"),
        Collection("organizationMappings", of="organizationAccountStoreMapping"),
        TENANT_LINK,
        Hidden("protected", column_kind="boolean", nullable=False, default=False),
    ),
    about="A set of accounts and groups with their own names, rules and workflows.",
    top_level=("GET", "POST"),
    text_index=True,
)


def checked_name(name: str) -> str:
    """Return the name if a directory may have it; refuse it otherwise."""
    return str(NAME.check(name))


class DirectoryRules(Rules):
    """A directory is created with its provider and deleted with its mappings; it may be protected."""

    companions = (password_policy.RULES, account_creation_policy.RULES, account_schema.RULES)

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        values = dict(values)
        provider = PROVIDER_RULES.checked(values.pop("provider", None))
        row = super().insert(context, unit, values)
        PROVIDER_RULES.insert_companion(context, unit, self.resource, row, provider)
        return row

    def check_updatable(self, unit: Unit, row: Row, body: Mapping[str, Any]) -> None:
        refuse_protected(row, "directory", body)

    def change(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        refuse_protected(row, "directory", changes)
        changes = dict(changes)
        if provider_changes := changes.pop("provider", None):
            self._change_provider(context, unit, row, provider_changes)
        return super().change(context, unit, row, changes)

    def _change_provider(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> None:
        provider = unit.get("provider", row["id"])
        if provider is None:
            raise not_found()
        PROVIDER_RULES.change(context, unit, provider, changes)

    def remove(self, context: RequestContext, unit: Unit, row: Row) -> None:
        refuse_protected(row, "directory")
        owners = store_mappings.lock_owners(unit, "directory", row["id"])
        super().remove(context, unit, row)
        store_mappings.close_gaps(unit, owners)


RULES: Final = DirectoryRules(DIRECTORY)
