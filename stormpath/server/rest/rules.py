"""The protocols of rules that the engine calls: of resources, of one-time tokens, of endpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from stormpath.server.domain.context import Owner, Present, RequestContext, Values
from stormpath.server.domain.storage import Row, Unit

#: The action of an endpoint: takes its resource and the checked body, returns the columns of its links.
Action = Callable[[RequestContext, Row, Values], Values]


class OneTimeTokenRules(Protocol):
    """The rules of tokens of one kind. ``owner`` is the resource of the id in their path, if any."""

    def find(self, context: RequestContext, owner: Row | None, token: str) -> Values:
        """Return what the token stands for, without spending it; raise 404 when it cannot be spent."""

    def spend(self, context: RequestContext, found: Values, token: str, values: Values) -> Values:
        """Spend a token that was found; raise 404 when another request has spent it meanwhile."""


class RulesOf(Protocol):
    """The rules of one kind of resource.

    Where ``prepares`` is false, ``prepare`` is not called, and where ``refreshes`` is false, ``refresh`` is
    not.
    ``presents`` says that ``presenter`` depends on the caller alone: no option of the query is needed for it.
    """

    prepares: bool
    refreshes: bool
    presents: bool

    def prepare(self, context: RequestContext, id: str) -> None:
        """Complete a resource that is about to be shown, where a part of it is made on demand."""

    def refresh(self, context: RequestContext) -> None:
        """Change what depends on the time, in all resources of this kind that are about to be shown."""

    def presenter(self, context: RequestContext, options: Mapping[str, Any]) -> Present | None:
        """Return the function that applies options to a representation; raise an error for invalid ones."""

    def document(self, context: RequestContext, row: Row, body: dict[str, Any]) -> bytes:
        """Return the document shown instead of the JSON ``body``, for a resource that declares one."""

    def place(self, context: RequestContext, owner: Owner) -> Owner:
        """Return the owner in which a creation asked for under ``owner`` takes place, or raise an error."""

    def check_updatable(self, unit: Unit, row: Row, body: Mapping[str, Any]) -> None:
        """Raise the error of a forbidden change, before the body is checked."""

    def create(
        self, context: RequestContext, owner: Owner, values: Values, options: Mapping[str, Any]
    ) -> Row:
        """Store a new resource."""

    def update(self, context: RequestContext, row: Row, changes: Values) -> Row:
        """Change a resource, and return it as changed."""

    def delete(self, context: RequestContext, row: Row) -> None:
        """Remove a resource."""

    def merge_custom_data(self, context: RequestContext, row: Row, changes: Mapping[str, Any]) -> None:
        """Add keys to the resource's custom data."""

    def remove_custom_data(self, context: RequestContext, row: Row, key: str | None) -> None:
        """Remove a key of the resource's custom data, or all of them."""
