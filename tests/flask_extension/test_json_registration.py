"""Registration as JSON."""

from typing import Any

from flask_extension.api_calls import PLAIN, error, get, is_iso_8601, post
from flask_extension.sites import ADDRESS, JSON, PASSWORD, Site

JOE = {"givenName": "Joe", "surname": "Doe", "email": ADDRESS, "password": PASSWORD}


def test_the_view_model_has_the_enabled_fields_in_order(new_site):
    site = new_site(STORMPATH_ENABLE_USERNAME=True, STORMPATH_ENABLE_MIDDLE_NAME=False)

    fields = get(site, "/register").json["form"]["fields"]

    assert [(each["name"], each["type"], each["required"]) for each in fields] == [
        ("username", "text", True),
        ("givenName", "text", True),
        ("surname", "text", True),
        ("email", "email", True),
        ("password", "password", True),
    ]
    assert {each["label"] for each in fields} == {"Username", "First Name", "Last Name", "Email", "Password"}


def test_the_html_form_has_the_same_fields_in_the_same_order(new_site):
    site = new_site(STORMPATH_ENABLE_USERNAME=True)
    names = ("username", "given_name", "middle_name", "surname", "email", "password")

    page = site.browser.get("/register").text

    places = [page.index(f'name="{name}"') for name in names]
    assert places == sorted(places)


def test_the_account_is_sanitized(site: Site):
    answer = post(site, "/register", JOE | {"middleName": "J"})

    assert answer.status_code == 200
    assert set(answer.json) == {"account"}
    assert set(answer.json["account"]) == PLAIN
    assert answer.json["account"]["fullName"] == "Joe J Doe"
    assert is_iso_8601(answer.json["account"]["createdAt"])
    assert site.is_logged_in()


def test_a_missing_required_field_is_named(site: Site):
    told = {
        name: error(post(site, "/register", {each: JOE[each] for each in JOE if each != name}))
        for name in JOE
    }

    assert told == {
        "givenName": (400, "First name is required."),
        "surname": (400, "Surname is required."),
        "email": (400, "You must provide an email address."),
        "password": (400, "You must supply a password."),
    }


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"status": "ENABLED"}, "Unknown field: status"),
    ({"given_name": "Jane"}, "Unknown field: given_name"),
    ({"username": "joe"}, "Unknown field: username"),
    ({"confirmPassword": PASSWORD}, "Unknown field: confirmPassword"),
    ({"color": "red"}, "Unknown field: color"),
    ({"customData": {"color": "red"}}, "Unknown field: color"),
    ({"customData": {"size": 1, "flaskStormpathLogin-x": {}}}, "Unknown field: flaskStormpathLogin-x"),
    ({"x" * 5_000: 1}, f"Unknown field: {'x' * 100}"),
    ({"customData": ["size"]}, "customData must be an object."),
    ({"customData": 7}, "customData must be an object."),
    ({"email": "not an address"}, "You must provide a valid email address."),
    ({"email": 7}, "email must be a text."),
]


def test_undefined_and_disabled_fields_and_wrong_types_are_refused(new_site):
    site = new_site(STORMPATH_CUSTOM_FIELDS=["size"])

    for more, message in REFUSED:
        assert (more, error(post(site, "/register", JOE | more))) == (more, (400, message))
        # To a request that wants HTML, too.
        assert site.browser.post("/register", json=JOE | more).status_code in (200, 400)
    assert not len(site.application.accounts)


def test_custom_fields_go_to_custom_data_from_the_root_and_from_below(new_site):
    site = new_site(STORMPATH_CUSTOM_FIELDS=["size", "address"])

    post(site, "/register", JOE | {"size": 7, "customData": {"address": {"city": "Paris"}}})

    (made,) = site.application.accounts
    assert (made.custom_data["size"], made.custom_data["address"]) == (7, {"city": "Paris"})


def test_undefined_fields_of_a_form_are_ignored(site: Site):
    site.register(status="DISABLED", customData="x", size="7")

    (made,) = site.application.accounts
    assert made.status == "ENABLED"
    assert "size" not in made.custom_data


def test_what_the_service_refuses_is_told_with_its_status(site: Site):
    site.add()

    assert error(post(site, "/register", JOE)) == (
        409,
        "Account with that email already exists. Please choose another email.",
    )
    status, message = error(post(site, "/register", JOE | {"email": "jane@example.com", "password": "short"}))
    assert (status, "Password" in message or "password" in message) == (400, True)


def test_an_empty_body_is_400(site: Site):
    answer = site.browser.post("/register", headers=JSON, content_type="application/json")

    assert error(answer)[0] == 400


def test_a_person_who_must_verify_the_address_is_told_so_and_not_logged_in(site: Site):
    policy = site.directory.account_creation_policy
    policy.verification_email_status = policy.EMAIL_STATUS_ENABLED
    policy.save()

    answer = post(site, "/register", JOE)

    assert answer.json["account"]["status"] == "UNVERIFIED"
    assert not site.is_logged_in()


def test_a_registration_without_login_answers_with_the_account(new_site):
    site = new_site(STORMPATH_REGISTRATION_AUTO_LOGIN=False)

    assert post(site, "/register", JOE).json["account"]["email"] == ADDRESS
    assert not site.is_logged_in()
