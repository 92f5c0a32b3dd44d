"""A directory server in memory, for the program of an agent: its entries, its changes and its passwords."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from stormpath.agent.configuration import Configuration, Login
from stormpath.agent.contract import Account, Cursor, CursorInvalid, Group, Outcome, Sink
from stormpath.agent.directory import ACCEPTED, REFUSED, DirectoryError


class MemoryDirectory:
    """A server. Entries change by its methods; each change has a number, which is the cursor."""

    def __init__(self) -> None:
        self.passwords: dict[str, str] = {}
        self.problem: str | None = None
        self.refused_configuration: str | None = None
        self.has_lost_its_changes = False
        self.bound: list[str] = []
        self.configurations: list[Configuration] = []
        #: Where a bind, or a run, waits if it is set.
        self.bind_gate: threading.Event | None = None
        self.run_gate: threading.Event | None = None
        self.run_waits = threading.Event()
        self._entries: dict[str, tuple[int, Account | Group]] = {}
        self._members: dict[str, list[str]] = {}
        self._gone: list[tuple[int, str, str]] = []
        self._now = 0

    def open(self, configuration: Configuration) -> MemoryDirectory:
        if self.refused_configuration is not None:
            raise DirectoryError(self.refused_configuration)
        self.configurations.append(configuration)
        return self

    def add_account(self, id: str, **values: Any) -> None:
        dn = values.pop("dn", f"uid={id},dc=example,dc=test")
        self._now += 1
        account = Account(id, dn, _key(dn), **({"email": f"{id}@example.com"} | values))
        self._entries[id] = self._now, account

    def add_group(self, id: str, members: list[str]) -> None:
        dn = f"cn={id},dc=example,dc=test"
        self._now += 1
        self._entries[id] = self._now, Group(id, dn, _key(dn), id)
        self._members[id] = [f"id:{each}" for each in members]

    def remove(self, id: str) -> None:
        self._now += 1
        _, entry = self._entries.pop(id)
        self._gone.append((self._now, "account" if isinstance(entry, Account) else "group", id))

    def bind(self, login: Login) -> str:
        self.bound.append(login.dn)
        if self.bind_gate is not None:
            self.bind_gate.wait()
        return ACCEPTED if self.passwords.get(login.dn) == login.password else REFUSED

    @contextmanager
    def reader(self) -> Iterator[MemoryDirectory]:
        if self.problem is not None:
            raise DirectoryError(self.problem)
        yield self

    def checks(self) -> Iterator[str]:
        yield "It is in memory."

    def run(self, sink: Sink, cursor: Cursor | None) -> Outcome:
        if cursor is not None and self.has_lost_its_changes:
            raise CursorInvalid("The server has forgotten its changes.")
        since, now = 0 if cursor is None else cursor["number"], self._now
        for number, entry in list(self._entries.values()):
            if number <= since:
                continue
            if isinstance(entry, Account):
                sink.account(entry)
            else:
                sink.group(entry)
                sink.members(entry.id, iter(self._members[entry.id]))
        if self.run_gate is not None:
            self.run_waits.set()
            self.run_gate.wait()
        for number, kind, id in self._gone:
            if number > since and cursor is not None and id not in self._entries:
                sink.gone(kind, id)
        return Outcome({"number": now}, is_complete=cursor is None, report={"tracker": "memory"})


def _key(dn: str) -> str:
    return f"dn:{hashlib.sha256(dn.encode()).hexdigest()[:32]}"
