"""Every page of the console, tried by other tenants, other sites and visitors, and with bad texts."""

from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

import pytest

from console.html_page import HtmlPage
from console.page_paths import filled, with_ids
from console.visitor import FORM, Visitor, owner
from service.calls import Api, Json, id_of
from service.description import CheckedApi
from service.examples import Examples
from service.tenant_rows import dump as every_row
from stormpath.server.app import Service
from stormpath.server.console.declared.secrets import hidden_names
from stormpath.server.console.page import Page

#: As markup it is an element with this attribute, as a URL a script; as the cell of a table a formula.
EVIL = "=<b data-evil='1'>\"'`${7*7}{{7*7}}</b>"
EVIL_URL = "javascript:alert(1)//<b data-evil>"


pytestmark = pytest.mark.either_database


@pytest.fixture
def theirs(api: Api) -> dict[str, Json]:
    """An example of each kind, of a tenant that the visitor is no administrator of."""
    return Examples(CheckedApi.like(api)).all()


@pytest.fixture
def visitor(stranger: Api) -> Visitor:
    """The owner of another tenant, logged in."""
    found = owner(stranger, "zoe")
    assert found.log_in().status == 200
    return found


def dump(service: Service, tenant_id: str) -> frozenset[tuple[str, str]]:
    """Return the rows of a tenant, without the sessions of the console, which note when they are used."""
    return frozenset(each for each in every_row(service, tenant_id) if each[0] != "console_sessions")


def pages(service: Service, examples: dict[str, Json]) -> Iterator[tuple[Page, str]]:
    for page in with_ids(service):
        if (path := filled(page, examples)) is not None:
            yield page, path


def test_no_page_of_another_tenants_resource_is_found_or_changes_anything(
    service: Service, api: Api, visitor: Visitor, theirs: dict[str, Json]
):
    csrf = visitor.csrf
    ids = [id_of(each) for each in theirs.values()]
    before = dump(service, api.tenant_id)
    tried = 0

    for page, path in pages(service, theirs):
        if page.get is not None:
            found = visitor.open(path)
            assert found.status == 404, (path, found.status)
            shown = found.raw.decode()
            assert not any(each in shown for each in ids), path
            tried += 1
        if page.post is not None:
            sent = {
                "csrf": csrf,
                "understood": "true",
                "status": "DISABLED",
                "confirmed": "true",
                "name": "X",
            }
            found = visitor.post(path, sent)
            assert found.status == 404, (path, found.status, found.text)
            tried += 1

    assert dump(service, api.tenant_id) == before
    assert tried > 200


def test_ticked_rows_of_another_tenant_are_not_touched(
    service: Service, api: Api, visitor: Visitor, theirs: dict[str, Json]
):
    csrf = visitor.csrf
    before = dump(service, api.tenant_id)

    for page in service.console.pages:
        if page.post is None or "{" in page.path or page.public:
            continue
        plural = page.path.split("/")[1]
        for action in ("delete", "DISABLED") if plural in theirs else ():
            sent = {"csrf": csrf, "action": action, "id": id_of(theirs[plural]), "understood": "true"}
            assert visitor.post(page.path, sent).status < 500, page.path

    assert dump(service, api.tenant_id) == before


def test_no_form_is_taken_from_another_site(
    service: Service, api: Api, admin: Visitor, theirs: dict[str, Json]
):
    csrf = admin.csrf
    of_another_browser = admin.anew().open("/login").html.forms[0].value("csrf")
    before = dump(service, api.tenant_id)
    every = [(page, path) for page, path in pages(service, theirs) if page.post]
    every += [(page, page.path) for page in service.console.pages if page.post and "{" not in page.path]
    foreign = {"Origin": "https://evil.example.com"}
    by_site = {"Sec-Fetch-Site": "cross-site"}

    for _, path in every:
        sent = {"csrf": csrf, "understood": "true"}
        tries = [
            (admin.post(path, sent, **foreign), 403),
            (admin.post(path, sent, **by_site), 403),
            (admin.post(path, sent, Origin="null"), 403),
            (admin.post(path, {"understood": "true"}), 403),
            (admin.post(path, {**sent, "csrf": ""}), 403),
            (admin.post(path, {**sent, "csrf": of_another_browser}), 403),
            (admin.request("POST", path, b'{"csrf":"x"}', {"Content-Type": "application/json"}), 415),
            (admin.request("POST", path, b"csrf=x", {"Content-Type": "text/plain"}), 415),
            (admin.request("POST", path, b"", {}), 415),
        ]
        assert [each.status for each, _ in tries] == [status for _, status in tries], path

    assert dump(service, api.tenant_id) == before
    assert len(every) > 100


