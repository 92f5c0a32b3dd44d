"""PasswordPolicy: how the passwords of a directory are reset (rest-core 5.13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.domain.context import (
    RequestContext,
    Values,
)
from stormpath.server.domain.storage import (
    Row,
    Unit,
)
from stormpath.server.resources.policies import email_template, password_strength
from stormpath.server.resources.policies.administrators import refuse_administrators
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import (
    DISABLED,
    ENABLED,
    Choice,
    Collection,
    Hidden,
    Link,
    Number,
    Resource,
)
from stormpath.server.schema.email_kinds import RESET, RESET_SUCCESS

HOURS_OF_A_WEEK: Final = 7 * 24

PASSWORD_POLICY: Final = Resource(
    "passwordPolicy",
    "passwordPolicies",
    (
        Number(
            "resetTokenTtl",
            minimum=1,
            maximum=HOURS_OF_A_WEEK,
            default=24,
            about="Hours that a reset token is good for.",
        ),
        Choice(
            "resetEmailStatus",
            choices=(ENABLED, DISABLED),
            default=ENABLED,
            about="Whether a reset token is sent by e-mail.",
        ),
        Choice(
            "resetSuccessEmailStatus",
            choices=(ENABLED, DISABLED),
            default=ENABLED,
            about="Whether a reset is confirmed by e-mail, if resetEmailStatus is ENABLED too.",
        ),
        Link(
            "strength",
            to=("passwordStrength",),
            companion=True,
            nullable=False,
            about="What new passwords must be like.",
        ),
        Collection("resetEmailTemplates", of="emailTemplate", about="The one template."),
        Collection("resetSuccessEmailTemplates", of="emailTemplate", about="The one template."),
        Hidden("directoryId", column_kind="id", refers_to="directory", nullable=False),
        Hidden("tenantId", column_kind="id", refers_to="tenant", nullable=False),
    ),
    about="How the passwords of a directory are reset.",
    verbs=("GET", "POST"),
)


class PasswordPolicyRules(Rules):
    """A policy is made with its directory, and brings its strength and its templates."""

    companions = (password_strength.RULES,)

    def check_updatable(self, unit: Unit, row: Row, body: Mapping[str, Any]) -> None:
        refuse_administrators(unit, row["directory_id"])

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        row = super().insert(context, unit, values)
        email_template.make(context, unit, row["directory_id"], (RESET, RESET_SUCCESS), row["created_at"])
        return row


RULES: Final = PasswordPolicyRules(PASSWORD_POLICY)
