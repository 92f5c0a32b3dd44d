"""What a caching client remembers: no secret, and nothing that went with something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from service import providers
from stormpath import Client
from stormpath.error import Error
from stormpath.resources import Expansion
from stormpath.resources.application import Application
from stormpath.resources.directory import Directory
from support.accounts import PASSWORD

Unique = Callable[[str], str]


@pytest.fixture
def client(new_client: Callable[..., Client]) -> Client:
    """A client that caches, embedded too."""
    return new_client(cache_options={"ttl": 300})


def remembered(client: Client) -> str:
    caches: Any = client.data_store.cache_manager.caches.values()
    return "\n".join(
        repr((href, entry.value)) for cache in caches for href, entry in cache.store.store.items()
    )


def test_secrets_are_in_no_cache_and_no_log(
    client: Client, directory: Directory, unique: Unique, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    google = client.directories.create({"name": unique("Google"), "provider": providers.of_kind("google")})
    client.directories.create({"name": unique("LDAP"), "provider": providers.of_kind("ldap")})
    account = directory.accounts.create({"email": "han@example.com", "password": PASSWORD})
    key = account.api_keys.create()

    expanded = client.directories.get(google.href, expand=Expansion("provider"))
    expanded.refresh()
    with_keys = client.accounts.get(account.href, expand=Expansion("api_keys"))
    with_keys.refresh()

    assert expanded.provider.client_secret == "the client's secret"
    assert list(with_keys.api_keys) == [key]
    seen = remembered(client) + caplog.text
    assert account.href in seen
    for secret in ("the client's secret", "the bind password", key.secret, PASSWORD):
        assert secret not in seen


def test_what_goes_with_a_directory_is_forgotten_with_it(
    client: Client, app: Application, directory: Directory
) -> None:
    account = directory.accounts.create({"email": "han@example.com", "password": PASSWORD})
    group = directory.groups.create({"name": "Crew"})
    membership = account.add_group(group)
    key = account.api_keys.create()
    read = (client.accounts.get(account.href), client.groups.get(group.href))
    assert [each.is_enabled() for each in read] == [True, True]

    directory.delete()

    for gone in (
        client.accounts.get(account.href),
        client.groups.get(group.href),
        client.group_memberships.get(membership.href),
        client.api_keys.get(key.href),
    ):
        with pytest.raises(Error) as caught:
            _ = gone.created_at
        assert caught.value.status == 404
    assert client.applications.get(app.href).default_account_store_mapping is None
