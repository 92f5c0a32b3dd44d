"""Custom data: an editor of typed rows, and the document as JSON. Only what a person changed is saved.

A document may have 10 MB: a page shows so many rows, and the JSON of small documents alone.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

import msgspec

from stormpath.server.console.declared import json_values, menus
from stormpath.server.console.declared.json_rows import LONGEST_EDITED, SHORT, rows_of
from stormpath.server.console.declared.json_values import NoSuchPlace, NotTyped
from stormpath.server.console.declared.kinds import kind_of
from stormpath.server.console.declared.problems import sentence
from stormpath.server.console.notices import Notice
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.schema import Resource, json_text
from stormpath.server.schema.errors import ApiError, Code, not_found

#: The most characters of markup of a whole document that is shown as JSON.
LARGEST_SHOWN: Final = 60_000

_OWN: Final = frozenset({"href", "createdAt", "modifiedAt"})


def pages_of(resource: Resource, section: str) -> Iterator[Page]:
    """Return the pages of the custom data of a kind of resource."""
    path = f"{resource.path}/customData"
    yield Page(path, partial(_show, resource), partial(_edit, resource), section=section)
    yield Page(f"{path}/json", partial(_show_json, resource), partial(_save_json, resource), section=section)
    yield Page(f"{path}/download", partial(_download, resource), section=section)


def _head(request: ConsoleRequest, resource: Resource) -> tuple[str, dict[str, Any]]:
    """Return the path of the document, and the frame of its resource's page. One request."""
    path = resource.path.replace("{id}", request.params["id"])
    expanded = ",".join(kind_of(resource.name).expands)
    head = menus.head_of(request, resource, request.api.get(path, {"expand": expanded or None}))
    for number, each in enumerate(head["menu"]):
        if each.url == request.url(f"{path}/customData"):
            head["menu"][number] = menus.Entry(each.label, each.url, is_current=True)
    return f"{path}/customData", head


def _read(request: ConsoleRequest, path: str) -> tuple[int, dict[str, msgspec.Raw]]:
    """Return the size of a document in bytes, and its members, whose values are not made yet."""
    raw, _ = request.api.document(path)
    members = json_text.members(raw)
    return len(raw), {name: value for name, value in members.items() if name not in _OWN}


def _value_at(document: Mapping[str, msgspec.Raw], place: list[str]) -> Any:
    if not place:
        return document
    if place[0] not in document:
        raise NoSuchPlace
    return json_values.at(json_text.decode(document[place[0]]), place[1:])


def _show(
    resource: Resource,
    request: ConsoleRequest,
    problem: str = "",
    status: int = 200,
    typed: Mapping[str, str] | None = None,
) -> None:
    path, head = _head(request, resource)
    _, document = _read(request, path)
    try:
        place = json_values.place_of(request.query.get("at", ""))
        container = _value_at(document, place)
        if not isinstance(container, (Mapping, list)):
            raise NoSuchPlace
    except NoSuchPlace:
        request.redirect(path, Notice(gettext("The custom data has nothing there any more."), "bad"))
        return
    first = request.query.get("from", "0")
    start = min(int(first), len(container)) if first.isascii() and first.isdigit() and len(first) < 8 else 0
    rows = list(rows_of(container, place, start))
    following = start + len(rows)
    request.render(
        "custom_data/editor.html",
        {
            **head,
            "data": path,
            "at": json_values.pointer(place),
            "above": [(each, json_values.pointer(place[: number + 1])) for number, each in enumerate(place)],
            "rows": rows,
            "first": start,
            "size": len(container),
            "following": following if following < len(container) else None,
            "is_array": isinstance(container, list),
            "types": json_values.TYPES,
            "longest": LONGEST_EDITED,
            "problem": problem,
            "typed": typed or {},
        },
        status=status,
    )


def _edit(resource: Resource, request: ConsoleRequest) -> None:
    """Save, add or remove one value."""
    path, _ = _head(request, resource)
    _, document = _read(request, path)
    form = request.form
    action = form.get("action", "")
    try:
        if action == "add":
            saved = _add(request, path, document)
        elif action in ("save", "remove"):
            saved = _change(request, path, document, removes=action == "remove")
        else:
            raise ApiError(Code.BAD_REQUEST, gettext("Please choose what to do."))
    except NoSuchPlace:
        _refuse(resource, request, gettext("The custom data has nothing there any more."), 409)
        return
    except NotTyped as error:
        _refuse(resource, request, str(error), 400)
        return
    except ApiError as error:
        if error.status >= 500:
            raise
        _refuse(resource, request, sentence(error.text_for_people), error.status)
        return
    if request.is_fragment and action == "save":
        request.render("custom_data/saved.html", digest=saved)
        return
    query: dict[str, str] = {name: request.query[name] for name in ("at", "from") if name in request.query}
    request.redirect(request.url(path, query).removeprefix(request.console.root), gettext("Saved."))


