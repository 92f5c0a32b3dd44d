"""Search over everything: what has a text in it, and what an id, an href or an address leads to."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from stormpath.server.console import labels
from stormpath.server.console.declared.kinds import title_of
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.schema import ids
from stormpath.server.schema.errors import ApiError

_KINDS: Final = ("account", "group", "directory", "application", "organization")

#: Where what was found belongs, beside its name.
_PLACES: Final = {"account": "directory", "group": "directory"}

#: How many of each kind are shown; a link leads to all of them.
MOST: Final = 5

#: The longest text that is searched for.
LONGEST: Final = 200

#: The longest href that is looked up.
_LONGEST_HREF: Final = 2000

_ID: Final = re.compile(rf"[0-9A-Za-z]{{{ids.WIDTH}}}")


class Found(NamedTuple):
    """A resource that was found: its page, its name, and where it belongs."""

    url: str
    title: str
    about: str


class Group(NamedTuple):
    """What was found of one kind, how many there are, and the address of the list with all of them."""

    name: str
    label: str
    size: int
    items: list[Found]
    url: str


def show(request: ConsoleRequest) -> None:
    """Show what was found; an id, an href or an address that is pasted whole leads to the page itself."""
    text = request.query.get("q", "").strip()
    exact = _exact(request, text)
    if exact is not None and not request.is_fragment:
        request.redirect(exact)
        return
    text = text[:LONGEST]
    groups = [_group(request, kind, text) for kind in _KINDS] if text and exact is None else []
    options = [] if exact is None else [Found(request.url(exact), text, "")]
    request.render(
        "search/options.html" if request.is_fragment else "search/page.html",
        text=text,
        groups=[each for each in groups if each.size],
        exact=options,
    )


def _group(request: ConsoleRequest, kind: str, text: str) -> Group:
    resource, place = request.console.resources[kind], _PLACES.get(kind)
    query: dict[str, Any] = {"q": text, "limit": MOST, "expand": place}
    page = request.api.get(f"/tenants/{request.tenant['id']}/{resource.plural}", query)
    items = [
        Found(request.page_of(each["href"]), title_of(kind, each), _about(each, place))
        for each in page["items"]
    ]
    url = request.url(f"/{resource.plural}", {"q": text})
    return Group(kind, labels.plural(kind), int(page["size"]), items, url)


def _about(body: dict[str, Any], place: str | None) -> str:
    parts = [body.get("email"), body.get("nameKey"), (body.get(place) or {}).get("name") if place else None]
    return " · ".join(str(each) for each in parts if each)


def _exact(request: ConsoleRequest, text: str) -> str | None:
    """Return the path of the page that a whole href, id or address means; ``None`` for other texts."""
    if not text or len(text) > _LONGEST_HREF:
        return None
    if "://" in text:
        return _of_href(request, text)
    if _ID.fullmatch(text) or ids.may_be_key_id(text):
        return _of_id(request, text)
    if "@" in text.strip("@") and not re.search(r"\s", text) and len(text) <= LONGEST:
        return _of_address(request, text)
    return None


def _of_href(request: ConsoleRequest, text: str) -> str | None:
    kind = request.console.kind_at(text)
    if kind is None:
        return None
    found = request.console.engine.hrefs.resolve(text)
    path = request.console.resources[kind].path.replace("{id}", found[1]) if found else ""
    return path if path and _is_there(request, path) else None


def _of_id(request: ConsoleRequest, text: str) -> str | None:
    with request.current.context.read() as unit:
        kind = unit.console_reads.kind_of(text)
    return None if kind is None else request.console.resources[kind].path.replace("{id}", text)


def _of_address(request: ConsoleRequest, text: str) -> str | None:
    # An asterisk would be a wildcard.
    if "*" in text:
        return None
    path = f"/tenants/{request.tenant['id']}/accounts"
    found = request.api.get(path, {"email": text, "limit": 2})["items"]
    return request.api.path_of(found[0]["href"]) if len(found) == 1 else None


def _is_there(request: ConsoleRequest, path: str) -> bool:
    try:
        request.api.get(path)
    except ApiError as error:
        if error.status >= 500:
            raise
        return False
    return True


PAGES: Final = (Page("/search", show),)
