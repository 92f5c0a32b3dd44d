"""The forms for a new account and a new group."""

from console.accounts_calls import as_mirror, several
from console.visitor import Visitor
from service.calls import Api, Json, id_of, path_of
from service.registration import sent_kinds, switch
from stormpath.server.app import Service

ADA = {
    "username": "ada",
    "email": "ada@example.com",
    "givenName": "Ada",
    "surname": "Byron",
    "password": "Changeme1!",
    "confirmPassword": "Changeme1!",
}


def stored(api: Api, name: str = "ada") -> Json:
    found = api.get(f"{api.tenant}/accounts", username=name).items
    return found[0] if found else {}


def test_an_account_is_created_in_a_directory_that_is_searched_first(admin: Visitor, api: Api):
    directories = [api.directory(f"Directory {number}") for number in range(3)]
    admin.open("/accounts")
    admin.follow("Create Account")
    admin.submit("Search", {"q": "Directory 2"})
    admin.follow("Directory 2")

    page = admin.submit("Create", ADA)

    assert "Ada Byron is created." in page.text
    assert stored(api)["directory"]["href"] == directories[2]["href"]
    assert admin.page.path == path_of(stored(api))


def test_names_and_two_equal_passwords_are_required_and_what_was_typed_stays(admin: Visitor, api: Api):
    directory = api.directory()
    admin.open("/accounts/new", directory=id_of(directory))

    page = admin.submit("Create", {**ADA, "surname": " ", "confirmPassword": "another"})

    assert page.status == 400
    form = page.html.form("Create")
    assert form.attributes["surname"]["aria-invalid"] == "true"
    assert form.attributes["confirmPassword"]["aria-invalid"] == "true"
    assert form.value("email") == "ada@example.com"
    assert form.value("password") == ""
    assert stored(api) == {}


def test_what_the_directory_asks_of_a_password_is_told_beside_it(admin: Visitor, api: Api):
    admin.open("/accounts/new", directory=id_of(api.directory()))

    page = admin.submit("Create", {**ADA, "password": "short", "confirmPassword": "short"})

    assert page.status == 400
    assert page.html.form("Create").attributes["password"]["aria-invalid"] == "true"


def test_a_new_account_is_added_to_the_groups_that_are_ticked(admin: Visitor, api: Api):
    directory = api.directory()
    groups = several(api, directory, 26)
    admin.open("/accounts/new", directory=id_of(directory))

    admin.submit("Search Groups", {**ADA, "find": "Group 25", "group": [id_of(groups[0])]})
    assert admin.page.html.form("Create").value("email") == "ada@example.com"
    passwords = {"password": "Changeme1!", "confirmPassword": "Changeme1!"}
    admin.submit("Create", {**passwords, "group": [id_of(groups[0]), id_of(groups[25])]})

    assert {each["name"] for each in api.get(stored(api)["groups"]["href"]).items} == {"Group 0", "Group 25"}


def test_a_group_of_another_directory_leaves_no_account_behind(admin: Visitor, api: Api):
    directory = api.directory()
    several(api, directory, 1)
    foreign = api.group(api.directory("Other"), "Foreign")
    admin.open("/accounts/new", directory=id_of(directory))

    page = admin.submit("Create", {**ADA, "group": [id_of(foreign)]})

    assert page.status == 404
    assert stored(api) == {}


def test_the_mails_of_a_registration_can_be_suppressed_where_a_workflow_is_on(admin: Visitor, api: Api):
    directory = api.directory()
    label = "Suppress Registration and Verification emails"
    assert label not in admin.open(path_of(directory, "accounts", "new")).text
    switch(api, directory, "verification", "welcome")

    assert label in admin.open(path_of(directory, "accounts", "new")).text
    admin.submit("Create", {**ADA, "suppress": "true"})

    assert stored(api)["status"] == "ENABLED"
    assert sent_kinds(api) == []


def test_a_workflow_that_is_not_suppressed_sends_its_mail(admin: Visitor, api: Api):
    directory = api.directory()
    switch(api, directory, "verification")
    admin.open(path_of(directory, "accounts", "new"))

    admin.submit("Create", ADA)

    assert stored(api)["status"] == "UNVERIFIED"
    assert sent_kinds(api) == ["verification"]


def test_an_account_that_is_created_in_a_group_is_a_member_of_it(admin: Visitor, api: Api):
    group = api.group(api.directory(), "Readers")
    admin.open(path_of(group, "accounts"))
    admin.follow("Create Account")

    admin.submit("Create", ADA)

    assert [each["username"] for each in api.get(group["accounts"]["href"]).items] == ["ada"]


def test_nothing_is_created_in_a_mirrored_directory_and_the_page_says_why(
    service: Service, admin: Visitor, api: Api
):
    directory = api.directory("Copy")
    group = api.group(directory, "Readers")
    as_mirror(service, directory)

    for path in (path_of(directory, "accounts"), path_of(group, "accounts")):
        assert "Create Account" not in [text for text, _ in admin.open(path).html.links]
        page = admin.open(f"{path}/new")
        assert "This is copied from LDAP" in page.text
        assert not [each for each in page.html.forms if any(text == "Create" for text, _ in each.buttons)]
    assert "This is copied from LDAP" in admin.open(path_of(directory, "groups", "new")).text
    chooser = admin.open("/accounts/new")
    assert "Copy" not in [text for text, _ in chooser.html.links]
    assert "Copy This is copied from LDAP" in chooser.text


def test_the_code_of_the_form_creates_the_account_without_its_password(admin: Visitor, api: Api):
    directory = api.directory()
    admin.open("/accounts/new", directory=id_of(directory))

    page = admin.submit("As code", ADA)

    assert f'client.directories.get("{directory["href"]}").accounts.create(' in page.text
    assert "Changeme1!" not in page.raw.decode()
    assert stored(api) == {}


def test_a_group_is_created_in_a_directory_that_is_chosen_first(admin: Visitor, api: Api):
    directory = api.directory("People")
    admin.open("/groups/new")
    admin.follow("People")

    page = admin.submit("Create", {"name": "Readers", "description": "They read"})

    assert "Readers is created." in page.text
    found = api.get(directory["groups"]["href"]).items
    assert [(each["name"], each["description"]) for each in found] == [("Readers", "They read")]
