"""What decides about a login with a name, without its password: for administrators who ask why it fails.

The accounts are found by the statements of the login itself (``domain/logins.py``), so that both agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from stormpath.server.authentication import account_stores, delegated, guesses, login
from stormpath.server.domain import logins
from stormpath.server.domain.agent_logins import AgentLink
from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.hash_kinds import directory_of_bind, kind_of
from stormpath.server.schema.errors import ApiError, Code, not_found

#: In the place of a hash's scheme: the agent of the directory tries the password.
BIND: Final = "bind"

#: The most matches that are told: stores of one application that hold accounts of one name.
MOST: Final = 50


class Candidate(NamedTuple):
    """An account that the name finds in a store, with the statuses that decide. The first one is compared.

    ``list_index`` and ``inner_index`` are the position of its store (``domain.logins.Match``). ``scheme`` is
    that of its password's hash, such as ``argon2id``; ``BIND`` where the agent of its directory tries the
    password; empty without a password.
    """

    account_id: str
    list_index: int
    inner_index: int
    scheme: str
    account_status: str
    directory_status: str
    group_status: str | None
    organization_status: str | None
    linking_status: str | None


class Facts(NamedTuple):
    """What is known about logins with a name.

    ``refused_until`` is the time, in milliseconds since 1970, until which too many wrong passwords stand in
    the way. ``has_stores`` tells whether there is any directory or group to search. ``agent`` is the one that
    tries the password of the first candidate, if that has the scheme ``BIND``.
    """

    candidates: Sequence[Candidate]
    refused_until: int | None
    has_stores: bool
    agent: AgentLink | None = None
    is_agent_connected: bool = False


def facts_of(context: RequestContext, application_id: str, typed: str) -> Facts:
    """Return what decides about logins to an application with a name as people type it.

    Three statements, one for the limit on guesses, and one for an agent. Nothing is counted, and no agent is
    asked.
    """
    # No name contains NUL, and PostgreSQL refuses one in a query.
    typed = typed.replace("\0", "\ufffd")
    with context.read() as unit:
        name, first = logins.find(unit.logins, application_id, logins.names_meant(typed), None)
        matches = unit.logins.matches(application_id, name, MOST) if first is not None else []
        has_stores = unit.logins.has_stores(application_id, None)
        is_bound = first is not None and directory_of_bind(delegated.stored_for(first)) is not None
        agent = unit.logins.agent_link(first.directory_id, first.account_id) if first and is_bound else None
    is_connected = agent is not None and agent.is_connected(context.now_ms())
    until = guesses.refused_until(context, guesses.subject_of_login(name, first))
    return Facts([_candidate(each) for each in matches], until, has_stores, agent, is_connected)


def refusal_of(context: RequestContext, application_id: str, facts: Facts) -> ApiError | None:
    """Return the error that a login with the right password gets; ``None`` where nothing stands in its way.

    The checks are those of ``login``, in its order: the password of the first account is the one compared.
    What linked accounts change is left out.
    """
    try:
        with context.read() as unit:
            application = unit.get("application", application_id)
            if application is None:
                raise not_found()
            login.check_application(application)
            if facts.refused_until is not None:
                raise ApiError(Code.TOO_MANY_REQUESTS, guesses.MESSAGE)
            if not facts.candidates:
                if not facts.has_stores:
                    account_stores.check_not_empty(unit, application, None)
                raise login.unknown_login()
        first = facts.candidates[0]
        if not first.scheme:
            raise login.wrong_password()
        if first.scheme == BIND and not facts.is_agent_connected:
            raise delegated.not_connected()
        account_stores.check_store_statuses(
            first.directory_status, first.group_status, first.organization_status
        )
        account_stores.check_account_status(first.account_status)
    except ApiError as error:
        return error
    return None


def group_mappings(context: RequestContext, group_id: str) -> frozenset[str]:
    """Return the ids of the applications that map a group itself, and not only its directory."""
    with context.read() as unit:
        return frozenset(unit.mappings.owners("accountStoreMapping", "group", group_id))


def _candidate(match: logins.Match) -> Candidate:
    found = match.login
    stored = delegated.stored_for(found)
    return Candidate(
        found.account_id,
        match.list_index,
        match.inner_index,
        "" if stored is None else scheme_of(stored),
        found.account_status,
        found.directory_status,
        found.group_status,
        found.organization_status,
        found.linking_status,
    )


def scheme_of(stored: str) -> str:
    """Return the name of a hash's scheme: nothing of it that helps to guess the password.

    Those of LDAP servers are in braces.
    """
    if directory_of_bind(stored) is not None:
        return BIND
    if stored.startswith("{"):
        return stored.partition("}")[0] + "}"
    scheme = kind_of(stored).strip("$").partition("$")[0]
    return "bcrypt" if scheme.startswith("2") else scheme
