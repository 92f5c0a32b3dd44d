"""Agent: the program that copies an LDAP or Active Directory server into a directory (rest-core 5.8)."""

from __future__ import annotations

from typing import Any, Final

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.providers.mirrors import ACTIVE_DIRECTORY, LDAP
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import (
    TENANT_LINK,
    Address,
    Attribute,
    Choice,
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
    variants,
)

_AD_ONLY: Final = frozenset({ACTIVE_DIRECTORY})
_LDAP_ONLY: Final = frozenset({LDAP})
#: The key by which the program proves that it is the agent: of its own, and good for nothing else.
KEY: Final = "agentKey"
_PASSWORD: Final = "agentUserDnPassword"  # noqa: S105  # The name of a member.


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
        Password(_PASSWORD, required=True, max_length=1024, about="Accepted, never shown."),
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
            max_length=1000,
            sortable=False,
            nullable=True,
            creatable=False,
            updatable=False,
            about="What is wrong, and what to do about it; null where nothing is.",
        ),
        Timestamp(
            "lastSeenAt",
            nullable=True,
            searchable=False,
            sortable=False,
            about="The last sign of life of the program.",
        ),
        Timestamp(
            "lastSynchronizedAt",
            nullable=True,
            searchable=False,
            sortable=False,
            about="The end of the last synchronization that succeeded.",
        ),
        CONFIG,
        Link(
            "directory", to=("directory",), nullable=False, fixed=True, about="The directory that it fills."
        ),
        TENANT_LINK,
        Address("download", path="/agents/{id}/download", about="The URL of the program's settings and key."),
        HiddenSecret(_PASSWORD),
        HiddenSecret(KEY),
    ),
    about="The program that copies an LDAP or Active Directory server into a directory.",
)


class AgentRules(Rules):
    """An agent is created with its directory; its settings depend on the kind of server."""

    def checked(self, kind: str, values: Values) -> Values:
        """Return the checked values of a new agent for that kind of server."""
        return {**values, "config": self._checked_config(kind, values["config"], creating=True)}

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        return super().insert(context, unit, _with_password_column(values))

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


def _with_password_column(values: Values) -> Values:
    """Move the password from the configuration to its own column, where it is encrypted."""
    if "config" not in values:
        return values
    config = dict(values["config"])
    password = config.pop(_PASSWORD, None)
    values = {**values, "config": config}
    return values if password is None else {**values, "agent_user_dn_password": password}


RULES: Final = AgentRules(AGENT)
