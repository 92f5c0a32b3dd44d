"""The second factor of a login: it is asked for after the password, before anything else is shown."""

from __future__ import annotations

from typing import Final

from stormpath.server.console import second_factors
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest, own_path
from stormpath.server.console.second_factors import RECOVERY_CODES, Factor
from stormpath.server.console.texts import gettext
from stormpath.server.domain.console_sessions import OPEN
from stormpath.server.rest.in_process import InProcessApi
from stormpath.server.schema.errors import ApiError, Code

#: The longest text that is compared: codes are shorter, also with blanks.
_LONGEST: Final = 64


def ask(request: ConsoleRequest) -> None:
    """Show the form for a code. Nothing is sent by it."""
    if _is_waiting(request):
        _show(request)


def submit(request: ConsoleRequest) -> None:
    """Compare the code; or send one, where the button for that was pressed."""
    if not _is_waiting(request):
        return
    api, account = _api(request)
    factors = second_factors.all_of(api, account, usable=True)
    factor = _chosen(factors, request.form.get("factor", ""))
    if factor is None:
        _show(request, gettext("This is not there any more. Please log in again."), 400)
        return
    try:
        if "send" in request.form:
            challenge = second_factors.send_code(api, factor)
            _show(request, factor_id=factor.id, challenge=challenge)
            return
        code = request.form.get("code", "").strip()
        is_right = 0 < len(code) <= _LONGEST and second_factors.is_right(
            api, account, factor, code, request.form.get("challenge", "")
        )
    except ApiError as error:
        if error.code == Code.TOO_MANY_REQUESTS and error.retry_after is not None:
            request.resp.set_header("Retry-After", str(error.retry_after))
        _show(request, second_factors.problem_of(error), error.status)
        return
    if not is_right:
        _show(request, gettext("The code is wrong."), 400)
        return
    token = request.console.sessions.finish(request.current, request.browser)
    if token is None:
        request.redirect("/login")
        return
    # Another cookie again: that of the password alone is worth nothing from now on.
    request.renew_cookie(token)
    request.redirect(own_path(request.form.get("next", "")))


def cancel(request: ConsoleRequest) -> None:
    """Go back to the login: the password that was given counts no longer."""
    if request.opened is not None and request.opened.session.stage != OPEN:
        request.console.sessions.end(request.opened.session)
        request.console.drop_cookie(request.resp, request.console.cookie)
    request.redirect("/login")


def _is_waiting(request: ConsoleRequest) -> bool:
    """Tell whether a password was given and a factor is waited for; lead other visitors on."""
    if request.opened is None:
        request.redirect("/login")
        return False
    if request.opened.session.stage == OPEN:
        request.redirect(own_path(request.query.get("next", "")))
        return False
    return True


def _api(request: ConsoleRequest) -> tuple[InProcessApi, str]:
    opened = request.current
    return request.console.api(opened.context, request.address), f"/accounts/{opened.session.account_id}"


def _chosen(factors: list[Factor], id: str) -> Factor | None:
    """Return the factor with that id, or of that kind; the first one, where neither is named."""
    return next((each for each in factors if id in (each.id, each.kind, "")), None)


def _show(
    request: ConsoleRequest, problem: str = "", status: int = 200, factor_id: str = "", challenge: str = ""
) -> None:
    api, account = _api(request)
    factors = second_factors.all_of(api, account, usable=True)
    wanted = factor_id or request.form.get("factor", request.query.get("factor", ""))
    chosen = _chosen(factors, wanted)
    request.render(
        "access/login_factor.html",
        status=status,
        problem=problem,
        factor=chosen,
        others=[each for each in factors if each is not chosen],
        challenge=challenge or request.form.get("challenge", ""),
        next=request.form.get("next", request.query.get("next", "")),
        recovery=RECOVERY_CODES,
    )


PAGES: Final = (
    Page("/login/factor", ask, submit, public=True),
    Page("/login/cancel", None, cancel, public=True),
)
