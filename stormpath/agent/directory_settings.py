"""Where a directory lies and what is read there: the configuration that the service sends.

Its names are those of the agent's ``config`` in the REST API. An administrator of the directory has written
all of it: names of attributes and classes, host and DNs are checked before they reach a server.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from stormpath.agent import names
from stormpath.agent.directory_problems import DirectoryProblem

ACTIVE_DIRECTORY: Final = "ad"

_HOST: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,253}[A-Za-z0-9_.])?")
#: Which attribute holds the members of a group of that class.
_MEMBERS: Final = {"groupofuniquenames": "uniqueMember", "posixgroup": "memberUid"}
_DEFAULT_MEMBERS: Final = "member"


@dataclass(frozen=True, slots=True)
class EntrySettings:
    """Which entries are accounts, or groups: those below ``base`` of a class that match a filter."""

    kind: Literal["account", "group"]
    base: str
    object_class: str
    object_filter: str | None = None

    @property
    def filter(self) -> str:
        """The filter of a search (RFC 4515); ``object_filter`` may have outer parentheses or not."""
        own = (self.object_filter or "").strip()
        if not own:
            return f"(objectClass={self.object_class})"
        return f"(&(objectClass={self.object_class}){own if own.startswith('(') else f'({own})'})"


@dataclass(frozen=True, slots=True)
class AccountAttributes:
    """The attributes of accounts."""

    email: str
    given_name: str
    surname: str
    username: str
    middle_name: str | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True)
class GroupAttributes:
    """The attributes of groups."""

    name: str
    description: str
    members: str


@dataclass(frozen=True, slots=True)
class DirectorySettings:
    """A server, the user that searches there, and what is searched for."""

    host: str
    port: int
    is_tls: bool
    user_dn: str
    password: str = field(repr=False)
    base: str
    accounts: EntrySettings
    groups: EntrySettings
    account_attributes: AccountAttributes
    group_attributes: GroupAttributes
    kind: str = "ldap"
    #: The schemes of password hashes that the service knows, in capital letters: ``{SSHA}``.
    hash_schemes: frozenset[str] = frozenset()
    follows_referrals: bool = False
    ignores_referral_problems: bool = False

    @property
    def address(self) -> str:
        """Host and port, for a person."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def from_wire(cls, configuration: Mapping[str, Any]) -> DirectorySettings:
        """Read the ``configuration`` of a poll's answer; raise ``DirectoryProblem`` for what cannot be."""
        try:
            return _settings(configuration)
        except (KeyError, TypeError, AttributeError) as error:
            raise DirectoryProblem(
                "protocol", "The service sent a configuration without its parts."
            ) from error


def _settings(configuration: Mapping[str, Any]) -> DirectorySettings:
    config, kind = configuration["config"], str(configuration["kind"])
    accounts, groups = config["accountConfig"], config["groupConfig"]
    base = _dn("baseDn", config["baseDn"])
    is_ldap = kind != ACTIVE_DIRECTORY
    return DirectorySettings(
        host=host(config["directoryHost"]),
        port=int(config["directoryPort"]),
        is_tls=bool(config["sslRequired"]),
        user_dn=_without_nul("agentUserDn", config["agentUserDn"]),
        password=config["agentUserDnPassword"] or "",
        base=base,
        accounts=_entries("account", base, accounts),
        groups=_entries("group", base, groups),
        account_attributes=AccountAttributes(
            email=_name("emailRdn", accounts["emailRdn"]),
            given_name=_name("givenNameRdn", accounts["givenNameRdn"]),
            surname=_name("surnameRdn", accounts["surnameRdn"]),
            username=_name("usernameRdn", accounts["usernameRdn"]),
            middle_name=_optional_name("middleNameRdn", accounts.get("middleNameRdn")),
            password=_optional_name("passwordRdn", accounts.get("passwordRdn")) if is_ldap else None,
        ),
        group_attributes=GroupAttributes(
            name=_name("nameRdn", groups["nameRdn"]),
            description=_name("descriptionRdn", groups["descriptionRdn"]),
            members=_optional_name("membersRdn", groups.get("membersRdn"))
            or _MEMBERS.get(groups["objectClass"].strip().casefold(), _DEFAULT_MEMBERS),
        ),
        kind=kind,
        hash_schemes=frozenset(each.upper() for each in configuration.get("hashSchemes") or ()),
        follows_referrals=config.get("referralMode") == "follow",
        ignores_referral_problems=bool(config.get("ignoreReferralIssues")),
    )


def _entries(kind: Literal["account", "group"], base: str, config: Mapping[str, Any]) -> EntrySettings:
    section = f"{kind}Config"
    suffix = config.get("dnSuffix")
    try:
        searched = names.below(suffix, base)
        names.normalized(searched)
    except names.NameInvalid as error:
        raise DirectoryProblem("base_not_found", f"{section}.dnSuffix: {error}") from error
    return EntrySettings(
        kind,
        searched,
        _name(f"{section}.objectClass", config["objectClass"]),
        _without_nul(f"{section}.objectFilter", config.get("objectFilter") or "") or None,
    )


def host(text: str) -> str:
    """Return the name or address of a host without brackets; raise ``DirectoryProblem``."""
    plain = text.strip().removeprefix("[").removesuffix("]")
    if ":" in plain:
        try:
            return str(ipaddress.IPv6Address(plain))
        except ValueError:
            plain = ""
    if _HOST.fullmatch(plain) is None:
        raise DirectoryProblem(
            "unreachable",
            f"directoryHost {text[:100]!r} is not the name or address of a host: write it as "
            "ldap.example.com, without ldap:// and without a port.",
        )
    return plain


def _dn(setting: str, text: str) -> str:
    try:
        names.normalized(text)
    except names.NameInvalid as error:
        raise DirectoryProblem("base_not_found", f"{setting}: {error}") from error
    return text


def _name(setting: str, text: str) -> str:
    plain = text.strip()
    if not names.is_descriptor(plain):
        raise DirectoryProblem(
            "filter_invalid",
            f"{setting} {text[:100]!r} is not the name of an LDAP attribute or class: those have "
            "letters, digits and hyphens.",
        )
    return plain


def _optional_name(setting: str, text: str | None) -> str | None:
    return _name(setting, text) if text and text.strip() else None


def _without_nul(setting: str, text: str) -> str:
    if "\0" in text:
        raise DirectoryProblem("filter_invalid", f"{setting} contains a NUL character.")
    return text
