"""The upgrade of a database with what the rules of its time allowed: its people log in and are found."""

import unicodedata
from collections.abc import Iterator
from contextlib import closing

import pytest

from service.calls import Api, Json
from service.old_databases import fill_and_upgrade, rows_at
from stormpath.server.app import Service, open_service

#: What the migrations do is tried on both databases; what works after them, by turns.
pytestmark = pytest.mark.either_database


@pytest.fixture
def upgraded(database_url: str) -> Iterator[Service]:
    fill_and_upgrade(database_url, "0011")
    with closing(open_service(database_url)) as service:
        yield service


@pytest.fixture
def api(upgraded: Service) -> Api:
    """The caller who had an API key before the upgrade."""
    return Api(upgraded, upgraded.base_url, upgraded.tenant_id, *rows_at("0011")["api_key"])


@pytest.mark.both_databases
def test_every_account_is_as_it_was(api: Api):
    names = {each["username"] for each in api.get(f"{api.tenant}/accounts", limit="100").items}

    assert names == {each["username"] for each in rows_at("0011")["tables"]["accounts"]}


@pytest.mark.either_database
class TestPeople:
    """What its accounts had typed goes on working, and what is refused now stays where it is."""

    @pytest.fixture
    def application(self, api: Api) -> Json:
        return next(each for each in api.get("/applications").items if api.log_in(each, "ada").status == 200)

    def test_logins_find_their_accounts(self, api: Api, application: Json):
        for login in (
            *("00:1B:44:11", "00:1b:44:11", "colon@example.com", "ext", "a:b@example.com"),
            *(" blanks ", " BLANKS ", "blanks@example.com", " ada ", "ada@example.com\u00a0"),
            *(
                "joe@example..com",
                "joe@example.com.",
                "joe\x01@example.com",
                "jo\u200be@example.com",
                "joe@-",
            ),
            *("dots", "trailing", "control", "invisible", "hyphen"),
        ):
            assert api.log_in(application, login).status == 200, login
            assert api.log_in(application, login, "wrong").error == (400, 7100), login

    def test_passwords_are_right_as_they_were_typed_and_from_another_keyboard(
        self, api: Api, application: Json
    ):
        for login, password in (
            ("j\u00f6rg", "Gr\u00fcn1234!x"),
            ("g\u00fcnter", "Gr\u00fcn1234!y"),
            ("zo\u00eb", "Gr\u00fcn1234!b"),
        ):
            for form in ("NFD", "NFC", "NFD"):
                typed = unicodedata.normalize(form, password)
                assert api.log_in(application, login, typed).status == 200
                assert api.log_in(application, login, f"{typed}x").error == (400, 7100)

    def test_earlier_passwords_are_refused_in_both_forms(self, api: Api, application: Json):
        (account,) = api.get(application["accounts"]["href"], email="zoe@example.com").items
        latest = "Gr\u00fcn1234!b"
        earlier = [
            unicodedata.normalize(form, each)
            for each in ("Gr\u00fcn1234!a", latest)
            for form in ("NFC", "NFD")
        ]

        def refusals() -> list[str]:
            return [str(api.post(account["href"], {"password": each})["message"]) for each in earlier]

        assert all("used before" in each for each in refusals())
        # The login renews the hash.
        assert api.log_in(application, "zo\u00eb", latest).status == 200
        assert all("used before" in each for each in refusals())
        assert api.post(account["href"], {"password": "Gr\u00fcn1234!c"}).status == 200

    def test_what_is_refused_now_is_sent_back_changed_otherwise_and_deleted(
        self, api: Api, application: Json
    ):
        accounts = {each["username"]: each for each in api.every(application["accounts"]["href"])}
        for username in ("dots", "trailing", "control", "invisible", "hyphen", "ext", " blanks "):
            account = accounts[username]
            assert api.get(account["href"]).ok == account

            again = api.post(account["href"], account).ok
            named = api.post(account["href"], again | {"surname": "King"}).ok

            assert (again["email"], again["username"]) == (account["email"], username)
            assert (named["email"], named["username"]) == (account["email"], username)
            assert named["surname"] == "King"
            assert api.post(account["href"], {"email": "new@example.com"}).ok["email"] == "new@example.com"
            assert api.delete(account["href"]).status == 204

    def test_one_that_waits_for_its_impossible_address_verifies_another(self, api: Api):
        (account,) = api.get(f"{api.tenant}/accounts", username="waiting").items
        assert account["status"] == "UNVERIFIED"

        corrected = api.post(account["href"], {"email": "jack@example.com"}).ok

        assert corrected["emailVerificationToken"] is not None
        assert api.post(corrected["emailVerificationToken"]["href"]).status == 200
        assert api.get(account["href"]).ok["status"] == "ENABLED"
