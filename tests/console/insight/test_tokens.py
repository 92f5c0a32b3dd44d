"""Who is logged in: tokens of the tenant, and administrators in the console."""

from console.visitor import Visitor
from service import token_calls
from service.calls import Api, id_of
from stormpath.server.app import Service


def test_the_latest_tokens_are_listed_by_application_and_account_and_revoked(admin: Visitor, api: Api):
    shop, people = api.application_with_directory("Shop")
    zoo, keepers = api.application_with_directory("Zoo")
    ada = api.account(people, username="ada", email="ada@example.com", givenName="Ada", surname="Lee")
    api.account(keepers, username="ada", email="ada@example.com", givenName="Zora", surname="Lee")
    in_shop, in_zoo = token_calls.log_in(api, shop), token_calls.log_in(api, zoo)

    page = admin.open("/tokens")
    assert {"Ada Lee", "Zora Lee", "Shop", "Zoo"} <= {text for text, _ in page.html.links}
    page = admin.open("/tokens", application=id_of(zoo))
    assert "Ada Lee" not in page.text
    page = admin.open("/tokens", account=id_of(ada), kind="accessToken")
    assert "Ada Lee" in page.text
    assert "Zora Lee" not in page.text
    assert in_shop["access_token"] not in page.raw.decode()
    page = admin.open("/tokens", account=id_of(ada))
    page = admin.submit("Revoke")

    assert "The token is revoked." in page.text
    assert "Ada Lee" not in page.text
    assert not token_calls.is_valid(api, shop, in_shop["access_token"])
    assert token_calls.is_valid(api, zoo, in_zoo["access_token"])
    assert api.get(f"{ada['href']}/refreshTokens").items == []


def test_the_owner_sees_who_is_in_the_console_and_ends_a_session(
    service: Service, admin: Visitor, colleague: Visitor
):
    colleague.open("/tokens")
    assert "Administrators in this console" not in colleague.page.text
    page = admin.open("/tokens")
    assert "Ann Doe" in page.text
    assert "This session" in page.text

    page = admin.submit("End")

    assert "The session is ended." in page.text
    assert "Ann Doe" not in page.text
    assert colleague.open("/").path == "/login"
    assert admin.open("/").status == 200


def test_only_the_owner_ends_sessions_of_others(
    service: Service, admin: Visitor, colleague: Visitor, api: Api
):
    sessions = service.console.sessions.stored.of_tenant(api.tenant_id, 0)
    colleague.open("/tokens")

    page = colleague.post("/tokens/sessions", {"csrf": colleague.csrf, "id": sessions[0].id})

    assert page.status == 403
    assert len(service.console.sessions.stored.of_tenant(api.tenant_id, 0)) == len(sessions)
