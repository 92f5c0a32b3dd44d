"""AccountStoreMapping: the account stores of an application, in order (rest-core 5.3)."""

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
from stormpath.server.schema.errors import ApiError, Code

ACCOUNT_STORE_MAPPING: Final = Resource(
    "accountStoreMapping",
    "accountStoreMappings",
    (
        Link("application", to=("application",), required=True, creatable=True, fixed=True),
        Link(
            "accountStore",
            to=("directory", "group", "organization"),
            required=True,
            creatable=True,
            fixed=True,
            no_href=Code.INVALID,
            unknown=Code.LINK_NOT_PERMITTED,
            about="A directory, a group or an organization, once for each application.",
        ),
        *COMMON_ATTRIBUTES,
        TENANT_LINK,
    ),
    about="An account store assigned to an application.",
    top_level=("POST",),
    order="list_index",
    unique=(
        ("application_id", "account_store_directory_id"),
        ("application_id", "account_store_group_id"),
        ("application_id", "account_store_organization_id"),
    ),
)


class AccountStoreMappingRules(StoreMappingRules):
    """The administrators' directory stays mapped to the service's own application, and to no other."""

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        store, application = store_of(values), unit.get("application", values["application_id"])
        if store is not None and application is not None and not application["protected"]:
            administrators.refuse_open(unit, store.kind, store.id, f"the application '{application['name']}'")
        return super().insert(context, unit, values)

    def remove(self, context: RequestContext, unit: Unit, row: Row) -> None:
        _refuse_administrators(unit, row)
        super().remove(context, unit, row)


def _refuse_administrators(unit: Unit, row: Row) -> None:
    """Refuse to unmap the administrators' directory from the service's own application (rest-core 6.18)."""
    directory_id = row["account_store_directory_id"]
    application = unit.get("application", row["application_id"])
    directory = unit.get("directory", directory_id) if directory_id else None
    if application and directory and application["protected"] and directory["protected"]:
        raise ApiError(
            Code.FORBIDDEN,
            "This mapping lets the administrators in.",
            "The administrators' directory stays mapped to the service's own application.",
        )


RULES: Final = AccountStoreMappingRules(
    ACCOUNT_STORE_MAPPING,
    "application",
    MappingCodes(
        mapped_twice=Code.STORE_ALREADY_MAPPED,
        mirror_for_accounts=Code.MIRROR_FOR_ACCOUNTS,
        mirror_group_for_accounts=Code.MIRROR_GROUP_FOR_ACCOUNTS,
        mirror_for_groups=Code.MIRROR_FOR_GROUPS,
        group_for_groups=Code.GROUP_AS_GROUP_STORE,
        provider_twice=Code.PROVIDER_TWICE,
    ),
)
