"""Logins that wait for an agent, which tries the password at the server of a mirrored directory.

The request of the login and the request with which the agent asks for work may be in two processes, on two
machines: they meet in the database. ``docs/agent_protocol.rst`` has the agent's side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, Protocol, TypeVar

T = TypeVar("T")

#: What an agent says of a login. ``REFUSED`` is a wrong password, and also an account that the server lets in
#: no more: disabled, locked, expired.
ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"
UNREACHABLE: Final = "unreachable"
SILENT: Final = "silent"
UNUSABLE: Final = "unusable"
REFERRAL: Final = "referral"
OUTCOMES: Final = frozenset({ACCEPTED, REFUSED, UNREACHABLE, SILENT, UNUSABLE, REFERRAL})

#: What is stored where an agent says anything else.
MALFORMED: Final = "malformed"

#: How long a login waits for an agent.
PATIENCE_MS: Final = 10_000

#: An agent that has not called for so long is not connected.
CONNECTED_MS: Final = 45_000

#: The most logins that wait for one agent at a time.
MOST_WAITING: Final = 64


class WaitingLogin(NamedTuple):
    """A login that an agent is to try. ``entry_id`` is ``None`` where the bind stands in for another.

    ``sealed_password`` is sealed for ``id``; ``ends_at`` is in milliseconds since 1970.
    """

    id: str
    entry_id: str | None
    dn: str
    sealed_password: bytes
    ends_at: int

    def __repr__(self) -> str:
        return f"<WaitingLogin {self.id}>"


class AgentLink(NamedTuple):
    """The agent of a directory, and the entry of the server that an account is.

    ``entry_id`` and ``dn`` are ``None`` where there is no such account, or no entry of it.
    """

    agent_id: str
    status: str
    status_reason: str | None
    last_seen_at: int | None
    base_dn: str
    entry_id: str | None
    dn: str | None

    def is_connected(self, now: int) -> bool:
        """Tell whether the agent has called lately. ``now`` is in milliseconds since 1970."""
        is_recent = self.last_seen_at is not None and now - self.last_seen_at <= CONNECTED_MS
        return is_recent and self.status != "OFFLINE"


class AgentLogins(Protocol):
    """The logins that wait, of all tenants. Nothing is in a transaction of the caller."""

    def add(self, tenant_id: str, agent_id: str, login: WaitingLogin, now: int) -> bool:
        """Add a login, and wake the agent's requests; ``False`` where ``MOST_WAITING`` wait already."""

    def take(self, agent_id: str, process: str, most: int, now: int) -> list[WaitingLogin]:
        """Return logins that no process has taken yet, the oldest first. Each is returned once."""

    def answer(self, agent_id: str, id: str, outcome: str) -> bool:
        """Store the outcome of a login of that agent, and wake it; tell whether it still waits for one.

        The first outcome stays. One that is none of ``OUTCOMES`` is kept as ``MALFORMED``.
        """

    def outcome(self, id: str) -> str | None:
        """Return the outcome of a login, ``None`` where there is none yet."""

    def remove(self, id: str) -> None:
        """Remove a login, with its password."""

    def waiting(self, agent_id: str, now: int) -> int:
        """Return how many logins wait that no process has taken."""


class Signals(Protocol):
    """Wakes requests that wait for something in the database, in whichever process they are."""

    def wait(self, channel: str, seconds: float, is_there: Callable[[], T | None]) -> T | None:
        """Return what ``is_there`` returns, as soon as that is not ``None``; ``None`` after so many seconds.

        It is called at first, whenever the channel is sent to, and once in a while besides: a signal tells
        that something may have changed, and not what. No connection is held meanwhile.
        """

    def send(self, channel: str) -> None:
        """Wake those who wait at a channel. Call it after the commit of what they wait for."""


def agent_channel(agent_id: str) -> str:
    """Return the channel of all that an agent is to be told."""
    return f"agent {agent_id}"


def outcome_channel(id: str) -> str:
    """Return the channel of the outcome of one login."""
    return f"login {id}"


class NoAgentLogins:
    """No logins, where no agent can be reached: none is added."""

    def add(self, tenant_id: str, agent_id: str, login: WaitingLogin, now: int) -> bool:
        return False

    def take(self, agent_id: str, process: str, most: int, now: int) -> list[WaitingLogin]:
        return []

    def answer(self, agent_id: str, id: str, outcome: str) -> bool:
        return False

    def outcome(self, id: str) -> str | None:
        return None

    def remove(self, id: str) -> None:
        pass

    def waiting(self, agent_id: str, now: int) -> int:
        return 0


class NoSignals:
    """Signals where nothing is waited for."""

    def wait(self, channel: str, seconds: float, is_there: Callable[[], T | None]) -> T | None:
        return is_there()

    def send(self, channel: str) -> None:
        pass
