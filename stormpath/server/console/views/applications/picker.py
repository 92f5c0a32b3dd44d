"""Finding and ticking account stores or applications: a search, because there may be ten thousand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from stormpath.server.console import labels
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.applications import stores
from stormpath.server.console.views.applications.stores import Key, Store
from stormpath.server.schema.errors import ApiError, Code

#: The results that are shown; a longer search narrows them.
SHOWN: Final = 20

#: The most that is picked at once.
MOST_PICKED: Final = 100

_LONGEST_SEARCH: Final = 200


@dataclass(frozen=True, slots=True)
class Result:
    """Something that was found; ``is_taken`` when it is mapped already."""

    store: Store
    is_taken: bool


@dataclass(frozen=True, slots=True)
class Picker:
    """What was searched, found and picked. ``within`` is the directory whose groups are searched."""

    kinds: tuple[tuple[str, str], ...]
    kind: str
    search: str
    within: Store | None
    picked: list[Store]
    results: list[Result]
    size: int


def picked_keys(request: ConsoleRequest, kinds: Collection[str]) -> list[Key]:
    """Return what a form picked: what was picked before and is still ticked, and what was ticked now."""
    values = [*request.form.every("picked"), *request.form.every("pick")]
    keys = [stores.key_of_value(request, each, kinds) for each in dict.fromkeys(values)]
    found = [each for each in keys if each is not None]
    if len(found) > MOST_PICKED:
        text = gettext("At most %(number)s can be added at once.", number=MOST_PICKED)
        raise ApiError(Code.BAD_REQUEST, text)
    return found


def read(
    request: ConsoleRequest, kinds: tuple[str, ...], picked: Collection[Key], taken: Collection[Key] = ()
) -> Picker:
    """Search as the form says. One request, and one statement for each kind."""
    given: Mapping[str, str] = request.form or request.query
    kind = given.get("find_kind", "")
    within_id = given.get("find_within", "")
    action, _, named = given.get("action", "").partition(":")
    search = given.get("find", "").strip()[:_LONGEST_SEARCH]
    if action == "within":
        kind, within_id, search = "group", named, ""
    if kind not in kinds:
        kind = kinds[0]
    if kind != "group" or action == "everywhere":
        within_id = ""
    page = _search(request, kind, search, within_id)
    found = [stores.key_of_href(request, each["href"]) for each in page["items"]]
    asked = [("directory", within_id)] if within_id else []
    known = stores.find(request, [*found, *picked, *asked])
    return Picker(
        kinds=tuple((each, labels.plural(each)) for each in kinds),
        kind=kind,
        search=search,
        within=known.get(("directory", within_id)),
        picked=[known[each] for each in picked if each in known],
        results=[
            Result(known[each], each in taken) for each in found if each in known and each not in picked
        ],
        size=int(page["size"]),
    )


def _search(request: ConsoleRequest, kind: str, search: str, within_id: str) -> dict[str, Any]:
    plural = request.console.resources[kind].plural
    path = f"/directories/{within_id}" if within_id.isalnum() else f"/tenants/{request.tenant['id']}"
    return request.api.get(f"{path}/{plural}", {"q": search or None, "limit": SHOWN, "orderBy": "name"})
