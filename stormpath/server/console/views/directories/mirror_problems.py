"""The entries of a server that could not be stored, in words: what is wrong, and what to do about it."""

from __future__ import annotations

from typing import Any, Final

from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.directories import agent_state
from stormpath.server.domain.console_reads import MirrorPlace, MirrorProblem
from stormpath.server.schema.errors import ApiError, Code

#: Entries on one page.
PAGE: Final = 50

_LONGEST: Final = 255

#: What is wrong with an entry, and what to do, by the names that the database has.
_WORDS: Final[dict[str, tuple[str, str]]] = {
    "no_email": (
        "It has no e-mail address.",
        "Enter one on the server, or choose another attribute under Account Configuration.",
    ),
    "email_taken": (
        "Another account of this directory has its e-mail address.",
        "Give each entry an address of its own, or let the filter leave one of them out.",
    ),
    "username_taken": (
        "Another account of this directory has its login name.",
        "Give each entry a login name of its own, or choose another attribute.",
    ),
    "name_missing": (
        "It has no name.",
        "Enter one on the server, or choose another attribute under Group Configuration.",
    ),
    "name_taken": (
        "Another group of this directory has its name.",
        "Give each group a name of its own, or let the filter leave one of them out.",
    ),
    "invalid": (
        "One of its values is refused: its e-mail address is none, or a name is too long.",
        "Correct the value on the server.",
    ),
}

_KINDS: Final = {"account": "Account", "group": "Group"}


def show(request: ConsoleRequest) -> None:
    """Show the entries of a directory that have a problem."""
    found, agent = agent_state.of_directory(request)
    directory_id = found.path.rpartition("/")[2]
    asked = request.query.get("problem", "")
    problem = asked if asked in _WORDS else None
    with request.current.context.read() as unit:
        reads = unit.console_reads
        counts = reads.mirror_problem_counts(directory_id)
        rows = reads.mirror_problems(directory_id, problem=problem, after=_after(request), limit=PAGE + 1)
    shown = rows[:PAGE]
    request.render(
        "directories/mirror_problems.html",
        {
            **found.head,
            "agent": agent,
            "entries": [_entry(each) for each in shown],
            "choices": [(name, words(name)[0], counts[name]) for name in _WORDS if name in counts],
            "problem": problem,
            "next": _next(request, problem, shown[-1]) if len(rows) > PAGE else "",
            "is_first": "entry" not in request.query,
        },
    )


def words(name: str) -> tuple[str, str]:
    """Return what a problem is, and what to do about it; one of a later version is named as it is."""
    known = _WORDS.get(name)
    return (gettext(known[0]), gettext(known[1])) if known else (name, "")


def _entry(row: MirrorProblem) -> dict[str, Any]:
    what, remedy = words(row.problem)
    path = f"/{row.kind}s/{row.stored_id}" if row.stored_id else ""
    kind = gettext(_KINDS.get(row.kind, row.kind))
    return {"dn": row.dn, "kind": kind, "what": what, "remedy": remedy, "path": path}


def _after(request: ConsoleRequest) -> MirrorPlace | None:
    query = request.query
    if "entry" not in query:
        return None
    place = MirrorPlace(query.get("of", ""), query.get("kind", ""), query["entry"])
    if any(len(each) > _LONGEST or "\x00" in each for each in place):
        raise ApiError(Code.BAD_REQUEST, "The address could not be read.")
    return place


def _next(request: ConsoleRequest, problem: str | None, last: MirrorProblem) -> str:
    place = {"of": last.problem, "kind": last.kind, "entry": last.entry_id}
    return request.url(request.path, {"problem": problem, **place})
