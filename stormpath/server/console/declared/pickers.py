"""Choosing among many resources: a search, and its first results to tick or to follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from stormpath.server.console import labels
from stormpath.server.console.declared.kinds import title_of
from stormpath.server.console.request import ConsoleRequest

#: So many results are shown; a longer search leaves fewer.
MOST: Final = 25

_LONGEST_SEARCH: Final = 200

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Option:
    """A result. ``url`` is where the choice leads, in a picker of links. ``problem`` says why it is none."""

    id: str
    title: str
    page: str
    cells: tuple[str, ...]
    url: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Picker:
    """The results of a search: so many of ``size``. ``kept`` are further parameters of the address."""

    kind: str
    q: str
    columns: tuple[str, ...]
    options: list[Option]
    size: int
    kept: dict[str, str] = field(default_factory=dict)

    @property
    def what(self) -> str:
        """The name of what is searched."""
        return labels.plural(self.kind)


def pick(
    request: ConsoleRequest,
    kind: str,
    api_path: str,
    *,
    columns: tuple[str, ...] = (),
    expand: str | None = None,
    kept: Mapping[str, str] | None = None,
    url_of: Callable[[str, Json], str] | None = None,
    problem_of: Callable[[Json], str] | None = None,
    query: Mapping[str, Any] | None = None,
) -> Picker:
    """Search by the parameter ``q`` of the address in the collection at ``api_path``. One request.

    ``columns`` are attributes of a result, or expanded links.
    """
    q = request.query.get("q", "").strip()[:_LONGEST_SEARCH]
    body = request.api.get(api_path, {"limit": MOST, "q": q or None, "expand": expand, **(query or {})})
    options = []
    for each in body["items"]:
        path = request.api.path_of(each["href"])
        id = path.rpartition("/")[2]
        options.append(
            Option(
                id=id,
                title=title_of(kind, each),
                page=request.url(path),
                cells=tuple(_cell(each.get(name)) for name in columns),
                url=url_of(id, each) if url_of else "",
                problem=problem_of(each) if problem_of else "",
            )
        )
    titles = tuple(labels.label(name, kind) for name in columns)
    return Picker(kind, q, titles, options, int(body["size"]), dict(kept or {}))


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("name") or value.get("username") or "")
    return "" if value is None else labels.word(str(value))
