"""A service in a dictionary, used as the executor of a data store."""

import copy
from collections.abc import Mapping
from typing import Any

from stormpath.data_store import DataStore

BASE = "https://id.example.com/v1"
JOE = f"{BASE}/accounts/joe"
ADMINS = f"{BASE}/groups/admins"
APP = f"{BASE}/applications/app"
DIRECTORY = f"{BASE}/directories/dir"
MEMBERSHIP = f"{BASE}/groupMemberships/joe-admins"
MAPPING = f"{BASE}/accountStoreMappings/first"
OTHER_MAPPING = f"{BASE}/accountStoreMappings/second"
API_KEY = f"{BASE}/apiKeys/key"


def link(href: str) -> dict[str, Any]:
    return {"href": href}


def resources() -> dict[str, dict[str, Any]]:
    """Return all resources of the service, by href."""
    bodies: list[dict[str, Any]] = [
        {
            "href": JOE,
            "email": "joe@example.com",
            "tags": ["a", {"b": 1}],
            "directory": link(DIRECTORY),
            "groups": link(f"{JOE}/groups"),
            "customData": link(f"{JOE}/customData"),
        },
        {"href": f"{JOE}/customData", "colour": "red", "nested": {"list": [1]}},
        {"href": f"{JOE}/providerData", "providerId": "stormpath"},
        {"href": ADMINS, "name": "Admins", "directory": link(DIRECTORY)},
        {"href": DIRECTORY, "name": "Directory"},
        {"href": MEMBERSHIP, "account": link(JOE), "group": link(ADMINS)},
        {"href": API_KEY, "id": "key", "secret": "sEcReT", "account": link(JOE)},
        {"href": APP, "name": "App", "defaultAccountStoreMapping": link(MAPPING)},
        {"href": MAPPING, "listIndex": 0, "application": link(APP), "accountStore": link(DIRECTORY)},
        {"href": OTHER_MAPPING, "listIndex": 1, "application": link(APP), "accountStore": link(ADMINS)},
        {"href": f"{BASE}/tenants/t", "name": "T"},
    ]
    return {body["href"]: body for body in bodies}


class Service:
    """Answers like an executor and records its requests."""

    base_url = BASE

    def __init__(self) -> None:
        self.resources = resources()
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[Any, ...]] = []
        self.failure: Exception | None = None

    def _answer(self, href: str, status: int = 200) -> Any:
        if self.failure:
            raise self.failure
        found = self.answers.get(href, self.resources.get(href, {}))
        body = copy.deepcopy(found)
        return {**body, "sp_http_status": status} if body else body

    def get(self, href: str, params: Mapping[str, Any] | None = None) -> Any:
        self.asked.append(("GET", href, params))
        return self._answer(href)

    def post(self, href: str, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        self.asked.append(("POST", href, data, params))
        return self._answer(href, 201)

    def delete(self, href: str) -> Any:
        self.asked.append(("DELETE", href))
        return self._answer(href)

    def count(self) -> int:
        return len(self.asked)


def read_all(store: DataStore, *hrefs: str) -> None:
    for href in hrefs or resources():
        store.get_resource(href)


def cached(store: DataStore) -> set[str]:
    """Return the hrefs that would be answered without a request."""
    return {href for href in resources() if store._cache_get(href) is not None}
