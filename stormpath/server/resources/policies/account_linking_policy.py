"""AccountLinkingPolicy: the use of account links in logins (rest-core 5.16, 6.17)."""

from __future__ import annotations

from typing import Final

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.policies import administrators
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import DISABLED, ENABLED, TENANT_LINK, Choice, Hidden, Link, Resource

EMAIL: Final = "email"

ACCOUNT_LINKING_POLICY: Final = Resource(
    "accountLinkingPolicy",
    "accountLinkingPolicies",
    (
        Choice(
            "status",
            choices=(ENABLED, DISABLED),
            default=DISABLED,
            about="ENABLED: a login returns the linked account in the default account store.",
        ),
        Choice(
            "automaticProvisioning",
            choices=(ENABLED, DISABLED),
            default=DISABLED,
            about="ENABLED: a login creates that account and the link, if there is none.",
        ),
        Choice(
            "matchingProperty",
            choices=(EMAIL,),
            nullable=True,
            about="email: a login links accounts with the same verified address. null: it compares nothing.",
        ),
        TENANT_LINK,
        Hidden("applicationId", column_kind="id", refers_to="application"),
        Hidden("organizationId", column_kind="id", refers_to="organization"),
    ),
    about="The use of account links in the logins of an application or an organization.",
    verbs=("GET", "POST"),
)

#: The attribute by which applications and organizations link to it.
LINK: Final = Link(
    "accountLinkingPolicy",
    to=("accountLinkingPolicy",),
    companion=True,
    nullable=False,
    about="The use of account links in logins.",
)


class AccountLinkingPolicyRules(Rules):
    """Each application and organization has one, created and deleted with it."""

    def change(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        application = unit.get("application", row["application_id"]) if row["application_id"] else None
        if application is not None and application["protected"]:
            # A login there could lead to the account of an administrator with the same address.
            administrators.refuse_separate(context, "This policy")
        return super().change(context, unit, row, changes)


RULES: Final = AccountLinkingPolicyRules(ACCOUNT_LINKING_POLICY)
