"""The page of the tenant: its name and key, how its administrators stand to each other, what it holds."""

from __future__ import annotations

import json
from typing import Any, Final

from stormpath.server.console import labels
from stormpath.server.console.declared import code, details, fields
from stormpath.server.console.declared.problems import Problems, sentence
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.schema import Resource
from stormpath.server.schema.errors import ApiError, not_found

HOME: Final = "/tenant"

_COUNTED: Final = ("application", "organization", "directory", "group", "account")

_LONGEST_DATA: Final = 10 * 1024 * 1024


def show(request: ConsoleRequest) -> None:
    """Show the tenant."""
    path = _path(request)
    resource = request.console.resources["tenant"]
    _show(request, resource, details.read(request, resource, path))


def change(request: ConsoleRequest) -> None:
    """Save the form, or the custom data, as the button says."""
    resource = request.console.resources["tenant"]
    if "data" in request.form:
        _save_data(request, resource)
        return
    details.change(request, resource, _path(request), _show)


def lead(request: ConsoleRequest) -> None:
    """Lead from the path of the tenant in the API to its page."""
    if request.params["id"] != request.tenant["id"]:
        raise not_found()
    request.redirect(HOME)


def _show(
    request: ConsoleRequest,
    resource: Resource,
    body: dict[str, Any],
    *,
    problems: Problems | None = None,
    as_code: code.Code | None = None,
    status: int = 200,
    data_problem: str = "",
) -> None:
    found = fields.fields_of(resource, body)
    opened = json.dumps(fields.texts(found), ensure_ascii=False)
    if problems is not None or as_code is not None:
        found = fields.with_typed(found, request.form, problems.by_field if problems else {})
    path = _path(request)
    # Everything else by one request: five more would look the tenant up five times.
    plurals = {name: request.console.resources[name].plural for name in _COUNTED}
    expanded = ["customData", *(f"{each}(limit:1)" for each in plurals.values())]
    whole = request.api.get(path, {"expand": ",".join(expanded)})
    data = whole["customData"]
    own = {name: each for name, each in data.items() if name not in ("href", "createdAt", "modifiedAt")}
    counts = [
        {"label": labels.plural(name), "size": whole[plural]["size"], "url": request.url(f"/{plural}")}
        for name, plural in plurals.items()
    ]
    request.render(
        "access/tenant.html",
        {
            "body": body,
            "fields": [each for each in found if not each.readonly],
            "opened": request.form.get("opened", opened),
            "counts": counts,
            "data": request.form.get("data", json.dumps(own, indent=2, ensure_ascii=False)),
            "data_problem": data_problem,
            "problems": problems,
            "as_code": as_code,
            "rest_url": request.url(f"/rest{path}"),
        },
        status=status,
    )


def _save_data(request: ConsoleRequest, resource: Resource) -> None:
    """Store the custom data as it was typed: keys that are left out are removed."""
    path, text = _path(request), request.form["data"]
    try:
        wanted = json.loads(text) if len(text) <= _LONGEST_DATA else None
    except (ValueError, RecursionError):
        wanted = None
    if not isinstance(wanted, dict):
        body = details.read(request, resource, path)
        problem = gettext("This is no JSON object.")
        _show(request, resource, body, data_problem=problem, status=400)
        return
    before = request.api.get(f"{path}/customData")
    try:
        if wanted:
            request.api.post(f"{path}/customData", wanted)
        for key in set(before) - set(wanted) - {"href", "createdAt", "modifiedAt"}:
            request.api.delete(f"{path}/customData/{key}")
    except ApiError as error:
        if error.status >= 500:
            raise
        body = details.read(request, resource, path)
        problem = sentence(error.text_for_people)
        _show(request, resource, body, data_problem=problem, status=error.status)
        return
    request.redirect(HOME, gettext("Saved."))


def _path(request: ConsoleRequest) -> str:
    return f"/tenants/{request.tenant['id']}"


PAGES: Final = (
    Page(HOME, show, change),
    Page("/tenants/{id}", lead),
)
