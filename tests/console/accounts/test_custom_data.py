"""The editor of custom data, and the document as JSON."""

import json
import time
from urllib.parse import urlsplit

import pytest

from console.html_page import HtmlForm
from console.visitor import Visitor
from service.calls import Api, Json, path_of


@pytest.fixture
def account(api: Api) -> Json:
    """An account with a value of each type."""
    data = {"rank": "Captain", "age": 31, "isNew": False, "no": None, "ships": ["Falcon"], "home": {"x": 1}}
    return api.account(api.directory(), customData=data)


def stored(api: Api, owner: Json) -> Json:
    found = api.get(f"{owner['href']}/customData").ok
    return {name: value for name, value in found.items() if name not in ("href", "createdAt", "modifiedAt")}


def row(visitor: Visitor, pointer: str, action: str = "save") -> HtmlForm:
    """Return the form of the value at a place."""
    return next(
        each
        for each in visitor.page.html.forms
        if ("at", pointer) in each.fields and ("action", action) in each.fields
    )


def save(visitor: Visitor, pointer: str, value: str) -> None:
    visitor.send(row(visitor, pointer), "Save", {"value": value})


def test_every_resource_with_custom_data_has_the_editor_in_its_menu(admin: Visitor, api: Api):
    application, directory = api.application_with_directory()
    owners = [
        application,
        directory,
        api.group(directory),
        api.account(directory),
        api.organization(),
        {"href": api.tenant},
    ]

    for owner in owners:
        admin.open(path_of(owner))
        admin.follow("Custom Data")
        admin.submit("Add", {"key": "motto", "type": "string", "value": "Ad astra"})
        assert "Saved." in admin.page.text, owner["href"]
        assert stored(api, owner) == {"motto": "Ad astra"}


def test_a_row_of_each_type_is_added(admin: Visitor, api: Api):
    account = api.account(api.directory())
    admin.open(path_of(account, "customData"))
    rows: list[tuple[str, str, object]] = [
        ("string", "12", "12"),
        ("number", "-1500", -1500),
        ("number", "1.5e3", 1500.0),
        ("boolean", "true", True),
        ("boolean", "no", False),
        ("array", "", []),
        ("object", "", {}),
    ]

    for number, (kind, typed, _) in enumerate(rows):
        admin.submit("Add", {"key": f"new{number}", "type": kind, "value": typed})

    values = [stored(api, account)[f"new{number}"] for number in range(len(rows))]
    assert [(each, type(each)) for each in values] == [(value, type(value)) for _, _, value in rows]


def test_a_value_is_changed_and_keeps_its_type(admin: Visitor, api: Api, account: Json):
    before = stored(api, account)
    for pointer, value in (("/rank", "Major"), ("/age", "32"), ("/isNew", "true")):
        admin.open(path_of(account, "customData"))
        save(admin, pointer, value)
        assert "Saved." in admin.page.text

    assert stored(api, account) == before | {"rank": "Major", "age": 32, "isNew": True}


def test_nested_values_are_added_changed_and_removed_at_their_places(admin: Visitor, api: Api, account: Json):
    admin.open(path_of(account, "customData"))
    admin.open(path_of(account, "customData"), at="/ships")
    admin.submit("Add", {"type": "object", "value": ""})
    admin.open(path_of(account, "customData"), at="/ships/1")
    admin.submit("Add", {"key": "a/b~c", "type": "string", "value": "deep"})
    save(admin, "/ships/1/a~1b~0c", "deeper")
    admin.open(path_of(account, "customData"), at="/home")
    admin.send(row(admin, "/home/x", "remove"), "Remove", {})

    assert stored(api, account)["ships"] == ["Falcon", {"a/b~c": "deeper"}]
    assert stored(api, account)["home"] == {}


def test_only_the_key_that_was_changed_is_saved(admin: Visitor, api: Api, account: Json):
    admin.open(path_of(account, "customData"))
    api.post(f"{account['href']}/customData", {"age": 40, "of another": 1, "other": True})
    api.post(f"{account['href']}/customData", {"age": 40, "other": True}).ok  # Fails unless granted.

    save(admin, "/rank", "Major")

    assert stored(api, account) | {"rank": "Major", "age": 40, "other": True} == stored(api, account)


def test_a_value_that_another_person_changed_meanwhile_is_not_overwritten(
    admin: Visitor, api: Api, account: Json
):
    admin.open(path_of(account, "customData"))
    api.post(f"{account['href']}/customData", {"rank": "General"}).ok  # Fails unless granted.

    save(admin, "/rank", "Major")

    assert admin.page.status == 409
    assert "Another person has changed this meanwhile" in admin.page.text
    assert stored(api, account)["rank"] == "General"


def test_a_key_is_removed_and_the_others_stay(admin: Visitor, api: Api, account: Json):
    admin.open(path_of(account, "customData"))

    admin.send(row(admin, "/rank", "remove"), "Remove", {})

    assert "rank" not in stored(api, account)
    assert stored(api, account)["age"] == 31


def test_what_cannot_be_added_is_told_and_stays_as_it_was_typed(admin: Visitor, api: Api, account: Json):
    before = stored(api, account)
    admin.open(path_of(account, "customData"))

    for typed, problem in (
        ({"key": "n", "type": "number", "value": "twelve"}, "Please type a number"),
        ({"key": "rank", "type": "string", "value": "x"}, "There is a key 'rank' already."),
        ({"key": "", "type": "string", "value": "x"}, "Please type a key."),
        ({"key": "not allowed", "type": "string", "value": "x"}, "not made of letters"),
        ({"key": "href", "type": "string", "value": "x"}, "reserved"),
    ):
        page = admin.submit("Add", typed)
        assert page.status == 400
        assert problem in page.text
        assert page.html.form("Add").value("value") == typed["value"]
        assert page.html.form("Add").value("key") == typed["key"]
    assert stored(api, account) == before


