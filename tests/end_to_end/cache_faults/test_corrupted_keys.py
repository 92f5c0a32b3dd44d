"""Keys that other programs overwrite: reads miss, the cache recovers, and the data is never returned."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

import pytest

from support.cached_reading import Crowd

# Invalid times count as now.
ENTRY = {"format": 1, "created_at": "", "last_accessed_at": ""}
INVALID_DATA = {
    "nothing": b"",
    "no text": b"\xff\xfe\x00\x80",
    "no JSON": b"hunter2",
    "half of it": b'{"format": 1, "value": {"given_na',
    "another format": json.dumps({**ENTRY, "format": 99, "value": {"givenName": "hunter2"}}).encode(),
    "no format": json.dumps({"value": {"givenName": "hunter2"}}).encode(),
    "a list": b'["hunter2"]',
    "a word": b'"hunter2"',
    "null": b"null",
    "a value that is none": json.dumps({**ENTRY, "value": "hunter2"}).encode(),
    "a list for a value": json.dumps({**ENTRY, "value": ["hunter2"]}).encode(),
    "null for a value": json.dumps({**ENTRY, "value": None}).encode(),
    "deeply nested": b"[" * 100_000,
    "a long word": b"hunter2" * 10_000,
}


EPOCH = b"stormpath:accounts:epoch"


class Keys:
    """The keys of the cached accounts on a server, accessed by another client."""

    def __init__(self, server: Any, crowd: Crowd) -> None:
        self._server = server
        self._crowd = crowd

    @property
    def entries(self) -> list[bytes]:
        with closing(self._server.connect()) as client:
            prefix = b"stormpath:accounts:%b:" % client.get(EPOCH)
            server_keys = [prefix + href.encode() for href in self._crowd.fixed + self._crowd.own]
            assert all(client.get(place) for place in server_keys)
        return server_keys

    def overwrite(self, keys: list[bytes], data: bytes) -> None:
        with closing(self._server.connect()) as client:
            for key in keys:
                assert client.set(key, data)

    def make_lists(self, keys: list[bytes]) -> None:
        with closing(self._server.connect()) as client:
            for key in keys:
                client.delete(key)
                client.rpush(key, "hunter2")


@pytest.fixture
def keys(server, crowd) -> Keys:
    return Keys(server, crowd)


def check_recovered(crowd: Crowd) -> None:
    """Check that reads return the state at the service, writes are seen, and the cache has hits again."""
    assert crowd.read_all() == crowd.said_by_service()
    account = crowd.client.accounts.get(crowd.own[0])
    account.given_name = "Own news"
    account.save()
    assert crowd.client.accounts.get(crowd.own[0]).given_name == "Own news"
    assert crowd.is_served()


@pytest.mark.parametrize("invalid", INVALID_DATA.values(), ids=INVALID_DATA)
def test_invalid_data_instead_of_entries_causes_misses(crowd, keys, invalid):
    misses = crowd.accounts.stats.misses
    keys.overwrite(keys.entries, invalid)

    names = crowd.read_all()

    assert names == crowd.said_by_service()
    assert crowd.accounts.stats.misses == misses + len(names)
    check_recovered(crowd)


@pytest.mark.parametrize("kept", ["nothing", "no text", "no JSON", "null", "a long word"])
def test_invalid_data_instead_of_an_epoch_is_replaced(crowd, keys, kept):
    keys.overwrite([EPOCH], INVALID_DATA[kept])

    check_recovered(crowd)


@pytest.mark.parametrize("kind", ["redis"], indirect=True)
def test_lists_instead_of_entries_cause_misses(crowd, keys):
    keys.make_lists(keys.entries)

    check_recovered(crowd)


@pytest.mark.parametrize("kind", ["redis"], indirect=True)
def test_a_list_instead_of_an_epoch_is_replaced(crowd, keys):
    keys.make_lists([EPOCH])

    check_recovered(crowd)


def test_corrupted_data_is_never_read_while_threads_work(crowd, keys):
    server_keys = keys.entries
    with crowd.at_work():
        for invalid in (b"", b"hunter2", INVALID_DATA["another format"], b'{"format": 1'):
            keys.overwrite(server_keys, invalid)
            crowd.take_turns(1)
            keys.overwrite([EPOCH], invalid)
            crowd.take_turns(1)

    check_recovered(crowd)


def test_threads_that_find_no_epoch_agree_on_one(crowd, server):
    with crowd.at_work():
        for _ in range(5):
            with closing(server.connect()) as client:
                client.delete(EPOCH)
            crowd.take_turns(1)

    check_recovered(crowd)
