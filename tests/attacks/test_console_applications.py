"""Forms about account stores: ids of other tenants and applications, evil names, two people at once."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from console.html_page import HtmlPage
from console.visitor import Visitor
from service.calls import Api, Json, id_of, path_of
from service.tenant_rows import dump
from stormpath.server.app import Service

pytestmark = pytest.mark.either_database

EVIL = "<b data-evil='1'>\"'`{{7*7}}"


@pytest.fixture
def theirs(stranger: Api) -> Api:
    """The API of another tenant, which has something of each kind."""
    return stranger


def value_of(store: Json) -> str:
    return path_of(store).removeprefix("/")


def order_of(api: Api, application: Json) -> list[str]:
    items = api.every(application["accountStoreMappings"]["href"])
    assert [each["listIndex"] for each in items] == list(range(len(items)))
    return [id_of(each) for each in items]


def test_stores_of_another_tenant_are_neither_mapped_nor_named(
    service: Service, admin: Visitor, api: Api, theirs: Api
):
    application = api.application()
    directory = theirs.directory("Secret Directory")
    stores = [directory, theirs.group(directory, "Secret Group"), theirs.organization("Secret")]
    before = dump(service, theirs.tenant_id)
    for button in ("create", "search", "as_code"):
        admin.open(path_of(application, "accountStores", "new"))
        sent = [("csrf", admin.csrf), ("action", button), *(("pick", value_of(each)) for each in stores)]
        page = admin.post(path_of(application, "accountStores", "new"), sent)

        assert "Secret" not in page.text
        assert order_of(api, application) == []

    admin.open("/applications/new")
    sent = [("csrf", admin.csrf), ("action", "create"), ("name", "New"), ("createDirectory", "false")]
    sent += [("picked", value_of(each)) for each in stores]
    assert admin.post("/applications/new", sent).status == 400
    assert api.get("/applications", name="New").items == []
    assert dump(service, theirs.tenant_id) == before


def test_groups_of_another_tenants_directory_are_not_searched(admin: Visitor, api: Api, theirs: Api):
    application = api.application()
    directory = theirs.directory("Secret Directory")
    theirs.group(directory, "Secret Group")
    path = path_of(application, "accountStores", "new")
    csrf = admin.open(path) and admin.csrf

    for fields in (
        {"action": f"within:{id_of(directory)}"},
        {"action": "search", "find_kind": "group", "find_within": id_of(directory)},
        {"action": f"within:{id_of(directory)}/../../tenants/{theirs.tenant_id}"},
        {"action": "within:../../accounts"},
    ):
        page = admin.post(path, {"csrf": csrf, **fields})
        assert "Secret" not in page.text
        assert page.status in (200, 404)


def test_a_store_is_mapped_to_no_application_of_another_tenant(
    service: Service, admin: Visitor, api: Api, theirs: Api
):
    directory, application = api.directory(), theirs.application("Secret")
    before = dump(service, theirs.tenant_id)
    path = path_of(directory, "applications", "new")
    csrf = admin.open(path) and admin.csrf

    page = admin.post(path, {"csrf": csrf, "action": "create", "pick": value_of(application)})

    assert page.status == 400
    assert "Secret" not in page.text
    assert dump(service, theirs.tenant_id) == before


def test_mappings_of_others_are_not_changed_by_the_form_of_an_application(
    service: Service, admin: Visitor, api: Api, theirs: Api
):
    application, other = api.application("Atlas"), api.application("Other")
    own = api.mapping(application, api.directory("A"))
    foreign = [
        api.mapping(other, api.directory("B")),
        theirs.mapping(theirs.application(), theirs.directory()),
    ]
    before = dump(service, theirs.tenant_id)
    path = path_of(application, "accountStores")
    csrf = admin.open(path) and admin.csrf

    for each in map(id_of, foreign):
        sent = {
            "csrf": csrf,
            "action": "save",
            "row": each,
            "shown": f"{id_of(own)},{each}",
            f"was.{each}": "2",
            f"priority.{each}": "1",
            "accounts": each,
            "groups": each,
        }
        assert admin.post(path, sent).status == 400

    assert not api.get(foreign[0]["href"]).ok["isDefaultAccountStore"]
    assert dump(service, theirs.tenant_id) == before


def test_names_are_texts_in_every_table_and_picker(admin: Visitor, api: Api):
    application = api.application(f"A{EVIL}")
    directory = api.directory(f"D{EVIL}", description=EVIL)
    group = api.group(directory, f"G{EVIL}", description=EVIL)
    organization = api.post("/organizations", {"name": f"O{EVIL}", "nameKey": "o"}).made
    mappings = [api.mapping(application, each) for each in (directory, group, organization)]
    paths = [
        path_of(application, "accountStores"),
        path_of(application, "accountStores", "new"),
        path_of(application, "groups"),
        path_of(application, "policies"),
        path_of(application, "clientApi"),
        path_of(mappings[1], "delete"),
        path_of(directory, "applications"),
        path_of(group, "applications"),
        path_of(directory, "applications", "new"),
        path_of(organization, "accountStores"),
        "/applications/new",
    ]

    for path in paths:
        page = admin.open(path)
        assert page.status == 200, path
        check(page.html)
    for kind in ("directory", "group", "organization"):
        admin.open(path_of(application, "accountStores", "new"))
        check(admin.submit("Search", {"find_kind": kind, "find": EVIL}).html)
        assert EVIL in admin.page.text
    admin.open("/applications/new")
    check(admin.submit("Add Selected", {"pick": value_of(directory), "directoryName": EVIL}).html)
    admin.submit("As code", {"name": EVIL})
    check(admin.page.html)


def check(page: HtmlPage) -> None:
    assert not [each for _, each in page.elements if "data-evil" in each], page.path
    assert "49" not in re.findall(r"\b49\b", page.text), page.path


@pytest.mark.both_databases
def test_two_people_who_change_the_order_at_once_leave_a_whole_one(
    admin: Visitor, colleague: Visitor, api: Api
):
    application = api.application()
    ids = [id_of(api.mapping(application, api.directory(name))) for name in "ABCDEF"]
    start = Barrier(2)

    def reverse(person: Visitor, order: list[str]) -> int:
        person.open(path_of(application, "accountStores"))
        numbers = {f"priority.{id}": str(place) for place, id in enumerate(order, start=1)}
        start.wait()
        return person.submit("Save Priorities", numbers).status

    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(reverse, (admin, colleague), (ids[::-1], [*ids[3:], *ids[:3]])))

    assert set(statuses) <= {200, 400}
    assert sorted(order_of(api, application)) == sorted(ids)


def test_a_store_that_is_removed_while_the_order_is_saved_is_told(admin: Visitor, api: Api):
    application = api.application()
    ids = [id_of(api.mapping(application, api.directory(name))) for name in "ABC"]
    admin.open(path_of(application, "accountStores"))
    api.delete(f"/accountStoreMappings/{ids[2]}")

    page = admin.submit("Save", {f"priority.{ids[2]}": "1", "accounts": ids[2]})

    assert page.status == 400
    assert "no longer there" in page.text
    assert order_of(api, application) == ids[:2]


def test_long_and_odd_fields_are_refused_and_cost_nothing(admin: Visitor, api: Api):
    application = api.application()
    own = id_of(api.mapping(application, api.directory("A")))
    path = path_of(application, "accountStores")
    csrf = admin.open(path) and admin.csrf
    for number in ("9" * 5000, "-1", "0", "1e9", "\u0661", "1.5", "\x00"):
        sent = {"csrf": csrf, "action": "save", "shown": own, f"was.{own}": number, f"priority.{own}": number}
        assert admin.post(path, sent).status in (303, 400), number

    picks = [("csrf", csrf), ("action", "create")] + [
        ("pick", f"directories/{'a' * 22}{n}") for n in range(500)
    ]
    assert admin.post(f"{path}/new", picks).status == 400
    for value in ("directories/", "directories/../x", "accounts/abc", "/", "directories/" + "a" * 9000):
        page = admin.post(f"{path}/new", [("csrf", csrf), ("action", "create"), ("pick", value)])
        assert page.status == 400, value
    assert order_of(api, application) == [own]
