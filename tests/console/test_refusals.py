"""What the console refuses is a security event, as what the API refuses: once, with the administrator."""

from console.visitor import Visitor
from service.calls import Api
from stormpath.server.app import Service


def denied(service: Service, api: Api) -> list[tuple[str | None, str | None]]:
    """Return the account and the reason of each refusal of the tenant that is stored."""
    events = service.security_events.events(api.tenant_id, event="authz_fail", limit=50)
    return [(each.actor_account_id, each.reason) for each in events]


def test_a_forged_form_is_an_event_of_the_administrator(service: Service, admin: Visitor, api: Api):
    (account,) = api.get(api.tenant, expand="accounts").ok["accounts"]["items"]
    admin.open("/")

    assert admin.post("/logout", {"csrf": "x"}, Origin="https://evil.example.com").status == 403

    assert denied(service, api) == [(account["href"].rpartition("/")[2], "403")]


def test_what_the_api_refuses_a_page_is_told_once(service: Service, admin: Visitor, api: Api):
    directory = api.get("/directories", name="Stormpath Administrators").items[0]
    path = f"/directories/{directory['href'].rpartition('/')[2]}"
    admin.open("/")

    assert (
        admin.post(f"{path}/status", {"csrf": admin.csrf, "status": "DISABLED", "confirmed": "1"}).status
        == 303
    )

    assert len(denied(service, api)) == 1
