"""The time that a session has left: asked for and extended by the script of the pages.

To ask does not extend it; a page in another tab does, and so does the button "Stay logged in".
"""

from __future__ import annotations

import json
from typing import Final

from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.sessions import TimeLeft
from stormpath.server.console.texts import gettext
from stormpath.server.domain.console_sessions import OPEN

_NONE: Final = TimeLeft(0, 0)


def time_left(request: ConsoleRequest) -> None:
    """Answer with the seconds that are left, as JSON."""
    opened = request.opened
    is_open = opened is not None and opened.session.stage == OPEN
    left = request.console.sessions.left(opened) if opened is not None and is_open else _NONE
    request.send(json.dumps(left._asdict()).encode(), "application/json")


def stay(request: ConsoleRequest) -> None:
    """Extend the session by another half an hour, within its absolute limit."""
    request.console.sessions.touch(request.current, at_once=True)
    if request.is_fragment:
        # The script goes on with the page that is open.
        request.send(b"{}", "application/json")
        return
    request.redirect("/me/sessions", gettext("You stay logged in."))


PAGES: Final = (
    # Public: a page that is not would extend the session by being asked for.
    Page("/session", time_left, public=True),
    Page("/session/stay", None, stay),
)