def _refuse(resource: Resource, request: ConsoleRequest, problem: str, status: int) -> None:
    """Show what is wrong: beside the value that a script has sent, or on the page with what was typed."""
    if request.is_fragment:
        request.render(
            "custom_data/saved.html", digest=request.form.get("was", ""), problem=problem, status=200
        )
        return
    _show(resource, request, problem, status, typed=dict(request.form))


def _add(request: ConsoleRequest, path: str, document: Mapping[str, msgspec.Raw]) -> str:
    form = request.form
    place = json_values.place_of(form.get("at", ""))
    kind = form.get("type", "")
    if kind not in json_values.TYPES:
        raise NotTyped(gettext("Please choose a type."))
    value = json_values.typed(kind, form.get("value", ""))
    container = _value_at(document, place)
    if isinstance(container, list):
        _post(request, path, document, place, [*container, value])
    elif isinstance(container, Mapping):
        name = form.get("key", "")
        if name in container:
            raise NotTyped(gettext("There is a key '%(key)s' already.", key=name[:SHORT]))
        if not name.strip():
            raise NotTyped(gettext("Please type a key."))
        _post(request, path, document, [*place, name], value)
    else:
        raise NoSuchPlace
    return json_values.digest(value)


def _change(request: ConsoleRequest, path: str, document: Mapping[str, msgspec.Raw], *, removes: bool) -> str:
    form = request.form
    place = json_values.place_of(form.get("at", ""))
    if not place:
        raise NoSuchPlace
    present = _value_at(document, place)
    if json_values.digest(present) != form.get("was", ""):
        raise ApiError(
            Code.CONFLICT, gettext("Another person has changed this meanwhile: here it is as it is now.")
        )
    if removes and len(place) == 1:
        request.api.delete(f"{path}/{place[0]}")
        return ""
    if removes:
        top = json_values.without(json_text.decode(document[place[0]]), place[1:])
        _post(request, path, {}, place[:1], top)
        return ""
    value = json_values.typed(json_values.type_of(present), form.get("value", ""))
    is_same = isinstance(present, str) and present.replace("\r\n", "\n") == value
    if is_same or json_values.digest(value) == form["was"]:
        return form["was"]
    _post(request, path, document, place, value)
    return json_values.digest(value)


def _post(
    request: ConsoleRequest,
    path: str,
    document: Mapping[str, msgspec.Raw],
    place: list[str],
    value: Any,
) -> None:
    """Save the value at a place, by the one key of the document that it is below."""
    key, *inner = place
    if inner:
        value = json_values.with_value(json_text.decode(document[key]), inner, value)
    request.api.post(path, json_text.encode({key: value}))


def _show_json(
    resource: Resource,
    request: ConsoleRequest,
    problem: str = "",
    status: int = 200,
) -> None:
    path, head = _head(request, resource)
    size, document = _read(request, path)
    text, opened = "", ""
    is_shown = size <= LARGEST_SHOWN
    if is_shown:
        text = msgspec.json.format(json_text.encode(document), indent=2).decode()
        opened = json.dumps({name: _digest(value) for name, value in document.items()})
        is_shown = len(html.escape(text)) + len(html.escape(opened)) <= LARGEST_SHOWN
    request.render(
        "custom_data/json.html",
        {
            **head,
            "data": path,
            "size": size,
            "is_shown": is_shown,
            "text": request.form.get("document", text) if is_shown else "",
            "opened": request.form.get("opened", opened) if is_shown else "",
            "problem": problem,
        },
        status=status,
    )


def _digest(value: msgspec.Raw) -> str:
    return json_values.digest(json_text.decode(value))


def _save_json(resource: Resource, request: ConsoleRequest) -> None:
    """Save what differs from the document as it was shown: what another person changed meanwhile stays."""
    path, _ = _head(request, resource)
    try:
        new = json_values.parsed(request.form.get("document", ""))
        opened = json_values.parsed(request.form.get("opened", ""))
    except NotTyped as error:
        _show_json(resource, request, str(error), 400)
        return
    changed = {name: value for name, value in new.items() if json_values.digest(value) != opened.get(name)}
    _, document = _read(request, path)
    removed = [name for name in opened if name not in new and name in document]
    try:
        if changed:
            request.api.post(path, json_text.encode(changed))
        if removed and set(removed) == set(document) and not changed:
            request.api.delete(path)
        else:
            for name in removed:
                request.api.delete(f"{path}/{name}")
    except ApiError as error:
        if error.status >= 500:
            raise
        _show_json(resource, request, sentence(error.text_for_people), error.status)
        return
    request.redirect(f"{path}/json", gettext("Saved."))


def _download(resource: Resource, request: ConsoleRequest) -> None:
    path = resource.path.replace("{id}", request.params["id"])
    raw, _ = request.api.document(f"{path}/customData")
    if not raw:
        raise not_found()
    request.send(raw, "application/json", "customData.json")
