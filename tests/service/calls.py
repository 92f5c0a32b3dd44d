"""Calls to the service as a client makes them: JSON in, JSON out, through its WSGI callable."""

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from falcon import testing

Json = dict[str, Any]

ERROR_MEMBERS = {"status", "code", "message", "developerMessage", "moreInfo", "requestId"}


@dataclass
class Answer:
    """An answer of the service. ``answer["name"]`` is a member of its JSON body."""

    status: int
    headers: dict[str, str]  # Names in lower case.
    raw: bytes

    def __getitem__(self, member: str) -> Any:
        return self.json[member]

    @property
    def json(self) -> Json:
        body = json.loads(self.raw)
        assert isinstance(body, dict), f"the body is not a JSON object: {self.raw!r}"
        return body

    @property
    def made(self) -> Json:
        """The body of an answer with status 201; the test fails on any other."""
        assert self.status == 201, f"not created: {self.raw!r}"
        return self.json

    @property
    def ok(self) -> Json:
        """The body of an answer with status 200; the test fails on any other."""
        assert self.status == 200, f"not granted: {self.raw!r}"
        return self.json

    @property
    def items(self) -> list[Json]:
        """The items of a page of a collection."""
        return list(self.ok["items"])

    @property
    def error(self) -> tuple[int, int]:
        """The status and the code of an error, whose body is checked too (rest-core 1.10)."""
        body = self.json
        assert set(body) == ERROR_MEMBERS, f"no error body: {self.raw!r}"
        assert body["status"] == self.status
        assert self.headers["content-type"] == "application/json;charset=UTF-8"
        assert body["requestId"] == self.headers["stormpath-request-id"]
        assert body["moreInfo"].endswith(f"#error-{body['code']}")
        assert isinstance(body["message"], str)
        assert body["message"]
        assert isinstance(body["developerMessage"], str)
        assert body["developerMessage"]
        return body["status"], body["code"]


def basic(key_id: str, secret: str) -> dict[str, str]:
    """Return the header of HTTP Basic authentication."""
    return {"Authorization": "Basic " + base64.b64encode(f"{key_id}:{secret}".encode()).decode()}


def query_string(parameters: Json) -> str:
    return "&".join(f"{quote(name)}={quote(str(value), safe='')}" for name, value in parameters.items())


