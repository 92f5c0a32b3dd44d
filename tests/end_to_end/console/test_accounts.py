"""The guide's section "Accounts" in a browser: where the REST URL is, and how an account is deleted."""

from collections.abc import Callable

import pytest

from end_to_end.console.reader import Reader
from stormpath import Client
from stormpath.error import Error
from stormpath.resources.account import Account


def test_the_rest_url_of_an_account_is_on_its_details(
    reader: Reader, client: Client, new_account: Callable[..., Account]
):
    account = new_account("han")

    reader.click("Accounts", account.full_name)

    assert reader.value_of("REST URL") == account.href
    assert client.accounts.get(reader.value_of("REST URL")).username == "han"


def test_an_account_is_deleted(reader: Reader, client: Client, new_account: Callable[..., Account]):
    han, leia = new_account("han"), new_account("leia")

    reader.click("Accounts")
    reader.click("Delete", within=("tr", han.email))
    reader.sees(f"Delete {han.full_name}?")
    reader.tick("I Understand")
    reader.click("Delete", within=("section", "I Understand"))

    reader.sees("is deleted")
    with pytest.raises(Error) as refused:
        client.accounts.get(han.href).refresh()
    assert refused.value.status == 404
    assert client.accounts.get(leia.href).username == "leia"
