"""The columns of lists of directories and of agents that no attribute stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from stormpath.server.console.declared.kinds import Column, add_columns
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.directories import types

#: How many agents are looked at for one page of directories; a tenant with more has the list of agents.
_MOST_AGENTS: Final = 100

Bodies = Sequence[Mapping[str, Any]]


def _types(request: ConsoleRequest, directories: Bodies) -> list[str]:
    return [types.name_of(each) for each in directories]


def _agent_statuses(request: ConsoleRequest, directories: Bodies) -> list[str | None]:
    """Return the status of each directory's agent. One request, where any of them has one."""
    agents = [(each.get("provider") or {}).get("agent") for each in directories]
    if not any(agents):
        return [None] * len(agents)
    found = request.api.get(f"/tenants/{request.tenant['id']}/agents", {"limit": _MOST_AGENTS})
    by_href = {each["href"]: each["status"] for each in found["items"]}
    return [by_href.get(each["href"]) if each else None for each in agents]


def _names(request: ConsoleRequest, agents: Bodies) -> list[str]:
    return [str(each["directory"].get("name", "")) for each in agents]


def _descriptions(request: ConsoleRequest, agents: Bodies) -> list[str | None]:
    return [each["directory"].get("description") for each in agents]


add_columns(
    "directory",
    Column("type", gettext("Type"), "text", False, True, ("provider",), _types, 60),
    Column("agentStatus", gettext("Agent Status"), "word", False, True, ("provider",), _agent_statuses, 61),
)
add_columns(
    "agent",
    Column("directory.name", gettext("Directory"), "text", False, True, ("directory",), _names),
    Column("description", gettext("Description"), "text", False, True, ("directory",), _descriptions, 51),
)
