"""A state machine: any sequence of calls leaves the service in the state of a plain Python model.

Hypothesis generates the sequences, the same ones in every run; each runs embedded and served, on both
databases.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from end_to_end import model
from end_to_end.email_rules import EmailRules
from end_to_end.service_machine import (
    INDEXES,
    JSON_VALUES,
    KEYS,
    KEYS_OF_ORGANIZATIONS,
    NAMED,
    NAMES,
    PARTS,
    PICK,
    STATUSES,
    TEXTS,
    body_of,
    chosen,
)
from stormpath import Client


class Service(EmailRules):
    """Rules that change resources, with those that query."""

    @initialize(mapped=st.permutations(range(5)), count=st.integers(1, 5))
    def begin_with_some_of_each(self, mapped: list[int], count: int) -> None:
        """Create initial resources, so that every rule can be applied."""
        for number, name in enumerate(("ada", "grace")):
            self.create_directory(name, None)
            self.create_group(number, name, "first")
            for email in ("linus", "zoë"):
                self.create_account(number, f"{name}-{email}", email, "Ada", None, "likes", 1, None)
                self.switch_verification(number, model.ENABLED)
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
            self.use_every_workflow()
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
    @rule(
        pick=PICK,
        name=NAMES,
        email=NAMES,
        given=PARTS,
        surname=PARTS,
        key=KEYS,
        value=JSON_VALUES,
        workflow=st.sampled_from([None, True, False]),
    )
    def create_account(
        self,
        pick: int,
        name: str,
        email: str,
        given: str | None,
        surname: str | None,
        key: str,
        value: Any,
        workflow: bool | None,
    ) -> None:
        directory = chosen(self.model.directories, pick)
        wanted = model.Account(directory, name, self.address(email), given, surname)
        wanted.custom_data = {key: value}
        with self.refusals(self.model.check_account, wanted) as is_granted:
            place = self.client.directories.get(directory)
            made = place.create_account(body_of(wanted), workflow)
        if is_granted:
            self.registered(made, wanted, workflow)

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
        wanted = model.Account("", name, self.address(name), status=status)

        def check() -> None:
            store = self.model.account_store(owner)
            wanted.directory = self.model.groups[store].directory if store in self.model.groups else store
            self.model.check_account(wanted)

        with self.refusals(check) as is_granted:
            made = self.owner(owner).accounts.create(body_of(wanted))
        if is_granted:
            self.registered(made, wanted)
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
            if self.model.accounts[href].status == model.UNVERIFIED and status == model.ENABLED:
                # An account that is enabled directly does not wait for verification any more.
                self.model.tokens.stop_waiting(href)
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
        self.map(model.APPLICATION, chosen(self.model.stores(), pick), index, of_accounts, of_groups)

    @precondition(lambda self: self.model.organizations)
    @rule(pick=PICK, index=INDEXES, of_accounts=st.booleans(), of_groups=st.booleans())
    def map_an_organization(self, pick: int, index: int | None, of_accounts: bool, of_groups: bool) -> None:
        self.map(model.APPLICATION, chosen(self.model.organizations, pick), index, of_accounts, of_groups)

    @precondition(lambda self: self.model.organizations and self.model.stores())
    @rule(pick=PICK, store=PICK, index=INDEXES, of_accounts=st.booleans(), of_groups=st.booleans())
    def map_a_store_to_an_organization(
        self, pick: int, store: int, index: int | None, of_accounts: bool, of_groups: bool
    ) -> None:
        organization = chosen(self.model.organizations, pick)
        self.map(organization, chosen(self.model.stores(), store), index, of_accounts, of_groups)

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


_runs = itertools.count(1)


@pytest.mark.both_databases
@pytest.mark.sampled
def test_any_sequence_of_calls_leaves_the_state_of_the_model(
    new_client: Callable[..., Client], examples_of: Callable[[int], int]
) -> None:
    client = new_client()

    class OfThisClient(Service):
        def __init__(self) -> None:
            super().__init__(client, f"run {next(_runs)}")

    run_state_machine_as_test(
        OfThisClient,
        settings=settings(
            max_examples=examples_of(30),
            stateful_step_count=40,
            derandomize=True,
            database=None,
            # A failure shows all its steps: to shorten them would take minutes.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
