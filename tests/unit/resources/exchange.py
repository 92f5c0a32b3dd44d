"""A client of a stub service: a table of canned answers that counts the requests.

It has the real data store and the real `Client` properties; only the executor is a stand-in.
"""

from collections.abc import Callable, Mapping
from typing import Any

from stormpath.data_store import DataStore
from stormpath.error import Error
from stormpath.resources.account import AccountList
from stormpath.resources.account_link import AccountLinkList
from stormpath.resources.account_store_mapping import AccountStoreMappingList
from stormpath.resources.api_key import ApiKeyList
from stormpath.resources.application import ApplicationList
from stormpath.resources.directory import DirectoryList
from stormpath.resources.group import GroupList
from stormpath.resources.group_membership import GroupMembershipList
from stormpath.resources.organization import OrganizationList
from stormpath.resources.organization_account_store_mapping import OrganizationAccountStoreMappingList
from stormpath.resources.tenant import Tenant

BASE = "https://id.example.com/v1"

Answer = Mapping[str, Any] | Callable[[Mapping[str, Any], Any], Mapping[str, Any]]


class Exchange:
    """An executor that returns prepared answers and records every request."""

    base_url = BASE

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, Any], Any]] = []
        self._answers: dict[tuple[str, str], Answer] = {}

    def answers(self, method: str, path: str, answer: Answer) -> None:
        """Prepare the answer for a path: a body, or a function of query and request body that returns one."""
        self._answers[method, path] = answer

    def holds(self, path: str, **attributes: Any) -> dict[str, Any]:
        """Prepare a resource that can be read, and return its JSON."""
        body = {"href": BASE + path, **attributes}
        self.answers("GET", path, body)
        return body

    def lists(self, path: str, items: list[dict[str, Any]], cursor: bool = False) -> None:
        """Prepare a collection with pages like those of the service, filtered by equality."""

        def page(query: Mapping[str, Any], data: Any) -> dict[str, Any]:
            names = [name for name in query if name not in ("offset", "limit", "expand", "orderBy", "after")]
            found = [
                item
                for item in items
                if all(str(item.get(n)).lower() == str(query[n]).lower() for n in names)
            ]
            offset, limit = int(query.get("offset", 0)), min(100, int(query.get("limit", 25)))
            start = int(query["after"]) if "after" in query else offset
            body: dict[str, Any] = {
                "href": BASE + path,
                "offset": offset,
                "limit": limit,
                "size": len(found),
                "items": found[start : start + limit],
            }
            if cursor and start + limit < len(found):
                rest = "".join(f"&{name}={query[name]}" for name in query if name not in ("limit", "after"))
                body["next"] = {"href": f"{BASE}{path}?limit={limit}&after={start + limit}{rest}"}
            return body

        self.answers("GET", path, page)

    @property
    def count(self) -> int:
        """The number of requests made."""
        return len(self.requests)

    @property
    def lines(self) -> list[str]:
        """The requests as method and path."""
        return [f"{method} {path}" for method, path, _, _ in self.requests]

    @property
    def last(self) -> tuple[str, str, dict[str, Any], Any]:
        """The last request: method, path, query, body."""
        return self.requests[-1]

    def clear(self) -> None:
        """Drop the recorded requests."""
        self.requests.clear()

    def get(self, url: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self._answer("GET", url, params, None)

    def post(
        self, url: str, data: Any, params: Mapping[str, Any] | None = None, headers: Any = None
    ) -> dict[str, Any]:
        return self._answer("POST", url, params, data)

    def delete(self, url: str) -> dict[str, Any]:
        return self._answer("DELETE", url, None, None)

    def _answer(self, method: str, url: str, params: Mapping[str, Any] | None, data: Any) -> dict[str, Any]:
        assert url.startswith(BASE), url
        path, _, text = url.removeprefix(BASE).partition("?")
        query = dict(each.split("=", 1) for each in text.split("&")) if text else {}
        query.update(params or {})
        self.requests.append((method, path, query, data))
        answer = self._answers.get((method, path))
        if answer is None:
            raise Error(
                {"status": 404, "code": 404, "message": "not found", "developerMessage": f"no {path}"}
            )
        body = answer(query, data) if callable(answer) else answer
        status = 201 if method == "POST" and body.get("href") != BASE + path else 200
        return {**body, "sp_http_status": status} if body else {}


class StubAuth:
    id = "key-id"
    secret = "key-secret-of-more-than-thirty-two-bytes"


class StubClient:
    """The members of a client that resources use."""

    BASE_URL = BASE
    auth = StubAuth()

    def __init__(self, exchange: Exchange, **cache_options: Any) -> None:
        self.data_store = DataStore(exchange, cache_options or None)
        self.tenant = Tenant(self, href="/tenants/current")
        self.accounts = AccountList(self, href=f"{BASE}/accounts")
        self.applications = ApplicationList(self, href=f"{BASE}/applications")
        self.directories = DirectoryList(self, href=f"{BASE}/directories")
        self.groups = GroupList(self, href=f"{BASE}/groups")
        self.group_memberships = GroupMembershipList(self, href=f"{BASE}/groupMemberships")
        self.account_store_mappings = AccountStoreMappingList(self, href=f"{BASE}/accountStoreMappings")
        self.organizations = OrganizationList(self, href=f"{BASE}/organizations")
        self.organization_account_store_mappings = OrganizationAccountStoreMappingList(
            self, href=f"{BASE}/organizationAccountStoreMappings"
        )
        self.api_keys = ApiKeyList(self, href=f"{BASE}/apiKeys")
        self.account_links = AccountLinkList(self, href=f"{BASE}/accountLinks")


def link(path: str) -> dict[str, str]:
    return {"href": BASE + path}


def account_json(key: str = "a1", **attributes: Any) -> dict[str, Any]:
    """Return the JSON of an account."""
    home = f"/accounts/{key}"
    return {
        "href": BASE + home,
        "createdAt": "2026-01-02T03:04:05.678Z",
        "modifiedAt": "2026-01-02T03:04:05.678Z",
        "username": key,
        "email": f"{key}@example.org",
        "givenName": "Ada",
        "middleName": None,
        "surname": "King",
        "fullName": "Ada King",
        "status": "ENABLED",
        "emailVerificationStatus": "UNVERIFIED",
        "emailVerificationToken": None,
        "passwordModifiedAt": None,
        "customData": link(f"{home}/customData"),
        "directory": link("/directories/d1"),
        "tenant": link("/tenants/t1"),
        "groups": link(f"{home}/groups"),
        "groupMemberships": link(f"{home}/groupMemberships"),
        "applications": link(f"{home}/applications"),
        **attributes,
    }


def group_json(key: str, **attributes: Any) -> dict[str, Any]:
    """Return the JSON of a group."""
    home = f"/groups/{key}"
    return {
        "href": BASE + home,
        "name": key,
        "description": None,
        "status": "ENABLED",
        "directory": link("/directories/d1"),
        "accounts": link(f"{home}/accounts"),
        **attributes,
    }
