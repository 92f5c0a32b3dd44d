"""A new application: with a directory of its own, and with account stores that are there already."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from stormpath.server.console import labels
from stormpath.server.console.declared import code, fields
from stormpath.server.console.declared.problems import Problems, problems_of, sentence
from stormpath.server.console.notices import Notice
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.applications import picker, stores
from stormpath.server.console.views.applications.store_table import NONE, StoreRow, StoreTable, row_of
from stormpath.server.console.views.applications.stores import Key, Owner
from stormpath.server.schema.errors import ApiError

#: Stands for the directory that is created with the application.
NEW: Final = "new"

#: In code: the href that the application will have.
_UNKNOWN: Final = "<href of the application>"

#: What the API's option takes for a choice, and not for a name.
_NO_NAMES: Final = ("true", "false")

_KINDS: Final = stores.STORE_KINDS["application"]

#: What most people fill in: the other attributes can be opened.
_FIRST: Final = ("name", "description", "status")


def ask(request: ConsoleRequest) -> None:
    """Show the form."""
    _render(request, [])


def create(request: ConsoleRequest) -> None:
    """Create the application and all that the form has besides; or search, add, move and remove rows."""
    form, picked = request.form, picker.picked_keys(request, _KINDS)
    action, _, named = form.get("action", "").partition(":")
    if action == "drop":
        picked = [each for each in picked if named != _value(request, each)]
    if action != "create" and "as_code" not in form:
        _render(request, picked)
        return
    table = _typed(request, picked)
    problems = _problems(request, table, picked)
    if problems.general or problems.by_field:
        _render(request, picked, problems=problems, status=400)
        return
    resource = request.console.resources["application"]
    body = fields.values([each for each in resource.own if each.creatable], form)
    body = {name: value for name, value in body.items() if value is not None}
    query = _option(request)
    if "as_code" in form:
        _render(request, picked, as_code=_code(request, body, query, table, picked))
        return
    try:
        made = request.api.post("/applications", body, query)
    except ApiError as error:
        found = problems_of(error, fields.fields_for_creation(resource))
        _render(request, picked, problems=found, status=error.status)
        return
    owner = Owner("application", made)
    problem = _complete(request, owner, table, {_value(request, each): each for each in picked})
    path = request.api.path_of(owner.href)
    if problem:
        # What is there now is told, and the page that follows shows it and lets it be completed.
        request.redirect(f"{path}/accountStores", Notice(problem, "bad"))
    else:
        request.redirect(path, gettext("%(title)s is created.", title=owner.name))


def _code(
    request: ConsoleRequest, body: dict[str, Any], query: dict[str, str], table: StoreTable, picked: list[Key]
) -> code.Code:
    resources, base = request.console.resources, request.console.settings.base_url
    every = [code.creation(resources["application"], f"{base}/applications", body, query)]
    keys = {_value(request, each): each for each in picked}
    owner = Owner("application", {"href": _UNKNOWN})
    mapping = resources[owner.mapping]
    for index, row in enumerate(table.rows):
        if row.id != NEW:
            made = stores.mapping_body(request, owner, keys[row.id], listIndex=index, **_flags(table, row.id))
            every.append(code.creation(mapping, f"{base}/{mapping.plural}", made))
    return code.Code("\n".join(each.python for each in every), "\n".join(each.curl for each in every))


def _flags(table: StoreTable, id: str) -> dict[str, bool]:
    return {"isDefaultAccountStore": table.accounts == id, "isDefaultGroupStore": table.groups == id}


def _option(request: ConsoleRequest) -> dict[str, str]:
    if not _with_directory(request):
        return {}
    return {"createDirectory": request.form.get("directoryName", "").strip() or "true"}


def _with_directory(request: ConsoleRequest) -> bool:
    return request.form.get("createDirectory", "true") == "true"


def _problems(request: ConsoleRequest, table: StoreTable, picked: list[Key]) -> Problems:
    """Return what is wrong with the form as far as it does not concern the API."""
    found = Problems(general=list(table.problems))
    name = request.form.get("directoryName", "").strip()
    if _with_directory(request):
        if not name and request.form.get("matchName") != "true":
            found.by_field["directoryName"] = gettext(
                "Type the name of the directory, or tick the box above."
            )
        if name.lower() in _NO_NAMES:
            found.by_field["directoryName"] = gettext("Please choose another name for the directory.")
    if len(stores.find(request, picked)) < len(picked):
        found.general.append(gettext("One of the account stores that you have added is no longer there."))
    return found


def _complete(request: ConsoleRequest, owner: Owner, table: StoreTable, keys: dict[str, Key]) -> str:
    """Map the stores and set the locations; return what could not be done, after what is there already."""
    made = [gettext("The application %(name)s is created.", name=owner.name)]
    subject = ""
    try:
        if NEW in table.ids:
            subject = gettext("the new directory")
            made.append(_describe(request, owner, table))
        for index, row in enumerate(table.rows):
            if row.id == NEW:
                continue
            subject = row.name
            stores.map_store(request, owner, keys[row.id], listIndex=index, **_flags(table, row.id))
            made.append(gettext("%(store)s is added.", store=row.name))
    except ApiError as error:
        stores.reraise_failure(error)
        made.append(
            gettext(
                "This is missing: %(subject)s. %(problem)s Add what is missing here.",
                subject=subject,
                problem=sentence(error.text_for_people),
            )
        )
        return " ".join(made)
    return ""


def _describe(request: ConsoleRequest, owner: Owner, table: StoreTable) -> str:
    """Let the new directory mention its application, and be the location that was chosen; return its name."""
    mapping = request.api.get(owner.body["defaultAccountStoreMapping"]["href"], {"expand": "accountStore"})
    directory = mapping["accountStore"]
    text = gettext("The directory of the application %(name)s.", name=owner.name)
    request.api.post(directory["href"], {"description": text})
    flags = _flags(table, NEW)
    if not all(flags.values()):
        request.api.post(mapping["href"], flags)
    return gettext("The directory %(name)s is created.", name=directory["name"])


def _table(request: ConsoleRequest, picked: list[Key]) -> StoreTable:
    """Return the table in the order in which its rows were last shown; what is new comes last."""
    found = stores.find(request, picked)
    rows = [row_of(_value(request, each), found[each], 0) for each in picked if each in found]
    if _with_directory(request):
        text = gettext("The new directory")
        rows.insert(0, StoreRow(NEW, text, labels.singular("directory"), 0))
    order = {id: number for number, id in enumerate(request.form.every("row"))}
    rows.sort(key=lambda each: order.get(each.id, len(order)))
    rows = [replace(each, number=number) for number, each in enumerate(rows, start=1)]
    location = NEW if _with_directory(request) else NONE
    return StoreTable(rows, location, location, len(rows))


def _typed(request: ConsoleRequest, picked: list[Key]) -> StoreTable:
    """Return the table as it was typed. A location that has been taken out of it is none any more."""
    table = _table(request, picked)
    if request.form:
        table = table.as_typed(request.form)
    for name in ("accounts", "groups"):
        if getattr(table, name) not in table.ids:
            setattr(table, name, NONE)
    return table


def _value(request: ConsoleRequest, key: Key) -> str:
    return f"{request.console.resources[key[0]].plural}/{key[1]}"


def _render(
    request: ConsoleRequest,
    picked: list[Key],
    *,
    problems: Problems | None = None,
    as_code: code.Code | None = None,
    status: int = 200,
) -> None:
    found = fields.fields_for_creation(request.console.resources["application"])
    if request.form:
        found = fields.with_typed(found, request.form, problems.by_field if problems else {})
    table = _typed(request, picked)
    values: dict[str, Any] = {
        "fields": [each for each in found if each.name in _FIRST],
        "more_fields": [each for each in found if each.name not in _FIRST],
        "with_directory": _with_directory(request),
        "match_name": request.form.get("matchName", "true") == "true",
        "directory_name": request.form.get("directoryName", ""),
        "directory_problem": problems.by_field.get("directoryName", "") if problems else "",
        "table": table,
        "picker": picker.read(request, _KINDS, [], picked),
        "is_open": bool(picked) or "find" in request.form,
        "problems": problems,
        "as_code": as_code,
        "cancel": request.url("/applications"),
    }
    request.render("applications/create.html", values, status=status)


PAGES: Final = (Page("/applications/new", ask, create, section="applications"),)
