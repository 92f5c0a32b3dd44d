"""A part of a domain for one test, written by its administrator, and what a mirror of it has to hold."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Callable, Iterable
from typing import Any

import ldap
from ldap.controls import RequestControl
from ldap.controls.libldap import SimplePagedResultsControl
from ldap.dn import escape_dn_chars
from ldap.ldapobject import SimpleLDAPObject

from stormpath.agent.connection import Connection, DirectorySettings
from support.agent_mirror import Mirror
from support.samba_server import SambaServer

ENABLED, DISABLED = b"512", b"514"
#: Connects to what the settings say, with the right CA.
Connect = Callable[[DirectorySettings], Connection]

#: Enabled without a password.
WITHOUT_PASSWORD = b"544"


class Tree:
    """An organizational unit with others in it: people, groups, and one that no agent reads."""

    def __init__(self, server: SambaServer) -> None:
        self.server = server
        self.base = server.own_base()
        self.people, self.groups = f"OU=people,{self.base}", f"OU=groups,{self.base}"
        self.elsewhere = f"OU=elsewhere,{self.base}"
        self.raw = self.connect(server.user, server.password)
        for each in (self.base, self.people, self.groups, self.elsewhere):
            self.unit(each)

    def connect(self, user: str, password: str) -> SimpleLDAPObject:
        """Return a connection over TLS, which has to be closed: Samba takes passwords over TLS alone."""
        raw = ldap.initialize(f"ldaps://127.0.0.1:{self.server.tls_port}")
        raw.set_option(ldap.OPT_REFERRALS, 0)
        raw.set_option(ldap.OPT_X_TLS_CACERTFILE, str(self.server.ca_file))
        raw.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
        raw.simple_bind_s(user, password)
        return raw

    def close(self) -> None:
        # What was made stays: to delete a tree takes longer than the test.
        self.raw.unbind_s()

    def unit(self, dn: str) -> str:
        self.raw.add_s(dn, [("objectClass", [b"organizationalUnit"])])
        return dn

    def user(self, name: str, within: str | None = None, **attributes: str | bytes | list[bytes]) -> str:
        """Add a user with an e-mail address; return the DN."""
        own = {
            "sAMAccountName": f"u{secrets.token_hex(8)}",
            "userAccountControl": WITHOUT_PASSWORD,
            "mail": f"{secrets.token_hex(4)}@example.test",
            "givenName": "Given",
            "sn": "Surname",
        }
        return self._add(name, within or self.people, "user", {**own, **attributes})

    def group(self, name: str, members: Iterable[str] = (), **attributes: str | bytes | list[bytes]) -> str:
        named: dict[str, Any] = {"sAMAccountName": f"g{secrets.token_hex(8)}"}
        if values := [each.encode() for each in members]:
            named["member"] = values
        return self._add(name, self.groups, "group", {**named, **attributes})

    def _add(self, name: str, within: str, object_class: str, attributes: dict[str, Any]) -> str:
        dn = f"CN={escape_dn_chars(name)},{within}"
        self.raw.add_s(
            dn,
            [
                ("objectClass", [object_class.encode()]),
                *((each, _values(value)) for each, value in attributes.items() if value),
            ],
        )
        return dn

    def change(self, dn: str, **attributes: str | bytes | list[bytes]) -> None:
        """Replace attributes; an empty list removes one."""
        self.raw.modify_s(
            dn, [(ldap.MOD_REPLACE, each, _values(value)) for each, value in attributes.items()]
        )

    def join(self, group: str, *members: str) -> None:
        self.raw.modify_s(group, [(ldap.MOD_ADD, "member", [each.encode() for each in members])])

    def leave(self, group: str, *members: str) -> None:
        self.raw.modify_s(group, [(ldap.MOD_DELETE, "member", [each.encode() for each in members])])

    def rename(self, dn: str, name: str) -> str:
        """Give an entry another name where it is; return its DN."""
        kind = dn.partition("=")[0]
        self.raw.rename_s(dn, f"{kind}={escape_dn_chars(name)}")
        return f"{kind}={escape_dn_chars(name)},{_parent(dn)}"

    def move(self, dn: str, to: str) -> str:
        own = dn[: len(dn) - len(_parent(dn)) - 1]
        self.raw.rename_s(dn, own, to)
        return f"{own},{to}"

    def delete(self, dn: str) -> None:
        self.raw.delete_s(dn)

    def set_password(self, dn: str, password: str) -> None:
        self.change(dn, unicodePwd=f'"{password}"'.encode("utf-16-le"), userAccountControl=ENABLED)

    def id(self, dn: str) -> str:
        found = self.raw.search_s(dn, ldap.SCOPE_BASE, "(objectClass=*)", ["objectGUID"])
        return str(uuid.UUID(bytes_le=found[0][1]["objectGUID"][0]))

    def config(self, **config: Any) -> dict[str, Any]:
        """Return the ``config`` of an agent of this part, as the API has it."""
        accounts = {
            "dnSuffix": "OU=people",
            "objectClass": "user",
            "emailRdn": "mail",
            "givenNameRdn": "givenName",
            "middleNameRdn": "middleName",
            "surnameRdn": "sn",
            "usernameRdn": "sAMAccountName",
        }
        groups = {
            "dnSuffix": "OU=groups",
            "objectClass": "group",
            "nameRdn": "cn",
            "descriptionRdn": "description",
        }
        own = {
            "directoryHost": "127.0.0.1",
            "directoryPort": self.server.tls_port,
            "sslRequired": True,
            "agentUserDn": self.server.user,
            "agentUserDnPassword": self.server.password,
            "baseDn": self.base,
            "pollInterval": 1,
            "referralMode": "ignore",
            "ignoreReferralIssues": False,
        }
        changed_accounts, changed_groups = config.pop("accounts", {}), config.pop("groups", {})
        parts = {"accountConfig": accounts | changed_accounts, "groupConfig": groups | changed_groups}
        return own | parts | config

    def settings(self, **config: Any) -> DirectorySettings:
        """Return the settings of an agent of this part, as the service sends them."""
        return DirectorySettings.from_wire(
            {"directory": "d", "kind": "ad", "hashSchemes": [], "config": self.config(**config)}
        )

    def content(self, settings: DirectorySettings) -> dict[str, Any]:
        """Read what a mirror has to hold, by plain searches."""
        return _without_others(
            {
                "accounts": {
                    id: (dn, _text(found, "mail"), _text(found, "sAMAccountName"), _is_disabled(found))
                    for id, dn, found in self._found(settings.accounts.base, settings.accounts.filter)
                },
                "groups": {
                    id: (dn, _text(found, "cn"), _ids(found.get("member", [])))
                    for id, dn, found in self._found(settings.groups.base, settings.groups.filter)
                },
            }
        )

    def _found(self, base: str, search: str) -> Iterable[tuple[str, str, dict[str, list[bytes]]]]:
        extended = RequestControl("1.2.840.113556.1.4.529", True, b"\x30\x03\x02\x01\x01")
        cookie = b""
        while True:
            pages = SimplePagedResultsControl(True, 500, cookie)
            number = self.raw.search_ext(base, ldap.SCOPE_SUBTREE, search, serverctrls=[extended, pages])
            _, found, _, controls = self.raw.result3(number)
            for dn, attributes in found:
                if dn is not None:
                    yield _id(dn), dn.rpartition(">;")[2], attributes
            cookie = next(each.cookie for each in controls if each.controlType == pages.controlType)
            if not cookie:
                return


def holds(mirror: Mirror) -> dict[str, Any]:
    """Return what a mirror holds, as ``Tree.content`` reads it of the domain."""
    return _without_others(
        {
            "accounts": {
                id: (each.dn, each.email, each.username, each.is_disabled)
                for id, each in mirror.accounts.items()
            },
            "groups": {
                id: (each.dn, each.name, frozenset(mirror.keys[id])) for id, each in mirror.groups.items()
            },
        }
    )


def told(mirror: Mirror) -> dict[str, list[str]]:
    """Return what the last run has told, without the kinds of which it has told nothing."""
    return {kind: ids for kind, ids in mirror.told.items() if ids}


def _without_others(content: dict[str, Any]) -> dict[str, Any]:
    """Leave the members out that are not there: their keys stay, and name nothing."""
    there = {f"id:{id}" for kind in content.values() for id in kind}
    groups = {id: (dn, name, keys & there) for id, (dn, name, keys) in content["groups"].items()}
    return {**content, "groups": groups}


def _values(value: str | bytes | list[bytes]) -> list[bytes]:
    if isinstance(value, list):
        return value
    return [value.encode() if isinstance(value, str) else value]


def _parent(dn: str) -> str:
    # What follows the first comma that is not escaped.
    return re.sub(r"^(\\.|[^\\,])*,", "", dn)


def _id(extended_dn: str) -> str:
    return extended_dn[len("<GUID=") :].partition(">")[0]


def _ids(values: Iterable[bytes]) -> frozenset[str]:
    return frozenset(f"id:{_id(each.decode())}" for each in values)


def _text(found: dict[str, list[bytes]], attribute: str) -> str | None:
    return found[attribute][0].decode() if attribute in found else None


def _is_disabled(found: dict[str, list[bytes]]) -> bool:
    return bool(int(found["userAccountControl"][0]) & 2)
