"""A list: searched, filtered, sorted and paged by the API; with what can be done to the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from stormpath.server.console import labels
from stormpath.server.console.declared.kinds import Column, columns_of, kind_of, protection_of, title_of
from stormpath.server.console.declared.places import place_of
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.schema import Choice, Collection, Resource

PAGE: Final = 25
PAGES: Final = (25, 50, 100)

#: Parameters of a list's address that the API knows too.
_PASSED: Final = ("orderBy", "offset", "cursor")

#: Those by which rows are left out.
FILTERS: Final = ("q", "status")

#: What of the API's parameters is not shown to people.
_LONGEST_SEARCH: Final = 200

#: The most rows of one export. What a program needs beyond them, it reads by the API.
MOST_EXPORTED: Final = 100_000

#: Before the name of a column in the form that chooses columns.
COLUMN: Final = "column-"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its resource's JSON, its page, its name, and its cells in the order of the columns.

    A ``protected`` one is neither disabled nor deleted.
    """

    body: Mapping[str, Any]
    page: str
    id: str
    title: str
    cells: tuple[Any, ...]
    protected: bool = False


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
    limit: int = PAGE
    #: The path of the page with exactly these rows: of a list that is narrowed, another one than ``path``.
    place: str = ""
    #: Whether it is a collection of the API: then rows can be ticked, and exported.
    is_collection: bool = False
    extra: dict[str, Any] = field(default_factory=dict)
    #: Parameters of the address that narrow the list, beside what the API searches by.
    kept: dict[str, str] = field(default_factory=dict)
    #: Further actions on ticked rows: values and labels. The first one has a button in each row.
    actions: tuple[tuple[str, str], ...] = ()

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
    def previous(self) -> dict[str, str] | None:
        """The parameters of the page before; ``None`` for the first one."""
        if self.offset <= 0:
            return None
        start = max(0, self.offset - self.limit)
        return self.with_(offset=start) if start else self.with_()

    @property
    def here(self) -> str:
        """The path of this page of the list, with its parameters."""
        return f"{self.path}?{urlencode(self.parameters)}" if self.parameters else self.path

    @property
    def exported(self) -> dict[str, str]:
        """The parameters by which the list is exported."""
        return {name: each for name, each in self.with_().items() if name not in ("limit", *self.kept)}

    @property
    def most_exported(self) -> int:
        """How many rows an export has at the most."""
        return MOST_EXPORTED

    @property
    def filters(self) -> dict[str, str]:
        """The parameters by which rows are left out."""
        return {name: self.parameters[name] for name in FILTERS if self.parameters.get(name)}

    @property
    def is_searchable(self) -> bool:
        """Whether there are texts that a search looks into."""
        return bool(self.item.searched_texts)

    @property
    def page_sizes(self) -> tuple[int, ...]:
        """How many rows a page may have."""
        return PAGES

    def is_shown(self, column: Column) -> bool:
        """Whether a column is on the page."""
        return column in self.columns

    @property
    def is_filtered(self) -> bool:
        """Whether rows are left out."""
        return bool(self.filters) or bool(self.kept)


def read_list(
    request: ConsoleRequest,
    item: Resource,
    api_path: str,
    *,
    collection: Collection | None = None,
    columns: list[Column] | None = None,
    kept: Mapping[str, str] | None = None,
) -> ListView:
    """Read the page of a list that is asked for. One request to the API, or two where it is filtered.

    ``kept`` are parameters of the page's address that stay in its links and forms.
    """
    every = columns or columns_of(item)
    status = item.by_name.get("status")
    statuses = statuses_of(item)
    asked = asked_filters(request, item)
    asked |= {name: request.query[name] for name in _PASSED if request.query.get(name)}
    shown = shown_columns(request, every)
    limit = _limit(request)
    query = {**asked, "limit": str(limit), "expand": expansions(shown)}
    body = request.api.get(api_path, query)
    total = None
    if any(each in asked for each in FILTERS):
        total = int(request.api.get(api_path, {"limit": 1})["size"])
    if shown != [each for each in every if each.is_default]:
        asked["columns"] = ",".join(each.name for each in shown)
    if limit != PAGE:
        asked["limit"] = str(limit)
    kept = dict(kept or {})
    asked |= kept
    made = made_cells(request, shown, body["items"])
    # What is done to all that match is done to the collection that was read, whatever the page's address.
    place = api_path.removeprefix(f"/tenants/{request.tenant['id']}")
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
        limit=limit,
        place=place,
        is_collection=place_of(request, place) is not None,
        kept=kept,
    )


def expansions(columns: list[Column]) -> str | None:
    """Return what the rows of a list need inline for these columns."""
    links = [each.name for each in columns if each.kind == "link" and each.cells is None]
    return ",".join(dict.fromkeys([*links, *(name for each in columns for name in each.expands)])) or None


def made_cells(
    request: ConsoleRequest, columns: list[Column], bodies: Sequence[Mapping[str, Any]]
) -> dict[str, Sequence[Any]]:
    """Return the cells of columns that no attribute stands for, by the name of the column."""
    return {each.name: each.cells(request, bodies) for each in columns if each.cells is not None}


def statuses_of(item: Resource) -> tuple[tuple[str, str], ...]:
    """Return the statuses that items may have, with their words; none where there is no status."""
    status = item.by_name.get("status")
    if not isinstance(status, Choice):
        return ()
    return tuple((each, labels.word(each)) for each in status.choices)


def asked_filters(request: ConsoleRequest, item: Resource) -> dict[str, str]:
    """Return the filters in the address of a list, as the API knows them."""
    asked = {"q": request.query.get("q", "").strip()[:_LONGEST_SEARCH] if item.searched_texts else ""}
    status = item.by_name.get("status")
    if status is not None and status.searchable and request.query.get("status") in dict(statuses_of(item)):
        asked["status"] = request.query["status"]
    return {name: value for name, value in asked.items() if value}


def shown_columns(request: ConsoleRequest, every: list[Column]) -> list[Column]:
    """Return the columns that the address of a list asks for, or those that are shown by default."""
    names = {each for each in request.query.get("columns", "").split(",") if each}
    names |= {each.removeprefix(COLUMN) for each in request.query if each.startswith(COLUMN)}
    chosen = [each for each in every if each.name in names]
    return chosen or [each for each in every if each.is_default]


def _limit(request: ConsoleRequest) -> int:
    text = request.query.get("limit", "")
    return int(text) if text in {str(each) for each in PAGES} else PAGE


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
        protected=bool(protection_of(item.name, body)),
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
