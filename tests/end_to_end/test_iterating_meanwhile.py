"""Loops over lists that another client changes at the same time."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Semaphore
from typing import Any

import pytest

from stormpath import Client
from stormpath.resources import Account, AccountList, GroupList, listing
from stormpath.resources.directory import Directory
from support.accounts import PASSWORD
from support.request_counts import count_requests

PAGE = 7
AT_FIRST = 30
DOOMED = 10
PATIENCE = 30

Listed = AccountList | GroupList


class Crowd:
    """Accounts or groups, each identified by a text. Another client creates and deletes some at random."""

    def __init__(self, items: Any, make: Callable[[str], dict[str, str]], seed: int) -> None:
        self.items = items
        self.stays: set[str] = set()
        self._make = make
        self._random = Random(seed)  # noqa: S311 - nothing here is secret
        self._numbers = itertools.count()
        self._there = {name: item for name, item in (self.add() for _ in range(AT_FIRST))}
        self.stays = set(self._there)
        # Those to be deleted are spread over begin, middle and end of every order.
        self._doomed = self._random.sample(sorted(self.stays), DOOMED)

    def add(self) -> tuple[str, Any]:
        """Create one whose name sorts anywhere."""
        name = f"{self._random.randrange(10**6):06}-{next(self._numbers)}"
        return name, self.items.create(self._make(name))

    def remove(self, name: str) -> None:
        """Delete one of the initial items, unless it is gone."""
        if name in self.stays:
            self.stays.remove(name)
            self._there[name].delete()

    def change(self) -> None:
        """Delete one and create one."""
        if self._doomed:
            self.remove(self._doomed.pop())
        self.add()


def as_account(name: str) -> dict[str, str]:
    person = {"given_name": "Han", "surname": "Solo", "password": PASSWORD}
    return {"email": f"{name}@example.com", "username": name, **person}


def as_group(name: str) -> dict[str, str]:
    return {"name": name}


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Request a few items at a time, so that a small collection has many pages."""
    monkeypatch.setattr(listing, "LARGEST_PAGE", PAGE)


@pytest.fixture(params=["accounts", "groups"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def crowd(new_client: Callable[..., Client], directory: Directory, kind: str) -> Crowd:
    others = new_client().directories.get(directory.href)
    return Crowd(getattr(others, kind), {"accounts": as_account, "groups": as_group}[kind], seed=7)


@pytest.fixture(params=["as created", "ordered"])
def plain(client: Client, directory: Directory, kind: str, request: pytest.FixtureRequest) -> Listed:
    items: Listed = getattr(client.directories.get(directory.href), kind)
    if request.param == "as created":
        return items
    return items.order("email" if kind == "accounts" else "name")


@pytest.fixture(params=["plain", "prefetching"])
def items(plain: Listed, request: pytest.FixtureRequest) -> Listed:
    return plain if request.param == "plain" else plain.prefetch()


def names(items: Any) -> Iterator[str]:
    return (item.username if isinstance(item, Account) else item.name for item in items)


def assert_complete(seen: list[str], crowd: Crowd) -> None:
    """Fail unless every item that existed throughout was seen, and none twice."""
    assert crowd.stays - set(seen) == set()
    assert [name for name, times in Counter(seen).items() if times > 1] == []


def test_changes_between_pages_hide_and_repeat_nothing(items: Listed, crowd: Crowd, client: Client) -> None:
    requests_made = count_requests(client)

    seen = []
    for name in names(items):
        seen.append(name)
        if len(seen) % PAGE == 0:
            # The item of the next page's cursor, and others on both sides of it.
            crowd.remove(name)
            for _ in range(3):
                crowd.change()

    assert_complete(seen, crowd)
    assert len(crowd.stays) < AT_FIRST - DOOMED // 2
    assert len(requests_made.sent) >= AT_FIRST // PAGE


def test_constant_changes_hide_and_repeat_nothing(items: Listed, crowd: Crowd) -> None:
    changes = Semaphore(0)

    def go_on_changing() -> None:
        # Limited: a reader in the order of creation would never reach the end.
        for _ in range(AT_FIRST):
            crowd.change()
            changes.release()

    seen = []
    with ThreadPoolExecutor(1) as another:
        changing = another.submit(go_on_changing)
        for name in names(items):
            seen.append(name)
            if len(seen) <= AT_FIRST - DOOMED:
                # Neither side is pages ahead of the other.
                assert changes.acquire(timeout=PATIENCE), changing.exception(timeout=0)
        changing.result()

    assert_complete(seen, crowd)
    assert len(crowd.stays) == AT_FIRST - DOOMED
