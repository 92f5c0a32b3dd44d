"""What the cache machine holds against the service after every step, and how it knows what was true when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from hypothesis.stateful import RuleBasedStateMachine, invariant

from end_to_end.cache_world import (
    CUSTOM_DATA,
    LISTS,
    NAMED,
    OWNERS_OF_CUSTOM_DATA,
    TTL,
    Json,
    World,
    as_shown,
    held_by,
    hrefs_in,
    keys_of,
    kind_of,
    loaded,
    resource_at,
    resources_told_by,
    shown,
    unless_gone,
    without_secrets,
)
from stormpath import Client
from stormpath.error import Error
from stormpath.resources import Resource

#: With these the service refuses a call that came too late, or twice, or that leads nowhere.
REFUSED = (400, 404, 409)


class NothingToDo(Exception):
    """What was to be changed is not there."""


class State(NamedTuple):
    """What the service said of a resource from a moment on; None: that there is none."""

    since: float
    fact: Json | None


class Held(NamedTuple):
    """An object that the application holds on to, and what it said of itself when it was loaded."""

    resource: Any
    told: Json


class Claims(RuleBasedStateMachine):
    """Two clients that cache, beside what the service says."""

    def __init__(self, world: World, run: str) -> None:
        super().__init__()
        self.world = world
        self.mark = f" of {run}"
        # By kind, in the order they were made; what is gone stays here.
        self.known: dict[str, dict[str, None]] = {kind: {} for kind in LISTS}
        self.secrets: list[str] = []
        self.held: list[Held] = []
        # What the service says until somebody writes again.
        self._facts: dict[str, Json | None] = {}
        self._history: dict[str, list[State]] = {}
        # Whether all that a client holds was true when it wrote; what it wrote to itself.
        self._writer: Client | None = None
        self._written: list[str] = []
        self._was_true = {id(client): True for client in world.clients}
        world.forget_everything()
        self._tenant = world.witness.tenant.href

    # What there is.

    def client(self, who: int) -> Client:
        return self.world.clients[who % len(self.world.clients)]

    def fact(self, href: str) -> Json | None:
        """Return what the service says of a resource now, or None when it says that there is none."""
        if href not in self._facts:
            fact: Json | None = unless_gone(lambda: self.world.witness.data_store.get_resource(href))
            if fact is not None:
                del fact["sp_http_status"]
                self.learn(fact)
            self._facts[href] = fact
        return self._facts[href]

    def learn(self, answer: Any) -> None:
        """Note what else there is, by the hrefs that somebody was told."""
        for href in hrefs_in(answer):
            self.known.get(kind_of(href), {}).setdefault(href)

    def pick(self, kind: str, number: int) -> str:
        """Return the href of a resource of that kind: now and then one that is gone."""
        known = list(self.known[kind])
        alive = [href for href in known if self.fact(href)] if number % 8 else known
        among = alive or known
        return among[number % len(among)]

    def pick_of(self, kinds: tuple[str, ...], number: int) -> str:
        """Return the href of a resource of one of these kinds."""
        there = [kind for kind in kinds if self.known[kind]]
        return self.pick(there[number % len(there)], number // len(there))

    def _is_ours(self, href: str) -> bool:
        """Whether it may be deleted. What a tenant begins with is protected, and no part of this."""
        fact = self.fact(href)
        return fact is None or kind_of(href) not in NAMED or self.mark in fact["name"]

    def cachable(self) -> Iterator[str]:
        """Yield every href that a cache may hold something under."""
        yield self._tenant
        for kind, known in self.known.items():
            for href in known:
                yield href
                if kind in OWNERS_OF_CUSTOM_DATA:
                    yield f"{href}/{CUSTOM_DATA}"

    # What is done.

    @contextmanager
    def writing(self, client: Client, rule: str, *hrefs: str) -> Iterator[None]:
        """Let a client change the resources at some hrefs, which it then sees as they are.

        It may be refused; then ``rule`` was not done.
        """
        self._writer = client
        self.world.tried[rule] = self.world.tried.get(rule, 0) + 1
        try:
            yield
        except NothingToDo:
            pass
        except Error as refused:
            if refused.status not in REFUSED and "is not a member of" not in str(refused):
                raise
        except ValueError as refused:
            # Helpers that take names say themselves that nobody has one.
            if "there is no" not in str(refused):
                raise
        else:
            self.did(rule)
            self._facts.clear()
            self._written.extend(hrefs)
            for href in hrefs:
                self.is_read_back(client, href)
        finally:
            self._facts.clear()

    def did(self, rule: str) -> None:
        self.world.done[rule] = self.world.done.get(rule, 0) + 1

    def made(self, client: Client, resource: Resource) -> None:
        """Take note of something new, which its maker reads back as it is."""
        self._facts.clear()
        self.learn({"href": resource.href})
        self.is_read_back(client, resource.href)

    # What is claimed.

    def is_read_back(self, client: Client, href: str) -> None:
        """A client sees what it wrote itself."""
        fact = self.fact(href)
        assert self.told(client, href) == (fact and as_shown(client, href, fact))

    def told(self, client: Client, href: str, **options: Any) -> Json | None:
        """Return what a client is told of a resource as an object, or None: that there is none."""
        resource = unless_gone(lambda: loaded(resource_at(client, href, **options)))
        return resource and shown(resource)

    def possible(self, href: str) -> list[Json | None]:
        """Return what may be told of a resource now."""
        current = self.fact(href)
        if self.world.is_shared:
            return [current]
        self._note(href)
        states = self._history[href]
        oldest = self.world.clock.now - TTL
        ended = [*(each.since for each in states[1:]), float("inf")]
        return [state.fact for state, end in zip(states, ended, strict=True) if end > oldest]

    def is_possible(self, answer: Json) -> None:
        """An answer, with all that came expanded in it, is true: now, or where caches differ not long ago."""
        for resource in resources_told_by(answer):
            href = resource["href"]
            bare = without_secrets(resource)
            assert bare in [fact and without_secrets(fact) for fact in self.possible(href)], href

    @invariant()
    def what_is_held_is_true(self) -> None:
        for client in self.world.clients:
            cachable = list(self.cachable())
            assert keys_of(client) <= set(cachable)
            held = {href: value for href in cachable if (value := held_by(client, href))}
            self._holds_no_secret(held)
            true = {href for href, value in held.items() if self._is_true(href, value)}
            stale = held.keys() - true
            if self.world.is_shared:
                assert not stale, self._told_apart(stale, held)
            elif client is self._writer:
                assert not stale & set(self._written), self._told_apart(stale, held)
                # What it could know. Of what another client wrote it knows nothing.
                assert not (stale and self._was_true[id(client)]), self._told_apart(stale, held)
            for href in stale:
                assert held[href] in [fact and without_secrets(fact) for fact in self.possible(href)], href
            self._was_true[id(client)] = not stale
            for href in held:
                self._note(href)
        self._writer = None
        self._written = []

    def _is_true(self, href: str, value: Json) -> bool:
        fact = self.fact(href)
        return fact is not None and value == without_secrets(fact)

    def _told_apart(self, stale: Any, held: dict[str, Json]) -> str:
        return "\n".join(f"{href}\n  held {held[href]}\n  true {self.fact(href)}" for href in stale)

    def _holds_no_secret(self, held: dict[str, Json]) -> None:
        text = repr(held)
        for secret in self.secrets:
            assert secret not in text

    def _note(self, href: str) -> None:
        """Add what the service says now to what it said before."""
        states = self._history.setdefault(href, [])
        fact = self.fact(href)
        if not states or states[-1].fact != fact:
            states.append(State(self.world.clock.now, fact))
