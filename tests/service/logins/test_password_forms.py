"""One password, typed on keyboards that write other Unicode characters for the same letters."""

import base64
import hashlib
import unicodedata

import bcrypt
import pytest
import sqlalchemy as sa

from service.calls import Answer, Api, Json, id_of
from stormpath.server.app import Service
from stormpath.server.security.passwords import InsecureForTests

NFC = "Gr\u00fcn1234!a"
NFD = unicodedata.normalize("NFD", NFC)
BLANKS = {"simple": "Gr\u00fcn 1234!a", "no-break": "Gr\u00fcn\u00a01234!a", "wide": "Gr\u00fcn\u30001234!a"}


@pytest.fixture
def place(api: Api) -> tuple[Json, Json]:
    return api.application_with_directory()


def stored_hash(service: Service, account: Json) -> str:
    accounts = service.database.tables.of["account"]
    with service.database.engine.connect() as connection:
        of_account = sa.select(accounts.c.password_hash).where(accounts.c.id == id_of(account))
        return str(connection.execute(of_account).scalar_one())


def store_hash(service: Service, account: Json, stored: str) -> None:
    accounts = service.database.tables.of["account"]
    with service.database.transaction() as connection:
        of_account = accounts.update().where(accounts.c.id == id_of(account))
        connection.execute(of_account.values(password_hash=stored))


def change(api: Api, account: Json, password: str) -> Answer:
    return api.post(account["href"], {"password": password})


@pytest.mark.parametrize("chosen", [NFC, NFD, *BLANKS.values()])
def test_a_password_is_right_from_any_keyboard(api: Api, place: tuple[Json, Json], chosen: str):
    application, directory = place
    account = api.account(directory, password=chosen)
    spellings = [NFC, NFD] if chosen in (NFC, NFD) else list(BLANKS.values())

    for each in spellings:
        assert api.log_in(application, "ada", each).status == 200
        assert api.log_in(application, "ada", each.swapcase()).error == (400, 7100)
        assert api.log_in(application, "ada", each.replace("\u00fc", "u")).status == (
            200 if each == NFD else 400
        )
    reset = api.post(application["passwordResetTokens"]["href"], {"email": account["email"]}).ok
    assert api.post(reset["href"], {"password": f"{NFD}2"}).status == 200
    assert api.log_in(application, "ada", f"{NFC}2").status == 200


@pytest.mark.parametrize("hashed", [NFC, NFD, BLANKS["no-break"]])
def test_a_hash_of_what_was_typed_goes_on_working_and_is_renewed(
    service: Service, api: Api, place: tuple[Json, Json], hashed: str
):
    application, directory = place
    account = api.account(directory)
    prepared = unicodedata.normalize("NFC", hashed).replace("\u00a0", " ")
    before = InsecureForTests().hash(hashed)
    for typed in {hashed, unicodedata.normalize("NFD", hashed), unicodedata.normalize("NFC", hashed)}:
        store_hash(service, account, before)

        assert api.log_in(application, "ada", f"{typed}x").error == (400, 7100)
        assert stored_hash(service, account) == before
        assert api.log_in(application, "ada", typed).status == 200

        assert (stored_hash(service, account) == before) == (hashed == prepared)
        assert InsecureForTests().verify(prepared, stored_hash(service, account))


@pytest.mark.parametrize("kind", ["bcrypt", "stormpath2"])
@pytest.mark.parametrize("hashed", [NFC, NFD])
def test_an_imported_hash_of_either_form_is_recognized_and_replaced(
    service: Service, api: Api, place: tuple[Json, Json], kind: str, hashed: str
):
    imported = bcrypt.hashpw(hashed.encode(), bcrypt.gensalt(4)).decode()
    if kind == "stormpath2":
        digest = digest_of(hashed)
        imported = f"$stormpath2$SHA-256$1$${digest}"
    for typed in (NFC, NFD):
        body = {"email": f"{len(typed)}@example.com", "username": str(len(typed)), "password": imported}
        account = api.post(place[1]["accounts"]["href"], body, passwordFormat="mcf").made

        assert api.log_in(place[0], account["username"], typed).status == 200

        assert InsecureForTests().verify(NFC, stored_hash(service, account))


def digest_of(password: str) -> str:
    """Return the digest of a hash of the kind stormpath2, without salt and of one round."""
    return base64.b64encode(hashlib.sha256(password.encode()).digest()).decode()


class TestRules:
    def test_lengths_and_classes_are_counted_in_the_prepared_form(self, api: Api, place: tuple[Json, Json]):
        policy = api.get(place[1]["passwordPolicy"]["href"], expand="strength").ok
        strength = policy["strength"]["href"]
        assert api.post(strength, {"minDiacritic": 1, "maxLength": 10, "minSymbol": 1}).status == 200
        account = api.account(place[1], password=NFC)

        for password, error in (
            ("Gru\u0308n123 a", None),
            ("Gru\u0308n123\u00a0a", None),
            ("Gru\u0308n1!", (400, 2007)),
            ("Gru\u0308n123456!", (400, 2008)),
            ("Grun12345!", (400, 400)),
        ):
            answer = change(api, account, password)
            assert answer.status == 200 if error is None else answer.error == error

    def test_no_password_is_longer_than_255_characters_in_either_form(
        self, api: Api, place: tuple[Json, Json]
    ):
        policy = api.get(place[1]["passwordPolicy"]["href"], expand="strength").ok
        assert api.post(policy["strength"]["href"], {"maxLength": 255}).status == 200
        account = api.account(place[1])

        assert change(api, account, "Aa1" + "u\u0308" * 252).status == 200
        assert api.log_in(place[0], "ada", "Aa1" + "\u00fc" * 252).status == 200
        for password in ("Aa1" + "u\u0308" * 253, "Aa1" + "\u00fc" * 253, "Aa1" + "\u0315\u0300" * 30000):
            assert change(api, account, password).error == (400, 2008)

    @pytest.mark.parametrize("password", ["T\u0308o\u0308by202", "\u00fcberschu\u0308\u00dfAtlas"])
    def test_names_are_found_in_either_form(self, api: Api, place: tuple[Json, Json], password: str):
        body = {
            "email": "x@example.com",
            "surname": "\u00dcberschu\u0308\u00df",
            "givenName": "T\u0308\u00f6by",
        }

        for form in ("NFC", "NFD"):
            typed = unicodedata.normalize(form, password)
            refused = api.post(place[1]["accounts"]["href"], body | {"password": f"{typed}A1"})
            assert refused.error == (400, 400), typed
            assert "too similar" in refused["message"]

    def test_an_earlier_password_is_refused_in_either_form(
        self, service: Service, api: Api, place: tuple[Json, Json]
    ):
        policy = api.get(place[1]["passwordPolicy"]["href"], expand="strength").ok
        assert api.post(policy["strength"]["href"], {"preventReuse": 3}).status == 200
        account = api.account(place[1], password=NFC)
        assert change(api, account, f"{NFD}2").status == 200
        # As an earlier version has stored it.
        store_hash(service, account, InsecureForTests().hash(f"{NFD}2"))
        assert change(api, account, "Changeme1!").status == 200

        for each in (NFC, NFD, f"{NFC}2", f"{NFD}2"):
            assert change(api, account, each).status == 400

    @pytest.mark.parametrize("password", ["Changeme1!\x01", "Gr\u00fcn\t1234A\x7f"])
    def test_control_characters_are_kept(self, api: Api, place: tuple[Json, Json], password: str):
        api.account(place[1], password=password)

        assert api.log_in(place[0], "ada", password).status == 200
        assert api.log_in(place[0], "ada", password[:-1]).error == (400, 7100)
