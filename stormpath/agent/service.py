"""The service as an agent sees it: the requests of ``docs/agent_protocol.rst``, repeated where they fail."""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from stormpath import __version__
from stormpath.agent.configuration import Configuration, Login, NotUnderstood
from stormpath.agent.contract import FULL, INCREMENTAL, Cursor
from stormpath.agent.properties import Properties
from stormpath.agent.status import Status
from stormpath.auth import BasicSigner
from stormpath.error import UNKNOWN, Error
from stormpath.executor import Executor
from stormpath.http import CONNECT_TIMEOUT_SECONDS, HttpExecutor
from stormpath.retry import RetryPolicy

_T = TypeVar("_T")

#: How long the service may wait with the answer to a poll, and how much longer it is waited for, in seconds.
LONGEST_WAIT: Final = 25
ANSWER_SECONDS: Final = 15

#: How long a request of a synchronization is repeated: a service that is restarted does not end a run.
PATIENCE: Final = 180.0

#: The waits between two tries, in seconds: they double from the first to the longest.
FIRST_WAIT: Final = 0.5
LONGEST_PAUSE: Final = 30.0

#: Kinds of errors.
UNREACHABLE: Final = "unreachable"
BUSY: Final = "busy"
REFUSED: Final = "refused"
FENCED: Final = "fenced"
STOPPED: Final = "stopped"
OTHER: Final = "other"

_RETRIED: Final = frozenset({UNREACHABLE, BUSY})
_STATUSES: Final = {401: REFUSED, 409: FENCED, 429: BUSY}


