"""A real OpenLDAP server for the tests: each test gets a part of the tree of its own."""

from __future__ import annotations

import os
import secrets
import signal
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ldap
import ldap.dn
import ldap.modlist
from ldap.ldapobject import SimpleLDAPObject

from support import certificates
from support.child_server import START_SECONDS, ChildServer
from support.ports import free_port

#: The part of the tree whose database has LDAP Sync, and one whose database has not.
SYNCED = "dc=example,dc=test"
PLAIN = "dc=plain,dc=test"
#: A database whose server returns 10 entries at most.
LIMITED = "dc=limited,dc=test"
SUFFIXES = (SYNCED, PLAIN, LIMITED)

PASSWORD = "slapd-Secret 1"
SIZE_LIMIT = 10

_HEAD = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile {folder}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload syncprov
{tls}
sizelimit unlimited
idletimeout 0
access to attrs=userPassword by dn.regex="^cn=agent," read by anonymous auth by * none
access to * by * read
"""
_TLS = """
TLSCertificateFile {folder}/127.0.0.1.pem
TLSCertificateKeyFile {folder}/127.0.0.1.pem
"""
_DATABASE = """
database mdb
suffix "{suffix}"
directory {folder}/{name}
rootdn "cn=root,{suffix}"
rootpw "{password}"
maxsize 1073741824
dbnosync
index objectClass eq
index entryUUID,entryCSN,modifyTimestamp,uid,mail,member,cn eq
"""
_SYNC = """
overlay syncprov
syncprov-sessionlog 1000
"""

Values = Mapping[str, str | bytes | Iterable[str | bytes]]


def values_of(attributes: Values) -> dict[str, list[bytes]]:
    """Return attributes as the library takes them: ``{"cn": "Ann"}``, ``{"mail": ["a@x", "b@x"]}``."""
    return {
        name: [_bytes(each) for each in ([value] if isinstance(value, str | bytes) else value)]
        for name, value in attributes.items()
    }


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


class SlapdServer(ChildServer):
    """``ldap://`` on ``port`` with StartTLS, ``ldaps://`` on ``tls_port``; both on loopback.

    Without ``has_tls`` it speaks no TLS. A client has to trust ``ca_file``. Its databases end with it.
    """

    program = "slapd"

    def __init__(self, *, has_tls: bool = True) -> None:
        self._has_tls = has_tls
        self.tls_port = free_port()
        self._is_made = self._has_suffixes = False
        super().__init__()
        self._admins: dict[str, SimpleLDAPObject] = {}

    @property
    def ca_file(self) -> Path:
        return self.folder / "127.0.0.1.pem"

    def admin(self, suffix: str = SYNCED) -> SimpleLDAPObject:
        """Return a connection of the user who may change everything below a suffix."""
        if suffix not in self._admins:
            self._admins[suffix] = self.connect(f"cn=root,{suffix}", PASSWORD)
        return self._admins[suffix]

    def connect(self, dn: str, password: str) -> SimpleLDAPObject:
        raw = ldap.initialize(f"ldap://127.0.0.1:{self.port}")
        raw.set_option(ldap.OPT_REFERRALS, 0)
        raw.simple_bind_s(dn, password)
        return raw

    def own_base(self, suffix: str = SYNCED) -> Tree:
        """Return a part of the tree that no other test knows, with places for people and groups."""
        tree = Tree(self, suffix, f"ou=t{secrets.token_hex(6)},{suffix}")
        tree.add(tree.base, objectClass="organizationalUnit")
        tree.add(tree.people, objectClass="organizationalUnit")
        tree.add(tree.groups, objectClass="organizationalUnit")
        tree.add(
            tree.agent_dn, objectClass=["person", "simpleSecurityObject"], sn="agent", userPassword=PASSWORD
        )
        return tree

    def flush(self) -> None:
        raise NotImplementedError

    def _start(self) -> bool:
        self._admins = {}
        if not self._is_made:
            self._make()
        return super()._start()

    def _make(self) -> None:
        if self._has_tls:
            certificates.self_signed(self.folder)
        parts = [
            _HEAD.format(folder=self.folder, tls=_TLS.format(folder=self.folder) if self._has_tls else "")
        ]
        for suffix in SUFFIXES:
            name = ldap.dn.str2dn(suffix)[0][0][1]
            (self.folder / name).mkdir()
            parts.append(_DATABASE.format(suffix=suffix, folder=self.folder, name=name, password=PASSWORD))
            if suffix == SYNCED:
                parts.append(_SYNC)
            if suffix == LIMITED:
                parts.append(f"limits * size={SIZE_LIMIT}\n")
        (self.folder / "slapd.conf").write_text("".join(parts))
        self._is_made = True

    def _command(self) -> list[str]:
        urls = f"ldap://127.0.0.1:{self.port}/"
        if self._has_tls:
            urls += f" ldaps://127.0.0.1:{self.tls_port}/"
        program = str(self._path())
        # Debug level 0 keeps it in the foreground.
        return [program, "-d", "0", "-f", str(self.folder / "slapd.conf"), "-h", urls]

    def _answering_pid(self) -> int | None:
        # It writes the file before it listens.
        with suppress(OSError, ValueError, ldap.LDAPError):
            found = int((self.folder / "slapd.pid").read_text())
            raw = ldap.initialize(f"ldap://127.0.0.1:{self.port}")
            raw.set_option(ldap.OPT_NETWORK_TIMEOUT, 1)
            raw.search_ext_s("", ldap.SCOPE_BASE, attrlist=["1.1"], timeout=1)
            raw.unbind_s()
            if not self._has_suffixes:
                self._add_suffixes()
            return found
        return None

    def _save(self) -> None:
        os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + START_SECONDS
        while not self._has_ended():
            assert time.monotonic() < deadline, "slapd did not end"
            time.sleep(0.001)

    def _add_suffixes(self) -> None:
        for suffix in SUFFIXES:
            with suppress(ldap.ALREADY_EXISTS):
                self.admin(suffix).add_s(
                    suffix, [("objectClass", [b"domain"]), ("dc", [ldap.dn.str2dn(suffix)[0][0][1].encode()])]
                )
        self._has_suffixes = True


@dataclass
class Tree:
    """A part of the tree: what a test does with entries there, and the agent's configuration for it."""

    server: SlapdServer
    suffix: str
    base: str
    _admin: SimpleLDAPObject = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.people = f"ou=People,{self.base}"
        self.groups = f"ou=Groups,{self.base}"
        self.agent_dn = f"cn=agent,{self.base}"

    @property
    def admin(self) -> SimpleLDAPObject:
        return self.server.admin(self.suffix)

    def add(self, dn: str, **attributes: Any) -> str:
        """Add an entry; what its RDN says need not be said again. Return its DN."""
        given = values_of(attributes)
        for name, value, _ in ldap.dn.str2dn(dn)[0]:
            if value.encode() not in given.setdefault(name, []):
                given[name].append(value.encode())
        self.admin.add_s(dn, ldap.modlist.addModlist(given))
        return dn

    def person(self, name: str, /, *, dn: str | None = None, **attributes: Any) -> str:
        """Add an account that lacks nothing, unless told otherwise; ``mail=None`` leaves one out."""
        given = {
            "objectClass": "inetOrgPerson",
            "uid": name,
            "cn": name,
            "sn": "Doe",
            "givenName": name,
            # An IA5String has ASCII letters only.
            "mail": f"{name.encode('ascii', 'ignore').decode()}@example.test",
            **attributes,
        }
        dn = dn or f"uid={ldap.dn.escape_dn_chars(name)},{self.people}"
        return self.add(dn, **{name: value for name, value in given.items() if value is not None})

    def group(self, name: str, *members: str, **attributes: Any) -> str:
        """Add a group with members, by their DNs."""
        dn = f"cn={ldap.dn.escape_dn_chars(name)},{self.groups}"
        return self.add(dn, objectClass="groupOfNames", member=members or "", **attributes)

    def modify(self, dn: str, **attributes: Any) -> None:
        """Replace attributes; ``None`` removes one."""
        self.admin.modify_s(
            dn,
            [
                (ldap.MOD_REPLACE, name, None if value is None else values_of({name: value})[name])
                for name, value in attributes.items()
            ],
        )

    def delete(self, dn: str) -> None:
        self.admin.delete_s(dn)

    def rename(self, dn: str, rdn: str, below: str | None = None) -> str:
        """Give an entry another RDN, and move it; return its new DN."""
        self.admin.rename_s(dn, rdn, below)
        return f"{rdn},{below or dn.partition(',')[2]}"

    def id_of(self, dn: str) -> str:
        """Return an entry's entryUUID."""
        found = self.admin.search_ext_s(dn, ldap.SCOPE_BASE, attrlist=["entryUUID"])
        return str(found[0][1]["entryUUID"][0].decode())

    def configuration(
        self,
        *,
        accounts: Mapping[str, Any] | None = None,
        groups: Mapping[str, Any] | None = None,
        **config: Any,
    ) -> dict[str, Any]:
        """Return what the service tells an agent for this part of the tree, with changes."""
        return {
            "directory": "3NCXCN3PMg6kQgyNuySVBA",
            "kind": "ldap",
            "hashSchemes": ["{SSHA}", "{CRYPT}"],
            "config": {
                "directoryHost": "127.0.0.1",
                "directoryPort": self.server.port,
                "sslRequired": False,
                "agentUserDn": self.agent_dn,
                "agentUserDnPassword": PASSWORD,
                "baseDn": self.base,
                "pollInterval": 1,
                "referralMode": None,
                "ignoreReferralIssues": None,
                **config,
                "accountConfig": {
                    "dnSuffix": "ou=People",
                    "objectClass": "inetOrgPerson",
                    "objectFilter": None,
                    "emailRdn": "mail",
                    "givenNameRdn": "givenName",
                    "middleNameRdn": "initials",
                    "surnameRdn": "sn",
                    "usernameRdn": "uid",
                    "passwordRdn": "userPassword",
                    **(accounts or {}),
                },
                "groupConfig": {
                    "dnSuffix": "ou=Groups",
                    "objectClass": "groupOfNames",
                    "objectFilter": None,
                    "nameRdn": "cn",
                    "descriptionRdn": "description",
                    "membersRdn": None,
                    **(groups or {}),
                },
            },
        }
