"""Synchronizations that administrators ask for: now, and with more deletions than are usually allowed."""

from __future__ import annotations

from typing import Any

from stormpath.server.console.notices import Notice
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.directories import agent_state, frame
from stormpath.server.console.views.directories.frame import Frame

Json = dict[str, Any]


def begin(request: ConsoleRequest) -> None:
    """Ask the agent for a run."""
    found, agent = agent_state.of_directory(request)
    _ask_for(request, agent_state.id_of(agent), {"full": request.form.get("full") == "true"})
    text = (
        gettext("The agent is offline: it synchronizes as soon as it is online.")
        if agent["status"] == "OFFLINE"
        else gettext("The agent synchronizes now. Reload the page to see how it went.")
    )
    request.redirect(f"{found.path}/agent", Notice(text))


def ask_deletions(request: ConsoleRequest) -> None:
    """Ask before a run may delete more than the share that is allowed."""
    _ask_deletions(request)


def allow_deletions(request: ConsoleRequest) -> None:
    """Let the next run delete whatever is gone from the server."""
    if request.form.get("understood") != "true":
        _ask_deletions(request, problem=gettext("Please tick the box first."), status=400)
        return
    if not request.prove():
        _ask_deletions(request, problem=gettext("The password is wrong."), status=400)
        return
    found, agent = _stopped(request)
    _ask_for(request, agent_state.id_of(agent), {"full": True, "allowDeletions": True})
    notice = Notice(gettext("The deletions are accepted: the agent synchronizes everything anew."))
    request.redirect(f"{found.path}/agent", notice)


def _stopped(request: ConsoleRequest) -> tuple[Frame, Json]:
    """Return the directory and its agent, whose last run was stopped; raises 404 otherwise."""
    found, agent = agent_state.of_directory(request)
    with request.current.context.read() as unit:
        run = unit.console_reads.mirror_run(agent_state.id_of(agent))
    frame.require(agent_state.is_stopped(run))
    return found, agent


def _ask_for(request: ConsoleRequest, agent_id: str, body: dict[str, bool]) -> None:
    request.api.post(f"/agents/{agent_id}/synchronizations", body)


def _ask_deletions(request: ConsoleRequest, *, problem: str = "", status: int = 200) -> None:
    found, agent = _stopped(request)
    values = {"agent": agent, "problem": problem, "needs_proof": not request.is_proved}
    request.render("directories/agent_deletions.html", {**found.head, **values}, status=status)
