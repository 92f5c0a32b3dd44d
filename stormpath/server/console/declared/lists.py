"""A list: searched, filtered, sorted and paged by the API; with what can be done to the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from stormpath.server.console import labels
from stormpath.server.console.declared.kinds import Column, columns_of, kind_of, title_of
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.schema import Choice, Collection, Resource

PAGE: Final = 25

#: Parameters of a list's address that the API knows too.
_PASSED: Final = ("q", "orderBy", "offset", "cursor")

#: What of the API's parameters is not shown to people.
_LONGEST_SEARCH: Final = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its resource's JSON, its page, its name, and its cells in the order of the columns."""

    body: Mapping[str, Any]
    page: str
    id: str
    title: str
    cells: tuple[Any, ...]


@dataclass(slots=True)
class ListView:
    """What the template of a list shows. ``path`` is that of the list, below the root."""

    item: Resource
    path: str
    columns: list[Column]
    every_column: list[Column]
    rows: list[Row]
    size: int
    total: int | None
    offset: int
    parameters: dict[str, str]
    statuses: tuple[tuple[str, str], ...] = ()
    create: str = ""
    next: dict[str, str] | None = None
    can_change_status: bool = False
    can_delete: bool = False
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def order(self) -> tuple[str, bool]:
        """The attribute by which it is ordered, and whether descending."""
        name, _, direction = self.parameters.get("orderBy", "").partition(" ")
        return name, direction.strip().lower() == "desc"

    def with_(self, **changes: Any) -> dict[str, str]:
        """Return the parameters of this list with some replaced; without its place in the pages."""
        kept = {name: each for name, each in self.parameters.items() if name not in ("offset", "cursor")}
        return {name: str(each) for name, each in (kept | changes).items() if each not in (None, "")}

    def sorted_by(self, column: Column) -> dict[str, str]:
        """Return the parameters that order by a column; by the same once more, the other way round."""
        name, descending = self.order
        turned = name == column.name and not descending
        return self.with_(orderBy=f"{column.name} desc" if turned else column.name)

    @property
    def is_filtered(self) -> bool:
        """Whether rows are left out."""
        return any(self.parameters.get(each) for each in ("q", "status"))


def read_list(
    request: ConsoleRequest,
    item: Resource,
    api_path: str,
    *,
    collection: Collection | None = None,
    columns: list[Column] | None = None,
) -> ListView:
    """Read the page of a list that is asked for. One request to the API, or two where it is filtered."""
    every = columns or columns_of(item)
    status = item.by_name.get("status")
    statuses = (
        tuple((each, labels.word(each)) for each in status.choices) if isinstance(status, Choice) else ()
    )
    asked = {name: request.query[name] for name in _PASSED if request.query.get(name)}
    asked["q"] = asked.get("q", "").strip()[:_LONGEST_SEARCH]
    if request.query.get("status") in dict(statuses):
        asked["status"] = request.query["status"]
    asked = {name: value for name, value in asked.items() if value}
    links = [each.name for each in every if each.kind == "link" and each.cells is None]
    links += [name for each in every for name in each.expands if name not in links]
    query = {**asked, "limit": str(PAGE)}
    if links:
        query["expand"] = ",".join(dict.fromkeys(links))
    body = request.api.get(api_path, query)
    total = None
    if any(each in asked for each in ("q", "status")):
        total = int(request.api.get(api_path, {"limit": 1})["size"])
    if names := [each for each in request.query.get("columns", "").split(",") if each]:
        asked["columns"] = ",".join(names)
    shown = [each for each in every if (each.name in names if names else each.is_default)]
    made = {each.name: each.cells(request, body["items"]) for each in shown if each.cells is not None}
    return ListView(
        item=item,
        path=request.path,
        columns=shown,
        every_column=every,
        rows=[
            _row(request, item, shown, each, {name: cells[number] for name, cells in made.items()})
            for number, each in enumerate(body["items"])
        ],
        size=int(body["size"]),
        total=total,
        offset=int(body["offset"]),
        parameters=asked,
        statuses=statuses,
        next=_next(body, asked),
        can_change_status=bool(statuses) and status is not None and status.updatable,
        can_delete="DELETE" in item.verbs,
    )


def _next(body: Mapping[str, Any], asked: Mapping[str, str]) -> dict[str, str] | None:
    """Return the parameters of the next page: the API's cursor, whose cost does not grow with depth."""
    if (following := body.get("next")) is None:
        return None
    given = dict(parse_qsl(urlsplit(following["href"]).query))
    kept = {name: value for name, value in asked.items() if name not in ("offset", "cursor")}
    return {**kept, "cursor": given["cursor"]} if "cursor" in given else None


def _row(
    request: ConsoleRequest,
    item: Resource,
    columns: list[Column],
    body: Mapping[str, Any],
    made: Mapping[str, Any],
) -> Row:
    path = request.api.path_of(body["href"])
    return Row(
        body=body,
        page=request.url(path),
        id=path.rpartition("/")[2],
        title=title_of(item.name, body),
        cells=tuple(
            made[each.name] if each.name in made else _cell(request, item, each, body) for each in columns
        ),
    )


def _cell(request: ConsoleRequest, item: Resource, column: Column, body: Mapping[str, Any]) -> Any:
    value = body.get(column.name)
    if column.kind == "link" and isinstance(value, Mapping):
        kind = item.link(column.name).to[0]
        return {"page": request.page_of(value["href"]), "title": title_of(kind, value)}
    return value


def link_columns(item: Resource) -> tuple[str, ...]:
    """Return the links that lists of a kind of resource show."""
    return kind_of(item.name).links
