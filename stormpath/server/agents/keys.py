"""The keys of agents: how their calls are authenticated, and how a key is replaced."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Final

from stormpath.server.domain.agents import Agents, StoredAgent
from stormpath.server.domain.context import RequestContext, Secrets
from stormpath.server.domain.storage import Row
from stormpath.server.resources.providers.agent import KEY, RULES, new_key, opened_secret
from stormpath.server.schema import ids, snake_case
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.security.request_auth import LONGEST_CREDENTIALS, basic_pair

_DECOY: Final = "no agent has this key"
_COLUMN: Final = snake_case(KEY)


class AgentAuthenticator:
    """Authenticates the calls of agents, by HTTP Basic with the agent's id and key.

    Every cause of failure gets the same 401, after the same work. ``context_for`` makes the context of a
    tenant.
    """

    def __init__(
        self, agents: Agents, secrets: Secrets, context_for: Callable[[str], RequestContext]
    ) -> None:
        self._agents = agents
        self._secrets = secrets
        self._context_for = context_for
        self._decoy = secrets.seal(_DECOY, _DECOY)

    def authenticate(self, authorization: str | None) -> tuple[RequestContext, StoredAgent]:
        """Return the agent that an ``Authorization`` header proves, and the context of its tenant."""
        agent_id, key = _credentials(authorization)
        agent = self._agents.find(agent_id) if _is_id(agent_id) else None
        if agent is None or agent.encrypted_key is None:
            expected = self._secrets.open(self._decoy, _DECOY)
        else:
            expected = opened_secret(self._secrets, agent.id, KEY, agent.encrypted_key)
        is_right = hmac.compare_digest(expected.encode(), key.encode())
        if not is_right or agent is None or agent.encrypted_key is None:
            raise unauthenticated("wrong agent id or key", agent_id)
        return self._context_for(agent.tenant_id), agent


def key_of(context: RequestContext, row: Row) -> str:
    """Return the key of an agent; one that has none yet, because it is older than keys, gets one."""
    if row[_COLUMN] is None:
        with context.write() as unit:
            row = RULES.lock_and_reread(unit, row)
            if row[_COLUMN] is None:
                row = RULES.change(context, unit, row, {_COLUMN: new_key()})
    return opened_secret(context.secrets, row["id"], KEY, row[_COLUMN])


def replace_key(context: RequestContext, row: Row) -> str:
    """Give an agent another key, and return it. The one before is of no use from now on."""
    key = new_key()
    RULES.update(context, row, {_COLUMN: key})
    return key


def unauthenticated(reason: str, agent_id: str = "") -> ApiError:
    """Return the error of a call that proves no agent; the log alone says why."""
    # What has another form is not logged: a secret may have been put in the place of the id.
    agent = agent_id if _is_id(agent_id) and len(agent_id) == ids.WIDTH else "unknown"
    return ApiError(
        Code.UNAUTHENTICATED,
        "Authentication is required.",
        "Authenticate with agent.id and agent.key of the agent's properties file, by HTTP Basic. "
        "The agent may have been deleted, or its key replaced.",
        facts={"reason": reason, "agent": agent},
    )


def _credentials(authorization: str | None) -> tuple[str, str]:
    if authorization is not None and len(authorization) > LONGEST_CREDENTIALS:
        raise unauthenticated("credentials that are too long")
    scheme, _, rest = (authorization or "").partition(" ")
    pair = basic_pair(rest) if scheme.lower() == "basic" else None
    if pair is None:
        raise unauthenticated("no credentials" if authorization is None else "malformed Basic credentials")
    return pair[0], pair[2]


def _is_id(text: str) -> bool:
    return len(text) <= 64 and text.isascii() and text.isalnum()
