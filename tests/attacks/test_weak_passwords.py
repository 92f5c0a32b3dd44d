"""Passwords that are guessed first: common ones, and names, are refused wherever one is set."""

import logging
import re
from pathlib import Path

import bcrypt
import pytest

from service.calls import Answer, Api, Json
from service.database_access import stored_row
from service.password_resets import ask
from service.tenant_rows import dump
from service.tenant_setup import BOX, context_of
from stormpath.server.app import Service
from stormpath.server.resources.accounts.guessable_password import is_little_more_than
from stormpath.server.schema.errors import ApiError
from stormpath.server.setup.operator import Operator
from support.statements import statements, without_key_lookups

pytestmark = pytest.mark.either_database

ROOT = Path(__file__).parents[2]

#: They satisfy the default policy, and are among those that an attacker tries first.
COMMON = ("Password1", "Qwerty123", "Passw0rd", "Welcome1", "Abc12345", "QWERty1234", "Letmein1", "Changeme1")

#: In the documents from which the service was specified. All others are read from our own documentation.
SPECIFIED = ("Changeme1!", "4P@$$w0rd!", "S3cret)*+x", "Changeme123", "W00t123!")

#: The person whose names the passwords below are made of.
ADA: Json = {
    "email": "ada.lovelace@analytical.example.com",
    "username": "countess",
    "givenName": "Augusta",
    "middleName": "Ada",
    "surname": "Lovelace-Byron",
}


@pytest.fixture
def place(api: Api) -> tuple[Json, Json]:
    return api.application_with_directory("Difference")


@pytest.fixture
def application(place: tuple[Json, Json]) -> Json:
    return place[0]


@pytest.fixture
def directory(place: tuple[Json, Json]) -> Json:
    return place[1]


def create(api: Api, owner: Json, password: str, **attributes: str) -> Answer:
    return api.post(owner["accounts"]["href"], {**ADA, **attributes, "password": password})


def strength_of(api: Api, directory: Json) -> str:
    return str(api.get(directory["passwordPolicy"]["href"]).ok["strength"]["href"])


def documented_passwords() -> set[str]:
    """Return the passwords in the documentation, the tour and the benchmarks."""
    files = [
        *ROOT.glob("docs/**/*.rst"),
        ROOT / "README.rst",
        ROOT / "stormpath/cli/tour.py",
        *ROOT.glob("benchmarks/*.py"),
    ]
    given = re.compile(
        r'"?password"?(?::| =) "([^"\n]+)"|authenticate_account\([^)"]*"[^"]*", "([^"]+)"\)|"(Changeme[^"]*)"'
    )
    found = [each for file in files for groups in given.findall(file.read_text()) for each in groups if each]
    return set(found)


