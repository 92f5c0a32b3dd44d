"""How an agent is installed: the steps, the file with its key, and another key in the place of a lost one."""

from __future__ import annotations

from typing import Final

from stormpath.server.console.notices import Notice
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.directories import agent_state
from stormpath.server.security import admin_actions

#: The file that ``stormpath agent`` reads, as the API calls it too.
FILE: Final = "agent.properties"

_PROPERTIES: Final = "text/x-java-properties; charset=utf-8"


def show(request: ConsoleRequest) -> None:
    """Show the steps."""
    _show(request)


def download(request: ConsoleRequest) -> None:
    """Answer with the file, once the password was given."""
    if not request.prove():
        _show(request, problem=gettext("The password is wrong."), status=400)
        return
    found, agent = agent_state.of_directory(request)
    data, _ = request.api.document(f"{request.api.path_of(agent['href'])}/download")
    context = request.current.context
    with context.write() as unit:
        # The answer to a GET is no change; that a person has the key now is worth an entry all the same.
        name = found.body["name"]
        admin_actions.record(
            context, unit, "downloaded the key", "agent", agent_state.id_of(agent), name=name
        )
    request.send(data, _PROPERTIES, FILE)


def ask_key(request: ConsoleRequest) -> None:
    """Ask before the key is replaced."""
    _ask_key(request)


def replace_key(request: ConsoleRequest) -> None:
    """Replace the key; the download is the next step."""
    if request.form.get("understood") != "true":
        _ask_key(request, problem=gettext("Please tick the box first."), status=400)
        return
    if not request.prove():
        _ask_key(request, problem=gettext("The password is wrong."), status=400)
        return
    found, agent = agent_state.of_directory(request)
    request.api.document(f"{request.api.path_of(agent['href'])}/download", "POST")
    notice = Notice(gettext("The key is replaced. Download the file anew, and start the agent with it."))
    request.redirect(f"{found.path}/agent/download", notice)


def _show(request: ConsoleRequest, *, problem: str = "", status: int = 200) -> None:
    found, agent = agent_state.of_directory(request)
    request.render(
        "directories/download.html",
        {
            **found.head,
            **agent_state.facts(request, found, agent),
            "file": FILE,
            "problem": problem,
            "needs_proof": not request.is_proved,
        },
        status=status,
    )


def _ask_key(request: ConsoleRequest, *, problem: str = "", status: int = 200) -> None:
    found, agent = agent_state.of_directory(request)
    values = {"agent": agent, "problem": problem, "needs_proof": not request.is_proved}
    request.render("directories/agent_key.html", {**found.head, **values}, status=status)
