"""What the engine needs of the rules: the contract between them, owned by the side that needs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from stormpath.server.contract import Row, Unit
from stormpath.server.work import Owner, Present, Values, Work

#: What an endpoint does: takes the resource it hangs on and the checked body, returns its links' columns.
Action = Callable[[Work, Row, Values], Values]


class TokenRules(Protocol):
    """What happens to tokens of one kind. ``owner`` is the resource of the id in their path, if any."""

    def find(self, work: Work, owner: Row | None, token: str) -> Values:
        """Return what the token stands for, without spending it; refuse any that cannot be spent (404)."""

    def spend(self, work: Work, found: Values, token: str, values: Values) -> Values:
        """Spend a token that was found, or refuse it: somebody else may have been quicker."""


class RulesOf(Protocol):
    """The rules of one kind of resource. ``prepares`` tells whether ``prepare`` does anything."""

    prepares: bool

    def prepare(self, work: Work, id: str) -> None:
        """Complete a resource that is about to be shown, where a part of it is made on demand."""

    def presenter(self, work: Work, options: Mapping[str, Any]) -> Present | None:
        """Return what makes a representation as the reader's options want it, or refuse the options."""

    def document(self, work: Work, row: Row, body: dict[str, Any]) -> bytes:
        """Return what is shown instead of the JSON ``body``, for a resource that declares a document."""

    def place(self, work: Work, owner: Owner) -> Owner:
        """Return where a creation asked for under ``owner`` really goes, or refuse it."""

    def check_updatable(self, unit: Unit, row: Row, body: Mapping[str, Any]) -> None:
        """Refuse a change that is forbidden whatever else is wrong with the (unchecked) body."""

    def create(self, work: Work, owner: Owner, values: Values, options: Mapping[str, Any]) -> Row:
        """Store a new resource."""

    def update(self, work: Work, row: Row, changes: Values) -> Row:
        """Change a resource, and return it as it is then."""

    def delete(self, work: Work, row: Row) -> None:
        """Remove a resource."""

    def merge_custom_data(self, work: Work, row: Row, changes: Mapping[str, Any]) -> None:
        """Add keys to the resource's custom data."""

    def remove_custom_data(self, work: Work, row: Row, key: str | None) -> None:
        """Remove a key of the resource's custom data, or all of them."""
