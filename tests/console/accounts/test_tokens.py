"""The OAuth tokens of an account, its linked accounts and its factors."""

import pytest

from console.visitor import PASSWORD, Visitor
from service.calls import Api, id_of, path_of
from service.factor_calls import sms_factor
from service.token_calls import password_grant
from stormpath.server.app import Service
from stormpath.server.console import sessions


def tokens(api: Api, account: dict, kind: str = "accessTokens") -> list[dict]:
    return api.get(account[kind]["href"]).items


def test_tokens_are_listed_with_times_and_application_and_without_their_text(admin: Visitor, api: Api):
    application, directory = api.application_with_directory("Atlas")
    account = api.account(directory)
    issued = password_grant(api, application).ok

    page = admin.open(path_of(account, "tokens"))

    assert "Access Tokens" in page.text
    assert "Refresh Tokens" in page.text
    assert page.text.count("Atlas") == 2
    assert tokens(api, account)[0]["createdAt"] in page.raw.decode()
    assert issued["access_token"] not in page.raw.decode()
    assert issued["refresh_token"] not in page.raw.decode()


def test_tokens_are_sorted_by_issue_expiry_and_application(admin: Visitor, api: Api):
    first, directory = api.application_with_directory("Beta")
    second = api.application("Alpha")
    api.mapping(second, directory)
    account = api.account(directory)
    api.post(first["oAuthPolicy"]["href"], {"accessTokenTtl": "PT2H"}).ok  # Fails unless granted.
    password_grant(api, first)
    password_grant(api, second)

    def order(column: str) -> list[str]:
        admin.open(path_of(account, "tokens"), orderBy=column)
        return [text for text, _ in admin.page.html.links if text in ("Alpha", "Beta")][:2]

    assert order("issued") == ["Beta", "Alpha"]
    assert order("issued desc") == ["Alpha", "Beta"]
    assert order("application") == ["Alpha", "Beta"]
    assert order("application desc") == ["Beta", "Alpha"]
    assert order("expires") == ["Alpha", "Beta"]
    assert order("nonsense") == ["Beta", "Alpha"]


def test_one_token_ticked_tokens_and_all_tokens_are_revoked(admin: Visitor, api: Api):
    application, directory = api.application_with_directory()
    account = api.account(directory)
    for _ in range(5):
        password_grant(api, application)
    admin.open(path_of(account, "tokens"))

    admin.submit("Delete")
    assert "1 token is revoked." in admin.page.text
    assert len(tokens(api, account)) == 4
    chosen = [id_of(each) for each in tokens(api, account)[:2]]
    admin.submit("Delete ticked", {"id": chosen})
    assert len(tokens(api, account)) == 2
    admin.submit("Revoke all")

    assert tokens(api, account) == tokens(api, account, "refreshTokens") == []


def test_a_token_of_another_account_is_not_revoked_here(admin: Visitor, api: Api):
    application, directory = api.application_with_directory()
    ada, joe = api.account(directory, "ada"), api.account(directory, "joe")
    password_grant(api, application, "ada")
    password_grant(api, application, "joe")
    admin.open(path_of(ada, "tokens"))

    admin.submit("Delete ticked", {"id": [id_of(tokens(api, joe)[0])]})

    assert "It is no token of this account." in admin.page.text
    assert len(tokens(api, joe)) == 1


def test_accounts_are_linked_searched_and_unlinked(admin: Visitor, api: Api):
    directory = api.directory("People")
    ada, same = api.account(directory, "ada"), api.account(directory, "bob")
    others = [api.account(api.directory(f"Other {name}"), name) for name in ("cleo", "dan")]
    admin.open(path_of(ada, "links"))
    page = admin.follow("Link an account")
    assert "It is in the same directory." in page.text

    admin.submit("Link", {"id": [id_of(each) for each in others]})
    assert "2 accounts are linked." in admin.page.text
    assert {each["username"] for each in api.get(ada["linkedAccounts"]["href"]).items} == {"cleo", "dan"}
    found = admin.submit("Search", {"q": "cleo"}).text
    assert "1/2" in found
    assert "dan@example.com" not in found
    admin.submit("Unlink")

    assert [each["username"] for each in api.get(ada["linkedAccounts"]["href"]).items] == ["dan"]
    assert api.get(same["href"]).status == 200


def test_a_link_that_is_refused_is_told_with_its_reason(admin: Visitor, api: Api):
    ada, directory = api.account(api.directory("People"), "ada"), api.directory("Other")
    first, second = api.account(directory, "cleo"), api.account(directory, "dan")
    api.account_link(ada, first)
    admin.open(path_of(ada, "links", "new"))

    page = admin.submit("Link", {"id": [id_of(second)]})

    assert "linked to another account of that directory already" in page.text


def test_factors_are_added_for_a_phone_and_removed(admin: Visitor, api: Api):
    account = api.account(api.directory())
    admin.open(path_of(account, "factors"))
    admin.follow("Add SMS factor")
    assert "phone number" in admin.submit("Add SMS factor", {"number": "123"}).text
    assert admin.page.html.form("Add SMS factor").value("number") == "123"

    page = admin.submit("Add SMS factor", {"number": "+12025550123", "name": "Mine"})
    assert "+12025550123 Unverified Enabled" in page.text
    assert [each["type"] for each in api.get(account["factors"]["href"]).items] == ["SMS"]
    admin.submit("Remove")

    assert api.get(account["factors"]["href"]).items == []


def test_a_factor_of_another_account_is_not_removed_here(service: Service, admin: Visitor, api: Api):
    directory = api.directory()
    ada, joe = api.account(directory, "ada"), api.account(directory, "joe")
    sms_factor(api, ada)
    theirs = sms_factor(api, joe, "+12025550199")
    admin.open(path_of(ada, "factors"))
    form = admin.page.html.form("Remove")

    admin.post(form.action, {"csrf": form.value("csrf"), "remove": id_of(theirs)})

    assert api.get(theirs["href"]).status == 200


def test_a_factor_is_removed_after_the_own_password(
    admin: Visitor, api: Api, monkeypatch: pytest.MonkeyPatch
):
    account = api.account(api.directory())
    sms_factor(api, account)
    monkeypatch.setattr(sessions, "PROVED_MS", 0)
    admin.open(path_of(account, "factors"))

    page = admin.submit("Remove", {"password_again": "wrong"})
    assert (page.status, "The password is wrong." in page.text) == (400, True)
    assert len(api.get(account["factors"]["href"]).items) == 1
    admin.submit("Remove", {"password_again": PASSWORD})

    assert api.get(account["factors"]["href"]).items == []


def test_api_keys_of_an_account_are_listed_and_created_in_its_menu(admin: Visitor, api: Api):
    account = api.account(api.directory())
    admin.open(path_of(account))
    admin.follow("API Keys")
    admin.follow("Create API Key")

    page = admin.submit("Create API Key", {"name": "Robot"})

    (key,) = api.get(account["apiKeys"]["href"]).items
    assert f"apiKey.id = {key['id']}\n" in page.raw.decode()
    assert "Robot" in admin.open(path_of(account, "apiKeys")).text
