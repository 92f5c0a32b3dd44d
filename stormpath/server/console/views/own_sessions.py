"""The sessions of the own account: where it is logged in, and an end to that."""

from __future__ import annotations

import re
from typing import Any, Final

from stormpath.server.console import sessions
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext, ngettext
from stormpath.server.console.views import own_menu
from stormpath.server.domain.console_sessions import ConsoleSession
from stormpath.server.schema.errors import not_found
from stormpath.server.schema.timestamps import timestamp

#: What a browser is called, by what it says it is: the first that is found, since most name others as well.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)

_ID: Final = re.compile(r"[0-9A-Za-z]{1,64}")


def show(request: ConsoleRequest) -> None:
    """List the sessions of the own account. No request to the API."""
    opened = request.current
    found = [_shown(each, opened.session.id) for each in request.console.sessions.of_account(request.current)]
    request.render(
        "own/sessions.html",
        {
            **own_menu.head(request, gettext("Sessions")),
            "sessions": found,
            "idle_minutes": sessions.IDLE_MS // 60_000,
            "absolute_hours": sessions.ABSOLUTE_MS // 3_600_000,
            "ends_at": str(timestamp(opened.session.ends_at)),
        },
    )


def end(request: ConsoleRequest) -> None:
    """End the session that the form names, or all others."""
    known = request.console.sessions
    if "others" in request.form:
        count = known.end_others(request.current)
        request.redirect(
            "/me/sessions", ngettext("%(number)s session is ended.", "%(number)s sessions are ended.", count)
        )
        return
    id = request.form.get("session", "")
    if not _ID.fullmatch(id) or not known.end_one(request.current, id):
        raise not_found()
    if id == request.current.session.id:
        request.console.drop_cookie(request.resp, request.console.cookie)
        request.redirect("/login")
        return
    request.redirect("/me/sessions", gettext("The session is ended."))


def browser_of(agent: str) -> str:
    """Return what a person calls a browser, by what it says it is: ``Firefox, Linux``."""
    found = [next((name for part, name in each if part in agent), "") for each in (_BROWSERS, _SYSTEMS)]
    return ", ".join(each for each in found if each) or agent or gettext("unknown")


def _shown(session: ConsoleSession, own_id: str) -> dict[str, Any]:
    return {
        "id": session.id,
        "address": session.address,
        "browser": browser_of(session.agent),
        "agent": session.agent,
        "created": str(timestamp(session.created_at)),
        "used": str(timestamp(session.used_at)),
        "is_this": session.id == own_id,
    }


PAGES: Final = (Page("/me/sessions", show, end),)
