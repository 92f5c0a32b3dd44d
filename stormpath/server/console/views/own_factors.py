"""Security credentials of the own account: the password, API keys, and second factors that are set up here.

The password is asked for before a factor is begun or removed: a session that was stolen is not enough to add
one, which would be the thief's own. A factor that is begun counts when its first code was right.
"""

from __future__ import annotations

from typing import Any, Final

from stormpath.server.console import second_factors
from stormpath.server.console.declared.problems import sentence
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.second_factors import APP, PHONE, RECOVERY_CODES, Factor
from stormpath.server.console.texts import gettext
from stormpath.server.console.views import own_menu
from stormpath.server.schema.errors import ApiError, Code, not_found

HOME: Final = "/me/security"

#: Apps and phones of one account.
MOST: Final = 5

#: What a phone is for that is made here. It goes with its factor; one that a program made stays.
MADE_HERE: Final = "For the codes of logins"

_LONGEST_NUMBER: Final = 64
_LONGEST_CODE: Final = 64


def show(request: ConsoleRequest, problem: str = "", status: int = 200) -> None:
    """Show what the account is protected by. One request to the API."""
    found = [each for each in _factors(request) if each.is_verified]
    devices = [each for each in found if each.kind != RECOVERY_CODES]
    codes = next((each for each in found if each.kind == RECOVERY_CODES), None)
    request.render(
        "own/security.html",
        {
            **own_menu.head(request, gettext("Security Credentials")),
            "devices": devices,
            "codes": codes,
            "is_full": len(devices) >= MOST,
            "needs_proof": not request.is_proved,
            "problem": problem,
            "number": request.form.get("number", ""),
        },
        status=status,
    )


def begin(request: ConsoleRequest) -> None:
    """Begin an app or a phone, or make new recovery codes, as the button says."""
    if not request.prove():
        show(request, gettext("The password is wrong."), 400)
        return
    try:
        match request.form.get("set_up", ""):
            case "app":
                _begin_app(request)
            case "phone":
                _begin_phone(request)
            case "codes":
                _renew_codes(request)
            case _:
                raise not_found()
    except ApiError as error:
        if error.status >= 500 or error.status == 404:
            raise
        show(request, sentence(error.text_for_people), error.status)


def ask_code(request: ConsoleRequest, problem: str = "", status: int = 200, challenge: str = "") -> None:
    """Show what an app needs, and the form for the first code."""
    if not request.is_proved:
        # The key of an app is shown to who has just given the password.
        request.redirect(HOME, gettext("Please give your password again, and begin anew."))
        return
    factor = _begun(request)
    body = request.api.get(f"/factors/{factor.id}")
    request.render(
        "own/factor.html",
        {
            **own_menu.head(request, gettext("Security Credentials")),
            "factor": factor,
            "secret": body.get("secret"),
            "image": body.get("base64QRImage"),
            "challenge": challenge or request.form.get("challenge", request.query.get("challenge", "")),
            "problem": problem,
        },
        status=status,
    )


def prove(request: ConsoleRequest) -> None:
    """Compare the first code: it is the proof that the app or the phone works."""
    factor = _begun(request)
    if "send" in request.form:
        try:
            ask_code(request, challenge=second_factors.send_code(request.api, factor))
        except ApiError as error:
            if error.status >= 500:
                raise
            ask_code(request, sentence(error.text_for_people), error.status)
        return
    code = request.form.get("code", "").strip()
    try:
        is_right = 0 < len(code) <= _LONGEST_CODE and second_factors.is_right(
            request.api, own_menu.account(request), factor, code, request.form.get("challenge", "")
        )
    except ApiError as error:
        ask_code(request, second_factors.problem_of(error), error.status)
        return
    if not is_right:
        ask_code(request, gettext("The code is wrong."), 400)
        return
    if any(each.kind == RECOVERY_CODES for each in _factors(request)):
        request.redirect(HOME, gettext("From now on a code is asked for at each login."))
        return
    _show_codes(request, gettext("From now on a code is asked for at each login."))


