"""The table of account stores on a form: their order, and the locations of new accounts and groups."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from stormpath.server.console.request import Form
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.applications.priorities import ordered
from stormpath.server.console.views.applications.stores import Store

#: The value of the choice that there is no location.
NONE: Final = "none"

_LONGEST_NUMBER: Final = 6


@dataclass(frozen=True, slots=True)
class StoreRow:
    """A row. ``id`` stands for it in the form; ``number`` is its priority, from 1 on, and ``typed`` its text.

    ``remove`` is the address of the page that removes it, or empty; ``fixed`` is why it cannot be removed.
    """

    id: str
    name: str
    type: str
    number: int
    status: str = ""
    page: str = ""
    description: str = ""
    no_accounts: str = ""
    no_groups: str = ""
    remove: str = ""
    fixed: str = ""
    typed: str = ""

    @property
    def priority(self) -> str:
        """What stands in the field of the priority."""
        return self.typed or str(self.number)


def row_of(id: str, store: Store, number: int, remove: str = "", fixed: str = "") -> StoreRow:
    """Return the row of a store."""
    return StoreRow(
        id,
        store.name,
        store.type,
        number,
        store.facts.status,
        store.page,
        store.facts.description,
        store.no_accounts,
        store.no_groups,
        remove,
        fixed,
    )


@dataclass(slots=True)
class StoreTable:
    """The rows in their order. ``accounts`` and ``groups`` are the ids of the locations, or ``NONE``.

    ``size`` is the number of all rows, of which these may be a part; the first has the number ``first``.
    ``stored`` are the ids in the order that is stored.
    """

    rows: list[StoreRow]
    accounts: str = NONE
    groups: str = NONE
    size: int = 0
    first: int = 1
    problems: list[str] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """The ids of the rows."""
        return [each.id for each in self.rows]

    def as_typed(self, form: Form) -> StoreTable:
        """Return the table as a form has it: with its order, a move by a button, and its locations.

        Rows that the form does not know stay behind those that it knows.
        """
        numbers, texts, problems = self._numbers(form)
        order = ordered(numbers, self.first)
        direction, _, id = form.get("action", "").partition(":")
        if direction in ("up", "down") and id in order:
            _swap(order, id, -1 if direction == "up" else 1)
        rows = {each.id: each for each in self.rows}
        if problems:
            found = [replace(each, typed=texts.get(each.id, "")) for each in self.rows]
        else:
            found = [replace(rows[id], number=self.first + n) for n, id in enumerate(order)]
        accounts, groups = form.get("accounts", self.accounts), form.get("groups", self.groups)
        return replace(self, rows=found, accounts=accounts, groups=groups, problems=problems)

    def _numbers(self, form: Form) -> tuple[dict[str, tuple[int, int]], dict[str, str], list[str]]:
        numbers, texts, problems = {}, {}, []
        for each in self.rows:
            text = texts[each.id] = form.get(f"priority.{each.id}", "").strip()
            before = _number(form.get(f"was.{each.id}", "")) or each.number
            now = _number(text) if text else before
            if now is None:
                problems.append(
                    gettext("The priority of %(name)s must be a whole number from 1 on.", name=each.name)
                )
            numbers[each.id] = (now or before, before)
        return numbers, texts, problems

    def beyond(self, form: Form) -> dict[str, int]:
        """Return the indexes of rows whose number lies outside of this part of all rows."""
        found = {}
        for each in self.rows:
            number = _number(form.get(f"priority.{each.id}", ""))
            if number is not None and not self.first <= number < self.first + len(self.rows):
                found[each.id] = number - 1
        return found if self.size > len(self.rows) else {}


def _number(text: str) -> int | None:
    text = text.strip()
    return (
        int(text)
        if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER and int(text)
        else None
    )


def _swap(order: list[str], id: str, step: int) -> None:
    at = order.index(id)
    if 0 <= at + step < len(order):
        order[at], order[at + step] = order[at + step], order[at]
