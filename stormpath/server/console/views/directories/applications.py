"""The applications that have a directory as an account store."""

from __future__ import annotations

from stormpath.server.console.declared import lists
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.views.directories import frame


def show(request: ConsoleRequest) -> None:
    """Show them; where there is none, where one is made."""
    found = frame.of_request(request)
    item = request.console.resources["application"]
    view = lists.read_list(request, item, f"{found.path}/applications")
    request.render("directories/applications.html", {**found.head, "list": view})
