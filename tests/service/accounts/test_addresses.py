"""The addresses of accounts: impossible ones are refused, old ones stay, and taken ones are told as such."""

from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from service.calls import Answer, Api, Json, id_of
from service.concurrency import at_once
from service.registration import PLACES, Place, sent
from stormpath.server.app import Service

IMPOSSIBLE = ["joe@example..com", "joe@example.com.", "joe\x01@example.com", "jo\u200be@example.com", "joe@-"]


@pytest.fixture
def old(service: Service, api: Api) -> Callable[[str], Json]:
    """Make an account with an address that an earlier version has accepted."""

    def make(address: str) -> Json:
        account = api.account(api.directory(), "old")
        accounts = service.database.tables.of["account"]
        with service.database.transaction() as connection:
            changed = accounts.update().where(accounts.c.id == id_of(account))
            connection.execute(changed.values(email=address, email_key=address))
        return api.get(account["href"]).ok

    return make


@pytest.mark.parametrize("address", IMPOSSIBLE)
def test_an_impossible_address_is_refused_at_creation_and_at_a_change(api: Api, address: str):
    directory = api.directory()
    account = api.account(directory)

    refused = api.post(directory["accounts"]["href"], {"email": address, "password": "Changeme1!"})

    assert refused.error == api.post(account["href"], {"email": address}).error == (400, 2006)
    assert refused["message"].startswith("email ")
    assert address not in refused.json.values()
    assert api.get(account["href"]).ok == account
    assert [each["email"] for each in api.get(directory["accounts"]["href"]).items] == ["ada@example.com"]


@pytest.mark.parametrize("address", ['"joe doe"@example.com', "用户@例子.广告", "administrator@localhost"])
def test_good_addresses_are_stored_as_they_are_and_log_in(api: Api, address: str):
    application, directory = api.application_with_directory()

    assert api.account(directory, email=address)["email"] == address

    assert api.log_in(application, address).status == 200
    reset = api.post(application["passwordResetTokens"]["href"], {"email": address}).ok
    assert reset["email"] == address
    assert [each.address for each in sent(api)] == [address]


@pytest.mark.parametrize("address", IMPOSSIBLE)
def test_an_account_with_an_impossible_address_from_before_is_used_as_before(
    api: Api, old: Callable[[str], Json], address: str
):
    account = old(address)

    assert api.post(account["href"], account).ok["email"] == address
    assert api.post(account["href"], {"surname": "King", "email": address}).ok["surname"] == "King"
    assert api.post(account["href"], {"password": "Changeme2!", "email": address}).ok["email"] == address
    assert api.post(account["href"], {"email": address.upper()}).error == (400, 2006)
    assert api.post(account["href"], {"email": "joe@example.com"}).ok["email"] == "joe@example.com"
    assert api.post(account["href"], {"email": address}).error == (400, 2006)
    assert api.delete(account["href"]).status == 204


def test_addresses_of_templates_are_possible_ones_too(api: Api):
    policy = api.get(api.directory()["passwordPolicy"]["href"]).ok
    (template,) = api.get(policy["resetEmailTemplates"]["href"]).items

    for name in ("fromEmailAddress", "replyTo"):
        for address in IMPOSSIBLE:
            assert api.post(template["href"], {name: address}).error == (400, 2006)
        assert api.post(template["href"], {name: " joe@example.com "}).ok[name] == "joe@example.com"


class TestTakenAddresses:
    """An address that is taken is told as one, also where it would have been the username."""

    @pytest.mark.parametrize("make", PLACES)
    def test_no_username_was_given(self, api: Api, make: Place):
        place, directory = make(api)
        api.account(directory)
        body = {"email": "ADA@example.com", "password": "Changeme1!"}
        assert api.post(place["accounts"]["href"], body | {"email": "grace@example.com"}).status == 201

        for taken in (body, body | {"email": "Grace@example.com"}, body | {"username": None}):
            answer = api.post(place["accounts"]["href"], taken)
            assert answer.error == (409, 2001)
            assert answer["message"] == (
                "Account with that email already exists. Please choose another email."
            )

    def test_a_username_was_given(self, api: Api):
        directory = api.directory()
        api.account(directory)
        free = {"email": "x@example.com", "username": "x", "password": "Changeme1!"}

        def taken(**names: str) -> str:
            answer = api.post(directory["accounts"]["href"], free | names)
            assert answer.error == (409, 2001)
            return str(answer["message"]).partition(" already")[0]

        assert taken(username="ADA") == "Account with that username"
        assert taken(email="ADA@example.com") == "Account with that email"
        assert taken(username="Ada", email="Ada@example.com") == "Account with that username"

    def test_another_one_has_the_address_as_its_username(self, api: Api):
        directory = api.directory()
        api.account(directory, username="grace@example.com")
        body = {"email": "grace@example.com", "password": "Changeme1!"}

        answer = api.post(directory["accounts"]["href"], body)

        # The address itself is free: with another username the account could be created.
        assert answer["message"].startswith("Account with that username already exists.")
        assert api.post(directory["accounts"]["href"], body | {"username": "grace"}).status == 201

    def test_at_a_change(self, api: Api):
        directory = api.directory()
        api.account(directory)
        body = {"email": "grace@example.com", "password": "Changeme1!"}
        grace = api.post(directory["accounts"]["href"], body).made

        def taken(**names: str) -> str:
            answer = api.post(grace["href"], names)
            assert answer.error == (409, 2001)
            return str(answer["message"]).partition(" already")[0]

        assert taken(email="ada@example.com") == "Account with that email"
        assert taken(email="ada@example.com", password="Changeme2!") == "Account with that email"
        assert taken(username="ada") == "Account with that username"

    @pytest.mark.both_databases
    def test_by_another_request_at_the_same_moment(self, api: Api):
        directory = api.directory()
        body = {"email": "ada@example.com", "password": "Changeme1!"}
        create: Callable[[], Answer] = partial(api.post, directory["accounts"]["href"], body)

        answers = at_once([create] * 6)

        refused = [each for each in answers if each.status != 201]
        assert Counter(each["message"] for each in refused) == {
            "Account with that email already exists. Please choose another email.": 5
        }