class TestEveryWayToSetOne:
    @pytest.mark.parametrize("password", COMMON)
    def test_a_common_password_is_refused_at_creation(self, api: Api, directory: Json, password: str):
        answer = create(api, directory, password)

        assert answer.error == (400, 400)
        assert answer["message"] == "Password is too common. Please choose another one."
        assert password.encode() not in answer.raw
        assert api.get(directory["accounts"]["href"]).items == []

    def test_creation_through_an_application_and_a_group_is_no_way_around(
        self, api: Api, application: Json, directory: Json
    ):
        with_group = api.application("With a group")
        api.mapping(with_group, api.group(directory), isDefaultAccountStore=True)

        assert create(api, application, "Password1").error == (400, 400)
        assert create(api, with_group, "Password1").error == (400, 400)
        body = {**ADA, "password": "Password1"}
        silently = api.post(application["accounts"]["href"], body, registrationWorkflowEnabled="false")
        assert silently.error == (400, 400)

    def test_a_change_and_a_reset_are_no_way_around(
        self, service: Service, api: Api, application: Json, directory: Json
    ):
        account = create(api, directory, "Changeme1!").made
        token = ask(api, application, ADA["email"]).ok
        before = dump(service, api.tenant_id)

        for password in ("Password1", "Countess1815", "Difference1"):
            assert api.post(account["href"], {"password": password}).error == (400, 400)
            assert api.post(token["href"], {"password": password}).error == (400, 400)

        # Neither the password nor the token has been used up.
        assert dump(service, api.tenant_id) == before
        assert api.post(token["href"], {"password": "Changeme2!"}).status == 200
        assert api.log_in(application, "countess", "Changeme2!").status == 200

    def test_an_administrator_gets_no_common_password_from_the_operator(self, service: Service, api: Api):
        operator = Operator(service.database, BOX, context_of(service, api.tenant_id))
        weak = ("Password1", "Grace.hopper1", "Administrators1")

        def assert_refused() -> None:
            for password in weak:
                with pytest.raises(ApiError) as refused:
                    operator.add_administrator("grace.hopper@example.com", password)
                assert refused.value.code == 400
                assert password not in refused.value.developer_message

        assert_refused()  # The first administrator, who replaces the placeholder of the owner.
        operator.add_administrator("ada@example.com", "Changeme1!")
        assert_refused()

        assert operator.owner().email == "ada@example.com"
        assert operator.find_administrator("grace.hopper@example.com") is None

    def test_logins_and_imported_hashes_are_not_checked(self, api: Api, application: Json, directory: Json):
        strength = strength_of(api, directory)
        api.post(strength, {"preventCommon": False}).ok
        create(api, directory, "Password1").made
        api.post(strength, {"preventCommon": True}).ok
        digest = bcrypt.hashpw(b"Qwerty123", bcrypt.gensalt(4)).decode()
        body = {"email": "b@example.com", "password": digest}
        api.post(directory["accounts"]["href"], body, passwordFormat="mcf").made

        assert api.log_in(application, "countess", "Password1").status == 200
        assert api.log_in(application, "b@example.com", "Qwerty123").status == 200


class TestNames:
    @pytest.mark.parametrize(
        "password",
        [
            "Countess1",
            "coUntess2024",
            "Ssetnuoc1",  # Backwards.
            "C0unt3ss!!",  # Digits for letters.
            "Ada.lovelace1",
            "Analytical1",  # The domain.
            "Example99",
            "Augusta1!",
            "Lovelace123",
            "Lovelace-Byron1",
            "AugustaLovelace1",  # Two names: one alone would leave enough.
            "Difference1",  # The application.
            "Difference People1",  # The directory.
        ],
    )
    def test_names_around_the_account_are_refused(self, api: Api, directory: Json, password: str):
        answer = create(api, directory, password)

        assert answer.error == (400, 400)
        assert answer["message"] == "Password is too similar to a name. Please choose another one."
        # Nor is the name, which is a part of the password.
        assert not re.search("countess|lovelace|augusta|difference", answer.raw.decode(), re.IGNORECASE)

    @pytest.mark.parametrize(
        "password",
        [
            "Countess-of-1815",  # Seven characters more.
            "Countess2024!!",
            "Ada12345x!",  # A name of three letters is no word.
            "correct Horse 1",
            "Cou1ntess9x",
        ],
    )
    def test_a_name_in_a_longer_password_is_no_reason(self, api: Api, directory: Json, password: str):
        assert create(api, directory, password).status == 201

    def test_the_names_of_the_tenant_and_of_all_applications_count(self, api: Api, directory: Json):
        api.post(api.tenant, {"name": "Grandlibrary"}).ok
        api.mapping(api.application("Catalogue"), directory)
        group = api.group(directory)
        api.mapping(api.application("Borrowers"), group)
        api.application("Elsewhere")

        for password in ("Grandlibrary1", "Catalogue1", "Borrowers1"):
            assert create(api, directory, password).error == (400, 400)
        assert create(api, directory, "Elsewhere1").status == 201

    def test_names_that_change_with_the_password_are_the_new_ones(self, api: Api, directory: Json):
        account = create(api, directory, "Changeme1!").made
        new = {"username": "enchantress", "surname": "Noel"}

        assert api.post(account["href"], {**new, "password": "Enchantress1"}).error == (400, 400)
        assert api.get(account["href"]).ok["username"] == "countess"
        assert api.post(account["href"], {**new, "password": "Countess1"}).status == 200

    @pytest.mark.parametrize(
        ("password", "names", "is_refused"),
        [
            ("Stormpath12345", ["Stormpath"], True),
            ("Stormpath123456", ["Stormpath"], False),
            ("Straße1234", ["STRASSE"], True),
            ("strassE1234", ["Straße"], True),
            ("Joe.smith80!", ["joe.smith80"], True),
            ("smithsmithsmith1", ["smith"], True),
            ("Éclair1234", ["\u0065\u0301clair"], True),
            ("M1n1str1", ["ministri"], True),
            ("He11o-w0r1d", ["hello", "world"], True),
            ("Abc-longenough", ["abc", "", "a.b"], False),
            ("short", [], False),
            ("1234", ["1234", "12-34"], False),
        ],
    )
    def test_what_is_left_without_the_names_decides(self, password: str, names: list[str], is_refused: bool):
        assert is_little_more_than(password, names) == is_refused


