"""The verification of a factor: a code is submitted to a challenge (rest-auth 8.4).

Guesses are counted twice. A challenge takes five wrong codes. All challenges of an account's factors share
the limit of ``authentication/guesses.py``, so that another challenge gives no further guesses.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from stormpath.server.authentication import guesses
from stormpath.server.authentication.guesses import Guess
from stormpath.server.domain.challenges import MOST_WRONG, PENDING
from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.events import (
    FactorFailed,
    FactorLimited,
    FactorVerified,
    RecoveryCodeUsed,
)
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.factors import codes
from stormpath.server.resources.accounts.email_verification import VERIFIED
from stormpath.server.resources.factors.challenge import RECOVERY_CODES
from stormpath.server.resources.factors.phone import RULES as PHONE_RULES
from stormpath.server.resources.factors.phone import lock_account
from stormpath.server.schema import ENABLED
from stormpath.server.schema.errors import ApiError, Code, not_found


@dataclass(frozen=True, slots=True)
class Proof:
    """A factor that is about to be proved, with its phone if it has one. All rows are locked."""

    factor: Row
    phone: Row | None


def answer(context: RequestContext, challenge: Row, code: str) -> bool:
    """Submit a code to a challenge; tell whether it was right, which ends the challenge.

    Raises ``ApiError`` where the challenge takes no code (13108, 13109, 13110, 13112, 13113), and 429 beyond
    the limit of the account. Of several callers with one code, one is right.
    """
    factor_id, account_id = challenge["factor_id"], challenge["account_id"]
    with context.read() as unit:
        _refuse_unanswerable(challenge, _proof(unit, factor_id), context.now_ms())
    with counted(context, account_id, factor_id, challenge["factor_type"]) as guess:
        with context.write() as unit:
            lock_account(unit, account_id)
            # Another request may have answered it meanwhile, or changed the factor.
            present, proof = _reread(unit, "challenge", challenge["id"]), _proof(unit, factor_id)
            now = context.now_ms()
            _refuse_unanswerable(present, proof, now)
            is_right = codes.is_right(context, unit, proof.factor, proof.phone, present, code)
            if is_right:
                unit.challenges.succeed(present["id"], now)
                note_success(context, unit, proof)
            else:
                unit.challenges.fail(present["id"], now)
        if is_right:
            guess.was_right()
    return is_right


@contextmanager
def counted(context: RequestContext, account_id: str, factor_id: str, kind: str) -> Iterator[Guess]:
    """Reserve a guess at the second factors of an account; the block compares a code, and settles it.

    A block that raises ``ApiError`` has compared nothing. What failed, or was limited, is reported.
    """
    about = {"account_id": account_id, "id": factor_id, "kind": kind}
    try:
        with guesses.counted(context, guesses.subject_of_factors(account_id)) as guess:
            try:
                yield guess
            except ApiError:
                guess.was_not_compared()
                raise
    except ApiError as error:
        if error.code == Code.TOO_MANY_REQUESTS:
            context.report(FactorLimited(context.tenant_id, **about))
            error.is_logged = True
        raise
    if guess.is_wrong:
        context.report(FactorFailed(context.tenant_id, **about))


def note_success(context: RequestContext, unit: Unit, proof: Proof) -> None:
    """Let a factor be ``VERIFIED``, and its phone: the right code was submitted."""
    factor, now = proof.factor, context.now_ms()
    about = {"account_id": factor["account_id"], "id": factor["id"], "kind": factor["type"]}
    if factor["type"] == RECOVERY_CODES:
        used = RecoveryCodeUsed(unit.tenant_id, **about, remaining=factor["remaining"] - 1)
        context.emit(unit, used)
    if factor["verification_status"] != VERIFIED:
        unit.update("factor", factor["id"], {"verification_status": VERIFIED, "modified_at": now})
        context.emit(unit, FactorVerified(unit.tenant_id, **about))
    if proof.phone is not None and proof.phone["verification_status"] != VERIFIED:
        PHONE_RULES.change(context, unit, proof.phone, {"verification_status": VERIFIED})


def proof_of(unit: Unit, factor: Row) -> Proof:
    """Return a factor as it is now, with its phone, for a new challenge; refuse one that is disabled.

    Its account is locked until the unit ends.
    """
    lock_account(unit, factor["account_id"])
    proof = _proof(unit, factor["id"])
    refuse_disabled(proof)
    return proof


def refuse_disabled(proof: Proof) -> None:
    """Refuse a factor that is disabled (13109), or whose phone is (13110)."""
    if proof.factor["status"] != ENABLED:
        raise ApiError(
            Code.FACTOR_DISABLED,
            "The factor is disabled.",
            "The factor is DISABLED: enable it before you challenge it.",
        )
    if proof.phone is not None and proof.phone["status"] != ENABLED:
        raise ApiError(
            Code.PHONE_DISABLED,
            "The phone is disabled.",
            "The phone of the factor is DISABLED: enable it before you challenge the factor.",
        )


def _refuse_unanswerable(challenge: Row, proof: Proof, now: int) -> None:
    if challenge["status"] not in PENDING:
        raise ApiError(
            Code.CHALLENGE_ENDED,
            "This challenge cannot be used any more.",
            f"The status of the challenge is {challenge['status']}, which is final: make another challenge.",
        )
    if challenge["expires_at"] <= now:
        raise ApiError(
            Code.CODE_EXPIRED,
            "The code is too old.",
            "The challenge is older than five minutes: make another one, which has a new code.",
        )
    if challenge["wrong_codes"] >= MOST_WRONG:
        raise ApiError(
            Code.TOO_MANY_CODES,
            "Too many wrong codes.",
            f"{MOST_WRONG} codes were wrong, which is the most for one challenge: make another one.",
        )
    refuse_disabled(proof)


def _proof(unit: Unit, factor_id: str) -> Proof:
    factor = _reread(unit, "factor", factor_id)
    phone = None if factor["phone_id"] is None else _reread(unit, "phone", factor["phone_id"])
    return Proof(factor, phone)


def _reread(unit: Unit, resource: str, id: str) -> Row:
    row = unit.get(resource, id)
    if row is None:
        raise not_found()
    return row
