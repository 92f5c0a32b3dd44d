"""Paths: one for each declared resource, collection and endpoint, on Falcon's router."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import falcon

from stormpath.server.declaration import Collection, Endpoint, Resource
from stormpath.server.rest.engine import Engine, has_custom_data, links_of

Responder = Callable[..., None]
Path = tuple[str, dict[str, Responder]]


class Route:
    """The responders of one path, as Falcon looks for them. HEAD is GET without its body."""

    def __init__(self, responders: dict[str, Responder]) -> None:
        if "GET" in responders:
            responders = {**responders, "HEAD": responders["GET"]}
        self._allowed = sorted(responders)
        for method in falcon.COMBINED_METHODS:
            # All of them: Falcon would answer OPTIONS by itself.
            setattr(self, f"on_{method.lower()}", responders.get(method, self._refuse))

    def _refuse(self, req: falcon.Request, resp: falcon.Response, **_: Any) -> None:
        raise falcon.HTTPMethodNotAllowed(self._allowed)


def paths(engine: Engine) -> Iterator[Path]:
    """Return every path of the API below the base URL, and what answers there."""
    yield "/tenants/current", {"GET": engine.current_tenant}
    collections = {each.of: each for each in links_of(engine.resources["tenant"], Collection)}
    for resource in engine.resources.values():
        yield f"/{resource.plural}", _bare(engine, resource, collections.get(resource.name))
        yield f"/{resource.plural}/{{id}}", _instance(engine, resource)
        yield from _below(engine, resource)


def _bare(engine: Engine, resource: Resource, collection: Collection | None) -> dict[str, Responder]:
    responders: dict[str, Responder] = {}
    if "GET" in resource.top_level and collection is not None:
        responders["GET"] = partial(engine.list_tenants, collection)
    if "POST" in resource.top_level:
        responders["POST"] = partial(engine.create, resource)
    return responders


def _instance(engine: Engine, resource: Resource) -> dict[str, Responder]:
    responders = {"GET": engine.read, "POST": engine.update, "DELETE": engine.delete}
    return {verb: partial(responders[verb], resource) for verb in resource.verbs}


def _below(engine: Engine, resource: Resource) -> Iterator[Path]:
    here = f"/{resource.plural}/{{id}}"
    for collection in links_of(resource, Collection):
        responders: dict[str, Responder] = {"GET": partial(engine.list, resource, collection)}
        if collection.accepts_items:
            responders["POST"] = partial(engine.create_in, resource, engine.resources[collection.of])
        yield f"{here}/{collection.name}", responders
    for endpoint in links_of(resource, Endpoint):
        yield f"{here}/{endpoint.name}", {"POST": partial(engine.act, resource, endpoint)}
    if has_custom_data(resource):
        yield (
            f"{here}/customData",
            {
                "GET": partial(engine.read_custom_data, resource),
                "POST": partial(engine.update_custom_data, resource),
                "DELETE": partial(engine.delete_custom_data, resource),
            },
        )
        yield f"{here}/customData/{{key}}", {"DELETE": partial(engine.delete_custom_data, resource)}