class ServiceError(Exception):
    """A request that the service did not carry out.

    ``kind`` is ``unreachable``, ``busy``, ``refused`` (the key), ``fenced`` (another process is at work, or
    another configuration is the present one), ``stopped`` (this program ends) or ``other``.
    """

    def __init__(self, kind: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Polled:
    """The answer to a poll: what there is to do. ``configuration`` is ``None`` where it has not changed."""

    configuration: Configuration | None
    logins: tuple[Login, ...]
    wants_run: bool
    pause: float


@dataclass(frozen=True, slots=True)
class BegunRun:
    """A run that the service has begun: from the start, or from where ``cursor`` says."""

    number: int
    kind: str
    cursor: Cursor | None


@dataclass(frozen=True, slots=True)
class EndedRun:
    """How far the end of a run is. ``stopped`` says why nothing was deleted and the run does not count."""

    is_done: bool
    stopped: str | None


def http_executor(properties: Properties) -> HttpExecutor:
    """Return an executor that sends the requests of the agent of a properties file."""
    executor = HttpExecutor(
        properties.service_url,
        BasicSigner(properties.id, properties.key),
        user_agent=f"stormpath-agent/{__version__}",
        timeout=(CONNECT_TIMEOUT_SECONDS, LONGEST_WAIT + ANSWER_SECONDS),
    )
    if properties.service_ca_file is not None:
        executor.session.verify = properties.service_ca_file
    return executor


class ServiceClient:
    """Sends the requests of one process of an agent. Threads share it. Its methods raise `ServiceError`.

    The requests of a synchronization are repeated while the service is unreachable or busy; a poll is not.
    ``stopping`` ends every wait.
    """

    def __init__(
        self,
        executor: Executor,
        stopping: threading.Event | None = None,
        *,
        process: str | None = None,
        patience: float = PATIENCE,
    ) -> None:
        # The waits of the executor's own retries could not be interrupted.
        executor.retry = RetryPolicy(retries=0)
        self._executor = executor
        self._stopping = stopping or threading.Event()
        self._patience = patience
        self.process = process or secrets.token_urlsafe(16)

    @property
    def url(self) -> str:
        """The base URL of the service."""
        return self._executor.base_url

    def poll(self, version: str | None, status: Status, logins: int, wait: int) -> Polled:
        """Tell the agent's status, and return what there is to do, after ``wait`` seconds at most."""
        body = {
            "process": self.process,
            "version": __version__,
            "configuration": version,
            "status": {"state": status.state, "reason": status.reason},
            "logins": logins,
            "wait": wait,
        }
        return self._ask("/agent/poll", body, _polled, patience=0)

    def answer(self, results: Mapping[str, str], patience: float) -> int:
        """Tell the outcomes of logins by their ids; return how many of them were still waited for."""
        listed = [{"id": id, "outcome": outcome} for id, outcome in results.items()]
        return self._ask("/agent/logins", {"results": listed}, lambda body: int(body["taken"]), patience)

    def begin(self, version: str, kind: str, because: str | None = None) -> BegunRun:
        """Begin a run; the answer may be a full one where an incremental one was asked for."""
        body = {"process": self.process, "configuration": version, "kind": kind, "because": because}
        return self._ask("/agent/runs", body, _begun)

    def send(self, run: int, entries: Mapping[str, Any]) -> int:
        """Send entries of a run; return how many of them were skipped, as they have problems."""
        return self._ask("/agent/runs/entries", {"run": run, **entries}, lambda body: int(body["problems"]))

    def end(self, run: int, cursor: Cursor, report: Mapping[str, Any], *, is_complete: bool) -> EndedRun:
        """Let the service work at the end of a run for a while; to be repeated until it ``is_done``."""
        body = {"run": run, "isComplete": is_complete, "cursor": cursor, "report": dict(report)}
        return self._ask("/agent/runs/end", body, _ended)

    def close(self) -> None:
        """Close the connections; later requests raise `ServiceError`."""
        self._executor.close()

    def _ask(
        self, path: str, body: Mapping[str, Any], read: Callable[[Any], _T], patience: float | None = None
    ) -> _T:
        until = time.monotonic() + (self._patience if patience is None else patience)
        for pause in pauses():
            try:
                return _understood(read, self._executor.post(path, body))
            except Error as error:
                failure = _service_error(error)
            wait = max(pause, failure.retry_after or 0.0)
            if failure.kind not in _RETRIED or time.monotonic() + wait > until:
                raise failure
            if self._stopping.wait(wait):
                raise ServiceError(STOPPED, "The agent is stopped.")
        raise AssertionError  # The pauses have no end.


def pauses(first: float = FIRST_WAIT, longest: float = LONGEST_PAUSE) -> Iterable[float]:
    """Yield waits, in seconds, that double; their random part keeps agents from repeating all at once."""
    wait = first
    while True:
        yield wait * random.uniform(0.75, 1.25)  # noqa: S311 - jitter, not security
        wait = min(wait * 2, longest)


def _service_error(error: Error) -> ServiceError:
    if error.status == UNKNOWN:
        return ServiceError(UNREACHABLE, str(error))
    kind = _STATUSES.get(error.status, BUSY if error.status >= 500 else OTHER)
    # A 5xx other than 503 is a mistake of the service or of a proxy before it: it may pass, too.
    return ServiceError(kind, f"{error.message} (HTTP status {error.status})", error.retry_after_seconds)


def _understood(read: Callable[[Any], _T], body: Any) -> _T:
    try:
        return read(body)
    except NotUnderstood as error:
        raise ServiceError(OTHER, f"The service's answer is not understood: {error}.") from None
    except (KeyError, TypeError, ValueError) as error:
        raise ServiceError(
            OTHER, f"The service's answer is not understood ({type(error).__name__}): is its URL right?"
        ) from None


def _polled(body: Any) -> Polled:
    configuration = body["configuration"]
    return Polled(
        None if configuration is None else Configuration.parse(body["configurationVersion"], configuration),
        tuple(map(Login.parse, body["logins"])),
        bool(body["synchronize"]),
        max(0.0, float(body["again"])),
    )


def _begun(body: Any) -> BegunRun:
    kind, cursor = body["kind"], body["cursor"]
    if kind not in (FULL, INCREMENTAL):
        raise ValueError(kind)
    return BegunRun(int(body["run"]), kind, None if cursor is None or kind == FULL else dict(cursor))


def _ended(body: Any) -> EndedRun:
    stopped = body["stopped"]
    return EndedRun(bool(body["isDone"]), None if stopped is None else str(stopped))
