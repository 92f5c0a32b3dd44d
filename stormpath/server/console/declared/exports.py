"""A list as CSV (RFC 4180): what the page shows, of all rows that match.

UTF-8 with a byte order mark: without it, spreadsheet programs read letters beyond ASCII wrongly. A cell that
a spreadsheet program would compute, because it begins with ``=``, ``+``, ``-``, ``@`` or a control character,
begins with an apostrophe instead.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from stormpath.server.console.declared import lists
from stormpath.server.console.declared.kinds import Column, columns_of, title_of
from stormpath.server.console.declared.places import Place, place_of
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.schema import Resource
from stormpath.server.schema.errors import not_found
from stormpath.server.schema.query import MAX_LIMIT

_MARK: Final = "\ufeff"

#: Where a cell begins with one of these, spreadsheet programs compute it. The last four are wide forms.
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def send(request: ConsoleRequest) -> None:
    """Send the list whose path follows, with the search, the order and the columns of the address."""
    place = place_of(request, f"/{request.params['path']}")
    if place is None:
        raise not_found()
    every = columns_of(place.item)
    columns = lists.shown_columns(request, every)
    query: dict[str, Any] = {**lists.asked_filters(request, place.item), "limit": MAX_LIMIT}
    if "orderBy" in request.query:
        query["orderBy"] = request.query["orderBy"]
    query["expand"] = lists.expansions(columns)
    # Read before the answer begins, so that an error is a page.
    first = request.api.get(place.api_path, query)
    request.resp.content_type = "text/csv; charset=utf-8; header=present"
    request.resp.set_header("Content-Disposition", f'attachment; filename="{place.collection.name}.csv"')
    request.resp.stream = _rows(request, place, columns, query, first)


def _rows(
    request: ConsoleRequest, place: Place, columns: list[Column], query: Mapping[str, Any], page: Any
) -> Iterator[bytes]:
    """Yield the file, a page of rows at a time."""
    yield (_MARK + _lines([[each.label for each in columns]])).encode()
    left = lists.MOST_EXPORTED
    while True:
        items = page["items"][:left]
        left -= len(items)
        made = lists.made_cells(request, columns, items)
        yield _lines(
            [
                [
                    text(made[each.name][number]) if each.name in made else cell(place.item, each, body)
                    for each in columns
                ]
                for number, body in enumerate(items)
            ]
        ).encode()
        following = page.get("next")
        if following is None or left <= 0:
            return
        cursor = dict(parse_qsl(urlsplit(following["href"]).query))["cursor"]
        page = request.api.get(place.api_path, {**query, "cursor": cursor})


def cell(item: Resource, column: Column, body: Mapping[str, Any]) -> str:
    """Return the text of a cell: a status as the API spells it, a time in ISO 8601, a link by its name."""
    value = body.get(column.name)
    if column.kind == "link" and isinstance(value, Mapping):
        return safe(title_of(item.link(column.name).to[0], value))
    return text(value)


def text(value: Any) -> str:
    """Return a value as the text of a cell; of what leads to a page, its title."""
    if isinstance(value, Mapping):
        return safe(str(value.get("title", "")))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else safe(value) if isinstance(value, str) else str(value)


def safe(text: str) -> str:
    """Return a text that no spreadsheet program computes."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULAS) else text


def _lines(rows: list[list[str]]) -> str:
    found = io.StringIO()
    csv.writer(found, lineterminator="\r\n").writerows(rows)
    return found.getvalue()


PAGES: Final = (Page("/export/{path:path}", send),)
