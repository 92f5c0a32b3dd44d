"""Sessions of administrators in the Admin Console, across all tenants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

#: Of an account that has given its password and not yet its second factor.
PENDING: Final = "pending"
OPEN: Final = "open"

#: Of one account, the latest sessions are kept.
MOST_SESSIONS: Final = 50

#: Of one tenant, so many sessions are listed.
MOST_LISTED: Final = 200

#: What is stored of a browser's name.
LONGEST_AGENT: Final = 255


@dataclass(frozen=True, slots=True)
class ConsoleSession:
    """One session. Times are milliseconds since 1970; ``proved_at`` is when the password was given last.

    ``password_modified_at`` is that of the account at the login: another password ends the session.
    """

    id: str
    tenant_id: str
    account_id: str
    stage: str
    created_at: int
    used_at: int
    proved_at: int
    ends_at: int
    address: str
    agent: str
    password_modified_at: int | None


class ConsoleSessions(Protocol):
    """The stored sessions. A session is found by the digest of its cookie, and by no other way."""

    def find(self, digest: str) -> ConsoleSession | None:
        """Return the session with that digest, also one that has ended by time. One statement."""

    def add(self, session: ConsoleSession, digest: str) -> None:
        """Store a session, and remove the oldest of its account beyond ``MOST_SESSIONS``."""

    def touch(self, id: str, now: int) -> None:
        """Set the time of last use."""

    def prove(self, id: str, now: int) -> None:
        """Set the time at which the password was given last."""

    def end(self, id: str, account_id: str) -> bool:
        """Remove a session of an account; tell whether there was one."""

    def end_others(self, account_id: str, id: str) -> int:
        """Remove all sessions of an account but that one; return their number."""

    def of_account(self, account_id: str, since: int) -> Sequence[ConsoleSession]:
        """Return the open sessions of an account that were used since then, the latest first."""

    def of_tenant(self, tenant_id: str, since: int) -> Sequence[ConsoleSession]:
        """Return the latest open sessions of a tenant that were used since then, ``MOST_LISTED`` at most."""

    def forget(self, now: int, idle_since: int) -> None:
        """Remove some sessions that have ended by time: bounded work."""
