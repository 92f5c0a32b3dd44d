"""Agent: the program that copies an LDAP or Active Directory server into a directory (rest-core 5.8)."""

from __future__ import annotations

import secrets
from typing import Any, Final

from stormpath.server.domain.agents import OFFLINE_AFTER_MS
from stormpath.server.domain.context import RequestContext, Secrets, Values
from stormpath.server.domain.events import AgentOffline
from stormpath.server.domain.storage import DamagedRow, Row, Unit
from stormpath.server.resources.providers.mirrors import ACTIVE_DIRECTORY, LDAP
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import (
    TENANT_LINK,
    Address,
    Attribute,
    Choice,
    Endpoint,
    Flag,
    HiddenSecret,
    Id,
    Link,
    Number,
    Object,
    Password,
    Resource,
    Text,
    Timestamp,
    snake_case,
    variants,
)
from stormpath.server.schema.timestamps import timestamp

_AD_ONLY: Final = frozenset({ACTIVE_DIRECTORY})
_LDAP_ONLY: Final = frozenset({LDAP})
#: The key by which the program proves that it is the agent: of its own, and good for nothing else.
KEY: Final = "agentKey"
#: The longest reason of a status.
LONGEST_REASON: Final = 1000
PASSWORD: Final = "agentUserDnPassword"  # noqa: S105  # The name of a member.


def _required_texts(*names: str) -> tuple[Attribute, ...]:
    return tuple(Text(each, required=True, max_length=1024) for each in names)


def _optional_texts(*names: str) -> tuple[Attribute, ...]:
    return tuple(Text(each, max_length=4000) for each in names)


CONFIG: Final = Object(
    "config",
    required=True,
    members=(
        *_required_texts("directoryHost"),
        Number("directoryPort", required=True, minimum=1, maximum=65535),
        Flag("sslRequired", required=True),
        *_required_texts("agentUserDn"),
        Password(PASSWORD, required=True, max_length=1024, about="Accepted, never shown."),
        *_required_texts("baseDn"),
        Number("pollInterval", required=True, minimum=1, about="Minutes between two synchronizations."),
        Choice("referralMode", choices=("follow", "ignore"), nullable=True, only_for=_AD_ONLY),
        Flag("ignoreReferralIssues", default=None, nullable=True, only_for=_AD_ONLY),
        Object(
            "accountConfig",
            required=True,
            members=(
                *_optional_texts("dnSuffix"),
                *_required_texts("objectClass"),
                *_optional_texts("objectFilter"),
                *_required_texts("emailRdn", "givenNameRdn"),
                *_optional_texts("middleNameRdn"),
                *_required_texts("surnameRdn", "usernameRdn"),
                Text("passwordRdn", required=True, max_length=1024, only_for=_LDAP_ONLY),
            ),
        ),
        Object(
            "groupConfig",
            required=True,
            members=(
                *_optional_texts("dnSuffix"),
                *_required_texts("objectClass"),
                *_optional_texts("objectFilter"),
                *_required_texts("nameRdn", "descriptionRdn"),
                *_optional_texts("membersRdn"),
            ),
        ),
    ),
    about="The connection to the server, and the entries that are accounts and groups.",
)

SYNCHRONIZATIONS: Final = Endpoint(
    "synchronizations",
    accepted=True,
    body=(
        Flag("full", about="Whether everything is compared, and not only what has changed."),
        Flag(
            "allowDeletions",
            about="Whether the run may delete more accounts and groups than one usually may, this once.",
        ),
    ),
    about="Ask the program to synchronize now. It begins as soon as it hears of it.",
)