def test_a_visitor_without_a_session_sees_no_page_and_sends_no_form(
    service: Service, api: Api, theirs: dict[str, Json]
):
    visitor = Visitor(service, api=api)
    visitor.open("/login")
    csrf = visitor.csrf
    before = dump(service, api.tenant_id)
    every = list(pages(service, theirs))
    every += [(page, page.path) for page in service.console.pages if "{" not in page.path]

    for page, path in every:
        if page.public:
            continue
        for method in ("GET", "HEAD") if page.get else ():
            found = visitor.request(method, path)
            assert (found.status, found.headers["location"][:6]) == (303, "/login"), path
        if page.post:
            body, kind = f"csrf={csrf}".encode(), {"Content-Type": FORM, "Origin": visitor.origin}
            found = visitor.request("POST", path, body, kind)
            assert (found.status, found.headers["location"][:6]) == (303, "/login"), path

    assert dump(service, api.tenant_id) == before


def test_texts_of_callers_are_texts_on_every_page(
    service: Service, api: Api, admin: Visitor, theirs: dict[str, Json]
):
    written = write_evil(api, theirs)

    for page, path in [*pages(service, theirs), *((each, each.path) for each in service.console.pages)]:
        if page.get is None or "{" in path or page.path in ("/login", "/logout"):
            continue
        found = admin.open(path)
        assert found.status < 500, (path, found.text)
        if found.headers.get("content-type", "").startswith("text/html"):
            check(HtmlPage(found.raw.decode(), path))

    assert written > 60


def write_evil(api: Api, theirs: dict[str, Json]) -> int:
    """Put bad texts wherever the API takes them; return into how many attributes."""
    written = 0
    for example in theirs.values():
        stored = api.request("GET", example["href"], headers={"Accept": "application/json"})
        if stored.status != 200 or "json" not in stored.headers.get("content-type", ""):
            continue
        for name, value in stored.json.items():
            if isinstance(value, str) and name not in ("href", "status"):
                # A name that must be unique is longer each time.
                written += any(
                    api.post(example["href"], {name: f"{text}{written}"}).status == 200
                    for text in (EVIL, EVIL_URL)
                )
            if name == "customData":
                api.post(value["href"], {EVIL: EVIL, "url": EVIL_URL})
    return written


def check(page: HtmlPage) -> None:
    """No text has become an element, a script or a link that runs one."""
    for tag, attributes in page.elements:
        assert "data-evil" not in attributes, page.path
        assert not [each for each in attributes if each.startswith("on")], (page.path, tag)
        for name in ("href", "src", "action", "formaction"):
            assert not attributes.get(name, "").lower().strip().startswith(("javascript", "data:", "vbs")), (
                page.path
            )


def test_no_page_that_is_opened_shows_a_secret(
    service: Service, api: Api, admin: Visitor, theirs: dict[str, Json]
):
    secrets = set(secrets_of(service, api, theirs))
    assert len(secrets) >= 8
    paths = [path for page, path in pages(service, theirs) if page.get]
    paths += [page.path for page in service.console.pages if page.get and "{" not in page.path]
    paths += [f"/rest{urlsplit(each['href']).path.removeprefix('/v1')}" for each in theirs.values()]

    for path in paths:
        shown = unescape(admin.open(path).raw.decode(errors="replace"))
        assert not [each for each in secrets if each in shown], path


def secrets_of(service: Service, api: Api, theirs: dict[str, Json]) -> Iterator[str]:
    """Yield what the API tells of secrets: keys, tokens, client secrets, and what follows from them."""
    hidden = hidden_names(service.console.resources.values())
    for example in theirs.values():
        found = api.request("GET", example["href"], headers={"Accept": "application/json"})
        if found.status == 200 and "json" in found.headers.get("content-type", ""):
            yield from texts_of(found.json, hidden, is_hidden=False)


def texts_of(value: object, hidden: frozenset[str], *, is_hidden: bool) -> Iterator[str]:
    """Yield the texts of JSON that are secrets, those that are long enough to be told from other texts."""
    if isinstance(value, dict):
        for name, each in value.items():
            # The claims of a token are ids, which are on its page; its signature makes it one.
            if name not in ("claims", "header"):
                yield from texts_of(each, hidden, is_hidden=is_hidden or name in hidden)
    elif isinstance(value, list):
        for each in value:
            yield from texts_of(each, hidden, is_hidden=is_hidden)
    elif isinstance(value, str) and is_hidden and len(value) >= 16 and not value.startswith("http"):
        yield value
