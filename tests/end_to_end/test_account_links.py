"""Accounts of one person, linked through the SDK."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stormpath import Client
from stormpath.error import Error
from stormpath.resources.account import Account
from stormpath.resources.account_link import AccountLink
from support.accounts import PASSWORD


@pytest.fixture
def left(new_account: Callable[..., Account]) -> Account:
    return new_account("left")


@pytest.fixture
def right(client: Client, unique: Callable[[str], str]) -> Account:
    directory = client.directories.create({"name": unique("Right")})
    return directory.accounts.create({"email": "right@example.com", "password": PASSWORD})


@pytest.fixture
def link(client: Client, left: Account, right: Account) -> AccountLink:
    return client.account_links.create({"left_account": left, "right_account": right})


def test_each_side_lists_the_other_and_the_link(left: Account, right: Account, link: AccountLink) -> None:
    assert (list(left.linked_accounts), list(right.linked_accounts)) == ([right], [left])
    assert list(left.account_links) == list(right.account_links) == [link]
    assert (link.left_account, link.right_account) == (left, right)


def test_two_accounts_are_linked_once(
    client: Client, left: Account, right: Account, link: AccountLink
) -> None:
    with pytest.raises(Error) as caught:
        client.account_links.create({"left_account": right, "right_account": left})

    assert (caught.value.status, caught.value.code) == (409, 7500)
    assert len(left.account_links) == 1
    assert link.href


def test_a_deleted_link_leaves_both_accounts(left: Account, right: Account, link: AccountLink) -> None:
    link.delete()

    assert (list(left.linked_accounts), list(right.linked_accounts)) == ([], [])
    left.refresh()
    right.refresh()


@pytest.mark.usefixtures("link")
def test_a_link_is_deleted_with_an_account(left: Account, right: Account) -> None:
    right.delete()

    assert list(left.account_links) == []
    assert list(left.linked_accounts) == []


def test_an_account_creates_links_too(left: Account, right: Account) -> None:
    link = left.account_links.create({"left_account": left, "right_account": right})

    assert link.right_account == right


def test_the_links_of_a_tenant_cannot_be_listed(client: Client) -> None:
    with pytest.raises(Error) as caught:
        list(client.account_links)

    assert caught.value.status == 405
