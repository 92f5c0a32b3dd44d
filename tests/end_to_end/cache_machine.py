"""The complete cache state machine: deletions, the passing of time, and the end of each sequence."""

from __future__ import annotations

import sys

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from end_to_end.cache_reads import EXPANSIONS, PICK, WHO
from end_to_end.cache_workflows import Workflows
from end_to_end.cache_world import (
    CUSTOM_DATA,
    LISTS,
    NAMED,
    OWNERS_OF_CUSTOM_DATA,
    TTL,
    kind_of,
    resource_at,
)
from end_to_end.cache_writes import TEXTS

PARTS = ("groupMemberships", "apiKeys", "accountStoreMappings", "organizationAccountStoreMappings")


class CacheMachine(Workflows):
    """All rules of the cache state machine."""

    @rule(who=WHO, kind=st.sampled_from(PARTS), number=PICK, again=st.booleans())
    def delete_a_part(self, who: int, kind: str, number: int, again: bool) -> None:
        if self.known[kind]:
            self._delete("delete_a_part", who, self.pick(kind, number), again)

    @rule(who=WHO, kind=st.sampled_from(["accounts", "groups"]), number=PICK, again=st.booleans())
    def delete_what_has_memberships(self, who: int, kind: str, number: int, again: bool) -> None:
        if self.known[kind]:
            self._delete("delete_what_has_memberships", who, self.pick(kind, number), again)

    @rule(who=WHO, kind=st.sampled_from(NAMED), number=PICK, again=st.booleans())
    def delete_what_has_mappings(self, who: int, kind: str, number: int, again: bool) -> None:
        href = self.pick(kind, number) if self.known[kind] else ""
        if href and self._is_deletable(href):
            self._delete("delete_what_has_mappings", who, href, again)

    def _delete(self, rule: str, who: int, href: str, again: bool) -> None:
        client, kind = self.client(who), kind_of(href)
        resource = resource_at(client, href)
        written = [href, f"{href}/{CUSTOM_DATA}"] if kind in OWNERS_OF_CUSTOM_DATA else [href]
        with self.writing(client, rule, *written):
            resource.delete()
        if again:
            with self.writing(client, "delete_again"):
                resource.delete()

    @precondition(lambda self: not self.world.is_shared)
    @rule(seconds=st.sampled_from([1.0, TTL / 2, TTL - 1, TTL]), reads=st.booleans())
    def wait(self, seconds: float, reads: bool) -> None:
        self.world.clock.now += seconds
        for who in range(2 * reads):
            # Reading an entry does not extend its ttl.
            self.read_everything(who, set(LISTS), True)
        self.count_success("wait")

    def teardown(self) -> None:
        try:
            # After a failure, these checks would only hide its cause.
            if sys.exc_info()[0] is None:
                self.check_changes_within_ttl()
                self.use_every_workflow()
                self.delete_some_of_each()
        finally:
            self._delete_all()

    def check_changes_within_ttl(self) -> None:
        """Let one client change what the other has cached and reads repeatedly within the ttl."""
        self.read_everything(0, set(LISTS), True)
        for kind in TEXTS:
            self.read(0, kind, 1, False, True)
            for number in range(1, 4):
                self.change(1, kind, number, "ada", None)
        if self.held:
            self.refresh_what_was_kept(len(self.held) - 1)
        if self.world.is_shared:
            return
        for _ in range(3):
            self.wait(TTL / 2, True)
            for kind, wanted in EXPANSIONS.items():
                self.read_with_an_expansion(0, kind, 1, {wanted.index("tenant") if "tenant" in wanted else 0})
            self.cached_values_are_current()

    def delete_some_of_each(self) -> None:
        """Delete resources with many dependants, while all of these are cached."""
        for number, kind in enumerate((*PARTS, "groups", "organizations", "accounts", *NAMED)):
            alive = [href for href in self.known[kind] if self.fact(href) and self._is_deletable(href)]
            for href in alive[:1]:
                for who in range(2):
                    self.read_everything(who, set(LISTS), True)
                self._delete("delete_some_of_each", number, href, number % 2 == 0)
                self.cached_values_are_current()

    def _delete_all(self) -> None:
        witness = self.world.witness
        for kind in NAMED:
            for href in self.known[kind]:
                if self.fact(href) and self._is_deletable(href):
                    resource_at(witness, href).delete()
