"""Every resource of the service: what it is, and what may happen to it."""

from __future__ import annotations

from typing import Final

from stormpath.server.resources import (
    account,
    account_creation_policy,
    account_schema,
    account_store_mapping,
    application,
    directory,
    email_template,
    group,
    group_membership,
    password_policy,
    password_strength,
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
        password_policy.RULES,
        password_strength.RULES,
        account_creation_policy.RULES,
        email_template.RULES,
        account_schema.RULES,
        account_schema.FIELD_RULES,
    )
}

#: The declarations alone.
RESOURCES: Final = tuple(each.resource for each in RULES.values())
