"""The client of an app, made of its settings."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final

from flask_stormpath.settings import database_of
from stormpath import Client, __version__
from stormpath.cache.memory_store import MemoryStore
from stormpath.cache.null_cache_store import NullCacheStore
from stormpath.client import EMBEDDED_CACHE

#: The arguments of `Client`, and the settings that give them.
ARGUMENTS: Final = {
    "base_url": "STORMPATH_BASE_URL",
    "api_key_file_location": "STORMPATH_API_KEY_FILE",
    "smtp_url": "STORMPATH_SMTP_URL",
    "mail_from": "STORMPATH_MAIL_FROM",
    "sms_gateway": "STORMPATH_SMS_GATEWAY",
}
#: The regions of the cache that decide who is logged in.
OF_LOGINS: Final = ("accounts", "customData")
#: The accounts that a process remembers, of the people who use the app at the same time.
MOST_ACCOUNTS: Final = 10_000


def open_client(config: Mapping[str, Any]) -> Client:
    """Return a new client. With a served API it sends no request yet."""
    given = {name: config[key] for name, key in ARGUMENTS.items() if config[key]}
    if "api_key_file_location" not in given and config["STORMPATH_API_KEY_ID"]:
        given |= {"id": config["STORMPATH_API_KEY_ID"], "secret": config["STORMPATH_API_KEY_SECRET"]}
    if database := database_of(config):
        given["database"] = database
    return Client(
        cache_options=_cache_options(config),
        user_agent=" ".join(filter(None, (config["STORMPATH_AGENT"], _user_agent()))),
        **given,
    )


def _user_agent() -> str:
    return f"stormpath-flask/{__version__} flask/{version('flask')}"


def _cache_options(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the app's cache options; accounts are read again after `STORMPATH_ACCOUNT_MAX_AGE`, or sooner.

    With a database in this process, nothing else is cached unless the app asks for it.
    """
    given = config["STORMPATH_CACHE"]
    if given is None:
        options: dict[str, Any] = dict(EMBEDDED_CACHE) if database_of(config) else {}
        own: dict[str, Any] = {"store": MemoryStore, "store_opts": {"max_entries": MOST_ACCOUNTS}}
    else:
        options, own = dict(given), {}
    regions = dict(options.get("regions") or {})
    for each in OF_LOGINS:
        chosen = {**own, **(regions.get(each) or {})}
        regions[each] = _of_logins(chosen, chosen.get("ttl", options.get("ttl")), config)
    return {**options, "regions": regions}


def _of_logins(options: dict[str, Any], ttl: float | None, config: Mapping[str, Any]) -> dict[str, Any]:
    age = config["STORMPATH_ACCOUNT_MAX_AGE"]
    if not age:
        return {"store": NullCacheStore, "store_opts": {}}
    longest = age.total_seconds()
    return {**options, "ttl": longest if ttl is None else min(ttl, longest)}
