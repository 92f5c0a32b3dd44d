"""Where a page lies: the links above its title."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stormpath.server.console import labels
from stormpath.server.console.declared.kinds import title_of
from stormpath.server.console.texts import gettext
from stormpath.server.schema import Link, Resource

if TYPE_CHECKING:
    from stormpath.server.console.request import ConsoleRequest

#: A label and an address.
Step = tuple[str, str]


def trail(request: ConsoleRequest, resource: Resource, body: Mapping[str, Any]) -> list[Step]:
    """Return the way to a resource, without itself: the list of its kind or its owner. No request."""
    resources = request.console.resources
    if has_list(request, resource):
        return [_list_of(request, resource)]
    if resource.below and "href" in body:
        owner = next(each for each in resources.values() if each.plural == resource.below)
        parent = request.api.path_of(body["href"]).rpartition("/")[0]
        above = [_list_of(request, owner)] if has_list(request, owner) else []
        return [*above, (labels.singular(owner.name), request.url(parent))]
    for each in resource.own:
        value: Any = body.get(each.name)
        if isinstance(each, Link) and not each.companion and each.name != "tenant" and _leads_on(value):
            kind = request.console.kind_at(value["href"]) or each.to[0]
            text = title_of(kind, value) if len(value) > 1 else labels.singular(kind)
            return [(text, request.page_of(value["href"]))]
    return [(gettext("Home"), request.url("/"))]


def has_list(request: ConsoleRequest, resource: Resource) -> bool:
    """Tell whether the tenant has a list of that kind of resource."""
    return resource.plural in request.console.resources["tenant"].by_name


def _list_of(request: ConsoleRequest, resource: Resource) -> Step:
    return labels.plural(resource.name), request.url(f"/{resource.plural}")


def _leads_on(value: Any) -> bool:
    return isinstance(value, Mapping) and "href" in value
