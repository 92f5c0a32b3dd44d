"""The resolution of the caller's cache options for each region."""

from typing import Any

import pytest

from stormpath.cache.memory_store import MemoryStore
from stormpath.cache.options import options_by_region


class OtherStore:
    pass


def chosen(cache_options: dict[str, Any], region: str = "accounts") -> dict[str, Any]:
    return dict(options_by_region(cache_options, ["accounts", "groups"]))[region]


def test_a_region_overrides_the_top_level_option_by_option() -> None:
    options = {"ttl": 10, "tti": 20, "regions": {"accounts": {"ttl": 30, "store": OtherStore}}}

    assert chosen(options) == {"store": OtherStore, "ttl": 30, "tti": 20, "store_opts": {}}
    assert chosen(options, "groups") == {"ttl": 10, "tti": 20, "store_opts": {}}


def test_blanks_around_names_are_ignored() -> None:
    options = {" ttl ": 10, "   regions": {" accounts": {"tti ": 5}}}

    assert chosen(options) == {"ttl": 10, "tti": 5, "store_opts": {}}


def test_unknown_names_are_ignored() -> None:
    assert chosen({"colour": "red", "regions": {"planets": {"ttl": 1}, "accounts": {"size": 3}}}) == {
        "store_opts": {}
    }


@pytest.mark.parametrize("nothing", [{}, {"regions": None}, {"regions": {"accounts": None}}, {"ttl": None}])
def test_options_without_a_value_keep_the_defaults(nothing: dict[str, Any]) -> None:
    assert chosen(nothing) == {"store_opts": {}}


def test_max_entries_is_passed_to_memory_stores_only() -> None:
    options = {
        "store_opts": {"max_entries": 5, "host": "localhost"},
        "regions": {"groups": {"store": OtherStore}},
    }

    assert chosen(options)["store_opts"] == {"max_entries": 5, "host": "localhost"}
    assert chosen(options, "groups")["store_opts"] == {"host": "localhost"}


def test_the_callers_dictionaries_are_not_changed() -> None:
    store_opts = {"max_entries": 5}
    region = {"store": OtherStore, "store_opts": store_opts}
    options = {"ttl": 10, "store": MemoryStore, "regions": {"accounts": region}}

    chosen(options)

    assert store_opts == {"max_entries": 5}
    assert region == {"store": OtherStore, "store_opts": store_opts}
    assert options == {"ttl": 10, "store": MemoryStore, "regions": {"accounts": region}}
