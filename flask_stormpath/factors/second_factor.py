"""The second factor of a login: it is asked for after the password, before the person is logged in."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from flask import redirect, url_for
from werkzeug.wrappers import Response

from flask_stormpath.factors import pending_logins
from flask_stormpath.state import for_end_user
from flask_stormpath.texts import gettext as _
from flask_stormpath.web import negotiation
from flask_stormpath.web.negotiation import BAD_REQUEST, SERVER_ERROR, refusal, wants_json
from flask_stormpath.web.redirects import is_safe, next_target
from stormpath.error import Error
from stormpath.resources.expansion import Expansion
from stormpath.resources.factor import Factor

if TYPE_CHECKING:
    from flask_stormpath.models import User
    from stormpath.resources.account import Account

UNAUTHORIZED: Final = 401
TOO_MANY: Final = 429

#: Factors that were proved once, and that are not switched off.
USABLE: Final = {"status": "ENABLED", "verification_status": "VERIFIED"}
#: The order in which a person is asked for them.
ORDER: Final = (Factor.TYPE_GOOGLE, Factor.TYPE_SMS, Factor.TYPE_RECOVERY_CODES)
#: A code is compared with this many factors of its kind: each comparison is one of the guesses that the
#: service allows.
MOST_COMPARED: Final = 5
#: Of the codes of apps and messages, and of recovery codes without their dash.
DIGITS: Final = 6
RECOVERY_LENGTH: Final = 10
#: Characters of a code as people type it, with blanks.
LONGEST: Final = 64


def ask_for(user: User, target: str | None, code: Any) -> Response | tuple[Response, int] | None:
    """Return the answer that asks for a code; None where the account has no factor, or ``code`` is right.

    A browser is sent to the view ``factor_login``; until that has the right code, the person is not logged
    in. A program gets 401 without a code and for a wrong one; where a phone is all that the account has, a
    request without a code sends the message. One request for the factors, and one for each that ``code`` is
    compared with. `Error` (429) where the service allows no more guesses.
    """
    found = usable(user)
    if not found:
        return None
    if not wants_json():
        pending_logins.begin(user)
        chosen = target if is_safe(target) else next_target()
        return redirect(url_for("stormpath.factor_login", next=chosen))
    if code is None:
        return refusal(_asked(found), UNAUTHORIZED)
    if is_right_for_any(found, code):
        return None
    return refusal(_("The code is wrong."), UNAUTHORIZED)


def is_needed(account: Account) -> bool:
    """Whether a login of the account needs a second factor; one request."""
    return bool(usable(account))


def check(account: Account, code: Any) -> bool:
    """Whether a code is right for one of the account's factors, which spends it.

    One request for the factors, and one for each that the code is compared with. `Error` (429) where the
    service allows no more guesses.
    """
    return is_right_for_any(usable(account), code)


def usable(account: Account) -> list[Factor]:
    """Return the factors that a login can be proved with, in the order in which they are asked for.

    One request. Recovery codes count also where they are all that is left, and when none is left of them: a
    login must not become easier because an app was deleted.
    """
    return in_order(account.factors.query(**USABLE, expand=Expansion("phone")))


def in_order(factors: Any) -> list[Factor]:
    """Return factors in the order in which people are asked for them."""
    return sorted(factors, key=lambda each: ORDER.index(each.type))


def is_right_for_any(factors: list[Factor], code: Any) -> bool:
    """Whether a code is right for one of the factors whose codes look like it; one request for each."""
    text = text_of_code(code)
    types = _types_of(text)
    compared = [each for each in factors if each.type in types][:MOST_COMPARED]
    return any(_is_right(each, text) for each in compared)


def prove(factor: Factor, code: Any) -> bool:
    """Whether a code is right for a factor, which spends it; one request, or none where it cannot be.

    `Error` where the factor takes no code now, such as an old message, or where no more guesses are allowed.
    """
    text = text_of_code(code)
    if factor.type not in _types_of(text):
        return False
    with for_end_user():
        if not factor.is_sms():
            return factor.challenge_factor(code=text).is_successful()
        challenge = factor.most_recent_challenge
        return challenge is not None and challenge.submit(text).is_successful()


def send(factor: Factor) -> None:
    """Send a code to a phone; one request. `Error` (429) where the service sends no more."""
    with for_end_user():
        factor.challenge_factor()


def id_of(factor: Factor) -> str:
    """Return what a page calls a factor: the end of its href."""
    return factor.href.rpartition("/")[2]


def number_of(factor: Factor) -> str:
    """Return the number of a phone, as people who know it recognize it: its last digits."""
    return f"… {factor.phone.number[-4:]}"


def text_of(problem: Error) -> str:
    """Return the text of an error that may be shown to people, with the wait where one is asked for."""
    text = negotiation.text_of(problem)
    if problem.status != TOO_MANY or problem.retry_after_seconds is None:
        return text
    minutes = math.ceil(problem.retry_after_seconds / 60)
    return f"{text} {_('Minutes to wait: %(minutes)s.', minutes=minutes)}"


def text_of_code(code: Any) -> str:
    """Return a code as it is compared, without blanks and dashes; empty for what is no code.

    JSON may hold a number, without zeros at its beginning.
    """
    if isinstance(code, int) and not isinstance(code, bool) and 0 <= code < 10**DIGITS:
        return f"{code:0{DIGITS}d}"
    if not isinstance(code, str) or len(code) > LONGEST:
        return ""
    plain = "".join(code.replace("-", "").split())
    return plain if plain.isascii() and plain.isalnum() else ""


def _types_of(text: str) -> tuple[str, ...]:
    """Return the types of factors whose codes look like a text."""
    if text.isdigit() and len(text) == DIGITS:
        return Factor.TYPE_GOOGLE, Factor.TYPE_SMS
    return (Factor.TYPE_RECOVERY_CODES,) if len(text) == RECOVERY_LENGTH else ()


def _is_right(factor: Factor, text: str) -> bool:
    try:
        return prove(factor, text)
    except Error as refused:
        # The message is too old, or the factor was removed meanwhile: another one may still be right.
        if BAD_REQUEST <= refused.status < SERVER_ERROR and refused.status != TOO_MANY:
            return False
        raise


def _asked(factors: list[Factor]) -> str:
    """Return what a program is told that has sent no code; it may have to be sent to the phone first."""
    if factors[0].is_sms():
        send(factors[0])
        return _("A code was sent to the phone %(number)s: log in with it.", number=number_of(factors[0]))
    return _("A code of the second factor is needed.")
