"""The methods of one-time tokens: GET shows what a token stands for, POST spends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Repeated, Row
from stormpath.server.rest import conditional, idempotency
from stormpath.server.rest.bodies import BodyReader, Json
from stormpath.server.rest.expansion import Expansions
from stormpath.server.rest.messages import Request, Response, context_of, existing, json_body, send_json
from stormpath.server.rest.representation import Renderer
from stormpath.server.rest.rules import OneTimeTokenRules
from stormpath.server.rest.views import ViewReader
from stormpath.server.schema import OneTimeTokens, Resource
from stormpath.server.schema.errors import ApiError


class OneTimeTokenEndpoints:
    """Serves one-time tokens by their rules, which are named by the path of the tokens.

    ``id`` is the one in that path, if there is one. ``find`` and ``use`` do without a request what ``read``
    and ``spend`` do with one: the service's own pages call them.
    """

    def __init__(
        self,
        renderer: Renderer,
        bodies: BodyReader,
        views: ViewReader,
        rules: Mapping[str, OneTimeTokenRules],
    ) -> None:
        self._renderer = renderer
        self._bodies = bodies
        self._views = views
        self._rules = rules

    def read(
        self,
        resource: Resource,
        tokens: OneTimeTokens,
        req: Request,
        resp: Response,
        token: str,
        id: str = "",
    ) -> None:
        """GET of a token: what it stands for. It stays unspent."""
        context = context_of(req)
        expansions = self._views.read(req, tokens.answer).expansions
        found = self.find(context, resource, tokens, token, id)
        self.answer(context, resp, tokens, id, token, found, expansions)

    def spend(
        self,
        resource: Resource,
        tokens: OneTimeTokens,
        req: Request,
        resp: Response,
        token: str,
        id: str = "",
    ) -> None:
        """POST on a token: spends it. A repeat with the same idempotency key gets the answer once more."""
        context, body = context_of(req), json_body(req)
        expansions = self._views.read(req, tokens.answer, tokens.refused).expansions
        context = replace(
            context, idempotent_request=idempotency.idempotent_request(req, context, tokens.concerns)
        )
        try:
            result = self.use(context, resource, tokens, token, body, id)
        except (ApiError, Repeated):
            # The error of a spent token, if this request is the one that spent it.
            earlier = idempotency.created_earlier(context)
            if earlier is None:
                raise
            result = {**earlier, f"{tokens.concerns}_id": earlier["id"]}
        self.answer(context, resp, tokens, id, token, result, expansions)

    def find(
        self, context: RequestContext, resource: Resource, tokens: OneTimeTokens, token: str, id: str = ""
    ) -> Values:
        """Return what a token stands for; raise 404 when it cannot be spent."""
        return self._rules[tokens.path].find(context, _owner(context, resource, id), token)

    def use(
        self,
        context: RequestContext,
        resource: Resource,
        tokens: OneTimeTokens,
        token: str,
        body: Json,
        id: str = "",
    ) -> Values:
        """Check the body that comes with a token, spend the token, and return what it stood for."""
        found = self.find(context, resource, tokens, token, id)
        with context.read() as unit:
            values = self._bodies.for_token(unit, tokens, body)
        return self._rules[tokens.path].spend(context, found, token, values)

    def answer(
        self,
        context: RequestContext,
        resp: Response,
        tokens: OneTimeTokens,
        id: str,
        token: str,
        values: Values,
        expansions: Expansions,
    ) -> None:
        """Answer with the link that a token leads to, or with its own href and the values it returns."""
        # The token is in the href of the answer, and in that of the request.
        conditional.note_secret()
        hrefs = self._renderer.hrefs
        if tokens.leads_to:
            resp.location = hrefs.of(tokens.leads_to, values[f"{tokens.leads_to}_id"])
            send_json(resp, {"href": resp.location})
            return
        body: Json = {"href": hrefs.token(tokens.path, token, id)}
        body |= self._renderer.answer(context, tokens.returns, values, expansions)
        send_json(resp, body)


def _owner(context: RequestContext, resource: Resource, id: str) -> Row | None:
    if not id:
        return None
    with context.read() as unit:
        return existing(unit, resource.name, id)
