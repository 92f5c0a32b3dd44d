"""The queries of the state machine: lists, searches and pages equal those of the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from end_to_end import model
from end_to_end.model import ordered
from end_to_end.service_machine import KEYS, NAMES, PICK, ServiceMachine, chosen, hrefs


class QueryRules(ServiceMachine):
    """Rules that change nothing."""

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
                if kind == "groups":
                    by_name = ordered(expected, lambda href: known.groups[href].name, descending=False)
                    expected = {href: expected[href] for href in by_name}
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
        """Fail unless these are the resources, with all attributes that the model has."""
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


def searched(account: model.Account) -> list[str | None]:
    return [account.username, account.email, account.given_name, account.surname]


def matches(custom_data: dict[str, Any], key: str, number: int) -> bool:
    """Return whether the value under a key is the number, its text, or a list that contains it."""
    value = custom_data.get(key)
    values = value if isinstance(value, list) else [value]
    return any(not isinstance(each, bool) and (each == number or each == str(number)) for each in values)
