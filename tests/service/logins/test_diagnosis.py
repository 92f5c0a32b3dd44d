"""What is told about a login without its password agrees with the login itself."""

import pytest

from service.calls import Api, Json, id_of
from service.tenant_setup import context_of
from stormpath.server.app import Service
from stormpath.server.authentication import diagnosis

pytestmark = pytest.mark.both_databases


@pytest.fixture
def stores(api: Api) -> dict[str, Json]:
    """An application with a group, an organization and a directory, in this order, that hold one name."""
    application = api.application("Atlas")
    found = {"application": application}
    for number, name in enumerate(("first", "second", "third")):
        directory = api.directory(name)
        account = api.account(directory, "ada", password=f"Changeme1!{number}")
        found |= {f"{name} directory": directory, f"{name} account": account}
    group = api.group(found["first directory"], "Members")
    api.membership(found["first account"], group)
    organization = api.organization("Acme")
    api.organization_mapping(organization, api.directory("Empty"))
    api.organization_mapping(organization, found["second directory"])
    api.mapping(application, group)
    api.mapping(application, organization)
    api.mapping(application, found["third directory"])
    return {**found, "group": group, "organization": organization}


def test_the_first_account_of_the_name_is_the_one_that_logs_in(
    service: Service, api: Api, stores: dict[str, Json]
):
    context, application = context_of(service, api.tenant_id), stores["application"]
    expected = [(0, 0, "first"), (1, 1, "second"), (2, 0, "third")]

    for number, (_, _, name) in enumerate(expected):
        for login in ("ada", " ADA ", "Ada@Example.com"):
            found = diagnosis.facts_of(context, id_of(application), login).candidates
            places = [(each.list_index, each.inner_index) for each in found]
            ids = [each.account_id for each in found]
            assert places == [(outer, inner) for outer, inner, _ in expected[number:]]
            assert ids == [id_of(stores[f"{each} account"]) for _, _, each in expected[number:]]
        logged_in = api.log_in(application, "ada", f"Changeme1!{number}").ok
        assert logged_in["account"]["href"] == stores[f"{name} account"]["href"]
        api.delete(stores[f"{name} account"]["href"])
    assert diagnosis.facts_of(context, id_of(application), "ada").candidates == []


def test_what_it_says_refuses_a_login_is_the_error_of_that_login(
    service: Service, api: Api, stores: dict[str, Json]
):
    context, application = context_of(service, api.tenant_id), stores["application"]

    def both(password: str = "Changeme1!0") -> tuple[int | None, int | None]:
        facts = diagnosis.facts_of(context, id_of(application), "ada")
        refusal = diagnosis.refusal_of(context, id_of(application), facts)
        answer = api.log_in(application, "ada", password)
        return (None if refusal is None else refusal.code.value), (
            None if answer.status == 200 else answer.json["code"]
        )

    assert both() == (None, None)
    for what, status in (
        ("application", "DISABLED"),
        ("first directory", "DISABLED"),
        ("group", "DISABLED"),
        ("first account", "DISABLED"),
        ("first account", "LOCKED"),
        ("first account", "UNVERIFIED"),
    ):
        api.post(stores[what]["href"], {"status": status}).ok  # Fails unless granted.
        told, error = both()
        assert told == error is not None, (what, status)
        api.post(stores[what]["href"], {"status": "ENABLED"}).ok  # Fails unless granted.
    api.delete(stores["first account"]["href"])
    api.post(stores["organization"]["href"], {"status": "DISABLED"}).ok  # Fails unless granted.
    told, error = both("Changeme1!1")
    assert told == error is not None
    for name in ("second", "third"):
        api.delete(stores[f"{name} account"]["href"])
    told, error = both()
    assert told == error is not None


def test_the_scheme_of_a_hash_is_told_and_nothing_else_of_it():
    assert diagnosis.scheme_of("$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy") == "bcrypt"
    assert diagnosis.scheme_of("$stormpath2$SHA-512$1$c2FsdA==$aGFzaA==") == "stormpath2"
    assert diagnosis.scheme_of("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA") == "argon2id"
