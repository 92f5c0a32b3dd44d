"""Tokens out of links in e-mails, opened in a browser without credentials.

The tenant is found by the token alone. Everything else is done by the endpoints of the API, with their rules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stormpath.server.domain import one_time_tokens
from stormpath.server.domain.context import RequestContext
from stormpath.server.logs import security
from stormpath.server.pages.contract import TokenDetails
from stormpath.server.rest.engine import Engine
from stormpath.server.rest.routes import paths
from stormpath.server.schema.errors import not_found

#: Returns a context in the tenant that a token belongs to, and the id of its application, if it has one.
ContextOf = Callable[[str], tuple[RequestContext, str | None] | None]


class LinkedTokens:
    """The tokens at one path of the API (as declared, with ``{token}`` in it), for the service's pages."""

    def __init__(self, engine: Engine, path: str, context_of: ContextOf) -> None:
        self._endpoints = engine.tokens
        self._context_of = context_of
        served = ((each.resource, each.tokens) for each in paths(engine) if each.template == path)
        self._resource, self._tokens = next(
            (resource, tokens) for resource, tokens in served if resource and tokens
        )

    def find(self, token: str) -> TokenDetails:
        """Return the details of a token, without spending it; raise 404 when it cannot be spent."""
        context, application_id = self._context(token)
        found = self._endpoints.find(context, self._resource, self._tokens, token, self._id(application_id))
        with context.read() as unit:
            application = unit.get("application", application_id) if application_id else None
        return TokenDetails(application["name"] if application else None, found.get("email"))

    def spend(self, token: str, body: dict[str, Any]) -> None:
        """Check the body and spend the token, as a POST does; raise an error when either is not possible."""
        context, application_id = self._context(token)
        self._endpoints.use(context, self._resource, self._tokens, token, body, self._id(application_id))

    def _context(self, token: str) -> tuple[RequestContext, str | None]:
        place = self._context_of(token)
        if place is None:
            raise one_time_tokens.invalid(self._tokens.path)
        if (facts := security.current()) is not None:
            facts.tenant_id = place[0].tenant_id
        return place

    def _id(self, application_id: str | None) -> str:
        if "{id}" not in self._tokens.path:
            return ""
        if application_id is None:
            # The application was deleted, so the API has no path to the token any more.
            raise not_found()
        return application_id
