"""What can be done with a list as a whole: pages, columns, bulk actions with progress and undo, export."""

import csv
import io

import pytest

from console.visitor import PASSWORD, Visitor
from service import bulk_accounts
from service.calls import Api, Json, id_of, path_of
from stormpath.server.app import Service
from stormpath.server.console.declared import bulk, bulk_state, lists


def statuses(api: Api, directory: Json) -> dict[str, str]:
    return {each["name"]: each["status"] for each in api.every(directory["groups"]["href"])}


def groups(api: Api, number: int = 5) -> tuple[Json, list[Json]]:
    directory = api.directory("People")
    return directory, [api.group(directory, f"Group {each}") for each in range(number)]


def rows_of(page) -> list[str]:
    """Return the names in the first column."""
    return [text for text, href in page.html.links if text.startswith("Group ")]


def finish(admin: Visitor) -> None:
    """Press the button that goes on until there is none, as a person without a script does."""
    for _ in range(20):
        if not any(text == "Go on" for each in admin.page.html.forms for text, _ in each.buttons):
            return
        admin.submit("Go on")
    raise AssertionError("it does not end")


def test_pages_lead_forward_and_back_in_the_size_that_is_asked_for(
    admin: Visitor, api: Api, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lists, "PAGES", (2, 25))
    directory, _ = groups(api)
    admin.open(f"{path_of(directory)}/groups", limit="2", orderBy="name")

    assert rows_of(admin.page) == ["Group 0", "Group 1"]
    admin.follow("Next")
    assert rows_of(admin.page) == ["Group 2", "Group 3"]
    admin.follow("Next")
    assert rows_of(admin.page) == ["Group 4"]
    admin.follow("Previous")
    assert rows_of(admin.page) == ["Group 2", "Group 3"]
    admin.follow("Previous")
    assert rows_of(admin.page) == ["Group 0", "Group 1"]
    assert not any(text == "Previous" for text, _ in admin.page.html.links)


def test_columns_are_chosen_and_stay_while_a_list_is_searched(admin: Visitor, api: Api):
    directory, _ = groups(api, 1)
    api.account(directory, givenName="Ann", surname="Lee")
    admin.open("/accounts")
    assert "Password Changed" not in [text for text, _ in admin.page.html.links]

    form = admin.page.html.form("Show")
    given = {name: None for name, _ in form.fields} | {"column-email": "1", "column-givenName": "1"}
    page = admin.send(form, "Show", given)

    shown = [text for text, href in page.html.links if "orderBy" in href]
    assert shown == ["Email", "First Name"]
    page = admin.submit("Search", q="Lee")
    assert [text for text, href in page.html.links if "orderBy" in href] == shown
    assert "Ann" in page.text


def test_a_secret_has_no_column_in_any_list(service: Service, admin: Visitor, api: Api):
    directory, _ = groups(api, 1)
    account = api.account(directory)
    key = api.post(account["apiKeys"]["href"]).made

    page = admin.open(f"{path_of(account)}/apiKeys")
    file = admin.open(f"/export{path_of(account)}/apiKeys", columns="id,secret,status")

    assert key["id"] in page.text
    assert key["id"] in file.raw.decode()
    assert key["secret"] not in page.raw.decode() + file.raw.decode()


def test_ticked_rows_are_disabled_after_a_question_and_the_change_is_undone(admin: Visitor, api: Api):
    directory, made = groups(api)
    api.post(made[1]["href"], {"status": "DISABLED"}).ok  # Fails unless granted.
    admin.open(f"{path_of(directory)}/groups")
    ids = [id_of(each) for each in made[:3]]

    page = admin.submit("Bulk Actions", action="DISABLED", id=ids)
    assert "Group 0" in page.text
    assert "ENABLED" in statuses(api, directory).values()
    page = admin.submit("Disabled")
    assert "3 of 3 are done." in page.text
    assert [each for each, status in statuses(api, directory).items() if status == "DISABLED"] == [
        "Group 0",
        "Group 1",
        "Group 2",
    ]

    page = admin.submit("Undo")
    assert "2 of 2 are done." in page.text
    assert [each for each, status in statuses(api, directory).items() if status == "DISABLED"] == ["Group 1"]


