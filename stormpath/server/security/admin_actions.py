"""What administrators do in the console, stored in the transaction that does it.

A change that a rule makes for an API key has an event in the log alone; one that it makes for an ``actor`` is
an entry too, for every kind of resource. Where one is rolled back, so is the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.events import CustomDataChanged, Events, ResourceChanged
from stormpath.server.domain.security_events import AdminAction
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.logs import security
from stormpath.server.schema import Collection, ids

CREATED: Final = "created"
CHANGED: Final = "changed"
DELETED: Final = "deleted"

#: They change with each of the others.
_DERIVED: Final = frozenset({"created_at", "modified_at", "full_name"})

#: What resources are called by people, the first that a row has.
_NAMES: Final = ("name", "email", "username", "number", "phone_number", "host")


def listen(to: Events) -> None:
    """Store what administrators change from now on."""
    to.during(ResourceChanged, _on_change)
    to.during(CustomDataChanged, _on_custom_data)


def record(
    context: RequestContext,
    unit: Unit,
    action: str,
    resource: str,
    resource_id: str,
    *,
    name: str | None = None,
    changed: str = "",
) -> None:
    """Store, with the unit's changes, what the context's actor does; nothing where there is no actor.

    ``action`` is a word. Of what is no change of a resource, such as an e-mail that is sent again, the
    console says so itself.
    """
    if not context.actor:
        return
    request, now = security.current(), context.now_ms()
    entry = AdminAction(
        unit.tenant_id,
        ids.new_id(now),
        now,
        context.actor,
        action,
        resource,
        resource_id,
        name,
        changed,
        None if request is None else request.address,
        None if request is None else request.id,
    )
    unit.admin_actions.add(entry)


def _on_change(context: RequestContext, unit: Unit, event: ResourceChanged) -> None:
    if not context.actor:
        return
    before, after = event.before, event.after
    row = after or before or {}
    if before is None:
        # What comes with another resource, such as its policies and templates, is not told apart from that.
        if event.resource not in _created_alone(context):
            return
        action, changed = CREATED, ""
    elif after is None:
        action, changed = DELETED, ""
    else:
        action, changed = CHANGED, ",".join(_changed(context, event.resource, before, after))
        if not changed:
            return
    name = _name(row)
    record(context, unit, action, event.resource, event.id, name=name, changed=changed)


def _on_custom_data(context: RequestContext, unit: Unit, event: CustomDataChanged) -> None:
    name = _name(event.row)
    record(context, unit, CHANGED, event.resource, event.id, name=name, changed="customData")


def _created_alone(context: RequestContext) -> Iterator[str]:
    """Yield the kinds of resources that callers create; others come with one of these."""
    for resource in context.resources.values():
        if "POST" in resource.top_level:
            yield resource.name
        for each in resource.own:
            if isinstance(each, Collection) and each.accepts_items:
                yield each.of


def _changed(context: RequestContext, resource: str, before: Row, after: Row) -> list[str]:
    """Return the names of the attributes that differ, in their order; never a value."""
    different = {name for name in after if name not in _DERIVED and before.get(name) != after[name]}
    declared = context.resources[resource].attributes
    names = [each.name for each in declared if different & {column.name for column in each.columns()}]
    known = {column.name for each in declared for column in each.columns()}
    return names + sorted(different - known)


def _name(row: Row) -> str | None:
    return next((str(row[each]) for each in _NAMES if row.get(each)), None)
