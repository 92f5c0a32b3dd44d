"""The account stores of applications and organizations: order, locations, mapping and removal by forms."""

from console.visitor import Visitor
from service.calls import Api, Json, id_of, path_of


def stores_of(api: Api, owner: Json) -> list[str]:
    """Return the names of the mapped stores in the order in which logins search them."""
    items = api.every(owner["accountStoreMappings"]["href"], expand="accountStore")
    return [each["accountStore"]["name"] for each in items]


def with_stores(api: Api, *names: str) -> tuple[Json, dict[str, str]]:
    """Return an application with directories of those names, and the ids of its mappings."""
    application = api.application()
    ids = {name: id_of(api.mapping(application, api.directory(name))) for name in names}
    return api.get(application["href"]).ok, ids


def test_scratch(admin: Visitor, api: Api):
    application, ids = with_stores(api, "A", "B", "C")
    page = admin.open(f"{path_of(application)}/accountStores")
    assert page.status == 200, page.text
    page = admin.submit("Save Priorities", {f"priority.{ids['A']}": "3"})
    assert page.status == 200, page.text
    assert stores_of(api, application) == ["B", "C", "A"]
    page = admin.follow("Add Account Store")
    assert page.status == 200, page.text
    page = admin.submit("Search", {"find": "Admin"})
    assert page.status == 200, page.text
    print(page.raw.decode())
