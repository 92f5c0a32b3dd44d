"""The rules of challenges: creating one sends a message, or checks a code; submitting a code answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.domain.challenges import FAILED, LIFETIME_MS, SUCCESS
from stormpath.server.domain.context import Owner, RequestContext, Values
from stormpath.server.domain.storage import Repeated, Row, Unit
from stormpath.server.factors import codes, verification
from stormpath.server.factors.verification import Proof
from stormpath.server.resources.factors.challenge import CHALLENGE, DEFAULT_MESSAGE, PLACEHOLDER, SMS
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import ids, required, variants
from stormpath.server.schema.errors import not_found
from stormpath.server.sms import queue
from stormpath.server.sms.queue import SmsRequest


class ChallengeRules(Rules):
    """Challenges are made for a factor, and answered by a code."""

    def create(
        self, context: RequestContext, owner: Owner, values: Values, options: Mapping[str, Any]
    ) -> Row:
        factor = owner.row
        values = variants.check(self.resource.own, factor["type"], values, creating=True)
        code = values.pop("code", None)
        # The code of a message is made now: none can be known yet.
        if code is None or factor["type"] == SMS:
            with context.write() as unit:
                return self.start(context, unit, factor, values.get("message"))
        return self._create_answered(context, factor, code)

    def start(self, context: RequestContext, unit: Unit, factor: Row, message: str | None) -> Row:
        """Store a new challenge of a factor, and send its code if it is of a phone."""
        proof = verification.proof_of(unit, factor)
        if proof.phone is None:
            return self._insert(context, unit, proof, {})
        id, code, number = ids.new_id(context.now_ms()), codes.new_sms_code(), proof.phone["number"]
        message = message or DEFAULT_MESSAGE
        digest = codes.digest_of_sms_code(context, id, number, code)
        challenge = self._insert(context, unit, proof, {"id": id, "message": message, "code_digest": digest})
        account = unit.get("account", factor["account_id"])
        if account is None:
            raise not_found()
        text = message.replace(PLACEHOLDER, code)
        queue.enqueue(context, unit, SmsRequest(account, number, text, id, challenge["expires_at"]))
        return challenge

    def update(self, context: RequestContext, row: Row, changes: Values) -> Row:
        if "code" not in changes:
            raise required("code").of(self.resource.title)
        verification.answer(context, row, changes["code"])
        with context.read() as unit:
            return self._reread(unit, row["id"])

    def _create_answered(self, context: RequestContext, factor: Row, code: str) -> Row:
        _refuse_repeat(context)
        counted = verification.counted(context, factor["account_id"], factor["id"], factor["type"])
        with counted as guess:
            with context.write() as unit:
                proof = verification.proof_of(unit, factor)
                id = ids.new_id(context.now_ms())
                is_right = codes.is_right(context, unit, proof.factor, proof.phone, {"id": id}, code)
                outcome = {"status": SUCCESS} if is_right else {"status": FAILED, "wrong_codes": 1}
                challenge = self._insert(context, unit, proof, {"id": id, **outcome})
                if is_right:
                    verification.note_success(context, unit, proof)
            if is_right:
                guess.was_right()
        return challenge

    def _insert(self, context: RequestContext, unit: Unit, proof: Proof, values: Values) -> Row:
        now = context.now_ms()
        unit.challenges.forget_old(proof.factor["id"], now)
        common = {
            "factor_id": proof.factor["id"],
            "factor_type": proof.factor["type"],
            "account_id": proof.factor["account_id"],
            "expires_at": now + LIFETIME_MS,
        }
        return self.insert(context, unit, {**common, **values})


def _refuse_repeat(context: RequestContext) -> None:
    """Raise ``Repeated`` for a request that was carried out before: its code is not compared again."""
    request = context.idempotent_request
    if request is not None:
        with context.read() as unit:
            if request.earlier(unit, context.now_ms()) is not None:
                raise Repeated("The request was carried out before.")


RULES: Final = ChallengeRules(CHALLENGE)
