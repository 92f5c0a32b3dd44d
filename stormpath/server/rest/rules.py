"""What the engine needs of the rules: the contract between them, owned by the side that needs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from stormpath.server.domain.context import (
    Owner,
    Present,
    RequestContext,
    Values,
)
from stormpath.server.domain.storage import (
    Row,
    Unit,
)

#: What an endpoint does: takes the resource it hangs on and the checked body, returns its links' columns.
Action = Callable[[RequestContext, Row, Values], Values]


class OneTimeTokenRules(Protocol):
    """What happens to tokens of one kind. ``owner`` is the resource of the id in their path, if any."""

    def find(self, context: RequestContext, owner: Row | None, token: str) -> Values:
        """Return what the token stands for, without spending it; refuse any that cannot be spent (404)."""

    def spend(self, context: RequestContext, found: Values, token: str, values: Values) -> Values:
        """Spend a token that was found, or refuse it: somebody else may have been quicker."""


class RulesOf(Protocol):
    """The rules of one kind of resource. ``prepares`` tells whether ``prepare`` does anything."""

    prepares: bool

    def prepare(self, context: RequestContext, id: str) -> None:
        """Complete a resource that is about to be shown, where a part of it is made on demand."""

    def presenter(self, context: RequestContext, options: Mapping[str, Any]) -> Present | None:
        """Return what makes a representation as the reader's options want it, or refuse the options."""

    def document(self, context: RequestContext, row: Row, body: dict[str, Any]) -> bytes:
        """Return what is shown instead of the JSON ``body``, for a resource that declares a document."""

    def place(self, context: RequestContext, owner: Owner) -> Owner:
        """Return where a creation asked for under ``owner`` really goes, or refuse it."""

    def check_updatable(self, unit: Unit, row: Row, body: Mapping[str, Any]) -> None:
        """Refuse a change that is forbidden whatever else is wrong with the (unchecked) body."""

    def create(
        self, context: RequestContext, owner: Owner, values: Values, options: Mapping[str, Any]
    ) -> Row:
        """Store a new resource."""

    def update(self, context: RequestContext, row: Row, changes: Values) -> Row:
        """Change a resource, and return it as it is then."""

    def delete(self, context: RequestContext, row: Row) -> None:
        """Remove a resource."""

    def merge_custom_data(self, context: RequestContext, row: Row, changes: Mapping[str, Any]) -> None:
        """Add keys to the resource's custom data."""

    def remove_custom_data(self, context: RequestContext, row: Row, key: str | None) -> None:
        """Remove a key of the resource's custom data, or all of them."""
