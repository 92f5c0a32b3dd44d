"""The account stores of applications and organizations: their order, their locations, their removal."""

import pytest

from console.applications.mapped_stores import locations_of, order_of, with_directories
from console.visitor import Visitor
from service.calls import Api, Json, id_of, path_of
from stormpath.server.app import Service
from stormpath.server.console.views.applications import account_stores
from support.statements import statements


def open_stores(admin: Visitor, owner: Json) -> None:
    assert admin.open(path_of(owner, "accountStores")).status == 200


def test_the_tab_of_an_application_lists_the_stores_by_priority(admin: Visitor, api: Api):
    application, _ = with_directories(api, "Customers", "Employees")
    api.mapping(application, api.group(api.directory("Partners"), "Gold"), listIndex=0)
    api.mapping(application, api.organization("Acme"))

    admin.open("/applications")
    admin.follow("Atlas")
    text = admin.follow("Account Stores (Login Sources)").text

    names = ["Gold", "Customers", "Employees", "Acme"]
    places = [text.index(f"{name} {kind}") for name, kind in zip(names, KINDS, strict=True)]
    assert places == sorted(places)
    assert "the first match decides" in text


KINDS = ("Group in Partners", "Directory", "Directory", "Organization")


def test_the_old_name_of_the_tab_leads_to_it(admin: Visitor, api: Api):
    application, _ = with_directories(api, "People")

    assert admin.open(path_of(application, "loginSources")).path == path_of(application, "accountStores")
    assert admin.open(path_of(application, "accountStoreMappings")).path.endswith("accountStores")


def test_numbers_set_the_order(admin: Visitor, api: Api):
    application, ids = with_directories(api, "A", "B", "C", "D")
    open_stores(admin, application)

    page = admin.submit("Save Priorities", {f"priority.{ids['D']}": "1", f"priority.{ids['A']}": "3"})

    assert "Saved." in page.text
    assert order_of(api, application) == ["D", "B", "A", "C"]


def test_arrows_move_a_row_and_save_keeps_it(admin: Visitor, api: Api):
    application, _ = with_directories(api, "A", "B", "C")
    open_stores(admin, application)

    admin.submit("↓", {})
    assert "not saved yet" in admin.page.text
    assert order_of(api, application) == ["A", "B", "C"]

    admin.submit("Save Priorities")
    assert order_of(api, application) == ["B", "A", "C"]


def test_an_arrow_at_the_edge_moves_nothing(admin: Visitor, api: Api):
    application, _ = with_directories(api, "A", "B")
    open_stores(admin, application)

    admin.submit("↑")
    admin.submit("Save Priorities")

    assert order_of(api, application) == ["A", "B"]


def test_radios_set_the_locations_and_none_is_allowed(admin: Visitor, api: Api):
    application, ids = with_directories(api, "A", "B")
    open_stores(admin, application)

    admin.submit("Save", {"accounts": ids["A"], "groups": ids["B"]})
    assert locations_of(api, application) == ("A", "B")

    admin.submit("Save", {"accounts": ids["B"]})
    assert locations_of(api, application) == ("B", "B")

    admin.submit("Save", {"accounts": "none", "groups": "none"})
    assert locations_of(api, application) == (None, None)


def test_one_save_keeps_order_and_locations(admin: Visitor, api: Api):
    application, ids = with_directories(api, "A", "B", "C")
    open_stores(admin, application)

    admin.submit("Save", {"accounts": ids["C"], f"priority.{ids['C']}": "1"})

    assert order_of(api, application) == ["C", "A", "B"]
    assert locations_of(api, application) == ("C", None)


def test_a_bad_number_is_an_error_and_nothing_typed_is_lost(admin: Visitor, api: Api):
    application, ids = with_directories(api, "A", "B")
    open_stores(admin, application)

    page = admin.submit("Save", {f"priority.{ids['A']}": "first", "groups": ids["B"]})

    assert page.status == 400
    assert "The priority of A must be a whole number" in page.text
    form = page.html.form("Save")
    assert (form.value(f"priority.{ids['A']}"), form.value("groups")) == ("first", ids["B"])
    assert locations_of(api, application) == (None, None)


def test_what_cannot_be_a_location_is_disabled_and_says_why(admin: Visitor, api: Api):
    application = api.application()
    mirror = api.directory("Mirror", provider={"providerId": "google", "clientId": "a", "clientSecret": "b"})
    stores = [mirror, api.group(api.directory("People")), api.organization()]
    ids = [id_of(api.mapping(application, each)) for each in stores]

    open_stores(admin, application)

    radios = [each for tag, each in admin.page.html.elements if each.get("type") == "radio"]
    disabled = {(each["name"], each["value"]) for each in radios if "disabled" in each}
    assert disabled == {("accounts", ids[0]), *(("groups", each) for each in ids)}
    for reason in (
        "A mirrored directory takes its accounts from its source.",
        "A mirrored directory takes its groups from its source.",
        "A group cannot contain groups.",
        "An organization takes new accounts only.",
    ):
        assert reason in admin.page.text


