"""``stormpath serve --agents``: the agents of mirrored directories, as threads of a worker.

Of all workers, on all machines, one runs each agent: that which has its lease. An agent whose own program
calls is left to that. Each has a client of the service in this process, with the agent's own id and key.
"""

from __future__ import annotations

import logging
import secrets
import socket
import threading
import time
from typing import TYPE_CHECKING, Final

from stormpath.agent.configuration import Configuration
from stormpath.agent.directory import Directory
from stormpath.agent.program import AgentProgram
from stormpath.agent.service import REFUSED, ServiceClient, ServiceError
from stormpath.cli.agent import ldap_directory
from stormpath.embedded import EmbeddedExecutor
from stormpath.server.domain.agent_leases import RunnableAgent
from stormpath.server.domain.agents import OFFLINE_AFTER_MS
from stormpath.server.domain.storage import StorageError
from stormpath.server.jobs.leases import LeaseWatch
from stormpath.server.jobs.threads import BackgroundWorker
from stormpath.server.outbound.allowed_targets import AllowedTargets, NotAllowed
from stormpath.server.outbound.lookups import look_up
from stormpath.server.outbound.sockets import connected

if TYPE_CHECKING:
    from stormpath.server.app import Service

_log = logging.getLogger(__name__)

#: How often leases are renewed, and agents are looked for that no worker runs, in seconds.
ROUND: Final = 10.0

#: The most agents that one worker runs: each has two polls of the service's and up to a dozen threads.
MOST_AGENTS: Final = 24

#: How long the threads of agents are waited for at the end, in seconds.
JOIN_SECONDS: Final = 2.0

#: How long a name may be looked up, and a server be connected to, in seconds.
_CONNECT_SECONDS: Final = 10.0


class _Running:
    """An agent that runs in this process, under its lease."""

    def __init__(self, lease: str, program: AgentProgram) -> None:
        self.lease = lease
        self.program = program


class InsideAgents(BackgroundWorker):
    """Runs agents in this process, from `start` to `stop`; `CommandError` without the extra ``ldap``."""

    def __init__(self, service: Service, every: float = ROUND) -> None:
        super().__init__("agents")
        self._service = service
        self._every = every
        self._opened = ldap_directory()
        self._process = secrets.token_urlsafe(16)
        self._renewals = 0
        self._leases = service.agent_leases
        self._watch = LeaseWatch(self._leases, time.monotonic, "The worker that ran agent %s is gone.")
        self._running: dict[str, _Running] = {}

    def _work(self) -> float:
        if self._stop_at < float("inf"):
            return self._every
        try:
            self._watch.check(int(time.time() * 1000))
            agents = {each.id: each for each in self._leases.agents()}
            for id in list(self._running):
                self._keep(id, agents.get(id))
            for each in agents.values():
                if self._may_run(each):
                    self._begin_agent(each)
        except StorageError as error:
            # Without the database no lease is renewed; what runs goes on until another worker has it.
            _log.warning("Agents cannot be looked for: %s", error)
        return self._every

    def _close(self) -> None:
        programs = [each.program for each in self._running.values()]
        for id in list(self._running):
            self._end_agent(id)
        # Their threads use the database, which is closed next.
        self._service.end_polls()
        until = time.monotonic() + JOIN_SECONDS
        for each in programs:
            each.join(max(0.0, until - time.monotonic()))

    def _keep(self, id: str, agent: RunnableAgent | None) -> None:
        """Renew the lease of an agent that runs here, or let it end."""
        running = self._running[id]
        lease = self._next_lease()
        if agent is None or not running.program.is_running or self._calls_elsewhere(agent):
            self._end_agent(id)
        elif self._leases.renew(id, running.lease, lease):
            running.lease = lease
        else:
            _log.warning("Another worker runs agent %s by now.", id)
            self._end_agent(id)

    def _may_run(self, agent: RunnableAgent) -> bool:
        is_free = agent.lease is None and agent.id not in self._running
        return is_free and len(self._running) < MOST_AGENTS and not self._calls_elsewhere(agent)

    def _calls_elsewhere(self, agent: RunnableAgent) -> bool:
        """Tell whether a process calls for the agent that is not this one."""
        if agent.process in (None, self._process) or agent.last_seen_at is None:
            return False
        return time.time() * 1000 - agent.last_seen_at < OFFLINE_AFTER_MS

    def _begin_agent(self, agent: RunnableAgent) -> None:
        lease = self._next_lease()
        if not self._leases.take(agent, lease):
            return
        try:
            program = AgentProgram(lambda stopping: self._client(agent, stopping), self._open_directory)
        except ServiceError as error:
            _log.warning("Agent %s cannot be run: %s", agent.id, error)
            self._leases.give_back(agent.id, lease, self._process)
            return
        self._running[agent.id] = _Running(lease, program)
        program.start()
        _log.info("Agent %s runs in this process.", agent.id)

    def _end_agent(self, id: str) -> None:
        running = self._running.pop(id)
        running.program.stop()
        try:
            self._leases.give_back(id, running.lease, self._process)
        except StorageError as error:
            _log.warning("The lease of agent %s ends by itself: %s", id, error)

    def _next_lease(self) -> str:
        self._renewals += 1
        return f"{self._process}.{self._renewals}"

    def _client(self, agent: RunnableAgent, stopping: threading.Event) -> ServiceClient:
        key = self._service.agent_key(agent.tenant_id, agent.id)
        if key is None:
            raise ServiceError(REFUSED, "The agent was deleted.")
        executor = EmbeddedExecutor(self._service, self._service.base_url, agent.id, key)
        return ServiceClient(executor, stopping, process=self._process)

    def _open_directory(self, configuration: Configuration) -> Directory:
        dialer = _Dialer(self._service.agent_targets)
        return self._opened.open(configuration, check_target=dialer.check, dial=dialer.dial)


class _Dialer:
    """Connects to the LDAP servers that tenants name, where the operator allows it."""

    def __init__(self, targets: AllowedTargets) -> None:
        self._targets = targets

    def check(self, host: str, port: int) -> None:
        """Raise ``DirectoryProblem`` unless all addresses of a host are allowed, and the port."""
        try:
            self._targets.check_port(port)
            for *_, address in look_up(host, port, _CONNECT_SECONDS):
                self._targets.check_address(host, str(address[0]))
        except OSError as error:
            raise _problem(host, port, error) from error

    def dial(self, host: str, port: int) -> socket.socket:
        """Connect to a host at one of its addresses that is allowed."""
        try:
            found = connected(host, port, time.monotonic() + _CONNECT_SECONDS, self._targets)
        except OSError as error:
            raise _problem(host, port, error) from error
        found.settimeout(None)
        return found


def _problem(host: str, port: int, error: OSError) -> Exception:
    from stormpath.agent.directory_problems import DirectoryProblem

    if not isinstance(error, NotAllowed):
        return DirectoryProblem(
            "unreachable", f"The LDAP server at {host}:{port} cannot be connected to: check host and port."
        )
    # The reason is for the operator: a tenant must not learn what addresses names have inside.
    _log.warning("An agent may not connect to %s:%d: %s.", host, port, error)
    return DirectoryProblem(
        "unreachable",
        f"The service does not connect to {host}:{port} itself: its operator allows public addresses and the"
        " ports of LDAP only. Run `stormpath agent run` beside the server, or let the operator allow it"
        " (STORMPATH_AGENT_TARGETS, STORMPATH_AGENT_PORTS).",
    )
