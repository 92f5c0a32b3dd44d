"""The lists of all accounts and all groups, narrowed by directory, group or application."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from stormpath.server.console import labels
from stormpath.server.console.declared import bulk, lists, pickers
from stormpath.server.console.declared.kinds import title_of
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.accounts import frames
from stormpath.server.schema import Collection
from stormpath.server.schema.errors import not_found

#: What narrows a list, by what it lists: kinds of resources that have a collection of its name.
FILTERS: Final = {"account": ("directory", "group", "application"), "group": ("directory", "application")}


def show(kind: str, request: ConsoleRequest, **more: Any) -> None:
    """Show the list; a parameter named like a kind of resource narrows it to that one's."""
    item = request.console.resources[kind]
    tenant = request.console.resources["tenant"]
    collection: Any = next(each for each in tenant.own if isinstance(each, Collection) and each.of == kind)
    by = next((each for each in FILTERS[kind] if request.query.get(each)), "")
    narrowed, kept = None, {}
    api_path = f"/tenants/{request.tenant['id']}/{item.plural}"
    if by:
        resource = request.console.resources[by]
        id = request.query[by]
        if not frames.is_id(id):
            raise not_found()
        owner = request.api.get(resource.path.replace("{id}", id))
        kept = {by: id}
        api_path = f"{resource.path.replace('{id}', id)}/{item.plural}"
        narrowed = {
            "kind": labels.singular(by),
            "title": title_of(by, owner),
            "page": request.page_of(owner["href"]),
        }
    view = lists.read_list(request, item, api_path, collection=collection, kept=kept)
    view.create = request.url(
        f"/{item.plural}/new", {name: kept[name] for name in kept if name == "directory"}
    )
    _narrow_by_directory(request, view)
    request.render(
        "accounts/list.html",
        {
            "list": view,
            "title": labels.plural(kind),
            "narrowed": narrowed,
            "filters": [(each, labels.singular(each)) for each in FILTERS[kind]],
            "everything": request.url(f"/{item.plural}"),
            **more,
        },
    )


def _narrow_by_directory(request: ConsoleRequest, view: lists.ListView) -> None:
    """Let the name of a directory narrow the list to it."""
    for row in view.rows:
        for column, cell in zip(view.columns, row.cells, strict=True):
            if column.name == "directory" and isinstance(cell, dict):
                id = cell["page"].rpartition("/")[2]
                cell["page"] = request.url(view.path, view.with_(directory=id, group="", application=""))


def choose(kind: str, request: ConsoleRequest) -> None:
    """Search for what narrows the list."""
    by = request.query.get("by", "")
    if by not in FILTERS[kind]:
        by = FILTERS[kind][0]
    item, resource = request.console.resources[kind], request.console.resources[by]

    def narrowed(id: str, body: Any) -> str:
        return request.url(f"/{item.plural}", {by: id})

    picker = pickers.pick(
        request,
        by,
        f"/tenants/{request.tenant['id']}/{resource.plural}",
        columns=("directory", "description") if by == "group" else ("description",),
        expand="directory" if by == "group" else None,
        kept={"by": by},
        url_of=narrowed,
    )
    heading = gettext(
        "Show the %(items)s of one %(kind)s", items=labels.plural(kind), kind=labels.singular(by)
    )
    request.render("accounts/pick.html", picker=picker, heading=heading, about="")


def _pages(kind: str, plural: str) -> tuple[Page, ...]:
    listed = partial(show, kind)

    def several(request: ConsoleRequest) -> None:
        bulk.run(request.console.resources[kind], listed, request)

    return (
        Page(f"/{plural}", listed, several, section=plural),
        Page(f"/{plural}/filter", partial(choose, kind), section=plural),
    )


PAGES: Final = (*_pages("account", "accounts"), *_pages("group", "groups"))
