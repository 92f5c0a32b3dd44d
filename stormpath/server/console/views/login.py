"""Logging in and out."""

from __future__ import annotations

from typing import Final

from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest, own_path
from stormpath.server.console.texts import gettext
from stormpath.server.domain.console_sessions import OPEN
from stormpath.server.schema.errors import ApiError, Code


def ask(request: ConsoleRequest) -> None:
    """Show the form; a visitor who is logged in is led on."""
    if request.opened is not None and request.opened.session.stage == OPEN:
        request.redirect(own_path(request.query.get("next", "")))
        return
    _show(request)


def submit(request: ConsoleRequest) -> None:
    """Log in. Whatever is wrong, the answer is one and takes the same time."""
    form = request.form
    tenant, login = form.get("tenant", ""), form.get("login", "")
    try:
        token = request.console.logins.log_in(request, tenant, login, form.get("password", ""))
    except ApiError as error:
        if error.code != Code.TOO_MANY_REQUESTS:
            raise
        if error.retry_after is not None:
            request.resp.set_header("Retry-After", str(error.retry_after))
        _show(request, gettext("Too many logins have failed. Please wait a few minutes."), 429)
        return
    if token is None:
        _show(request, gettext("The tenant, the name or the password is wrong."), 400)
        return
    # Another cookie than before the login: one that was planted is worth nothing.
    request.renew_cookie(token)
    request.remember_tenant(tenant.strip())
    request.redirect(own_path(form.get("next", "")))


def log_out(request: ConsoleRequest) -> None:
    """End the session."""
    request.console.sessions.end(request.current.session)
    request.console.drop_cookie(request.resp, request.console.cookie)
    request.redirect("/login")


def _show(request: ConsoleRequest, problem: str = "", status: int = 200) -> None:
    remembered = request.query.get("tenant") or request.remembered_tenant
    request.render(
        "login.html",
        status=status,
        problem=problem,
        tenant=request.form.get("tenant", remembered),
        login=request.form.get("login", ""),
        next=request.form.get("next", request.query.get("next", "")),
        can_register="registrations" in request.console.services,
    )


PAGES: Final = (
    Page("/login", ask, submit, public=True),
    Page("/logout", None, log_out),
)
