"""What runs in each process that answers requests."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection
from multiprocessing.util import Finalize
from typing import Any, Final

from stormpath.cli.errors import explain

#: How long e-mails may still be sent after SIGTERM, in seconds. The one in hand is cut off then, and kept.
MAIL_GRACE: Final = 3

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def load(complain: Connection, verbose: bool, _target: str) -> WsgiApp:
    """Return the service that the environment describes, as the WSGI app of this worker.

    When there can be none, the parent hears why through ``complain`` (an exit status and a line), and stops.
    """
    _take_orders_from_parent_only()
    try:
        from stormpath.server.app import open_service

        service = open_service(os.environ["STORMPATH_DATABASE"], create=False)
        service.start_sender_when_needed()
    except Exception as error:
        if verbose:
            traceback.print_exc()
        complain.send(explain(error))
        os.kill(os.getppid(), signal.SIGTERM)
        while True:  # Leaving unasked would count as a crash.
            signal.pause()
    # Granian puts the environment into every request; what is in there may hold passwords.
    for name in [each for each in os.environ if each.startswith("STORMPATH_")]:
        del os.environ[name]
    # When the requests are done. A process that multiprocessing made runs no other functions at its end.
    Finalize(None, service.close, (MAIL_GRACE,), exitpriority=0)
    return service.__call__


def _take_orders_from_parent_only() -> None:
    # Ctrl-C goes to every process of a terminal, and a worker that stops before its parent has said so counts
    # as a crash. So the parent alone listens for it, and passes it on as SIGTERM.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """Stop this worker when its parent is killed: nobody else would."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
