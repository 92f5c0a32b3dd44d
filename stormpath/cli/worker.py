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
from typing import Final

from stormpath.cli.access_log import AccessLog, WsgiApp
from stormpath.cli.errors import explain

#: How long e-mails may still be sent after SIGTERM, in seconds. The current one is then cut off, and kept.
MAIL_GRACE: Final = 3


def load(complain: Connection, verbose: bool, access_log: bool, _target: str) -> WsgiApp:
    """Return the service that the environment configures, as the WSGI app of this worker.

    If it cannot be opened, the reason (an exit status and a line) is sent to the parent through ``complain``,
    and the parent is stopped.
    """
    _handle_signals_of_parent_only()
    try:
        from stormpath.server.app import open_service

        service = open_service(os.environ["STORMPATH_DATABASE"], create=False)
        service.start_sender_when_needed()
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
    # Runs when the requests are done. A process of multiprocessing runs no other exit functions.
    Finalize(None, service.close, (MAIL_GRACE,), exitpriority=0)
    return AccessLog(service).__call__ if access_log else service.__call__


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
