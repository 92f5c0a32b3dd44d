"""PasswordStrength: what a directory asks of new passwords (rest-core 5.13, 6.10)."""

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
from stormpath.server.resources.policies.administrators import refuse_administrators
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import (
    Hidden,
    Number,
    Resource,
)
from stormpath.server.schema.errors import (
    ApiError,
    Code,
)

#: How many hashes of an account are kept, its present one among them.
MOST_REMEMBERED: Final = 25


def _minimum(name: str, default: int, about: str) -> Number:
    return Number(name, minimum=0, maximum=255, default=default, about=about)


PASSWORD_STRENGTH: Final = Resource(
    "passwordStrength",
    "strength",
    (
        Number("minLength", minimum=1, maximum=255, default=8, about="The fewest characters."),
        Number("maxLength", minimum=1, maximum=255, default=100, about="The most characters."),
        _minimum("minLowerCase", 1, "How many of a-z."),
        _minimum("minUpperCase", 1, "How many of A-Z."),
        _minimum("minNumeric", 1, "How many of 0-9."),
        _minimum("minSymbol", 0, "How many spaces and signs."),
        _minimum("minDiacritic", 0, "How many accented letters of Latin-1."),
        Number(
            "preventReuse",
            minimum=0,
            maximum=MOST_REMEMBERED,
            default=0,
            about="How many of the latest passwords, the present one included, may not be chosen again.",
        ),
        Hidden("passwordPolicyId", column_kind="id", refers_to="passwordPolicy", nullable=False),
        Hidden("tenantId", column_kind="id", refers_to="tenant", nullable=False),
    ),
    about="What a directory asks of new passwords. Changes do not touch the passwords there are.",
    verbs=("GET", "POST"),
    below="passwordPolicies",
)


class PasswordStrengthRules(Rules):
    """The shortest password is never longer than the longest."""

    def check_updatable(self, unit: Unit, row: Row, body: Mapping[str, Any]) -> None:
        # It shares its id with the policy, which shares it with the directory.
        refuse_administrators(unit, row["id"])

    def change(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        # Two changes of one bound each must not pass each other.
        row = self.locked(unit, row)
        _check_bounds({**row, **changes}, changes)
        return super().change(context, unit, row, changes)


def _check_bounds(row: Row, changes: Values) -> None:
    low, high = row["min_length"], row["max_length"]
    if low <= high:
        return
    if "max_length" in changes:
        raise ApiError(
            Code.BELOW_MINIMUM, f"maxLength must be at least minLength, which is {low}; {high} is less."
        )
    raise ApiError(
        Code.ABOVE_MAXIMUM, f"minLength must be at most maxLength, which is {high}; {low} is more."
    )


RULES: Final = PasswordStrengthRules(PASSWORD_STRENGTH)
