"""The base of the state machine's rules: the service, its model, and access to both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from end_to_end.model import DISABLED, ENABLED, Account, Mapping, Model, Refused
from stormpath import Client
from stormpath.error import Error
from support.accounts import PASSWORD

#: Few, so that they repeat; some of them differ in letter case only.
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

#: The initial names of organizations, and their keys, which are parts of host names.
NAMED = ["ada", "grace", "linus", "joan", "mary"]
KEYS_OF_ORGANIZATIONS = st.sampled_from([*NAMED, "ADA", "Grace"])


class ServiceMachine(RuleBasedStateMachine):
    """The service, through the SDK, beside its model; each run has an application and directories."""

    def __init__(self, client: Client, run: str) -> None:
        super().__init__()
        self.client = client
        self.model = Model()
        # Names that are unique in a tenant contain the mark of this run.
        self.mark = f" of {run}"
        self.application = client.applications.create({"name": f"Machine{self.mark}"})

    def address(self, name: str) -> str:
        """Return an address of this run: each gets a few e-mails an hour only."""
        return f"{name}@{self.mark.removeprefix(' of ').replace(' ', '-')}.example.com"

    def chosen_store(self, among: dict[str, Any], pick: int) -> str:
        """Return one of the hrefs, mostly one that the application has mapped."""
        mapped = [each.store for each in self.model.mappings.values() if each.store in among]
        return chosen(mapped if mapped and pick % 4 else among, pick)

    def owner(self, href: str) -> Any:
        """Return the owner of mappings: the application, or the organization of that href."""
        return self.resource(href) if href else self.application

    def mappings(self, owner: str) -> Any:
        """Return the collection of an owner's mappings."""
        client = self.client
        return client.organization_account_store_mappings if owner else client.account_store_mappings

    def map(self, owner: str, store: str, index: int | None, of_accounts: bool, of_groups: bool) -> None:
        """Let an owner map a store, unless the model refuses it."""
        wanted = Mapping(store, of_accounts, of_groups)
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

    def resource(self, href: str) -> Any:
        """Return the resource at an href, of any kind."""
        kind = href.removeprefix(self.client.BASE_URL).strip("/").split("/")[0]
        return getattr(self.client, kind).get(href)

    @contextmanager
    def refusals(self, check: Callable[..., None], *arguments: Any, **options: Any) -> Iterator[list[bool]]:
        """Expect the block to be refused exactly where the model refuses.

        Gives a list that is empty after a refusal.
        """
        try:
            check(*arguments, **options)
        except Refused as error:
            code = error.code
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


def body_of(account: Account) -> dict[str, Any]:
    """Return the body that creates an account."""
    told = ("directory", "email_verification_status")
    body = {name: value for name, value in vars(account).items() if name not in told}
    return {**body, "password": PASSWORD}
