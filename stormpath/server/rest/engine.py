"""What each method of each kind of path does: read the request, open a unit, call a rule, render."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import falcon
import msgspec

from stormpath.server.domain.context import (
    Owner,
    RequestContext,
    Values,
)
from stormpath.server.domain.storage import (
    Repeated,
    Row,
    Unit,
)
from stormpath.server.rest import idempotency
from stormpath.server.rest.bodies import BodyReader, Json, parse_object
from stormpath.server.rest.expansion import Expansions, parse_expand
from stormpath.server.rest.hrefs import is_id
from stormpath.server.rest.paging import EXPAND, parse_query
from stormpath.server.rest.parameters import Parameters, check_supported, parse
from stormpath.server.rest.representation import Renderer
from stormpath.server.rest.rules import Action, OneTimeTokenRules, RulesOf
from stormpath.server.rest.views import View, targets
from stormpath.server.schema import (
    Attribute,
    Collection,
    Document,
    Endpoint,
    Link,
    OneTimeTokens,
    Option,
    Resource,
    custom_data_keys,
)
from stormpath.server.schema.errors import (
    ApiError,
    Code,
    not_found,
)

JSON_TYPE: Final = "application/json;charset=UTF-8"

_PLAIN: Final = View()

_encode: Final = msgspec.json.Encoder().encode

Request = falcon.Request
Response = falcon.Response


class Engine:
    """Serves declared resources by their rules.

    ``actions`` are what endpoints do: (resource, endpoint). ``tokens`` are the rules of tokens, by path.
    """

    def __init__(
        self,
        renderer: Renderer,
        rules: Mapping[str, RulesOf],
        actions: Mapping[tuple[str, str], Action],
        tokens: Mapping[str, OneTimeTokenRules],
        on_change: Callable[[str], None] = lambda resource: None,
        on_creation: Callable[[str], None] = lambda resource: None,
    ) -> None:
        self.renderer = renderer
        self.hrefs = renderer.hrefs
        self.resources = renderer.resources
        self._bodies = BodyReader(self.hrefs, self.resources)
        self._rules = rules
        self._actions = actions
        self._tokens = tokens
        self._on_change = on_change
        self._on_creation = on_creation
        self._presented = {name for name, each in self.resources.items() if each.read_options}
        self._prepared = {name for name, each in rules.items() if each.prepares}

    def read(self, resource: Resource, req: Request, resp: Response, id: str) -> None:
        """GET of an instance."""
        context = _context(req)
        _, view = self._asked(req, resource)
        self._prepare(context, resource, id, view.expansions)
        with context.read() as unit:
            row = _found(unit, resource.name, id)
            body = self.renderer.expanded(unit, resource.name, [row], view.expansions)[0]
        if (document := resource.document) is not None and _wants_document(req, document):
            resp.content_type = document.media_type
            resp.data = self._rules[resource.name].document(context, row, body)
        else:
            _answer(resp, view.of(resource.name, body), view)

    def update(self, resource: Resource, req: Request, resp: Response, id: str) -> None:
        """POST on an instance."""
        context, body = _context(req), _body(req)
        _, view = self._asked(req, resource)
        rules = self._rules[resource.name]
        with context.read() as unit:
            row = _found(unit, resource.name, id)
            rules.check_updatable(unit, row, body)
            changes = self._bodies.for_update(unit, resource, body, row)
        row = rules.update(context, row, changes)
        self._on_change(resource.name)
        self._answer_row(context, resp, resource, row, view)

    def delete(self, resource: Resource, req: Request, resp: Response, id: str) -> None:
        """DELETE of an instance."""
        check_supported(parse(req.query_string), ())
        context = _context(req)
        with context.read() as unit:
            row = _found(unit, resource.name, id)
        self._rules[resource.name].delete(context, row)
        self._on_change(resource.name)
        resp.status = falcon.HTTP_204

    def list_tenants(self, collection: Collection, req: Request, resp: Response) -> None:
        """GET of a bare path: an alias of the tenant's collection."""
        self.list(self.resources["tenant"], collection, req, resp, _context(req).tenant_id)

    def list(self, owner: Resource, collection: Collection, req: Request, resp: Response, id: str) -> None:
        """GET of a collection."""
        context, parameters = _context(req), parse(req.query_string)
        item = self.resources[collection.of]
        expansions = parse_expand(parameters.get(EXPAND), item)
        options = self._options_of(item, expansions)
        names = {each.name for each in options}
        query = parse_query(
            {name: value for name, value in parameters.items() if name not in names}, item, collection
        )
        view = self._view(context, parameters, expansions, options)
        with context.read() as unit:
            _found(unit, owner.name, id)
            _check_needed(collection, parameters)
            page = unit.page(owner.name, id, collection.name, collection.of, query)
            href = f"{self.hrefs.of(owner.name, id)}/{collection.name}"
            body = self.renderer.collection(unit, href, collection.of, page, parameters, expansions)
        body["items"] = [view.of(item.name, each) for each in body["items"]]
        _answer(resp, body, view)

    def create(self, resource: Resource, req: Request, resp: Response) -> None:
        """POST on a bare path."""
        self.create_in(self.resources["tenant"], resource, req, resp, _context(req).tenant_id)

    def create_in(self, owner: Resource, resource: Resource, req: Request, resp: Response, id: str) -> None:
        """POST on a collection. With an idempotency key, a repeat shows what the first request made."""
        context, body = _context(req), _body(req)
        options, view = self._asked(req, resource, resource.options)
        context = replace(
            context, idempotent_request=idempotency.idempotent_request(req, context, resource.name)
        )
        try:
            row = self._create(context, owner, id, resource, body, options)
        except (ApiError, Repeated):
            # Whatever stood in the way, a request with the same key may have come first. Looked up only now,
            # because nearly every key is new, and storing it finds out all the same.
            earlier = self._created_earlier(context)
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
        with context.read() as unit:
            place = Owner(owner, _found(unit, owner.name, id))
        place = rules.place(context, place)
        with context.read() as unit:
            values = self._bodies.for_creation(unit, resource.attributes, body)
        row = rules.create(context, place, values, options)
        self._on_creation(resource.name)
        return row

    def _created_earlier(self, context: RequestContext) -> Row | None:
        """Return what a request with the same idempotency key made, as it is now."""
        creation = idempotency.earlier_creation(context)
        if creation is None:
            return None
        with context.read() as unit:
            return _found(unit, creation.resource, creation.resource_id)

    def act(self, resource: Resource, endpoint: Endpoint, req: Request, resp: Response, id: str) -> None:
        """POST on an endpoint: its links in the answer can be expanded."""
        context, body = _context(req), _body(req)
        expansions = self._asked(req, endpoint.answer)[1].expansions
        with context.read() as unit:
            row = _found(unit, resource.name, id)
            read = self._bodies.for_draft if endpoint.drafts else self._bodies.for_creation
            values = read(unit, endpoint.body, body)
        if endpoint.concerns:
            context = idempotency.recognized(req, context, endpoint.concerns)
        result = self._actions[resource.name, endpoint.name](context, row, values)
        if endpoint.accepted:
            resp.status = falcon.HTTP_202
            return
        if endpoint.tokens is not None:
            self._answer_token(context, resp, endpoint.tokens, id, result["token"], result, expansions)
            return
        answer: Json = {each.name: self._returned(each, result) for each in endpoint.returns}
        if endpoint.links:
            resp.location = answer[endpoint.links[0].name]["href"]
        if expansions:
            with context.read() as unit:
                answer |= self._expanded(unit, result, expansions)
        _answer(resp, answer)

    def read_token(
        self,
        resource: Resource,
        tokens: OneTimeTokens,
        req: Request,
        resp: Response,
        token: str,
        id: str = "",
    ) -> None:
        """GET of a token: what it stands for. It stays unspent."""
        context = _context(req)
        expansions = self._asked(req, tokens.answer)[1].expansions
        found = self.find_token(context, resource, tokens, token, id)
        self._answer_token(context, resp, tokens, id, token, found, expansions)

    def spend_token(
        self,
        resource: Resource,
        tokens: OneTimeTokens,
        req: Request,
        resp: Response,
        token: str,
        id: str = "",
    ) -> None:
        """POST on a token: spends it."""
        context, body = _context(req), _body(req)
        expansions = self._asked(req, tokens.answer)[1].expansions
        context = replace(
            context, idempotent_request=idempotency.idempotent_request(req, context, tokens.concerns)
        )
        try:
            result = self.use_token(context, resource, tokens, token, body, id)
        except (ApiError, Repeated):
            # What it says of a spent token, if this request is the one that spent it.
            earlier = self._created_earlier(context)
            if earlier is None:
                raise
            result = {**earlier, f"{tokens.concerns}_id": earlier["id"]}
        self._answer_token(context, resp, tokens, id, token, result, expansions)

    def find_token(
        self, context: RequestContext, resource: Resource, tokens: OneTimeTokens, token: str, id: str = ""
    ) -> Values:
        """Return what a token stands for, or refuse it."""
        return self._tokens[tokens.path].find(context, self._owner(context, resource, id), token)

    def use_token(
        self,
        context: RequestContext,
        resource: Resource,
        tokens: OneTimeTokens,
        token: str,
        body: Json,
        id: str = "",
    ) -> Values:
        """Check what comes with a token, spend it, and return what it stood for."""
        found = self.find_token(context, resource, tokens, token, id)
        with context.read() as unit:
            values = self._bodies.for_creation(unit, tokens.body, body)
        result = self._tokens[tokens.path].spend(context, found, token, values)
        self._on_change(resource.name)
        return result

    def _owner(self, context: RequestContext, resource: Resource, id: str) -> Row | None:
        if not id:
            return None
        with context.read() as unit:
            return _found(unit, resource.name, id)

    def _answer_token(
        self,
        context: RequestContext,
        resp: Response,
        tokens: OneTimeTokens,
        id: str,
        token: str,
        result: Values,
        expansions: Expansions,
    ) -> None:
        if tokens.leads_to:
            resp.location = self.hrefs.of(tokens.leads_to, result[f"{tokens.leads_to}_id"])
            _answer(resp, {"href": resp.location})
            return
        answer: Json = {"href": self.hrefs.token(tokens.path, token, id)}
        answer |= {each.name: self._returned(each, result) for each in tokens.returns}
        if expansions:
            with context.read() as unit:
                answer |= self._expanded(unit, result, expansions)
        _answer(resp, answer)

    def read_custom_data(self, resource: Resource, req: Request, resp: Response, id: str) -> None:
        """GET of custom data."""
        check_supported(parse(req.query_string), ())
        with _context(req).read() as unit:
            row = _found(unit, resource.name, id)
            stored = unit.custom_data.get(resource.name, [id]).get(id)
            _answer(resp, self.renderer.custom_data(resource.name, row, stored))

    def update_custom_data(self, resource: Resource, req: Request, resp: Response, id: str) -> None:
        """POST on custom data: the keys are added, or replace those that are there."""
        check_supported(parse(req.query_string), ())
        context, body = _context(req), _body(req)
        with context.read() as unit:
            row = _found(unit, resource.name, id)
        changes = custom_data_keys.without_href(body, self.hrefs.custom_data(resource.name, id))
        custom_data_keys.check(changes)
        self._rules[resource.name].merge_custom_data(context, row, changes)
        self.read_custom_data(resource, req, resp, id)

    def delete_custom_data(
        self, resource: Resource, req: Request, resp: Response, id: str, key: str | None = None
    ) -> None:
        """DELETE of custom data, or of one of its keys."""
        check_supported(parse(req.query_string), ())
        context = _context(req)
        with context.read() as unit:
            row = _found(unit, resource.name, id)
        self._rules[resource.name].remove_custom_data(context, row, key)
        resp.status = falcon.HTTP_204

    def current_tenant(self, req: Request, resp: Response) -> None:
        """GET of ``/tenants/current``: where the caller's tenant is."""
        resp.status = falcon.HTTP_302
        resp.location = self.hrefs.of("tenant", _context(req).tenant_id)
        resp.set_headers(
            {
                "Expires": "0",
                "Pragma": "no-cache",
                "Cache-Control": "no-cache, no-store, must-revalidate, max-age=0",
            }
        )

    def _asked(
        self, req: Request, resource: Resource, known: Sequence[Option] = ()
    ) -> tuple[dict[str, Any], View]:
        """Return the values of the options that are known, and how the answer is to be shown."""
        parameters: Parameters = parse(req.query_string)
        if not parameters:
            return {}, _PLAIN
        expansions = parse_expand(parameters.get(EXPAND), resource)
        options = self._options_of(resource, expansions)
        check_supported(parameters, (EXPAND, *(each.name for each in (*known, *options))))
        return _read(parameters, known), self._view(_context(req), parameters, expansions, options)

    def _options_of(self, resource: Resource, expansions: Expansions) -> Sequence[Option]:
        """Return the options of all that is shown: the resource, and what is inline in it."""
        shown = {resource.name, *(target for each in expansions for target in targets(each.attribute))}
        return [
            each for name in sorted(shown & self._presented) for each in self.resources[name].read_options
        ]

    def _view(
        self,
        context: RequestContext,
        parameters: Parameters,
        expansions: Expansions,
        options: Sequence[Option],
    ) -> View:
        if not options:
            return View(expansions)
        values = _read(parameters, options)
        presenters = {name: self._rules[name].presenter(context, values) for name in self._presented}
        return View(
            expansions,
            {name: each for name, each in presenters.items() if each is not None},
            {name: parameters[name] for name in values},
        )

    def _prepare(self, context: RequestContext, resource: Resource, id: str, expansions: Expansions) -> None:
        """Let the rules complete what is about to be shown for the first time."""
        if not is_id(id):
            return
        if resource.name in self._prepared:
            self._rules[resource.name].prepare(context, id)
        for each in expansions:
            link = each.attribute
            if isinstance(link, Link) and link.companion and link.to[0] in self._prepared:
                self._rules[link.to[0]].prepare(context, id)

    def _answer_row(
        self, context: RequestContext, resp: Response, resource: Resource, row: Row, view: View
    ) -> None:
        if view.expansions:
            with context.read() as unit:
                body = self.renderer.expanded(unit, resource.name, [row], view.expansions)[0]
        else:
            body = self.renderer.render(resource.name, row)
        _answer(resp, view.of(resource.name, body), view)

    def _returned(self, attribute: Attribute, result: Values) -> Any:
        if isinstance(attribute, Link):
            target = attribute.to[0]
            return {"href": self.hrefs.of(target, result[attribute.column_of(target)])}
        return attribute.render(result[attribute.column])

    def _expanded(self, unit: Unit, result: Values, expansions: Expansions) -> Json:
        body: Json = {}
        for each in expansions:
            if isinstance(link := each.attribute, Link):
                target = link.to[0]
                row = _found(unit, target, result[link.column_of(target)])
                body[link.name] = self.renderer.render(target, row)
        return body


