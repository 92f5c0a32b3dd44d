"""Imported bcrypt hashes of passwords that are longer than what bcrypt reads: 72 bytes."""

import bcrypt
import pytest

from service.calls import Api, Json, id_of
from stormpath.server.app import Service
from stormpath.server.security import imported_hashes

#: 72 bytes, of which the last two are one letter; and what the old system ignored.
READ = "Tr0ub4dor " * 7 + "é"
RIGHT = READ + " and the rest"


def hashed(password: str) -> str:
    # Cut as old systems did: today's library refuses more.
    return bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode()


@pytest.fixture
def application(api: Api) -> Json:
    return api.application_with_directory()[0]


def import_account(api: Api, application: Json, stored: str) -> Json:
    body = {"email": "ada@example.com", "username": "ada", "password": stored}
    return api.post(application["accounts"]["href"], body, passwordFormat="mcf").made


def stored_hash(service: Service, api: Api, application: Json) -> str:
    with service.database.read(api.tenant_id) as unit:
        found = unit.logins.find(id_of(application), "ada", None)
    assert found is not None
    return str(found.password_hash)


@pytest.mark.parametrize("typed", [READ, READ + " and a wrong rest", RIGHT + "!", RIGHT], ids=len)
def test_whatever_else_matched_before_the_right_password_logs_in_afterwards(
    service: Service, api: Api, application: Json, typed: str
):
    stored = hashed(RIGHT)
    import_account(api, application, stored)

    for password in (typed, RIGHT, typed, RIGHT):
        assert api.log_in(application, "ada", password).status == 200
    assert stored_hash(service, api, application) == stored


def test_the_bytes_that_bcrypt_reads_must_be_right(api: Api, application: Json):
    import_account(api, application, hashed(RIGHT))

    for wrong in (READ[:-1], "t" + RIGHT[1:], READ[:-1] + "è and the rest"):
        assert api.log_in(application, "ada", wrong).error == (400, 7100)


def test_a_shorter_password_gets_a_hash_of_the_services_own(service: Service, api: Api, application: Json):
    password = READ[:-1]
    import_account(api, application, hashed(password))

    assert api.log_in(application, "ada", password).status == 200

    assert not stored_hash(service, api, application).startswith("$2b$")
    assert api.log_in(application, "ada", password).status == 200
    assert api.log_in(application, "ada", password + "é").error == (400, 7100)


def test_a_password_that_2x_confuses_with_another_is_not_hashed_anew(
    service: Service, api: Api, application: Json
):
    # The faulty bcrypt loses the letters before one beyond ASCII in the same four bytes.
    right, alike = "Zoë1234567", "Zxë1234567"
    key = imported_hashes._sign_extended(right.encode())
    stored = "$2x$" + bcrypt.hashpw(key, bcrypt.gensalt(4)).decode()[4:]
    import_account(api, application, stored)

    assert api.log_in(application, "ada", alike).status == 200
    assert api.log_in(application, "ada", right).status == 200
    assert stored_hash(service, api, application) == stored


def test_a_new_password_ends_it(service: Service, api: Api, application: Json):
    account = import_account(api, application, hashed(RIGHT))

    assert api.post(account["href"], {"password": "Changeme1!"}).status == 200

    assert not stored_hash(service, api, application).startswith("$2b$")
    assert api.log_in(application, "ada", RIGHT).error == (400, 7100)
