"""The lines of the security log (``logs/security.py``) about logins, keys, accounts, tokens and settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from stormpath.server.domain import events
from stormpath.server.domain.events import ResourceChanged, SecurityEvent
from stormpath.server.domain.storage import Row
from stormpath.server.logs import security
from stormpath.server.logs.security import Event, Keep

#: What applications create and change all day, apart from what is below; and custom data is no resource.
_CONTENT: Final = frozenset(
    {"group", "groupMembership", "accountLink", "providerData", "accessToken", "refreshToken"}
    | {"phone", "challenge"}
)

#: Their changes are events of their own.
_OWN_EVENTS: Final = frozenset({"apiKey", "factor"})

#: The settings that are created by themselves: others are created with one of these, which has the line.
_CREATED: Final = frozenset(
    {
        "application",
        "directory",
        "organization",
        "accountStoreMapping",
        "organizationAccountStoreMapping",
        "registeredSamlServiceProvider",
        "samlServiceProviderRegistration",
        "smtpServer",
    }
)

#: Columns that change with each of the others.
_DERIVED: Final = frozenset({"modified_at", "created_at"})

_FACTOR: Final = ("id", "kind")

_AGENT: Final = ("id", "cause")

_ACCOUNT: Final = ("status", "email")


class _Line(NamedTuple):
    """The line of a security event, and the fields that it tells: ``application_id`` as ``application``."""

    event: Event
    fields: tuple[str, ...] = ()


_LINES: Final[dict[type[SecurityEvent], _Line]] = {
    events.LoginSucceeded: _Line(Event.LOGIN_SUCCEEDED, ("application_id",)),
    events.LoginFailed: _Line(Event.LOGIN_FAILED, ("reason", "application_id", "login")),
    events.LoginLimited: _Line(Event.LOGIN_LIMITED, ("application_id", "login")),
    events.PasswordChanged: _Line(Event.PASSWORD_CHANGED),
    events.KeyCreated: _Line(Event.KEY_CREATED, ("id",)),
    events.KeyChanged: _Line(Event.KEY_CHANGED, ("id", "status", "changed")),
    events.KeyDeleted: _Line(Event.KEY_DELETED, ("id",)),
    events.FactorCreated: _Line(Event.FACTOR_CREATED, _FACTOR),
    events.FactorVerified: _Line(Event.FACTOR_VERIFIED, _FACTOR),
    events.FactorChanged: _Line(Event.FACTOR_CHANGED, (*_FACTOR, "status")),
    events.FactorDeleted: _Line(Event.FACTOR_DELETED, _FACTOR),
    events.RecoveryCodeUsed: _Line(Event.RECOVERY_CODE_USED, (*_FACTOR, "remaining")),
    events.FactorFailed: _Line(Event.FACTOR_FAILED, _FACTOR),
    events.FactorLimited: _Line(Event.FACTOR_LIMITED, _FACTOR),
    events.TokenRevoked: _Line(Event.TOKEN_REVOKED, ("kind", "reason", "id", "application_id", "count")),
    events.TokenReused: _Line(Event.TOKEN_REUSED, ("id", "application_id")),
    events.AgentOnline: _Line(Event.AGENT_ONLINE, _AGENT),
    events.AgentOffline: _Line(Event.AGENT_OFFLINE, _AGENT),
    events.AgentFailed: _Line(Event.AGENT_FAILED, _AGENT),
    events.SynchronizationAsked: _Line(Event.SETTINGS_CHANGED, ("resource", "id", "change", "changed")),
}


class SecurityLog:
    """Writes the lines of events, as their listener. ``account_href`` makes the href of an account's id.

    ``keep`` is told what each line tells, whether the log wants it or not.
    """

    def __init__(self, account_href: Callable[[str], str], keep: Keep | None = None) -> None:
        self._account_href = account_href
        self._keep = keep

    def listen(self, to: events.Events) -> None:
        """Write a line for each event from now on."""
        to.after(SecurityEvent, self._on_event)
        to.after(ResourceChanged, self._on_change)

    def _on_event(self, event: SecurityEvent) -> None:
        line = _LINES[type(event)]
        if self._keep is not None or security.is_written(line.event):
            facts = {name.removesuffix("_id"): _text(getattr(event, name)) for name in line.fields}
            self._report(line.event, event.tenant_id, event.account_id, **facts)

    def _on_change(self, event: ResourceChanged) -> None:
        """Write the line of a change, if it is a security event. Values of attributes are not in it."""
        if event.resource == "account":
            self._report_account(event)
        elif event.resource not in _CONTENT | _OWN_EVENTS:
            self._report_setting(event)

    def _report_setting(self, event: ResourceChanged) -> None:
        facts = {"resource": event.resource, "id": event.id, "change": _kind(event)}
        if event.before and event.after:
            facts["changed"] = _changed(event.before, event.after)
            is_news = facts["changed"] != ""
        else:
            is_news = event.after is None or event.resource in _CREATED
        if is_news:
            self._report(Event.SETTINGS_CHANGED, event.tenant_id, **facts)

    def _report_account(self, event: ResourceChanged) -> None:
        before, after = event.before, event.after
        if before is None:
            return
        if after is None:
            self._report(Event.ACCOUNT_DELETED, event.tenant_id, event.id)
            return
        changed = [each for each in _ACCOUNT if before.get(each) != after.get(each)]
        if changed:
            self._report(Event.ACCOUNT_CHANGED, event.tenant_id, event.id, changed=",".join(changed))

    def _report(self, event: Event, tenant_id: str, account_id: str = "", **facts: object) -> None:
        named = {"account": self._account_href(account_id)} if account_id else {}
        told = {name: value for name, value in facts.items() if value != ""}
        security.report(event, self._keep, tenant=tenant_id, **named, **told)


def _text(value: object) -> object:
    if value is None:
        return ""
    return ",".join(value) if isinstance(value, tuple) else value


def _kind(event: ResourceChanged) -> str:
    if event.before is None:
        return "created"
    return "deleted" if event.after is None else "changed"


def _changed(before: Row, after: Row) -> str:
    """Return the names of the columns that differ."""
    names = sorted(name for name in after if name not in _DERIVED and before.get(name) != after[name])
    return ",".join(names)
