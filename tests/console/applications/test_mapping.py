"""Adding account stores: searched, ticked, several at once; and mapping a store from its own page."""

from console.applications.mapped_stores import order_of
from console.visitor import Visitor
from service.calls import Api, Json, path_of

#: The words of the users' guides for an application; an organization has no login sources.
ADD = "Add Login Source"
ADD_TO_ORGANIZATION = "Add Account Store"


def open_map(admin: Visitor, owner: Json, add: str = ADD) -> None:
    admin.open(path_of(owner, "accountStores"))
    admin.follow(add)


def value_of(store: Json) -> str:
    return path_of(store).removeprefix("/")


def results(admin: Visitor) -> list[str]:
    """Return the labels of the rows that can be ticked."""
    boxes = [each for tag, each in admin.page.html.elements if each.get("name") == "pick"]
    return [each["aria-label"] for each in boxes if "disabled" not in each]


def test_several_stores_of_one_search_are_mapped_at_once_and_come_last(admin: Visitor, api: Api):
    application, _ = api.application_with_directory()
    wanted = [api.directory(name) for name in ("North", "South")]
    open_map(admin, application)

    admin.submit(ADD, {"pick": [value_of(each) for each in wanted]})

    assert "2 account stores are added." in admin.page.text
    assert order_of(api, application) == ["Atlas People", "North", "South"]


def test_a_search_finds_by_part_of_the_name_and_keeps_what_was_ticked(admin: Visitor, api: Api):
    application = api.application()
    north, south = (api.directory(name) for name in ("North", "South"))
    organization = api.organization("Acme")
    open_map(admin, application)

    admin.submit("Search", {"find": "ort"})
    assert results(admin) == ["North"]
    admin.submit("Search", {"pick": value_of(north), "find": "out"})
    assert results(admin) == ["South"]
    admin.submit("Search", {"pick": value_of(south), "find": "", "find_kind": "organization"})
    assert results(admin) == ["Acme"]
    admin.submit(ADD, {"pick": value_of(organization)})

    assert order_of(api, application) == ["North", "South", "Acme"]


def test_what_is_no_longer_ticked_is_not_mapped(admin: Visitor, api: Api):
    application = api.application()
    north, south = (api.directory(name) for name in ("North", "South"))
    open_map(admin, application)
    admin.submit("Search", {"pick": [value_of(north), value_of(south)]})

    admin.submit(ADD, {"picked": [value_of(south)]})

    assert order_of(api, application) == ["South"]


def test_all_groups_or_specific_groups_of_a_directory_can_login(admin: Visitor, api: Api):
    application, people, others = api.application(), api.directory("People"), api.directory("Others")
    gold = api.group(people, "Gold")
    api.group(people, "Silver")
    api.group(others, "Bronze")
    open_map(admin, application)

    admin.submit("Search", {"find": "People"})
    assert "All groups can login" in admin.page.text
    admin.submit("Specific groups can login")
    assert results(admin) == ["Gold", "Silver"]
    admin.submit("Search", {"find": "old"})
    assert results(admin) == ["Gold"]
    admin.submit(ADD, {"pick": value_of(gold)})

    assert order_of(api, application) == ["Gold"]


def test_a_store_that_is_mapped_cannot_be_ticked(admin: Visitor, api: Api):
    application, directory = api.application_with_directory()

    open_map(admin, application)

    assert directory["name"] not in results(admin)
    assert "is mapped already" in admin.page.text


def test_what_fails_is_told_by_name_and_stays_ticked(admin: Visitor, api: Api):
    application = api.application()
    google = {"providerId": "google", "clientId": "a", "clientSecret": "b"}
    first, second = (api.directory(name, provider=google) for name in ("One", "Two"))
    open_map(admin, application)

    page = admin.submit(ADD, {"pick": [value_of(first), value_of(second)]})

    assert page.status == 400
    assert "1 is added; the others are not:" in page.text
    assert "Atlas, Two: The application has a directory of the provider 'google' already." in page.text
    assert page.html.form(ADD).value("picked") == value_of(second)
    assert order_of(api, application) == ["One"]


def test_nothing_is_mapped_without_a_tick(admin: Visitor, api: Api):
    application = api.application()
    open_map(admin, application)

    assert "Tick what is to be added first." in admin.submit(ADD).text


def test_a_long_list_shows_its_beginning_and_says_so(admin: Visitor, api: Api):
    application = api.application()
    for number in range(21):
        api.directory(f"D{number:02}")

    open_map(admin, application)

    assert "20 of 23 are shown." in admin.page.text
    assert len(results(admin)) == 20


def test_an_organization_takes_directories_and_groups_only(admin: Visitor, api: Api):
    organization, people = api.organization(), api.directory("People")
    open_map(admin, organization, ADD_TO_ORGANIZATION)
    kinds = [each["value"] for _, each in admin.page.html.elements if each.get("name") == "find_kind"]

    admin.submit(ADD_TO_ORGANIZATION, {"pick": [value_of(people)]})

    assert kinds == ["directory", "group"]
    assert order_of(api, organization) == ["People"]


def test_a_store_is_mapped_to_applications_from_its_own_page(admin: Visitor, api: Api):
    organization = api.organization("Gold")
    first, second = api.application("Atlas"), api.application("Borea")
    admin.open(path_of(organization, "applications"))
    admin.follow("Map Application")

    page = admin.submit("Create Mappings", {"pick": [value_of(first), value_of(second)]})

    assert "It is mapped to 2 applications." in page.text
    assert page.path == path_of(organization, "applications")
    assert [order_of(api, each) for each in (first, second)] == [["Gold"], ["Gold"]]


def test_the_code_of_the_form_does_the_same(admin: Visitor, api: Api):
    application, people = api.application(), api.directory("People")
    open_map(admin, application)

    text = admin.submit("As code", {"pick": value_of(people)}).text

    assert "client.account_store_mappings.create(" in text
    assert people["href"] in text
    assert order_of(api, application) == []