def ask_removal(request: ConsoleRequest, problem: str = "", status: int = 200) -> None:
    """Ask before a factor is removed."""
    factor = _own(request)
    request.render(
        "own/factor_removal.html",
        {
            **own_menu.head(request, gettext("Security Credentials")),
            "factor": factor,
            "is_last": _is_last(request, factor),
            "needs_proof": not request.is_proved,
            "problem": problem,
        },
        status=status,
    )


def remove(request: ConsoleRequest) -> None:
    """Remove a factor; with the last app or phone the recovery codes."""
    if not request.prove():
        ask_removal(request, gettext("The password is wrong."), 400)
        return
    factor = _own(request)
    goes_too = _is_last(request, factor)
    _delete(request, factor)
    for each in _factors(request) if goes_too else ():
        _delete(request, each)
    request.redirect(HOME, gettext("It is removed."))


def _begin_app(request: ConsoleRequest) -> None:
    _forget_begun(request)
    body = {"type": APP, "issuer": f"Stormpath {request.tenant['key']}"}
    made = request.api.post(f"{own_menu.account(request)}/factors", body)
    request.redirect(f"{HOME}/{_id(made)}")


def _begin_phone(request: ConsoleRequest) -> None:
    number = request.form.get("number", "").strip()
    if not 0 < len(number) <= _LONGEST_NUMBER:
        show(request, gettext("Enter the number of the phone."), 400)
        return
    _forget_begun(request)
    body = {"type": PHONE, "phone": {"number": number, "description": MADE_HERE}}
    made = request.api.post(f"{own_menu.account(request)}/factors", body)
    factor = next(each for each in _factors(request) if each.id == _id(made))
    challenge = second_factors.send_code(request.api, factor)
    request.redirect(f"{HOME}/{factor.id}?challenge={challenge}")


def _renew_codes(request: ConsoleRequest) -> None:
    found = [each for each in _factors(request) if each.is_verified]
    if not any(each.kind != RECOVERY_CODES for each in found):
        show(request, gettext("Set up an app or a phone first."), 400)
        return
    for each in found:
        if each.kind == RECOVERY_CODES:
            _delete(request, each)
    _show_codes(request, gettext("The codes that you had before are void."))


def _show_codes(request: ConsoleRequest, about: str) -> None:
    made = request.api.post(f"{own_menu.account(request)}/factors", {"type": RECOVERY_CODES})
    head = own_menu.head(request, gettext("Recovery Codes"))
    request.render("own/recovery_codes.html", {**head, "codes": made["codes"], "about": about})


def _forget_begun(request: ConsoleRequest) -> None:
    """Delete what was begun and never proved; refuse one more than ``MOST``."""
    found = _factors(request)
    if len([each for each in found if each.is_verified and each.kind != RECOVERY_CODES]) >= MOST:
        raise ApiError(Code.CONFLICT, gettext("You have as many as you can have. Please remove one first."))
    for each in found:
        if not each.is_verified:
            _delete(request, each)


def _factors(request: ConsoleRequest) -> list[Factor]:
    return second_factors.all_of(request.api, own_menu.account(request))


def _begun(request: ConsoleRequest) -> Factor:
    factor = _own(request)
    if factor.is_verified:
        raise not_found()
    return factor


def _own(request: ConsoleRequest) -> Factor:
    """Return the factor of the address, if it is one of the own account."""
    found = next((each for each in _factors(request) if each.id == request.params["factor"]), None)
    if found is None:
        raise not_found()
    return found


def _is_last(request: ConsoleRequest, factor: Factor) -> bool:
    if factor.kind == RECOVERY_CODES:
        return False
    others = [each for each in _factors(request) if each.is_verified and each.id != factor.id]
    return all(each.kind == RECOVERY_CODES for each in others)


def _delete(request: ConsoleRequest, factor: Factor) -> None:
    # A factor goes with its phone.
    phone = f"/phones/{factor.phone_id}"
    made_here = bool(factor.phone_id) and request.api.get(phone).get("description") == MADE_HERE
    request.api.delete(phone if made_here else f"/factors/{factor.id}")


def _id(body: dict[str, Any]) -> str:
    return str(body["href"]).rpartition("/")[2]


PAGES: Final = (
    Page(HOME, show, begin),
    Page(f"{HOME}/{{factor}}", ask_code, prove),
    Page(f"{HOME}/{{factor}}/delete", ask_removal, remove),
)
