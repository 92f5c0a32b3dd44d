"""Every resource of the service: what it is, and what may happen to it."""

from __future__ import annotations

from typing import Final

from stormpath.server.resources import (
    account,
    account_link,
    account_linking_policy,
    account_store_mapping,
    application,
    directory,
    group,
    group_membership,
    organization,
    organization_account_store_mapping,
    tenant,
)
from stormpath.server.resources.rules import Rules

#: The rules of each resource, by its name; each knows its declaration.
RULES: Final[dict[str, Rules]] = {
    each.resource.name: each
    for each in (
        tenant.RULES,
        application.RULES,
        directory.RULES,
        account.RULES,
        group.RULES,
        group_membership.RULES,
        account_store_mapping.RULES,
        organization.RULES,
        organization_account_store_mapping.RULES,
        account_link.RULES,
        account_linking_policy.RULES,
    )
}

#: The declarations alone.
RESOURCES: Final = tuple(each.resource for each in RULES.values())
