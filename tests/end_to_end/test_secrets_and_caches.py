"""The contents of a caching client: no secret, and no resource deleted with another one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from traceback import format_exception
from typing import Any

import pytest
from pydispatch import dispatcher

from service import provider_bodies
from stormpath import Client
from stormpath.cache.null_cache_store import NullCacheStore
from stormpath.error import Error
from stormpath.resources import Expansion
from stormpath.resources.application import Application
from stormpath.resources.directory import Directory
from stormpath.resources.organization import Organization
from stormpath.resources.signals import (
    SIGNAL_RESOURCE_CREATED,
    SIGNAL_RESOURCE_DELETED,
    SIGNAL_RESOURCE_UPDATED,
)
from support.accounts import PASSWORD

Unique = Callable[[str], str]


@pytest.fixture
def client(new_client: Callable[..., Client]) -> Client:
    """A client with a cache, embedded too."""
    return new_client(cache_options={"ttl": 300})


def remembered(client: Client) -> str:
    caches: Any = client.data_store.cache_manager.caches.values()
    return "\n".join(
        repr((href, entry.value)) for cache in caches for href, entry in cache.store.store.items()
    )


def new_organization(client: Client, unique: Unique) -> Organization:
    name = unique("Org")
    return client.organizations.create({"name": name, "name_key": re.sub(r"[^A-Za-z0-9]+", "-", name)})


def test_secrets_are_in_no_cache_and_no_log(
    client: Client, directory: Directory, unique: Unique, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    google = client.directories.create(
        {"name": unique("Google"), "provider": provider_bodies.of_kind("google")}
    )
    client.directories.create({"name": unique("LDAP"), "provider": provider_bodies.of_kind("ldap")})
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
    assert key.secret
    for secret in ("the client's secret", "the bind password", key.secret, PASSWORD):
        assert secret not in seen


@contextmanager
def signals_heard() -> Iterator[list[Any]]:
    """Give the list of what the signals of the SDK send during the block."""
    heard: list[Any] = []

    def hear(signal: Any, sender: Any, **payload: Any) -> None:
        heard.append((signal, sender, payload))

    signals = [SIGNAL_RESOURCE_CREATED, SIGNAL_RESOURCE_UPDATED, SIGNAL_RESOURCE_DELETED]
    for signal in signals:
        dispatcher.connect(hear, signal=signal)
    try:
        yield heard
    finally:
        for signal in signals:
            dispatcher.disconnect(hear, signal=signal)


def test_tokens_are_in_no_cache_log_signal_or_message(
    client: Client, app: Application, directory: Directory, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    policy = directory.account_creation_policy
    policy.verification_email_status = policy.EMAIL_STATUS_ENABLED
    policy.save()
    told: list[str] = []

    with signals_heard() as heard:
        account = app.accounts.create({"email": "luke@tokens.example.com", "password": PASSWORD})
        waits_for = account.email_verification_token
        assert waits_for is not None
        tokens = [waits_for.href.rpartition("/")[2]]
        read_again = client.accounts.get(account.href)
        assert read_again.email_verification_token == waits_for
        told += [f"{waits_for} {waits_for!r} {account!r} {account.items()}", account.to_json()]
        kept = [remembered(client)]
        client.accounts.verify_email_token(tokens[0]).refresh()
        for _ in range(2):
            made = app.password_reset_tokens.create({"email": account.email})
            tokens.append(made.token)
            found = app.password_reset_tokens.get(made.token, expand=Expansion("account"))
            assert found.account.email == account.email
            told += [f"{made} {made!r} {found} {found!r} {found.account!r}"]
            assert app.verify_password_reset_token(made.token) == account
            kept.append(remembered(client))
        app.reset_account_password(made.token, "Otherwise2!")
        for token in tokens:
            for act in (
                client.accounts.verify_email_token,
                app.verify_password_reset_token,
                lambda each: app.reset_account_password(each, "Otherwise2!"),
            ):
                with pytest.raises(Error) as caught:
                    act(token)
                told += ["".join(format_exception(caught.value)), caught.value.more_info or ""]

    assert {each[0] for each in heard} >= {SIGNAL_RESOURCE_CREATED}
    assert all(account.href in each for each in kept)
    seen = {
        "caches": "".join(kept) + remembered(client) + repr(vars(client.data_store._cache._invalidations)),
        "logs": caplog.text,
        "signals": repr(heard),
        "texts": "".join(told),
    }
    assert [(token, where) for token in tokens for where, text in seen.items() if token in text] == []


def test_deleting_a_directory_removes_its_resources_from_the_cache(
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


@pytest.mark.parametrize("of_group", [False, True])
def test_an_organization_shows_the_loss_of_its_default_store(
    client: Client, directory: Directory, unique: Unique, of_group: bool
) -> None:
    store: Any = directory.groups.create({"name": "Crew"}) if of_group else directory
    organization = new_organization(client, unique)
    client.organization_account_store_mappings.create(
        {"organization": organization, "account_store": store, "is_default_account_store": True}
    )
    assert client.organizations.get(organization.href).default_account_store_mapping is not None

    store.delete()

    assert client.organizations.get(organization.href).default_account_store_mapping is None
    organization.delete()


def test_cached_mappings_close_the_gap_of_one_that_was_not_cached(
    client: Client, app: Application, directory: Directory, unique: Unique
) -> None:
    other = client.directories.create({"name": unique("Other")})
    first = client.account_store_mappings.create(
        {"application": app, "account_store": other, "list_index": 0}
    )
    second = next(each for each in app.account_store_mappings if each.account_store == directory)
    assert client.account_store_mappings.get(second.href).list_index == 1
    client.data_store.uncache_resource(first.href)

    other.delete()

    assert client.account_store_mappings.get(second.href).list_index == 0


def test_an_expansion_from_the_cache_equals_that_of_the_service(
    client: Client,
    new_client: Callable[..., Client],
    app: Application,
    directory: Directory,
    unique: Unique,
) -> None:
    account = directory.accounts.create(
        {"email": "han@example.com", "password": PASSWORD, "custom_data": {"ship": ["Falcon"]}}
    )
    group = directory.groups.create({"name": "Crew"})
    organization = new_organization(client, unique)
    made = [
        *(app, directory, account, group, organization, account.add_group(group), account.api_keys.create()),
        *(app.default_account_store_mapping, client.tenant),
    ]
    plain = new_client(cache_options={"store": NullCacheStore}).data_store
    cached = client.data_store
    regions = cached.CACHE_REGIONS
    compared = 0

    for each in made:
        assert each is not None
        body = plain.get_resource(each.href)
        links = {
            name: value["href"] for name, value in body.items() if isinstance(value, dict) and "href" in value
        }
        inside = [n for n, href in links.items() if href.split("/")[-2] in regions or n == "customData"]
        expand = {"expand": ",".join(inside)}
        for href in (each.href, *(links[name] for name in inside)):
            cached.get_resource(href)
        misses = {region: stats.misses for region, stats in cached.cache_manager.stats.items()}

        answer = cached.get_resource(each.href, expand)

        expected = plain.get_resource(each.href, expand)
        if "secret" in expected:
            assert "secret" not in answer
            answer["secret"] = expected["secret"]
        assert answer == expected
        assert misses == {region: stats.misses for region, stats in cached.cache_manager.stats.items()}
        compared += len(inside)

    assert compared >= 15
    organization.delete()