def test_undo_leaves_what_another_person_changed_meanwhile(admin: Visitor, api: Api):
    directory = api.directory("People")
    account = api.account(directory)
    admin.open(f"{path_of(directory)}/accounts")
    admin.submit("Bulk Actions", action="DISABLED", id=[id_of(account)])
    admin.submit("Disabled")
    api.post(account["href"], {"status": "UNVERIFIED"}).ok  # Fails unless granted.

    page = admin.submit("Undo")

    assert "1 failed." in page.text
    assert "changed meanwhile" in page.text
    assert api.get(account["href"]).ok["status"] == "UNVERIFIED"


def test_all_that_match_are_changed_in_steps_with_progress(
    admin: Visitor, api: Api, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bulk, "STEP", 2)
    monkeypatch.setattr(lists, "PAGES", (2, 25))
    directory, _ = groups(api)
    other = api.group(directory, "Others")
    admin.open(f"{path_of(directory)}/groups", q="Group", status="ENABLED", limit="2")

    admin.submit("Bulk Actions", action="DISABLED", every="true")
    assert "5 entries" in admin.page.text
    page = admin.submit("Disabled")
    assert "2 of 5 are done." in page.text
    late = api.group(directory, "Group of later")
    finish(admin)

    assert "5 of 5 are done." in admin.page.text
    found = statuses(api, directory)
    assert {each for each, status in found.items() if status == "ENABLED"} == {other["name"], late["name"]}
    admin.submit("Undo")
    finish(admin)
    assert set(statuses(api, directory).values()) == {"ENABLED"}


def test_all_of_a_narrowed_list_are_those_that_it_shows(
    admin: Visitor, api: Api, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lists, "PAGE", 1)
    first, second = api.directory("First"), api.directory("Second")
    for directory in (first, second):
        for number in range(2):
            api.group(directory, f"Group {number}")
    page = admin.open("/groups", directory=id_of(first))
    assert "2 entries" in page.text

    export = table(admin.follow("Export as CSV"))
    admin.open("/groups", directory=id_of(first))
    admin.submit("Bulk Actions", action="DISABLED", every="true")
    assert "2 entries" in admin.page.text
    page = admin.submit("Disabled")

    assert len(export) == 3
    assert set(statuses(api, first).values()) == {"DISABLED"}
    assert set(statuses(api, second).values()) == {"ENABLED"}
    assert admin.follow("Back to the list").path == f"/groups?directory={id_of(first)}"


def test_a_bulk_action_can_be_stopped(admin: Visitor, api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bulk, "STEP", 1)
    directory, made = groups(api, 3)
    admin.open(f"{path_of(directory)}/groups")
    admin.submit("Bulk Actions", action="DISABLED", id=[id_of(each) for each in made])
    admin.submit("Disabled")

    page = admin.submit("Stop")

    assert "1 of 3 are done." in page.text
    assert sorted(statuses(api, directory).values()) == ["DISABLED", "ENABLED", "ENABLED"]


def test_what_failed_is_named_with_its_reason(admin: Visitor, api: Api):
    made = api.directory("People")
    directories = api.get("/directories").items
    own = next(each for each in directories if each["name"] == "Stormpath Administrators")
    admin.open("/directories")

    admin.submit("Bulk Actions", action="DISABLED", id=[id_of(own), id_of(made)])
    page = admin.submit("Disabled")

    assert "1 of 2 are done. 1 failed." in page.text
    assert "Stormpath Administrators" in page.text
    assert api.get(own["href"]).ok["status"] == "ENABLED"
    assert api.get(made["href"]).ok["status"] == "DISABLED"


def test_no_administrator_disables_or_deletes_the_own_account_in_bulk(colleague: Visitor, api: Api):
    account = api.get(f"{api.tenant}/accounts", email="ben@example.com").items[0]
    colleague.open("/accounts", q="ben")

    colleague.submit("Bulk Actions", action="DISABLED", id=[id_of(account)])
    page = colleague.submit("Disabled")

    assert "This is your own account." in page.text
    assert api.get(account["href"]).ok["status"] == "ENABLED"


