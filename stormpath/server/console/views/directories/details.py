"""The details of a directory, with its password strength policy."""

from __future__ import annotations

from typing import Any

from stormpath.server.console.declared import details
from stormpath.server.console.declared.problems import Problems, problems_of
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.directories import forms, frame, password_strength, types
from stormpath.server.console.views.directories.frame import Frame
from stormpath.server.schema import Resource
from stormpath.server.schema.errors import ApiError

Json = dict[str, Any]


def show(request: ConsoleRequest) -> None:
    """Show the directory."""
    _show(request, frame.of_request(request))


def change(request: ConsoleRequest) -> None:
    """Save the form of the directory itself."""
    path = f"/directories/{request.params['id']}"
    details.change(request, request.console.resources[frame.RESOURCE], path, _again)


def change_strength(request: ConsoleRequest) -> None:
    """Save the form of the password strength policy."""
    found = frame.of_request(request)
    path = password_strength.path_of(request.params["id"])
    stored = request.api.get(path)
    changes = password_strength.changes(request, stored, details.opened_texts(request, "strength_opened"))
    try:
        if changes:
            request.api.post(path, changes)
    except ApiError as error:
        problems = problems_of(error, password_strength.fields_of(request, stored))
        _show(request, found, stored, strength_problems=problems, status=error.status)
        return
    request.redirect(found.path, gettext("Saved."))


def _again(request: ConsoleRequest, resource: Resource, body: Json, **more: Any) -> None:
    _show(request, Frame(body, {}), **more)


def _show(
    request: ConsoleRequest,
    found: Frame,
    stored: Json | None = None,
    strength_problems: Problems | None = None,
    **more: Any,
) -> None:
    values: Json = {"type_name": types.name_of(found.body), "why_fixed": found.why_fixed, "lengths": []}
    if not found.is_mirror:
        values |= _strength(request, found, stored, strength_problems)
    resource = request.console.resources[frame.RESOURCE]
    details.show(request, resource, found.body, template="directories/details.html", **values, **more)


def _strength(request: ConsoleRequest, found: Frame, stored: Json | None, problems: Problems | None) -> Json:
    id = request.params["id"]
    stored = stored or request.api.get(password_strength.path_of(id))
    lengths = password_strength.fields_of(request, stored)
    shown = password_strength.opened(lengths)
    form = request.form if problems else None
    toggles = password_strength.toggles(stored, form)
    if problems:
        lengths = forms.with_typed(lengths, request.form, problems)
    if found.why_fixed:
        lengths, toggles = password_strength.readonly(lengths), password_strength.readonly(toggles)
    return {
        "lengths": lengths,
        "toggles": toggles,
        "strength_opened": request.form.get("strength_opened", shown),
        "strength_problems": problems,
        "strength_page": request.url(password_strength.path_of(id)),
    }
