"""Codes: how each type of factor makes them, and compares one that was typed (rest-auth 8.4)."""

from __future__ import annotations

import hmac
import secrets
from typing import Final

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import Row, Unit, UnreadableSecret
from stormpath.server.resources.factors.challenge import AUTHENTICATOR, DIGITS, SMS
from stormpath.server.resources.factors.factor import RECOVERY_CODE_COUNT, SECRET
from stormpath.server.schema.errors import ApiError, Code

#: The length of a time step (RFC 6238), and the steps around the present one whose codes are accepted: clocks
#: of phones differ, and a person needs some seconds.
STEP_SECONDS: Final = 30
DRIFT: Final = (-1, 0, 1)

#: RFC 4226 recommends 160 bits (section 4, R6).
_SECRET_CHARACTERS: Final = 32
_BASE32: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

#: Digits and letters of Crockford's Base32: none is mistaken for another. Ten of them are 50 bits.
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_HALF: Final = 5
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def new_secret() -> str:
    """Return the secret of a new authenticator: 20 random bytes in Base32."""
    return "".join(secrets.choice(_BASE32) for _ in range(_SECRET_CHARACTERS))


def new_sms_code() -> str:
    """Return a random code of six digits, each as likely as any other."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def new_recovery_codes() -> list[str]:
    """Return a set of different recovery codes, such as ``7K3QX-M9D2R``."""
    found: set[str] = set()
    while len(found) < RECOVERY_CODE_COUNT:
        halves = ("".join(secrets.choice(_CROCKFORD) for _ in range(_HALF)) for _ in range(2))
        found.add("-".join(halves))
    return sorted(found)


def digest_of_sms_code(context: RequestContext, challenge_id: str, number: str, code: str) -> str:
    """Return what is stored of a code: it is good for one challenge, and for the phone that got it.

    Six digits are soon tried, but not without the service's key: an attacker with the database alone cannot.
    """
    return context.secrets.digest(f"{challenge_id}\0{number}\0{code}".encode(), "code of a message")


def digest_of_recovery_code(context: RequestContext, factor_id: str, code: str) -> str:
    """Return what is stored of a recovery code: small letters, blanks and dashes do not matter."""
    plain = code.upper().translate(_READ_AS)
    return context.secrets.digest(f"{factor_id}\0{plain}".encode(), "recovery code")


def is_right(
    context: RequestContext, unit: Unit, factor: Row, phone: Row | None, challenge: Row, code: str
) -> bool:
    """Tell whether a code answers a challenge, and spend it if it is good for one use.

    Raises an error for a secret that cannot be decrypted.
    """
    if factor["type"] == SMS:
        number = phone["number"] if phone is not None else ""
        digest = digest_of_sms_code(context, challenge["id"], number, _digits(code))
        return hmac.compare_digest(digest, challenge["code_digest"] or "")
    if factor["type"] == AUTHENTICATOR:
        return _is_of_authenticator(context, unit, factor, _digits(code))
    return unit.factor_codes.spend_recovery_code(
        factor["id"], digest_of_recovery_code(context, factor["id"], code)
    )


def _digits(code: str) -> str:
    """Return a code as it was made: apps show it with a blank, and programs send it as a number."""
    return code.replace(" ", "").zfill(DIGITS)


def _is_of_authenticator(context: RequestContext, unit: Unit, factor: Row, code: str) -> bool:
    now = context.now_ms() // 1000 // STEP_SECONDS
    steps = [now + each for each in DRIFT]
    # All are compared, whichever is right.
    right = [
        step
        for step, expected in zip(steps, _codes(context, factor, steps), strict=True)
        if hmac.compare_digest(expected.encode(), code.encode())
    ]
    return any(unit.factor_codes.spend_step(factor["id"], step) for step in right)


def _codes(context: RequestContext, factor: Row, steps: list[int]) -> list[str]:
    """Return the codes of an authenticator's time steps."""
    # Imported here: only those need it who have an authenticator.
    import pyotp

    try:
        secret = context.secrets.open(factor["secret"], SECRET.belongs_to(factor["id"]))
    except UnreadableSecret as error:
        raise ApiError(
            Code.CODE_NOT_CHECKED,
            "Sorry, the code could not be checked. Please try again later.",
            "The secret of the factor was encrypted under another key than the service has now: create the "
            "factor anew, or restore the key (STORMPATH_SECRET_KEY).",
        ) from error
    generator = pyotp.HOTP(secret, digits=DIGITS)
    return [generator.at(each) for each in steps]
