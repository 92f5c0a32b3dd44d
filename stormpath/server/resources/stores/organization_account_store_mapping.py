"""OrganizationAccountStoreMapping: the account stores of an organization, in order (rest-core 5.5)."""

from __future__ import annotations

from typing import Final

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.policies import administrators
from stormpath.server.resources.stores.store_mappings import (
    COMMON_ATTRIBUTES,
    MappingCodes,
    StoreMappingRules,
    store_of,
)
from stormpath.server.schema import TENANT_LINK, Link, Resource
from stormpath.server.schema.errors import Code

ORGANIZATION_ACCOUNT_STORE_MAPPING: Final = Resource(
    "organizationAccountStoreMapping",
    "organizationAccountStoreMappings",
    (
        Link(
            "organization",
            to=("organization",),
            required=True,
            creatable=True,
            fixed=True,
            about="The organization that the store is assigned to.",
        ),
        Link(
            "accountStore",
            to=("directory", "group"),
            required=True,
            creatable=True,
            fixed=True,
            no_href=Code.INVALID,
            unknown=Code.LINK_NOT_PERMITTED,
            wrong_kinds=(("organization", Code.ORGANIZATION_IN_ORGANIZATION),),
            wrong_kind_hint="An Organization cannot be mapped as an Account Store for another Organization.",
            about="A directory or a group, once for each organization.",
        ),
        *COMMON_ATTRIBUTES,
        TENANT_LINK,
    ),
    about="An account store assigned to an organization.",
    top_level=("POST",),
    order="list_index",
    unique=(
        ("organization_id", "account_store_directory_id"),
        ("organization_id", "account_store_group_id"),
    ),
)


class OrganizationAccountStoreMappingRules(StoreMappingRules):
    """Administrators log in to the service's own application, and to no organization."""

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        store, organization = store_of(values), unit.get("organization", values["organization_id"])
        if store is not None and organization is not None:
            place = f"the organization '{organization['name']}'"
            administrators.refuse_open(unit, store.kind, store.id, place)
        return super().insert(context, unit, values)


RULES: Final = OrganizationAccountStoreMappingRules(
    ORGANIZATION_ACCOUNT_STORE_MAPPING,
    "organization",
    MappingCodes(
        mapped_twice=Code.ORGANIZATION_STORE_ALREADY_MAPPED,
        mirror_for_accounts=Code.ORGANIZATION_MIRROR_FOR_ACCOUNTS,
        mirror_group_for_accounts=Code.ORGANIZATION_MIRROR_GROUP_FOR_ACCOUNTS,
        mirror_for_groups=Code.ORGANIZATION_MIRROR_FOR_GROUPS,
        group_for_groups=Code.ORGANIZATION_GROUP_AS_GROUP_STORE,
        provider_twice=Code.ORGANIZATION_PROVIDER_TWICE,
    ),
)
