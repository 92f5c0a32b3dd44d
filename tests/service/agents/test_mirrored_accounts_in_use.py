"""Mirrored accounts are accounts: the API, logins, tokens and links work on them while they are copied."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from service.calls import Api, Json, id_of, link
from service.mirrors import Mirror, by_dn, new_mirror, person, ssha
from service.token_calls import is_valid, password_grant
from stormpath.server.app import Service
from stormpath.server.domain import events
from stormpath.server.schema.errors import ApiError, Code

ADA, JOE = person("ada"), person("joe")
PASSWORD = "Changeme1!"


@contextmanager
def told(service: Service, mirror: Mirror) -> Iterator[list[events.Event]]:
    """Collect the events of a tenant."""
    found: list[events.Event] = []

    def listener(event: events.Event) -> None:
        if event.tenant_id == mirror.api.tenant_id:
            found.append(event)

    remove = service.events.after(events.Event, listener)
    try:
        yield found
    finally:
        remove()


def test_copied_attributes_and_memberships_stay_read_only(mirror: Mirror):
    api = mirror.api
    mirror.synchronize([ADA, JOE], {"all": by_dn(ADA)})
    ada, group = mirror.accounts()["ada"], mirror.groups()["all"]
    membership = api.get(ada["groupMemberships"]["href"]).items[0]

    assert api.post(ada["href"], {"givenName": "Eve"}).error == (400, 7202)
    assert api.post(group["href"], {"name": "none"}).error == (400, 7202)
    assert api.delete(ada["href"]).error == (400, 6100)
    assert api.delete(group["href"]).error == (400, 6100)
    assert api.delete(membership["href"]).error == (400, 6100)
    body = {"account": link(mirror.accounts()["joe"]), "group": link(group)}
    assert api.post("/groupMemberships", body).error == (400, 6100)
    assert api.post(group["href"], {"status": "DISABLED", "customData": {"a": 1}}).ok["status"] == "DISABLED"


def test_a_synchronization_sends_no_email_and_counts_no_registration(service: Service, mirror: Mirror):
    with told(service, mirror) as found:
        mirror.synchronize([ADA, JOE])
        mirror.synchronize([ADA | {"email": "countess@example.com"}, JOE])

    assert not [each for each in found if isinstance(each, events.EmailQueued | events.AccountRegistered)]
    created = [each for each in found if isinstance(each, events.ResourceChanged) and each.before is None]
    assert created == []


def test_changes_and_deletions_are_told(service: Service, mirror: Mirror):
    mirror.synchronize([ADA, JOE])
    joe = mirror.accounts()["joe"]

    with told(service, mirror) as found:
        mirror.synchronize([ADA | {"passwordHash": ssha("another")}])

    kinds = [type(each).__name__ for each in found]
    assert kinds == ["ResourceChanged", "PasswordChanged", "ResourceChanged"]
    assert (found[-1].id, found[-1].after) == (id_of(joe), None)
    assert "SSHA" not in repr(found)


def test_custom_data_that_is_written_during_a_run_is_kept(mirror: Mirror):
    people = [person(f"p{number}") for number in range(40)]
    mirror.synchronize(people)
    accounts = mirror.accounts()

    def write(number: int) -> int:
        href = accounts[f"p{number}"]["customData"]["href"]
        return mirror.api.post(href, {"number": number}).status

    with ThreadPoolExecutor(3) as threads:
        written = threads.map(write, range(40))
        for name in ("one", "two", "three"):
            mirror.synchronize([each | {"surname": name} for each in people])
        assert set(written) == {200}

    after = mirror.accounts(expand="customData")
    assert {each["surname"] for each in after.values()} == {"three"}
    assert [after[f"p{number}"]["customData"]["number"] for number in range(40)] == list(range(40))


def test_a_directory_that_is_deleted_during_a_run_ends_it(mirror: Mirror):
    people = [person(f"p{number}") for number in range(400)]
    mirror.synchronize(people[:200])
    run = mirror.begin()

    with ThreadPoolExecutor(2) as threads:
        taking = threads.submit(mirror.take, run, accounts=people)
        deleted = threads.submit(mirror.api.delete, mirror.directory["href"])
        assert deleted.result().status == 204
        refused = taking.exception()
        assert refused is None or (isinstance(refused, ApiError) and refused.code == Code.NOT_FOUND)

    assert mirror.api.get(mirror.directory["href"]).status == 404


def test_a_disabled_directory_is_synchronized_too(mirror: Mirror):
    mirror.api.post(mirror.directory["href"], {"status": "DISABLED"})

    mirror.synchronize([ADA])

    assert set(mirror.accounts()) == {"ada"}


def test_a_mirrored_account_can_be_linked_and_loses_its_links_with_its_entry(mirror: Mirror):
    mirror.synchronize([ADA, JOE])
    cloud = mirror.api.account(mirror.api.directory("Cloud"), "zoe")
    mirror.api.account_link(mirror.accounts()["ada"], cloud)
    assert mirror.api.get(cloud["linkedAccounts"]["href"]).items[0]["username"] == "ada"

    mirror.synchronize([JOE])

    assert mirror.api.get(cloud["linkedAccounts"]["href"]).items == []


def test_two_directories_and_two_tenants_hold_the_same_entries(mirror: Mirror, stranger: Api):
    other, foreign = new_mirror(mirror.api, "ad"), new_mirror(stranger)
    for each in (mirror, other, foreign):
        each.synchronize([ADA, JOE], {"all": by_dn(ADA, JOE)})

    other.synchronize([ADA | {"surname": "New"}], {"all": by_dn(ADA)})

    assert mirror.members() == foreign.members() == {"all": {"ada", "joe"}}
    assert other.members() == {"all": {"ada"}}
    assert {each["surname"] for each in (*mirror.accounts().values(), *foreign.accounts().values())} == {
        "Doe"
    }


class TestLogins:
    @pytest.fixture
    def application(self, mirror: Mirror) -> Json:
        """An application with a default store of its own, whose logins find the mirror first."""
        application, _ = mirror.api.application_with_directory()
        mirror.api.mapping(application, mirror.directory, listIndex=0)
        mirror.synchronize([ADA, JOE])
        # As a login leaves it that has verified the hash of the server.
        with mirror.context.write() as unit:
            for each in mirror.accounts().values():
                unit.update(
                    "account", id_of(each), {"password_hash": mirror.context.passwords.hash(PASSWORD)}
                )
        return application

    @pytest.mark.parametrize(
        ("change", "error"),
        [
            ({"passwordHash": ssha("another")}, (400, 7100)),
            # The agent would try the password, and there is none.
            ({"passwordHash": None}, (502, 9000)),
        ],
    )
    def test_another_password_ends_the_tokens_of_its_account_alone(
        self, mirror: Mirror, application: Json, change: Json, error: tuple[int, int]
    ):
        tokens = {name: password_grant(mirror.api, application, name).ok for name in ("ada", "joe")}

        mirror.synchronize([ADA | change, JOE | {"surname": "New"}])

        assert not is_valid(mirror.api, application, tokens["ada"]["access_token"])
        assert is_valid(mirror.api, application, tokens["joe"]["access_token"])
        assert mirror.api.log_in(application, "ada").error == error
        assert mirror.api.log_in(application, "joe").status == 200

    def test_a_disabled_entry_is_kept_out(self, mirror: Mirror, application: Json):
        mirror.synchronize([ADA | {"isDisabled": True}, JOE])

        assert mirror.api.log_in(application, "ada").error == (400, 7101)
        assert mirror.api.log_in(application, "joe").status == 200

    def test_a_login_provisions_an_account_in_the_default_store(self, mirror: Mirror, application: Json):
        policy = {"status": "ENABLED", "automaticProvisioning": "ENABLED", "matchingProperty": "email"}
        mirror.api.post(application["accountLinkingPolicy"]["href"], policy)

        made = mirror.api.log_in(application, "ada", expand="account").ok["account"]

        assert made["directory"] != link(mirror.directory)
        assert (made["email"], made["emailVerificationStatus"]) == ("ada@example.com", "VERIFIED")
        mirror.synchronize([ADA | {"email": "countess@example.com"}, JOE])
        assert mirror.api.log_in(application, "ada").ok["account"] == link(made)
        assert mirror.api.get(made["href"]).ok["email"] == "ada@example.com"

    def test_a_login_is_linked_to_the_account_with_the_same_address(self, mirror: Mirror, application: Json):
        home = mirror.api.get(application["defaultAccountStoreMapping"]["href"], expand="accountStore").ok
        match = mirror.api.account(home["accountStore"], "namesake", email="ada@example.com")
        mirror.api.post(match["href"], {"emailVerificationStatus": "VERIFIED"})
        policy = {"status": "ENABLED", "matchingProperty": "email"}
        mirror.api.post(application["accountLinkingPolicy"]["href"], policy)

        assert mirror.api.log_in(application, "ada").ok["account"] == link(match)
