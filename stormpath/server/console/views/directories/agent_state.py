"""The agent of a directory: its status, and how its last synchronization went."""

from __future__ import annotations

import json
from typing import Any, Final

from stormpath.server.agents.held_run import STOPPED, UNDER_WAY
from stormpath.server.agents.runs import LEASE
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.directories import frame
from stormpath.server.console.views.directories.frame import Frame
from stormpath.server.domain.console_reads import MirrorRun

Json = dict[str, Any]

#: What the statuses of agents mean, in the order in which they are explained.
_MEANINGS: Final = (
    ("ONLINE", "The agent is online, and all things are working."),
    ("OFFLINE", "The service hears nothing from the agent."),
    ("ERROR", "The agent is online, but has trouble with the service or with LDAP/AD."),
)

#: The characters of a name that an agent reports, and how many of its remarks are shown.
_LONGEST: Final = 255
_MOST: Final = 20


def meanings() -> list[tuple[str, str]]:
    """Return the statuses of agents with what they mean."""
    return [(status, gettext(text)) for status, text in _MEANINGS]


def id_of(agent: Json) -> str:
    """Return the id of an agent by its JSON."""
    return str(agent["href"].rpartition("/")[2])


def of_directory(request: ConsoleRequest) -> tuple[Frame, Json]:
    """Return the directory whose id is in the address, and its agent. Two requests; raises 404."""
    found = frame.of_request(request)
    link = found.provider.get("agent") or {}
    frame.require(bool(link))
    return found, request.api.get(link["href"])


def of_agent(request: ConsoleRequest) -> tuple[Frame, Json]:
    """Return the agent whose id is in the address, after its directory. Two requests; raises 404."""
    agent = request.api.get(f"/agents/{request.params['id']}")
    return frame.of_id(request, agent["directory"]["href"].rpartition("/")[2]), agent


def facts(request: ConsoleRequest, found: Frame, agent: Json) -> Json:
    """Return the values of the include ``directories/agent_state.html``."""
    directory_id = found.path.rpartition("/")[2]
    with request.current.context.read() as unit:
        run = unit.console_reads.mirror_run(id_of(agent))
        skipped = unit.console_reads.mirror_problem_counts(directory_id)
    return {
        "agent": agent,
        "agent_id": id_of(agent),
        "meaning": dict(meanings()).get(agent["status"], ""),
        "is_running": _is_running(run, request.current.context.now_ms()),
        "is_stopped": is_stopped(run),
        "remarks": _remarks(run),
        "skipped": sum(skipped.values()),
    }


def is_stopped(run: MirrorRun | None) -> bool:
    """Tell whether a run has deleted nothing, because it was much, and waits for an administrator."""
    return run is not None and run.stage == STOPPED and not run.allows_deletions


def _is_running(run: MirrorRun | None, now: int) -> bool:
    if run is None or run.seen_at is None or run.stage not in UNDER_WAY:
        return False
    return now - run.seen_at < LEASE


def _remarks(run: MirrorRun | None) -> list[str]:
    """Return what the agent has said of attributes that entries lack, a sentence for each."""
    try:
        report = json.loads(run.report) if run is not None and run.report else {}
    except ValueError:
        report = {}
    problems = report.get("problems") if isinstance(report, dict) else None
    found = [_remark(each) for each in problems[:_MOST]] if isinstance(problems, list) else []
    return [each for each in found if each]


def _remark(problem: Any) -> str:
    if not isinstance(problem, dict):
        return ""
    values = {
        "attribute": str(problem.get("attribute", ""))[:_LONGEST],
        "entries": _number(problem.get("entries")),
        "total": _number(problem.get("of")),
    }
    if problem.get("problem") == "attribute_missing":
        if problem.get("kind") == "group":
            text = gettext(
                "The attribute %(attribute)s is missing on %(entries)s of %(total)s groups.", **values
            )
        else:
            text = gettext(
                "The attribute %(attribute)s is missing on %(entries)s of %(total)s accounts.", **values
            )
    elif problem.get("problem") == "member_invalid":
        text = gettext("%(entries)s values of %(attribute)s name no entry.", **values)
    else:
        return ""
    examples = problem.get("examples")
    named = [str(dn)[:_LONGEST] for dn in examples[:3]] if isinstance(examples, list) else []
    return f"{text} {gettext('For example:')} {'; '.join(named)}" if named else text


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else "?"
