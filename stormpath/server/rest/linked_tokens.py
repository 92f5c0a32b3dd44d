"""Tokens whose bearer is nobody else we know: a link in an e-mail was opened in a browser.

The token alone says whose it is. From there on it goes the way of the API, so that there is no second rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stormpath.server.domain.context import RequestContext
from stormpath.server.pages.contract import Opened
from stormpath.server.rest.engine import Engine
from stormpath.server.rest.routes import paths
from stormpath.server.schema.errors import not_found

#: Returns the means of the tenant that a token belongs to, and the id of its application, if it has one.
Whose = Callable[[str], tuple[RequestContext, str | None] | None]


class LinkedTokens:
    """The tokens that the API has at one path (that of a declaration, with ``{token}`` in it)."""

    def __init__(self, engine: Engine, path: str, whose: Whose) -> None:
        self._engine = engine
        self._whose = whose
        served = ((each.resource, each.tokens) for each in paths(engine) if each.template == path)
        self._resource, self._tokens = next(
            (resource, tokens) for resource, tokens in served if resource and tokens
        )

    def find(self, token: str) -> Opened:
        """Return what a token opens; it stays as good as it was."""
        context, application_id = self._place(token)
        found = self._engine.find_token(
            context, self._resource, self._tokens, token, self._id(application_id)
        )
        with context.read() as unit:
            application = unit.get("application", application_id) if application_id else None
        return Opened(application["name"] if application else None, found.get("email"))

    def spend(self, token: str, body: dict[str, Any]) -> None:
        """Spend a token as the API does, with a body that was not checked yet, or refuse to."""
        context, application_id = self._place(token)
        self._engine.use_token(context, self._resource, self._tokens, token, body, self._id(application_id))

    def _place(self, token: str) -> tuple[RequestContext, str | None]:
        place = self._whose(token)
        if place is None:
            raise not_found()
        return place

    def _id(self, application_id: str | None) -> str:
        if "{id}" not in self._tokens.path:
            return ""
        if application_id is None:
            # It was deleted, and the API has no path to the token any more.
            raise not_found()
        return application_id
