"""Every resource of the service: what it is, and what may happen to it."""

from __future__ import annotations

from typing import Final

from stormpath.server.resources import (
    account,
    account_store_mapping,
    api_key,
    application,
    directory,
    group,
    group_membership,
    id_site,
    oauth_policy,
    tenant,
    web_config,
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
        api_key.RULES,
        oauth_policy.RULES,
        web_config.RULES,
        id_site.RULES,
    )
}

#: The declarations alone.
RESOURCES: Final = tuple(each.resource for each in RULES.values())
