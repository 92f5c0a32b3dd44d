"""Change Password, the reset by its owner, and the verification e-mail."""

import pytest

from console.visitor import PASSWORD, Visitor, new_administrator
from service.calls import Api, id_of, path_of
from service.registration import sent, sent_kinds, switch
from stormpath.server.console import sessions


def test_a_new_password_is_typed_twice(admin: Visitor, api: Api):
    application, directory = api.application_with_directory()
    account = api.account(directory)
    admin.open(path_of(account))
    admin.follow("Change Password")

    page = admin.submit("Change Password", {"password": "Another1!pw", "confirmPassword": "Other1!pw"})
    assert (page.status, "The two passwords differ." in page.text) == (400, True)
    page = admin.submit("Change Password", {"password": "short", "confirmPassword": "short"})
    assert page.status == 400
    assert api.log_in(application, "ada").status == 200
    admin.submit("Change Password", {"password": "Another1!pw", "confirmPassword": "Another1!pw"})

    assert "The password is changed." in admin.page.text
    assert api.log_in(application, "ada", "Another1!pw").status == 200


def test_the_owner_is_asked_by_a_mail_of_an_application_that_the_account_can_use(admin: Visitor, api: Api):
    application, directory = api.application_with_directory("Atlas")
    api.application("Other")
    account = api.account(directory)
    admin.open(path_of(account, "password"))
    assert "Other" not in admin.page.text

    page = admin.submit("Reset Password", {"application": id_of(application)})

    assert "on its way to ada@example.com" in page.text
    assert sent_kinds(api) == ["reset"]


def test_the_mail_goes_to_this_account_and_not_to_one_of_the_same_address_in_an_earlier_store(
    admin: Visitor, api: Api
):
    application, first = api.application_with_directory("Atlas")
    later = api.directory("Later")
    group = api.group(later, "Members")
    organization = api.organization("Acme")
    api.organization_mapping(organization, group)
    api.mapping(application, organization)
    api.account(first, "ada", givenName="Wrong")
    account = api.account(later, "ada", givenName="Right")
    api.membership(account, group)
    admin.open(path_of(account, "password"))

    admin.submit("Reset Password", {"application": id_of(application)})

    (mail,) = sent(api)
    assert mail.account_id == id_of(account)


def test_without_an_application_no_mail_can_be_sent_and_the_page_says_so(admin: Visitor, api: Api):
    account = api.account(api.directory())

    page = admin.open(path_of(account, "password"))

    assert "No application has this account in its account stores" in page.text
    assert [text for form in page.html.forms for text, _ in form.buttons].count("Reset Password") == 0


def test_an_application_that_does_not_know_the_account_sends_nothing(admin: Visitor, api: Api):
    application, directory = api.application_with_directory()
    account = api.account(directory)
    other = api.application("Other")
    admin.open(path_of(account, "password"))

    page = admin.submit("Reset Password", {"application": id_of(other)})

    assert page.status == 404
    assert sent_kinds(api) == []
    assert application["name"] in page.text


def test_the_verification_mail_of_an_unverified_account_is_sent_again(admin: Visitor, api: Api):
    application, directory = api.application_with_directory()
    switch(api, directory, "verification")
    account = api.account(directory)
    assert sent_kinds(api) == ["verification"]
    admin.open(path_of(account))
    admin.follow("Resend Verification Email")

    page = admin.submit("Resend Verification Email", {"application": id_of(application)})

    assert "on its way to ada@example.com" in page.text
    assert sent_kinds(api) == ["verification", "verification"]


def test_an_account_that_is_enabled_is_not_offered_a_verification_mail(admin: Visitor, api: Api):
    account = api.account(api.directory())

    assert "Resend Verification Email" not in admin.open(path_of(account)).text


def test_a_password_and_the_address_of_an_administrator_are_changed_after_the_own_password(
    admin: Visitor, api: Api, monkeypatch: pytest.MonkeyPatch
):
    ben = new_administrator(api, "ben")
    account = api.get(f"{api.tenant}/accounts", email=ben.login).items[0]
    monkeypatch.setattr(sessions, "PROVED_MS", 0)
    typed = {"password": "Another1!pw", "confirmPassword": "Another1!pw"}

    admin.open(path_of(account, "password"))
    page = admin.submit("Change Password", {**typed, "password_again": "wrong"})
    assert (page.status, "Your own password is wrong." in page.text) == (400, True)
    assert ben.anew().log_in().path == "/"
    admin.open(path_of(account))
    page = admin.submit("Save", {"email": "eve@example.com"})
    assert (page.status, "Please give your password" in page.text) == (400, True)
    assert api.get(account["href"]).ok["email"] == ben.login
    admin.submit("Save", {"email": "eve@example.com", "password_again": PASSWORD})

    assert api.get(account["href"]).ok["email"] == "eve@example.com"
    admin.open(path_of(account))
    admin.submit("Save", {"middleName": "Quincy"})
    assert api.get(account["href"]).ok["middleName"] == "Quincy"
