"""The pages of accounts, groups and custom data: stored scripts, foreign ids, costly documents."""

import json
import time
from urllib.parse import urlencode

import pytest

from console.accounts_calls import several
from console.html_page import HtmlPage
from console.visitor import Page, Visitor, owner
from service.calls import Api, Json, id_of, path_of
from service.factor_calls import sms_factor
from service.tenant_rows import dump
from service.token_calls import password_grant
from stormpath.server.app import Service
from support.statements import statements

pytestmark = pytest.mark.either_database

SCRIPT = "<script>alert(1)</script>"
TEXTS = (
    '"><img src=x onerror=alert(1) data-evil="1">',
    "'><b data-evil=1>",
    '=HYPERLINK("http://evil.example")',
    "javascript:alert(1)",
    "{{ 7 * 7 }}${7*7}",
    "</textarea><b data-evil>",
    "</title><b data-evil>",
    "\u202eevil",
)


def check(page: Page) -> None:
    """Nothing that was stored has become an element, an attribute or a link that runs something."""
    assert page.status < 500, (page.path, page.text)
    if not page.headers["content-type"].startswith("text/html"):
        return
    found = HtmlPage(page.raw.decode(), page.path)
    assert "49" not in found.text.split(), page.path
    scripts = [each for tag, each in found.elements if tag == "script"]
    assert all(each.get("src", "").startswith("/static/") for each in scripts), page.path
    for tag, attributes in found.elements:
        assert "data-evil" not in attributes, (page.path, tag)
        assert not [each for each in attributes if each.startswith("on")], (page.path, tag)
        for name in ("href", "src", "action", "formaction", "hx-get", "hx-post"):
            assert not attributes.get(name, "").lower().startswith(("javascript", "data:", "//")), page.path


@pytest.fixture
def evil(api: Api) -> dict[str, Json]:
    """An account and a group, with such texts in all of their fields, and what they belong to."""
    application, directory = api.application_with_directory("Atlas")
    names = {"givenName": TEXTS[0], "middleName": TEXTS[1], "surname": TEXTS[2]}
    account = api.account(directory, "ada", **names)
    api.post(account["href"], {"username": SCRIPT}).ok  # Fails unless granted.
    group = api.group(directory, TEXTS[0], description=" ".join(TEXTS))
    api.membership(account, group)
    other = api.account(api.directory(TEXTS[5]), "joe", givenName=TEXTS[5], surname=SCRIPT)
    api.account_link(account, other)
    password_grant(api, application, SCRIPT)
    sms_factor(api, account)
    api.post(application["href"], {"name": TEXTS[6], "description": SCRIPT}).ok  # Fails unless granted.
    return {"application": application, "directory": directory, "account": account, "group": group}


def test_texts_in_accounts_and_groups_stay_texts_on_every_page(admin: Visitor, evil: dict[str, Json]):
    account, group = path_of(evil["account"]), path_of(evil["group"])
    of_account = (
        "",
        "/groups",
        "/groups/assign",
        "/applications",
        "/tokens",
        "/links",
        "/links/new",
        "/factors",
        "/factors/new",
        "/password",
        "/verificationEmail",
        "/diagnosis",
        "/apiKeys",
    )
    of_group = ("", "/accounts", "/accounts/assign", "/accounts/new", "/applications", "/applications/map")
    paths = [f"{account}{each}" for each in of_account] + [f"{group}{each}" for each in of_group]
    paths += ["/accounts", "/groups", "/accounts/new", "/groups/new", "/accounts/filter", "/groups/filter"]
    paths += [
        f"/accounts?directory={id_of(evil['directory'])}",
        f"/accounts/new?directory={id_of(evil['directory'])}",
    ]

    for path in paths:
        page = admin.open(path)
        assert page.status == 200, (path, page.text)
        check(page)
    for text in TEXTS:
        for path in ("/accounts", f"{account}/links", f"{account}/factors", "/accounts/new"):
            check(admin.open(path, q=text))
        check(admin.open(path_of(evil["application"], "diagnosis"), login=text))


