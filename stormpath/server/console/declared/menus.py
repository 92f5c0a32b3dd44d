"""The menu of a resource: its details, what it contains, and what belongs to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from stormpath.server.console import labels
from stormpath.server.console.declared.kinds import kind_of, title_of
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.schema import Collection, CustomData, Link, Resource

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry: its label, its address, and whether it is the present page."""

    label: str
    url: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Extra:
    """A page of one kind of resource that no attribute stands for; ``suffix`` follows its path.

    ``replaces`` is the attribute whose entry it takes. ``shown`` tells by the JSON whether it has the page.
    """

    suffix: str
    label: str
    replaces: str = ""
    shown: Callable[[Mapping[str, Any]], bool] = lambda body: True


#: By the kind of resource, in the order of the menu.
EXTRAS: Final[dict[str, list[Extra]]] = {}


def add(resource: str, *extras: Extra) -> None:
    """Add pages to the menu of a kind of resource."""
    known = EXTRAS.setdefault(resource, [])
    known.extend(each for each in extras if each not in known)


def menu_of(request: ConsoleRequest, resource: Resource, body: Json) -> list[Entry]:
    """Return the menu of a resource by its JSON. No request."""
    path = request.api.path_of(body["href"])
    extras = EXTRAS.get(resource.name, [])
    hidden = kind_of(resource.name).hidden | {each.replaces for each in extras}
    entries = [(gettext("Details"), path)]
    entries += [(gettext(each.label), f"{path}{each.suffix}") for each in extras if each.shown(body)]
    for each in resource.own:
        if each.name in hidden or each.name not in body:
            continue
        value = body[each.name]
        # One that needs a parameter is no list to look through.
        has_page = (
            isinstance(each, CustomData)
            # The collections of the tenant are the main tabs.
            or (isinstance(each, Collection) and not each.needs and resource.name != "tenant")
            or (isinstance(each, Link) and each.companion)
        )
        if has_page and isinstance(value, dict) and "href" in value:
            entries.append((labels.label(each.name, resource.name), request.api.path_of(value["href"])))
    here = request.path
    # A page below one of another entry belongs to it; the details have their path alone.
    above = [
        target
        for _, target in entries
        if here == target or (here.startswith(f"{target}/") and target != path)
    ]
    current = max(above, key=len, default="")
    return [Entry(label, request.url(target), target == current) for label, target in entries]


def head_of(request: ConsoleRequest, resource: Resource, body: Json) -> Json:
    """Return what the frame of a resource's page shows: for the templates, merge it into their values."""
    path = request.api.path_of(body["href"])
    title, kind = title_of(resource.name, body), labels.singular(resource.name)
    return {
        "resource": resource,
        "body": body,
        # What has no name is called by its kind: its id says nothing to people.
        "title": kind if title == path.rpartition("/")[2] and not body.get("id") else title,
        "kind_label": kind,
        "menu": menu_of(request, resource, body),
        "rest_url": request.url(f"/rest{path}"),
        "path": path,
    }
