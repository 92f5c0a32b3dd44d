"""The reads of the cache state machine: resources, expansions, lists and memberships."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from end_to_end.cache_invariants import Held, Invariants
from end_to_end.cache_world import (
    CUSTOM_DATA,
    LISTS,
    OWNERS_OF_CUSTOM_DATA,
    as_attributes,
    attributes_of,
    kind_of,
    loaded,
    mutate,
    mutate_resource,
    none_if_not_found,
    resource_at,
    without_secrets,
)
from stormpath import Client
from stormpath.error import Error
from stormpath.resources import Expansion

WHO = st.integers(0, 1)
PICK = st.integers(0, 99)
MOST_HELD = 6

#: By kind, the links that can be expanded. A cache can answer most of them, but no collection.
EXPANSIONS = {
    "accounts": [
        "directory",
        "customData",
        "tenant",
        "groups",
        "groupMemberships",
        "apiKeys",
        "providerData",
    ],
    "groups": ["directory", "customData", "tenant", "accounts", "accountMemberships"],
    "directories": ["customData", "tenant", "accounts", "groups", "provider", "applicationMappings"],
    "applications": [
        "customData",
        "tenant",
        "accounts",
        "accountStoreMappings",
        "defaultAccountStoreMapping",
        "defaultGroupStoreMapping",
    ],
    "organizations": ["customData", "tenant", "defaultAccountStoreMapping", "accountStoreMappings"],
    "groupMemberships": ["account", "group"],
    "accountStoreMappings": ["application", "accountStore"],
    "organizationAccountStoreMappings": ["organization", "accountStore"],
    "apiKeys": ["account", "tenant"],
}
#: By kind, its collections whose items are cached.
COLLECTIONS = {
    "accounts": ["groups", "group_memberships", "api_keys", "applications"],
    "groups": ["accounts", "account_memberships", "applications"],
    "directories": ["accounts", "groups"],
    "applications": ["accounts", "groups", "account_store_mappings"],
    "organizations": ["accounts", "groups", "account_store_mappings"],
}
KINDS_OF_ITEMS = {
    "group_memberships": "groupMemberships",
    "account_memberships": "groupMemberships",
    "api_keys": "apiKeys",
}
KIND = st.sampled_from(list(LISTS))


class Reads(Invariants):
    """Rules that change nothing at the service, even when they change the answers."""

    @rule(who=WHO, kind=KIND, number=PICK, relative=st.booleans(), keeps=st.booleans())
    def read(self, who: int, kind: str, number: int, relative: bool, keeps: bool) -> None:
        if not self.known[kind]:
            return
        client, href = self.client(who), self.pick(kind, number)
        place = href.removeprefix(client.BASE_URL) if relative else href
        resource = none_if_not_found(lambda: loaded(resource_at(client, place)))
        attributes = resource and attributes_of(resource)
        assert attributes in [
            fact and as_attributes(client, href, fact) for fact in self.possible_states(href)
        ]
        if resource is not None and keeps:
            self.held = [*self.held[-MOST_HELD:], Held(resource, attributes_of(resource))]
        elif resource is not None:
            mutate_resource(resource)
        self.count_success("read")

    @rule(who=WHO, kind=st.sampled_from(OWNERS_OF_CUSTOM_DATA), number=PICK)
    def read_custom_data(self, who: int, kind: str, number: int) -> None:
        if not self.known[kind]:
            return
        client, href = self.client(who), f"{self.pick(kind, number)}/{CUSTOM_DATA}"
        custom_data = none_if_not_found(lambda: loaded(resource_at(client, href)))
        attributes = custom_data and attributes_of(custom_data)
        assert attributes in [
            fact and as_attributes(client, href, fact) for fact in self.possible_states(href)
        ]
        if custom_data is not None:
            mutate_resource(custom_data)
            self.count_success("read_custom_data")

    @rule(who=WHO, kinds=st.sets(KIND, min_size=1), with_custom_data=st.booleans())
    def read_everything(self, who: int, kinds: set[str], with_custom_data: bool) -> None:
        client = self.client(who)
        for href in list(self.cacheable()):
            is_wanted = with_custom_data if href.endswith(f"/{CUSTOM_DATA}") else kind_of(href) in kinds
            if is_wanted and self.fact(href):
                self._read_json(client, href)
        self.count_success("read_everything")

    @rule(who=WHO, number=PICK)
    def read_the_tenant(self, who: int, number: int) -> None:
        href = self.world.witness.tenant.href
        client = self.client(who)
        fact = self.fact(href)
        assert fact is not None
        for _ in range(2):
            assert self.read_by(client, href) == as_attributes(client, href, fact)
        assert client.tenant.name == fact["name"]
        self.count_success("read_the_tenant")

    @rule(who=WHO, kind=KIND, number=PICK, of_custom_data=st.booleans())
    def read_the_json(self, who: int, kind: str, number: int, of_custom_data: bool) -> None:
        if not self.known[kind]:
            return
        client, href = self.client(who), self.pick(kind, number)
        if of_custom_data and kind in OWNERS_OF_CUSTOM_DATA:
            href += f"/{CUSTOM_DATA}"
        self._read_json(client, href)
        self.count_success("read_the_json")

    @rule(who=WHO, kind=KIND, number=PICK, names=st.sets(PICK, min_size=1, max_size=3))
    def read_with_an_expansion(self, who: int, kind: str, number: int, names: set[int]) -> None:
        if not self.known[kind]:
            return
        client, href = self.client(who), self.pick(kind, number)
        wanted = sorted({EXPANSIONS[kind][each % len(EXPANSIONS[kind])] for each in names})
        expand = {"expand": ",".join(wanted)}
        answer = none_if_not_found(lambda: client.data_store.get_resource(href, expand))
        if answer is None:
            assert None in self.possible_states(href)
            return
        self.learn(answer)
        if self.world.is_shared:
            true = self.world.witness.data_store.get_resource(href, expand)
            assert without_secrets(answer) == without_secrets(true)
        assert answer.pop("sp_http_status") == 200
        self.check_possible(answer)
        mutate(answer)
        expansion = Expansion(*wanted)
        if self.world.is_shared:
            assert self.read_by(client, href, expand=expansion) == self.read_by(
                self.world.witness, href, expand=expansion
            )
        mutate_resource(loaded(resource_at(client, href, expand=expansion)))
        self.count_success("read_with_an_expansion")

    @rule(who=WHO, kind=st.sampled_from(list(COLLECTIONS)), number=PICK, which=PICK, expands=st.booleans())
    def list_a_collection(self, who: int, kind: str, number: int, which: int, expands: bool) -> None:
        if not self.known[kind]:
            return
        client, href = self.client(who), self.pick(kind, number)
        name = COLLECTIONS[kind][which % len(COLLECTIONS[kind])]
        query = {"expand": self._expansion_of(kind, name, which)} if expands else {}
        self._check_listing(client, href, name, query)

    @rule(
        who=WHO,
        kind=st.sampled_from(["directories", "groups", "applications"]),
        number=PICK,
        text=st.sampled_from(["a", "ada", "first", "z"]),
        status=st.sampled_from([None, "ENABLED", "DISABLED"]),
        expands=st.booleans(),
        limit=st.sampled_from([None, 1, 2]),
    )
    def search(
        self,
        who: int,
        kind: str,
        number: int,
        text: str,
        status: str | None,
        expands: bool,
        limit: int | None,
    ) -> None:
        if not self.known[kind]:
            return
        client, href = self.client(who), self.pick(kind, number)
        query: dict[str, Any] = {"q": text}
        if status is not None:
            query["status"] = status
        if expands:
            query["expand"] = "directory,customData"
        if limit is not None:
            query["limit"] = limit
        self._check_listing(client, href, "accounts", query)

    @rule(who=WHO, account=PICK, group=PICK, by_name=st.booleans())
    def ask_who_is_a_member(self, who: int, account: int, group: int, by_name: bool) -> None:
        if not (self.known["accounts"] and self.known["groups"]):
            return
        of_account, of_group = self.pick("accounts", account), self.pick("groups", group)
        answers = []
        for client in (self.client(who), self.world.witness):
            asked, meant = resource_at(client, of_account), resource_at(client, of_group)
            try:
                answers.append(
                    [
                        asked.has_group(meant.name if by_name else meant),
                        meant.has_account(asked),
                        asked.has_groups([meant]),
                    ]
                )
            except (Error, ValueError) as refused:
                answers.append([type(refused)])
        # A client with its own cache may not find a new name.
        if self.world.is_shared:
            assert answers[0] == answers[1]
        self.count_success("ask_who_is_a_member")

    @precondition(lambda self: self.known["apiKeys"])
    @rule(who=WHO, number=PICK)
    def read_the_secret_of_a_key(self, who: int, number: int) -> None:
        href = self.pick("apiKeys", number)
        fact = self.fact(href)
        if fact is None:
            return
        key = self.client(who).api_keys.get(href)
        assert key.secret == fact["secret"]
        self.count_success("read_the_secret_of_a_key")

    @precondition(lambda self: self.held)
    @rule(number=PICK)
    def look_at_what_was_kept(self, number: int) -> None:
        resource, attributes = self.held[number % len(self.held)]
        assert attributes_of(resource) == attributes
        self.count_success("look_at_what_was_kept")

    @precondition(lambda self: self.held)
    @rule(number=PICK)
    def refresh_what_was_kept(self, number: int) -> None:
        resource, _ = self.held.pop(number % len(self.held))
        fact = self.fact(resource.href)
        is_there = none_if_not_found(lambda: resource.refresh() or True)
        assert (fact is not None) == bool(is_there)
        if fact is not None:
            assert attributes_of(resource) == as_attributes(self.world.witness, resource.href, fact)
            self.held.append(Held(resource, attributes_of(resource)))
        self.count_success("refresh_what_was_kept")

    def _read_json(self, client: Client, href: str) -> None:
        answer = none_if_not_found(lambda: client.data_store.get_resource(href))
        if answer is None:
            assert None in self.possible_states(href)
        else:
            assert answer.pop("sp_http_status") == 200
            self.check_possible(answer)
            mutate(answer)

    def _check_listing(self, client: Client, href: str, name: str, query: dict[str, Any]) -> None:
        def listed(by: Client) -> list[Any]:
            items = getattr(resource_at(by, href), name)
            return list(items.query(**query) if query else items)

        true, items = (none_if_not_found(partial(listed, each)) for each in (self.world.witness, client))
        assert (items is None) == (true is None)
        if items is not None and true is not None:
            assert [attributes_of(item) for item in items] == [attributes_of(item) for item in true]
            for item in items:
                self.learn({"href": item.href})
                mutate_resource(item)
            self.count_success("search" if "q" in query else "list_a_collection")

    def _expansion_of(self, kind: str, name: str, which: int) -> str:
        item = KINDS_OF_ITEMS.get(name, "accountStoreMappings" if name == "account_store_mappings" else name)
        if item == "accountStoreMappings" and kind == "organizations":
            item = "organizationAccountStoreMappings"
        return EXPANSIONS[item][which // 7 % len(EXPANSIONS[item])]
