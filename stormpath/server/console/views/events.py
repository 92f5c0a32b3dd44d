"""Security events: who logged in, what was refused, what was changed; and what administrators did."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from stormpath.server.console import event_sentences
from stormpath.server.console.declared import menus
from stormpath.server.console.declared.menus import Extra
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.domain.security_events import AdminAction, StoredEvent
from stormpath.server.schema import ids

Json = dict[str, Any]

PAGE: Final = 50

_ID: Final = re.compile(rf"[0-9A-Za-z]{{{ids.WIDTH}}}")
_LONGEST_ACCOUNT: Final = 512

menus.add("account", Extra("/events", "Security Events"))

#: Resources with a page to which an action leads, while they are there.
_LINKED: Final = ("account", "application", "directory", "group", "organization")


def show(request: ConsoleRequest) -> None:
    """Show the newest events of the tenant that match the filters."""
    account_id, problem = _asked_account(request)
    events, older = ([], None) if problem else _page(request, account_id)
    request.render(
        "events/list.html",
        {
            **_filters(request),
            "rows": _rows(request, events),
            "older": None if older is None else {**_kept(request), "before": older},
            "problem": problem,
            "path": "/events",
            "has_account_filter": True,
        },
    )


def show_of_account(request: ConsoleRequest) -> None:
    """Show the newest events of one account."""
    resource = request.console.resources["account"]
    body = request.api.get(resource.path.replace("{id}", request.params["id"]))
    events, older = _page(request, request.params["id"])
    request.render(
        "events/of_account.html",
        {
            **menus.head_of(request, resource, body),
            **_filters(request),
            "rows": _rows(request, events),
            "older": None if older is None else {**_kept(request), "before": older},
            "problem": "",
            "path": f"/accounts/{request.params['id']}/events",
            "has_account_filter": False,
        },
    )


def show_actions(request: ConsoleRequest) -> None:
    """Show what administrators did, the latest first."""
    tenant_id, stored = request.tenant["id"], request.console.services["security_events"]
    resource_id = request.query.get("resource", "")
    found: Sequence[AdminAction] = stored.actions(
        tenant_id,
        resource_id=resource_id if _ID.fullmatch(resource_id) else None,
        before=_before(request),
        limit=PAGE + 1,
    )
    shown = found[:PAGE]
    kept = {"resource": resource_id or None}
    request.render(
        "events/actions.html",
        rows=_action_rows(request, shown),
        older={**kept, "before": shown[-1].id} if len(found) > PAGE else None,
        is_first="before" not in request.query,
        kept=kept,
    )


def _filters(request: ConsoleRequest) -> Json:
    query = request.query
    return {
        "events": event_sentences.choices(),
        "outcomes": event_sentences.outcomes(),
        "filters": {name: query.get(name, "")[:_LONGEST_ACCOUNT] for name in _NAMES},
        "is_first": "before" not in query,
        "kept": _kept(request),
    }


_NAMES: Final = ("event", "outcome", "account", "since", "until")


def _kept(request: ConsoleRequest) -> dict[str, str]:
    return {name: request.query[name] for name in _NAMES if request.query.get(name)}


def _asked_account(request: ConsoleRequest) -> tuple[str | None, str]:
    """Return the id of the account that the filter names (an id, an href or an address), or what is wrong."""
    text = request.query.get("account", "").strip()
    if not text:
        return None, ""
    id = text.rpartition("/")[2]
    if _ID.fullmatch(id):
        # An account that was deleted has events too.
        return id, ""
    if len(text) <= _LONGEST_ACCOUNT and "*" not in text:
        path = f"/tenants/{request.tenant['id']}/accounts"
        for name in ("email", "username"):
            found = request.api.get(path, {name: text, "limit": 2})["items"]
            if len(found) == 1:
                return found[0]["href"].rpartition("/")[2], ""
            if found:
                return None, gettext("Several accounts have this name: give the ID of one of them.")
    return None, gettext("There is no such account. Give its ID, its HREF, its username or its address.")


def _page(request: ConsoleRequest, account_id: str | None) -> tuple[Sequence[StoredEvent], str | None]:
    """Return a page of events, and the id after which the next one begins, if there is one."""
    query = request.query
    known = {value for value, _ in event_sentences.choices()}
    outcomes = {value for value, _ in event_sentences.outcomes()}
    since, until = _day(query.get("since", "")), _day(query.get("until", ""))
    before = _before(request)
    if until is not None:
        # Ids are in the order of time: the end of that day is an id.
        end = ids.first_id(_milliseconds(until + timedelta(days=1)))
        before = min(before, end) if before else end
    found: Sequence[StoredEvent] = request.console.services["security_events"].events(
        request.tenant["id"],
        account_id=account_id,
        event=query.get("event") if query.get("event") in known else None,
        outcome=query.get("outcome") if query.get("outcome") in outcomes else None,
        before=before,
        limit=PAGE + 1,
    )
    if since is not None:
        found = [each for each in found if each.at >= _milliseconds(since)]
    shown = found[:PAGE]
    return shown, shown[-1].id if len(found) > PAGE else None


def _before(request: ConsoleRequest) -> str | None:
    before = request.query.get("before", "")
    return before if _ID.fullmatch(before) else None


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    # Of other centuries there is no event, and no id.
    return found if found is not None and 1970 <= found.year < 3000 else None


def _milliseconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


def _rows(request: ConsoleRequest, events: Sequence[StoredEvent]) -> list[Json]:
    accounts = _names(request, "account", (each.account_id for each in events))
    actors = _names(request, "account", (each.actor_account_id for each in events))
    applications = _names(request, "application", (each.application_id for each in events))
    return [
        {
            "at": each.at,
            "name": event_sentences.event_name(each.event),
            "outcome": each.outcome,
            "outcome_name": event_sentences.outcome_name(each.outcome),
            "text": event_sentences.sentence(
                each,
                accounts.get(each.account_id or "", each.account_id or ""),
                applications.get(each.application_id or "", each.application_id or ""),
            ),
            "reason": event_sentences.reason(each),
            "account": each.account_id if each.account_id in accounts else None,
            "address": each.address or "",
            "actor": actors.get(each.actor_account_id or "", each.actor_key_id or ""),
            "request_id": each.request_id or "",
            "facts": event_sentences.facts_of(each),
        }
        for each in events
    ]


def _action_rows(request: ConsoleRequest, actions: Sequence[AdminAction]) -> list[Json]:
    actors = _names(request, "account", (each.actor_account_id for each in actions))
    there = {
        kind: _names(request, kind, (each.resource_id for each in actions if each.resource == kind))
        for kind in _LINKED
    }
    rows = []
    for each in actions:
        path = ""
        if each.resource_id in there.get(each.resource, {}):
            path = request.console.resources[each.resource].path.replace("{id}", each.resource_id)
        rows.append(
            {
                "at": each.at,
                "text": event_sentences.action_sentence(each, actors.get(each.actor_account_id, "")),
                "path": path,
                "address": each.address or "",
                "request_id": each.request_id or "",
            }
        )
    return rows


def _names(request: ConsoleRequest, kind: str, asked: Iterable[str | None]) -> dict[str, str]:
    wanted = {each for each in asked if each}
    if not wanted:
        return {}
    with request.current.context.read() as unit:
        return unit.console_reads.names(kind, wanted)


PAGES: Final = (
    Page("/events", show),
    Page("/events/actions", show_actions),
    Page("/accounts/{id}/events", show_of_account, section="accounts"),
)
