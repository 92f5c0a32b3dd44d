"""The view ``register``: each outcome."""

import pytest

from flask_extension.sites import ADDRESS, PASSWORD, Site, flashed

MUST_VERIFY = (
    "You must validate your email address before logging in. Please check your email for instructions."
)


def test_a_person_who_registers_is_logged_in_and_goes_to_the_home_page(site: Site):
    answer = site.register()

    assert (answer.status_code, answer.location) == (302, "/")
    assert site.browser.get("/").text == f"Welcome {ADDRESS}"
    assert site.is_logged_in()


def test_the_account_has_what_the_person_entered(site: Site):
    site.register(middle_name="James")

    (made,) = site.application.accounts
    assert (made.given_name, made.middle_name, made.surname) == ("Joe", "James", "Doe")
    assert (made.email, made.username) == (ADDRESS, ADDRESS)


def test_names_that_are_blank_or_not_asked_for_are_anonymous(new_site):
    site = new_site(STORMPATH_REQUIRE_GIVEN_NAME=False, STORMPATH_ENABLE_SURNAME=False)

    site.register(given_name="  ", surname="Doe")

    (made,) = site.application.accounts
    assert (made.given_name, made.surname) == ("Anonymous", "Anonymous")


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("given_name", "First name is required."),
        ("surname", "Surname is required."),
        ("middle_name", "Middle name is required."),
        ("username", "Username is required."),
        ("email", "You must provide an email address."),
        ("password", "You must supply a password."),
    ],
)
def test_a_missing_field_is_named(new_site, field: str, message: str):
    site = new_site(STORMPATH_ENABLE_USERNAME=True, STORMPATH_REQUIRE_MIDDLE_NAME=True)
    everything = {"username": "joe", "middle_name": "James"}

    answer = site.register(**{**everything, field: " " if field not in ("email", "password") else ""})

    assert answer.status_code == 200
    assert answer.text.count(message) == 1
    assert not len(site.application.accounts)


def test_an_address_that_is_none_is_refused_without_a_request(site: Site):
    requests = site.count()

    page = site.register(email="joe at example")

    assert "You must provide a valid email address." in page.text
    assert requests == 0


def test_what_settings_require_of_one_app_is_not_required_by_another(new_site):
    strict, lax = new_site(STORMPATH_REQUIRE_MIDDLE_NAME=True), new_site()

    assert strict.register().status_code == 200
    assert lax.register().status_code == 302
    assert strict.register().status_code == 200


def test_a_weak_password_is_refused_in_the_words_of_the_service(site: Site):
    page = site.register(password="changeme1!")

    assert page.status_code == 200
    assert "uppercase" in page.text
    assert 'value="joe@example.com"' in page.text, "what was typed stays in the form"
    assert "changeme1!" not in page.text


def test_an_address_that_is_taken_is_refused(site: Site):
    site.add()

    page = site.register()

    assert page.status_code == 200
    assert "already exists" in page.text
    assert not site.is_logged_in()


def test_people_go_where_the_settings_say(new_site):
    site = new_site(STORMPATH_REGISTRATION_REDIRECT_URL="/thank-you", STORMPATH_REDIRECT_URL="/dashboard")
    other = new_site(STORMPATH_REDIRECT_URL="/dashboard")

    assert site.register().location == "/thank-you"
    assert other.register().location == "/dashboard"


def test_the_page_that_was_asked_for_comes_after_the_registration(site: Site):
    form = {"given_name": "Joe", "surname": "Doe", "email": ADDRESS, "password": PASSWORD}

    assert site.browser.post("/register?next=/secret", data=form).location == "/secret"


def test_a_person_who_must_verify_the_address_is_told_and_not_logged_in(new_site):
    site = new_site(STORMPATH_VERIFY_EMAIL=True)
    policy = site.directory.account_creation_policy
    policy.verification_email_status = policy.EMAIL_STATUS_ENABLED
    policy.save()

    answer = site.register()

    assert (answer.status_code, answer.location) == (302, "/")
    assert flashed(site) == [MUST_VERIFY]
    assert not site.is_logged_in()


def test_without_auto_login_the_person_goes_to_the_login_page(new_site):
    site = new_site(STORMPATH_REGISTRATION_AUTO_LOGIN=False)

    assert site.register().location == "/login?status=created"
    assert not site.is_logged_in()


def test_without_auto_login_an_unverified_person_is_told_so(new_site):
    site = new_site(STORMPATH_REGISTRATION_AUTO_LOGIN=False)
    policy = site.directory.account_creation_policy
    policy.verification_email_status = policy.EMAIL_STATUS_ENABLED
    policy.save()

    assert site.register().location == "/login?status=unverified"


@pytest.mark.parametrize("name", ["REGISTRATION", "LOGIN", "LOGOUT"])
def test_a_view_that_is_off_is_no_page(new_site, name: str):
    site = new_site(**{f"STORMPATH_ENABLE_{name}": False})
    path = {"REGISTRATION": "/register", "LOGIN": "/login", "LOGOUT": "/logout"}[name]

    assert site.browser.get(path).status_code == 404


def test_a_registration_costs_its_request_and_those_of_a_login(site: Site):
    requests = site.count()

    site.register()

    assert [method for method, _ in requests.sent] == ["POST"]