def test_a_script_saves_one_row_and_gets_only_what_replaces_it(admin: Visitor, api: Api, account: Json):
    admin.open(path_of(account, "customData"))
    form = row(admin, "/rank")
    target = form.action
    fields = [(name, "Major" if name == "value" else value) for name, value in form.fields]

    first = admin.post(target, fields, **{"HX-Request": "true"})
    assert "Saved" in first.text
    assert len(first.raw) < 500
    was = first.html.elements[0][1]["value"]
    again = [(name, {"value": "General", "was": was}.get(name, value)) for name, value in form.fields]
    assert "Saved" in admin.post(target, again, **{"HX-Request": "true"}).text
    late = admin.post(target, fields, **{"HX-Request": "true"})

    assert "Another person has changed this meanwhile" in late.text
    assert stored(api, account)["rank"] == "General"


def test_the_json_of_the_document_is_changed_as_a_whole(admin: Visitor, api: Api, account: Json):
    admin.open(path_of(account, "customData", "json"))
    document = json.loads(admin.page.html.form("Save").value("document"))
    assert document == stored(api, account)
    del document["rank"]
    document |= {"age": 32, "new": {"deep": [1, {"a": None}]}}

    admin.submit("Save", {"document": json.dumps(document)})

    assert stored(api, account) == document


def test_what_another_person_changed_meanwhile_stays_in_the_json(admin: Visitor, api: Api, account: Json):
    admin.open(path_of(account, "customData", "json"))
    document = json.loads(admin.page.html.form("Save").value("document"))
    api.post(f"{account['href']}/customData", {"age": 99, "theirs": 1}).ok  # Fails unless granted.

    admin.submit("Save", {"document": json.dumps(document | {"rank": "Major"})})

    assert stored(api, account) == document | {"rank": "Major", "age": 99, "theirs": 1}


def test_all_digits_of_numbers_are_kept(admin: Visitor, api: Api):
    account = api.account(api.directory())
    number = "0.1000000000000000055511151231257827021181583404541015625"
    admin.open(path_of(account, "customData"))
    admin.submit("Add", {"key": "exact", "type": "number", "value": number})
    admin.open(path_of(account, "customData", "json"))
    document = admin.page.html.form("Save").value("document")
    admin.submit("Save", {"document": document.replace("{", '{"other": 1, ', 1)})

    assert f'"exact":{number}'.encode() in api.get(f"{account['href']}/customData").raw.replace(b": ", b":")


def test_an_error_in_the_json_names_its_line_and_nothing_is_lost(admin: Visitor, api: Api, account: Json):
    before = stored(api, account)
    admin.open(path_of(account, "customData", "json"))

    for text, where in (
        ('{\n  "a": 1,\n  "b": tru\n}', "Line 3, column 8"),
        ('{\n"a": 1', "Line 2"),
        ("[1]", "Line 1"),
        ("", "Line 1"),
        ('{\n\n"é": "x" "y"}', "Line 3"),
        ('{"a": 1e999}', "out of range"),
    ):
        page = admin.submit("Save", {"document": text})
        assert page.status == 400
        assert where in page.text, text
        assert page.html.form("Save").value("document") == text
    assert stored(api, account) == before


def test_deep_json_is_refused_with_its_reason(admin: Visitor, account: Json):
    admin.open(path_of(account, "customData", "json"))

    page = admin.submit("Save", {"document": '{"a":' + "[" * 5000 + "]" * 5000 + "}"})

    assert page.status == 400
    assert "nested" in page.text


def test_a_large_document_is_shown_in_parts(admin: Visitor, api: Api):
    account = api.account(api.directory())
    data = {f"key{number}": "x'<" * 3000 for number in range(40)} | {
        f"small{number}": {"k" * 5000: 1} for number in range(200)
    }
    api.post(f"{account['href']}/customData", data).ok  # Fails unless granted.
    begun = time.monotonic()

    page = admin.open(path_of(account, "customData"))
    assert len(page.raw) < 100 * 1024
    assert "too long to be changed in a row" in page.text
    seen = 0
    while any(text == "Next" for text, _ in page.html.links):
        page = admin.follow("Next")
        assert len(page.raw) < 100 * 1024
        seen += 1
    assert seen >= 4
    page = admin.open(path_of(account, "customData", "json"))

    assert len(page.raw) < 100 * 1024
    assert "too many to be changed as one text" in page.text
    assert time.monotonic() - begun < 10
    download = admin.open(path_of(account, "customData", "download"))
    assert json.loads(download.raw)["key39"] == data["key39"]
    assert download.headers["content-disposition"] == 'attachment; filename="customData.json"'


def test_the_page_of_a_place_that_is_gone_leads_to_the_document(admin: Visitor, account: Json):
    for pointer in ("/none", "/ships/9", "/rank/x", "ships", "/ships/-1", "/" + "x" * 3000):
        page = admin.open(path_of(account, "customData"), at=pointer)
        assert urlsplit(page.path).query == ""
        assert "nothing there any more" in page.text
