"""Deadlines of connections, which the HTTP server does not have: the kernel tells how each one gets on.

A request that is half sent holds a thread as long as its client likes, because Granian waits for the rest
of a body without end. This watch looks at the process's connections once in a while. Where a request is under
way and comes too slowly, it shuts the connection's reading half: the thread gets what came, answers 408, and
is free.

The server gives up a connection whose reading half is shut, also one whose request has come whole and is
being answered. So the watch must not shut that, and the kernel does not tell it apart. But it tells when
something came last, and the service tells when the requests at work had come whole: at the same time. What
is half sent and came at that time by chance is given up when the whole request is answered.
"""

from __future__ import annotations

import bisect
import os
import signal
import socket
import stat
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

#: How long a request may take to come, in seconds: so long, and so much longer for every byte of it.
GRACE: Final = 10.0
BYTES_A_SECOND: Final = 16 * 1024

#: The same while the process is short of threads or connections, or stops.
GRACE_UNDER_PRESSURE: Final = 1.0

#: How long a client may take nothing of its answer, in seconds.
UNREAD: Final = 30.0

#: What a request brings along at the most before a look can tell that it has begun, in bytes.
USUAL_BODY: Final = 64 * 1024

#: How much later than its last byte the service may say that a request has come whole, and how much earlier:
#: the kernel counts in milliseconds. In seconds.
LATER: Final = 0.25
EARLIER: Final = 0.05

#: How often the connections are looked at, in seconds.
INTERVAL: Final = 0.5

#: Above this share of the connections that the process can hold, idle ones are closed.
CROWDED: Final = 0.9

#: Fields of the kernel's ``struct tcp_info``: packets that the client has not acknowledged, milliseconds
#: since the last data came, bytes that the client has acknowledged, bytes received in all, bytes that wait to
#: be sent.
_INFO: Final = struct.Struct("=24xI24xI64xQQ8xI")


class Progress(NamedTuple):
    """What the kernel knows of a connection: bytes received and acknowledged in all, and if some are not.

    ``quiet`` is how long nothing has come, in seconds.
    """

    received: int
    acknowledged: int
    is_unread: bool
    quiet: float


class Waiting(Protocol):
    """The request bodies that this process waits for, and the requests that have come whole."""

    def oldest_body(self) -> float:
        """Return for how many seconds the oldest of them is waited for; 0 when there is none."""

    def are_bodies_stuck(self) -> bool:
        """Tell whether one more body would have to wait until another one has come."""

    def whole_requests(self) -> list[float]:
        """Return when the requests at work had come whole, by the monotonic clock."""


@dataclass(slots=True)
class _Connection:
    """A connection since its last answer: bytes received until then.

    At ``since`` the answer was seen, or the beginning of the next request. The answer and the beginning of
    the next request can come between two looks. So ``received_before`` is what had been received at the look
    before: more than that may belong to the next request.
    """

    received: int
    received_before: int
    acknowledged: int
    since: float
    latest: int
    unread_since: float | None = None


