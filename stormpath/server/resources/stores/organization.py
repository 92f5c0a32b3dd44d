"""Organization: a customer of an application, made of account stores (rest-core 5.4)."""

from __future__ import annotations

from typing import Final

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.applications import provider_login
from stormpath.server.resources.policies import account_linking_policy
from stormpath.server.resources.stores import created_directory, store_mappings
from stormpath.server.resources.stores.created_directory import WithDirectoryRules
from stormpath.server.resources.stores.organization_account_store_mapping import RULES as MAPPING_RULES
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
from stormpath.server.schema.errors import Code

ORGANIZATION: Final = Resource(
    "organization",
    "organizations",
    (
        Text(
            "name",
            required=True,
            min_length=1,
            unique_within=("tenant_id",),
            searchable=True,
            about="The display name, unique in the tenant.",
        ),
        Text(
            "nameKey",
            required=True,
            min_length=1,
            max_length=63,
            pattern=r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?",
            pattern_hint="letters, digits and hyphens, with no hyphen at either end",
            unique_within=("tenant_id",),
            searchable=True,
            # name_key is the folded copy of the name.
            stored_as="label",
            about="The name in URLs and logins, in the form of a DNS label. Unique in the tenant.",
        ),
        Text("description", max_length=1000, searchable=True),
        Choice(
            "status",
            choices=(ENABLED, DISABLED),
            default=ENABLED,
            searchable=True,
            about="Accounts cannot log in through a DISABLED organization.",
        ),
        CustomData(),
        *store_mappings.default_links("organizationAccountStoreMapping"),
        TENANT_LINK,
        Collection(
            "accounts",
            of="account",
            accepts_items=True,
            or_else=provider_login.ENDPOINT,
            also_takes=(
                Link(
                    "accountStore",
                    to=("directory", "group", "organization"),
                    creatable=True,
                    about="A store of the organization for the new account, instead of its default one.",
                ),
            ),
            searches_custom_data=True,
        ),
        Collection(
            "groups",
            of="group",
            accepts_items=True,
            also_takes=(Text("nameKey", sortable=False, about="Accepted from old clients, and ignored."),),
        ),
        Collection("accountStoreMappings", of="organizationAccountStoreMapping"),
        account_linking_policy.LINK,
    ),
    about="A set of account stores that applications log in from, such as those of one customer.",
    top_level=("GET", "POST"),
    text_index=True,
    options=(created_directory.OPTION,),
)


class OrganizationRules(WithDirectoryRules):
    """An organization may be created with a directory; it is deleted with its mappings."""

    companions = (account_linking_policy.RULES,)
    mappings = MAPPING_RULES
    name_taken = Code.ORGANIZATION_DIRECTORY_NAME_TAKEN

    def remove(self, context: RequestContext, unit: Unit, row: Row) -> None:
        owners = store_mappings.lock_owners(unit, "organization", row["id"])
        super().remove(context, unit, row)
        store_mappings.close_gaps(unit, owners)


RULES: Final = OrganizationRules(ORGANIZATION)
