"""The engine: each method of each kind of path reads the request, opens a unit, calls a rule and renders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import falcon

from stormpath.server.domain.context import Owner, RequestContext
from stormpath.server.domain.storage import Repeated, Row, Unit
from stormpath.server.rest import conditional, idempotency
from stormpath.server.rest.bodies import BodyReader, Json
from stormpath.server.rest.custom_data import CustomDataEndpoints
from stormpath.server.rest.expansion import Expansions, check_number, parse_expand
from stormpath.server.rest.hrefs import is_id
from stormpath.server.rest.messages import (
    Request,
    Response,
    context_of,
    deleting,
    existing,
    json_body,
    send_json,
)
from stormpath.server.rest.one_time_tokens import OneTimeTokenEndpoints
from stormpath.server.rest.paging import EXPAND, parse_query
from stormpath.server.rest.parameters import Parameters, parse
from stormpath.server.rest.representation import Renderer
from stormpath.server.rest.rules import Action, OneTimeTokenRules, RulesOf
from stormpath.server.rest.views import View, ViewReader, targets
from stormpath.server.schema import Collection, Document, Endpoint, Link, Resource, TokenCheck
from stormpath.server.schema.errors import ApiError, Code, gone
from stormpath.server.schema.query import check_size


class Engine:
    """Serves declared resources by their rules.

    ``actions`` are those of endpoints, by (resource, endpoint); ``tokens`` are the rules of tokens, by path.
    The methods of tokens and of custom data are in the attributes ``tokens`` and ``custom_data``.
    """

    def __init__(
        self,
        renderer: Renderer,
        rules: Mapping[str, RulesOf],
        actions: Mapping[tuple[str, str], Action],
        tokens: Mapping[str, OneTimeTokenRules],
    ) -> None:
        self.renderer = renderer
        self.hrefs = renderer.hrefs
        self.resources = renderer.resources
        self._bodies = BodyReader(self.hrefs, self.resources)
        self._rules = rules
        self._actions = actions
        self._views = ViewReader(self.resources, rules)
        self.tokens = OneTimeTokenEndpoints(renderer, self._bodies, self._views, tokens)
        self.custom_data = CustomDataEndpoints(renderer, rules)
        self._prepared = {name for name, each in rules.items() if each.prepares}
        self._refreshed = {name for name, each in rules.items() if each.refreshes}

    def read(self, resource: Resource, req: Request, resp: Response, id: str) -> None:
        """GET of an instance."""
        context = context_of(req)
        view = self._views.read(req, resource)
        self._prepare(context, resource, id, view.expansions)
        self._refresh(context, resource, view.expansions)
        with context.read() as unit:
            row = self._existing(unit, resource, id)
            body = self.renderer.expanded(unit, resource.name, [row], view.expansions)[0]
        if (document := resource.document) is not None and _wants_document(req, document):
            resp.content_type = document.media_type
            resp.data = self._rules[resource.name].document(context, row, body)
        else:
            send_json(resp, view.of(resource.name, body), is_tagged=view.is_tagged)

    def update(self, resource: Resource, req: Request, resp: Response, id: str) -> None:
        """POST on an instance."""
        context, body = context_of(req), json_body(req)
        view = self._views.read(req, resource, resource.refused_on_update)
        rules = self._rules[resource.name]
        self._refresh(context, resource, view.expansions)
        with context.read() as unit:
            row = existing(unit, resource.name, id)
            try:
                rules.check_updatable(unit, row, body)
            except ApiError:
                # A client that sends back what it was shown changes nothing.
                if not self._is_shown(resource, row, body):
                    raise
            changes = self._bodies.for_update(unit, resource, body, row)
        row = rules.update(context, row, changes)
        self._answer_row(context, resp, resource, row, view)

    def _is_shown(self, resource: Resource, row: Row, body: Json) -> bool:
        """Tell whether a body has only what the resource shows; an empty one has nothing of it."""
        shown = self.renderer.render(resource.name, row)
        return bool(body) and all(name in shown and shown[name] == value for name, value in body.items())

    def delete(self, resource: Resource, req: Request, resp: Response, id: str) -> None:
        """DELETE of an instance, also of one that was deleted before."""
        check_size(req.query_string)
        context = context_of(req)
        with deleting(context, resource.name, id):
            with context.read() as unit:
                row = existing(unit, resource.name, id)
            self._rules[resource.name].delete(context, row)
        resp.status = falcon.HTTP_204

    def _existing(self, unit: Unit, resource: Resource, id: str) -> Row:
        """Return the row of that id; raise the error of the resource when there is none, or no longer."""
        if not resource.expires:
            return existing(unit, resource.name, id)
        row = unit.get(resource.name, id) if is_id(id) else None
        if row is None or self.renderer.is_expired(resource, row):
            raise gone(resource.gone)
        return row

    def list_tenants(self, collection: Collection, req: Request, resp: Response) -> None:
        """GET of a bare path: an alias of the tenant's collection."""
        self.list(self.resources["tenant"], collection, req, resp, context_of(req).tenant_id)

    def list(self, owner: Resource, collection: Collection, req: Request, resp: Response, id: str) -> None:
        """GET of a collection."""
        context, parameters = context_of(req), parse(req.query_string)
        item = self.resources[collection.of]
        expansions = parse_expand(parameters.get(EXPAND), item)
        options = self._views.options_of(item, expansions)
        names = {each.name for each in options}
        searched = {name: value for name, value in parameters.items() if name not in names}
        query = self.renderer.unexpired(item, parse_query(searched, item, collection, self.hrefs.resolve))
        check_number(expansions, query.limit)
        view = self._views.view(context, parameters, expansions, options)
        self._refresh(context, item, expansions)
        with context.read() as unit:
            existing(unit, owner.name, id)
            _check_needed(collection, parameters)
            page = unit.page(owner.name, id, collection.name, collection.of, query)
            href = f"{self.hrefs.of(owner.name, id)}/{collection.name}"
            body = self.renderer.collection(unit, href, collection.of, page, parameters, expansions)
        body["items"] = [view.of(item.name, each) for each in body["items"]]
        send_json(resp, body, is_tagged=view.is_tagged)

    def create(self, resource: Resource, req: Request, resp: Response) -> None:
        """POST on a bare path."""
        self.create_in(self.resources["tenant"], resource, req, resp, context_of(req).tenant_id)

    def create_in(self, owner: Resource, resource: Resource, req: Request, resp: Response, id: str) -> None:
        """POST on a collection. With an idempotency key, a repeat shows what the first request created."""
        context, body = context_of(req), json_body(req)
        endpoint = owner.or_else.get(resource.name)
        if endpoint is not None and _calls(endpoint, body):
            self._act_for_item(owner, endpoint, resource, req, resp, id)
            return
        options, view = self._views.read_with_options(req, resource, resource.options)
        context = replace(
            context, idempotent_request=idempotency.idempotent_request(req, context, resource.name)
        )
        try:
            row = self._create(context, owner, id, resource, body, options)
        except (ApiError, Repeated):
            # An earlier request with the same key may be the cause. It is looked up only now, because nearly
            # every key is new, and storing a key finds a duplicate all the same.
            earlier = idempotency.created_earlier(context)
            if earlier is None:
                raise
            row = earlier
        resp.status = falcon.HTTP_201
        resp.location = self.hrefs.of(resource.name, row["id"])
        self._answer_row(context, resp, resource, row, view)

    def _create(
        self,
        context: RequestContext,
        owner: Resource,
        id: str,
        resource: Resource,
        body: Json,
        options: Mapping[str, Any],
    ) -> Row:
        rules = self._rules[resource.name]
        also = owner.also_taken.get(resource.name, ())
        with context.read() as unit:
            place = Owner(owner, existing(unit, owner.name, id))
            if also:
                names = {each.name for each in also}
                given = {name: value for name, value in body.items() if name in names}
                place = replace(place, also=self._bodies.for_creation(unit, also, given))
                body = {name: value for name, value in body.items() if name not in names}
        place = rules.place(context, place)
        with context.read() as unit:
            values = self._bodies.for_creation(unit, resource.attributes, body, resource.title)
        return rules.create(context, place, values, options)

    def _act_for_item(
        self, owner: Resource, endpoint: Endpoint, item: Resource, req: Request, resp: Response, id: str
    ) -> None:
        """POST on a collection that calls an endpoint: the answer is an item, made now (201) or before."""
        context, body = context_of(req), json_body(req)
        view = self._views.read(req, item)
        # What belongs to the call is accepted beside its member, too.
        given = {name: value for name, value in body.items() if name != endpoint.name}
        with context.read() as unit:
            row = existing(unit, owner.name, id)
            values = self._bodies.for_creation(unit, endpoint.body, {**body[endpoint.name], **given})
        result = self._actions[owner.name, endpoint.name](context, row, values)
        with context.read() as unit:
            found = existing(unit, item.name, result[endpoint.links[0].column_of(item.name)])
        if result["is_new"]:
            resp.status = falcon.HTTP_201
            resp.location = self.hrefs.of(item.name, found["id"])
        self._answer_row(context, resp, item, found, view)

    def act(self, resource: Resource, endpoint: Endpoint, req: Request, resp: Response, id: str) -> None:
        """POST on an endpoint: its links in the answer can be expanded."""
        context, body = context_of(req), json_body(req)
        expansions = self._views.read(req, endpoint.answer).expansions
        with context.read() as unit:
            row = existing(unit, resource.name, id)
            read = self._bodies.for_draft if endpoint.drafts else self._bodies.for_creation
            values = read(unit, endpoint.body, body)
        if endpoint.concerns:
            context = idempotency.recognized(req, context, endpoint.concerns)
        result = self._actions[resource.name, endpoint.name](context, row, values)
        if endpoint.accepted:
            resp.status = falcon.HTTP_202
            return
        if endpoint.tokens is not None:
            self.tokens.answer(context, resp, endpoint.tokens, id, result["token"], result, expansions)
            return
        body = self.renderer.answer(context, endpoint.returns, result, expansions)
        if endpoint.links:
            resp.location = body[endpoint.links[0].name]["href"]
        send_json(resp, body)

    def check_token(
        self, resource: Resource, check: TokenCheck, req: Request, resp: Response, id: str, token: str
    ) -> None:
        """GET of a token below the href of a check: a redirect to its resource, if it is valid."""
        # No part of the query is of interest: a client repeats it where it is led to.
        check_size(req.query_string)
        context = context_of(req)
        try:
            values = self._actions[resource.name, check.name](context, {"id": id}, {"token": token})
        except ApiError:
            # Looked up only now: the token of an application that is there needs no query for it.
            with context.read() as unit:
                existing(unit, resource.name, id)
            raise
        # The token is in the path of the request.
        conditional.note_secret()
        resp.status = falcon.HTTP_302
        resp.location = self.hrefs.of(check.leads_to, values["id"])

    def current_tenant(self, req: Request, resp: Response) -> None:
        """GET of ``/tenants/current``: a redirect to the caller's tenant."""
        resp.status = falcon.HTTP_302
        resp.location = self.hrefs.of("tenant", context_of(req).tenant_id)
        resp.set_headers(
            {
                "Expires": "0",
                "Pragma": "no-cache",
                "Cache-Control": "no-cache, no-store, must-revalidate, max-age=0",
            }
        )

    def _prepare(self, context: RequestContext, resource: Resource, id: str, expansions: Expansions) -> None:
        """Let the rules complete resources that are shown for the first time."""
        if not is_id(id):
            return
        if resource.name in self._prepared:
            self._rules[resource.name].prepare(context, id)
        for each in expansions:
            link = each.attribute
            if isinstance(link, Link) and link.companion and link.to[0] in self._prepared:
                self._rules[link.to[0]].prepare(context, id)

    def _refresh(self, context: RequestContext, resource: Resource, expansions: Expansions) -> None:
        """Let the rules change what depends on the time, in the kinds of resource that are shown."""
        shown = {resource.name, *(name for each in expansions for name in targets(each.attribute))}
        for name in shown & self._refreshed:
            self._rules[name].refresh(context)

    def _answer_row(
        self, context: RequestContext, resp: Response, resource: Resource, row: Row, view: View
    ) -> None:
        if view.expansions:
            with context.read() as unit:
                body = self.renderer.expanded(unit, resource.name, [row], view.expansions)[0]
        else:
            body = self.renderer.render(resource.name, row)
        send_json(resp, view.of(resource.name, body), is_tagged=view.is_tagged)


def links_of(resource: Resource, kind: type[Any]) -> Sequence[Any]:
    """Return the attributes of one kind, such as its collections."""
    return [each for each in resource.own if isinstance(each, kind)]


def _calls(endpoint: Endpoint, body: Json) -> bool:
    """Tell whether a body for a new item calls the endpoint; the link of an item that is echoed does not."""
    called = body.get(endpoint.name)
    return isinstance(called, dict) and not set(called) <= {"href"}


def _check_needed(collection: Collection, parameters: Parameters) -> None:
    for name in collection.needs:
        if name not in parameters:
            raise ApiError(Code.QUERY_WITHOUT_VALUE, f"The query parameter {name} is required here.")


def _wants_document(req: Request, document: Document) -> bool:
    """Tell whether the caller gets the document; JSON is sent only where ``Accept`` prefers it."""
    preferred = req.client_prefers((document.media_type, falcon.MEDIA_JSON))
    return not (document.or_json and preferred == falcon.MEDIA_JSON)