AGENT: Final = Resource(
    "agent",
    "agents",
    (
        Id(),
        Choice(
            "status",
            choices=("ONLINE", "OFFLINE", "ERROR"),
            default="OFFLINE",
            creatable=False,
            updatable=False,
            searchable=True,
            about="Whether the program is connected, and could do its work.",
        ),
        Text(
            "statusReason",
            max_length=LONGEST_REASON,
            sortable=False,
            nullable=True,
            creatable=False,
            updatable=False,
            about="What is wrong, and what to do about it; null where nothing is.",
        ),
        Timestamp(
            "lastSeenAt",
            nullable=True,
            about="The last sign of life of the program.",
        ),
        Timestamp(
            "lastSynchronizedAt",
            nullable=True,
            about="The end of the last synchronization that succeeded.",
        ),
        CONFIG,
        Link(
            "directory", to=("directory",), nullable=False, fixed=True, about="The directory that it fills."
        ),
        TENANT_LINK,
        Address("download", path="/agents/{id}/download", about="The URL of the program's settings and key."),
        SYNCHRONIZATIONS,
        HiddenSecret(PASSWORD),
        HiddenSecret(KEY),
    ),
    about="The program that copies an LDAP or Active Directory server into a directory.",
)


#: The encryption of its key and of the password: for which name each is encrypted.
_SECRETS: Final = {each.name: each for each in (HiddenSecret(PASSWORD), HiddenSecret(KEY))}

#: The reason of the status of an agent that has never called.
NEVER_SEEN: Final = (
    "The agent has never called: download its agent.properties, and start `stormpath agent run`."
)


def new_key() -> str:
    """Return a new key of an agent: 256 random bits."""
    return secrets.token_urlsafe(32)


class AgentRules(Rules):
    """An agent is created with its directory; its settings depend on the kind of server."""

    refreshes = True

    def refresh(self, context: RequestContext) -> None:
        end_overdue(context)

    def checked(self, kind: str, values: Values) -> Values:
        """Return the checked values of a new agent for that kind of server."""
        return {**values, "config": self._checked_config(kind, values["config"], creating=True)}

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        own = {snake_case(KEY): new_key(), "status_reason": NEVER_SEEN}
        return super().insert(context, unit, {**_with_password_column(values), **own})

    def change(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        if "config" in changes:
            provider = unit.get("provider", row["directory_id"])
            kind = LDAP if provider is None else provider["provider_type"]
            changes = {**changes, "config": self._checked_config(kind, changes["config"], creating=False)}
        return super().change(context, unit, row, _with_password_column(changes))

    def remove(self, context: RequestContext, unit: Unit, row: Row) -> None:
        # The provider stays: it must not be deleted with the agent that it links to.
        unit.update("provider", row["directory_id"], {"agent_id": None})
        super().remove(context, unit, row)

    def _checked_config(self, kind: str, config: dict[str, Any], *, creating: bool) -> dict[str, Any]:
        return variants.check(CONFIG.members, kind, config, creating=creating, inside=CONFIG.name)


def opened_secret(context_secrets: Secrets, row_id: str, name: str, sealed: bytes) -> str:
    """Return a secret of an agent, ``KEY`` or ``PASSWORD``; ``DamagedRow`` if it cannot be decrypted."""
    try:
        return context_secrets.open(sealed, _SECRETS[name].belongs_to(row_id))
    except (ValueError, TypeError) as error:
        raise DamagedRow(AGENT.plural, row_id, f"its {name} cannot be decrypted") from error


def end_overdue(context: RequestContext) -> None:
    """Let the tenant's agents be offline that have not called for too long."""
    before = context.now_ms() - OFFLINE_AFTER_MS
    with context.read() as unit:
        overdue = unit.agents.overdue(before)
    if not overdue:
        return
    with context.write() as unit:
        for each in overdue:
            reason = offline_reason(each.last_seen_at)
            if unit.agents.end(each, reason):
                context.emit(unit, AgentOffline(context.tenant_id, id=each.id, cause=reason))


def offline_reason(last_seen_at: int | None) -> str:
    """Return why an agent is offline that called at that time for the last time."""
    if last_seen_at is None:
        return NEVER_SEEN
    return f"The agent has not called since {timestamp(last_seen_at)}: is `stormpath agent run` running?"


def _with_password_column(values: Values) -> Values:
    """Move the password from the configuration to its own column, where it is encrypted."""
    if "config" not in values:
        return values
    config = dict(values["config"])
    password = config.pop(PASSWORD, None)
    values = {**values, "config": config}
    return values if password is None else {**values, "agent_user_dn_password": password}


RULES: Final = AgentRules(AGENT)
