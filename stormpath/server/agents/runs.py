"""A run of a synchronization: it begins, takes what the agent finds, and ends with what follows from that.

An agent is killed at any point, repeats what it got no answer to, or is started twice. So each call may be
repeated; what a run has stored, the next one finds and goes on from; and where the next run begins (the
cursor) is stored in the last transaction of the end.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from stormpath.server.agents import accounts, conflicts, deletions, entries, groups, memberships
from stormpath.server.agents.batches import Batch, batch_of
from stormpath.server.agents.held_run import (
    BEGUN,
    DELETING,
    DONE,
    HALF_STORED,
    JOINING,
    SETTLING,
    STOPPED,
    TAKING,
    UNDER_WAY,
    HeldRun,
    fenced,
)
from stormpath.server.agents.work import TimeLimit, chunks
from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.events import AgentFailed
from stormpath.server.domain.mirrors import RunState
from stormpath.server.domain.storage import Row, StorageError, Unit
from stormpath.server.schema.errors import ApiError, Code, not_found

__all__ = ["FULL", "INCREMENTAL", "Batch", "BegunRun", "EndedRun", "batch_of", "begin", "end", "take"]

FULL: Final = "full"
INCREMENTAL: Final = "incremental"

#: How long a process keeps a run that it does not go on with, and how old the last full one may be: in ms.
LEASE: Final = 120_000
FULL_EVERY: Final = 24 * 60 * 60 * 1000

#: The most characters of a cursor and of a report.
LONGEST_JSON: Final = 256 * 1024

#: How long one call of ``end`` works.
SECONDS: Final = 2.0

#: What is stored in one transaction: entries, keys of members, and ids.
_ENTRIES: Final = 100
_IDS: Final = 2_000

#: The DNs of entries with a problem that a report names.
_EXAMPLES: Final = 3

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BegunRun:
    """A run that has begun, and where: ``cursor`` is the agent's own, ``None`` for a full run."""

    run: int
    kind: str
    cursor: Json | None


@dataclass(frozen=True, slots=True)
class EndedRun:
    """Whether a run has ended; and if it was ``stopped``, why: then nothing was deleted."""

    is_done: bool
    stopped: str | None = None


def begin(context: RequestContext, agent: Row, *, process: str, configuration: str, kind: str) -> BegunRun:
    """Begin a run of a process of the agent, with a configuration that must be the present one.

    It is full if the agent wants that, has no cursor of this configuration, or is due for it, and after a run
    that came to no end: an entry that it has stored and that has gone since then is unknown to the cursor.
    Raises ``ApiError`` 409 while another process is at work on a run.
    """
    now = context.now_ms()
    with context.write() as unit:
        state = unit.mirrors.runs.lock(agent["directory_id"], agent["id"])
        if state is None:
            raise not_found()
        if _is_of_another(state, process, now):
            raise fenced("Another process of the agent is at work on a run. Try again in two minutes.")
        is_usable = state.cursor is not None and state.cursor_configuration == configuration
        is_due = state.full_run_at is None or now - state.full_run_at >= FULL_EVERY
        is_half_stored = state.stage in HALF_STORED
        is_full = kind == FULL or not is_usable or is_due or is_half_stored or state.wants_full
        changes: dict[str, Any] = {
            "run": state.run + 1,
            "run_process": process,
            "run_kind": FULL if is_full else INCREMENTAL,
            # What the last run has left stays true until one comes to its end.
            "run_stage": TAKING if is_half_stored else BEGUN,
            "run_started_at": now,
            "run_seen_at": now,
        }
        if not is_usable:
            changes |= {"cursor": None, "cursor_configuration": configuration}
        unit.mirrors.runs.change(agent["id"], changes)
    cursor = None if is_full or state.cursor is None else json.loads(state.cursor)
    return BegunRun(state.run + 1, changes["run_kind"], cursor)


def take(context: RequestContext, agent: Row, run: int, batch: Batch) -> int:
    """Store a part of what a run has found; return how many of its entries have a problem.

    Raises ``ApiError`` 409 if it is not the present run.
    """
    held = HeldRun(context, agent, run)
    problems = 0
    for some in chunks(batch.accounts, _ENTRIES):
        with held.take() as unit:
            wanted = accounts.Directory(unit, held.directory_id, context.passwords).wanted(some)
            problems += entries.store(held, unit, accounts.KIND, wanted)
    for named in chunks(batch.groups, _ENTRIES):
        with held.take() as unit:
            problems += entries.store(held, unit, groups.KIND, groups.wanted(named))
    for chunk in batch.members:
        for part in chunk.parts(_IDS):
            with held.take() as unit:
                memberships.take(held, unit, part)
    for kind, ids in batch.present.items():
        for part_of_ids in chunks(ids, _IDS):
            with held.take() as unit:
                unit.mirrors.entries.see(held.directory_id, kind, part_of_ids, run)
    for kind, ids in batch.gone.items():
        for part_of_ids in chunks(ids, _IDS):
            with held.take() as unit:
                unit.mirrors.entries.doom(held.directory_id, kind, part_of_ids, run)
    with held.write(BEGUN, TAKING):
        # Also for an empty batch: the run must be the present one, and is still at work.
        return problems