def test_a_bulk_deletion_says_what_goes_and_wants_a_tick_and_the_password(
    service: Service, admin: Visitor, api: Api, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("stormpath.server.console.sessions.PROVED_MS", 0)
    first, second = api.directory("First"), api.directory("Second")
    for name in ("ann", "bob"):
        api.account(first, email=f"{name}@example.com", username=name)
    admin.open("/directories")

    page = admin.submit("Bulk Actions", action="delete", id=[id_of(first), id_of(second)])
    assert "First" in page.text
    assert "2 Accounts" in page.text
    page = admin.submit("Delete", understood="true", password_again="wrong")
    assert (page.status, "The password is wrong." in page.text) == (400, True)
    page = admin.submit("Delete", password_again=PASSWORD)
    assert (page.status, "Please tick the box first." in page.text) == (400, True)
    assert api.get(first["href"]).status == 200

    page = admin.submit("Delete", understood="true", password_again=PASSWORD)

    assert "2 of 2 are done." in page.text
    assert [api.get(each["href"]).status for each in (first, second)] == [404, 404]
    assert not any(text == "Undo" for each in page.html.forms for text, _ in each.buttons)


def test_rows_must_be_ticked_and_the_action_must_be_one_of_the_list(admin: Visitor, api: Api):
    directory, made = groups(api, 1)
    admin.open(f"{path_of(directory)}/groups")

    assert "Tick the rows first." in admin.submit("Bulk Actions", action="DISABLED").text
    admin.open(f"{path_of(directory)}/groups")
    page = admin.submit("Bulk Actions", action="UNVERIFIED", id=[id_of(made[0])])
    assert page.status == 400


def test_the_former_statuses_of_many_rows_are_bounded(
    admin: Visitor, api: Api, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bulk_state, "MOST_UNDONE", 2)
    directory, made = groups(api, 3)
    admin.open(f"{path_of(directory)}/groups")
    admin.submit("Bulk Actions", action="DISABLED", id=[id_of(each) for each in made])

    page = admin.submit("Disabled")
    assert "Only the first 2 can be undone." in page.text
    admin.submit("Undo")

    assert sorted(statuses(api, directory).values()) == ["DISABLED", "ENABLED", "ENABLED"]


def table(page) -> list[list[str]]:
    assert page.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    text = page.raw.decode("utf-8-sig")
    assert text.count("\r\n") == text.count("\n")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_what_a_list_shows_is_exported_as_csv(service: Service, admin: Visitor, api: Api):
    directory = api.directory("Pe\N{LATIN SMALL LETTER O WITH DIAERESIS}ple")
    bulk_accounts.add(service, api, directory, [None] * 150)
    api.account(directory, givenName="Ann", surname='Lee, "the first"', email="ann.lee@example.com")
    admin.open(f"{path_of(directory)}/accounts")

    found = table(admin.follow("Export as CSV"))
    searched = table(
        admin.open(f"/export{path_of(directory)}/accounts", q="ann.lee", columns="email,fullName")
    )

    assert len(found) == 152
    assert {"Name", "Email", "Status", "Directory", "Created"} <= set(found[0])
    assert {row[found[0].index("Directory")] for row in found[1:]} == {directory["name"]}
    assert searched == [["Name", "Email"], ['Ann Lee, "the first"', "ann.lee@example.com"]]


def test_an_export_has_so_many_rows_at_the_most(admin: Visitor, api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lists, "MOST_EXPORTED", 3)
    directory, _ = groups(api)

    page = admin.open(f"{path_of(directory)}/groups")
    assert "The first 3 rows." in page.text
    assert len(table(admin.follow("Export as CSV"))) == 4


def test_there_is_no_export_of_what_is_no_list(admin: Visitor, api: Api):
    directory = api.directory("People")

    for path in ("nothing", "directories/x", f"{path_of(directory)[1:]}/customData", "tenants/x/accounts"):
        assert admin.open(f"/export/{path}").status == 404
