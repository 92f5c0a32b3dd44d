"""Which collection of the API a list shows: by the path of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stormpath.server.schema import Collection, Resource

if TYPE_CHECKING:
    from stormpath.server.console.request import ConsoleRequest


class Place(NamedTuple):
    """A list: the kind of its items, its collection, the path of its page and that of the collection."""

    item: Resource
    collection: Collection
    path: str
    api_path: str


def place_of(request: ConsoleRequest, path: str) -> Place | None:
    """Return the list at a path below the root; ``None`` where the API has no such collection.

    ``/accounts`` are all accounts of the tenant, ``/directories/{id}/accounts`` those of a directory.
    """
    resources = request.console.resources
    owner_path, _, name = path.rpartition("/")
    if not owner_path:
        owner, api_path = resources["tenant"], f"/tenants/{request.tenant['id']}/{name}"
    else:
        found = next((each for each in resources.values() if _is_at(each, owner_path)), None)
        if found is None:
            return None
        owner, api_path = found, path
    collection = owner.by_name.get(name)
    if not isinstance(collection, Collection) or collection.needs:
        return None
    return Place(resources[collection.of], collection, path, api_path)


def _is_at(resource: Resource, path: str) -> bool:
    before, _, after = resource.path.partition("{id}")
    inside = path[len(before) : len(path) - len(after)]
    return path.startswith(before) and path.endswith(after) and bool(inside) and "/" not in inside