def test_texts_in_custom_data_stay_texts_in_keys_and_values(admin: Visitor, api: Api):
    account = api.account(api.directory())
    inner = {text: text for text in TEXTS} | {SCRIPT: [*TEXTS, {SCRIPT: SCRIPT}]}
    data = {f"key{number}": text for number, text in enumerate(TEXTS)} | {"inner": inner}
    api.post(f"{account['href']}/customData", data).ok  # Fails unless granted.
    page = path_of(account, "customData")

    for pointer in ("", "/inner", f"/inner/{SCRIPT.replace('/', '~1')}"):
        found = admin.open(page, **({"at": pointer} if pointer else {}))
        check(found)
        assert "Add an entry" in found.text
    check(admin.open(f"{page}/json"))
    assert json.loads(admin.page.html.form("Save").value("document")) == data
    for form in admin.open(page, at="/inner").html.forms:
        if ("action", "save") in form.fields:
            admin.send(form, "Save", {"value": SCRIPT + form.value("value")})
            check(admin.page)
    download = admin.open(f"{page}/download")
    assert download.headers["content-type"] == "application/json"
    assert download.headers["content-disposition"].startswith("attachment")
    assert download.headers["x-content-type-options"] == "nosniff"


def test_what_is_typed_and_refused_stays_text(admin: Visitor, api: Api):
    directory = api.directory()
    account = api.account(directory)
    for text in (*TEXTS, SCRIPT):
        admin.open("/accounts/new", directory=id_of(directory))
        check(admin.submit("Create", {"email": text, "username": text, "givenName": text}))
        admin.open(path_of(account, "factors", "new"))
        check(admin.submit("Add SMS factor", {"number": text, "name": text}))
        admin.open(path_of(account, "customData"))
        check(admin.submit("Add", {"key": text, "type": "number", "value": text}))
        admin.open(path_of(account, "customData", "json"))
        check(admin.submit("Save", {"document": text}))


@pytest.fixture
def theirs(stranger: Api) -> dict[str, Json]:
    """Resources of another tenant."""
    application, directory = stranger.application_with_directory("Theirs")
    account, group = stranger.account(directory, "eve"), stranger.group(directory, "Foreign")
    password_grant(stranger, application, "eve")
    return {
        "application": application,
        "directory": directory,
        "account": account,
        "group": group,
        "token": stranger.get(account["accessTokens"]["href"]).items[0],
        "factor": sms_factor(stranger, account, "+12025550177"),
    }


def test_ids_of_another_tenant_in_forms_and_addresses_change_and_show_nothing(
    service: Service, admin: Visitor, api: Api, stranger: Api, theirs: dict[str, Json]
):
    directory = api.directory()
    account, group = api.account(directory), api.group(directory, "Mine")
    admin.open(path_of(account))
    csrf = admin.csrf
    foreign = {name: id_of(each) for name, each in theirs.items()}
    before, mine = dump(service, stranger.tenant_id), dump(service, api.tenant_id)
    new = {
        "email": "new@example.com",
        "givenName": "N",
        "surname": "N",
        "password": "Changeme1!",
        "confirmPassword": "Changeme1!",
    }

    sent = [
        (path_of(account, "groups", "assign"), {"id": foreign["group"]}),
        (path_of(account, "groups"), {"remove": foreign["group"]}),
        (path_of(group, "accounts", "assign"), {"id": foreign["account"]}),
        (path_of(group, "accounts"), {"remove": foreign["account"]}),
        (path_of(group, "applications", "map"), {"id": foreign["application"]}),
        (path_of(account, "links", "new"), {"id": foreign["account"]}),
        (path_of(account, "links"), {"remove": foreign["account"]}),
        (path_of(account, "tokens"), {"kind": "accessTokens", "id": foreign["token"]}),
        (path_of(account, "factors"), {"remove": foreign["factor"]}),
        (path_of(account, "password"), {"way": "mail", "application": foreign["application"]}),
        (path_of(account, "verificationEmail"), {"application": foreign["application"]}),
        (f"/accounts/new?directory={foreign['directory']}", new),
        (f"/accounts/new?directory={id_of(directory)}", {**new, "group": foreign["group"]}),
        (f"/groups/new?directory={foreign['directory']}", {"name": "Theirs"}),
        ("/accounts?directory=" + foreign["directory"], {"action": "DISABLED", "id": foreign["account"]}),
    ]
    for path, fields in sent:
        found = admin.post(path, {"csrf": csrf, "understood": "true", **fields})
        assert found.status < 500, (path, found.text)
        assert "Theirs" not in found.raw.decode(), path
        assert "eve@example.com" not in found.raw.decode(), path

    for path in (
        "/accounts?directory=" + foreign["directory"],
        "/accounts?group=" + foreign["group"],
        "/accounts?application=" + foreign["application"],
        "/groups?application=" + foreign["application"],
        "/accounts/new?directory=" + foreign["directory"],
        path_of(account, "diagnosis") + "?application=" + foreign["application"],
    ):
        found = admin.open(path)
        assert found.status == 404, path
        assert "Theirs" not in found.raw.decode(), path
    assert dump(service, stranger.tenant_id) == before
    assert dump(service, api.tenant_id) == mine


