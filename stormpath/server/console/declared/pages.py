"""The pages of every declared resource: a list for each collection, a page for each instance."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from stormpath.server.console import labels
from stormpath.server.console.declared import bulk, creation, custom_data, deletion, details, lists, menus
from stormpath.server.console.declared.kinds import kind_of, title_of
from stormpath.server.console.declared.problems import sentence
from stormpath.server.console.notices import Notice
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest, own_path
from stormpath.server.console.texts import gettext
from stormpath.server.schema import DISABLED, Collection, CustomData, Resource
from stormpath.server.schema.errors import ApiError

if TYPE_CHECKING:
    from stormpath.server.console.app import Console


def declared_pages(console: Console) -> Iterator[Page]:
    """Return the pages that follow from the declarations."""
    resources = console.resources
    for each in resources["tenant"].own:
        if isinstance(each, Collection):
            yield from _of_tenant(resources[each.of], each)
    for resource in resources.values():
        if "GET" in resource.verbs:
            yield from _of_instance(resource)
        for each in resource.own:
            if isinstance(each, Collection) and not each.needs and resource.name != "tenant":
                yield from _of_collection(resource, resources[each.of], each)


def _of_tenant(item: Resource, collection: Collection) -> Iterator[Page]:
    path = f"/{collection.name}"
    section = kind_of(item.name).section or collection.name
    show = partial(_tenant_list, item, collection)
    yield Page(path, show, partial(bulk.run, item, show), section=section)
    if "POST" in item.top_level:
        new = partial(creation.ask, item, path)
        yield Page(f"{path}/new", new, partial(creation.create, item, path), section=section)


def _tenant_list(item: Resource, collection: Collection, request: ConsoleRequest, **more: Any) -> None:
    api_path = f"/tenants/{request.tenant['id']}/{collection.name}"
    view = lists.read_list(request, item, api_path, collection=collection)
    if "POST" in item.top_level:
        view.create = request.url(f"/{collection.name}/new")
    request.render("list.html", {"list": view, "title": labels.plural(item.name), **more})


def _of_instance(resource: Resource) -> Iterator[Page]:
    section = kind_of(resource.name).section
    change = partial(_change, resource) if "POST" in resource.verbs else None
    yield Page(resource.path, partial(_show, resource), change, section=section)
    if "DELETE" in resource.verbs:
        yield Page(
            f"{resource.path}/delete",
            partial(_ask_delete, resource),
            partial(_delete, resource),
            section=section,
        )
    if "status" in resource.by_name and "POST" in resource.verbs:
        yield Page(f"{resource.path}/status", None, partial(_set_status, resource), section=section)
    if any(isinstance(each, CustomData) for each in resource.own):
        yield from custom_data.pages_of(resource, section)


def path_of(request: ConsoleRequest, resource: Resource) -> str:
    """Return the path of the resource whose id is in the address, in the API as on the pages."""
    return resource.path.replace("{id}", request.params["id"])


def _show(resource: Resource, request: ConsoleRequest) -> None:
    if resource.document is not None and not resource.document.or_json:
        request.send(*request.api.document(path_of(request, resource)))
        return
    details.show(request, resource, details.read(request, resource, path_of(request, resource)))


def _change(resource: Resource, request: ConsoleRequest) -> None:
    details.change(request, resource, path_of(request, resource))


def _ask_delete(resource: Resource, request: ConsoleRequest) -> None:
    deletion.ask(request, resource, path_of(request, resource))


def _delete(resource: Resource, request: ConsoleRequest) -> None:
    home = f"/{resource.plural}" if kind_of(resource.name).section else "/"
    back = own_path(request.form.get("back", ""), home)
    deletion.delete(request, resource, path_of(request, resource), back)


def _set_status(resource: Resource, request: ConsoleRequest) -> None:
    """Change the status in a list; disabling is asked for once more."""
    path, status = path_of(request, resource), request.form.get("status", "")
    body = details.read(request, resource, path)
    if status == DISABLED and body["status"] != DISABLED and "confirmed" not in request.form:
        head = menus.head_of(request, resource, body)
        about = gettext(kind_of(resource.name).disabling)
        request.render("disable.html", {**head, "about": about, "back": request.form.get("back", "")})
        return
    back = own_path(request.form.get("back", ""), path)
    title = title_of(resource.name, body)
    try:
        request.api.post(path, {"status": status})
    except ApiError as error:
        if error.status >= 500:
            raise
        request.redirect(back, Notice(sentence(error.text_for_people), "bad"))
        return
    text = gettext("%(title)s is %(status)s now.", title=title, status=labels.word(status).lower())
    request.redirect(back, text)


def _of_collection(owner: Resource, item: Resource, collection: Collection) -> Iterator[Page]:
    path = f"{owner.path}/{collection.name}"
    section = kind_of(owner.name).section
    show = partial(_owned_list, owner, item, collection)
    yield Page(path, show, partial(bulk.run, item, show), section=section)
    if collection.accepts_items:
        new = partial(_new_in, owner, item, collection)
        yield Page(f"{path}/new", new, partial(_create_in, owner, item, collection), section=section)


def read_owner(request: ConsoleRequest, owner: Resource) -> dict[str, Any]:
    """Return the JSON of the resource whose page this is, with what its menu depends on. One request."""
    expanded = ",".join(kind_of(owner.name).expands)
    return request.api.get(path_of(request, owner), {"expand": expanded or None})


def _owned_list(
    owner: Resource, item: Resource, collection: Collection, request: ConsoleRequest, **more: Any
) -> None:
    path = path_of(request, owner)
    body = read_owner(request, owner)
    view = lists.read_list(request, item, f"{path}/{collection.name}", collection=collection)
    if collection.accepts_items and not kind_of(owner.name).is_copy(body):
        view.create = request.url(f"{path}/{collection.name}/new")
    head = menus.head_of(request, owner, body)
    request.render("owned_list.html", {**head, "list": view, **more})


def _new_in(owner: Resource, item: Resource, collection: Collection, request: ConsoleRequest) -> None:
    path = path_of(request, owner)
    head = menus.head_of(request, owner, read_owner(request, owner))
    creation.ask(item, f"{path}/{collection.name}", request, head=head)


def _create_in(owner: Resource, item: Resource, collection: Collection, request: ConsoleRequest) -> None:
    path = path_of(request, owner)
    head = menus.head_of(request, owner, read_owner(request, owner))
    creation.create(item, f"{path}/{collection.name}", request, head=head)
