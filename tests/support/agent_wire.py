"""The service as its agents see it, in memory: the wire of ``docs/agent_protocol.rst`` without a database."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from stormpath.embedded import EmbeddedExecutor

BASE_URL = "https://id.example.com/v1"
AGENT_ID, KEY = "agent1", "the-key-of-the-agent"

CONFIG = {
    "directoryHost": "127.0.0.1",
    "directoryPort": 389,
    "sslRequired": False,
    "agentUserDn": "cn=agent,dc=example,dc=test",
    "agentUserDnPassword": "secret of the agent",
    "baseDn": "dc=example,dc=test",
    "pollInterval": 60,
    "accountConfig": {},
    "groupConfig": {},
}


class AgentWire:
    """A WSGI app. ``accounts``, ``groups`` and ``members`` are what the runs that ended have left.

    ``failures`` are answers (path, status, headers) that come first, each once.
    """

    def __init__(self) -> None:
        self.key = KEY
        self.version = "version-1"
        self.config: dict[str, Any] = dict(CONFIG)
        self.kind = "ldap"
        self.accounts: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, dict[str, Any]] = {}
        self.members: dict[str, list[str]] = {}
        self.cursor: dict[str, Any] | None = None
        self.cursor_version: str | None = None
        self.failures: list[tuple[str, int, dict[str, str]]] = []
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.outcomes: dict[str, str] = {}
        self.polls: list[dict[str, Any]] = []
        self.runs: list[dict[str, Any]] = []
        self.ended: list[dict[str, Any]] = []
        self.stops_with: str | None = None
        self.holder: str | None = None
        self.is_closed = False
        self._wants_run = False
        self._waiting: list[dict[str, Any]] = []
        self._seen: set[tuple[str, str]] = set()
        self.changed = threading.Condition()

    @property
    def status(self) -> dict[str, Any]:
        """What the last poll said of the agent."""
        return self.polls[-1]["status"] if self.polls else {"state": None, "reason": None}

    def executor(self, key: str = KEY) -> EmbeddedExecutor:
        return EmbeddedExecutor(self, BASE_URL, AGENT_ID, key)

    def asks_for_a_run(self) -> None:
        with self.changed:
            self._wants_run = True
            self.changed.notify_all()

    def changes_configuration(self, version: str, **config: Any) -> None:
        with self.changed:
            self.version = version
            self.config |= config
            self.changed.notify_all()

    def login(self, id: str, dn: str, password: str, seconds: float = 8, entry_id: str | None = None) -> None:
        body = {"id": id, "entryId": entry_id, "dn": dn, "password": password, "seconds": seconds}
        with self.changed:
            self._waiting.append(body)
            self.changed.notify_all()

    def closes(self) -> None:
        """End the polls that wait."""
        with self.changed:
            self.is_closed = True
            self.changed.notify_all()

    def waits_for(self, condition: Callable[[], Any], seconds: float = 20) -> Any:
        """Return the value of a condition on this object as soon as it is true."""
        with self.changed:
            assert self.changed.wait_for(condition, seconds), "It never came true."
            return condition()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"].removeprefix("/v1")
        body = json.loads(environ["wsgi.input"].read())
        status, headers, answer = self._answer(environ, path, body)
        with self.changed:
            self.changed.notify_all()
        start_response(f"{status} -", [("Content-Type", "application/json"), *headers.items()])
        return [json.dumps(answer).encode()]

    def _answer(
        self, environ: dict[str, Any], path: str, body: dict[str, Any]
    ) -> tuple[int, dict[str, str], Any]:
        credentials = base64.b64encode(f"{AGENT_ID}:{self.key}".encode()).decode()
        if environ["HTTP_AUTHORIZATION"] != f"Basic {credentials}":
            return 401, {}, {"status": 401, "code": 401, "message": "Authentication required."}
        with self.changed:
            self.requests.append((path, body))
            failure = next((each for each in self.failures if each[0] == path), None)
            if failure is not None:
                self.failures.remove(failure)
                return failure[1], failure[2], {"status": failure[1], "message": "It fails."}
            work: Callable[[dict[str, Any]], Any] = {
                "/agent/poll": self._poll,
                "/agent/logins": self._take_outcomes,
                "/agent/runs": self._begin,
                "/agent/runs/entries": self._take,
                "/agent/runs/end": self._end,
            }[path]
            answer = work(body)
        if answer is None:
            return 409, {}, {"status": 409, "code": 409, "message": "Another process is at work."}
        return 200, {}, answer

    def _poll(self, body: dict[str, Any]) -> dict[str, Any]:
        self.polls.append(body)
        self.changed.notify_all()
        until = time.monotonic() + body["wait"]

        def is_news() -> bool:
            has_login = bool(body["logins"] and self._waiting)
            return self.is_closed or has_login or self._wants_run or body["configuration"] != self.version

        self.changed.wait_for(is_news, until - time.monotonic())
        logins, self._waiting = self._waiting[: body["logins"]], self._waiting[body["logins"] :]
        wants_run, self._wants_run = self._wants_run, False
        configuration = {
            "directory": "directory1",
            "kind": self.kind,
            "hashSchemes": ["{SSHA}"],
            "config": self.config,
        }
        return {
            "configuration": None if body["configuration"] == self.version else configuration,
            "configurationVersion": self.version,
            "logins": logins,
            "synchronize": wants_run,
            "again": 0,
        }

    def _take_outcomes(self, body: dict[str, Any]) -> dict[str, Any]:
        self.outcomes |= {each["id"]: each["outcome"] for each in body["results"]}
        return {"taken": len(body["results"])}

    def _begin(self, body: dict[str, Any]) -> dict[str, Any] | None:
        if body["configuration"] != self.version or self.holder not in (None, body["process"]):
            return None
        is_known = self.cursor is not None and self.cursor_version == self.version
        kind = body["kind"] if is_known else "full"
        self._seen = set()
        self.runs.append({**body, "kind": kind})
        return {
            "run": len(self.runs),
            "kind": kind,
            "cursor": self.cursor if kind == "incremental" else None,
        }

    def _take(self, body: dict[str, Any]) -> dict[str, Any] | None:
        if body["run"] != len(self.runs):
            return None
        for kind, store in (("account", self.accounts), ("group", self.groups)):
            for each in body.get(f"{kind}s", ()):
                store[each["id"]] = each
                self._seen.add((kind, each["id"]))
            self._seen |= {(kind, each) for each in body.get("present", {}).get(kind, ())}
            for id in body.get("gone", {}).get(kind, ()):
                store.pop(id, None)
        for each in body.get("members", ()):
            keys = [] if each["isFirst"] else self.members[each["group"]]
            self.members[each["group"]] = keys + each["keys"]
        return {"problems": 0}

    def _end(self, body: dict[str, Any]) -> dict[str, Any] | None:
        if body["run"] != len(self.runs):
            return None
        if self.stops_with is not None:
            return {"isDone": True, "stopped": self.stops_with}
        if body["isComplete"]:
            for kind, store in (("account", self.accounts), ("group", self.groups)):
                for id in [each for each in store if (kind, each) not in self._seen]:
                    del store[id]
        self.cursor, self.cursor_version = body["cursor"], self.version
        self.ended.append(body)
        return {"isDone": True, "stopped": None}