def test_ids_with_other_characters_lead_to_no_other_path_of_the_api(admin: Visitor, api: Api):
    directory = api.directory()
    account = api.account(directory)
    target = path_of(directory)
    admin.open(path_of(account))
    csrf = admin.csrf

    for bad in (
        f"../..{target}",
        f"{id_of(directory)}/accounts",
        "x?limit=1",
        "%2e%2e",
        "a#b",
        "\u017f",
        "x" * 5000,
    ):
        for path in ("/accounts", "/groups", "/accounts/new", "/groups/new"):
            assert admin.open(f"{path}?{urlencode({'directory': bad})}").status == 404, (path, bad)
        query = urlencode({"application": bad})
        assert admin.open(f"{path_of(account, 'diagnosis')}?{query}").status == 404, bad
        for path, name in (
            ("tokens", "id"),
            ("factors", "remove"),
            ("links", "remove"),
            ("groups", "remove"),
        ):
            assert admin.post(path_of(account, path), {"csrf": csrf, name: bad}).status < 500, (path, bad)
        sent = {"csrf": csrf, "way": "mail", "application": bad}
        assert admin.post(path_of(account, "password"), sent).status == 400, bad
    assert api.get(directory["href"]).status == 200


def test_the_diagnosis_neither_counts_a_guess_nor_tells_a_hash(service: Service, admin: Visitor, api: Api):
    application, directory = api.application_with_directory()
    account = api.account(directory)
    before = dump(service, api.tenant_id)
    with statements(service) as sent:
        page = admin.open(path_of(account, "diagnosis"))

    assert "Nothing refuses this login" in page.text
    assert not [each for each in sent if each.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))]
    assert dump(service, api.tenant_id) == before
    table = service.database.tables.of["account"]
    with service.database.connect() as connection:
        stored = connection.execute(table.select().where(table.c.id == id_of(account))).mappings().one()
    assert stored["password_hash"] not in page.raw.decode()
    for login in ("x" * 100_000, "\x00", "a:" * 200, "İ" * 600, "%", "'; DROP TABLE accounts; --"):
        begun = time.monotonic()
        found = admin.open(f"{path_of(application, 'diagnosis')}?{urlencode({'login': login})}")
        assert found.status < 500, login[:10]
        assert time.monotonic() - begun < 3
    assert api.get(account["href"]).status == 200


def test_a_large_document_is_read_in_bounded_time_and_shown_in_bounded_size(admin: Visitor, api: Api):
    account = api.account(api.directory())
    data = {"text": "é<" * 400_000, "many": list(range(100_000)), "deep": {"k" * 100_000: "&" * 900}}
    api.post(f"{account['href']}/customData", data).ok  # Fails unless granted.

    for query in ({}, {"at": "/many"}, {"at": "/many", "from": "99990"}, {"at": "/deep"}, {"from": "9" * 50}):
        begun = time.monotonic()
        page = admin.open(path_of(account, "customData"), **query)
        assert page.status == 200
        assert len(page.raw) < 100 * 1024, query
        assert time.monotonic() - begun < 3, query


def test_many_ticked_ids_are_bounded(admin: Visitor, api: Api):
    directory = api.directory()
    account, groups = api.account(directory), several(api, directory, 2)
    admin.open(path_of(account, "groups", "assign"))
    ids = [f"{'x' * 20}{number}" for number in range(1900)] + [id_of(each) for each in groups]

    page = admin.submit("Add to Group", {"id": ids})

    assert page.status == 200
    assert "0 groups" in page.text
    assert len(page.raw) < 100 * 1024


def test_an_administrator_of_another_tenant_sees_no_custom_data(api: Api, stranger: Api):
    account = api.account(api.directory(), customData={"secret": "of ada"})
    visitor = owner(stranger, "zoe")
    visitor.log_in()

    for suffix in ("", "/json", "/download"):
        page = visitor.open(f"{path_of(account, 'customData')}{suffix}")
        assert page.status == 404
        assert "of ada" not in page.raw.decode()
