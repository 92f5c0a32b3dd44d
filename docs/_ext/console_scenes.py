"""The pages of the Admin Console that the documentation shows, of a tenant with some applications and people.

Ids, times and tokens are replaced by ones that stay the same, so that a picture is drawn anew only where its
page has changed.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urljoin

from werkzeug.test import Client as Wsgi

from stormpath.server.app import Service, open_service

ORIGIN: Final = "http://localhost:8080"
#: What the names of all scenes begin with.
PREFIX: Final = "console-"
PASSWORD: Final = "Changeme1!"  # noqa: S105  # Of an account that is gone with this process.
EMAIL: Final = "ann@example.com"

_ID: Final = re.compile(
    r"(?<![\w-])(?:(?=\w*[0-9])(?=\w*[a-z])[0-9A-Za-z]{22}|(?=\w*[0-9])[0-9A-Z]{25,26})(?![\w-])"
)
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:([T ])\d\d:\d\d(:\d\d(?:\.\d+)?Z?)?)?")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TOKEN: Final = re.compile(r'(name="(?:csrf|cursor|state)" value=")[^"]*')
_IDLE: Final = re.compile(r'(data-idle=")[^"]*')
#: What is today on the pictures.
TODAY: Final = date(2026, 3, 14)

Json = dict[str, Any]


@dataclass
class Example:
    """A service with one tenant, its API, and an administrator at a browser."""

    service: Service
    browser: Wsgi = field(init=False)
    authorization: str = field(init=False)
    tenant: Json = field(init=False)

    def __post_init__(self) -> None:
        self.browser = Wsgi(self.service)
        id, secret = self.service.local_api_key()
        self.authorization = f"Basic {b64encode(f'{id}:{secret}'.encode()).decode()}"
        self.tenant = self.get(f"/tenants/{self.service.tenant_id}")

    def get(self, path: str, **query: Any) -> Json:
        """Return the JSON of the API at a path or href."""
        return self._call("GET", path, None, query)

    def post(self, path: str, body: Json, **query: Any) -> Json:
        """Send JSON to the API, and return the answer."""
        return self._call("POST", path, body, query)

    def _call(self, method: str, path: str, body: Json | None, query: Mapping[str, Any]) -> Json:
        target = path if path.startswith("http") else f"{self.service.base_url}{path}"
        answer = Wsgi(self.service).open(
            target.removeprefix(ORIGIN),
            ORIGIN,
            method=method,
            json=body,
            query_string=dict(query),
            headers={"Authorization": self.authorization, "Accept": "application/json"},
        )
        if answer.status_code not in (200, 201):
            raise RuntimeError(f"{method} {path}: {answer.text}")
        return dict(answer.json or {})

    def page(self, path: str) -> str:
        """Return the HTML of a page of the console."""
        answer = self.browser.get(path, ORIGIN, follow_redirects=True)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
        return answer.text

    def submit(self, path: str, **values: str) -> str:
        """Send a form with the token of the page at a path; return the page that follows."""
        found = re.search(r'name="csrf" value="([^"]*)"', self.browser.get(path, ORIGIN).text)
        token = unescape(found[1]) if found else ""
        headers = {"Origin": ORIGIN}
        answer = self.browser.post(path, ORIGIN, data={"csrf": token, **values}, headers=headers)
        if answer.status_code in (302, 303):
            return self.page(urljoin(path, answer.headers["Location"]))
        return str(answer.text)


def scenes() -> dict[str, str]:
    """Return the HTML of each page by its name."""
    with TemporaryDirectory() as folder, closing(open_service(Path(folder, "users.db"))) as service:
        example = Example(service)
        login, forgotten = example.page("/login"), example.page("/forgotLogin")
        made = _furnished(example)
        example.submit("/login", tenant=example.tenant["key"], login=EMAIL, password=PASSWORD)
        paths = _paths(made)
        found = {"login": login, "forgotten": forgotten}
        found |= {name: example.page(path) for name, path in paths.items()}
        found |= _of_forms(example, made)
        names = _random_names(example)
        return {f"{PREFIX}{name}": steady(html, names) for name, html in found.items()}


def _furnished(example: Example) -> dict[str, Json]:
    """Make what the pages show: a shop with customers and staff."""
    administrators = example.get("/directories", name="Stormpath Administrators")["items"][0]
    owner = example.get(administrators["accounts"]["href"])["items"][0]
    person = {"email": EMAIL, "username": EMAIL, "password": PASSWORD, "givenName": "Ann", "surname": "Lee"}
    example.post(owner["href"], person)
    texts = {"name": "Shop", "description": "https://shop.example.com"}
    shop = example.post("/applications", texts, createDirectory="Customers")
    example.post("/applications", {"name": "Warehouse", "status": "DISABLED"}, createDirectory="Staff")
    example.post("/applications", {"name": "Partner Portal", "description": "For resellers"})
    customers, staff = (example.get("/directories", name=each)["items"][0] for each in ("Customers", "Staff"))
    groups = [
        example.post(customers["groups"]["href"], {"name": name, "description": text})
        for name, text in (
            ("Gold", "Free shipping"),
            ("Newsletter", "Agreed to it on the site"),
            ("Trial", ""),
        )
    ]
    people = [
        ("Joe", "Doe", "ENABLED"),
        ("Mia", "Novak", "ENABLED"),
        ("Tim", "Okafor", "UNVERIFIED"),
        ("Eva", "Santos", "DISABLED"),
        ("Leo", "Brandt", "ENABLED"),
    ]
    accounts = [
        example.post(
            customers["accounts"]["href"],
            {
                "givenName": given,
                "surname": surname,
                "email": f"{given.lower()}@example.com",
                "password": PASSWORD,
                "status": status,
                "customData": {"plan": "gold", "seats": 3, "newsletter": True},
            },
        )
        for given, surname, status in people
    ]
    link = {"account": {"href": accounts[0]["href"]}, "group": {"href": groups[0]["href"]}}
    example.post("/groupMemberships", link)
    mapping = {"application": {"href": shop["href"]}, "accountStore": {"href": staff["href"]}}
    example.post("/accountStoreMappings", mapping)
    office = _mirror(example)
    organization = {"name": "Acme", "nameKey": "acme", "description": "Rockets and anvils"}
    return {
        "application": shop,
        "directory": customers,
        "mirror": office,
        "group": groups[0],
        "account": accounts[0],
        "organization": example.post("/organizations", organization),
    }


def _mirror(example: Example) -> Json:
    """Make a mirrored directory with an agent at work, and three entries that it could not copy."""
    config = {
        "directoryHost": "ldap.example.com",
        "directoryPort": 636,
        "sslRequired": True,
        "agentUserDn": "cn=agent,dc=example,dc=com",
        "agentUserDnPassword": PASSWORD,
        "baseDn": "dc=example,dc=com",
        "pollInterval": 60,
        "accountConfig": {
            "dnSuffix": "ou=People",
            "objectClass": "inetOrgPerson",
            "emailRdn": "mail",
            "givenNameRdn": "givenName",
            "surnameRdn": "sn",
            "usernameRdn": "uid",
            "passwordRdn": "userPassword",
        },
        "groupConfig": {
            "dnSuffix": "ou=Groups",
            "objectClass": "groupOfNames",
            "nameRdn": "cn",
            "descriptionRdn": "description",
            "membersRdn": "member",
        },
    }
    body = {"name": "Head Office", "provider": {"providerId": "ldap", "agent": {"config": config}}}
    made = example.post("/directories", {**body, "description": "The server in Berlin"})
    database, now = example.service.database, round(datetime.now(UTC).timestamp() * 1000)
    id, tenant_id = made["href"].rpartition("/")[2], example.tenant["href"].rpartition("/")[2]
    entry = {
        "dn_key": "",
        "digest": "",
        "is_disabled": False,
        "seen_run": 1,
        "is_dirty": False,
        "kind": "account",
    }
    rows = [
        {**entry, "tenant_id": tenant_id, "directory_id": id, "entry_id": dn, "dn": dn, "problem": problem}
        for dn, problem in (
            ("uid=backup,ou=People,dc=example,dc=com", "no_email"),
            ("uid=printer,ou=People,dc=example,dc=com", "no_email"),
            ("uid=joe2,ou=People,dc=example,dc=com", "email_taken"),
        )
    ]
    agents = database.tables.of["agent"]
    values = {"status": "ONLINE", "last_seen_at": now, "last_synchronized_at": now}
    with database.transaction() as connection:
        connection.execute(database.tables.mirror_entries.insert(), rows)
        connection.execute(agents.update().where(agents.c.directory_id == id).values(values))
    return made


def _random_names(example: Example) -> dict[str, str]:
    """Return what stands for the names of two words that the service chooses."""
    found = {example.tenant["key"]: "iron-troop"}
    for number, each in enumerate(example.get("/applications")["items"]):
        found[example.get(each["webConfig"]["href"])["dnsLabel"]] = ("calm-river", "bold-hill")[number % 2]
    return found


def _paths(made: Mapping[str, Json]) -> dict[str, str]:
    at = {name: "/" + "/".join(body["href"].split("/")[-2:]) for name, body in made.items()}
    return {
        "home": "/",
        "quickstart": "/quickstart/python",
        "search": "/search?q=joe",
        "applications": "/applications",
        "application-new": "/applications/new",
        "application": at["application"],
        "application-accounts": f"{at['application']}/accounts",
        "application-stores": f"{at['application']}/accountStores",
        "application-store-new": f"{at['application']}/accountStores/new",
        "application-policies": f"{at['application']}/policies",
        "application-api": f"{at['application']}/clientApi",
        "organizations": "/organizations",
        "organization": at["organization"],
        "directories": "/directories",
        "directory-types": "/directories/new",
        "directory-new": "/directories/new?type=cloud",
        "directory-google": "/directories/new?type=google",
        "directory-mirror": "/directories/new?type=ldap",
        "directory": at["directory"],
        "directory-applications": f"{at['directory']}/applications",
        "workflows": f"{at['directory']}/workflows/accountCreation",
        "workflow-message": f"{at['directory']}/workflows/accountCreation/welcome",
        "groups": "/groups",
        "group": at["group"],
        "group-accounts": f"{at['group']}/accounts",
        "group-assign": f"{at['group']}/accounts/assign",
        "accounts": "/accounts",
        "accounts-found": "/accounts?q=do&status=ENABLED",
        "account-new": f"{at['directory']}/accounts/new",
        "account": at["account"],
        "account-groups": f"{at['account']}/groups",
        "account-password": f"{at['account']}/password",
        "account-keys": f"{at['account']}/apiKeys",
        "account-diagnosis": f"{at['account']}/diagnosis",
        "account-delete": f"{at['account']}/delete",
        "custom-data": f"{at['account']}/customData",
        "custom-data-json": f"{at['account']}/customData/json",
        "rest": f"/rest{at['account']}",
        "own-account": "/me",
        "own-keys": "/me/apiKeys",
        "own-sessions": "/me/sessions",
        "own-security": "/me/security",
        "invitations": "/invitations",
        "administrators": "/admins",
        "tenant": "/tenant",
        "mail-server-new": "/smtpServers/new",
        "agents": "/agents",
        "agent": f"{at['mirror']}/agent",
        "agent-download": f"{at['mirror']}/agent/download",
        "agent-problems": f"{at['mirror']}/agent/problems",
        "id-site": "/idSite",
        "outbox": "/outbox",
        "events": "/events",
        "actions": "/events/actions",
        "tokens": "/tokens",
        "limits": "/limits",
    }


def _of_forms(example: Example, made: Mapping[str, Json]) -> dict[str, str]:
    directory = "/" + "/".join(made["directory"]["href"].split("/")[-2:])
    return {
        "organization-refused": example.submit(
            "/organizations/new", name="Acme Two", nameKey="Not valid!", description="Rockets"
        ),
        "directory-code": example.submit(directory, description="People who buy", as_code="1"),
        "directory-delete": example.page(f"{directory}/delete"),
    }


def steady(html: str, names: Mapping[str, str]) -> str:
    """Return a page with ids, times, tokens and ``names`` that are the same in each build."""
    known: dict[str, str] = {}
    shift = TODAY - datetime.now(UTC).date()

    def id_of(match: re.Match[str]) -> str:
        new = f"7Kx{len(known) + 1:03d}Qe9LwZ2mT5vRb8YnA4Kd"[: len(match[0])]
        return known.setdefault(match[0], new.upper() if match[0].isupper() else new)

    def time_of(match: re.Match[str]) -> str:
        day = date.fromisoformat(match[1]) + shift
        time = f"{match[2]}09:30{':00.000Z' if match[3] else ''}" if match[2] else ""
        return f"{day}{time}"

    html = _TIME.sub(time_of, _TOKEN.sub(r"\1", html))
    html = _IDLE.sub(r"\g<1>1800", html)
    html = _UUID.sub("4f9c2b1e-7d3a-4c58-9e16-0b2d8f6a51c7", html)
    for old, new in names.items():
        html = html.replace(old, new)
    return _ID.sub(id_of, html)