def test_an_error_of_the_api_stands_on_the_page(admin: Visitor, api: Api):
    application = api.application()
    group = id_of(api.mapping(application, api.group(api.directory("People"))))
    open_stores(admin, application)

    # The page does not offer it.
    sent = [
        ("csrf", admin.csrf),
        ("action", "save"),
        ("row", group),
        ("groups", group),
        ("was_groups", "none"),
    ]
    page = admin.post(path_of(application, "accountStores"), sent)

    assert page.status == 400
    assert "A group cannot be the default group store." in page.text
    assert locations_of(api, application) == (None, None)


def test_who_can_no_longer_log_in_is_said_before_a_store_is_removed(admin: Visitor, api: Api):
    application, directory = api.application_with_directory()
    for name in ("ada", "bob"):
        api.account(directory, name)
    open_stores(admin, application)

    page = admin.follow("Remove")
    assert "Remove Atlas People?" in page.text
    assert "2 accounts can no longer log in" in page.text
    assert "It is the New Account Location" in page.text
    assert api.log_in(application, "ada").status == 200
    assert admin.submit("Remove").status == 400

    page = admin.submit("Remove", {"understood": "true"})
    assert page.path == path_of(application, "accountStores")
    assert "No one can log in here yet" in page.text
    assert api.log_in(application, "ada").status == 400
    assert api.get(directory["href"]).status == 200


def test_the_directory_of_the_administrators_stays_mapped(admin: Visitor, api: Api):
    application = api.get("/applications", name="Stormpath").items[0]

    open_stores(admin, application)

    assert "It lets the administrators in." in admin.page.text
    assert "Remove" not in [text for text, _ in admin.page.html.links]


def test_organizations_have_the_same_page(admin: Visitor, api: Api):
    organization = api.organization()
    ids = {name: id_of(api.organization_mapping(organization, api.directory(name))) for name in "AB"}
    admin.open(path_of(organization))
    admin.follow("Account Stores")

    admin.submit("Save", {f"priority.{ids['B']}": "1", "groups": ids["A"]})

    assert order_of(api, organization) == ["B", "A"]
    assert locations_of(api, organization) == (None, "A")
    admin.follow("Remove")
    admin.submit("Remove", {"understood": "true"})
    assert order_of(api, organization) == ["A"]


def test_what_another_person_changed_meanwhile_stays(admin: Visitor, colleague: Visitor, api: Api):
    application, ids = with_directories(api, "A", "B", "C")
    open_stores(admin, application)
    open_stores(colleague, application)
    colleague.submit("Save Priorities", {f"priority.{ids['C']}": "1"})

    admin.submit("Save", {"accounts": ids["B"]})
    assert order_of(api, application) == ["C", "A", "B"]
    assert locations_of(api, application) == ("B", None)


def test_an_order_that_was_made_for_other_rows_is_shown_again(admin: Visitor, api: Api):
    application, ids = with_directories(api, "A", "B", "C")
    open_stores(admin, application)
    api.mapping(application, api.directory("D"), listIndex=0)

    page = admin.submit("Save Priorities", {f"priority.{ids['C']}": "1"})

    assert page.status == 400
    assert "Another person has changed the account stores." in page.text
    assert order_of(api, application) == ["D", "A", "B", "C"]


def test_the_code_of_the_form_does_the_same(admin: Visitor, api: Api):
    application, ids = with_directories(api, "A", "B")
    open_stores(admin, application)

    text = admin.submit("As code", {"accounts": ids["B"], f"priority.{ids['B']}": "1"}).text

    assert "account_store_mapping.is_default_account_store = True" in text
    assert "account_store_mapping.list_index = 0" in text
    assert order_of(api, application) == ["A", "B"]


def test_a_store_of_a_later_page_is_moved_to_any_place(
    admin: Visitor, api: Api, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(account_stores, "PAGE", 3)
    names = list("ABCDEFGH")
    application, ids = with_directories(api, *names)

    for wanted in (6, 3, 1, 8):
        open_stores(admin, application)
        for _ in range(names.index("E") // account_stores.PAGE):
            admin.follow("Next")
        page = admin.submit("Save Priorities", {f"priority.{ids['E']}": str(wanted)})

        assert "Saved." in page.text
        names.remove("E")
        names.insert(wanted - 1, "E")
        assert order_of(api, application) == names


def test_the_page_costs_the_same_with_many_stores(service: Service, admin: Visitor, api: Api):
    application, _ = with_directories(api, "A")
    counts = []
    for number in range(3):
        with statements(service) as sent:
            open_stores(admin, application)
        counts.append(len(sent))
        api.mapping(application, api.directory(f"B{number}"))
        api.mapping(application, api.directory(f"C{number}"))

    assert counts[0] == counts[-1]
    assert counts[0] < 15
