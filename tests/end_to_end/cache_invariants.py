"""The invariants of the cache state machine: after every step, caches agree with the service."""

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
    as_attributes,
    attributes_of,
    cached_keys,
    cached_value,
    hrefs_in,
    kind_of,
    loaded,
    none_if_not_found,
    resource_at,
    resources_in,
    without_secrets,
)
from stormpath import Client
from stormpath.error import Error
from stormpath.resources import Resource

#: Statuses of a call that came too late, was repeated, or has an invalid target.
REFUSAL_STATUSES = (400, 404, 409)


class NothingToDo(Exception):
    """There is nothing to change."""


class State(NamedTuple):
    """The state of a resource at the service from a time on; None: it does not exist."""

    since: float
    fact: Json | None


class Held(NamedTuple):
    """An object that the application keeps, and its attributes when it was loaded."""

    resource: Any
    attributes: Json


class Invariants(RuleBasedStateMachine):
    """Two clients that cache, compared with the service."""

    def __init__(self, world: World, run: str) -> None:
        super().__init__()
        self.world = world
        self.mark = f" of {run}"
        # By kind, in the order of creation; deleted resources stay here.
        self.known: dict[str, dict[str, None]] = {kind: {} for kind in LISTS}
        self.secrets: list[str] = []
        self.held: list[Held] = []
        # The state at the service, until the next write.
        self._facts: dict[str, Json | None] = {}
        self._history: dict[str, list[State]] = {}
        # Whether everything in a client's cache was current when it last wrote; the hrefs that it wrote to.
        self._writer: Client | None = None
        self._written: list[str] = []
        self._was_true = {id(client): True for client in world.clients}
        world.clear_caches()
        self._tenant = world.witness.tenant.href

    def client(self, who: int) -> Client:
        return self.world.clients[who % len(self.world.clients)]

    def fact(self, href: str) -> Json | None:
        """Return the current state of a resource at the service, or None if it does not exist."""
        if href not in self._facts:
            fact: Json | None = none_if_not_found(lambda: self.world.witness.data_store.get_resource(href))
            if fact is not None:
                del fact["sp_http_status"]
                self.learn(fact)
            self._facts[href] = fact
        return self._facts[href]

    def learn(self, answer: Any) -> None:
        """Note further resources, by the hrefs in an answer."""
        for href in hrefs_in(answer):
            self.known.get(kind_of(href), {}).setdefault(href)

    def pick(self, kind: str, number: int) -> str:
        """Return the href of a resource of that kind; one time in eight it may be deleted."""
        known = list(self.known[kind])
        alive = [href for href in known if self.fact(href)] if number % 8 else known
        among = alive or known
        return among[number % len(among)]

    def pick_of(self, kinds: tuple[str, ...], number: int) -> str:
        """Return the href of a resource of one of these kinds."""
        there = [kind for kind in kinds if self.known[kind]]
        return self.pick(there[number % len(there)], number // len(there))

    def _is_deletable(self, href: str) -> bool:
        """Return whether it may be deleted. The resources that a tenant begins with are protected."""
        fact = self.fact(href)
        return fact is None or kind_of(href) not in NAMED or self.mark in fact["name"]

    def cacheable(self) -> Iterator[str]:
        """Yield every href that may be a key of a cache."""
        yield self._tenant
        for kind, known in self.known.items():
            for href in known:
                yield href
                if kind in OWNERS_OF_CUSTOM_DATA:
                    yield f"{href}/{CUSTOM_DATA}"

    @contextmanager
    def writing(self, client: Client, rule: str, *hrefs: str) -> Iterator[None]:
        """Let a client change the resources at some hrefs, and check that it reads their new state.

        It may be refused; then ``rule`` was not done.
        """
        self._writer = client
        self.world.tried[rule] = self.world.tried.get(rule, 0) + 1
        try:
            yield
        except NothingToDo:
            pass
        except Error as refused:
            if refused.status not in REFUSAL_STATUSES and "is not a member of" not in str(refused):
                raise
        except ValueError as refused:
            # Methods that take names raise this for an unknown name.
            if "there is no" not in str(refused):
                raise
        else:
            self.count_success(rule)
            self._facts.clear()
            self._written.extend(hrefs)
            for href in hrefs:
                self.check_read_back(client, href)
        finally:
            self._facts.clear()

    def count_success(self, rule: str) -> None:
        self.world.done[rule] = self.world.done.get(rule, 0) + 1

    def check_created(self, client: Client, resource: Resource) -> None:
        """Note a new resource, and check that its creator reads its state."""
        self._facts.clear()
        self.learn({"href": resource.href})
        self.check_read_back(client, resource.href)

    def check_read_back(self, client: Client, href: str) -> None:
        """Check that a client reads what it wrote itself."""
        fact = self.fact(href)
        assert self.read_by(client, href) == (fact and as_attributes(client, href, fact))

    def read_by(self, client: Client, href: str, **options: Any) -> Json | None:
        """Return the attributes of a resource as a client reads them, or None if it does not exist."""
        resource = none_if_not_found(lambda: loaded(resource_at(client, href, **options)))
        return resource and attributes_of(resource)

    def possible_states(self, href: str) -> list[Json | None]:
        """Return the states of a resource that a client may read now."""
        current = self.fact(href)
        if self.world.is_shared:
            return [current]
        self._note(href)
        states = self._history[href]
        oldest = self.world.clock.now - TTL
        ended = [*(each.since for each in states[1:]), float("inf")]
        return [state.fact for state, end in zip(states, ended, strict=True) if end > oldest]

    def check_possible(self, answer: Json) -> None:
        """Check that an answer and its expanded parts are current, or are older by the ttl at most."""
        for resource in resources_in(answer):
            href = resource["href"]
            bare = without_secrets(resource)
            assert bare in [fact and without_secrets(fact) for fact in self.possible_states(href)], href

    @invariant()
    def cached_values_are_current(self) -> None:
        for client in self.world.clients:
            cacheable = list(self.cacheable())
            assert cached_keys(client) <= set(cacheable)
            held = {href: value for href in cacheable if (value := cached_value(client, href))}
            self._check_no_secret(held)
            true = {href for href, value in held.items() if self._is_true(href, value)}
            stale = held.keys() - true
            if self.world.is_shared:
                assert not stale, self._difference(stale, held)
            elif client is self._writer:
                assert not stale & set(self._written), self._difference(stale, held)
                # A client cannot know what another one wrote.
                assert not (stale and self._was_true[id(client)]), self._difference(stale, held)
            for href in stale:
                assert held[href] in [
                    fact and without_secrets(fact) for fact in self.possible_states(href)
                ], href
            self._was_true[id(client)] = not stale
            for href in held:
                self._note(href)
        self._writer = None
        self._written = []

    def _is_true(self, href: str, value: Json) -> bool:
        fact = self.fact(href)
        return fact is not None and value == without_secrets(fact)

    def _difference(self, stale: Any, held: dict[str, Json]) -> str:
        return "\n".join(f"{href}\n  held {held[href]}\n  true {self.fact(href)}" for href in stale)

    def _check_no_secret(self, held: dict[str, Json]) -> None:
        text = repr(held)
        for secret in self.secrets:
            assert secret not in text

    def _note(self, href: str) -> None:
        """Add the current state at the service to the history of a resource."""
        states = self._history.setdefault(href, [])
        fact = self.fact(href)
        if not states or states[-1].fact != fact:
            states.append(State(self.world.clock.now, fact))
