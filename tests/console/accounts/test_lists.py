"""The lists of accounts and groups, narrowed by directory, group, application and status."""

import pytest

from console.visitor import Visitor
from service.calls import Api, Json, id_of


@pytest.fixture
def people(api: Api) -> dict[str, Json]:
    """Two directories with an account each, a group with one of them, and an application that maps one."""
    application, staff = api.application_with_directory("Atlas")
    guests = api.directory("Guests")
    ada = api.account(staff, "ada", givenName="Ada", surname="Byron")
    joe = api.account(guests, "joe", givenName="Joe", surname="Doe")
    group = api.group(guests, "Readers")
    api.membership(joe, group)
    return {
        "application": application,
        "staff": staff,
        "guests": guests,
        "ada": ada,
        "joe": joe,
        "group": group,
    }


def test_the_list_has_the_columns_of_the_guide(admin: Visitor, people: dict[str, Json]):
    page = admin.open("/accounts", q="Ada")

    for column in ("Name", "Email", "Username", "Directory", "Status"):
        assert page.html.link(column) if column != "Directory" else column in page.text
    assert "Ada Byron ada@example.com" in page.text or "ada@example.com" in page.text
    assert "Atlas People" in page.text


def test_the_name_of_a_directory_narrows_the_list_to_it(admin: Visitor, people: dict[str, Json]):
    admin.open("/accounts", q="joe")

    page = admin.follow("Guests")

    assert "joe@example.com" in page.text
    assert "ada@example.com" not in page.text
    assert page.path.partition("?")[2].count(f"directory={id_of(people['guests'])}") == 1


@pytest.mark.parametrize(
    ("by", "what", "shown", "hidden"),
    [
        ("directory", "guests", "joe", "ada"),
        ("group", "group", "joe", "ada"),
        ("application", "application", "ada", "joe"),
    ],
)
def test_the_list_is_narrowed_by_a_search_without_a_script(
    admin: Visitor, people: dict[str, Json], by: str, what: str, shown: str, hidden: str
):
    admin.open("/accounts")
    admin.follow(f"By {by.capitalize()}")
    admin.submit("Search", {"q": people[what]["name"]})

    page = admin.follow(people[what]["name"])

    assert f"{shown}@example.com" in page.text
    assert f"{hidden}@example.com" not in page.text


def test_a_search_and_a_status_stay_within_what_the_list_is_narrowed_to(
    admin: Visitor, api: Api, people: dict[str, Json]
):
    api.account(people["guests"], "max", status="DISABLED")
    admin.open("/accounts", directory=id_of(people["guests"]))

    page = admin.submit("Search", {"status": "DISABLED"})

    assert "max@example.com" in page.text
    assert "joe@example.com" not in page.text
    assert "1/2" in page.text


def test_groups_are_listed_with_their_directories(admin: Visitor, people: dict[str, Json]):
    page = admin.open("/groups")

    assert "Readers" in page.text
    assert "Guests" in page.text
    assert page.html.link("Create Group") == "/groups/new"
    assert "Readers" not in admin.open("/groups", directory=id_of(people["staff"])).text


def test_ticked_accounts_of_a_narrowed_list_are_disabled(admin: Visitor, api: Api, people: dict[str, Json]):
    admin.open("/accounts", directory=id_of(people["guests"]))

    admin.submit("Bulk Actions", {"id": [id_of(people["joe"])], "action": "DISABLED"})
    admin.submit("Disabled")

    assert api.get(people["joe"]["href"]).ok["status"] == "DISABLED"
    assert api.get(people["ada"]["href"]).ok["status"] == "ENABLED"


def test_all_that_match_a_narrowed_list_are_those_of_the_directory_alone(
    admin: Visitor, api: Api, people: dict[str, Json]
):
    for number in range(25):
        api.account(people["guests"], f"guest{number}")
    admin.open("/accounts", directory=id_of(people["guests"]))

    admin.submit("Bulk Actions", {"every": "true", "action": "UNVERIFIED"})
    page = admin.submit("Unverified")
    while any(text == "Go on" for form in page.html.forms for text, _ in form.buttons):
        page = admin.submit("Go on")

    statuses = {each["status"] for each in api.every(people["guests"]["accounts"]["href"])}
    assert statuses == {"UNVERIFIED"}
    assert api.get(people["ada"]["href"]).ok["status"] == "ENABLED"


def test_the_export_of_a_narrowed_list_has_its_rows_alone(admin: Visitor, people: dict[str, Json]):
    admin.open("/accounts", group=id_of(people["group"]))

    exported = admin.follow("Export as CSV").raw.decode()

    assert "joe@example.com" in exported
    assert "ada@example.com" not in exported
