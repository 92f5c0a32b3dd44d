"""What goes wrong with an LDAP server, in sentences that a person can act on.

Nothing here holds a password, and no library's exception leaves the rooms that talk to a server.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

import ldap

Kind = Literal[
    "unreachable",
    "certificate",
    "bind_refused",
    "base_not_found",
    "nothing_matches",
    "attribute_missing",
    "filter_invalid",
    "size_limit",
    "time_limit",
    "referral",
    "denied",
    "unsupported",
    "protocol",
]

_MAX_DIAGNOSTICS: Final = 500


class DirectoryProblem(Exception):
    """An LDAP server cannot be used; ``str`` of it says why and what to do.

    ``diagnostics`` is what the server said itself: Active Directory tells there why a bind failed.
    """

    def __init__(self, kind: Kind, message: str, diagnostics: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.diagnostics = diagnostics


@contextmanager
def translated(address: str, base: str = "", search_filter: str = "") -> Iterator[None]:
    """Raise the exceptions of python-ldap as ``DirectoryProblem``, within the block."""
    try:
        yield
    except ldap.LDAPError as error:
        raise problem(error, address, base, search_filter) from error


def problem(error: ldap.LDAPError, address: str, base: str = "", search_filter: str = "") -> DirectoryProblem:
    """Return what an exception of python-ldap means, in a search of that base with that filter."""
    said = diagnostics(error)
    for classes, kind, sentence in _MEANINGS:
        if isinstance(error, classes):
            message = sentence.format(address=address, base=base, filter=search_filter)
            return DirectoryProblem(kind, message, said)
    name = type(error).__name__
    return DirectoryProblem("protocol", f"The LDAP server at {address} answered {name}{_told(said)}.", said)


def diagnostics(error: ldap.LDAPError) -> str:
    """Return the server's own words about an error; an empty text where it has none."""
    told = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    info = told.get("info") or ""
    text = info.decode("utf-8", "replace") if isinstance(info, bytes) else str(info)
    return "".join(each if each.isprintable() else " " for each in text[:_MAX_DIAGNOSTICS]).strip()


def _told(said: str) -> str:
    return f" ({said})" if said else ""


_MEANINGS: Final[tuple[tuple[tuple[type[ldap.LDAPError], ...], Kind, str], ...]] = (
    (
        (ldap.SERVER_DOWN, ldap.CONNECT_ERROR, ldap.UNAVAILABLE, ldap.BUSY),
        "unreachable",
        "The LDAP server at {address} does not answer, or ended the connection: check that it runs, and that "
        "the agent may connect to it.",
    ),
    (
        (ldap.TIMEOUT, ldap.TIMELIMIT_EXCEEDED, ldap.ADMINLIMIT_EXCEEDED),
        "time_limit",
        "The LDAP server at {address} took too long, or stopped at a limit of its own: index the attributes "
        "of {filter}, or raise the limits of agentUserDn.",
    ),
    (
        (ldap.SIZELIMIT_EXCEEDED,),
        "size_limit",
        "The LDAP server at {address} returns fewer entries below {base} than match {filter}: raise its size "
        "limit for agentUserDn (OpenLDAP: limits; 389 Directory Server: nsSizeLimit and nsPagedSizeLimit).",
    ),
    (
        (ldap.NO_SUCH_OBJECT, ldap.INVALID_DN_SYNTAX, ldap.NAMING_VIOLATION),
        "base_not_found",
        "The LDAP server at {address} has no entry {base}, or does not show it to agentUserDn: check baseDn "
        "and dnSuffix.",
    ),
    (
        (ldap.FILTER_ERROR, ldap.INAPPROPRIATE_MATCHING, ldap.INVALID_SYNTAX, ldap.UNDEFINED_TYPE),
        "filter_invalid",
        "{filter} is not a valid LDAP filter: check objectClass and objectFilter.",
    ),
    (
        (ldap.INSUFFICIENT_ACCESS, ldap.INAPPROPRIATE_AUTH),
        "denied",
        "The LDAP server at {address} does not allow agentUserDn to search {base} with {filter}: give it "
        "read access.",
    ),
    (
        (ldap.STRONG_AUTH_REQUIRED, ldap.CONFIDENTIALITY_REQUIRED),
        "certificate",
        "The LDAP server at {address} requires TLS: set sslRequired to true, and the port of LDAPS (636).",
    ),
    (
        (ldap.REFERRAL,),
        "referral",
        "The LDAP server at {address} refers to another server for {base}: set directoryHost to that server, "
        "or in Active Directory referralMode to follow.",
    ),
    (
        (ldap.UNAVAILABLE_CRITICAL_EXTENSION, ldap.UNWILLING_TO_PERFORM),
        "unsupported",
        "The LDAP server at {address} does not support the search that was tried.",
    ),
)
