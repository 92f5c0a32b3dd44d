"""Agents: their list, their settings, and how one is installed."""

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
from stormpath.server.console.views.directories import agent_settings, forms, frame, types
from stormpath.server.console.views.directories.frame import Frame
from stormpath.server.schema.errors import ApiError

Json = dict[str, Any]

_RESOURCE: Final = "agent"

#: What the statuses of agents mean, in the order in which they are explained.
_MEANINGS: Final = (
    ("ONLINE", "The agent is online, and all things are working."),
    ("OFFLINE", "The service hears nothing from the agent."),
    ("ERROR", "The agent is online, but has trouble with the service or with LDAP/AD."),
)


def show_all(request: ConsoleRequest, **more: Any) -> None:
    """Show the list of agents, with what their statuses mean."""
    item = request.console.resources[_RESOURCE]
    view = lists.read_list(request, item, f"/tenants/{request.tenant['id']}/agents")
    request.render(
        "directories/agents.html",
        {"list": view, "title": labels.plural(_RESOURCE), "meanings": _meanings(), **more},
    )


def show_of_directory(request: ConsoleRequest) -> None:
    """Show the settings of a directory's agent."""
    found, agent = _of_directory(request)
    _show(request, found, agent)


def change_of_directory(request: ConsoleRequest) -> None:
    """Save them."""
    _change(request, *_of_directory(request))


def show(request: ConsoleRequest) -> None:
    """Show the settings of an agent."""
    _show(request, *_of_agent(request))


def change(request: ConsoleRequest) -> None:
    """Save them."""
    _change(request, *_of_agent(request))


def show_download(request: ConsoleRequest) -> None:
    """Show how the agent of a directory is installed."""
    found, agent = _of_directory(request)
    request.render("directories/download.html", {**found.head, **_facts(agent)})


def _of_directory(request: ConsoleRequest) -> tuple[Frame, Json]:
    found = frame.of_request(request)
    link = found.provider.get("agent") or {}
    frame.require(bool(link))
    return found, request.api.get(link["href"])


def _of_agent(request: ConsoleRequest) -> tuple[Frame, Json]:
    agent = request.api.get(f"/agents/{request.params['id']}")
    return frame.of_id(request, agent["directory"]["href"].rpartition("/")[2]), agent


def _meanings() -> list[tuple[str, str]]:
    return [(status, gettext(text)) for status, text in _MEANINGS]


def _facts(agent: Json) -> Json:
    return {
        "agent": agent,
        "agent_id": agent["href"].rpartition("/")[2],
        "meaning": dict(_meanings()).get(agent["status"], ""),
    }


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
            **_facts(agent),
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
