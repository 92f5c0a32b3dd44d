"""Changes as security events: those of keys, accounts and settings (``logs/security.py``)."""

from __future__ import annotations

from typing import Final

from stormpath.server.domain.events import ResourceChanged
from stormpath.server.domain.storage import Row
from stormpath.server.logs import security
from stormpath.server.logs.security import Event

#: What applications create and change all day, apart from what is below; and custom data is no resource.
_CONTENT: Final = frozenset(
    {"group", "groupMembership", "accountLink", "providerData", "accessToken", "refreshToken"}
)

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

_ACCOUNT: Final = ("status", "email")


def report_change(event: ResourceChanged) -> None:
    """Write the line of a committed change, if it is a security event. Values of attributes are not in it."""
    if event.resource == "apiKey":
        _report_key(event)
    elif event.resource == "account":
        _report_account(event)
    elif event.resource not in _CONTENT:
        _report_setting(event)


def _report_setting(event: ResourceChanged) -> None:
    facts = {"resource": event.resource, "id": event.id, "change": _kind(event)}
    if event.before and event.after:
        facts["changed"] = _changed(event.before, event.after)
        is_news = facts["changed"] != ""
    else:
        is_news = event.after is None or event.resource in _CREATED
    if is_news:
        security.report(Event.SETTINGS_CHANGED, **facts)


def _report_key(event: ResourceChanged) -> None:
    kinds = {"created": Event.KEY_CREATED, "changed": Event.KEY_CHANGED, "deleted": Event.KEY_DELETED}
    row = event.after or event.before or {}
    facts = {"id": event.id, "account": row.get("account_id", "unknown")}
    if event.before and event.after:
        facts["changed"] = _changed(event.before, event.after)
    security.report(kinds[_kind(event)], **facts)


def _report_account(event: ResourceChanged) -> None:
    before, after = event.before, event.after
    if before is None:
        return
    if after is None:
        security.report(Event.ACCOUNT_DELETED, account=event.id)
        return
    if before.get("password_modified_at") != after.get("password_modified_at"):
        security.report(Event.PASSWORD_CHANGED, account=event.id)
    changed = [each for each in _ACCOUNT if before.get(each) != after.get(each)]
    if changed:
        security.report(Event.ACCOUNT_CHANGED, account=event.id, changed=",".join(changed))


def _kind(event: ResourceChanged) -> str:
    if event.before is None:
        return "created"
    return "deleted" if event.after is None else "changed"


def _changed(before: Row, after: Row) -> str:
    """Return the names of the columns that differ."""
    names = sorted(name for name in after if name not in _DERIVED and before.get(name) != after[name])
    return ",".join(names)
