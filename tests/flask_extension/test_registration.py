"""The view ``register``: each outcome."""

import pytest

from flask_extension.sites import ADDRESS, Site


def test_a_person_who_registers_is_logged_in_and_goes_to_the_home_page(site: Site):
    answer = site.register()

    assert (answer.status_code, answer.location) == (302, "/")
    assert site.browser.get("/").text == f"Welcome {ADDRESS}"
    assert site.is_logged_in()


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
        ("email", "You must provide an email address."),
        ("password", "You must supply a password."),
    ],
)
def test_a_missing_field_is_named(site: Site, field: str, message: str):
    answer = site.register(**{field: ""})

    assert answer.status_code == 200
    assert answer.text.count(message) == 1
    assert not len(site.application.accounts)
