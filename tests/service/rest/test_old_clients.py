"""Texts and codes that clients of the old service compare (rest-core 8)."""

from collections.abc import Callable

import pytest

from service.calls import Answer, Api, link
from service.errors_by_resource import used_password
from service.errors_of_organizations import linked_again
from service.password_resets import ask

MESSAGE, DEVELOPER = "message", "developerMessage"


def new_account(
    api: Api, password: str = "Changeme1!", email: str = "ada@example.com", **query: str
) -> Answer:
    return api.post(api.directory()["accounts"]["href"], {"email": email, "password": password}, **query)


def log_in(api: Api, login: str, password: str) -> Answer:
    application, directory = api.application_with_directory()
    api.account(directory)
    return api.log_in(application, login, password)


def spent_reset_token(api: Api) -> Answer:
    application, directory = api.application_with_directory()
    api.account(directory)
    token = ask(api, application).ok
    assert api.post(token["href"], {"password": "Another1one"}).status == 200
    return api.post(token["href"], {"password": "Another2one"})


def unknown_reset_token(api: Api) -> Answer:
    return api.get(f"{api.application()['passwordResetTokens']['href']}/unknown")


def short_reset(api: Api) -> Answer:
    application, directory = api.application_with_directory()
    api.account(directory)
    return api.post(ask(api, application).ok["href"], {"password": "Short1"})


def from_domain(api: Api, switch: str, pattern: str) -> Answer:
    directory = api.directory()
    assert api.post(directory["accountCreationPolicy"]["href"], {switch: [pattern]}).status == 200
    return api.post(directory["accounts"]["href"], {"email": "ada@example.com", "password": "Changeme1!"})


def organization_in_organization(api: Api) -> Answer:
    body = {"organization": link(api.organization()), "accountStore": link(api.organization("Beta"))}
    return api.post("/organizationAccountStoreMappings", body)


def required(what: str) -> str:
    return f"{what} is required; it cannot be null, empty, or blank."


NO_RESET = "This password reset request does not exist. Please request a new password reset."
SHORT = "Account password minimum length not satisfied."
BAD_DOMAIN = "Cannot create the Account because your email's domain is not allowed."

#: What is asked, the status and code of the answer, the text that clients compare, and the text itself.
TEXTS: dict[str, tuple[Callable[[Api], Answer], int, int, str, str]] = {
    "reset token": (unknown_reset_token, 404, 404, MESSAGE, NO_RESET),
    "spent reset token": (spent_reset_token, 404, 404, MESSAGE, NO_RESET),
    "nameKey missing": (
        lambda api: api.post("/organizations", {"name": "Acme"}),
        *(400, 2000, MESSAGE, required("Organization nameKey")),
    ),
    "nameKey cleared": (
        lambda api: api.post(api.organization()["href"], {"nameKey": ""}),
        *(400, 2000, MESSAGE, required("Organization nameKey")),
    ),
    "login missing": (
        lambda api: api.post(api.application()["verificationEmails"]["href"], {}),
        *(400, 2000, MESSAGE, required("login property")),
    ),
    "email missing": (
        lambda api: api.post(api.directory()["accounts"]["href"], {"password": "Changeme1!"}),
        *(400, 2000, MESSAGE, required("Account email")),
    ),
    "nested attribute missing": (
        lambda api: api.post("/directories", {"name": "People", "provider": {"clientId": "x"}}),
        *(400, 2000, MESSAGE, required("Provider providerId")),
    ),
    "createDirectory empty": (
        lambda api: api.post("/applications", {"name": "Atlas"}, createDirectory=""),
        *(400, 2000, MESSAGE, required("createDirectory")),
    ),
    "wrong type": (
        lambda api: api.post("/organizations", {"name": "Acme", "nameKey": 5}),
        *(400, 2004, MESSAGE, "Organization nameKey is an invalid type."),
    ),
    "wrong type of a property": (
        lambda api: api.post(api.application()["verificationEmails"]["href"], {"login": 5}),
        *(400, 2004, MESSAGE, "login property is an invalid type."),
    ),
    "imported hash": (
        lambda api: new_account(api, "no hash", passwordFormat="mcf"),
        *(400, 2006, MESSAGE, "The imported password is in an invalid format"),
    ),
    "password format": (
        lambda api: new_account(api, passwordFormat="sha1"),
        *(400, 2006, MESSAGE, "The imported password designates an algorithm that is an unsupported value."),
    ),
    "short password": (lambda api: new_account(api, "Short1"), 400, 2007, MESSAGE, SHORT),
    "short password of a reset": (short_reset, 400, 2007, MESSAGE, SHORT),
    "organization in an organization": (
        organization_in_organization,
        *(400, 4614, DEVELOPER),
        "An Organization cannot be mapped as an Account Store for another Organization.",
    ),
    "store that is not mapped": (
        lambda api: api.log_in(api.application_with_directory()[0], "ada", store=api.directory("Others")),
        *(400, 5114, DEVELOPER),
        "The specified Account Store is not one of the Application's assigned Account Stores.",
    ),
    "wrong password": (
        lambda api: log_in(api, "ada", "wrong"),
        *(400, 7100, DEVELOPER, "Login attempt failed because the specified password is incorrect."),
    ),
    "unknown login": (
        lambda api: log_in(api, "grace", "wrong"),
        *(400, 7104, DEVELOPER),
        "Login attempt failed because there is no Account in the Application's associated Account Stores "
        "with the specified username or email.",
    ),
    "forbidden domain": (
        lambda api: from_domain(api, "emailDomainBlacklist", "example.com"),
        *(400, 7205, MESSAGE, BAD_DOMAIN),
    ),
    "domain that is not allowed": (
        lambda api: from_domain(api, "emailDomainWhitelist", "example.org"),
        *(400, 7206, MESSAGE, BAD_DOMAIN),
    ),
    "linked again": (linked_again, 409, 7500, MESSAGE, "These accounts are already linked."),
    "used password": (
        used_password,
        400,
        6401,
        MESSAGE,
        "Password was used before. Please choose another one.",
    ),
}


@pytest.mark.parametrize("case", TEXTS)
def test_clients_find_the_text_that_they_compare(api: Api, case: str):
    ask_for, status, code, where, text = TEXTS[case]

    answer = ask_for(api)

    assert answer.error == (status, code)
    assert answer[where] == text


@pytest.mark.parametrize("path", ["/applications", "/organizations"])
def test_a_query_parameter_without_a_value_is_a_fault_of_the_query_but_for_the_new_directory(
    api: Api, path: str
):
    body = {"name": "Atlas"} | ({"nameKey": "atlas"} if path == "/organizations" else {})

    assert api.post(path, body, expand="").error == (400, 2101)
    assert api.post(path, body, createDirectory="").error == (400, 2000)
    assert api.post(f"{path}?createDirectory", body).error == (400, 2000)
    assert "Atlas" not in [each["name"] for each in api.get(path).items]
