"""The worker processes of ``stormpath serve``."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import traceback
from multiprocessing.connection import Connection
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING, Final

from stormpath.cli.access_log import AccessLog, WsgiApp
from stormpath.cli.connections import ConnectionWatch
from stormpath.cli.errors import explain

if TYPE_CHECKING:
    from stormpath.cli.inside_agents import InsideAgents
    from stormpath.server.app import Service

#: How long the agents of this process may take to stop, in seconds; two more are spent on what is late.
AGENTS_GRACE: Final = 1

#: How long messages may still be sent after SIGTERM, in seconds. The current one is then cut off, and kept.
MAIL_GRACE: Final = 3


#: The most requests of each kind at a time, in one worker. A write may wait for a lock, for a turn to hash a
#: password, or for a mail server; so many of them leave threads to the reads (see ``serve.THREADS``).
WRITES: Final = 128
READS: Final = 128

#: The most bodies at a time that are being received: from callers, and from others.
BODIES: Final = 48
BODIES_OF_STRANGERS: Final = 16

#: The most long polls of agents that wait at a time: each holds a thread, and does nothing with it.
POLLS: Final = 64

#: The most requests at a time whose body is larger than usual: each takes up to 50 MiB.
LARGE_BODIES: Final = 4


def load(
    complain: Connection, verbose: bool, access_log: bool, port: int, connections: int, _target: str
) -> WsgiApp:
    """Return the service that the environment configures, as the WSGI app of this worker.

    It watches its connections at that port, of which it holds so many at the most.

    If it cannot be opened, the reason (an exit status and a line) is sent to the parent through ``complain``,
    and the parent is stopped.
    """
    _handle_signals_of_parent_only()
    try:
        from stormpath.server.app import open_service
        from stormpath.server.rest.concurrency_limits import limits

        concurrency = limits(
            reads=READS,
            writes=WRITES,
            bodies=BODIES,
            strangers=BODIES_OF_STRANGERS,
            large=LARGE_BODIES,
            polls=POLLS,
        )
        service = open_service(os.environ["STORMPATH_DATABASE"], create=False, limits=concurrency)
        service.start_sender_when_needed()
        service.watch_agents()
        inside_agents = _agents_inside(service)
    except Exception as error:
        if verbose:
            traceback.print_exc()
        complain.send(explain(error))
        os.kill(os.getppid(), signal.SIGTERM)
        while True:  # Exiting without being asked would count as a crash.
            signal.pause()
    # Granian copies the environment into every request; its variables may hold passwords.
    for name in [each for each in os.environ if each.startswith("STORMPATH_")]:
        del os.environ[name]
    ConnectionWatch(port, connections, concurrency, on_stop=service.end_polls).start()
    # Runs when the requests are done. A process of multiprocessing runs no other exit functions.
    Finalize(None, service.close, (MAIL_GRACE,), exitpriority=0)
    if inside_agents is not None:
        inside_agents.start()
        Finalize(None, inside_agents.stop, (AGENTS_GRACE,), exitpriority=1)
    return AccessLog(service).__call__ if access_log else service.__call__


def _agents_inside(service: Service) -> InsideAgents | None:
    if not service.settings.agents:
        return None
    # Loaded here: a service without agents needs no LDAP library.
    from stormpath.cli.inside_agents import InsideAgents

    return InsideAgents(service)


def _handle_signals_of_parent_only() -> None:
    # Ctrl-C reaches every process of a terminal, and a worker that stops before its parent asks it to counts
    # as a crash. So only the parent handles it, and sends SIGTERM to its workers.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    threading.Thread(target=_stop_with_parent, daemon=True).start()


def _stop_with_parent() -> None:
    """Stop this worker when its parent is killed: no other process would."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
