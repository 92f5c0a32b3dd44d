"""What a domain controller says about itself, and how far its count of changes is."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import ldap

from stormpath.agent import names
from stormpath.agent.connection import Connection
from stormpath.agent.directory_problems import DirectoryProblem
from stormpath.agent.entries import Entry
from stormpath.agent.search import Search, first

_ROOT = ("highestCommittedUSN", "dsServiceName", "namingContexts")


@dataclass(frozen=True, slots=True)
class DomainController:
    """A domain controller. Each one counts the changes of its entries by itself (update sequence numbers).

    ``id`` is that of its database, which changes when it is restored from a backup: then it counts anew.
    """

    id: str
    highest_usn: int
    naming_contexts: tuple[str, ...]

    def context_of(self, dn: str) -> str:
        """Return the root of the part of the tree that a name lies in."""
        above = [each for each in self.naming_contexts if names.is_below(dn, each)]
        return max(above, key=len, default=dn)


def read(connection: Connection) -> DomainController:
    """Ask the server; raise ``DirectoryProblem``."""
    root = _entry(connection, "", _ROOT)
    highest = root.text("highestCommittedUSN") if root else None
    service = root.text("dsServiceName") if root else None
    if root is None or highest is None or not highest.isdigit() or service is None:
        raise DirectoryProblem(
            "protocol",
            f"The server at {connection.address} says that it is an Active Directory, and does not tell its "
            "highestCommittedUSN: set directoryHost to a domain controller.",
        )
    return DomainController(
        _invocation_id(connection, service), int(highest), tuple(root.texts("namingContexts"))
    )


def _invocation_id(connection: Connection, service: str) -> str:
    try:
        found = _entry(connection, service, ["invocationId"])
    except DirectoryProblem as problem:
        if problem.kind not in ("base_not_found", "denied"):
            raise
        found = None
    value = b"".join(found.values("invocationId")[:1]) if found else b""
    # All who can log in may read it, unless an administrator took that away.
    return str(uuid.UUID(bytes_le=value)) if len(value) == 16 else names.key_of(service)


def _entry(connection: Connection, dn: str, attributes: tuple[str, ...] | list[str]) -> Entry | None:
    return first(connection, Search(dn, "(objectClass=*)", attributes, ldap.SCOPE_BASE))
