"""The groups that an application or an organization sees, and by which account store."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from stormpath.server.console.declared import bulk, lists, menus
from stormpath.server.console.declared.kinds import Column
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.applications import stores

_VIA: Final = "mappedVia"


def show(request: ConsoleRequest, **more: Any) -> None:
    """Show the list as any other, with a column more: one statement."""
    path = f"/applications/{request.params['id']}"
    body = request.api.get(path)
    group, resource = request.console.resources["group"], request.console.resources["application"]
    view = lists.read_list(request, group, f"{path}/groups")
    view.create = request.url(f"{path}/groups/new")
    column = Column(_VIA, gettext("Mapped Via"), "link", sortable=False, is_default=True)
    view.every_column = [*view.every_column, column]
    chosen = [each for each in request.query.get("columns", "").split(",") if each]
    if not chosen or _VIA in chosen:
        view.columns = [*view.columns, column]
        ids = [each.id for each in view.rows]
        ways = stores.reads(request).ways(request.tenant["id"], body["href"].rpartition("/")[2], ids)
        cells = [_cell(request, ways.get(each.id, [])) for each in view.rows]
        view.rows = [
            replace(each, cells=(*each.cells, cell)) for each, cell in zip(view.rows, cells, strict=True)
        ]
    head = menus.head_of(request, resource, body)
    request.render("owned_list.html", {**head, "list": view, **more})


def _cell(request: ConsoleRequest, ways: list[Any]) -> dict[str, str] | None:
    """Return the first way, with how many others there are."""
    if not ways:
        return None
    first = ways[0]
    title = first.name if first.kind != "group" else gettext("the group itself")
    if len(ways) > 1:
        title = gettext("%(first)s and %(number)s more", first=title, number=len(ways) - 1)
    return {
        "title": title,
        "page": request.url(f"/{request.console.resources[first.kind].plural}/{first.id}"),
    }


def change(request: ConsoleRequest) -> None:
    """Do to the ticked rows what was chosen, as in the declared list."""
    bulk.run(request.console.resources["group"], show, request)


PAGES: Final = (Page("/applications/{id}/groups", show, change, section="applications"),)
