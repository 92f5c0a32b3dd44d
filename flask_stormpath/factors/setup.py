"""Setting up a second factor: what is begun, proved and removed.

The password is asked for before each change: a session that was stolen is not enough to add a factor, which
would be the thief's own, or to remove one. A factor that is begun counts only when its first code was right,
and its secret is shown once, after the password.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask_stormpath.factors import second_factor
from flask_stormpath.organizations import name_key
from flask_stormpath.state import application, for_end_user
from flask_stormpath.texts import gettext as _
from stormpath.error import Error
from stormpath.resources.expansion import Expansion
from stormpath.resources.factor import Factor

if TYPE_CHECKING:
    from flask_stormpath.models import User

BAD_REQUEST: Final = 400
NOT_FOUND: Final = 404
#: Apps and phones of a person: each is compared with a code.
MOST: Final = second_factor.MOST_COMPARED
#: What a phone is for that is made here. It is deleted with its factor; one that the app made is kept.
MADE_HERE: Final = "For the codes of logins"


class Problem(Exception):
    """What a person has to do otherwise; its text may be shown."""


def prove_password(user: User, password: str | None) -> None:
    """Raise `Problem` unless this is the user's password; one request and its hash.

    `Error` (429) where the service allows no more guesses.
    """
    if not password:
        raise Problem(_("Enter your password."))
    try:
        found = type(user).from_login(user.email, password, organization_name_key=name_key())
        is_own = found.href == user.href
    except Error as refused:
        if refused.status != BAD_REQUEST:
            raise
        is_own = False
    if not is_own:
        raise Problem(_("The password is wrong."))


def has_password(user: User) -> bool:
    """Whether the account has a password: one that came from a provider has none."""
    return user.password_modified_at is not None


def proved(user: User) -> list[Factor]:
    """Return the factors that were proved, with those that are disabled; one request."""
    return second_factor.in_order(
        user.factors.query(verification_status=Factor.STATUS_VERIFIED, expand=Expansion("phone"))
    )


def is_full(found: list[Factor]) -> bool:
    """Whether a person with these factors may add no other one."""
    return len([each for each in found if _is_device(each)]) >= MOST


def begin_app(user: User) -> Factor:
    """Make an app that waits for its first code; three requests or more."""
    # A colon would end the name in the app.
    issuer = application().name.replace(":", " ")
    return _begin(user, {"type": Factor.TYPE_GOOGLE, "issuer": issuer})


def begin_phone(user: User, number: str) -> Factor:
    """Make a phone that waits for its first code, and send that; three requests or more."""
    if not number.strip():
        raise Problem(_("Enter the number of the phone."))
    phone = {"number": number.strip(), "description": MADE_HERE}
    return _begin(user, {"type": Factor.TYPE_SMS, "phone": phone}, challenge=True)


def begun(user: User, id: str) -> Factor:
    """Return one of the user's factors that waits for its first code; one request. `Problem` without it."""
    found = user.factors.query(verification_status=Factor.STATUS_UNVERIFIED, expand=Expansion("phone"))
    return _of_id(found, id)


def codes_if_missing(user: User) -> list[str] | None:
    """Return new recovery codes, or None where the user has some; one request, or two."""
    if any(each.type == Factor.TYPE_RECOVERY_CODES for each in proved(user)):
        return None
    return _create_codes(user)


def new_codes(user: User) -> list[str]:
    """Replace the recovery codes, and return them; two requests or three. `Problem` without app and phone."""
    found = proved(user)
    if not any(map(_is_device, found)):
        raise Problem(_("Add an app or a phone first."))
    for each in found:
        if each.type == Factor.TYPE_RECOVERY_CODES:
            _delete(each)
    return _create_codes(user)


def remove(user: User, id: str) -> None:
    """Remove a factor, and with the last app or phone the recovery codes; two requests or three."""
    found = proved(user)
    removed = _of_id(found, id)
    _delete(removed)
    left = [each for each in found if each is not removed]
    if not any(map(_is_device, left)):
        for each in left:
            _delete(each)


def _begin(user: User, properties: dict[str, Any], **options: Any) -> Factor:
    """Make a factor, after deleting those that were begun before and never proved."""
    found = list(user.factors.query(expand=Expansion("phone")))
    if is_full([each for each in found if each.is_verified()]):
        raise Problem(_("You have as many as you can have: remove one first."))
    for each in found:
        if not each.is_verified():
            _delete(each)
    with for_end_user():
        return user.factors.create(properties, expand=Expansion("phone"), **options)


def _create_codes(user: User) -> list[str]:
    with for_end_user():
        return list(user.factors.create({"type": Factor.TYPE_RECOVERY_CODES}).codes)


def _of_id(factors: Any, id: str) -> Factor:
    for each in factors:
        if second_factor.id_of(each) == id:
            found: Factor = each
            return found
    raise Problem(_("This is not there any more: begin again."))


def _delete(factor: Factor) -> None:
    made_here = factor.is_sms() and factor.phone.description == MADE_HERE
    try:
        # The factor goes with its phone.
        (factor.phone if made_here else factor).delete()
    except Error as refused:
        # Deleted meanwhile.
        if refused.status != NOT_FOUND:
            raise


def _is_device(factor: Factor) -> bool:
    return factor.type != Factor.TYPE_RECOVERY_CODES
