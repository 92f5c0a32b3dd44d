"""Binds in Active Directory: why one failed, and the present name of an entry that has moved."""

from __future__ import annotations

import re
from typing import Final

import ldap

from stormpath.agent.connection import Connection
from stormpath.agent.directory_problems import DirectoryProblem
from stormpath.agent.search import NO_ATTRIBUTES, Search, first

#: The errors of Windows that a failed bind names, in hexadecimal (MS-ERREF 2.2).
REASONS: Final = {
    "525": "the account does not exist",
    "52e": "the password is wrong",
    "52f": "the account is restricted",
    "530": "the account may not log in at this hour",
    "531": "the account may not log in at this computer",
    "532": "the password has expired",
    "533": "the account is disabled",
    "568": "the account is in too many groups",
    "701": "the account has expired",
    "773": "the password has to be changed first",
    "775": "the account is locked",
}

# "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1"
_DATA: Final = re.compile(r"\bdata ([0-9a-fA-F]{1,8})\b")
# An id makes a base of its own: nothing else may stand in it.
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def reason_of(diagnostics: str) -> str | None:
    """Return why a bind was refused, of what the server said; ``None`` where it did not say.

    It is for the log of the agent: who logs in is told no more than that the login failed.
    """
    found = _DATA.search(diagnostics)
    return REASONS.get(found[1].casefold()) if found else None


def present_dn(connection: Connection, entry_id: str) -> str | None:
    """Return the DN that an entry has now; ``None`` when it is not there, or is not shown."""
    if _ID.fullmatch(entry_id) is None:
        return None
    search = Search(f"<GUID={entry_id}>", "(objectClass=*)", NO_ATTRIBUTES, ldap.SCOPE_BASE)
    try:
        found = first(connection, search)
    except DirectoryProblem as problem:
        if problem.kind == "base_not_found":
            return None
        raise
    return found.dn if found else None
