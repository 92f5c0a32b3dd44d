"""The frame of the pages of the own account: its menu."""

from __future__ import annotations

from typing import Any, Final

from stormpath.server.console.declared.menus import Entry
from stormpath.server.console.navigation import Place
from stormpath.server.console.request import ConsoleRequest

#: The entries, in their order.
PLACES: Final = (
    Place("", "My Account", "/me"),
    Place("", "Security Credentials", "/me/security"),
    Place("", "My Api Keys", "/me/apiKeys"),
    Place("", "Sessions", "/me/sessions"),
)


def account(request: ConsoleRequest) -> str:
    """Return the path of the own account in the API."""
    return f"/accounts/{request.administrator['id']}"


def head(request: ConsoleRequest, title: str) -> dict[str, Any]:
    """Return what the frame of a page of the own account shows; its template extends ``own/page.html``."""
    here = request.path
    entries = [Entry(each.label, request.url(each.path), _is_at(here, each.path)) for each in PLACES]
    return {"title": title, "menu": entries, "frame": "own/page.html"}


def _is_at(here: str, path: str) -> bool:
    return here == path or (path != "/me" and here.startswith(f"{path}/"))
