"""Where the people of a directory, a group or an organization can log in, and through what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from stormpath.server.console import labels
from stormpath.server.console.declared import menus
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.views.applications import stores
from stormpath.server.domain.account_stores import StoreUse
from stormpath.server.schema import ENABLED

PAGE: Final = 25

#: The furthest row that a page begins at: the cost of a page grows with it.
_FURTHEST: Final = 1_000_000


#: The page that maps a store to applications, below the list of these.
_MAP: Final = {"directory": "new", "organization": "new", "group": "map"}


@dataclass(frozen=True, slots=True)
class UseRow:
    """An application, what it maps, and whether a login gets in this way."""

    use: StoreUse
    application: str
    account_stores: str
    via: str
    via_type: str
    via_page: str
    is_open: bool


def show(kind: str, request: ConsoleRequest) -> None:
    """Show the applications. One request, and two statements."""
    resource = request.console.resources[kind]
    path = f"/{resource.plural}/{request.params['id']}"
    # No one logs in through a group of a disabled directory either.
    body = request.api.get(path, {"expand": "directory"} if kind == "group" else None)
    statuses = {body["status"], body["directory"]["status"] if kind == "group" else ENABLED}
    text = request.query.get("offset", "")
    offset = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(_FURTHEST)) else 0
    id = body["href"].rpartition("/")[2]
    found, size = stores.reads(request).uses(request.tenant["id"], kind, id, min(offset, _FURTHEST), PAGE)
    here = f"{path}/applications"
    request.render(
        "applications/uses.html",
        {
            **menus.head_of(request, resource, body),
            "kind": kind,
            "rows": [_row(request, each) for each in found],
            "size": size,
            "first": offset + 1,
            "is_enabled": statuses == {ENABLED},
            "map": request.url(f"{here}/{_MAP[kind]}"),
            "before": request.url(here, {"offset": max(0, offset - PAGE)}) if offset else "",
            "after": request.url(here, {"offset": offset + PAGE}) if offset + PAGE < size else "",
        },
    )


def _row(request: ConsoleRequest, use: StoreUse) -> UseRow:
    resources = request.console.resources
    application = f"/applications/{use.application_id}"
    return UseRow(
        use,
        request.url(application),
        request.url(f"{application}/accountStores"),
        use.via_name,
        labels.singular(use.via_kind),
        request.url(f"/{resources[use.via_kind].plural}/{use.via_id}"),
        ENABLED == use.application_status == use.via_status,
    )


PAGES: Final = tuple(
    Page(f"/{plural}/{{id}}/applications", partial(show, kind), section=plural)
    for kind, plural in (("directory", "directories"), ("group", "groups"), ("organization", "organizations"))
)
