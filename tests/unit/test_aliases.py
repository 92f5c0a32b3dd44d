"""Aliases of the base URL: one resource in answers, requests and the cache, whatever address its href has."""

from typing import Any

import pytest
import responses

from stormpath import Client
from stormpath.error import Error
from stormpath.resources.account import Account
from stormpath.resources.account_store import AccountStore
from stormpath.resources.directory import Directory

INTERNAL = "http://users.internal:8080/v1"
PUBLIC = "https://id.example.com/v1"
FORMER = "https://api.stormpath.com/v1"
KEY: dict[str, Any] = {"id": "ID", "secret": "sEcReT"}


@pytest.fixture
def service() -> Any:
    """Answers requests to the internal address; a request to any other fails."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def client() -> Client:
    return Client(INTERNAL, base_url_aliases=[PUBLIC, FORMER], **KEY)


def account(base: str) -> dict[str, Any]:
    return {
        "href": f"{base}/accounts/a",
        "email": "joe@example.com",
        "directory": {"href": f"{base}/directories/d"},
        "customData": {"href": f"{base}/accounts/a/customData"},
        "groups": {"href": f"{base}/accounts/a/groups", "items": [{"href": f"{base}/groups/g", "name": "G"}]},
    }


def test_links_of_the_service_are_followed_below_the_client_s_base_url(
    client: Client, service: responses.RequestsMock
) -> None:
    service.get(f"{INTERNAL}/accounts/a", json=account(PUBLIC))
    service.get(f"{INTERNAL}/directories/d", json={"href": f"{PUBLIC}/directories/d", "name": "People"})

    found = client.accounts.get("a")

    assert found.directory.name == "People"
    assert found.href == f"{INTERNAL}/accounts/a"
    assert [each.href for each in found.groups] == [f"{INTERNAL}/groups/g"]
    assert len(service.calls) == 2


@pytest.mark.parametrize("base", [INTERNAL, PUBLIC, FORMER, "HTTPS://ID.example.com:443/v1"])
def test_an_href_that_was_stored_names_one_resource_and_one_entry_of_the_cache(
    client: Client, service: responses.RequestsMock, base: str
) -> None:
    service.get(f"{INTERNAL}/accounts/a", json=account(PUBLIC))
    assert client.accounts.get(f"{INTERNAL}/accounts/a").email == "joe@example.com"

    stored = client.accounts.get(f"{base}/accounts/a")

    assert stored.email == "joe@example.com"
    assert stored == client.accounts.get("a") == Account(client, href=f"{base}/accounts/a")
    assert len({stored, client.accounts.get("a"), Account(client, href=f"{base}/accounts/a")}) == 1
    assert stored.href == f"{INTERNAL}/accounts/a"
    assert len(service.calls) == 1


def test_a_redirect_to_an_alias_is_followed_below_the_base(
    client: Client, service: responses.RequestsMock
) -> None:
    service.get(f"{INTERNAL}/tenants/current", status=302, headers={"Location": f"{PUBLIC}/tenants/t"})
    service.get(f"{INTERNAL}/tenants/t", json={"href": f"{PUBLIC}/tenants/t", "name": "Us"})

    assert client.tenant.name == "Us"


def test_a_write_under_a_former_href_renews_the_entry_of_the_cache(
    client: Client, service: responses.RequestsMock
) -> None:
    service.get(f"{INTERNAL}/accounts/a", json=account(PUBLIC))
    service.post(f"{INTERNAL}/accounts/a", json={**account(PUBLIC), "givenName": "Ann"})
    assert client.accounts.get("a").email == "joe@example.com"
    stored = client.accounts.get(f"{FORMER}/accounts/a")
    stored.given_name = "Ann"

    stored.save()

    assert client.accounts.get("a").given_name == "Ann"
    assert [each.request.method for each in service.calls] == ["GET", "POST"]


def test_custom_data_is_not_changed_by_the_spelling_of_links(
    client: Client, service: responses.RequestsMock
) -> None:
    theirs = {"href": f"{PUBLIC}/accounts/a", "customData": {"href": f"{PUBLIC}/accounts/b"}}
    answer = account(PUBLIC)
    answer["customData"] = {"href": f"{PUBLIC}/accounts/a/customData", "friend": theirs, "all": [theirs]}
    service.get(f"{INTERNAL}/accounts/a", json=answer)
    service.get(f"{INTERNAL}/accounts/a/customData", json=answer["customData"])

    expanded = client.data_store.get_resource("/accounts/a", {"expand": "customData"})["customData"]
    alone = client.data_store.fetch_resource("/accounts/a/customData")

    for each in (expanded, alone):
        assert each["href"] == f"{INTERNAL}/accounts/a/customData"
        assert (each["friend"], each["all"]) == (theirs, [theirs])


def test_the_model_of_a_template_is_not_changed_either(
    client: Client, service: responses.RequestsMock
) -> None:
    model = {"linkBaseUrl": f"{PUBLIC}/reset", "href": f"{PUBLIC}/accounts/a"}
    service.get(
        f"{INTERNAL}/emailTemplates/e", json={"href": f"{PUBLIC}/emailTemplates/e", "defaultModel": model}
    )

    assert client.data_store.get_resource("/emailTemplates/e")["defaultModel"] == model


@pytest.mark.parametrize("aliases", [None, [FORMER]])
def test_an_href_of_another_service_is_refused_and_the_setting_is_named(
    service: responses.RequestsMock, aliases: list[str] | None
) -> None:
    client = Client(INTERNAL, base_url_aliases=aliases, **KEY)

    with pytest.raises(Error, match=r"base_url_aliases.*STORMPATH_CLIENT_BASEURLALIASES") as caught:
        print(client.accounts.get(f"{PUBLIC}/accounts/a").email)

    assert f"{PUBLIC}/accounts/a lies outside the base URL {INTERNAL}" in str(caught.value)
    assert not service.calls


def test_the_environment_may_name_the_aliases(
    monkeypatch: pytest.MonkeyPatch, service: responses.RequestsMock
) -> None:
    monkeypatch.setenv("STORMPATH_CLIENT_BASEURLALIASES", f"{PUBLIC}, {FORMER}")
    service.get(f"{INTERNAL}/accounts/a", json=account(PUBLIC))

    assert Client(INTERNAL, **KEY).accounts.get(f"{FORMER}/accounts/a").email == "joe@example.com"


def test_a_token_under_an_alias_stays_one_segment(client: Client) -> None:
    from stormpath.resources.application import Application

    tokens = Application(client, href=f"{INTERNAL}/applications/x").password_reset_tokens
    home = f"{INTERNAL}/applications/x/passwordResetTokens/"

    assert tokens.get(f"{PUBLIC}/applications/x/passwordResetTokens/T0k3n").href == f"{home}T0k3n"
    assert tokens.get("a.T0k3n/../x").href == f"{home}a.T0k3n%2F..%2Fx"
    assert tokens.get(f"{PUBLIC}/accounts/x").href.startswith(f"{home}http")


def test_a_reference_below_an_alias_is_no_name(client: Client, service: responses.RequestsMock) -> None:
    service.get(
        f"{INTERNAL}/accounts/a/groups",
        json={"href": f"{PUBLIC}/accounts/a/groups", "size": 1, "offset": 0, "limit": 100,
              "items": [{"href": f"{PUBLIC}/groups/g", "name": "G"}]},
    )  # fmt: skip

    assert client.accounts.get("a").has_group(f"{PUBLIC}/groups/g")
    assert len(service.calls) == 1


def test_an_account_store_below_an_alias_is_of_its_kind(client: Client) -> None:
    assert isinstance(AccountStore(client, {"href": f"{PUBLIC}/directories/d"}), Directory)


def test_a_wrong_alias_is_refused_when_the_client_is_made() -> None:
    with pytest.raises(ValueError, match="An alias of the base URL"):
        Client(INTERNAL, base_url_aliases="id.example.com", **KEY)
