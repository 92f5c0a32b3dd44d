"""Security events and administrators' actions in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.console import labels
from stormpath.server.console.texts import gettext
from stormpath.server.domain.security_events import AdminAction, StoredEvent
from stormpath.server.logs.security import Event, Outcome
from stormpath.server.schema.errors import Code

#: What each event is called in the filter, and the sentence of a row.
_EVENTS: Final[dict[str, tuple[str, str]]] = {
    Event.LOGIN_SUCCEEDED.value: ("Login", "%(account)s logged in to %(application)s."),
    Event.LOGIN_FAILED.value: ("Failed login", "A login of %(account)s failed."),
    Event.LOGIN_LIMITED.value: (
        "Login beyond a limit",
        "A login of %(account)s was refused: too many had failed.",
    ),
    Event.KEY_FAILED.value: ("Failed API request", "A request with an API key was refused."),
    Event.TOKEN_FAILED.value: (
        "Invalid link",
        "A link or token for a reset or a verification was not valid: spent, expired or guessed.",
    ),
    Event.RESET_FAILED.value: (
        "Reset for an unknown address",
        "A password reset was asked for with an address that no account has.",
    ),
    Event.ACCESS_DENIED.value: (
        "Forbidden request",
        "A caller asked for what is forbidden, and was refused.",
    ),
    Event.RATE_LIMITED.value: ("Request beyond a limit", "A request was refused: too many came."),
    Event.OVER_CAPACITY.value: ("Overload", "A request was refused: the service was busy."),
    Event.MAIL_SERVER_REFUSED.value: ("Mail server", "The mail server failed its test."),
    Event.TOKEN_REUSED.value: (
        "Refresh token used again",
        "A spent refresh token of %(account)s was used again: it may have been stolen. All tokens of that "
        "login are revoked.",
    ),
    Event.TOKEN_REVOKED.value: ("Tokens revoked", "Tokens of %(account)s were revoked."),
    Event.KEY_CREATED.value: ("API key created", "An API key was created for %(account)s."),
    Event.KEY_CHANGED.value: ("API key changed", "An API key of %(account)s was changed."),
    Event.KEY_DELETED.value: ("API key deleted", "An API key of %(account)s was deleted."),
    Event.FACTOR_CREATED.value: ("Second factor created", "A second factor was created for %(account)s."),
    Event.FACTOR_VERIFIED.value: (
        "Second factor verified",
        "A second factor of %(account)s was proved for the first time.",
    ),
    Event.FACTOR_CHANGED.value: ("Second factor changed", "A second factor of %(account)s was changed."),
    Event.FACTOR_DELETED.value: ("Second factor deleted", "A second factor of %(account)s was deleted."),
    Event.RECOVERY_CODE_USED.value: ("Recovery code used", "%(account)s used a recovery code."),
    Event.FACTOR_FAILED.value: ("Wrong code", "A code of a second factor of %(account)s was wrong."),
    Event.FACTOR_LIMITED.value: (
        "Code beyond a limit",
        "A code of %(account)s was refused: too many were wrong.",
    ),
    Event.PASSWORD_CHANGED.value: ("Password changed", "The password of %(account)s was changed."),
    Event.ACCOUNT_CHANGED.value: ("Account changed", "The status or the address of %(account)s was changed."),
    Event.ACCOUNT_DELETED.value: ("Account deleted", "The account %(account)s was deleted."),
    Event.SETTINGS_CHANGED.value: ("Settings changed", "A setting was changed: %(resource)s."),
    Event.AGENT_ONLINE.value: ("Agent online", "The agent of a directory is online."),
    Event.AGENT_OFFLINE.value: ("Agent offline", "The agent of a directory has not called for 45 seconds."),
    Event.AGENT_FAILED.value: ("Agent with an error", "The agent of a directory cannot do its work."),
}

_OUTCOMES: Final = {
    Outcome.SUCCESS.value: "Done",
    Outcome.FAILURE.value: "Failed",
    Outcome.DENIED.value: "Denied",
    Outcome.LIMITED.value: "Limited",
}

_MORE: Final = "more"

_ACTIONS: Final = {
    "created": "%(actor)s created the %(kind)s %(name)s.",
    "changed": "%(actor)s changed the %(kind)s %(name)s: %(changed)s.",
    "deleted": "%(actor)s deleted the %(kind)s %(name)s.",
}


def choices() -> list[tuple[str, str]]:
    """Return the events for a filter, each with its name for people."""
    return [(each.value, event_name(each.value)) for each in Event]


def outcomes() -> list[tuple[str, str]]:
    """Return the outcomes for a filter."""
    return [(each.value, outcome_name(each.value)) for each in Outcome]


def event_name(event: str) -> str:
    """Return what an event is called."""
    return gettext(_EVENTS[event][0]) if event in _EVENTS else event


def outcome_name(outcome: str) -> str:
    """Return what an outcome is called."""
    return gettext(_OUTCOMES.get(outcome, outcome))


def sentence(event: StoredEvent, account: str, application: str) -> str:
    """Return what happened. The names are those of the event's account and application, if it has them."""
    facts = facts_of(event)
    if _MORE in facts:
        text = gettext("%(number)s more like this were not stored one by one: %(event)s.")
        return text % {"number": facts[_MORE], "event": event_name(event.event)}
    known = _EVENTS.get(event.event)
    if known is None:
        return event.event
    resource = labels.singular(event.resource) if event.resource else gettext("unknown")
    return gettext(known[1]) % {
        "account": account or gettext("an unknown name"),
        "application": application or gettext("an application"),
        "resource": resource,
    }


def reason(event: StoredEvent) -> str:
    """Return why it happened, for people: the meaning of an error code, or a word."""
    if not event.reason:
        return ""
    if event.reason.isascii() and event.reason.isdecimal() and len(event.reason) <= 6:
        code = int(event.reason)
        known = next((each for each in Code if each == code), None)
        return gettext("code %(code)s", code=code) if known is None else gettext(known.meaning)
    return event.reason


def facts_of(event: StoredEvent) -> Mapping[str, Any]:
    """Return what more is known of an event."""
    try:
        found = json.loads(event.facts)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def action_sentence(action: AdminAction, actor: str) -> str:
    """Return what an administrator did."""
    kind = labels.singular(action.resource)
    values = {
        "actor": actor or gettext("A former administrator"),
        "kind": kind,
        "name": action.name or action.resource_id,
        "changed": ", ".join(
            labels.label(each, action.resource) for each in action.changed.split(",") if each
        ),
        "action": action.action,
    }
    return gettext(_ACTIONS.get(action.action, "%(actor)s: %(kind)s %(name)s %(action)s.")) % values
