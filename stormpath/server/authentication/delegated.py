"""Passwords that the agent of a mirrored directory tries, at the directory's own server (rest-auth 9.3).

A login whose account has no hash here waits for the agent: for ten seconds at most, without a transaction and
without a connection to the database. Its password is sealed, in a row that ends with the login.

For a name that no account has, the agent may be asked too (``domain/hash_kinds.py``). Then it tries a name
that its server does not have either: the same is done, and the same may fail, for known and unknown names.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Final, NamedTuple

from stormpath.server.authentication.account_stores import MESSAGE
from stormpath.server.domain import agent_logins
from stormpath.server.domain.agent_logins import AgentLink, WaitingLogin, outcome_channel
from stormpath.server.domain.context import Passwords, RequestContext
from stormpath.server.domain.hash_kinds import bind_kind, directory_of_bind
from stormpath.server.domain.logins import Login
from stormpath.server.domain.storage import StorageError
from stormpath.server.outbound.slots import Slots, TooMany
from stormpath.server.schema import ids
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.schema.password_forms import LONGEST_TYPED

#: The most logins of this process that wait for agents, in all and of one tenant: each keeps a thread.
MOST_OF_PROCESS: Final = 64
MOST_OF_TENANT: Final = 32

#: The seconds after which a login that found too many waiting may be tried again.
_RETRY_AFTER: Final = 2

#: What is told where the server's own answer is missing, for people and for developers.
_APOLOGY: Final = "Your password cannot be checked at the moment. Please try again later."
_FAILURES: Final[Mapping[str, tuple[Code, str]]] = {
    agent_logins.UNREACHABLE: (
        Code.DIRECTORY_UNREACHABLE,
        "The directory's agent cannot reach the LDAP or Active Directory server.",
    ),
    agent_logins.SILENT: (
        Code.DIRECTORY_TOO_SLOW,
        "The LDAP or Active Directory server did not answer the directory's agent in time.",
    ),
    agent_logins.UNUSABLE: (
        Code.DIRECTORY_ANSWER_UNUSABLE,
        "The LDAP or Active Directory server gave the directory's agent an answer that is of no use.",
    ),
    agent_logins.REFERRAL: (
        Code.REFERRAL_FAILED,
        "The LDAP or Active Directory server refers the directory's agent to another server, which cannot be "
        "followed: see referralMode in the agent's config.",
    ),
    agent_logins.MALFORMED: (
        Code.AGENT_ANSWER_UNUSABLE,
        "The answer of the directory's agent is of no use: is its version that of the service?",
    ),
}

_slots: Final = Slots(MOST_OF_PROCESS, MOST_OF_TENANT)


class TakenLogin(NamedTuple):
    """A login that an agent's process has taken, with the readable password. ``seconds`` are left for it."""

    id: str
    entry_id: str | None
    dn: str
    password: str
    seconds: float

    def __repr__(self) -> str:
        return f"<TakenLogin {self.id}>"


def stored_for(found: Login) -> str | None:
    """Return the hash of an account, or what stands in its place where an agent tries the password."""
    if found.password_hash is None and found.agent_id is not None:
        return bind_kind(found.directory_id)
    return found.password_hash


def match(
    context: RequestContext,
    passwords: Passwords,
    password: str,
    stored: str | None,
    found: Login | None,
    among: Collection[str],
) -> str | None:
    """Return the password if it is right, ``None`` if not, as ``Passwords.match`` does; or ask the agent.

    An empty password is never right at an agent, nor one that is longer than any: a server takes an empty one
    for an anonymous login. They cost a hash instead. Raises ``ApiError`` (9000 to 9006, or 503) where the
    agent or its server does not say what is right.
    """
    directory_id = directory_of_bind(stored)
    if directory_id is None:
        return passwords.match(password, stored, among=among)
    if not 0 < len(password) <= LONGEST_TYPED or "\0" in password:
        return passwords.match(password, None, among=among)
    # As it was typed, and once: a server counts each wrong one, and locks the account after a few.
    is_right = ask(context, directory_id, None if found is None else found.account_id, password)
    return password if is_right and found is not None else None


def ask(context: RequestContext, directory_id: str, account_id: str | None, password: str) -> bool:
    """Tell whether the agent of a directory could log in with the password of an account.

    Without an account, a name is tried that does not exist. Raises ``ApiError``.
    """
    with context.read() as unit:
        link = unit.logins.agent_link(directory_id, account_id or "")
    if link is None or not link.is_connected(context.now_ms()):
        raise not_connected()
    try:
        _slots.take(context.tenant_id)
    except TooMany:
        raise _too_many() from None
    try:
        outcome = _outcome(context, link, password)
    finally:
        _slots.leave(context.tenant_id)
    if outcome is None:
        raise _failure(Code.AGENT_TOO_SLOW, "The directory's agent did not answer in time.")
    if outcome in _FAILURES:
        raise _failure(*_FAILURES[outcome])
    return outcome == agent_logins.ACCEPTED and link.entry_id is not None


def _outcome(context: RequestContext, link: AgentLink, password: str) -> str | None:
    id, now = ids.new_id(), context.now_ms()
    login = WaitingLogin(
        id,
        link.entry_id,
        link.dn or f"cn={secrets.token_hex(8)},{link.base_dn}",
        context.secrets.seal(password, id),
        now + agent_logins.PATIENCE_MS,
    )
    waiting = context.agent_logins
    try:
        if not waiting.add(context.tenant_id, link.agent_id, login, now):
            raise _too_many()
        seconds = agent_logins.PATIENCE_MS / 1000
        return context.signals.wait(outcome_channel(id), seconds, lambda: waiting.outcome(id))
    finally:
        # What cannot be removed now is removed by a later login.
        with suppress(StorageError):
            waiting.remove(id)


def take(context: RequestContext, agent_id: str, process: str, most: int) -> list[TakenLogin]:
    """Return logins for a process of an agent to try; each is given once. See `agent_channel`."""
    now = context.now_ms()
    found = context.agent_logins.take(agent_id, process, most, now)
    return [
        TakenLogin(
            each.id,
            each.entry_id,
            each.dn,
            context.secrets.open(each.sealed_password, each.id),
            # The clock of another machine may be wrong: no longer than a login waits, and a moment at least.
            min(max(each.ends_at - now, 1000), agent_logins.PATIENCE_MS) / 1000,
        )
        for each in found
    ]


def not_connected() -> ApiError:
    """Return the error where no agent can be asked."""
    return _failure(Code.AGENT_NOT_CONNECTED, "The directory's agent is not connected: run it.")


def _failure(code: Code, developer_message: str) -> ApiError:
    return ApiError(code, _APOLOGY, f"Login attempt failed: {developer_message}")


def _too_many() -> ApiError:
    return ApiError(
        Code.UNAVAILABLE,
        MESSAGE,
        "Too many logins wait for the directory's agent.",
        retry_after=_RETRY_AFTER,
    )
