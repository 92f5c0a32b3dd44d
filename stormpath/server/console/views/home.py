"""Home: what there is, and what needs attention."""

from __future__ import annotations

from typing import Final

from stormpath.server.console import labels
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest

_COUNTED: Final = ("application", "directory", "organization", "group", "account")


def show(request: ConsoleRequest) -> None:
    """Show the numbers of resources."""
    tenant = request.tenant["id"]
    counts = []
    for name in _COUNTED:
        plural = request.console.resources[name].plural
        size = request.api.get(f"/tenants/{tenant}/{plural}", {"limit": 1})["size"]
        counts.append({"label": labels.plural(name), "size": size, "url": request.url(f"/{plural}")})
    request.render("home.html", counts=counts)


PAGES: Final = (Page("/", show, section="home"),)