class ConnectionWatch:
    """Watches the connections that this process has accepted at a port. Call :meth:`start` once.

    ``most`` is the number of connections that the process can hold. ``on_stop`` is called when the process
    is asked to stop: requests that wait for long can end then. :meth:`start` does nothing where the kernel
    is not Linux.
    """

    def __init__(
        self,
        port: int,
        most: int,
        waiting: Waiting,
        *,
        grace: float = GRACE,
        interval: float = INTERVAL,
        on_stop: Callable[[], None] = lambda: None,
    ) -> None:
        self._on_stop = on_stop
        self._port = port
        self._most = most
        self._waiting = waiting
        self._grace = grace
        self._interval = interval
        self._seen: dict[int, _Connection] = {}
        self._is_stopping = False

    def start(self) -> None:
        """Watch in a thread from now on; call it in the main thread, before the server handles signals."""
        if sys.platform == "linux":
            # The server waits for the requests under way when it is asked to stop, and tells no other thread.
            signals, woken = socket.socketpair()
            woken.setblocking(False)
            signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
            thread = threading.Thread(
                target=self._run, args=(signals, woken), name="connection watch", daemon=True
            )
            thread.start()

    def _run(self, signals: socket.socket, _woken: socket.socket) -> None:
        signals.settimeout(self._interval)
        while True:
            with suppress(TimeoutError):
                self._note(signals.recv(16))
            # Without a free file descriptor this fails, and the next time one may be free.
            with suppress(OSError):
                self.look()

    def _note(self, received: bytes) -> None:
        if signal.SIGTERM in received and not self._is_stopping:
            self._is_stopping = True
            self._on_stop()

    def look(self) -> None:
        """Look at every connection once, and give up those that do not get on."""
        now = time.monotonic()
        is_crowded = len(self._seen) >= CROWDED * self._most
        is_pressed = is_crowded or self._is_stopping or self._waiting.are_bodies_stuck()
        grace = min(self._grace, GRACE_UNDER_PRESSURE) if is_pressed else self._grace
        is_body_late = self._waiting.oldest_body() > grace
        # Those that have been at work for a while: one that has just come is not taken for late.
        whole = [each for each in sorted(self._waiting.whole_requests()) if now - each > grace / 2]
        seen = {}
        for inode, each in _sockets_at(self._port):
            with each, suppress(OSError):
                if each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    continue
                progress = progress_of(each)
                state = seen[inode] = _updated(self._seen.get(inode), progress, now)
                if _is_unread(state, now):
                    each.shutdown(socket.SHUT_RDWR)
                elif _is_whole(now - progress.quiet, whole):
                    continue
                elif _is_late(state, progress, now, grace, is_body_late) or (
                    is_crowded and now - state.since > grace
                ):
                    each.shutdown(socket.SHUT_RD)
        self._seen = seen


def progress_of(connection: socket.socket) -> Progress:
    """Return what the kernel knows; raises ``OSError`` for a connection that is no longer open."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO.size)
    sent, quiet, acknowledged, received, unsent = _INFO.unpack(info)
    return Progress(received, acknowledged, sent > 0 or unsent > 0, quiet / 1000)


def _updated(last: _Connection | None, progress: Progress, now: float) -> _Connection:
    received, acknowledged, is_unread, _ = progress
    if last is None:
        at_answer = received if acknowledged else 0
        return _Connection(at_answer, 0, acknowledged, now, received)
    if acknowledged != last.acknowledged:
        # Something was answered since the last look.
        return _Connection(received, last.latest, acknowledged, now, received, now if is_unread else None)
    if last.latest == last.received != received:
        # The connection was idle until now.
        last.since = now
    last.latest = received
    if not is_unread:
        last.unread_since = None
    elif last.unread_since is None:
        last.unread_since = now
    return last


def _is_late(state: _Connection, progress: Progress, now: float, grace: float, is_body_late: bool) -> bool:
    """Tell whether a request is under way for longer than its length explains.

    While the process waits too long for some body, what may be its connection counts, too.
    """
    came = progress.received - state.received
    if is_body_late:
        came += min(state.received - state.received_before, USUAL_BODY)
    return came > 0 and now - state.since > grace + came / BYTES_A_SECOND


def _is_whole(came_at: float, whole: list[float]) -> bool:
    """Tell whether a request is at work that came whole when the last data of a connection came."""
    place = bisect.bisect_left(whole, came_at - EARLIER)
    return place < len(whole) and whole[place] <= came_at + LATER


def _is_unread(state: _Connection, now: float) -> bool:
    return state.unread_since is not None and now - state.unread_since > UNREAD


def _sockets_at(port: int) -> Iterator[tuple[int, socket.socket]]:
    """Yield inode and duplicate of each TCP socket of this process at a local port, one at a time."""
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            file = int(name)
            status = os.fstat(file)
            if not stat.S_ISSOCK(status.st_mode):
                continue
            # A duplicate: the original may be closed, and its number used again, at any time.
            duplicate = socket.socket(fileno=os.dup(file))
            if _is_at(duplicate, port):
                yield status.st_ino, duplicate
            else:
                duplicate.close()


def _is_at(each: socket.socket, port: int) -> bool:
    with suppress(OSError):
        return each.family in (socket.AF_INET, socket.AF_INET6) and each.getsockname()[1] == port
    return False
