"""Search over everything."""

from console.visitor import Visitor
from service.calls import Api, id_of, path_of
from stormpath.server.app import Service
from support.statements import statements


def test_one_text_finds_every_kind_with_numbers_and_a_link_to_all(admin: Visitor, api: Api):
    directory = api.directory("Rebel Base")
    api.group(directory, "Rebel Pilots")
    api.application("Rebel Shop")
    api.post("/organizations", {"name": "Rebel Alliance", "nameKey": "rebels"}).made  # Fails unless made.
    for number in range(7):
        name = f"rebel{number}"
        api.account(directory, username=name, email=f"{name}@example.com", givenName="Rebel", surname=name)

    page = admin.open("/search", q="rebel")

    found = {text for text, _ in page.html.links}
    assert {"Rebel Base", "Rebel Pilots", "Rebel Shop", "Rebel Alliance", "All 7"} <= found
    assert len([text for text in found if text.startswith("Rebel rebel")]) == 5
    assert admin.follow("All 7").path == "/accounts?q=rebel"
    assert "7/8" in admin.page.text


def test_an_id_an_href_or_an_address_leads_straight_to_the_page(admin: Visitor, api: Api):
    directory = api.directory("People")
    account = api.account(directory, email="ann.lee@example.com")
    key = api.post(account["apiKeys"]["href"]).made

    for text, expected in (
        (id_of(account), path_of(account)),
        (account["href"], path_of(account)),
        (f" {directory['href']} ", path_of(directory)),
        ("Ann.Lee@example.com", path_of(account)),
        (key["id"], f"/apiKeys/{key['id']}"),
    ):
        assert admin.open("/search", q=text).path == expected, text


def test_another_tenants_ids_hrefs_and_addresses_lead_nowhere(
    admin: Visitor, api: Api, foreign_admin: Visitor
):
    account = api.account(api.directory("People"), email="ann.lee@example.com")

    for text in (id_of(account), account["href"], "ann.lee@example.com"):
        page = foreign_admin.open("/search", q=text)
        assert page.path.startswith("/search?")
        assert "Nothing matches." in page.text


def test_what_is_found_while_a_person_types_are_options(admin: Visitor, api: Api):
    account = api.account(api.directory("People"), givenName="Ann", surname="Lee", email="ann@example.com")

    page = admin.request("GET", "/search?q=lee", headers={"HX-Request": "true"})
    exact = admin.request("GET", "/search?q=ann@example.com", headers={"HX-Request": "true"})

    options = [found for tag, found in page.html.elements if found.get("role") == "option"]
    assert [each["href"] for each in options] == [path_of(account)]
    assert len({each["id"] for each in options}) == len(options)
    assert "<html" not in page.raw.decode()
    assert path_of(account) in exact.raw.decode()


def test_a_search_takes_a_bounded_number_of_statements(service: Service, admin: Visitor, api: Api):
    directory = api.directory("Many")
    for number in range(6):
        api.group(directory, f"Many {number}")

    for text in ("many", "x" * 22, "x" * 5000, "@", "*", "nobody@example.com", "%", "https://example.com/v1"):
        with statements(service) as sent:
            page = admin.open("/search", q=text)
        assert page.status == 200, text
        assert len(sent) <= 25, (text, len(sent))
    assert admin.open("/search").status == 200
