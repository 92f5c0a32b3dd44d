"""Resources that are pickled in one program and used in another, with a client of their own."""

from __future__ import annotations

import pickle
from collections.abc import Callable

from stormpath import Client
from stormpath.resources import Expansion
from stormpath.resources.account import Account
from support.request_counts import count_requests

NewAccount = Callable[..., Account]


def test_an_unpickled_account_works_with_the_client_of_another_program(
    client: Client, new_client: Callable[..., Client], new_account: NewAccount
) -> None:
    href = new_account("traveller", custom_data={"plan": "pro"}).href
    key = client.accounts.get(href).api_keys.create()
    account = client.accounts.get(href, Expansion("custom_data", "directory", "api_keys"))
    assert account.api_keys[0].secret == key.secret
    account.surname = "Polo"
    sent = pickle.dumps([account, key, account.directory.accounts.query(limit=150)])
    secrets = [client.auth.secret, key.secret]
    assert not [secret for secret in secrets if secret is None or secret.encode() in sent]

    received, received_key, accounts = pickle.loads(sent)  # noqa: S301 - made here
    assert (received.custom_data["plan"], received.directory.name) == ("pro", account.directory.name)

    other = new_client()
    requests_made = count_requests(other)
    assert other.attach(received) == account
    assert requests_made == 0
    received.save()
    received.custom_data["plan"] = "free"
    received.save()

    assert other.attach(received_key).secret == key.secret
    assert [each.surname for each in other.attach(accounts)] == ["Polo"]
    client.data_store.uncache_resource(href)
    assert client.accounts.get(href).surname == "Polo"
    assert new_client().accounts.get(href).custom_data == {"plan": "free"}