@dataclass
class Api:
    """A caller with an API key of one tenant.

    Paths are below the base URL (``/applications``) or whole hrefs. Keyword arguments are query parameters;
    ``filters`` takes those whose names are no Python names.
    """

    wsgi: Callable[..., Iterable[bytes]] = field(repr=False)
    base_url: str
    tenant_id: str = ""
    key_id: str = ""
    secret: str = field(default="", repr=False)

    @property
    def tenant(self) -> str:
        """The href of the caller's tenant."""
        return f"{self.base_url}/tenants/{self.tenant_id}"

    def get(self, path: str, filters: Json | None = None, /, **query: Any) -> Answer:
        return self.request("GET", path, query=query_string((filters or {}) | query))

    def post(self, path: str, body: Any = None, /, **query: Any) -> Answer:
        raw = b"" if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        return self.request("POST", path, raw, query=query_string(query), headers=headers)

    def delete(self, path: str, /, **query: Any) -> Answer:
        return self.request("DELETE", path, query=query_string(query))

    def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        query: str = "",
        headers: dict[str, str] | None = None,
        credentials: dict[str, str] | None = None,
    ) -> Answer:
        """Send exactly this; ``credentials`` (headers) replace the caller's own."""
        own = basic(self.key_id, self.secret) if self.key_id else {}
        sent = (own if credentials is None else credentials) | (headers or {})
        parts = urlsplit(path if "://" in path else f"{self.base_url}{path}")
        result = testing.simulate_request(
            self.wsgi,
            method,
            parts.path,
            query_string=parts.query or query,
            headers=sent,
            body=body,
            host="localhost",
            port=8080,
        )
        headers_received = {name.lower(): value for name, value in result.headers.items()}
        return Answer(result.status_code, headers_received, result.content)

    def every(self, path: str, filters: Json | None = None, /, **query: Any) -> list[Json]:
        """Return the items of all pages of a collection, following ``next``."""
        page = self.get(path, filters, **query).ok
        items = list(page["items"])
        while following := page.get("next"):
            page = self.get(following["href"]).ok
            items += page["items"]
        return items

    # Resources that most tests start from. Each test has its own tenant, so names may repeat.

    def application(self, name: str = "Atlas", **attributes: Any) -> Json:
        return self.post("/applications", {"name": name, **attributes}).made

    def application_with_directory(self, name: str = "Atlas") -> tuple[Json, Json]:
        """Return an application and its directory, the default store of its accounts and groups."""
        application = self.post("/applications", {"name": name}, createDirectory=f"{name} People").made
        mapping = self.get(application["defaultAccountStoreMapping"]["href"], expand="accountStore").ok
        return application, mapping["accountStore"]

    def directory(self, name: str = "People", **attributes: Any) -> Json:
        return self.post("/directories", {"name": name, **attributes}).made

    def group(self, place: Json, name: str = "Readers", **attributes: Any) -> Json:
        return self.post(place["groups"]["href"], {"name": name, **attributes}).made

    def account(self, place: Json, name: str = "ada", **attributes: Any) -> Json:
        """Create an account with the e-mail ``<name>@example.com`` and the password ``Changeme1!``."""
        body = {"email": f"{name}@example.com", "username": name, "password": "Changeme1!", **attributes}
        return self.post(place["accounts"]["href"], body).made

    def mapping(self, application: Json, store: Json, **attributes: Any) -> Json:
        body = {"application": link(application), "accountStore": link(store), **attributes}
        return self.post("/accountStoreMappings", body).made

    def organization(self, name: str = "Acme", **attributes: Any) -> Json:
        """Create an organization; its nameKey is its name in lower case, unless given."""
        return self.post("/organizations", {"name": name, "nameKey": name.lower(), **attributes}).made

    def organization_with_directory(self, name: str = "Acme") -> tuple[Json, Json]:
        """Return an organization and its directory, the default store of its accounts and groups."""
        body = {"name": name, "nameKey": name.lower()}
        organization = self.post("/organizations", body, createDirectory=f"{name} People").made
        mapping = self.get(organization["defaultAccountStoreMapping"]["href"], expand="accountStore").ok
        return organization, mapping["accountStore"]

    def organization_mapping(self, organization: Json, store: Json, **attributes: Any) -> Json:
        body = {"organization": link(organization), "accountStore": link(store), **attributes}
        return self.post("/organizationAccountStoreMappings", body).made

    def account_link(self, left: Json, right: Json) -> Json:
        return self.post("/accountLinks", {"leftAccount": link(left), "rightAccount": link(right)}).made

    def membership(self, account: Json, group: Json) -> Json:
        return self.post("/groupMemberships", {"account": link(account), "group": link(group)}).made

    def api_key(self, account: Json, **attributes: Any) -> Json:
        return self.post(account["apiKeys"]["href"], attributes or None).made

    def log_in(
        self,
        application: Json,
        login: str,
        password: str = "Changeme1!",
        store: Json | None = None,
        *,
        name_key: str | None = None,
        **query: Any,
    ) -> Answer:
        """Log in, into a ``store`` or the organization with that ``name_key`` alone if one is given."""
        value = base64.b64encode(f"{login}:{password}".encode()).decode()
        body: Json = {"type": "basic", "value": value} | ({"accountStore": link(store)} if store else {})
        if name_key is not None:
            body["accountStore"] = {"nameKey": name_key}
        return self.post(application["loginAttempts"]["href"], body, **query)


def link(resource: Json) -> Json:
    """Return a link to a resource, as another resource's JSON contains it."""
    return {"href": resource["href"]}


def id_of(resource: Json) -> str:
    return str(resource["href"].rpartition("/")[2])


def path_of(resource: Json, *below: str) -> str:
    """Return the path of a resource, or of something below it, as a client writes it after the base URL."""
    return "/".join([urlsplit(resource["href"]).path.removeprefix("/v1"), *below])
