"""Any sequence of calls leaves the service as it leaves a plain Python model of it.

Hypothesis makes up the sequences, the same ones in every run; each runs embedded and served, on both
databases.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from end_to_end import model
from end_to_end.model import DISABLED, ENABLED, Model, Refused, ordered
from stormpath import Client
from stormpath.error import Error
from support.accounts import PASSWORD

#: Few, so that they meet again; some of them differ in letter case only.
NAMES = st.sampled_from(
    ["ada", "Ada", "grace", "GRACE", "linus", "Zoë", "zoë", "o'neil", "100%", "a_b", "a*b"]
)
PARTS = st.sampled_from(["Ada", "king", "de la Cruz", "Ærø"]) | st.none()
TEXTS = st.sampled_from(["", "first", "Second", "third"]) | st.none()
STATUSES = st.sampled_from([ENABLED, DISABLED])
PICK = st.integers(0, 99)
INDEXES = st.integers(-1, 6) | st.none()
KEYS = st.sampled_from(["likes", "Likes", "is_admin", "n-1", "givenName"])
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5) | st.just(2.5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)

#: What organizations are called at the start, and their keys, which are parts of host names.
NAMED = ["ada", "grace", "linus", "joan", "mary"]
KEYS_OF_ORGANIZATIONS = st.sampled_from([*NAMED, "ADA", "Grace"])

_runs = itertools.count(1)


class Service(RuleBasedStateMachine):
    """The service, by way of the SDK, beside its model; each run has an application and directories."""

    def __init__(self, client: Client, run: str) -> None:
        super().__init__()
        self.client = client
        self.model = Model()
        # What a tenant has only one of carries the mark of this run.
        self.mark = f" of {run}"
        self.application = client.applications.create({"name": f"Machine{self.mark}"})

    @initialize(mapped=st.permutations(range(5)), count=st.integers(1, 5))
    def begin_with_some_of_each(self, mapped: list[int], count: int) -> None:
        """Make a world in which every rule has something to work on."""
        for number, name in enumerate(("ada", "grace")):
            self.create_directory(name, None)
            self.create_group(number, name, "first")
            for email in ("linus", "zoë"):
                self.create_account(number, f"{name}-{email}", email, "Ada", None, "likes", 1)
            self.add_a_member(2 * number, number)
        self.create_directory("o'neil", None)
        for pick in mapped[:count]:
            self.map_a_store(pick, None, of_accounts=pick == mapped[0], of_groups=pick < 3)
            self.create_organization(NAMED[pick], NAMED[pick])
            self.map_a_store_to_an_organization(pick, pick + 1, None, of_accounts=True, of_groups=pick < 2)
        self.map_an_organization(0, None, of_accounts=False, of_groups=False)

    def teardown(self) -> None:
        try:
            self.everything_is_as_in_the_model()
        finally:
            for href in self.model.organizations:
                self.client.organizations.get(href).delete()
            for href in self.model.directories:
                self.client.directories.get(href).delete()
            self.application.delete()

    # What is made.

    @rule(name=NAMES, description=TEXTS)
    def create_directory(self, name: str, description: str | None) -> None:
        wanted = model.Directory(name + self.mark, description)
        with self.refusals(self.model.check_free, "directories", "name", wanted.name, None) as is_granted:
            made = self.client.directories.create({"name": wanted.name, "description": description})
        if is_granted:
            self.model.directories[made.href] = wanted

    @precondition(lambda self: self.model.directories)
    @rule(pick=PICK, name=NAMES, description=TEXTS)
    def create_group(self, pick: int, name: str, description: str | None) -> None:
        directory = chosen(self.model.directories, pick)
        wanted = model.Group(directory, name, description)
        with self.refusals(self.model.check_free, "groups", "name", name, directory) as is_granted:
            groups = self.client.directories.get(directory).groups
            made = groups.create({"name": name, "description": description})
        if is_granted:
            self.model.groups[made.href] = wanted

    @precondition(lambda self: self.model.directories)
    @rule(pick=PICK, name=NAMES, email=NAMES, given=PARTS, surname=PARTS, key=KEYS, value=JSON_VALUES)
    def create_account(
        self, pick: int, name: str, email: str, given: str | None, surname: str | None, key: str, value: Any
    ) -> None:
        directory = chosen(self.model.directories, pick)
        wanted = model.Account(directory, name, f"{email}@example.com", given, surname)
        wanted.custom_data = {key: value}
        with self.refusals(self.model.check_account, wanted) as is_granted:
            made = self.client.directories.get(directory).accounts.create(body_of(wanted))
        if is_granted:
            self.model.accounts[made.href] = wanted

    @rule(name=NAMES, key=KEYS_OF_ORGANIZATIONS)
    def create_organization(self, name: str, key: str) -> None:
        wanted = model.Organization(name + self.mark, key + self.mark.replace(" ", "-"))
        with self.refusals(self.model.check_organization, wanted) as is_granted:
            made = self.client.organizations.create({"name": wanted.name, "name_key": wanted.name_key})
        if is_granted:
            self.model.organizations[made.href] = wanted
            self.model.mappings_of[made.href] = {}

    @rule(pick=PICK, name=NAMES, status=STATUSES)
    def create_account_by_way_of_a_default_store(self, pick: int, name: str, status: str) -> None:
        owner = chosen(self.model.mappings_of, pick)
        wanted = model.Account("", name, f"{name}@example.com", status=status)

        def check() -> None:
            store = self.model.account_store(owner)
            wanted.directory = self.model.groups[store].directory if store in self.model.groups else store
            self.model.check_account(wanted)

        with self.refusals(check) as is_granted:
            made = self.owner(owner).accounts.create(body_of(wanted))
        if is_granted:
            self.model.accounts[made.href] = wanted
            store = self.model.account_store(owner)
            if store in self.model.groups:
                self.model.memberships.append((made.href, store))

    @rule(pick=PICK, name=NAMES)
    def create_group_by_way_of_a_default_store(self, pick: int, name: str) -> None:
        owner, store = chosen(self.model.mappings_of, pick), ""

        def check() -> None:
            nonlocal store
            store = self.model.group_store(owner)
            self.model.check_free("groups", "name", name, store)

        with self.refusals(check) as is_granted:
            made = self.owner(owner).groups.create({"name": name})
        if is_granted:
            self.model.groups[made.href] = model.Group(store, name)

    # What is changed.

    @precondition(lambda self: self.model.accounts)
    @rule(pick=PICK, name=NAMES, given=PARTS, surname=PARTS, status=STATUSES)
    def update_account(
        self, pick: int, name: str, given: str | None, surname: str | None, status: str
    ) -> None:
        href = chosen(self.model.accounts, pick)
        wanted = replace(
            self.model.accounts[href], username=name, given_name=given, surname=surname, status=status
        )
        with self.refusals(self.model.check_account, wanted, href) as is_granted:
            account = self.client.accounts.get(href)
            account.username, account.status = name, status
            account.given_name, account.surname = given, surname
            account.save()
            assert account.full_name == wanted.full_name
        if is_granted:
            self.model.accounts[href] = wanted

    @precondition(lambda self: self.model.directories)
    @rule(pick=PICK, name=NAMES, description=TEXTS, status=STATUSES)
    def update_directory(self, pick: int, name: str, description: str | None, status: str) -> None:
        href = self.chosen_store(self.model.directories, pick)
        name += self.mark
        with self.refusals(self.model.check_free, "directories", "name", name, None, href) as is_granted:
            directory = self.client.directories.get(href)
            directory.name, directory.description, directory.status = name, description, status
            directory.save()
        if is_granted:
            self.model.directories[href] = replace(
                self.model.directories[href], name=name, description=description, status=status
            )

    @precondition(lambda self: self.model.groups)
    @rule(pick=PICK, name=NAMES, status=STATUSES)
    def update_group(self, pick: int, name: str, status: str) -> None:
        href = self.chosen_store(self.model.groups, pick)
        known = self.model.groups[href]
        with self.refusals(
            self.model.check_free, "groups", "name", name, known.directory, href
        ) as is_granted:
            group = self.client.groups.get(href)
            group.name, group.status = name, status
            group.save()
        if is_granted:
            self.model.groups[href] = replace(known, name=name, status=status)

    @precondition(lambda self: self.model.organizations)
    @rule(pick=PICK, name=NAMES, key=KEYS_OF_ORGANIZATIONS, status=STATUSES)
    def update_organization(self, pick: int, name: str, key: str, status: str) -> None:
        href = chosen(self.model.organizations, pick)
        wanted = replace(
            self.model.organizations[href],
            name=name + self.mark,
            name_key=key + self.mark.replace(" ", "-"),
            status=status,
        )
        with self.refusals(self.model.check_organization, wanted, href) as is_granted:
            organization = self.client.organizations.get(href)
            organization.name, organization.name_key = wanted.name, wanted.name_key
            organization.status = status
            organization.save()
        if is_granted:
            self.model.organizations[href] = wanted

    @precondition(lambda self: self.model.owners())
    @rule(pick=PICK, key=KEYS, value=JSON_VALUES)
    def set_custom_data(self, pick: int, key: str, value: Any) -> None:
        href = chosen(self.model.owners(), pick)
        custom_data = self.resource(href).custom_data
        custom_data[key] = value
        custom_data.save()
        self.model.owners()[href].custom_data[key] = value

    @precondition(lambda self: self.model.owners())
    @rule(pick=PICK, key=KEYS)
    def delete_a_key_of_custom_data(self, pick: int, key: str) -> None:
        href = chosen(self.model.owners(), pick)
        known = self.model.owners()[href].custom_data
        custom_data = self.resource(href).custom_data
        assert (key in custom_data) == (key in known)
        if key in known:
            del custom_data[key]
            custom_data.save()
            del known[key]

    @precondition(lambda self: self.model.owners())
    @rule(pick=PICK)
    def clear_custom_data(self, pick: int) -> None:
        href = chosen(self.model.owners(), pick)
        self.resource(href).custom_data.delete()
        self.model.owners()[href].custom_data.clear()

    # Who is in which group.

    @precondition(lambda self: self.model.accounts and self.model.groups)
    @rule(account=PICK, group=PICK)
    def add_a_member(self, account: int, group: int) -> None:
        pair = chosen(self.model.accounts, account), chosen(self.model.groups, group)
        with self.refusals(self.model.check_member, *pair) as is_granted:
            self.client.accounts.get(pair[0]).add_group(self.client.groups.get(pair[1]))
        if is_granted:
            self.model.memberships.append(pair)

    @precondition(lambda self: self.model.memberships)
    @rule(pick=PICK)
    def remove_a_member(self, pick: int) -> None:
        pair = self.model.memberships[pick % len(self.model.memberships)]
        self.client.groups.get(pair[1]).remove_account(self.client.accounts.get(pair[0]))
        self.model.memberships.remove(pair)

    # Where the application looks for accounts.

    @precondition(lambda self: self.model.stores())
    @rule(pick=PICK, index=INDEXES, of_accounts=st.booleans(), of_groups=st.booleans())
    def map_a_store(self, pick: int, index: int | None, of_accounts: bool, of_groups: bool) -> None:
        self._map(model.APPLICATION, chosen(self.model.stores(), pick), index, of_accounts, of_groups)

    @precondition(lambda self: self.model.organizations)
    @rule(pick=PICK, index=INDEXES, of_accounts=st.booleans(), of_groups=st.booleans())
    def map_an_organization(self, pick: int, index: int | None, of_accounts: bool, of_groups: bool) -> None:
        self._map(model.APPLICATION, chosen(self.model.organizations, pick), index, of_accounts, of_groups)

    @precondition(lambda self: self.model.organizations and self.model.stores())
    @rule(pick=PICK, store=PICK, index=INDEXES, of_accounts=st.booleans(), of_groups=st.booleans())
    def map_a_store_to_an_organization(
        self, pick: int, store: int, index: int | None, of_accounts: bool, of_groups: bool
    ) -> None:
        organization = chosen(self.model.organizations, pick)
        self._map(organization, chosen(self.model.stores(), store), index, of_accounts, of_groups)

    def _map(self, owner: str, store: str, index: int | None, of_accounts: bool, of_groups: bool) -> None:
        wanted = model.Mapping(store, of_accounts, of_groups)
        body = {
            "organization" if owner else "application": self.owner(owner),
            "account_store": self.resource(store),
            "is_default_account_store": of_accounts,
            "is_default_group_store": of_groups,
        } | ({} if index is None else {"list_index": index})
        with self.refusals(self.model.check_mapping, wanted, owner, is_new=True) as is_granted:
            made = self.mappings(owner).create(body)
        if is_granted:
            self.model.place(made.href, wanted, index, owner)

    @rule(pick=PICK, other=PICK, index=INDEXES, of_accounts=st.booleans(), of_groups=st.booleans())
    def change_a_mapping(
        self, pick: int, other: int, index: int | None, of_accounts: bool, of_groups: bool
    ) -> None:
        owner = chosen(self.model.mappings_of, pick)
        if not self.model.mappings_of[owner]:
            return
        href = chosen(self.model.mappings_of[owner], other)
        wanted = model.Mapping(self.model.mappings_of[owner][href].store, of_accounts, of_groups)
        with self.refusals(self.model.check_mapping, wanted, owner, is_new=False) as is_granted:
            mapping = self.mappings(owner).get(href)
            mapping.is_default_account_store, mapping.is_default_group_store = of_accounts, of_groups
            if index is not None:
                mapping.list_index = index
            mapping.save()
        if is_granted:
            self.model.place(href, wanted, index, owner)

    @rule(pick=PICK, other=PICK)
    def delete_a_mapping(self, pick: int, other: int) -> None:
        owner = chosen(self.model.mappings_of, pick)
        if self.model.mappings_of[owner]:
            href = chosen(self.model.mappings_of[owner], other)
            self.mappings(owner).get(href).delete()
            del self.model.mappings_of[owner][href]

    # What goes.

    @precondition(lambda self: len(self.model.directories) > 1)
    @rule(pick=PICK)
    def delete_a_directory(self, pick: int) -> None:
        href = self.chosen_store(self.model.directories, pick)
        self.client.directories.get(href).delete()
        self.model.remove_directory(href)

    @precondition(lambda self: len(self.model.organizations) > 1)
    @rule(pick=PICK)
    def delete_an_organization(self, pick: int) -> None:
        href = chosen(self.model.organizations, pick)
        self.client.organizations.get(href).delete()
        self.model.remove_organization(href)

    @precondition(lambda self: len(self.model.groups) > 1)
    @rule(pick=PICK)
    def delete_a_group(self, pick: int) -> None:
        href = self.chosen_store(self.model.groups, pick)
        self.client.groups.get(href).delete()
        self.model.remove_group(href)

    @precondition(lambda self: len(self.model.accounts) > 1)
    @rule(pick=PICK)
    def delete_an_account(self, pick: int) -> None:
        href = chosen(self.model.accounts, pick)
        self.client.accounts.get(href).delete()
        self.model.remove_account(href)

    # What is asked.

    @precondition(lambda self: self.model.directories)
    @rule(pick=PICK, attribute=st.sampled_from(["username", "given_name"]), descending=st.booleans())
    def order_accounts(self, pick: int, attribute: str, descending: bool) -> None:
        directory = chosen(self.model.directories, pick)
        accounts = self.client.directories.get(directory).accounts
        found = hrefs(accounts.order(f"{attribute} {'desc' if descending else 'asc'}"))

        there = self.model.in_directory(self.model.accounts, directory)
        known = self.model.accounts
        assert found == ordered(there, lambda href: getattr(known[href], attribute), descending=descending)

    @precondition(lambda self: self.model.directories)
    @rule(pick=PICK, text=NAMES, attribute=st.sampled_from(["username", "given_name"]))
    def search_accounts(self, pick: int, text: str, attribute: str) -> None:
        directory = chosen(self.model.directories, pick)
        accounts = self.client.directories.get(directory).accounts
        there = self.model.in_directory(self.model.accounts, directory)

        def matching(test: Callable[[str, str], bool]) -> list[str]:
            values = {href: getattr(self.model.accounts[href], attribute) for href in there}
            wanted = text.casefold()
            return [href for href, value in values.items() if value and test(value.casefold(), wanted)]

        assert hrefs(accounts.search({attribute: text})) == matching(str.__eq__)
        assert hrefs(accounts.search({attribute: f"*{text}*"})) == matching(str.__contains__)
        assert hrefs(accounts.search({attribute: f"{text}*"})) == matching(str.startswith)
        assert len(accounts.search({attribute: f"*{text}"})) == len(matching(str.endswith))

    @precondition(lambda self: self.model.directories)
    @rule(pick=PICK, text=NAMES)
    def search_anywhere(self, pick: int, text: str) -> None:
        directory = chosen(self.model.directories, pick)
        known = self.model.accounts
        assert hrefs(self.client.directories.get(directory).accounts.search(text)) == [
            href
            for href in self.model.in_directory(known, directory)
            if any(text.casefold() in (value or "").casefold() for value in searched(known[href]))
        ]

    @rule(key=KEYS, value=st.integers(0, 3))
    def search_custom_data(self, key: str, value: int) -> None:
        found = hrefs(self.application.accounts.search({f"customData.{key}": str(value)}))
        known = self.model.accounts
        assert found == [
            href for href in self.model.accounts_of() if matches(known[href].custom_data, key, value)
        ]

    @precondition(lambda self: self.model.accounts)
    @rule(pick=PICK, limit=st.integers(1, 3), offset=st.integers(0, 4))
    def read_a_page(self, pick: int, limit: int, offset: int) -> None:
        account = chosen(self.model.accounts, pick)
        directory = self.model.accounts[account].directory
        page = self.client.directories.get(directory).accounts.query(limit=limit, offset=offset)

        there = self.model.in_directory(self.model.accounts, directory)
        assert hrefs(page) == there[offset : offset + limit]
        assert page.size == len(there)

    @rule()
    def everything_is_as_in_the_model(self) -> None:
        known = self.model
        for owner in known.mappings_of:
            self.stores_are_as_in_the_model(owner)
        for href, group in known.groups.items():
            assert hrefs(self.client.groups.get(href).accounts) == known.members(href), group
        for href, account in known.accounts.items():
            assert hrefs(self.client.accounts.get(href).groups) == known.groups_of(href), account
        for directory in known.directories:
            place = self.client.directories.get(directory)
            for kind, items in (("accounts", place.accounts), ("groups", place.groups)):
                expected = {
                    href: each for href, each in getattr(known, kind).items() if each.directory == directory
                }
                self.assert_same(items.query(expand="customData"), expected)
        of_this_run = self.client.directories.search({"name": f"*{self.mark}"})
        self.assert_same(of_this_run.query(expand="customData"), known.directories)
        organizations = self.client.organizations.search({"name": f"*{self.mark}"})
        self.assert_same(organizations.query(expand="customData"), known.organizations)

    def stores_are_as_in_the_model(self, href: str) -> None:
        owner, mappings = self.owner(href), self.model.mappings_of[href]
        owner.refresh()
        listed = [
            (
                each.href,
                each.list_index,
                model.Mapping(
                    each.account_store.href, each.is_default_account_store, each.is_default_group_store
                ),
            )
            for each in owner.account_store_mappings
        ]
        expected = [(mapping, n, each) for n, (mapping, each) in enumerate(mappings.items())]
        assert listed == expected
        for flag, link in (
            ("is_default_account_store", owner.default_account_store_mapping),
            ("is_default_group_store", owner.default_group_store_mapping),
        ):
            flagged = [mapping for mapping, each in mappings.items() if getattr(each, flag)]
            assert ([link.href] if link else []) == flagged
        assert hrefs(owner.accounts) == self.model.accounts_of(href)
        assert hrefs(owner.groups) == self.model.all_groups_of(href)

    def assert_same(self, found: Any, expected: dict[str, Any]) -> None:
        """Fail unless these are the resources, with all that the model knows of them."""
        resources = list(found)
        assert hrefs(resources) == list(expected)
        for resource, known in zip(resources, expected.values(), strict=True):
            for name, value in vars(known).items():
                if name == "directory":
                    assert resource.directory.href == value
                elif name == "custom_data":
                    assert resource.custom_data == value
                else:
                    assert getattr(resource, name) == value, name

    def chosen_store(self, among: dict[str, Any], pick: int) -> str:
        """Return one of the hrefs, and most of the time one that the application has mapped."""
        mapped = [each.store for each in self.model.mappings.values() if each.store in among]
        return chosen(mapped if mapped and pick % 4 else among, pick)

    def owner(self, href: str) -> Any:
        """Return whose mappings they are: the application, or the organization of that href."""
        return self.resource(href) if href else self.application

    def mappings(self, owner: str) -> Any:
        """Return where the mappings of an owner are made and found."""
        client = self.client
        return client.organization_account_store_mappings if owner else client.account_store_mappings

    def resource(self, href: str) -> Any:
        """Return the resource at an href, whatever it is."""
        kind = href.removeprefix(self.client.BASE_URL).strip("/").split("/")[0]
        return getattr(self.client, kind).get(href)

    @contextmanager
    def refusals(self, check: Callable[..., None], *arguments: Any, **options: Any) -> Iterator[list[bool]]:
        """Expect of what is done inside that it is refused where the model refuses, and else not.

        Gives a list that is empty after a refusal.
        """
        try:
            check(*arguments, **options)
        except Refused as refusal:
            code = refusal.code
        else:
            yield [True]
            return
        with pytest.raises(Error) as caught:
            yield []
        assert caught.value.code == code


def chosen(among: Any, pick: int) -> str:
    """Return one of the hrefs."""
    hrefs = list(among)
    return str(hrefs[pick % len(hrefs)])


def hrefs(resources: Any) -> list[str]:
    return [each.href for each in resources]


def body_of(account: model.Account) -> dict[str, Any]:
    """Return what creates an account."""
    body = {name: value for name, value in vars(account).items() if name != "directory"}
    return {**body, "password": PASSWORD}


def searched(account: model.Account) -> list[str | None]:
    return [account.username, account.email, account.given_name, account.surname]


def matches(custom_data: dict[str, Any], key: str, number: int) -> bool:
    """Tell whether the value under a key is the number, its text, or a list that has it."""
    value = custom_data.get(key)
    values = value if isinstance(value, list) else [value]
    return any(not isinstance(each, bool) and (each == number or each == str(number)) for each in values)


def test_any_sequence_of_calls_leaves_what_the_model_has(new_client: Callable[..., Client]) -> None:
    client = new_client()

    class OfThisClient(Service):
        def __init__(self) -> None:
            super().__init__(client, f"run {next(_runs)}")

    run_state_machine_as_test(
        OfThisClient,
        settings=settings(
            max_examples=30,
            stateful_step_count=40,
            derandomize=True,
            database=None,
            # A failure tells its steps as they were: to shorten them would take minutes.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
