"""Mapping several account stores to an application or organization, and one to several applications."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from stormpath.server.console.declared import code, menus
from stormpath.server.console.declared.problems import sentence
from stormpath.server.console.notices import Notice
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext, ngettext
from stormpath.server.console.views.applications import account_stores, picker, stores
from stormpath.server.console.views.applications.stores import Key, Owner
from stormpath.server.schema.errors import ApiError

#: Of the stores that are mapped already, so many are known to the search. The API refuses the others.
_KNOWN: Final = 100


def ask_stores(kind: str, request: ConsoleRequest) -> None:
    """Show the search for stores to map to an owner."""
    owner = stores.owner_at(request, kind)
    _render_stores(request, owner, picker.picked_keys(request, owner.kinds))


def add_stores(kind: str, request: ConsoleRequest) -> None:
    """Search, or map what was ticked: to the end of the list, each by a request of its own."""
    owner = stores.owner_at(request, kind)
    picked = picker.picked_keys(request, owner.kinds)
    if "as_code" in request.form:
        shown = _code(request, [(owner, each) for each in picked])
        _render_stores(request, owner, picked, as_code=shown)
        return
    if request.form.get("action") != "create":
        _render_stores(request, owner, picked)
        return
    failed, problems = _map(request, [(owner, each) for each in picked])
    if not picked or problems:
        remaining = [key for _, key in failed]
        done = len(picked) - len(remaining)
        _render_stores(request, owner, remaining, problems=_report(done, problems), status=400)
        return
    text = ngettext("%(number)s account store is added.", "%(number)s account stores are added.", len(picked))
    request.redirect(account_stores.path_of(request, owner), text)


def ask_applications(kind: str, request: ConsoleRequest) -> None:
    """Show the search for applications to map a store to."""
    body = request.api.get(_path(request, kind))
    _render_applications(request, kind, body, picker.picked_keys(request, ("application",)))


def add_applications(kind: str, request: ConsoleRequest) -> None:
    """Search, or map the store to the applications that were ticked."""
    body = request.api.get(_path(request, kind))
    picked = picker.picked_keys(request, ("application",))
    store: Key = (kind, request.params["id"])
    wanted = [(_application(request, id), store) for _, id in picked]
    if "as_code" in request.form:
        _render_applications(request, kind, body, picked, as_code=_code(request, wanted))
        return
    if request.form.get("action") != "create":
        _render_applications(request, kind, body, picked)
        return
    failed, problems = _map(request, wanted)
    if not picked or problems:
        remaining = [("application", owner.id) for owner, _ in failed]
        done = len(picked) - len(remaining)
        _render_applications(request, kind, body, remaining, problems=_report(done, problems), status=400)
        return
    text = ngettext(
        "It is mapped to %(number)s application.", "It is mapped to %(number)s applications.", len(picked)
    )
    request.redirect(f"{_path(request, kind)}/applications", Notice(text))


def _map(
    request: ConsoleRequest, wanted: list[tuple[Owner, Key]]
) -> tuple[list[tuple[Owner, Key]], list[str]]:
    """Map each; return those that failed, and why."""
    failed, problems = [], []
    named = stores.find(request, [key for _, key in wanted] + [(owner.kind, owner.id) for owner, _ in wanted])
    for owner, key in wanted:
        try:
            stores.map_store(request, owner, key)
        except ApiError as error:
            stores.reraise_failure(error)
            failed.append((owner, key))
            names = [named[each].name for each in ((owner.kind, owner.id), key) if each in named]
            problems.append(f"{', '.join(names)}: {sentence(error.text_for_people)}")
    return failed, problems


def _report(done: int, problems: list[str]) -> list[str]:
    if not problems:
        return [gettext("Tick what is to be added first.")]
    said = ngettext(
        "%(number)s is added; the others are not:", "%(number)s are added; the others are not:", done
    )
    return [*([said] if done else []), *problems]


def _code(request: ConsoleRequest, wanted: list[tuple[Owner, Key]]) -> code.Code:
    every = []
    for owner, key in wanted:
        resource = request.console.resources[owner.mapping]
        href = f"{request.console.settings.base_url}/{resource.plural}"
        every.append(code.creation(resource, href, stores.mapping_body(request, owner, key)))
    return code.Code("\n".join(each.python for each in every), "\n".join(each.curl for each in every))


def _application(request: ConsoleRequest, id: str) -> Owner:
    return Owner("application", {"href": f"{request.console.settings.base_url}/applications/{id}"})


def _path(request: ConsoleRequest, kind: str) -> str:
    return f"/{request.console.resources[kind].plural}/{request.params['id']}"


def _render_stores(
    request: ConsoleRequest, owner: Owner, picked: list[Key], *, status: int = 200, **more: Any
) -> None:
    mapped = request.api.get(owner.body["accountStoreMappings"]["href"], {"limit": _KNOWN})["items"]
    taken = {stores.key_of_href(request, each["accountStore"]["href"]) for each in mapped}
    values = {
        "heading": owner.adding,
        "action": owner.adding,
        "picker": picker.read(request, owner.kinds, picked, taken),
        "cancel": request.url(account_stores.path_of(request, owner)),
    }
    _render(request, owner.kind, dict(owner.body), values | more, status)


def _render_applications(
    request: ConsoleRequest,
    kind: str,
    body: dict[str, Any],
    picked: list[Key],
    *,
    status: int = 200,
    **more: Any,
) -> None:
    values = {
        "heading": gettext("Map Application"),
        "action": gettext("Create Mappings"),
        "picker": picker.read(request, ("application",), picked),
        "cancel": request.url(f"{_path(request, kind)}/applications"),
    }
    _render(request, kind, body, values | more, status)


def _render(
    request: ConsoleRequest, kind: str, body: dict[str, Any], values: dict[str, Any], status: int
) -> None:
    head = menus.head_of(request, request.console.resources[kind], body)
    found = {"problems": [], "as_code": None, **head, **values}
    request.render("applications/map.html", found, status=status)


PAGES: Final = (
    *(
        Page(
            f"/{plural}/{{id}}/accountStores/new",
            partial(ask_stores, kind),
            partial(add_stores, kind),
            section=plural,
        )
        for kind, plural in (("application", "applications"), ("organization", "organizations"))
    ),
    *(
        Page(
            f"/{plural}/{{id}}/applications/new",
            partial(ask_applications, kind),
            partial(add_applications, kind),
            section=plural,
        )
        for kind, plural in (("directory", "directories"), ("organization", "organizations"))
    ),
)
