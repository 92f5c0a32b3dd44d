"""The rows of an editor of JSON: as many members of one object or array as a page may have."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from stormpath.server.console.declared import json_values
from stormpath.server.schema import json_text

#: The most rows on one page, and about the most characters of markup that their names and values take.
MOST_ROWS: Final = 50
MOST_MARKUP: Final = 40_000

#: The longest text that has a field in a row.
LONGEST_EDITED: Final = 1000

#: The most characters of a name, and of the beginning of a long text.
SHORT: Final = 200


@dataclass(frozen=True, slots=True)
class Row:
    """A member of an object or an item of an array.

    ``count`` is that of its own members; ``digest`` tells whether it was changed meanwhile. A text without
    ``is_whole`` is the beginning of one that is too long to be edited in a row.
    """

    name: str
    pointer: str
    type: str
    text: str
    count: int
    digest: str
    is_whole: bool
    can_change: bool

    @property
    def is_long(self) -> bool:
        """Whether its field has several lines."""
        return len(self.text) > 60 or "\n" in self.text


def rows_of(container: Any, place: list[str], start: int) -> Iterator[Row]:
    """Return the rows from one on, as many as a page may have; at least one."""
    names = list(container) if isinstance(container, Mapping) else range(len(container))
    spent = 0
    for name in names[start : start + MOST_ROWS]:
        value = container[name]
        if isinstance(value, msgspec.Raw):
            value = json_text.decode(value)
        row = _row(str(name), value, [*place, str(name)])
        cost = len(html.escape(row.text)) + 3 * len(html.escape(row.pointer))
        spent += cost
        if spent > MOST_MARKUP and spent != cost:
            return
        yield row


def _row(name: str, value: Any, place: list[str]) -> Row:
    kind = json_values.type_of(value)
    has_members = kind in ("array", "object")
    text = "" if has_members else json_values.text_of(value)
    is_whole = len(text) <= LONGEST_EDITED
    pointer = json_values.pointer(place)
    can_reach = len(pointer) <= json_values.LONGEST_POINTER
    return Row(
        name=name if len(name) <= SHORT else f"{name[:SHORT]}…",
        pointer=pointer if can_reach else "",
        type=kind,
        text=text if is_whole else f"{text[:SHORT]}…",
        count=len(value) if has_members else len(text),
        digest=json_values.digest(value),
        is_whole=is_whole,
        can_change=can_reach,
    )
