"""The rules of factors: each type is created with what it needs, and shows it once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.domain.context import Owner, Present, RequestContext, Values
from stormpath.server.domain.events import FactorChanged, FactorCreated, FactorDeleted
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.factors import codes
from stormpath.server.factors.challenge import RULES as CHALLENGE_RULES
from stormpath.server.resources.accounts.email_verification import VERIFIED
from stormpath.server.resources.factors import phone_numbers
from stormpath.server.resources.factors.challenge import AUTHENTICATOR, RECOVERY_CODES, SMS
from stormpath.server.resources.factors.factor import CHALLENGE, FACTOR
from stormpath.server.resources.factors.phone import RULES as PHONE_RULES
from stormpath.server.resources.factors.phone import lock_account
from stormpath.server.resources.policies import administrators
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import variants
from stormpath.server.schema.errors import ApiError, Code, invalid_query, no_match
from stormpath.server.schema.query import fold

#: What a factor that is not verified shows of its key.
_KEY: Final = ("secret", "keyUri", "base64QRImage")


class FactorRules(Rules):
    """A factor of one of three types, which never changes."""

    presents = True

    def place(self, context: RequestContext, owner: Owner) -> Owner:
        with context.read() as unit:
            administrators.refuse_another(context, unit, owner.id)
        return owner

    def create(
        self, context: RequestContext, owner: Owner, values: Values, options: Mapping[str, Any]
    ) -> Row:
        if "phone_id" in values:
            # Which has a phone as well as one with the number in it.
            values = {"phone": {}, **values}
        values = variants.check(self.resource.own, values["type"], values, creating=True)
        challenge = values.pop(CHALLENGE, None)
        if challenge is not None and options.get(CHALLENGE) is False:
            raise invalid_query(
                CHALLENGE, "challenge=false, but the body has a challenge: leave out one of the two."
            )
        is_challenged = challenge is not None or options.get(CHALLENGE, False)
        with context.write() as unit:
            account = lock_account(unit, owner.id)
            factor = _CREATE[values["type"]](self, context, unit, account, values)
            about = {"account_id": account["id"], "id": factor["id"], "kind": factor["type"]}
            context.emit(unit, FactorCreated(unit.tenant_id, **about))
            if is_challenged:
                CHALLENGE_RULES.start(context, unit, factor, (challenge or {}).get("message"))
                factor = {**factor, **self._reread(unit, factor["id"])}
        return factor

    def create_sms(self, context: RequestContext, unit: Unit, account: Row, values: Values) -> Row:
        """Store a factor of a phone: one that is linked, or the account's phone with that number."""
        given = values.pop("phone")
        phone = _linked_phone(unit, account, values["phone_id"]) if "phone_id" in values else None
        if given:
            number = phone_numbers.e164(given["number"], context.default_region)
            if phone is not None and phone["number"] != number:
                raise ApiError(
                    Code.PHONE_NUMBERS_DIFFER,
                    "The phone has another number.",
                    "phone has an href and a number, and the phone of that href has another number: "
                    "send one of the two.",
                )
            phone = phone or unit.find("phone", account_id=account["id"], number_key=fold(number))
        if phone is None:
            phone = PHONE_RULES.insert(context, unit, {**given, "account_id": account["id"]})
        elif unit.find("factor", phone_id=phone["id"]) is not None:
            raise self.not_unique("phone_id")
        return self.insert(context, unit, {**values, "account_id": account["id"], "phone_id": phone["id"]})

    def create_authenticator(self, context: RequestContext, unit: Unit, account: Row, values: Values) -> Row:
        """Store a factor of an authenticator app, with a new secret."""
        # Colons separate the parts of a label, and usernames may have some.
        name = (account["username"] or account["email"]).replace(":", "")
        defaults = {"account_name": name, "account_id": account["id"], "secret": codes.new_secret()}
        return self.insert(context, unit, {**defaults, **values})

    def create_recovery_codes(self, context: RequestContext, unit: Unit, account: Row, values: Values) -> Row:
        """Store a set of recovery codes; the row that is returned is the only one that has them."""
        if unit.find("factor", account_id=account["id"], type=RECOVERY_CODES) is not None:
            raise ApiError(
                Code.CONFLICT,
                "The account has recovery codes already.",
                "An account has one set of recovery codes: delete the factor that it has, then create "
                "another one. The codes of the old set end with it.",
            )
        own = {"account_id": account["id"], "verification_status": VERIFIED}
        factor = self.insert(context, unit, {**values, **own})
        new = codes.new_recovery_codes()
        digests = [codes.digest_of_recovery_code(context, factor["id"], each) for each in new]
        unit.factor_codes.keep_recovery_codes(factor["id"], digests)
        return {**factor, "codes": new}

    def change(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        administrators.refuse_another(context, unit, row["account_id"])
        changes = variants.check(self.resource.own, row["type"], changes, creating=False)
        lock_account(unit, row["account_id"])
        row = self.lock_and_reread(unit, row)
        factor = super().change(context, unit, row, changes)
        if factor["status"] != row["status"]:
            about = {"account_id": row["account_id"], "id": row["id"], "kind": row["type"]}
            context.emit(unit, FactorChanged(unit.tenant_id, **about, status=factor["status"]))
        return factor

    def remove(self, context: RequestContext, unit: Unit, row: Row) -> None:
        administrators.refuse_another(context, unit, row["account_id"])
        lock_account(unit, row["account_id"])
        super().remove(context, unit, row)
        about = {"account_id": row["account_id"], "id": row["id"], "kind": row["type"]}
        context.emit(unit, FactorDeleted(unit.tenant_id, **about))

    def presenter(self, context: RequestContext, options: Mapping[str, Any]) -> Present | None:
        """Hide the keys of another administrator's factors from a caller who is separate."""
        if not context.caller_is_separate:
            return None

        def present(body: dict[str, Any]) -> dict[str, Any]:
            if not any(body.get(each) for each in _KEY):
                return body
            # An account that is inline has its href, too.
            account_id = body["account"]["href"].rpartition("/")[2]
            with context.read() as unit:
                if not administrators.is_another(context, unit, account_id):
                    return body
            return {**body, **dict.fromkeys(_KEY)}

        return present

    def not_unique(self, column: str) -> ApiError:
        return ApiError(
            Code.PHONE_HAS_FACTOR,
            "The phone number is used by another factor already.",
            "The phone belongs to a factor of the account already: use that one.",
        )


def _linked_phone(unit: Unit, account: Row, id: str) -> Row:
    phone = unit.get("phone", id)
    # The phone of another account is told as one that is not there.
    if phone is None or phone["account_id"] != account["id"]:
        raise no_match("The phone property value")
    return phone


_CREATE: Final = {
    SMS: FactorRules.create_sms,
    AUTHENTICATOR: FactorRules.create_authenticator,
    RECOVERY_CODES: FactorRules.create_recovery_codes,
}

RULES: Final = FactorRules(FACTOR)
