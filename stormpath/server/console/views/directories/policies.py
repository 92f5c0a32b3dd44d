"""Who may register in a directory, and what its accounts must have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from stormpath.server.console import labels
from stormpath.server.console.declared import code, details, fields
from stormpath.server.console.declared.code import Code
from stormpath.server.console.declared.fields import Field
from stormpath.server.console.declared.problems import Problems, problems_of
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.directories import forms, frame
from stormpath.server.console.views.directories.frame import Frame
from stormpath.server.schema.errors import ApiError

Json = dict[str, Any]

_POLICY: Final = "accountCreationPolicy"

#: The switches of its e-mails are on the page of workflows.
_ON_WORKFLOWS: Final = frozenset(
    {"verificationEmailStatus", "verificationSuccessEmailStatus", "welcomeEmailStatus"}
)


def show_creation(request: ConsoleRequest) -> None:
    """Show which domains of e-mail addresses are allowed."""
    _show_creation(request, *_read(request))


def change_creation(request: ConsoleRequest) -> None:
    """Save them."""
    found, policy = _read(request)
    resource = request.console.resources[_POLICY]
    shown = _policy_fields(request, policy)
    names = {each.name for each in shown}
    typed = [each for each in resource.own if each.name in names]
    changed = fields.values(typed, request.form, details.opened_texts(request))
    if "as_code" in request.form:
        _show_creation(request, found, policy, as_code=code.update(resource, policy["href"], changed))
        return
    try:
        if changed:
            request.api.post(f"/accountCreationPolicies/{request.params['id']}", changed)
    except ApiError as error:
        _show_creation(request, found, policy, problems_of(error, shown), status=error.status)
        return
    request.redirect(request.path, gettext("Saved."))


def show_schema(request: ConsoleRequest) -> None:
    """Show which attributes new accounts must have."""
    id = request.params["id"]
    schema = request.api.get(f"/schemas/{id}", {"expand": "fields"})
    found = frame.of_id(request, schema["directory"]["href"].rpartition("/")[2])
    request.render(
        "directories/schema.html",
        {
            **found.head,
            "items": [
                {**each, "id": each["href"].rpartition("/")[2], "label": labels.label(each["name"])}
                for each in schema["fields"]["items"]
            ],
        },
    )


def change_schema(request: ConsoleRequest) -> None:
    """Save what was ticked; one request for each field that differs."""
    schema = request.api.get(f"/schemas/{request.params['id']}", {"expand": "fields"})
    for each in schema["fields"]["items"]:
        name = f"required.{each['href'].rpartition('/')[2]}"
        is_required = request.form.get(name) == "true"
        if name in request.form and is_required != each["required"]:
            request.api.post(each["href"], {"required": is_required})
    request.redirect(request.path, gettext("Saved."))


def _read(request: ConsoleRequest) -> tuple[Frame, Json]:
    policy = request.api.get(f"/accountCreationPolicies/{request.params['id']}")
    # A policy has the id of its directory.
    return frame.of_request(request), policy


def _policy_fields(request: ConsoleRequest, policy: Json) -> list[Field]:
    return fields.fields_of(request.console.resources[_POLICY], policy, hidden=_ON_WORKFLOWS)


def _show_creation(
    request: ConsoleRequest,
    found: Frame,
    policy: Json,
    problems: Problems | None = None,
    as_code: Code | None = None,
    status: int = 200,
) -> None:
    shown = _policy_fields(request, policy)
    opened = details.opened_of(shown)
    if request.form:
        shown = forms.with_typed(shown, request.form, problems)
    if found.why_fixed:
        shown = [replace(each, readonly=True) for each in shown]
    request.render(
        "directories/policy.html",
        {
            **found.head,
            "heading": labels.singular(_POLICY),
            "fields": shown,
            "opened": request.form.get("opened", opened),
            "why_fixed": found.why_fixed,
            "problems": problems,
            "as_code": as_code,
        },
        status=status,
    )