def links_of(resource: Resource, kind: type[Any]) -> Sequence[Any]:
    """Return the attributes of one kind, such as its collections."""
    return [each for each in resource.own if isinstance(each, kind)]


def _read(parameters: Parameters, known: Sequence[Option]) -> dict[str, Any]:
    return {each.name: each.parse(parameters[each.name]) for each in known if each.name in parameters}


def _check_needed(collection: Collection, parameters: Parameters) -> None:
    for name in collection.needs:
        if name not in parameters:
            raise ApiError(Code.QUERY_WITHOUT_VALUE, f"The query parameter {name} is required here.")


def _wants_document(req: Request, document: Document) -> bool:
    """Tell whether a reader gets the document and not JSON, which only who names it in Accept gets."""
    preferred = req.client_prefers((document.media_type, falcon.MEDIA_JSON))
    return not (document.or_json and preferred == falcon.MEDIA_JSON)


def _context(req: Request) -> RequestContext:
    context: RequestContext = req.context.request_context
    return context


def _found(unit: Unit, resource: str, id: str) -> Row:
    # What cannot be an id is not shown to the database: PostgreSQL takes no NUL.
    row = unit.get(resource, id) if is_id(id) else None
    if row is None:
        raise not_found()
    return row


def _body(req: Request) -> Json:
    raw: bytes = req.context.body()
    if raw and (req.content_type or "").partition(";")[0].strip().lower() != "application/json":
        raise ApiError(
            Code.UNSUPPORTED_MEDIA_TYPE, "The request body must be JSON: send Content-Type: application/json."
        )
    return parse_object(raw)


def _answer(resp: Response, body: Json, view: View = _PLAIN) -> None:
    # What is made anew for each answer cannot be recognized: it gets no entity tag.
    resp.context.differs = bool(view.presents)
    resp.data = _encode(body)
    resp.content_type = JSON_TYPE
