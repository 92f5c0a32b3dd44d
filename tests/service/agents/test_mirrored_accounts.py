"""What a synchronization makes of the accounts of a server (rest-core 5.8, 6.7)."""

import pytest

from service.calls import link
from service.mirrors import Mirror, person, ssha


def test_entries_become_accounts_with_the_values_that_the_server_has(mirror: Mirror):
    mirror.synchronize([person("ada", middleName="B", givenName=None), person("joe", isDisabled=True)])

    ada, joe = mirror.accounts().values()
    assert (ada["email"], ada["username"]) == ("ada@example.com", "ada")
    assert (ada["givenName"], ada["middleName"], ada["surname"], ada["fullName"]) == (
        None,
        "B",
        "Doe",
        "B Doe",
    )
    assert (ada["status"], joe["status"]) == ("ENABLED", "DISABLED")
    assert ada["emailVerificationStatus"] == "VERIFIED"
    assert ada["passwordModifiedAt"] is not None
    assert ada["directory"] == link(mirror.directory)
    assert mirror.api.get(mirror.directory["accounts"]["href"], q="joe").ok["size"] == 1
    assert mirror.api.get(mirror.directory["accounts"]["href"]).ok["size"] == 2


def test_an_account_without_a_login_name_has_its_email_as_one(mirror: Mirror):
    mirror.synchronize([person("ada", username=None), person("joe", username="  ")])

    assert set(mirror.accounts()) == {"ada@example.com", "joe@example.com"}


def test_an_unchanged_entry_changes_nothing(mirror: Mirror):
    mirror.synchronize([person("ada")])
    before = mirror.accounts()

    mirror.synchronize([person("ada")])

    assert mirror.accounts() == before


def test_changed_values_are_stored_and_custom_data_stays(mirror: Mirror):
    mirror.synchronize([person("ada")])
    ada = mirror.accounts()["ada"]
    mirror.api.post(ada["href"], {"customData": {"a": 1}})

    mirror.synchronize([person("ada", dn="uid=ada,ou=moved", surname="Byron", email="a.byron@example.com")])

    changed = mirror.accounts()["ada"]
    assert changed["href"] == ada["href"]
    assert (changed["surname"], changed["fullName"]) == ("Byron", "Ada Byron")
    assert (changed["email"], changed["emailVerificationStatus"]) == ("a.byron@example.com", "VERIFIED")
    assert changed["passwordModifiedAt"] == ada["passwordModifiedAt"]
    assert mirror.api.get(ada["customData"]["href"])["a"] == 1


def test_the_status_follows_the_server_only_when_the_server_changes_it(mirror: Mirror):
    mirror.synchronize([person("ada"), person("joe")])
    ada = mirror.accounts()["ada"]
    mirror.api.post(ada["href"], {"status": "DISABLED"})

    mirror.synchronize([person("ada", surname="Byron"), person("joe", isDisabled=True)])
    assert {name: each["status"] for name, each in mirror.accounts().items()} == {
        "ada": "DISABLED",
        "joe": "DISABLED",
    }

    mirror.synchronize([person("ada", surname="Byron"), person("joe")])
    assert mirror.accounts()["joe"]["status"] == "ENABLED"


def test_another_password_is_noticed_and_another_name_is_no_other_password(mirror: Mirror):
    mirror.synchronize([person("ada"), person("joe")])
    before = mirror.accounts()

    mirror.synchronize([person("ada", passwordHash=ssha("another")), person("joe", surname="Bloggs")])

    after = mirror.accounts()
    assert after["ada"]["passwordModifiedAt"] > before["ada"]["passwordModifiedAt"]
    assert after["joe"]["passwordModifiedAt"] == before["joe"]["passwordModifiedAt"]


def test_a_hash_of_no_known_form_is_not_stored(mirror: Mirror):
    mirror.synchronize([person("ada", passwordHash="$argon2id$v=19$m=99999999,t=99,p=1$c2FsdA$aGFzaA")])

    assert mirror.accounts()["ada"]["passwordModifiedAt"] is None


def test_an_entry_without_an_email_is_no_account(mirror: Mirror):
    run = mirror.begin()
    assert mirror.take(run, accounts=[person("ada", email=None), person("joe")]) == 1
    mirror.end(run)

    assert set(mirror.accounts()) == {"joe"}
    assert mirror.problems() == {"no_email": 1}

    mirror.synchronize([person("ada"), person("joe")])
    assert set(mirror.accounts()) == {"ada", "joe"}
    assert mirror.problems() == {}


@pytest.mark.parametrize("is_complete", [True, False])
def test_the_account_of_an_entry_that_loses_its_email_is_deleted_and_comes_back(
    mirror: Mirror, is_complete: bool
):
    mirror.synchronize([person("ada"), person("joe")])

    mirror.synchronize([person("ada", email=" "), person("joe")], is_complete=is_complete)
    assert set(mirror.accounts()) == {"joe"}
    assert mirror.problems() == {"no_email": 1}

    mirror.synchronize([person("ada")], is_complete=False)
    assert set(mirror.accounts()) == {"ada", "joe"}


def test_values_that_the_rules_refuse_are_left_out_and_reported(mirror: Mirror):
    mirror.synchronize(
        [
            person("ada", givenName="x" * 256),
            person("joe", email="no address"),
            person("eve", username="\ud800"),
        ]
    )

    assert set(mirror.accounts()) == {"ada"}
    assert mirror.accounts()["ada"]["givenName"] is None
    assert mirror.problems() == {"invalid": 3}

    mirror.synchronize([person("ada"), person("joe"), person("eve")])
    assert mirror.accounts()["ada"]["givenName"] == "Ada"
    assert len(mirror.accounts()) == 3
    mirror.synchronize([person("ada", email="nothing", surname="New"), person("joe"), person("eve")])
    ada = mirror.accounts()["ada"]
    assert (ada["email"], ada["surname"]) == ("ada@example.com", "New")


def test_the_rules_of_the_directory_apply(mirror: Mirror):
    policy = mirror.directory["accountCreationPolicy"]["href"]
    mirror.api.post(policy, {"emailDomainBlacklist": ["*.bad.example"]})
    fields = mirror.api.get(mirror.directory["accountSchema"]["href"], expand="fields").ok["fields"]["items"]
    surname = next(each for each in fields if each["name"] == "surname")
    mirror.api.post(surname["href"], {"required": True})

    mirror.synchronize([person("ada", email="a@x.bad.example"), person("joe", surname=None), person("eve")])

    assert set(mirror.accounts()) == {"eve"}
    assert mirror.problems() == {"invalid": 2}


def test_an_account_that_an_import_left_without_an_entry_is_joined_by_its_email(mirror: Mirror):
    from service.provider_bodies import in_mirror

    values = {"email": "Ada@example.com", "username": "old", "directory_id": mirror.agent["directory_id"]}
    imported = in_mirror(mirror.api, "account", values)
    mirror.api.post(imported["href"], {"customData": {"a": 1}})

    mirror.synchronize([person("ada")])

    ada = mirror.accounts()["ada"]
    assert ada["href"] == imported["href"]
    assert mirror.problems() == {}


def test_entries_of_one_run_that_are_told_twice_are_stored_once(mirror: Mirror):
    mirror.synchronize([person("ada", surname="First"), person("ada", surname="Last")])

    assert mirror.accounts()["ada"]["surname"] == "Last"
