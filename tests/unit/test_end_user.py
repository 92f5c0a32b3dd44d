"""The address of the end user: sent by one client, in one thread, inside one block."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any

import pytest
import responses

from stormpath import Client
from stormpath.error import Error
from stormpath.wire import END_USER_HEADER

HOME = "203.0.113.7"


@pytest.fixture
def client() -> Client:
    return Client("https://id.example.com/v1", id="ID", secret="secret")


@pytest.fixture
def other() -> Client:
    return Client("https://id.example.com/v1", id="ID", secret="secret")


def sent(client: Client) -> str | None:
    executor = client._executor
    return executor.end_user and executor.end_user()


def test_it_is_sent_inside_the_block_alone(client: Client):
    assert sent(client) is None
    with client.for_end_user(HOME):
        assert sent(client) == HOME
    assert sent(client) is None


def test_it_ends_with_an_error_too(client: Client):
    with pytest.raises(KeyError), client.for_end_user(HOME):
        raise KeyError

    assert sent(client) is None


def test_the_innermost_block_counts(client: Client):
    with client.for_end_user(HOME):
        with client.for_end_user("203.0.113.8"):
            assert sent(client) == "203.0.113.8"
        assert sent(client) == HOME


def test_another_client_does_not_send_it(client: Client, other: Client):
    with client.for_end_user(HOME), other.for_end_user("::1"):
        assert (sent(client), sent(other)) == (HOME, "::1")
    with client.for_end_user(HOME):
        assert sent(other) is None


def test_another_thread_does_not_send_it(client: Client):
    with ThreadPoolExecutor(1) as threads, client.for_end_user(HOME):
        assert threads.submit(sent, client).result() is None


def test_another_task_does_not_send_it(client: Client):
    async def request(address: str) -> str | None:
        with client.for_end_user(address):
            await asyncio.sleep(0)
            return sent(client)

    async def both() -> list[str | None]:
        return list(await asyncio.gather(request(HOME), request("::1")))

    assert asyncio.run(both()) == [HOME, "::1"]


@pytest.mark.parametrize(
    ("given", "address"),
    [
        (HOME, HOME),
        (ip_address(HOME), HOME),
        ("2001:DB8::1", "2001:db8::1"),
        (ip_address("2001:db8::1"), "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_addresses_are_sent_in_one_spelling(client: Client, given: Any, address: str):
    with client.for_end_user(given):
        assert sent(client) == address


@pytest.mark.parametrize(
    "wrong",
    [None, "", " ", "unknown", f"{HOME}:443", f"{HOME}, 10.0.0.1", 0, True, b"\0\0\0\0", "1" * 999],
)
def test_what_is_no_address_is_an_error_at_once(client: Client, wrong: Any):
    with pytest.raises(ValueError, match="must be an IPv4 or IPv6 address without a port") as error:
        client.for_end_user(wrong)

    assert len(str(error.value)) < 200


def test_the_header_has_the_documented_name():
    assert END_USER_HEADER == "Stormpath-End-User-Address"


@responses.activate
def test_a_person_who_is_throttled_is_told_at_once(client: Client):
    url = "https://id.example.com/v1/applications/a/loginAttempts"
    throttled = responses.post(url, status=429, headers={"Retry-After": "3"}, json={"status": 429})
    pauses: list[float] = []
    client._executor._sleep = pauses.append

    with client.for_end_user(HOME), pytest.raises(Error) as told:
        client.data_store.create_resource(url, {})
    assert (throttled.call_count, pauses, told.value.retry_after_seconds) == (1, [], 3)

    with pytest.raises(Error):
        client.data_store.create_resource(url, {})
    assert (throttled.call_count, pauses) == (6, [3.0] * 4)


@responses.activate
def test_a_service_that_fails_is_asked_again_for_a_person_too(client: Client):
    url = "https://id.example.com/v1/accounts/a"
    responses.get(url, status=503)
    responses.get(url, json={"href": url})
    client._executor._sleep = lambda seconds: None

    with client.for_end_user(HOME):
        assert client.data_store.get_resource(url)["href"] == url
