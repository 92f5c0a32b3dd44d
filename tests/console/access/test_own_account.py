"""My Account: names, password, second factors, sessions."""

import re

from console.visitor import PASSWORD, Visitor
from service.calls import Json
from service.factor_calls import last_code, totp, wrong_for
from stormpath.server.app import Service

NEW_PASSWORD = "An0ther-Password!"


def account_of(visitor: Visitor) -> Json:
    return visitor.tools.get("/accounts", email=visitor.login).items[0]


def factors_of(visitor: Visitor) -> list[Json]:
    return visitor.tools.get(account_of(visitor)["factors"]["href"]).items


def test_names_are_changed_on_the_page(admin: Visitor):
    admin.open("/")
    admin.follow("My Account Olga Poe")

    page = admin.submit("Update", {"givenName": "Olivia"})

    assert "Saved." in page.text
    assert account_of(admin)["fullName"] == "Olivia Poe"


def test_an_address_that_is_taken_is_told_beside_its_field(admin: Visitor, colleague: Visitor):
    admin.open("/me")

    page = admin.submit("Update", {"email": colleague.login, "givenName": "Olivia"})

    assert page.status == 409
    form = page.html.form("Update")
    assert form.attributes["email"]["aria-invalid"] == "true"
    assert form.value("givenName") == "Olivia"


def test_the_form_of_the_own_account_says_its_code(admin: Visitor):
    admin.open("/me")

    page = admin.submit("As code", {"givenName": "Olivia"})

    assert 'account.given_name = "Olivia"' in page.text
    assert account_of(admin)["givenName"] == "Olga"


def test_a_new_password_ends_the_other_sessions_and_not_this_one(admin: Visitor):
    other = admin.anew()
    other.log_in()
    admin.open("/me/password")
    before = admin.cookies["stormpath-console"]

    new = {"password_again": PASSWORD, "password": NEW_PASSWORD, "confirmation": NEW_PASSWORD}
    page = admin.submit("Change Password", new)

    assert "The password is changed." in page.text
    assert admin.cookies["stormpath-console"] != before
    assert other.open("/me").path.startswith("/login")
    assert admin.anew().log_in(PASSWORD).path == "/login"
    assert admin.anew().log_in(NEW_PASSWORD).path == "/"


def test_a_password_is_not_changed_without_the_present_one_nor_when_two_differ(admin: Visitor):
    new = {"password": NEW_PASSWORD, "confirmation": NEW_PASSWORD}
    for values, told in (
        ({**new, "password_again": "wrong"}, "The present password is wrong."),
        ({**new, "password_again": PASSWORD, "confirmation": "other"}, "The two new passwords differ."),
        ({"password_again": PASSWORD, "password": "short", "confirmation": "short"}, "at least 8"),
    ):
        admin.open("/me/password")
        page = admin.submit("Change Password", values)
        assert page.status == 400
        assert told in page.text
    assert admin.anew().log_in(PASSWORD).path == "/"


def test_an_app_is_set_up_with_its_first_code_and_gives_recovery_codes(admin: Visitor):
    admin.open("/me/security")
    page = admin.submit("Set up an authenticator app")
    [secret] = re.findall(r"\b[A-Z2-7]{32}\b", page.text)
    assert '<img class="qr" src="data:image/png;base64,' in page.raw.decode()

    page = admin.submit("Confirm", {"code": wrong_for(totp(secret))})
    assert page.status == 400
    assert "The code is wrong." in page.text
    assert [each["verificationStatus"] for each in factors_of(admin)] == ["UNVERIFIED"]
    page = admin.submit("Confirm", {"code": totp(secret)})

    codes = re.findall(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b", page.text)
    assert len(codes) == 10
    assert {each["type"] for each in factors_of(admin)} == {"google-authenticator", "recovery-codes"}
    visitor = admin.anew()
    visitor.log_in()
    visitor.follow("Use a recovery code")
    assert visitor.submit("Log in", {"code": codes[0]}).path == "/"
    # The key is shown no more.
    assert secret not in admin.open("/me/security").text


def test_a_phone_is_added_with_the_code_that_was_sent_to_it(admin: Visitor, service: Service):
    admin.open("/me/security")
    page = admin.submit("Add the phone", {"number": "(267) 555-5555"})
    assert "A code was sent to … 5555." in page.text

    page = admin.submit("Confirm", {"code": last_code(service, admin.tools.tenant_id)})

    assert "Print these codes" in page.text
    assert {each["type"] for each in factors_of(admin)} == {"SMS", "recovery-codes"}


def test_the_last_factor_takes_the_recovery_codes_and_its_phone_with_it(admin: Visitor, service: Service):
    admin.open("/me/security")
    admin.submit("Add the phone", {"number": "(267) 555-5555"})
    admin.submit("Confirm", {"code": last_code(service, admin.tools.tenant_id)})
    admin.open("/me/security")

    admin.follow("Remove")
    assert "It is the last one" in admin.page.text
    admin.submit("Remove")

    assert factors_of(admin) == []
    assert admin.tools.get(account_of(admin)["phones"]["href"]).items == []


def test_new_recovery_codes_void_the_old_ones(admin: Visitor, service: Service):
    admin.open("/me/security")
    admin.submit("Add the phone", {"number": "(267) 555-5555"})
    page = admin.submit("Confirm", {"code": last_code(service, admin.tools.tenant_id)})
    old = re.findall(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b", page.text)

    admin.open("/me/security")
    page = admin.submit("New recovery codes")

    new = re.findall(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b", page.text)
    assert len(new) == 10
    assert not set(new) & set(old)
    visitor = admin.anew()
    visitor.log_in()
    visitor.follow("Use a recovery code")
    assert visitor.submit("Log in", {"code": old[0]}).status == 400
    assert visitor.submit("Log in", {"code": new[0]}).path == "/"


def test_the_sessions_of_an_administrator_are_listed_and_ended(admin: Visitor, colleague: Visitor):
    other = admin.anew()
    other.log_in()

    page = admin.open("/me/sessions")
    assert page.text.count("Log out here") == 1
    assert "(this one)" in page.text
    admin.submit("End")

    assert other.open("/me").path.startswith("/login")
    assert admin.open("/me").path == "/me"
    assert colleague.open("/me").path == "/me"


def test_all_other_sessions_are_ended_at_once(admin: Visitor):
    others = [admin.anew() for _ in range(3)]
    for each in others:
        each.log_in()

    admin.open("/me/sessions")
    page = admin.submit("End all other sessions")

    assert "3 sessions are ended." in page.text
    assert all(each.open("/me").path.startswith("/login") for each in others)
    assert admin.open("/me").path == "/me"


def test_a_session_of_another_administrator_is_not_ended(admin: Visitor, colleague: Visitor):
    form = colleague.open("/me/sessions").html.form("Log out here")
    admin.open("/me/sessions")

    answer = admin.post("/me/sessions", {"csrf": admin.csrf, "session": form.value("session")})

    assert answer.status == 404
    assert colleague.open("/me").path == "/me"


def test_a_session_ended_here_is_a_logout(admin: Visitor):
    admin.open("/me/sessions")

    assert admin.submit("Log out here").path == "/login"
    assert admin.open("/me").path.startswith("/login")
