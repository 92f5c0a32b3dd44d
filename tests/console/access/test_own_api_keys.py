"""The API keys of the own account: downloaded once, deactivated, deleted."""

from console.visitor import Visitor
from service.calls import Api
from stormpath.key_files import read_key


def new_key(admin: Visitor, tmp_path, name: str = "") -> tuple[str, str]:
    """Create a key on the page, and return what clients read from the file."""
    admin.open("/me/apiKeys")
    admin.follow("Create API Key")
    answer = admin.submit("Create API Key", {"name": name})
    assert answer.headers["content-disposition"] == 'attachment; filename="apiKey.properties"'
    assert answer.headers["cache-control"] == "no-store"
    file = tmp_path / "apiKey.properties"
    file.write_bytes(answer.raw)
    file.chmod(0o600)
    return read_key(file)


def test_a_key_is_downloaded_as_a_file_that_clients_read(admin: Visitor, api: Api, tmp_path):
    id, secret = new_key(admin, tmp_path, "for the shop")

    caller = Api(api.wsgi, api.base_url, api.tenant_id, id, secret)
    assert caller.get(api.tenant).ok["key"] == admin.tenant
    page = admin.open("/me/apiKeys")
    assert id in page.text
    assert "for the shop" in page.text
    assert secret not in page.raw.decode()


def test_a_key_is_deactivated_and_activated_again(admin: Visitor, api: Api, tmp_path):
    id, secret = new_key(admin, tmp_path)
    caller = Api(api.wsgi, api.base_url, api.tenant_id, id, secret)

    admin.open("/me/apiKeys")
    form = next(each for each in admin.page.html.forms if ("key", id) in each.fields)
    page = admin.send(form, "Deactivate", {})
    assert f"{id} is deactivated" in page.text
    assert caller.get(api.tenant).status == 401

    page = admin.submit("Activate")
    assert f"{id} is active." in page.text
    assert caller.get(api.tenant).status == 200


def test_a_key_is_deleted_after_a_tick(admin: Visitor, api: Api, tmp_path):
    id, _ = new_key(admin, tmp_path)

    admin.open(f"/me/apiKeys/{id}/delete")
    assert "Please tick the box first." in admin.submit("Delete").text
    page = admin.submit("Delete", {"understood": "true"})

    assert f"{id} is deleted." in page.text
    assert api.get(f"/apiKeys/{id}").status == 404


def test_keys_of_another_account_are_not_reached_from_the_own_page(
    admin: Visitor, colleague: Visitor, api: Api, tmp_path
):
    id, secret = new_key(colleague, tmp_path)

    assert admin.open(f"/me/apiKeys/{id}/delete").status == 404
    admin.open("/me/apiKeys/new")
    answer = admin.post("/me/apiKeys", {"csrf": admin.csrf, "key": id, "status": "DISABLED"})

    assert answer.status == 404
    assert Api(api.wsgi, api.base_url, api.tenant_id, id, secret).get(api.tenant).status == 200
