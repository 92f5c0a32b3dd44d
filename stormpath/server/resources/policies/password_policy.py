"""PasswordPolicy: the password resets of a directory (rest-core 5.13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.policies import email_template, password_strength
from stormpath.server.resources.policies.administrators import refuse_administrators
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import DISABLED, ENABLED, Choice, Collection, Hidden, Link, Number, Resource
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
            about="Hours for which a reset token is valid.",
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
            about="Whether a reset is confirmed by e-mail; requires that resetEmailStatus is ENABLED.",
        ),
        Link(
            "strength",
            to=("passwordStrength",),
            companion=True,
            nullable=False,
            about="The requirements for new passwords.",
        ),
        Collection("resetEmailTemplates", of="emailTemplate", about="The one template."),
        Collection("resetSuccessEmailTemplates", of="emailTemplate", about="The one template."),
        Hidden("directoryId", column_kind="id", refers_to="directory", nullable=False),
        Hidden("tenantId", column_kind="id", refers_to="tenant", nullable=False),
    ),
    about="The password resets of a directory, and the strength of its passwords.",
    verbs=("GET", "POST"),
)


class PasswordPolicyRules(Rules):
    """A policy is created with its directory; its strength and its templates are created with it."""

    companions = (password_strength.RULES,)

    def check_updatable(self, unit: Unit, row: Row, body: Mapping[str, Any]) -> None:
        refuse_administrators(unit, row["directory_id"])

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        row = super().insert(context, unit, values)
        kinds = (RESET, RESET_SUCCESS)
        email_template.insert_defaults(context, unit, row["directory_id"], kinds, row["created_at"])
        return row


RULES: Final = PasswordPolicyRules(PASSWORD_POLICY)
