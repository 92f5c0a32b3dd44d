"""What every page of the console does, on those that follow from the declarations alone."""

from console.visitor import PASSWORD, Visitor
from service.calls import Api, path_of
from stormpath.server.app import Service


def test_a_visitor_is_led_to_the_login_and_from_there_to_the_page(admin: Visitor):
    visitor = admin.anew()

    page = visitor.open("/directories?status=ENABLED")
    assert page.path == "/login?next=%2Fdirectories%3Fstatus%3DENABLED"
    sent = {"tenant": admin.tenant, "login": admin.login, "password": PASSWORD}
    page = visitor.submit("Log in", sent)

    assert page.path == "/directories?status=ENABLED"
    assert "Stormpath Administrators" in page.text


def test_a_list_says_how_many_there_are_and_finds_by_part_of_a_name(admin: Visitor, api: Api):
    for name in ("Rebels", "Empire", "Traders"):
        api.directory(name)

    everything = admin.open("/directories").text
    found = admin.open("/directories", q="mpir")

    assert "5 entries" in everything
    assert "1/5" in found.text
    assert "Empire" in found.text
    assert "Rebels" not in found.text


def test_a_resource_is_created_changed_and_deleted_by_its_forms(admin: Visitor, api: Api):
    admin.open("/organizations")
    admin.follow("Create Organization")
    admin.submit("Create", {"name": "Acme", "nameKey": "acme", "description": "Rockets"})
    assert "Acme is created." in admin.page.text
    made = api.get("/organizations", name="Acme").items[0]
    assert made["description"] == "Rockets"

    admin.submit("Save", {"description": "Anvils"})
    assert "Saved." in admin.page.text
    assert api.get(made["href"]).ok["description"] == "Anvils"

    admin.follow("Delete")
    admin.submit("Delete", {"understood": "true"})
    assert "Acme is deleted." in admin.page.text
    assert api.get("/organizations", name="Acme").items == []


def test_an_error_stands_beside_its_field_and_what_was_typed_stays(admin: Visitor):
    admin.open("/organizations/new")

    page = admin.submit("Create", {"name": "Acme", "nameKey": "Not Valid!", "description": "Rockets"})

    assert page.status == 400
    form = page.html.form("Create")
    assert form.value("description") == "Rockets"
    assert form.attributes["nameKey"]["aria-invalid"] == "true"


def test_what_another_person_changed_meanwhile_stays(admin: Visitor, api: Api):
    directory = api.directory("People", description="old")
    admin.open(path_of(directory))
    api.post(directory["href"], {"description": "of another person"}).ok  # Fails unless granted.

    admin.submit("Save", {"name": "Persons"})

    stored = api.get(directory["href"]).ok
    assert (stored["name"], stored["description"]) == ("Persons", "of another person")


def test_the_code_of_a_form_does_the_same(admin: Visitor, api: Api):
    directory = api.directory("People")
    admin.open(path_of(directory))

    page = admin.submit("As code", {"description": "it's new"})

    assert f'directory = client.directories.get("{directory["href"]}")' in page.text
    assert 'directory.description = "it\'s new"' in page.text
    assert api.get(directory["href"]).ok["description"] is None


def test_every_page_of_a_tenant_is_complete_html_under_a_strict_policy(admin: Visitor, api: Api):
    place, directory = api.application_with_directory()
    account = api.account(directory)
    todo = ["/", path_of(place), path_of(directory), path_of(account)]
    seen: set[str] = set()
    while todo:
        path = todo.pop()
        if path in seen or path.startswith(("/rest", "/static")):
            continue
        seen.add(path)
        page = admin.open(path)
        assert page.status == 200, (path, page.text)
        assert "script-src 'self'; style-src 'self'" in page.headers["content-security-policy"]
        if not page.headers["content-type"].startswith("text/html"):
            continue
        ids = [attributes["id"] for _, attributes in page.html.elements if "id" in attributes]
        assert len(ids) == len(set(ids)), (path, sorted(each for each in ids if ids.count(each) > 1))
        for tag, attributes in page.html.elements:
            assert "style" not in attributes, (path, tag)
            assert not [each for each in attributes if each.startswith("on")], (path, tag)
        todo += [
            href.partition("?")[0].partition("#")[0] for _, href in page.html.links if href.startswith("/")
        ]
    assert len(seen) > 40


def test_what_the_api_cannot_change_has_no_form_that_is_taken(service: Service, admin: Visitor):
    fixed = {each.path for each in service.console.resources.values() if "POST" not in each.verbs}
    pages = [page for page in service.console.pages if page.path in fixed and page.get]

    assert len(pages) > 3
    for page in pages:
        path = page.path.replace("{id}", "0" * 22)
        assert admin.post(path, {"csrf": admin.csrf}).status == 405, path
        admin.open("/")
