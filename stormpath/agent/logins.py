"""The threads that try the passwords of logins, apart from the synchronization, which they never wait for."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Mapping
from typing import Final

from stormpath.agent.configuration import Login
from stormpath.agent.directory import REFUSED, UNUSABLE
from stormpath.agent.service import ServiceError

_log = logging.getLogger(__name__)

#: How many binds go on at a time, and how many more logins may wait for their turn.
THREADS: Final = 8
WAITING: Final = 8

#: The most logins that one poll takes.
MOST_IN_A_POLL: Final = 8

#: For how long outcomes are sent again, in seconds: no login waits longer for one.
PATIENCE: Final = 8.0


class BindPool:
    """Threads that try logins with ``bind``, and tell their outcomes to the service with ``answer``.

    A poll offers places with `reserve`, and gives those back that the service has not filled.
    """

    def __init__(
        self,
        bind: Callable[[Login], str],
        answer: Callable[[Mapping[str, str]], object],
        threads: int = THREADS,
    ) -> None:
        self._bind = bind
        self._answer = answer
        self._most_threads = threads
        self._lock = threading.Lock()
        self._freed = threading.Condition(self._lock)
        self._places = threads + WAITING
        self._threads: list[threading.Thread] = []
        # Logins that wait or are being tried.
        self._open = 0
        self._logins: queue.SimpleQueue[Login | None] = queue.SimpleQueue()
        self._outcomes: dict[str, str] = {}
        self._is_answering = False

    def reserve(self, seconds: float = 0.0) -> int:
        """Reserve places for the logins of one poll, and return how many.

        Waits so long for the first: a poll that waits without a place would not take a login that comes.
        """
        with self._lock:
            self._freed.wait_for(lambda: self._places > 0, seconds)
            places = min(MOST_IN_A_POLL, self._places)
            self._places -= places
        return places

    def fill(self, reserved: int, logins: tuple[Login, ...]) -> None:
        """Try the logins that a poll has got for its reserved places."""
        # A service that gives more than it was asked for gets answers, but no place is counted twice.
        with self._lock:
            self._places += reserved - len(logins)
            self._freed.notify_all()
            self._open += len(logins)
            self._start_threads()
        for each in logins:
            self._logins.put(each)

    def stop(self) -> None:
        """Let the threads end after what they are doing; logins that wait are left to others."""
        with self._lock:
            threads, self._threads = self._threads, []
        for _ in threads:
            self._logins.put(None)

    def _start_threads(self) -> None:
        while len(self._threads) < min(self._open, self._most_threads):
            thread = threading.Thread(target=self._work, name="agent-bind", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while (login := self._logins.get()) is not None:
            try:
                self._try(login)
            finally:
                with self._lock:
                    self._open -= 1
                    self._places += 1
                    self._freed.notify_all()

    def _try(self, login: Login) -> None:
        if not login.seconds:
            return  # It is not waited for any more.
        self._tell(login.id, self._outcome_of(login))

    def _outcome_of(self, login: Login) -> str:
        # LDAP takes a bind without a password for an anonymous one, and accepts it (RFC 4513, 5.1.2).
        if not login.password or not login.dn:
            return REFUSED
        try:
            return self._bind(login)
        except Exception as error:
            # The name alone: the error may hold what was sent.
            _log.error("A login could not be tried: %s", type(error).__name__)
            return UNUSABLE

    def _tell(self, id: str, outcome: str) -> None:
        """Send an outcome at once, or with others if a thread of the pool is sending."""
        with self._lock:
            self._outcomes[id] = outcome
            if self._is_answering:
                return
            self._is_answering = True
        while outcomes := self._taken_outcomes():
            try:
                self._answer(outcomes)
            except ServiceError as error:
                _log.warning("The outcomes of %d logins could not be told: %s", len(outcomes), error)

    def _taken_outcomes(self) -> dict[str, str]:
        with self._lock:
            outcomes, self._outcomes = self._outcomes, {}
            self._is_answering = bool(outcomes)
        return outcomes
