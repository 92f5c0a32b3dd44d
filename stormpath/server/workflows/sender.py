"""Sending what lies in the outbox: once, or again and again in a thread."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from stormpath import forks
from stormpath.server.contract import Claim, StorageError
from stormpath.server.storage.outbox import Outbox
from stormpath.server.work import Secrets
from stormpath.server.workflows.claims import Watch
from stormpath.server.workflows.courier import Courier, Outcome, Result
from stormpath.server.workflows.smtp import Smtp

_log = logging.getLogger(__name__)

#: How often a sender looks for what other processes wrote or left behind, in seconds.
POLL: Final = 5.0

#: How long a server that is in trouble is left alone, in seconds: at first, and at most.
PAUSES: Final = (1.0, 60.0)

#: After so many troubles of the server in a row ``run`` gives up.
PATIENCE: Final = 3

#: For how many days messages are kept that were sent or given up.
KEPT_DAYS: Final = 30

_DAY_MS: Final = 24 * 60 * 60 * 1000
_PURGE_INTERVAL: Final = 3600.0
_TICK: Final = 0.1
_CUT: Final = 2.0
_TOLD_APART: Final = 24


@dataclass(frozen=True, slots=True)
class Report:
    """How many messages were sent, postponed because of some trouble, and given up."""

    sent: int = 0
    postponed: int = 0
    dead: int = 0


class Sender:
    """Sends messages of an outbox, one after the other. Any number of senders may share an outbox.

    ``start`` lets a thread do it until ``stop``; ``run`` does it once, here: an object is for one or the
    other. ``claim_seconds`` is after how long others may take a message from a sender that is gone: by
    default well above what sending one can take. ``pauses`` and ``poll`` are as `PAUSES` and `POLL`.
    Raises ``ValueError`` when the file of trusted certificates cannot be used.
    """

    def __init__(
        self,
        outbox: Outbox,
        secrets: Secrets,
        smtp: Smtp,
        now_ms: Callable[[], int],
        *,
        claim_seconds: int | None = None,
        pauses: tuple[float, float] = PAUSES,
        poll: float = POLL,
    ) -> None:
        self._outbox = outbox
        self._smtp = smtp
        self._now_ms = now_ms
        self._claim_seconds = math.ceil(3 * smtp.timeout) + 20 if claim_seconds is None else claim_seconds
        self._courier = Courier(outbox, secrets, smtp, now_ms, self._claim_seconds)
        self._watch = Watch(outbox, time.monotonic)
        self._troubles = _Troubles(*pauses)
        self._poll = poll
        self._looked_at = -math.inf
        self._sent_at = -math.inf
        self._purged_at = -math.inf
        self._is_started = False
        self._stop_at = math.inf
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._wakeup = threading.Event()
        forks.renew_in_child(self)

    def __repr__(self) -> str:
        return f"<Sender to {self._smtp}>"

    def run(self) -> Report:
        """Send everything that is due, until nothing is; return what became of it.

        What other senders have in hand when nothing else is left is waited for: until it is sent, or due
        again and sent here, at most as long as their claims are good for. Stops early when the server is in
        trouble three times in a row. Raises ``StorageError``.
        """
        counted = dict.fromkeys(Outcome, 0)
        others: set[Claim] | None = None
        try:
            while self._troubles.in_a_row < PATIENCE:
                result = self._send_one()
                if result is None:
                    left = self._look()
                    others = set(left) if others is None else others & set(left)
                    if not others:
                        break
                    time.sleep(min(_TICK, *left.values()))
                    continue
                counted[result.outcome] += 1
                time.sleep(self._troubles.pause_after(result))
            self._outbox.purge(self._now_ms() - KEPT_DAYS * _DAY_MS)
        finally:
            self._courier.connection.close()
        return Report(counted[Outcome.SENT], counted[Outcome.POSTPONED], counted[Outcome.DEAD])

    def start(self) -> None:
        """Begin to send, in a thread of this process. A forked child begins with its first `wake`."""
        self._stop_at = math.inf
        self._is_started = True
        self.wake()

    def wake(self) -> None:
        """Tell that there is a new message. Costs its caller no time."""
        self._wakeup.set()
        if self._thread is None:
            with self._lock:
                self._begin()

    def stop(self, grace: float = 10.0) -> None:
        """Send what is due and stop, after ``grace`` seconds at most. What is left then is not lost."""
        with self._lock:
            self._is_started = False
            thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stop_at = time.monotonic() + grace
        self._wakeup.set()
        if thread is threading.current_thread():
            # The garbage collector, which closes what nobody uses any more, works in any thread.
            return
        thread.join(grace)
        if thread.is_alive():
            self._courier.connection.cut()
            thread.join(_CUT)

    def _begin(self) -> None:
        if self._is_started and self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="stormpath-sender", daemon=True)
            self._thread.start()

    def _serve(self) -> None:
        while True:
            is_last = self._stop_at < math.inf
            wait = self._round()
            if is_last:
                break
            self._wakeup.wait(wait)
            self._wakeup.clear()
        self._courier.connection.close()

    def _round(self) -> float:
        """Send what is due; return how long to wait then, in seconds."""
        try:
            while time.monotonic() < self._stop_at:
                if self._troubles.seconds_left:
                    return self._troubles.seconds_left
                result = self._courier.send_next(lambda: self._stop_at)
                if result is None:
                    return self._idle()
                self._troubles.pause_after(result)
                self._sent_at = time.monotonic()
                if time.monotonic() - self._looked_at >= self._poll:
                    self._look()
        except StorageError as error:
            self._troubles.pause_after(Result(Outcome.POSTPONED, f"{type(error).__name__}: {error}"))
            return self._troubles.seconds_left
        except Exception as error:
            _log.exception("Sending e-mails failed")
            self._troubles.pause_after(Result(Outcome.POSTPONED, type(error).__name__))
        return 0.0

    def _idle(self) -> float:
        left = self._look()
        if time.monotonic() - self._sent_at >= self._poll:
            self._courier.connection.close()
        if time.monotonic() - self._purged_at >= _PURGE_INTERVAL:
            self._purged_at = time.monotonic()
            self._outbox.purge(self._now_ms() - KEPT_DAYS * _DAY_MS)
        now = self._now_ms()
        due = self._outbox.next_due(now)
        until_due = math.inf if due is None else (due - now) / 1000
        return max(_TICK, min(self._poll, until_due, *left.values()))

    def _send_one(self) -> Result | None:
        give_up_at = time.monotonic() + self._claim_seconds
        return self._courier.send_next(lambda: give_up_at)

    def _look(self) -> dict[Claim, float]:
        self._looked_at = time.monotonic()
        return self._watch.look(self._now_ms())

    def _after_fork(self) -> None:
        self._thread = None
        self._lock = threading.Lock()
        self._wakeup = threading.Event()
        self._courier.connection.abandon()
        self._watch.forget()


class _Troubles:
    """How long a server is left alone that is in trouble; the log has a line at its beginning and its end."""

    def __init__(self, first_pause: float, longest_pause: float) -> None:
        self._first = first_pause
        self._longest = longest_pause
        self._last = ""
        self._until = -math.inf
        self.in_a_row = 0

    def pause_after(self, result: Result) -> float:
        """Return how many seconds to wait before the next message."""
        if result.servers_trouble is None:
            if self.in_a_row:
                _log.warning("E-mails are being sent again.")
            self.in_a_row, self._last = 0, ""
            return 0.0
        self.in_a_row += 1
        # Step and code: some servers say something else each time.
        beginning = result.servers_trouble[:_TOLD_APART]
        if beginning != self._last:
            self._last = beginning
            _log.warning("E-mails cannot be sent: %s", result.servers_trouble)
        pause = min(self._first * 2.0 ** min(self.in_a_row - 1, 20), self._longest)
        self._until = time.monotonic() + pause
        return pause

    @property
    def seconds_left(self) -> float:
        """What is left of the pause."""
        return max(0.0, self._until - time.monotonic())