def end(
    context: RequestContext,
    agent: Row,
    run: int,
    *,
    is_complete: bool,
    cursor: Json,
    report: Json,
    seconds: float = SECONDS,
) -> EndedRun:
    """Do what follows from a run, for some seconds; call it again until it is done.

    What a complete run has not seen is deleted, values change hands, memberships are made. Raises
    ``ApiError`` 409 if it is not the present run.
    """
    texts = {"cursor": _json("cursor", cursor), "report": _json("report", report)}
    held, limit = HeldRun(context, agent, run), TimeLimit(seconds)
    with context.write() as unit:
        state = held.lock(unit)
        if state.stage == DONE:
            return EndedRun(is_done=True)
        if state.stage in (BEGUN, TAKING, STOPPED):
            stopped = deletions.refusal(held, unit, is_complete=is_complete)
            if stopped is not None and not state.allows_deletions:
                _stop(held, unit, stopped, report)
                return EndedRun(is_done=True, stopped=stopped)
            if is_complete:
                unit.mirrors.entries.doom_unseen(held.directory_id, run)
            _advance(held, unit, DELETING)
        stage = DELETING if state.stage in (BEGUN, TAKING, STOPPED) else state.stage
    for here, following, work in _STAGES:
        if stage != here:
            continue
        if not work(held, limit):
            return EndedRun(is_done=False)
        with held.write(here) as unit:
            if following == JOINING:
                memberships.touch_containers(held, unit)
            if following == DONE:
                _finish(held, unit, texts, report)
            _advance(held, unit, following)
        stage = following
    if state.kind == FULL:
        _update_statistics(context)
    return EndedRun(is_done=True)


def _update_statistics(context: RequestContext) -> None:
    """Let logins and lists find their rows by the right index at once, where there are many new ones."""
    # The run is done, with it or without.
    with suppress(StorageError), context.write() as unit:
        unit.mirrors.runs.update_statistics()


def _settle(held: HeldRun, limit: TimeLimit) -> bool:
    return all(conflicts.settle(held, kind, limit) for kind in (accounts.KIND, groups.KIND))


#: The stages of an end, each with the next one and what is done in it.
_STAGES: Final[tuple[tuple[str, str, Callable[[HeldRun, TimeLimit], bool]], ...]] = (
    (DELETING, SETTLING, deletions.delete),
    (SETTLING, JOINING, _settle),
    (JOINING, DONE, memberships.join),
)


def _is_of_another(state: RunState, process: str, now: int) -> bool:
    is_under_way = state.stage in UNDER_WAY and state.process != process
    return is_under_way and state.seen_at is not None and 0 <= now - state.seen_at < LEASE


def _advance(held: HeldRun, unit: Unit, stage: str) -> None:
    unit.mirrors.runs.change(held.agent["id"], {"run_stage": stage, "run_seen_at": held.context.now_ms()})


def _stop(held: HeldRun, unit: Unit, stopped: str, report: Json) -> None:
    told = {**report, "stopped": stopped, "skipped": _skipped(held, unit)}
    changes = {"run_stage": STOPPED, "report": json.dumps(told), **_answered(held.lock(unit))}
    unit.mirrors.runs.change(held.agent["id"], changes)
    unit.update("agent", held.agent["id"], {"status": "ERROR", "status_reason": stopped})
    held.context.emit(unit, AgentFailed(unit.tenant_id, id=held.agent["id"], cause=stopped))


def _finish(held: HeldRun, unit: Unit, texts: dict[str, str], report: Json) -> None:
    state = held.lock(unit)
    changes: dict[str, Any] = {
        "cursor": texts["cursor"],
        "report": json.dumps({**report, "skipped": _skipped(held, unit)}),
        "allows_deletions": False,
        **_answered(state),
    }
    if state.kind == FULL:
        changes["full_run_at"] = state.started_at
    unit.mirrors.runs.change(held.agent["id"], changes)
    unit.update("agent", held.agent["id"], {"last_synchronized_at": held.context.now_ms()})


def _answered(state: RunState) -> Json:
    """Return the changes with which the run is done that an administrator asked for.

    What was asked for meanwhile is for the next run.
    """
    if state.told_at is None or state.started_at is None or state.told_at > state.started_at:
        return {}
    return {"wants_run": False, "wants_full": None}


def _skipped(held: HeldRun, unit: Unit) -> Json:
    """Return the problems of entries, as a part of the report: their numbers, with some DNs."""
    found = unit.mirrors.entries.problems(held.directory_id, _EXAMPLES)
    return {problem: {"entries": number, "examples": dns} for problem, (number, dns) in sorted(found.items())}


def _json(name: str, value: Json) -> str:
    text = json.dumps(value)
    if len(text) > LONGEST_JSON:
        raise ApiError(Code.BAD_REQUEST, f"The {name} is longer than {LONGEST_JSON} characters.")
    return text
