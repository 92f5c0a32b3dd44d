"""AccountLinkingPolicy: whether a login ends at a linked account (rest-core 5.16, 6.17)."""

from __future__ import annotations

from typing import Final

from stormpath.server.resources.rules import Rules
from stormpath.server.schema import (
    DISABLED,
    ENABLED,
    TENANT_LINK,
    Choice,
    Hidden,
    Link,
    Resource,
)

EMAIL: Final = "email"

ACCOUNT_LINKING_POLICY: Final = Resource(
    "accountLinkingPolicy",
    "accountLinkingPolicies",
    (
        Choice(
            "status",
            choices=(ENABLED, DISABLED),
            default=DISABLED,
            about="ENABLED lets a login end at the linked account of the default account store.",
        ),
        Choice(
            "automaticProvisioning",
            choices=(ENABLED, DISABLED),
            default=DISABLED,
            about="ENABLED creates that account, and the link, where there is none.",
        ),
        Choice(
            "matchingProperty",
            choices=(EMAIL,),
            nullable=True,
            about="What makes two accounts one person's: a verified e-mail address, or null for nothing.",
        ),
        TENANT_LINK,
        Hidden("applicationId", column_kind="id", refers_to="application"),
        Hidden("organizationId", column_kind="id", refers_to="organization"),
    ),
    about="How the logins of an application or an organization use account links.",
    verbs=("GET", "POST"),
)

#: How its owners link to it.
LINK: Final = Link(
    "accountLinkingPolicy",
    to=("accountLinkingPolicy",),
    companion=True,
    nullable=False,
    about="How logins use account links.",
)


class AccountLinkingPolicyRules(Rules):
    """Each application and organization has one, which comes and goes with it."""


RULES: Final = AccountLinkingPolicyRules(ACCOUNT_LINKING_POLICY)
