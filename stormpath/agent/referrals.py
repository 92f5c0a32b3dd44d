"""Referrals: where a server says that entries lie elsewhere (RFC 4511 4.1.10).

They are followed with the agent's own DN and password, over TLS wherever the first connection has it, to a
bounded depth, and never around in a circle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

import ldap

from stormpath.agent import names
from stormpath.agent.connection import Connection, connect_elsewhere
from stormpath.agent.directory_problems import DirectoryProblem
from stormpath.agent.directory_settings import DirectorySettings, host

MAX_DEPTH: Final = 5

_MAX_LENGTH: Final = 4000
_PORTS: Final = {"ldap": 389, "ldaps": 636}
_SCOPES: Final = {"base": ldap.SCOPE_BASE, "one": ldap.SCOPE_ONELEVEL, "sub": ldap.SCOPE_SUBTREE}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a referral points to."""

    host: str
    port: int
    base: str
    scope: int
    is_ldaps: bool


@dataclass(frozen=True, slots=True)
class Trail:
    """The searches on the way to here, so that none is made twice."""

    steps: tuple[tuple[str, int, names.Name], ...]

    @classmethod
    def of(cls, settings: DirectorySettings, base: str) -> Trail:
        """Begin where the first search was made."""
        return cls(((settings.host.casefold(), settings.port, names.normalized(base)),))

    def extended(self, target: Target) -> Trail:
        """Return the trail with one step more; raise ``DirectoryProblem`` for a loop, and for too many."""
        step = (target.host.casefold(), target.port, names.normalized(target.base))
        if step in self.steps:
            raise DirectoryProblem("referral", "The referrals lead around in a circle.")
        if len(self.steps) > MAX_DEPTH:
            raise DirectoryProblem("referral", f"More than {MAX_DEPTH} referrals lead from one to the next.")
        return Trail((*self.steps, step))


def target(url: str, base: str, scope: int) -> Target:
    """Read the URL of a referral (RFC 4516); a part that it leaves out is as in the search.

    A filter in it is not used: what is an account or a group is said by the configuration alone.
    """
    try:
        if len(url) > _MAX_LENGTH:
            raise ValueError(url)
        parts = urlsplit(url)
        # The query is attributes?scope?filter?extensions.
        asked = [*parts.query.split("?"), "", ""][1].casefold()
        dn = unquote(parts.path.removeprefix("/"), errors="strict")
        port = parts.port or _PORTS[parts.scheme]
        found = Target(
            host(parts.hostname or ""), port, dn or base, _SCOPES.get(asked, scope), parts.scheme == "ldaps"
        )
        names.normalized(found.base)
    except (ValueError, KeyError) as error:
        raise DirectoryProblem("referral", "The referral is not the URL of an LDAP server.") from error
    return found


def followed(
    connection: Connection, urls: Sequence[str], base: str, scope: int, trail: Trail
) -> tuple[Target, Trail, Connection]:
    """Connect to where a referral points to, as the same user: to the first of its URLs that works."""
    failure = DirectoryProblem("referral", "The referral has no URL.")
    for url in urls:
        try:
            to = target(url, base, scope)
            further = trail.extended(to)
            return to, further, connect_elsewhere(connection, to.host, to.port, is_ldaps=to.is_ldaps)
        except DirectoryProblem as problem_of_one:
            failure = problem_of_one
    raise failure


def problem(address: str, urls: Sequence[str], failure: DirectoryProblem) -> DirectoryProblem:
    """Return what to tell about a referral that cannot be followed."""
    if failure.kind == "referral" and failure.message.startswith("The LDAP server at"):
        return failure
    where = " or ".join(urls)[:300]
    message = (
        f"The LDAP server at {address} refers to {where}, which cannot be followed: {failure.message} "
        "Set ignoreReferralIssues to true to do without it, or referralMode to ignore."
    )
    return DirectoryProblem("referral", message)
