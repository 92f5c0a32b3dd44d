"""API keys through the SDK, and the secrecy of their secrets."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from stormpath import Client
from stormpath.error import Error
from stormpath.resources.account import Account
from stormpath.resources.api_key import ApiKey
from stormpath.resources.application import Application
from support.request_counts import count_requests


@pytest.fixture
def key(new_account: Callable[..., Account]) -> ApiKey:
    return new_account("robot").api_keys.create()


def test_an_application_finds_the_key_of_its_account_in_one_request(
    client: Client, app: Application, key: ApiKey
) -> None:
    sent = count_requests(client)

    assert app.api_keys.get_key(key.id, key.secret) == key

    assert sent == 1


@pytest.mark.parametrize("id", ["unknown", "*", "a/b", ""])
def test_an_unknown_key_is_false(app: Application, id: str) -> None:
    assert app.api_keys.get_key(id, "secret") is False


def test_a_wrong_secret_is_false(app: Application, key: ApiKey) -> None:
    assert key.secret is not None
    assert app.api_keys.get_key(key.id, key.secret[:-1]) is False


def test_the_key_of_another_application_is_false(client: Client, key: ApiKey) -> None:
    other = client.applications.create({"name": f"Other of {key.id}"}, create_directory=True)

    assert other.api_keys.get_key(key.id, key.secret) is False


def test_a_key_can_be_named_disabled_and_deleted(client: Client, key: ApiKey) -> None:
    key.name, key.description, key.status = "deploy", "for the robot", "DISABLED"
    key.save()

    fresh = client.api_keys.get(key.href)
    fresh.refresh()
    assert (fresh.name, fresh.description, fresh.is_disabled()) == ("deploy", "for the robot", True)
    key.delete()
    assert list(key.account.api_keys) == []
    with pytest.raises(Error) as caught:
        client.api_keys.get(key.href).refresh()
    assert caught.value.status == 404


def test_a_key_names_its_account(client: Client, key: ApiKey) -> None:
    assert key in key.account.api_keys
    assert key.tenant.href == client.tenant.href


def test_a_secret_can_be_read_again_and_is_not_cached(
    client: Client, key: ApiKey, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = key.secret
    assert secret is not None

    for read in (client.api_keys.get(key.href), client.api_keys.get(key.href)):
        assert read.name is None
        assert read.secret == secret
        assert secret not in f"{read!r} {read.to_json()} {read.items()}"

    caches = client.data_store.cache_manager.caches.values()
    held = [cache.store[key.href].value for cache in caches if cache.store[key.href] is not None]
    assert secret not in str(held)
    assert secret not in caplog.text


def test_keys_are_not_listed_at_client_level(client: Client) -> None:
    with pytest.raises(ValueError, match="api_keys"):
        list(client.api_keys)
