"""A person at a browser without scripts, who uses the console: pages, forms, cookies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from falcon import testing

from console.html_page import HtmlForm, HtmlPage
from service.calls import Api, Json, id_of
from stormpath.server.app import Service

PASSWORD = "Changeme1!"
FORM = "application/x-www-form-urlencoded"


@dataclass
class Page:
    """An answer to a visitor."""

    status: int
    headers: dict[str, str]
    raw: bytes
    path: str

    @property
    def html(self) -> HtmlPage:
        return HtmlPage(self.raw.decode(), self.path)

    @property
    def text(self) -> str:
        """What the page says."""
        return self.html.text


@dataclass
class Visitor:
    """A browser. ``page`` is the last page; ``origin`` is where the console is."""

    wsgi: Any = field(repr=False)
    tenant: str = ""
    login: str = ""
    password: str = field(default=PASSWORD, repr=False)
    cookies: dict[str, str] = field(default_factory=dict, repr=False)
    page: Page = field(default_factory=lambda: Page(0, {}, b"", ""), repr=False)
    origin: str = "http://localhost:8080"
    #: The API of the same tenant, by which tests make and read things.
    api: Api | None = field(default=None, repr=False)

    def open(self, path: str, **query: str) -> Page:
        """Open a page, and follow where it leads."""
        path = f"{path}?{urlencode(query)}" if query else path
        return self._follow(self.request("GET", path))

    def follow(self, text: str) -> Page:
        """Click on the link with that text."""
        return self.open(urljoin(self.page.path, self.page.html.link(text)))

    def submit(self, button: str, values: Mapping[str, Any] | None = None, **more: Any) -> Page:
        """Fill in the form with that button, and press it. Values of lists are for ticked boxes."""
        form = self.page.html.form(button)
        return self.send(form, button, {**(values or {}), **more})

    def send(self, form: HtmlForm, button: str, values: Mapping[str, Any]) -> Page:
        """Send a form with values in place of those that it has; ``None`` leaves a field out."""
        known = {name for name, _ in form.fields} | form.names
        assert set(values) <= known, f"no field {set(values) - known} in {sorted(known)}"
        pairs = [(name, value) for name, value in form.fields if name not in values]
        for name, value in values.items():
            if value is not None:
                pairs += [(name, each) for each in (value if isinstance(value, list) else [value])]
        pressed = next(attributes for text, attributes in form.buttons if text == button)
        if "name" in pressed:
            pairs.append((pressed["name"], pressed.get("value", "")))
        target = urljoin(self.page.path, pressed.get("formaction") or form.action)
        if form.method == "get":
            return self.open(f"{target.partition('?')[0]}?{urlencode(pairs)}")
        return self._follow(self.post(target, pairs))

    def post(self, path: str, pairs: Any, **headers: str) -> Page:
        """Send a form as it is, and do not follow."""
        body = urlencode(list(pairs.items()) if isinstance(pairs, Mapping) else pairs).encode()
        return self.request("POST", path, body, {"Content-Type": FORM, "Origin": self.origin, **headers})

    def request(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Page:
        """Send exactly this, with the cookies."""
        parts, base = urlsplit(path), urlsplit(self.origin)
        result = testing.simulate_request(
            self.wsgi,
            method,
            parts.path,
            query_string=parts.query,
            headers=dict(headers or {}),
            body=body,
            cookies=self.cookies,
            host=base.hostname or "",
            port=base.port,
            protocol=base.scheme,
        )
        for name, cookie in result.cookies.items():
            if (cookie.max_age is not None and cookie.max_age <= 0) or cookie.expires is not None:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = cookie.value
        found = {name.lower(): value for name, value in result.headers.items()}
        self.page = Page(result.status_code, found, result.content, path)
        return self.page

    def log_in(self, password: str | None = None) -> Page:
        """Log in as the person that this is."""
        self.open("/login")
        sent = {"tenant": self.tenant, "login": self.login, "password": password or self.password}
        return self.submit("Log in", sent)

    def anew(self) -> Visitor:
        """Return another browser of the same person, without cookies."""
        return Visitor(self.wsgi, self.tenant, self.login, self.password, origin=self.origin, api=self.api)

    @property
    def csrf(self) -> str:
        """What forms of the last page send against forgery."""
        return str(next(each for each in self.page.html.forms if each.method == "post").value("csrf"))

    @property
    def tools(self) -> Api:
        """The API of the same tenant."""
        assert self.api is not None
        return self.api

    def _follow(self, page: Page) -> Page:
        for _ in range(5):
            if page.status not in (302, 303):
                return page
            page = self.request("GET", urljoin(page.path, page.headers["location"]))
        raise AssertionError(f"led in circles to {page.path}")


def administrators_of(api: Api) -> Json:
    """Return the directory of the tenant's administrators."""
    return api.get("/directories", name="Stormpath Administrators").items[0]


def new_administrator(api: Api, name: str = "ann", **attributes: Any) -> Visitor:
    """Return a new administrator of a tenant, who is not its owner and not logged in."""
    body = {"givenName": "Ann", "surname": "Doe", "email": f"{name}@example.com", "password": PASSWORD}
    made = api.post(administrators_of(api)["accounts"]["href"], {**body, **attributes}).made
    key = api.get(api.tenant).ok["key"]
    return Visitor(api.wsgi, key, made["email"], origin="http://localhost:8080", api=api)


def owner(api: Api, name: str = "olga") -> Visitor:
    """Return the owner of a tenant, who has a password now and is not logged in."""
    accounts = api.get(administrators_of(api)["accounts"]["href"], username="administrator").items
    change = {"email": f"{name}@example.com", "password": PASSWORD, "givenName": "Olga", "surname": "Poe"}
    made = api.post(accounts[0]["href"], change).ok
    return Visitor(api.wsgi, api.get(api.tenant).ok["key"], made["email"], api=api)


def forget_the_password(service: Service, admin: Visitor) -> None:
    """Let the password count as given eleven minutes ago."""
    account = admin.tools.get("/accounts", email=admin.login).items[0]
    stored = service.console.sessions.stored
    for each in stored.of_account(id_of(account), 0):
        stored.prove(each.id, each.used_at - 11 * 60_000)