class TestTheSwitch:
    def test_it_is_on_for_every_new_directory(self, api: Api):
        _, with_application = api.application_with_directory()
        _, with_organization = api.organization_with_directory()
        (built_in,) = api.get("/directories", name="My Application Directory").items
        (administrators,) = api.get("/directories", name="Stormpath Administrators").items

        for each in (api.directory(), with_application, with_organization, built_in, administrators):
            assert api.get(strength_of(api, each)).ok["preventCommon"] is True

    def test_it_can_be_switched_off_and_on(self, api: Api, directory: Json):
        strength = strength_of(api, directory)

        assert api.post(strength, {"preventCommon": False}).ok["preventCommon"] is False
        account = create(api, directory, "Countess1").made
        assert api.post(account["href"], {"password": "Password1"}).status == 200
        assert api.post(strength, {"preventCommon": "true"}).ok["preventCommon"] is True
        assert api.post(account["href"], {"password": "Password1"}).error == (400, 400)

    def test_a_new_directory_of_an_older_tenant_has_it_off(self, service: Service, api: Api):
        with context_of(service, api.tenant_id).write() as unit:
            unit.update("tenant", api.tenant_id, {"prevents_common_passwords": False})

        directory = api.directory("Old")

        assert api.get(strength_of(api, directory)).ok["preventCommon"] is False
        assert create(api, directory, "Password1").status == 201


def test_the_documented_passwords_are_accepted(api: Api, directory: Json):
    api.post(strength_of(api, directory), dict.fromkeys(("minUpperCase", "minNumeric", "minLowerCase"), 0)).ok
    account = api.account(directory, password="An0ther password")
    passwords = documented_passwords()
    assert {"Changeme1!", "Changeme2!", "Changeme2?", "correct horse battery"} <= passwords

    # A shorter one is an example of a password that is refused.
    for password in {each for each in passwords if len(each) >= 8} | {*SPECIFIED}:
        assert api.post(account["href"], {"password": password}).status == 200, password


def test_the_check_costs_four_statements_and_a_login_none(
    service: Service, api: Api, application: Json, directory: Json
):
    costs = []
    # The first login in a minute counts the kinds of hashes, too.
    api.log_in(application, "nobody", "Changeme2!")
    for is_on, name in ((False, "grace"), (True, "hopper")):
        api.post(strength_of(api, directory), {"preventCommon": is_on}).ok
        with statements(service) as sent:
            account = api.account(directory, name)
            api.post(account["href"], {"password": "Changeme2!"}).ok
        costs.append(len(without_key_lookups(sent)))
        with statements(service) as sent:
            api.log_in(application, name, "Changeme2!").ok
        costs.append(len(without_key_lookups(sent)))

    creation_and_change, login = costs[:2]
    # The directory, the tenant, the ids of the applications and their names; once for each of the two.
    assert costs[2:] == [creation_and_change + 8, login]


def test_a_refused_password_is_in_no_log_and_no_table(
    service: Service, api: Api, directory: Json, caplog: pytest.LogCaptureFixture
):
    account = create(api, directory, "Changeme1!").made
    before = stored_row(service, "accounts", account["href"].rpartition("/")[2])

    with caplog.at_level(logging.DEBUG):
        for password in ("Password1", "Countess1815"):
            assert password.encode() not in api.post(account["href"], {"password": password}).raw

    assert "Password1" not in caplog.text
    assert "Countess1815" not in caplog.text
    assert stored_row(service, "accounts", before["id"]) == before
