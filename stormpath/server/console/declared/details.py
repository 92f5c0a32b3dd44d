"""The page of one resource: its attributes, to be read and changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from stormpath.server.console.declared import code, fields, menus
from stormpath.server.console.declared.kinds import kind_of, protection_of
from stormpath.server.console.declared.problems import Problems, problems_of
from stormpath.server.console.declared.secrets import IN_CODE, hidden_names, without_secrets
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.schema import Link, Resource
from stormpath.server.schema.errors import ApiError

Json = dict[str, Any]


def read(request: ConsoleRequest, resource: Resource, path: str) -> Json:
    """Return the JSON of a resource, with the resources that it links to inline. One request."""
    expanded = [
        each.name
        for each in resource.own
        if isinstance(each, Link) and each.expandable and not each.companion and each.name != "tenant"
    ]
    expanded += kind_of(resource.name).expands
    return request.api.get(path, {"expand": ",".join(expanded) or None})


def variant_of(resource: Resource, body: Mapping[str, Any]) -> str | None:
    """Return the variant of a resource by its JSON."""
    name = next((each.name for each in resource.own if each.column == resource.variant), None)
    return str(body[name]) if name and body.get(name) else None


def show(
    request: ConsoleRequest,
    resource: Resource,
    body: Json,
    *,
    template: str = "details.html",
    problems: Problems | None = None,
    as_code: code.Code | None = None,
    status: int = 200,
    adjust: Callable[[list[fields.Field]], list[fields.Field]] = list,
    **more: Any,
) -> None:
    """Answer with the page of a resource; with what was typed, where the form has an error.

    ``adjust`` changes the fields, such as to ``readonly`` ones.
    """
    found = adjust(fields.fields_of(resource, body, variant_of(resource, body)))
    if protection := protection_of(resource.name, body):
        found = [replace(each, readonly=True) if each.name == "name" else each for each in found]
        found = [each for each in found if each.name != "status"]
    opened = opened_of(found)
    if problems is not None or as_code is not None:
        found = fields.with_typed(found, request.form, problems.by_field if problems else {})
    can_change = "POST" in resource.verbs and any(not each.readonly for each in found)
    request.render(
        template,
        {
            **menus.head_of(request, resource, body),
            "fields": found,
            "opened": request.form.get("opened", opened),
            "links": _links(request, resource, body),
            "problems": problems,
            "as_code": as_code,
            "can_change": can_change,
            "can_delete": "DELETE" in resource.verbs and not protection,
            "protection": protection,
            **more,
        },
        status=status,
    )


def change(
    request: ConsoleRequest, resource: Resource, path: str, again: Callable[..., None] = show, **more: Any
) -> None:
    """Save the form of a resource: only what differs from what is stored is sent.

    ``again`` shows the form with its errors, or with its code, which the button "as code" asks for.
    """
    body = read(request, resource, path)
    changeable = [each for each in resource.own if each.updatable and not each.fixed]
    changed = fields.values(changeable, request.form, opened_texts(request))
    if "as_code" in request.form:
        again(
            request,
            resource,
            body,
            as_code=code.update(resource, body["href"], masked(resource, changed)),
            **more,
        )
        return
    try:
        if changed:
            request.api.post(path, changed)
    except ApiError as error:
        found = problems_of(error, fields.fields_of(resource, body))
        again(request, resource, body, problems=found, status=error.status, **more)
        return
    request.redirect(request.path, gettext("Saved."))


def opened_of(found: Iterable[fields.Field]) -> str:
    """Return the texts with which a form is shown, for its hidden field ``opened``."""
    return json.dumps(fields.texts(found), ensure_ascii=False)


def opened_texts(request: ConsoleRequest, name: str = "opened") -> dict[str, str]:
    """Return the texts with which the form was shown: what another person changed meanwhile stays."""
    try:
        found = json.loads(request.form.get(name, "{}"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def masked(resource: Resource, body: Mapping[str, Any]) -> Json:
    """Return a body for code that is shown, without passwords and secrets."""
    found: Json = without_secrets(body, hidden_names([resource]), IN_CODE)
    return found


def _links(request: ConsoleRequest, resource: Resource, body: Mapping[str, Any]) -> list[Json]:
    """Return the links to other resources that are shown beside the fields."""
    from stormpath.server.console import labels
    from stormpath.server.console.declared.kinds import title_of

    found = []
    for each in resource.own:
        if (
            not isinstance(each, Link)
            or each.companion
            or each.name in kind_of(resource.name).hidden | {"tenant"}
        ):
            continue
        value = body.get(each.name)
        if isinstance(value, Mapping) and "href" in value:
            target = request.console.kind_at(value["href"])
            found.append(
                {
                    "label": labels.label(each.name, resource.name),
                    "url": request.page_of(value["href"]),
                    "title": title_of(target or each.to[0], value),
                }
            )
    return found
