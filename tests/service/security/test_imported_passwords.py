"""Passwords imported as hashes of another system (rest-core 6.11)."""

import bcrypt
import pytest

from service.calls import Answer, Api, Json, id_of
from service.concurrency import at_once, outcomes
from stormpath.server.app import Service

PASSWORD = "Tr0ub4dor"
BCRYPT = bcrypt.hashpw(PASSWORD.encode(), b"$2b$04$abcdefghijklmnopqrstuu").decode()
SALTED = "$stormpath2$SHA-256$3$c2FsdHNhbHQ=$aEY8AJhFaDR1Bpi2ri59aFmU+ul6Qyc/oP+6pCtGmxA="
UNSALTED = "$stormpath2$MD5$1$$2TobIzbEdvrF0owCO2Nw2g=="

every_form = pytest.mark.parametrize("hashed", [BCRYPT, SALTED, UNSALTED])


@pytest.fixture
def application(api: Api) -> Json:
    return api.application_with_directory()[0]


def import_as(api: Api, place: Json, hashed: str, passwordFormat: str = "mcf") -> Answer:
    body = {"email": "ada@example.com", "username": "ada", "password": hashed}
    return api.post(place["accounts"]["href"], body, passwordFormat=passwordFormat)


def stored_hash(service: Service, api: Api, application: Json) -> str:
    with service.database.read(api.tenant_id) as unit:
        found = unit.logins.find(id_of(application), "ada", None)
    assert found is not None
    return str(found.password_hash)


@every_form
def test_a_login_takes_the_password_and_not_the_hash(api: Api, application: Json, hashed: str):
    import_as(api, application, hashed)

    assert api.log_in(application, "ada", hashed).error == (400, 7100)
    assert api.log_in(application, "ada", PASSWORD.lower()).error == (400, 7100)
    assert api.log_in(application, "ada", PASSWORD).status == 200


@every_form
def test_the_first_login_replaces_an_imported_hash(
    service: Service, api: Api, application: Json, hashed: str
):
    account = import_as(api, application, hashed).made
    api.log_in(application, "ada", "wrong")
    assert stored_hash(service, api, application) == hashed

    api.log_in(application, "ada", PASSWORD)

    renewed = stored_hash(service, api, application)
    assert renewed.startswith("$insecure-for-tests$")
    assert api.log_in(application, "ada", PASSWORD).status == 200
    assert stored_hash(service, api, application) == renewed
    assert api.get(account["href"]).ok == account


def test_many_first_logins_at_once_all_succeed(service: Service, api: Api, application: Json):
    import_as(api, application, BCRYPT)

    answers = at_once([lambda: api.log_in(application, "ada", PASSWORD)] * 8)

    assert outcomes(answers) == {200: 8}

    assert stored_hash(service, api, application).startswith("$insecure-for-tests$")
    assert api.log_in(application, "ada", PASSWORD).status == 200


def test_the_strength_of_an_imported_password_is_not_checked(api: Api, application: Json):
    weak = bcrypt.hashpw(b"x", bcrypt.gensalt(4)).decode()

    import_as(api, application, weak)

    assert api.log_in(application, "ada", "x").status == 200


def test_an_account_with_an_imported_password_is_an_ordinary_account(api: Api, application: Json):
    account = import_as(api, application, SALTED, "MCF").made

    assert account["passwordModifiedAt"] == account["createdAt"]
    assert SALTED not in str(api.get(account["href"]).raw)
    assert api.post(account["href"], {"password": "Changeme2"}).status == 200
    assert api.log_in(application, "ada", "Changeme2").status == 200


def test_an_imported_password_counts_as_used(api: Api):
    directory = api.directory()
    account = import_as(api, directory, SALTED).made
    api.post(f"{directory['passwordPolicy']['href']}/strength", {"preventReuse": 2})

    assert api.post(account["href"], {"password": PASSWORD}).error == (400, 6401)
    assert api.post(account["href"], {"password": "Changeme2"}).status == 200
    assert api.post(account["href"], {"password": PASSWORD}).error == (400, 6401)


@pytest.mark.parametrize(
    "hashed",
    [
        "Changeme1!",
        BCRYPT[:-1],
        BCRYPT.replace("$2b$", "$2c$"),
        BCRYPT.replace("$04$", "$31$"),
        UNSALTED.replace("MD5", "MD4"),
        UNSALTED.replace("$1$", "$0$"),
        UNSALTED.replace("MD5", "SHA-1"),
    ],
)
def test_an_unverifiable_hash_is_refused(api: Api, application: Json, hashed: str):
    refused = import_as(api, application, hashed)

    assert refused.error == (400, 2006)
    assert hashed not in refused.raw.decode()
    assert api.get(application["accounts"]["href"]).items == []


@pytest.mark.parametrize("value", ["plain", "bcrypt", "mcf2", "true"])
def test_other_password_formats_are_refused(api: Api, application: Json, value: str):
    assert import_as(api, application, BCRYPT, value).error == (400, 2006)


def test_a_hash_cannot_be_set_on_an_existing_account(api: Api, application: Json):
    account = api.account(application)

    assert api.post(account["href"], {"password": BCRYPT}, passwordFormat="mcf").error == (400, 2105)
    assert api.log_in(application, "ada").status == 200


def test_without_the_format_a_hash_is_an_ordinary_password(api: Api, application: Json):
    api.account(application, password=BCRYPT)

    assert api.log_in(application, "ada", PASSWORD).error == (400, 7100)
    assert api.log_in(application, "ada", BCRYPT).status == 200
