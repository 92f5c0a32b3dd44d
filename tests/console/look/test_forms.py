"""Forms that follow from the declarations, as people see them."""

from console.visitor import Visitor
from service.calls import Api, path_of


def test_a_secret_that_no_json_shows_is_typed_and_kept(admin: Visitor, api: Api):
    admin.open("/smtpServers/new")
    sent = {
        "name": "Relay",
        "host": "smtp.example.com",
        "port": "587",
        "username": "ann",
        "password": "s3cret",
    }
    admin.submit("Create", sent)
    made = api.get(f"{api.tenant}/smtpServers").items[0]

    form = admin.page.html.form("Save")
    assert "required" not in form.attributes["password"]
    assert form.value("password") == ""
    admin.submit("Save", {"description": "of the office"})

    assert "Saved." in admin.page.text
    assert api.get(made["href"]).ok["description"] == "of the office"


def test_what_cannot_be_changed_is_a_text_and_no_field(admin: Visitor, api: Api):
    account = api.account(api.directory("People"), "ada", givenName="Ada", surname="Lovelace")

    page = admin.open(path_of(account))

    assert "fullName" not in dict(page.html.form("Save").fields)
    assert "Ada Lovelace" in page.text


def test_an_error_is_told_on_top_with_a_link_to_its_field(admin: Visitor):
    admin.open("/organizations/new")

    page = admin.submit("Create", {"name": "Acme", "nameKey": "Not Valid!"})

    assert page.html.title.startswith("Error: ")
    assert "#field-nameKey" in [href for _, href in page.html.links]
    assert ("div", "alert") in [(tag, each.get("role")) for tag, each in page.html.elements]


def test_the_way_to_a_page_is_above_it(admin: Visitor, api: Api):
    directory = api.directory("People")
    id = directory["href"].rpartition("/")[2]

    admin.open(f"/directories/{id}/accounts")
    assert admin.page.html.link("People") == f"/directories/{id}"
    policy = path_of(directory["passwordPolicy"])
    admin.open(f"{policy}/strength")

    assert admin.page.html.link("Password Policy") == policy
