"""The writes of the cache state machine, through one client or the other."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from end_to_end.cache_invariants import NothingToDo
from end_to_end.cache_reads import PICK, WHO, Reads
from end_to_end.cache_world import (
    CUSTOM_DATA,
    OWNERS_OF_CUSTOM_DATA,
    Json,
    attributes_of,
    mutate,
    resource_at,
)
from end_to_end.service_machine import JSON_VALUES, STATUSES
from service import provider_bodies
from stormpath.resources import Expansion
from support.accounts import PASSWORD

NAMES = st.sampled_from(["ada", "grace", "linus", "Zoë", "o'neil"])
KEYS = st.sampled_from(["likes", "is_admin", "n-1", "a b/c"])
#: Values of custom data, including some that look like a resource or a page.
VALUES = JSON_VALUES | st.sampled_from(
    [{"href": "https://example.com/accounts/x", "name": "x"}, {"items": [{"href": "x"}]}, [[1], {"a": [2]}]]
)
OTHER_PASSWORD = "Otherwise2!"
#: By kind, a text attribute without restrictions.
TEXTS = {
    "accounts": "given_name",
    "groups": "description",
    "directories": "description",
    "applications": "description",
    "organizations": "description",
    "apiKeys": "description",
}
STORES = ("directories", "groups", "organizations")


class Writes(Reads):
    """Rules that change a resource. Each checks at once that the client reads what it wrote."""

    @initialize(who=WHO)
    def begin_with_some_of_each(self, who: int) -> None:
        """Create resources for every rule to work on."""
        self.secrets += [PASSWORD, OTHER_PASSWORD, "the client's secret"]
        refused = self.world.times_refused()
        self.create_an_application(who, "ada", True)
        self.create_a_directory(who, "grace", False)
        for number, name, newest in ((1, "ada", 1), (2, "grace", 1), (1, "linus", 2)):
            self.create_a_group(who, number, name)
            self.create_an_account(who, number, name, {"likes": [number]}, False)
            self.add_a_member(who, newest, newest, 0)
        for number, name in ((1, "ada"), (3, "grace")):
            self.create_an_organization(who, name)
            # The directories come first in this count, then the groups.
            self.map_a_store_to_an_organization(who, number, 2 * number + 1, None, True, False)
            self.map_a_store_to_an_organization(who, number, 2 * number, None, False, False)
        self.map_a_store(who, 1, 1, None, False, False)
        self.map_a_store(who, 1, 2, None, False, True)
        self.create_a_key(who, 1)
        self.create_a_directory(who, "linus", True)
        assert self.world.times_refused() == refused, (self.world.tried, self.world.done)
        self.read_the_tenant(who, 0)
        self.read(who, "accounts", 1, False, True)
        self.read(who, "groups", 1, True, True)

    @rule(who=WHO, name=NAMES, with_directory=st.booleans())
    def create_an_application(self, who: int, name: str, with_directory: bool) -> None:
        client = self.client(who)
        with self.writing(client, "create_an_application"):
            body = {"name": name + self.mark, "authorized_callback_uris": ["https://example.com/a"]}
            created = client.applications.create(body, create_directory=with_directory)
            self.check_created(client, created)

    @rule(who=WHO, name=NAMES, of_google=st.booleans())
    def create_a_directory(self, who: int, name: str, of_google: bool) -> None:
        client = self.client(who)
        body: Json = {"name": name + self.mark, "custom_data": {"likes": [name]}}
        if of_google:
            body["provider"] = provider_bodies.social()
        with self.writing(client, "create_a_directory"):
            self.check_created(client, client.directories.create(body))
            mutate(body)

    @rule(who=WHO, name=NAMES)
    def create_an_organization(self, who: int, name: str) -> None:
        client = self.client(who)
        key = "".join(each for each in (name + self.mark).lower() if each.isascii() and each.isalnum())
        with self.writing(client, "create_an_organization"):
            self.check_created(
                client, client.organizations.create({"name": name + self.mark, "name_key": key})
            )

    @rule(who=WHO, number=PICK, name=NAMES)
    def create_a_group(self, who: int, number: int, name: str) -> None:
        client = self.client(who)
        owner = resource_at(client, self.pick_of(("directories", "applications"), number))
        with self.writing(client, "create_a_group"):
            self.check_created(
                client, owner.groups.create({"name": name, "custom_data": {"likes": {"a": []}}})
            )

    @rule(
        who=WHO,
        number=PICK,
        name=NAMES,
        custom_data=st.dictionaries(KEYS, VALUES, max_size=2),
        expands=st.booleans(),
    )
    def create_an_account(self, who: int, number: int, name: str, custom_data: Json, expands: bool) -> None:
        client = self.client(who)
        owner = resource_at(client, self.pick_of(("directories", "applications", "organizations"), number))
        custom_data = deepcopy(custom_data)
        body = {"email": f"{name}@example.com", "password": PASSWORD, "surname": "First"}
        expand = Expansion("custom_data", "directory") if expands else None
        with self.writing(client, "create_an_account"):
            created = owner.accounts.create({**body, "custom_data": custom_data}, expand=expand)
            self.check_created(client, created)
            self.check_read_back(client, f"{created.href}/{CUSTOM_DATA}")
            mutate(custom_data)

    @precondition(lambda self: self.known["accounts"])
    @rule(who=WHO, number=PICK)
    def create_a_key(self, who: int, number: int) -> None:
        client = self.client(who)
        account = resource_at(client, self.pick("accounts", number))
        with self.writing(client, "create_a_key"):
            key = account.api_keys.create()
            self.secrets.append(key.secret)
            self.check_created(client, key)

    @rule(who=WHO, kind=st.sampled_from(list(TEXTS)), number=PICK, text=NAMES, status=st.none() | STATUSES)
    def change(self, who: int, kind: str, number: int, text: str, status: str | None) -> None:
        if not self.known[kind]:
            return
        client, href = self.client(who), self.pick(kind, number)
        resource = resource_at(client, href)
        with self.writing(client, "change", href):
            setattr(resource, TEXTS[kind], text)
            if status is not None:
                resource.status = status
            resource.save()

    @rule(
        who=WHO,
        kind=st.sampled_from(["accounts", "groups", "directories", "applications"]),
        number=PICK,
        name=NAMES,
    )
    def rename(self, who: int, kind: str, number: int, name: str) -> None:
        if not self.known[kind]:
            return
        client, href = self.client(who), self.pick(kind, number)
        resource = resource_at(client, href)
        with self.writing(client, "rename", href):
            if kind == "accounts":
                resource.username = name
            else:
                resource.name = name if kind == "groups" else name + self.mark
            resource.save()

    @rule(who=WHO, number=PICK, text=NAMES)
    def edit_a_list_in_place(self, who: int, number: int, text: str) -> None:
        client, href = self.client(who), self.pick("applications", number)
        application = resource_at(client, href)
        with self.writing(client, "edit_a_list_in_place", href):
            application.authorized_callback_uris.append(f"https://example.com/{len(text)}")
            application.save()

    @precondition(lambda self: self.held)
    @rule(number=PICK, text=NAMES)
    def save_what_was_kept(self, number: int, text: str) -> None:
        resource, _ = self.held.pop(number % len(self.held))
        name = TEXTS.get(resource.href.split("/")[-2])
        client = resource._client
        if name is None:
            return
        with self.writing(client, "save_what_was_kept", resource.href):
            setattr(resource, name, text)
            resource.save()
            self._facts.clear()
            fact = self.fact(resource.href)
            assert fact is not None
            assert attributes_of(resource)[name] == text

    @precondition(lambda self: self.known["accounts"])
    @rule(who=WHO, number=PICK, password=st.sampled_from([PASSWORD, OTHER_PASSWORD]))
    def change_a_password(self, who: int, number: int, password: str) -> None:
        client, href = self.client(who), self.pick("accounts", number)
        account = resource_at(client, href)
        with self.writing(client, "change_a_password", href):
            account.password = password
            account.save()

    @precondition(lambda self: self.known["accounts"])
    @rule(who=WHO, application=PICK, number=PICK, password=st.sampled_from([PASSWORD, OTHER_PASSWORD]))
    def log_in(self, who: int, application: int, number: int, password: str) -> None:
        client, href = self.client(who), self.pick("applications", application)
        if self.fact(href) is None:
            return
        members = list(resource_at(self.world.witness, href).accounts)
        if not members:
            return
        email = members[number % len(members)].email
        with self.writing(client, "log_in"):
            place = resource_at(client, href)
            account = place.authenticate_account(email, password, expand=Expansion("account")).account
            self.check_created(client, account)

    @rule(
        who=WHO,
        kind=st.sampled_from(OWNERS_OF_CUSTOM_DATA),
        number=PICK,
        key=KEYS,
        value=VALUES,
        with_owner=st.booleans(),
    )
    def set_custom_data(
        self, who: int, kind: str, number: int, key: str, value: Any, with_owner: bool
    ) -> None:
        if not self.known[kind]:
            return
        client, href = self.client(who), self.pick(kind, number)
        owner, value = resource_at(client, href), deepcopy(value)
        with self.writing(client, "set_custom_data", *self._saved(href, with_owner)):
            owner.custom_data[key] = value
            (owner if with_owner else owner.custom_data).save()
            mutate(value)

    @rule(who=WHO, kind=st.sampled_from(OWNERS_OF_CUSTOM_DATA), number=PICK, with_owner=st.booleans())
    def edit_custom_data_in_place(self, who: int, kind: str, number: int, with_owner: bool) -> None:
        if not self.known[kind]:
            return
        client, href = self.client(who), self.pick(kind, number)
        owner = resource_at(client, href)
        with self.writing(client, "edit_custom_data_in_place", *self._saved(href, with_owner)):
            values = [value for value in owner.custom_data.values() if isinstance(value, list | dict)]
            if not values:
                raise NothingToDo
            for value in values:
                if isinstance(value, list):
                    value.append(len(value))
                else:
                    value["nested"] = [*value.get("nested", []), 1]
            (owner if with_owner else owner.custom_data).save()

    @rule(
        who=WHO,
        kind=st.sampled_from(OWNERS_OF_CUSTOM_DATA),
        number=PICK,
        which=PICK,
        with_owner=st.booleans(),
    )
    def delete_a_key_of_custom_data(
        self, who: int, kind: str, number: int, which: int, with_owner: bool
    ) -> None:
        if not self.known[kind]:
            return
        client, href = self.client(who), self.pick(kind, number)
        owner = resource_at(client, href)
        with self.writing(client, "delete_a_key_of_custom_data", *self._saved(href, with_owner)):
            keys = [each for each in owner.custom_data if each not in ("created_at", "modified_at")]
            if not keys:
                raise NothingToDo
            key = keys[which % len(keys)]
            del owner.custom_data[key]
            (owner if with_owner else owner.custom_data).save()

    @rule(who=WHO, kind=st.sampled_from(OWNERS_OF_CUSTOM_DATA), number=PICK)
    def clear_custom_data(self, who: int, kind: str, number: int) -> None:
        if not self.known[kind]:
            return
        client, href = self.client(who), self.pick(kind, number)
        with self.writing(client, "clear_custom_data", f"{href}/{CUSTOM_DATA}"):
            resource_at(client, href).custom_data.delete()

    def _saved(self, owner: str, with_owner: bool) -> list[str]:
        return [f"{owner}/{CUSTOM_DATA}", *([owner] if with_owner else [])]

    @precondition(lambda self: self.known["accounts"] and self.known["groups"])
    @rule(who=WHO, account=PICK, group=PICK, how=st.integers(0, 3))
    def add_a_member(self, who: int, account: int, group: int, how: int) -> None:
        client = self.client(who)
        member = resource_at(client, self.pick("accounts", account))
        team = resource_at(client, self.pick("groups", group))
        with self.writing(client, "add_a_member"):
            if how == 0:
                created = member.add_group(team)
            elif how == 1:
                created = team.add_account(member.href)
            elif how == 2:
                created = member.add_group(team.name)
            else:
                created = client.group_memberships.create({"account": member, "group": team})
            self.check_created(client, created)

    @precondition(lambda self: self.known["groupMemberships"])
    @rule(who=WHO, number=PICK, how=st.integers(0, 2))
    def remove_a_member(self, who: int, number: int, how: int) -> None:
        client, href = self.client(who), self.pick("groupMemberships", number)
        fact = self.fact(href)
        with self.writing(client, "remove_a_member", href):
            if how == 0 or fact is None:
                client.group_memberships.get(href).delete()
            else:
                member = resource_at(client, fact["account"]["href"])
                team = resource_at(client, fact["group"]["href"])
                if how == 1:
                    member.remove_group(team)
                else:
                    team.remove_account(member)

    @rule(
        who=WHO,
        number=PICK,
        store=PICK,
        index=st.none() | st.integers(0, 3),
        of_accounts=st.booleans(),
        of_groups=st.booleans(),
    )
    def map_a_store(
        self, who: int, number: int, store: int, index: int | None, of_accounts: bool, of_groups: bool
    ) -> None:
        client, owner = self.client(who), self.pick("applications", number)
        with self.writing(client, "map_a_store", owner):
            body = {
                "application": resource_at(client, owner),
                "account_store": resource_at(client, self.pick_of(STORES, store)),
                "is_default_account_store": of_accounts,
                "is_default_group_store": of_groups,
            } | ({} if index is None else {"list_index": index})
            self.check_created(client, client.account_store_mappings.create(body))

    @precondition(lambda self: self.known["organizations"])
    @rule(
        who=WHO,
        number=PICK,
        store=PICK,
        index=st.none() | st.integers(0, 3),
        of_accounts=st.booleans(),
        of_groups=st.booleans(),
    )
    def map_a_store_to_an_organization(
        self, who: int, number: int, store: int, index: int | None, of_accounts: bool, of_groups: bool
    ) -> None:
        client, owner = self.client(who), self.pick("organizations", number)
        with self.writing(client, "map_a_store_to_an_organization", owner):
            body = {
                "organization": resource_at(client, owner),
                "account_store": resource_at(client, self.pick_of(STORES[:2], store)),
                "is_default_account_store": of_accounts,
                "is_default_group_store": of_groups,
            } | ({} if index is None else {"list_index": index})
            self.check_created(client, client.organization_account_store_mappings.create(body))

    @rule(
        who=WHO,
        number=PICK,
        index=st.none() | st.integers(0, 3),
        of_accounts=st.none() | st.booleans(),
        of_groups=st.none() | st.booleans(),
        of_organization=st.booleans(),
    )
    def change_a_mapping(
        self,
        who: int,
        number: int,
        index: int | None,
        of_accounts: bool | None,
        of_groups: bool | None,
        of_organization: bool,
    ) -> None:
        kind = "organizationAccountStoreMappings" if of_organization else "accountStoreMappings"
        if not self.known[kind]:
            return
        client, href = self.client(who), self.pick(kind, number)
        mapping = resource_at(client, href)
        with self.writing(client, "change_a_mapping", href):
            for name, value in (
                ("list_index", index),
                ("is_default_account_store", of_accounts),
                ("is_default_group_store", of_groups),
            ):
                if value is not None:
                    setattr(mapping, name, value)
            mapping.save()
