"""Synchronizations that an administrator asks for."""

from __future__ import annotations

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.events import SynchronizationAsked
from stormpath.server.domain.storage import Row
from stormpath.server.security import admin_actions


def ask(context: RequestContext, agent: Row, values: Values) -> Values:
    """Let the agent begin a run as soon as it hears of it: POST to ``/agents/{id}/synchronizations``."""
    id, allows_deletions = agent["id"], values.get("allow_deletions", False)
    asked = "synchronizations,allow_deletions" if allows_deletions else "synchronizations"
    with context.write() as unit:
        unit.agents.ask(id, is_full=values.get("full", False), allows_deletions=allows_deletions)
        admin_actions.record(context, unit, admin_actions.CHANGED, "agent", id, changed=asked)
        context.emit(unit, SynchronizationAsked(context.tenant_id, id=id, changed=asked))
    return {}
