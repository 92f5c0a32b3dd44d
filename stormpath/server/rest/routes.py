"""The paths of the API, one for each declared resource, collection and endpoint, on Falcon's router."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import falcon

from stormpath.server.domain.context import RequestContext
from stormpath.server.rest.engine import Engine, links_of
from stormpath.server.rest.protocols import Protocol
from stormpath.server.schema import (
    Attribute,
    Collection,
    CustomData,
    Endpoint,
    OneTimeTokens,
    Resource,
    TokenCheck,
    TokenLink,
)

Responder = Callable[..., None]


class Path(NamedTuple):
    """A path, its responders by method, and its subject: a resource, or an attribute of one.

    ``protocol`` is that of the path, where it is not the API's JSON. One that ``is_limited`` counts among the
    requests that are at work at a time. ``authenticate`` is for callers that have no API key: it returns the
    context of a request and its caller by the ``Authorization`` header; such a path has no ``{id}``.
    """

    template: str
    responders: dict[str, Responder]
    resource: Resource | None = None
    attribute: Attribute | None = None
    tokens: OneTimeTokens | None = None
    protocol: Protocol | None = None
    is_limited: bool = True
    authenticate: Callable[[str | None], tuple[RequestContext, Any]] | None = None


class Route:
    """The responders of one path, as Falcon looks for them. HEAD is GET without its body."""

    def __init__(self, responders: dict[str, Responder]) -> None:
        if "GET" in responders:
            responders = {**responders, "HEAD": responders["GET"]}
        self._allowed = sorted(responders)
        for method in falcon.COMBINED_METHODS:
            # Every method: Falcon would answer OPTIONS by itself.
            setattr(self, f"on_{method.lower()}", responders.get(method, self._not_allowed))

    def _not_allowed(self, req: falcon.Request, resp: falcon.Response, **_: Any) -> None:
        raise falcon.HTTPMethodNotAllowed(self._allowed)


def paths(engine: Engine) -> Iterator[Path]:
    """Return every path of the API below the base URL."""
    tenant = engine.resources["tenant"]
    yield Path("/tenants/current", {"GET": engine.current_tenant}, tenant)
    collections = {each.of: each for each in links_of(tenant, Collection)}
    for resource in engine.resources.values():
        if not resource.below:
            collection = collections.get(resource.name)
            yield Path(f"/{resource.plural}", _bare(engine, resource, collection), resource, collection)
        yield Path(resource.path, _instance(engine, resource), resource)
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
    here = resource.path
    for collection in links_of(resource, Collection):
        responders: dict[str, Responder] = {"GET": partial(engine.list, resource, collection)}
        if collection.accepts_items:
            responders["POST"] = partial(engine.create_in, resource, engine.resources[collection.of])
        yield Path(f"{here}/{collection.name}", responders, resource, collection)
    for endpoint in links_of(resource, Endpoint):
        responders = {"POST": partial(engine.act, resource, endpoint)}
        yield Path(f"{here}/{endpoint.name}", responders, resource, endpoint)
        if endpoint.tokens is not None:
            yield _of_tokens(engine, resource, endpoint, endpoint.tokens)
    for check in links_of(resource, TokenCheck):
        yield Path(f"{here}/{check.name}", {}, resource, check)
        responders = {"GET": partial(engine.check_token, resource, check)}
        yield Path(f"{here}/{check.name}/{{token}}", responders, resource, check)
    for link in links_of(resource, TokenLink):
        yield _of_tokens(engine, resource, link, link.tokens)
    for custom_data in links_of(resource, CustomData):
        responders = {
            "GET": partial(engine.custom_data.read, resource),
            "POST": partial(engine.custom_data.update, resource),
            "DELETE": partial(engine.custom_data.delete, resource),
        }
        yield Path(f"{here}/customData", responders, resource, custom_data)
        of_key: dict[str, Responder] = {"DELETE": partial(engine.custom_data.delete, resource)}
        yield Path(f"{here}/customData/{{key}}", of_key, resource, custom_data)


def _of_tokens(engine: Engine, resource: Resource, attribute: Attribute, tokens: OneTimeTokens) -> Path:
    responders: dict[str, Responder] = {"POST": partial(engine.tokens.spend, resource, tokens)}
    if tokens.readable:
        responders["GET"] = partial(engine.tokens.read, resource, tokens)
    return Path(tokens.path, responders, resource, attribute, tokens)
