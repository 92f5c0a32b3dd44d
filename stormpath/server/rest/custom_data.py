"""The methods of ``{href}/customData``: GET, POST and DELETE of the document, and DELETE of one key."""

from __future__ import annotations

from collections.abc import Mapping

import falcon

from stormpath.server.rest.messages import (
    Request,
    Response,
    context_of,
    deleting,
    existing,
    json_body,
    send_json,
)
from stormpath.server.rest.representation import Renderer
from stormpath.server.rest.rules import RulesOf
from stormpath.server.schema import Resource, custom_data_keys
from stormpath.server.schema.query import check_size


class CustomDataEndpoints:
    """Serves the custom data of resources by their rules. Query parameters are ignored."""

    def __init__(self, renderer: Renderer, rules: Mapping[str, RulesOf]) -> None:
        self._renderer = renderer
        self._rules = rules

    def read(self, resource: Resource, req: Request, resp: Response, id: str) -> None:
        """GET of custom data."""
        check_size(req.query_string)
        with context_of(req).read() as unit:
            row = existing(unit, resource.name, id)
            stored = unit.custom_data.get(resource.name, [id]).get(id)
            send_json(resp, self._renderer.custom_data(resource.name, row, stored))

    def update(self, resource: Resource, req: Request, resp: Response, id: str) -> None:
        """POST on custom data: the keys are added, or replace those that are there."""
        check_size(req.query_string)
        context, body = context_of(req), json_body(req)
        with context.read() as unit:
            row = existing(unit, resource.name, id)
        changes = custom_data_keys.without_own(
            body, self._renderer.hrefs.is_custom_data_of(resource.name, id)
        )
        custom_data_keys.check(changes)
        self._rules[resource.name].merge_custom_data(context, row, changes)
        self.read(resource, req, resp, id)

    def delete(
        self, resource: Resource, req: Request, resp: Response, id: str, key: str | None = None
    ) -> None:
        """DELETE of custom data, or of one of its keys; nothing to do where its owner was deleted before."""
        check_size(req.query_string)
        context = context_of(req)
        with deleting(context, resource.name, id):
            with context.read() as unit:
                row = existing(unit, resource.name, id)
            self._rules[resource.name].remove_custom_data(context, row, key)
        resp.status = falcon.HTTP_204
