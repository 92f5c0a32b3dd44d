"""Agents: their list, and their settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from stormpath.server.console import labels
from stormpath.server.console.declared import code, details, lists
from stormpath.server.console.declared.code import Code
from stormpath.server.console.declared.fields import Field
from stormpath.server.console.declared.problems import Problems, problems_of
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.directories import agent_settings, agent_state, forms, types
from stormpath.server.console.views.directories.frame import Frame
from stormpath.server.schema.errors import ApiError

Json = dict[str, Any]

_RESOURCE: Final = "agent"


def show_all(request: ConsoleRequest, **more: Any) -> None:
    """Show the list of agents, with what their statuses mean."""
    item = request.console.resources[_RESOURCE]
    view = lists.read_list(request, item, f"/tenants/{request.tenant['id']}/agents")
    request.render(
        "directories/agents.html",
        {"list": view, "title": labels.plural(_RESOURCE), "meanings": agent_state.meanings(), **more},
    )


def show_of_directory(request: ConsoleRequest) -> None:
    """Show the settings of a directory's agent."""
    found, agent = agent_state.of_directory(request)
    _show(request, found, agent)


def change_of_directory(request: ConsoleRequest) -> None:
    """Save them."""
    _change(request, *agent_state.of_directory(request))


def show(request: ConsoleRequest) -> None:
    """Show the settings of an agent."""
    _show(request, *agent_state.of_agent(request))


def change(request: ConsoleRequest) -> None:
    """Save them."""
    _change(request, *agent_state.of_agent(request))


def _change(request: ConsoleRequest, found: Frame, agent: Json) -> None:
    kind = types.provider_of(found.body)
    config = agent_settings.changes_of(request, kind, details.opened_texts(request))
    if "as_code" in request.form:
        resource = request.console.resources[_RESOURCE]
        shown = code.update(resource, agent["href"], forms.masked(request, {"config": config}))
        _show(request, found, agent, as_code=shown)
        return
    try:
        if config:
            request.api.post(agent["href"], {"config": config})
    except ApiError as error:
        parts = _parts(request, found, agent)
        every = [field for part in parts for field in part["fields"]]
        _show(request, found, agent, problems_of(error, every), status=error.status)
        return
    request.redirect(request.path, gettext("Saved."))


def _parts(request: ConsoleRequest, found: Frame, agent: Json) -> list[Json]:
    kind = types.provider_of(found.body)
    return [
        {
            "id": part or "agentConfig",
            "title": labels.label(part) if part else gettext("Agent Configuration"),
            "fields": agent_settings.fields_of_part(request, part, kind, agent["config"]),
        }
        for part in agent_settings.part_names(request)
    ]


def _show(
    request: ConsoleRequest,
    found: Frame,
    agent: Json,
    problems: Problems | None = None,
    as_code: Code | None = None,
    status: int = 200,
) -> None:
    parts = _parts(request, found, agent)
    opened = details.opened_of([field for part in parts for field in part["fields"]])
    for part in parts:
        part["fields"] = [_stored_secret(each) for each in part["fields"]]
        if request.form:
            part["fields"] = forms.with_typed(part["fields"], request.form, problems)
    request.render(
        "directories/agent.html",
        {
            **found.head,
            **agent_state.facts(request, found, agent),
            "agent_rest_url": request.url(f"/rest{request.api.path_of(agent['href'])}"),
            "kind_name": types.name_of(found.body),
            "parts": parts,
            "opened": request.form.get("opened", opened),
            "problems": problems,
            "as_code": as_code,
        },
        status=status,
    )


def _stored_secret(field: Field) -> Field:
    """Return a password's field as one that may stay empty: the stored one is not shown."""
    return replace(field, kind="secret", value=True, required=False) if field.kind == "password" else field
