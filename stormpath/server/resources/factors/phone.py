"""Phone: a number of an account, to which text messages go (rest-auth 8.2)."""

from __future__ import annotations

from typing import Final

from stormpath.server.domain.context import Owner, RequestContext, Values
from stormpath.server.domain.events import FactorDeleted
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.accounts.email_verification import UNVERIFIED, VERIFIED
from stormpath.server.resources.factors import phone_numbers
from stormpath.server.resources.policies import administrators
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import STATUS, Choice, Hidden, Link, Resource, Text
from stormpath.server.schema.errors import ApiError, Code, not_found

PHONE: Final = Resource(
    "phone",
    "phones",
    (
        Text(
            "number",
            required=True,
            max_length=phone_numbers.LONGEST,
            unique_within=("account_id",),
            searchable=True,
            about="The number, stored and shown in E.164: +12675555555. Fixed while the phone is VERIFIED.",
        ),
        Text("name", searchable=True, about="A label."),
        Text("description", max_length=1000),
        STATUS,
        Choice(
            "verificationStatus",
            choices=(UNVERIFIED, VERIFIED),
            default=UNVERIFIED,
            searchable=True,
            about="VERIFIED as soon as a code that was sent to it came back, or by a caller that knows.",
        ),
        Link("account", to=("account",), nullable=False, fixed=True, about="Whose phone it is."),
        Hidden("tenantId", column_kind="id", nullable=False, refers_to="tenant"),
    ),
    about="A phone number of an account, to which text messages with codes go.",
)


class PhoneRules(Rules):
    """A number is stored in one spelling. All that changes the factors of an account locks it first."""

    def place(self, context: RequestContext, owner: Owner) -> Owner:
        with context.read() as unit:
            administrators.refuse_another(context, unit, owner.id)
        return owner

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        lock_account(unit, values["account_id"])
        return super().insert(
            context, unit, {**values, "number": phone_numbers.e164(values["number"], context.default_region)}
        )

    def change(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        administrators.refuse_another(context, unit, row["account_id"])
        lock_account(unit, row["account_id"])
        row = self.lock_and_reread(unit, row)
        if "number" in changes:
            number = phone_numbers.e164(changes["number"], context.default_region)
            changes = {**changes, "number": number}
            if number != row["number"]:
                _change_number(unit, row, context.now_ms())
        return super().change(context, unit, row, changes)

    def remove(self, context: RequestContext, unit: Unit, row: Row) -> None:
        administrators.refuse_another(context, unit, row["account_id"])
        lock_account(unit, row["account_id"])
        factor = unit.find("factor", phone_id=row["id"])
        super().remove(context, unit, row)
        if factor is not None:
            # The database deletes it with its phone.
            about = {"account_id": row["account_id"], "id": factor["id"], "kind": factor["type"]}
            context.emit(unit, FactorDeleted(unit.tenant_id, **about))

    def not_unique(self, column: str) -> ApiError:
        return ApiError(
            Code.PHONE_EXISTS,
            "The account has this phone number already.",
            "The account has a phone with this number already: use that one, which its phones list.",
        )


def lock_account(unit: Unit, account_id: str) -> Row:
    """Keep others from changing the factors of an account until the unit ends; return the account."""
    unit.lock("account", account_id)
    account = unit.get("account", account_id)
    if account is None:
        raise not_found()
    return account


def _change_number(unit: Unit, row: Row, now: int) -> None:
    """Allow another number if the present one is not verified; a factor has to prove itself again."""
    if row["verification_status"] == VERIFIED:
        raise ApiError(
            Code.PHONE_NUMBER_FIXED,
            "The number of a verified phone cannot be changed.",
            "The phone is VERIFIED, so its number is fixed: create another phone with the other number.",
        )
    factor = unit.find("factor", phone_id=row["id"])
    if factor is not None:
        unit.update("factor", factor["id"], {"verification_status": UNVERIFIED, "modified_at": now})


RULES: Final = PhoneRules(PHONE)
