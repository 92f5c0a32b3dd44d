"""The form for a new resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stormpath.server.console import labels
from stormpath.server.console.declared import code, details, fields
from stormpath.server.console.declared.kinds import title_of
from stormpath.server.console.declared.problems import Problems, problems_of
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.schema import Resource
from stormpath.server.schema.errors import ApiError


def ask(
    resource: Resource,
    api_path: str,
    request: ConsoleRequest,
    *,
    template: str = "create.html",
    problems: Problems | None = None,
    as_code: code.Code | None = None,
    head: Mapping[str, Any] | None = None,
    status: int = 200,
    adjust: Callable[[list[fields.Field]], list[fields.Field]] = list,
    **more: Any,
) -> None:
    """Show the form; with what was typed, where it has an error. ``adjust`` changes its empty fields."""
    found = adjust(fields.fields_for_creation(resource))
    if request.form:
        found = fields.with_typed(found, request.form, problems.by_field if problems else {})
    request.render(
        template,
        {
            "heading": gettext("Create %(kind)s", kind=labels.singular(resource.name)),
            "fields": found,
            "problems": problems,
            "as_code": as_code,
            "cancel": request.url(request.path.removesuffix("/new")),
            "head": head,
            **(head or {}),
            **more,
        },
        status=status,
    )


def create(
    resource: Resource,
    api_path: str,
    request: ConsoleRequest,
    *,
    head: Mapping[str, Any] | None = None,
    query: Mapping[str, str] | None = None,
    **more: Any,
) -> None:
    """Create what was typed, and lead to its page."""
    body = fields.values([each for each in resource.own if each.creatable], request.form)
    body = {name: value for name, value in body.items() if value is not None}
    if "as_code" in request.form:
        href = f"{request.console.settings.base_url}{api_path}"
        shown = code.creation(resource, href, details.masked(resource, body), query)
        ask(resource, api_path, request, as_code=shown, head=head, **more)
        return
    try:
        made = request.api.post(api_path, body, query)
    except ApiError as error:
        problems = problems_of(error, fields.fields_for_creation(resource))
        ask(resource, api_path, request, problems=problems, head=head, status=error.status, **more)
        return
    notice = gettext("%(title)s is created.", title=title_of(resource.name, made))
    request.redirect(request.api.path_of(made["href"]), notice)
