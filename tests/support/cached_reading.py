"""Threads that read and write accounts through one caching client, while its cache servers fail."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from stormpath import Client
from stormpath.cache.cache import Cache
from support.accounts import PASSWORD

THREADS = 4
TURN_SECONDS = 20


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pass_pause(self) -> None:
        """Let the longest pause of a breaker go by."""
        self.now += 16


class Crowd:
    """A client with caches, and two accounts a thread: one that never changes, one that the thread changes.

    Each read is checked: a fixed account against its initial values, its own against what it wrote last.
    """

    def __init__(self, client: Client, uncached: Client, clock: Clock, threads: int = THREADS) -> None:
        self.client = client
        self.clock = clock
        self._uncached = uncached
        self.caches: list[Cache] = list(client.data_store.cache_manager.caches.values())
        for cache in self.caches:
            cache._breaker._clock = clock
        directory = client.directories.create({"name": "Crew"})
        self.fixed = [self._make(directory, f"fixed{n}") for n in range(threads)]
        self.own = [self._make(directory, f"own{n}") for n in range(threads)]
        self.wrong: list[str] = []
        self._turns = [0] * threads
        self._stop = Event()

    @property
    def accounts(self) -> Cache:
        return self.client.data_store.cache_manager.caches["accounts"]

    def count(self, counter: str) -> int:
        """Return the sum of a counter over all regions."""
        return sum(getattr(cache.stats, counter) for cache in self.caches)

    def read_all(self) -> list[str]:
        """Read every account as a new object."""
        return self._names(self.client)

    def said_by_service(self) -> list[str]:
        """Read every account from the service, without a cache."""
        return self._names(self._uncached)

    def is_served(self) -> bool:
        """Say whether the caches answer, and rightly, when the breaker's pause is over.

        They have a second for it: a server too takes a moment to find out that connections were closed.
        """
        for _ in range(20):
            self.clock.pass_pause()
            self.read_all()
            hits = self.accounts.stats.hits
            if self.read_all() != self.said_by_service():
                return False
            if self.accounts.stats.hits > hits:
                return True
            time.sleep(0.05)
        return False

    @contextmanager
    def at_work(self) -> Iterator[Crowd]:
        """Let all threads read and write during the block; fail if a thread read a wrong value."""
        self._stop.clear()
        threads = [Thread(target=self._work, args=(n,)) for n in range(len(self.own))]
        for thread in threads:
            thread.start()
        try:
            self.take_turns(1)
            yield self
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(TURN_SECONDS)
        assert self.wrong == []

    def take_turns(self, turns: int) -> None:
        """Wait until every thread has done so many more turns; or one has failed."""
        until = [done + turns for done in self._turns]
        deadline = time.monotonic() + TURN_SECONDS
        while any(done < goal for done, goal in zip(self._turns, until, strict=True)) and not self.wrong:
            assert time.monotonic() < deadline, f"{self._turns} turns, and no further"
            time.sleep(0.005)

    def _work(self, number: int) -> None:
        try:
            while not self._stop.is_set():
                self._take_turn(number)
                self._turns[number] += 1
        except BaseException as failure:
            self.wrong.append(f"{type(failure).__name__}: {failure}")

    def _take_turn(self, number: int) -> None:
        name = f"Own{number} {self._turns[number]}"
        account: Any = self.client.accounts.get(self.own[number])
        account.given_name = name
        account.save()
        for _ in range(2):
            self._expect(self.own[number], name)
            for other, href in enumerate(self.fixed):
                self._expect(href, f"Fixed{other}")

    def _expect(self, href: str, name: str) -> None:
        read = self.client.accounts.get(href)
        if (read.given_name, read.href) != (name, href):
            self.wrong.append(f"{read.given_name} instead of {name}")

    def _names(self, client: Client) -> list[str]:
        return [str(client.accounts.get(href).given_name) for href in self.fixed + self.own]

    @staticmethod
    def _make(directory: Any, name: str) -> str:
        person = {"given_name": name.title(), "surname": "Crew", "email": f"{name}@example.com"}
        return str(directory.accounts.create({**person, "password": PASSWORD}).href)
