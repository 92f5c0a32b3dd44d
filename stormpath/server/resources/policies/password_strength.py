"""PasswordStrength: the requirements for new passwords in a directory (rest-core 5.13, 6.10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.policies.administrators import refuse_administrators
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import Flag, Hidden, Number, Resource
from stormpath.server.schema.errors import ApiError, Code

#: The number of hashes of an account that are kept, its present one included.
MAX_PASSWORD_HISTORY: Final = 25


def _minimum(name: str, default: int, about: str) -> Number:
    return Number(name, minimum=0, maximum=255, default=default, about=about)


PASSWORD_STRENGTH: Final = Resource(
    "passwordStrength",
    "strength",
    (
        Number("minLength", minimum=1, maximum=255, default=8, about="The minimum number of characters."),
        Number("maxLength", minimum=1, maximum=255, default=100, about="The maximum number of characters."),
        _minimum("minLowerCase", 1, "The minimum number of a-z."),
        _minimum("minUpperCase", 1, "The minimum number of A-Z."),
        _minimum("minNumeric", 1, "The minimum number of 0-9."),
        _minimum("minSymbol", 0, "The minimum number of symbols and spaces."),
        _minimum("minDiacritic", 0, "The minimum number of accented letters of Latin-1."),
        Number(
            "preventReuse",
            minimum=0,
            maximum=MAX_PASSWORD_HISTORY,
            default=0,
            about="The number of latest passwords, the present one included, that may not be used again.",
        ),
        Flag(
            "preventCommon",
            added_later=True,
            about="Whether common passwords are refused, and those that are little more than a name.",
        ),
        Hidden("passwordPolicyId", column_kind="id", refers_to="passwordPolicy", nullable=False),
        Hidden("tenantId", column_kind="id", refers_to="tenant", nullable=False),
    ),
    about="The requirements for new passwords. A change does not affect existing passwords.",
    verbs=("GET", "POST"),
    below="passwordPolicies",
)


class PasswordStrengthRules(Rules):
    """``minLength`` is at most ``maxLength``; the tenant decides whether ``preventCommon`` is on at first."""

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        tenant = unit.get("tenant", unit.tenant_id)
        is_on = tenant is not None and tenant["prevents_common_passwords"]
        return super().insert(context, unit, {"prevent_common": is_on, **values})

    def check_updatable(self, unit: Unit, row: Row, body: Mapping[str, Any]) -> None:
        # The strength, its policy and their directory have the same id.
        refuse_administrators(unit, row["id"])

    def change(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        # Two concurrent changes of one bound each must not leave the bounds crossed.
        row = self.lock_and_reread(unit, row)
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
