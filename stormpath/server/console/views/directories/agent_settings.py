"""The settings of agents as fields: which there are for a kind of server, and what they are at first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from stormpath.server.console.declared import fields
from stormpath.server.console.declared.fields import Field
from stormpath.server.console.request import ConsoleRequest, Form
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.directories.types import ACTIVE_DIRECTORY, LDAP
from stormpath.server.schema import Attribute, Flag, Object

CONFIG: Final = "config"
ACCOUNTS: Final = "accountConfig"
GROUPS: Final = "groupConfig"
PASSWORD: Final = "config.agentUserDnPassword"  # noqa: S105  # The name of a field.
PORT: Final = "config.directoryPort"
SSL: Final = "config.sslRequired"

#: The usual port of a server, with SSL and without.
PORTS: Final = {"true": "636", "false": "389"}

_COMMON: Final = {SSL: "true", PORT: PORTS["true"], "config.pollInterval": "60"}

#: What servers of a kind usually have, by the names of the fields.
DEFAULTS: Final[dict[str, dict[str, str]]] = {
    LDAP: {
        **_COMMON,
        "config.accountConfig.objectClass": "inetOrgPerson",
        "config.accountConfig.emailRdn": "mail",
        "config.accountConfig.givenNameRdn": "givenName",
        "config.accountConfig.surnameRdn": "sn",
        "config.accountConfig.usernameRdn": "uid",
        "config.accountConfig.passwordRdn": "userPassword",
        "config.groupConfig.objectClass": "groupOfNames",
        "config.groupConfig.nameRdn": "cn",
        "config.groupConfig.descriptionRdn": "description",
        "config.groupConfig.membersRdn": "member",
    },
    ACTIVE_DIRECTORY: {
        **_COMMON,
        "config.referralMode": "ignore",
        "config.ignoreReferralIssues": "false",
        "config.accountConfig.objectClass": "user",
        "config.accountConfig.objectFilter": "(objectCategory=person)",
        "config.accountConfig.emailRdn": "mail",
        "config.accountConfig.givenNameRdn": "givenName",
        "config.accountConfig.middleNameRdn": "middleName",
        "config.accountConfig.surnameRdn": "sn",
        "config.accountConfig.usernameRdn": "sAMAccountName",
        "config.groupConfig.objectClass": "group",
        "config.groupConfig.nameRdn": "cn",
        "config.groupConfig.descriptionRdn": "description",
        "config.groupConfig.membersRdn": "member",
    },
}

KINDS: Final = ((LDAP, "LDAP"), (ACTIVE_DIRECTORY, "Active Directory"))

_HELP: Final = {
    "config.directoryHost": "The name or the address of the server, as the agent reaches it.",
    PORT: "Usually 636 with SSL and 389 without; left empty, it is that.",
    "config.agentUserDn": (
        "A user of the agent alone, which reads and changes nothing. For example: cn=agent,dc=example,dc=com"
    ),
    "config.baseDn": "Where searches begin. For example: dc=example,dc=com",
    "config.accountConfig.dnSuffix": "Before the Base DN, where accounts are. For example: ou=Users",
    "config.accountConfig.objectFilter": "Which of these are accounts. For example: (employeeType=staff)",
    "config.accountConfig.usernameRdn": "What people log in with; their e-mail address works as well.",
    "config.accountConfig.passwordRdn": (
        "Hashes of a known kind are copied. Without one, the agent tries the password on the server."
    ),
    "config.groupConfig.dnSuffix": "Before the Base DN, where groups are. For example: ou=Groups",
    "config.groupConfig.objectFilter": "Which of these are groups.",
    "config.groupConfig.membersRdn": "Usually member, uniqueMember or memberUid.",
}


def _config(request: ConsoleRequest) -> Object:
    return _object(request.console.resources["agent"].by_name[CONFIG])


def _object(attribute: Attribute) -> Object:
    if not isinstance(attribute, Object):
        raise TypeError(f"{attribute.name} is declared as no object.")
    return attribute


def part_names(request: ConsoleRequest) -> tuple[str, ...]:
    """Return the names of the parts of the settings; the first, about the server itself, has none."""
    return ("", *(each.name for each in _config(request).members if isinstance(each, Object)))


def fields_of_part(
    request: ConsoleRequest, part: str, kind: str | None, values: Mapping[str, Any] | None = None
) -> list[Field]:
    """Return the fields of one part for a kind of server, or for every kind, with the values of the API."""
    config = _config(request)
    inside = values or {}
    if part:
        owner = _object(next(each for each in config.members if each.name == part))
        members, inside, prefix = owner.members, inside.get(part) or {}, f"{CONFIG}.{part}."
    else:
        members, prefix = config.members, f"{CONFIG}."
    found = []
    for each in members:
        if isinstance(each, Object) or (kind is not None and each.only_for and kind not in each.only_for):
            continue
        field = fields.field_of(each, inside.get(each.name, each.default), part or "agent", prefix)
        about = gettext(_HELP[field.name]) if field.name in _HELP else field.about
        if kind is None and each.only_for == {ACTIVE_DIRECTORY}:
            about = gettext("For Active Directory.")
        if isinstance(each, Flag):
            # Not set is no third choice: agents then do as where it is off.
            field = replace(field, kind="flag", choices=())
        if field.kind == "lines":
            # A filter may be long, but is one line.
            field = replace(field, kind="text")
        found.append(replace(field, about=about))
    return found


def body_of(request: ConsoleRequest, kind: str, values: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings as the API takes them, of texts by the names of fields."""
    found = fields.values([_config(request)], Form(values.items())).get(CONFIG, {})
    return _of_kind(_config(request).members, kind, found)


def changes_of(request: ConsoleRequest, kind: str, opened: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings that were changed in the form that was sent."""
    found = fields.values([_config(request)], request.form, opened).get(CONFIG, {})
    return _of_kind(_config(request).members, kind, found, keeps_empty=True)


def _of_kind(
    members: Iterable[Attribute], kind: str, values: Mapping[str, Any], *, keeps_empty: bool = False
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in members:
        if each.name not in values or (each.only_for and kind not in each.only_for):
            continue
        value = values[each.name]
        if isinstance(each, Object):
            found[each.name] = _of_kind(each.members, kind, value, keeps_empty=keeps_empty)
        elif keeps_empty or value is not None:
            found[each.name] = value
    return found
