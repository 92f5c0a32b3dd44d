"""Why can't this person log in? What the page says is what the login does."""

from collections.abc import Callable

import pytest

from console.accounts_calls import as_mirror, without_password
from console.visitor import Visitor
from service.calls import Api, Json, id_of, path_of
from service.factor_calls import set_columns
from service.guess_limits import limits, wrong
from service.registration import switch
from service.stand_in_agent import Place
from stormpath.server.app import Service

__all__ = ["limits"]


@pytest.fixture
def place(api: Api) -> dict[str, Json]:
    """An application with a directory, and an account there that can log in."""
    application, directory = api.application_with_directory("Atlas")
    return {"application": application, "directory": directory, "account": api.account(directory)}


def verdict(visitor: Visitor, place: dict[str, Json], login: str = "ada") -> str:
    """Return what the page of the application says, which the page of the account says too."""
    text = said(visitor, path_of(place["application"], "diagnosis"), login=login)
    account = path_of(place["account"], "diagnosis")
    assert said(visitor, account, application=id_of(place["application"])) == text
    return text


def said(visitor: Visitor, path: str, **query: str) -> str:
    page = visitor.open(path, **query)
    assert page.status == 200, page.text
    return page.text.partition("Check ")[2].partition(" Account stores, in")[0]


def test_a_login_that_nothing_refuses_is_told_as_such(admin: Visitor, api: Api, place: dict[str, Json]):
    assert api.log_in(place["application"], "ada").status == 200

    assert "Nothing refuses this login" in verdict(admin, place)
    assert "Ada@Example.COM" not in verdict(admin, place, "  ADA ")
    assert "Nothing refuses" in said(
        admin, path_of(place["application"], "diagnosis"), login="ADA@example.com"
    )


def test_the_status_that_refuses_is_named(admin: Visitor, api: Api, place: dict[str, Json]):
    for what, status, sentence in (
        ("application", "DISABLED", "The application is disabled"),
        ("directory", "DISABLED", "The directory of the account is disabled"),
        ("account", "DISABLED", "The account is disabled: enable it."),
        ("account", "LOCKED", "The account is locked: enable it."),
        ("account", "UNVERIFIED", "The account is unverified"),
    ):
        api.post(place[what]["href"], {"status": status}).ok  # Fails unless granted.
        assert api.log_in(place["application"], "ada").status == 400

        assert sentence in verdict(admin, place)
        api.post(place[what]["href"], {"status": "ENABLED"}).ok  # Fails unless granted.
    assert "Nothing refuses this login" in verdict(admin, place)


def test_the_account_in_the_first_store_decides(admin: Visitor, api: Api, place: dict[str, Json]):
    later = api.directory("Later")
    api.mapping(place["application"], later)
    hidden = api.account(later, "ada", email="other@example.com", password="Another1!pw")
    assert api.log_in(place["application"], "ada", "Another1!pw").status == 400

    text = admin.open(path_of(hidden, "diagnosis"), application=id_of(place["application"])).text

    assert "Another account with the same name decides: ada is in an account store with an earlier" in text
    assert "Later Directory Enabled this account" in text
    assert "Atlas People Directory Enabled another account: ada decides" in text
    by_email = admin.open(
        path_of(hidden, "diagnosis"), application=id_of(place["application"]), login="other@example.com"
    )
    assert "Nothing refuses this login" in by_email.text


def test_a_name_that_no_store_has_is_told(admin: Visitor, api: Api, place: dict[str, Json]):
    text = said(admin, path_of(place["application"], "diagnosis"), login="nosuch")

    assert "No account store of the application has an account with this name" in text


def test_an_application_without_stores_and_an_account_without_application(admin: Visitor, api: Api):
    application, account = api.application("Empty"), api.account(api.directory())

    assert "The application has no account stores" in said(
        admin, path_of(application, "diagnosis"), login="ada"
    )
    assert "No application has this account" in admin.open(path_of(account, "diagnosis")).text


def test_an_account_outside_of_the_mapped_group_is_told_to_join_it(admin: Visitor, api: Api):
    application, directory = api.application("Atlas"), api.directory("People")
    group = api.group(directory, "Members")
    api.mapping(application, group)
    account = api.account(directory)

    text = admin.open(path_of(account, "diagnosis"), application=id_of(application)).text

    assert "maps the group Members of the account's directory, and the account is not in it" in text


def test_a_disabled_group_refuses_those_who_come_through_it(admin: Visitor, api: Api):
    application, directory = api.application("Atlas"), api.directory("People")
    group = api.group(directory, "Members")
    api.mapping(application, group)
    account = api.account(directory)
    api.membership(account, group)
    api.post(group["href"], {"status": "DISABLED"}).ok  # Fails unless granted.
    place = {"application": application, "account": account}

    assert "The group through which the account gets in is disabled" in verdict(admin, place)


def test_a_disabled_organization_refuses_those_who_come_through_it(admin: Visitor, api: Api):
    application = api.application("Atlas")
    organization, directory = api.organization_with_directory("Acme")
    api.mapping(application, organization)
    account = api.account(directory)
    api.post(organization["href"], {"status": "DISABLED"}).ok  # Fails unless granted.

    text = verdict(admin, {"application": application, "account": account})

    assert "The organization through which the account gets in is disabled" in text
    assert "Acme Organization Disabled this account decides" in admin.page.text


def test_an_account_without_a_password_is_told_to_get_one(
    service: Service, admin: Visitor, place: dict[str, Json]
):
    without_password(service, place["account"])

    assert "The account has no password, so no password is right: set one." in verdict(admin, place)


