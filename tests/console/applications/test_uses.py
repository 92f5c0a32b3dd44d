"""Where people can log in, and through what; groups with the store that they come by."""

from console.visitor import Visitor
from service.calls import Api, Json, path_of
from stormpath.server.setup.bootstrap import BUILT_IN_APPLICATION, BUILT_IN_DIRECTORY


def rows(admin: Visitor, store: Json) -> list[str]:
    """Return the rows of the table, as text."""
    text = admin.open(path_of(store, "applications")).text
    assert "Mapped Via" in text, text
    return text.partition("Status Action")[2].split("Account Stores")[:-1]


def test_a_directory_tells_its_applications_and_through_what(admin: Visitor, api: Api):
    directory = api.directory("People")
    gold = api.group(directory, "Gold")
    organization = api.organization("Acme")
    api.organization_mapping(organization, gold)
    for name, store in (("Atlas", directory), ("Borea", gold), ("Ceres", organization)):
        api.mapping(api.application(name), store)
    api.mapping(api.application("Other"), api.directory("Others"))

    found = [each.strip() for each in rows(admin, directory)]

    assert found == [
        "Atlas People Directory yes Enabled",
        "Borea Gold Group yes Enabled",
        "Ceres Acme Organization yes Enabled",
    ]


def test_a_group_tells_its_applications_and_through_what(admin: Visitor, api: Api):
    directory = api.directory("People")
    gold, silver = api.group(directory, "Gold"), api.group(directory, "Silver")
    organization = api.organization("Acme")
    api.organization_mapping(organization, directory)
    for name, store in (("Atlas", directory), ("Borea", gold), ("Ceres", organization), ("Dione", silver)):
        api.mapping(api.application(name), store)

    found = [each.strip() for each in rows(admin, gold)]

    assert found == [
        "Atlas People Directory yes Enabled",
        "Borea Gold Group yes Enabled",
        "Ceres Acme Organization yes Enabled",
    ]


def test_an_organization_has_the_page_too(admin: Visitor, api: Api):
    organization = api.organization("Acme")
    api.mapping(api.application("Atlas"), organization)
    admin.open(path_of(organization))

    assert path_of(organization, "applications") in [href for _, href in admin.page.html.links]

    admin.open(path_of(organization, "applications"))

    assert "Atlas Acme Organization yes Enabled" in admin.page.text


def test_it_tells_why_no_one_can_log_in_there_now(admin: Visitor, api: Api):
    directory = api.directory("People")
    gold = api.group(directory, "Gold")
    api.mapping(api.application("Atlas", status="DISABLED"), directory)
    api.mapping(api.application("Borea"), gold)
    api.post(gold["href"], {"status": "DISABLED"}).ok  # Fails unless granted.

    found = [each.strip() for each in rows(admin, directory)]
    assert found == [
        "Atlas People Directory no, the application is disabled Disabled",
        "Borea Gold Group no, the account store is disabled Enabled",
    ]

    api.post(directory["href"], {"status": "DISABLED"}).ok  # Fails unless granted.
    admin.open(path_of(directory, "applications"))
    assert "No one can log in through it now: it is disabled." in admin.page.text
    api.post(gold["href"], {"status": "ENABLED"}).ok  # Fails unless granted.
    admin.open(path_of(gold, "applications"))
    assert "its directory is disabled" in admin.page.text


def test_a_store_without_applications_says_how_to_get_one(admin: Visitor, api: Api):
    directory = api.directory("People")
    application = api.application("Atlas")

    text = admin.open(path_of(directory, "applications")).text

    assert "Currently, there are no applications associated with this directory." in text
    admin.follow("select an application")
    assert admin.page.path == "/applications"
    admin.open(path_of(directory, "applications"))
    admin.follow("map it here")
    admin.submit("Create Mappings", {"pick": path_of(application).removeprefix("/")})
    assert "Atlas People Directory yes Enabled" in admin.page.text


def test_many_uses_are_paged(admin: Visitor, api: Api):
    directory = api.directory("People")
    for number in range(27):
        api.mapping(api.application(f"A{number:02}"), directory)

    first = [each.split()[0] for each in rows(admin, directory)]
    admin.follow("Next")

    assert first == [f"A{number:02}" for number in range(25)]
    assert admin.page.text.count("People Directory yes Enabled") == 2


def test_groups_of_an_application_tell_the_store_by_which_it_sees_them(admin: Visitor, api: Api):
    application = api.application()
    people, partners, customers = (api.directory(name) for name in ("People", "Partners", "Customers"))
    api.group(people, "Readers")
    gold = api.group(partners, "Gold")
    api.group(customers, "Buyers")
    organization = api.organization("Acme")
    api.organization_mapping(organization, customers)
    api.organization_mapping(organization, gold)
    for store in (people, gold, organization):
        api.mapping(application, store)

    page = admin.open(path_of(application, "groups"))

    links = {text: href for text, href in page.html.links if text in ("People", "Acme")}
    assert links["Acme"] == path_of(organization)
    assert "the group itself and 1 more" in page.text


def test_a_group_is_created_in_the_group_location(admin: Visitor, api: Api):
    application, directory = api.application_with_directory()
    admin.open(path_of(application, "groups"))
    admin.follow("Create Group")

    admin.submit("Create", {"name": "Readers"})

    assert [each["name"] for each in api.get(directory["groups"]["href"]).items] == ["Readers"]


def test_accounts_of_all_stores_are_listed_with_their_directories(admin: Visitor, api: Api):
    application = api.application()
    for name in ("North", "South"):
        directory = api.directory(name)
        api.mapping(application, directory)
        api.account(directory, name.lower(), givenName=name, surname="Doe")

    text = admin.open(path_of(application, "accounts")).text

    assert "North Doe" in text
    assert "South Doe" in text
    directories = {text for text, href in admin.page.html.links if href.startswith("/directories/")}
    assert directories == {"North", "South"}


def test_the_application_of_the_service_offers_no_status_and_no_deletion(admin: Visitor, api: Api):
    for kind, name in (("applications", BUILT_IN_APPLICATION), ("directories", BUILT_IN_DIRECTORY)):
        built_in = api.get(f"/{kind}", name=name).items[0]

        page = admin.open(path_of(built_in))
        assert "cannot be disabled, renamed or deleted" in page.text
        assert "Delete" not in [text for text, _ in page.html.links]
        form = page.html.form("Save")
        assert "status" not in form.attributes
        assert "name" not in form.attributes

        admin.submit("Save", {"description": "of the service"})
        assert api.get(built_in["href"]).ok["description"] == "of the service"

        listed = admin.open(f"/{kind}")
        assert path_of(built_in, "delete") not in [href for _, href in listed.html.links]
        assert path_of(built_in, "status") not in [each.action for each in listed.html.forms]


def test_another_application_of_that_kind_is_not_protected(admin: Visitor, api: Api):
    application = api.application("Stormpath Shop")

    page = admin.open(path_of(application))

    assert "Delete" in [text for text, _ in page.html.links]
    assert "status" in page.html.form("Save").attributes
