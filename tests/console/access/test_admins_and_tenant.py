"""Manage Tenant Admins, and the page of the tenant."""

from console.console_emails import emails_to, text_in
from console.visitor import Visitor, new_administrator
from service.calls import Api
from stormpath.server.app import Service
from stormpath.server.schema.ids import new_token


def test_administrators_are_listed_and_found_by_a_search(admin: Visitor, colleague: Visitor, api: Api):
    new_administrator(api, "cara", givenName="Cara", surname="Lee")

    everything = admin.open("/admins")
    found = admin.open("/admins", q="cara")

    assert "3 administrators" in everything.text
    assert "Olga Poe (owner) (you)" in everything.text
    assert "1/3" in found.text
    assert "Cara Lee" in found.text
    assert colleague.login not in found.text


def test_the_owner_has_neither_a_status_to_set_nor_a_deletion(admin: Visitor, colleague: Visitor):
    page = colleague.open("/admins")

    owner_id = admin.tools.get(admin.tools.tenant + "/accounts", email=admin.login).items[0]["href"][-22:]
    assert not [form for form in page.html.forms if form.action.endswith(f"{owner_id}/status")]
    assert f"/accounts/{owner_id}/delete" not in [href for _, href in page.html.links]


def test_a_status_is_set_in_the_list(admin: Visitor, colleague: Visitor, api: Api):
    admin.open("/admins")
    admin.submit("Set", {"status": "DISABLED"})
    admin.submit("Disable")

    assert admin.page.path == "/admins"
    assert api.get("/accounts", email=colleague.login).items[0]["status"] == "DISABLED"
    assert colleague.open("/admins").path.startswith("/login")


def test_a_password_reset_is_sent_to_an_administrator(admin: Visitor, api: Api, service: Service):
    ann = new_administrator(api, f"ann-{new_token()[:12].lower()}")
    page = admin.open("/admins")
    account = api.get("/accounts", email=ann.login).items[0]["href"][-22:]
    form = next(each for each in page.html.forms if each.action == f"/admins/{account}/resetPassword")

    page = admin.send(form, "Reset Password", {})

    assert f"An e-mail with a link is on its way to {ann.login}." in page.text
    [email] = emails_to(service, ann.login)
    assert "/passwordReset?sptoken=" in text_in(email)


def test_a_separate_administrator_sends_a_reset_as_anyone_can_and_sees_no_token(
    colleague: Visitor, api: Api, service: Service
):
    ann = new_administrator(api, f"ann-{new_token()[:12].lower()}")
    page = colleague.open("/admins", q="ann-")

    page = colleague.submit("Reset Password")

    [email] = emails_to(service, ann.login)
    token = text_in(email).partition("sptoken=")[2].split()[0]
    assert token not in page.raw.decode()


def test_other_stores_of_administrators_are_named(admin: Visitor, api: Api):
    directory = api.directory("Staff")
    api.mapping(api.get("/applications", name="Stormpath").items[0], directory)

    page = admin.open("/admins")

    assert "Accounts of these are administrators, too" in page.text
    admin.follow("Staff")
    assert admin.page.html.headings[0] == "Staff"


def test_the_tenant_is_renamed_and_keeps_its_key(admin: Visitor, api: Api):
    admin.open("/")
    admin.follow("Tenant")

    page = admin.submit("Save", {"name": "Acme People"})

    assert "Saved." in page.text
    stored = api.get(api.tenant).ok
    assert (stored["name"], stored["key"]) == ("Acme People", admin.tenant)
    assert admin.tenant in page.text


def test_the_custom_data_of_the_tenant_is_edited_as_json(admin: Visitor, api: Api):
    api.post(f"{api.tenant}/customData", {"old": 1, "kept": [1]}).ok  # Fails unless granted.
    admin.open("/tenant")

    page = admin.submit("Save Custom Data", {"data": "no JSON"})
    assert page.status == 400
    assert "This is no JSON object." in page.text
    assert page.html.form("Save Custom Data").value("data") == "no JSON"
    admin.submit("Save Custom Data", {"data": '{"kept": [1, 2], "new": {"a": null}}'})

    stored = api.get(f"{api.tenant}/customData").ok
    own = {name: each for name, each in stored.items() if name not in ("href", "createdAt", "modifiedAt")}
    assert own == {"kept": [1, 2], "new": {"a": None}}


def test_what_only_the_owner_may_change_is_told(colleague: Visitor, api: Api):
    before = api.get(api.tenant).ok["administrators"]
    colleague.open("/tenant")

    page = colleague.submit("Save", {"administrators": "shared" if before == "separate" else "separate"})

    assert page.status == 403
    assert api.get(api.tenant).ok["administrators"] == before


def test_the_tenants_own_path_leads_to_its_page(admin: Visitor, foreign_admin: Visitor):
    assert admin.open(f"/tenants/{admin.tools.tenant_id}").path == "/tenant"
    assert admin.open(f"/tenants/{foreign_admin.tools.tenant_id}").status == 404