def test_too_many_wrong_passwords_are_told_with_the_time_at_which_they_end(
    admin: Visitor, api: Api, place: dict[str, Json], limits: Callable[..., None]
):
    limits(account=3)
    wrong(api, place["application"], 3)
    assert api.log_in(place["application"], "ada").status == 429

    assert "Too many wrong passwords were tried: logins are refused until 20" in verdict(admin, place)
    admin.open(path_of(place["account"], "diagnosis"))
    assert api.log_in(place["application"], "ada").status == 429, "looking has changed the count"
    api.post(place["account"]["href"], {"password": "Another1!pw"}).ok  # Fails unless granted.
    assert "Nothing refuses this login" in verdict(admin, place)


def test_an_address_that_waits_to_be_verified_is_told(admin: Visitor, api: Api):
    application, directory = api.application_with_directory("Atlas")
    switch(api, directory, "verification")
    account = api.account(directory)

    text = verdict(admin, {"application": application, "account": account})

    assert "The account is unverified: its owner has to follow the link" in text
    assert "The address ada@example.com waits to be verified: a link was issued." in admin.page.text


def test_what_the_mail_server_answered_is_told(service: Service, admin: Visitor, api: Api):
    _, directory = api.application_with_directory("Atlas")
    switch(api, directory, "verification")
    account, other = api.account(directory), api.account(directory, "xada")
    outbox = service.database.tables.outbox
    for person, answer in ((account, "550 No such person here"), (other, "421 Try again")):
        with service.database.transaction() as connection:
            of_person = outbox.c.account_id == id_of(person)
            connection.execute(outbox.update().where(of_person).values(state="DEAD", last_error=answer))

    text = admin.open(path_of(account, "diagnosis")).text

    assert ": failed. The mail server answered: 550 No such person here" in text
    assert "421 Try again" not in text
    assert admin.follow("Outbox").status == 200


def test_an_imported_hash_is_named_and_shown_nowhere(admin: Visitor, api: Api):
    hashed = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
    _, directory = api.application_with_directory("Atlas")
    body = {"email": "ada@example.com", "password": hashed}
    account = api.post(directory["accounts"]["href"], body, passwordFormat="mcf").made

    page = admin.open(path_of(account, "diagnosis"))

    assert "Its hash was imported (bcrypt)" in page.text
    assert "N9qo8uLO" not in page.raw.decode()


def test_a_copied_account_is_sent_to_where_it_logs_in(service: Service, admin: Visitor, api: Api):
    application, directory = api.application_with_directory("Atlas")
    account = api.account(directory)
    without_password(service, account)
    as_mirror(service, directory)
    set_columns(service, "provider", directory, provider_id="google")
    other, _ = api.application_with_directory("Other")

    text = admin.open(path_of(account, "diagnosis"), application=id_of(other)).text

    assert "The account comes from Google: this person logs in there" in text
    assert application["name"] in text


def test_a_linked_account_that_cannot_log_in_refuses_the_login(admin: Visitor, api: Api):
    application, people = api.application_with_directory("Atlas")
    other = api.directory("Other")
    api.mapping(application, other)
    account, linked = api.account(other, "ada"), api.account(people, "lovelace")
    api.account_link(account, linked)
    api.post(application["accountLinkingPolicy"]["href"], {"status": "ENABLED"}).ok  # Fails unless granted.
    place = {"application": application, "account": account}
    assert "Nothing refuses this login" in verdict(admin, place)
    assert "the login leads to the linked account lovelace" in admin.page.text
    api.post(linked["href"], {"status": "DISABLED"}).ok  # Fails unless granted.
    assert api.log_in(application, "ada").status == 400

    assert "leads to the linked account lovelace, which is disabled" in verdict(admin, place)


def test_second_factors_are_told(service: Service, admin: Visitor, api: Api, place: dict[str, Json]):
    made = api.post(place["account"]["factors"]["href"], {"type": "google-authenticator"}).made
    set_columns(service, "factors", made, verification_status="VERIFIED")

    verdict(admin, place)

    assert "The account has 1 verified factor" in admin.page.text


def test_the_diagnosis_is_in_the_menus_and_needs_no_password(admin: Visitor, place: dict[str, Json]):
    for each in ("account", "application"):
        admin.open(path_of(place[each]))
        assert admin.follow("Why can't this person log in?").status == 200
        assert not [found for tag, found in admin.page.html.elements if found.get("type") == "password"]


def test_the_agent_that_tries_the_password_is_named(admin: Visitor, api: Api):
    copy = Place(api)
    place = {"application": copy.application, "directory": copy.directory, "account": copy.account()}

    assert "with the password of the directory's own server it succeeds" in verdict(admin, place)
    page = admin.open(path_of(place["account"], "diagnosis"), application=id_of(place["application"])).text
    assert "The directory's agent tries this account's password, and is connected." in page
    copy.is_called(ago=60_000, status_reason="It stopped.")
    assert copy.log_in().error == (502, 9000)
    assert "The agent of the directory tries this account's password, and is not connected" in verdict(
        admin, place
    )
    page = admin.open(path_of(place["account"], "diagnosis"), application=id_of(place["application"])).text
    assert "is offline since" in page
    assert "It says: It stopped." in page
    copy.is_called(last_seen_at=None)
    page = admin.open(path_of(place["account"], "diagnosis"), application=id_of(place["application"])).text
    assert "has never been connected" in page
