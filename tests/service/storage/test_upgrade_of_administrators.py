"""The upgrade of a database from before separate administrators and the prevention of common passwords.

Its tenant goes on as it was: every administrator's key may do everything, and passwords like those that its
accounts have are accepted. Both are switched on by the owner.
"""

from collections.abc import Iterator
from contextlib import closing

import pytest

from service.calls import Api, Json
from service.old_databases import fill, fill_and_upgrade, rows_at
from stormpath.server.app import Service, open_service

#: What the migrations do is tried on both databases; what works after them, by turns.
pytestmark = pytest.mark.either_database

STORED = rows_at("0008")
WARNINGS = "stormpath.server.resources.policies.administrators"


@pytest.fixture
def upgraded(database_url: str) -> Iterator[Service]:
    fill_and_upgrade(database_url, "0008")
    with closing(open_service(database_url)) as service:
        yield service


@pytest.fixture
def owner(upgraded: Service) -> Api:
    return Api(upgraded, upgraded.base_url, upgraded.tenant_id, *STORED["api_key"])


@pytest.fixture
def sam(upgraded: Service) -> Api:
    """Another administrator."""
    return Api(upgraded, upgraded.base_url, upgraded.tenant_id, *STORED["api_key_of_sam"])


def only(api: Api, path: str, **query: str) -> Json:
    (found,) = api.get(path, **query).items
    return found


def strength(api: Api, directory: Json) -> str:
    return str(api.get(directory["passwordPolicy"]["href"]).ok["strength"]["href"])


@pytest.mark.both_databases
def test_the_tenant_has_shared_administrators(owner: Api, sam: Api):
    olga = only(owner, "/accounts", username="olga")
    keys = owner.get(olga["apiKeys"]["href"]).items

    assert owner.get(owner.tenant).ok["administrators"] == "shared"
    assert sam.get(olga["apiKeys"]["href"]).items == keys
    assert keys[0]["secret"] == STORED["api_key"][1]
    assert sam.post(olga["href"], {"password": "Changeme2!"}).status == 200
    assert sam.api_key(olga)["secret"]


def test_the_owner_separates_them(owner: Api, sam: Api):
    olga = only(owner, "/accounts", username="olga")

    assert sam.post(sam.tenant, {"administrators": "separate"}).error == (403, 403)
    assert owner.post(owner.tenant, {"administrators": "separate"}).ok["administrators"] == "separate"

    assert sam.post(olga["href"], {"password": "Changeme2!"}).error == (403, 403)
    assert [each["secret"] for each in sam.get(olga["apiKeys"]["href"]).items] == [None]


def test_weak_passwords_of_old_accounts_log_in(owner: Api):
    atlas = only(owner, "/applications", name="Atlas")

    assert owner.log_in(atlas, "ada", "Password1").status == 200
    assert owner.log_in(atlas, "lovelace", "Lovelace1").status == 200
    assert owner.log_in(only(owner, "/applications", name="Stormpath"), "sam", "Password1").status == 200


def test_directories_of_the_old_tenant_accept_what_they_accepted(owner: Api):
    directories = owner.every("/directories")

    assert [owner.get(strength(owner, each)).ok["preventCommon"] for each in directories] == [False] * 4
    for each in (only(owner, "/directories", name="Atlas People"), owner.directory("New")):
        assert owner.account(each, "grace", password="Password1")
        assert owner.get(strength(owner, each)).ok["preventCommon"] is False


def test_prevention_is_switched_on_for_one_directory(owner: Api):
    people = only(owner, "/directories", name="Atlas People")
    ada = only(owner, "/accounts", username="ada")

    owner.post(strength(owner, people), {"preventCommon": True}).ok

    assert owner.post(ada["href"], {"password": "Qwerty123"}).error == (400, 400)
    assert owner.log_in(only(owner, "/applications", name="Atlas"), "ada", "Password1").status == 200


def test_open_mappings_go_on_and_are_logged_at_the_start(database_url: str, caplog: pytest.LogCaptureFixture):
    fill(database_url, "0008")

    with closing(open_service(database_url)) as service:
        warnings = [each.getMessage() for each in caplog.records if each.name == WARNINGS]
        api = Api(service, service.base_url, service.tenant_id, *STORED["api_key"])
        # The directory is mapped to one application, a group of it to another.
        assert sorted(each.partition("application ")[2].partition(",")[0] for each in warnings) == [
            "'Atlas'",
            "'Open'",
        ]
        assert api.log_in(only(api, "/applications", name="Open"), "sam", "Password1").status == 200
