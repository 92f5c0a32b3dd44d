"""A new application: with a directory of its own, and with stores that are there already."""

from console.applications.mapped_stores import locations_of, order_of
from console.visitor import Visitor
from service.calls import Api, Json, path_of


def made(api: Api, name: str = "Atlas") -> Json:
    return api.get("/applications", name=name).items[0]


def value_of(store: Json) -> str:
    return path_of(store).removeprefix("/")


def test_the_default_options_suffice(admin: Visitor, api: Api):
    admin.open("/applications")
    admin.follow("Create Application")

    page = admin.submit("Create", {"name": "Atlas", "description": "https://example.com"})

    assert "Atlas is created." in page.text
    application = made(api)
    assert page.path == path_of(application)
    assert application["href"] in page.text
    assert application["description"] == "https://example.com"
    assert locations_of(api, application) == ("Atlas Directory", "Atlas Directory")
    directory = api.get("/directories", name="Atlas Directory").items[0]
    assert "Atlas" in directory["description"]


def test_the_directory_has_the_name_that_is_typed(admin: Visitor, api: Api):
    admin.open("/applications/new")

    admin.submit("Create", {"name": "Atlas", "matchName": None, "directoryName": "People"})

    assert order_of(api, made(api)) == ["People"]


def test_no_directory_is_created_without_the_tick(admin: Visitor, api: Api):
    admin.open("/applications/new")

    admin.submit("Create", {"name": "Atlas", "createDirectory": "false"})

    assert order_of(api, made(api)) == []
    assert api.get("/directories", q="Atlas").items == []


def test_a_directory_without_a_name_is_an_error_and_nothing_is_made(admin: Visitor, api: Api):
    for name in ("", "true", "False"):
        admin.open("/applications/new")

        page = admin.submit("Create", {"name": "Atlas", "matchName": "false", "directoryName": name})

        assert page.status == 400
        form = page.html.form("Create")
        assert form.attributes["directoryName"]["aria-invalid"] == "true"
        assert form.value("name") == "Atlas"
    assert api.get("/applications", name="Atlas").items == []


def test_a_taken_name_stands_beside_its_field_and_nothing_is_made(admin: Visitor, api: Api):
    api.application("Atlas")
    admin.open("/applications/new")

    page = admin.submit("Create", {"name": "Atlas", "description": "kept", "status": "DISABLED"})

    assert page.status == 409
    form = page.html.form("Create")
    assert form.attributes["name"]["aria-invalid"] == "true"
    assert (form.value("description"), form.value("status")) == ("kept", "DISABLED")
    assert api.get("/directories", name="Atlas Directory").items == []


def test_a_taken_directory_is_an_error_and_nothing_is_made(admin: Visitor, api: Api):
    api.directory("People")
    admin.open("/applications/new")

    page = admin.submit("Create", {"name": "Atlas", "directoryName": "People"})

    assert page.status == 409
    assert "A directory named 'People' exists already." in page.text
    assert api.get("/applications", name="Atlas").items == []


def test_users_of_other_directories_and_groups_are_added_in_one_submit(admin: Visitor, api: Api):
    people, gold = api.directory("People"), api.group(api.directory("Partners"), "Gold")
    admin.open("/applications/new")
    admin.submit("Add Selected", {"name": "Atlas", "pick": value_of(people)})
    admin.submit("Search", {"find_kind": "group", "find": "old"})
    admin.submit("Add Selected", {"pick": value_of(gold)})
    assert admin.page.html.form("Create").value("name") == "Atlas"

    page = admin.submit(
        "Create", {f"priority.{value_of(gold)}": "1", "accounts": value_of(people), "groups": "new"}
    )

    application = made(api)
    assert page.path == path_of(application)
    assert order_of(api, application) == ["Gold", "Atlas Directory", "People"]
    assert locations_of(api, application) == ("People", "Atlas Directory")


def test_added_stores_are_moved_and_taken_out_before_anything_is_made(admin: Visitor, api: Api):
    north, south = api.directory("North"), api.directory("South")
    admin.open("/applications/new")
    admin.submit("Add Selected", {"pick": [value_of(north), value_of(south)], "createDirectory": "false"})

    admin.submit("↓")
    admin.submit("Remove", {"name": "Atlas"})
    admin.submit("Create")

    assert order_of(api, made(api)) == ["North"]


def test_no_location_may_be_chosen(admin: Visitor, api: Api):
    people = api.directory("People")
    admin.open("/applications/new")
    admin.submit("Add Selected", {"name": "Atlas", "pick": value_of(people)})

    admin.submit("Create", {"accounts": "none", "groups": "none"})

    assert order_of(api, made(api)) == ["Atlas Directory", "People"]
    assert locations_of(api, made(api)) == (None, None)


def test_what_was_made_before_an_error_is_told_exactly(admin: Visitor, api: Api):
    google = {"providerId": "google", "clientId": "a", "clientSecret": "b"}
    first, second = (api.directory(name, provider=google) for name in ("One", "Two"))
    admin.open("/applications/new")
    admin.submit("Add Selected", {"name": "Atlas", "pick": [value_of(first), value_of(second)]})

    page = admin.submit("Create")

    assert page.path == path_of(made(api), "accountStores")
    assert (
        "The application Atlas is created. The directory Atlas Directory is created. One is added."
        in page.text
    )
    assert (
        "This is missing: Two. The application has a directory of the provider 'google' already." in page.text
    )
    assert order_of(api, made(api)) == ["Atlas Directory", "One"]


def test_a_store_that_was_deleted_meanwhile_stops_everything(admin: Visitor, api: Api):
    people = api.directory("People")
    admin.open("/applications/new")
    admin.submit("Add Selected", {"name": "Atlas", "pick": value_of(people)})
    api.delete(people["href"])

    page = admin.submit("Create")

    assert page.status == 400
    assert "no longer there" in page.text
    assert api.get("/applications", name="Atlas").items == []


def test_the_code_of_the_form_does_the_same(admin: Visitor, api: Api):
    people = api.directory("People")
    admin.open("/applications/new")
    admin.submit("Add Selected", {"name": "Atlas", "pick": value_of(people)})

    text = admin.submit("As code").text

    assert 'client.applications.create({"name": "Atlas"' in text
    assert "create_directory=True" in text
    assert "client.account_store_mappings.create(" in text
    assert api.get("/applications", name="Atlas").items == []
