"""Tokens and waiting e-mails when the resource that they belong to is deleted (rest-core 6.19)."""

from collections import Counter

import pytest
import sqlalchemy as sa

from service.calls import Api, Json, id_of
from service.tenant_rows import dump
from stormpath.server.app import Service

pytestmark = pytest.mark.both_databases


@pytest.fixture
def atlas(api: Api) -> tuple[Json, Json]:
    """An application, and its directory whose new accounts have to verify their addresses."""
    application, directory = api.application_with_directory()
    policy = directory["accountCreationPolicy"]["href"]
    assert api.post(policy, {"verificationEmailStatus": "ENABLED"}).status == 200
    return application, directory


def kept(service: Service, tenant_id: str) -> Counter[str]:
    """Return how many tokens and e-mails a tenant has in the database."""
    tables = Counter(table for table, _ in dump(service, tenant_id))
    return Counter({each: tables[each] for each in ("workflow_tokens", "outbox")})


def in_the_workflows(api: Api, application: Json, name: str = "ada") -> tuple[Json, Json]:
    """Return an account that waits to be verified, and a reset token of it: two tokens, two e-mails."""
    account = api.account(application, name)
    token = api.post(application["passwordResetTokens"]["href"], {"email": account["email"]}).ok
    return account, token


class TestDeletedApplication:
    def test_verification_tokens_of_a_deleted_application_still_work(
        self, api: Api, atlas: tuple[Json, Json]
    ):
        application, _ = atlas
        account = api.account(application)
        token = account["emailVerificationToken"]["href"]

        assert api.delete(application["href"]).status == 204

        assert api.post(token).ok == {"href": account["href"]}
        assert api.get(account["href"])["status"] == "ENABLED"

    def test_verifying_after_the_application_is_gone_still_sends_both_e_mails(
        self, service: Service, api: Api, atlas: tuple[Json, Json]
    ):
        application, directory = atlas
        policy = directory["accountCreationPolicy"]["href"]
        switches = dict.fromkeys(("verificationSuccessEmailStatus", "welcomeEmailStatus"), "ENABLED")
        assert api.post(policy, switches).status == 200
        account = api.account(application)
        before = kept(service, api.tenant_id)["outbox"]
        api.delete(application["href"])

        assert api.post(account["emailVerificationToken"]["href"]).status == 200

        assert kept(service, api.tenant_id)["outbox"] == before + 2

    def test_reset_tokens_of_a_deleted_application_are_valid_nowhere(
        self, api: Api, atlas: tuple[Json, Json]
    ):
        application, directory = atlas
        _, token = in_the_workflows(api, application)
        other = api.application("Other")
        api.mapping(other, directory)

        assert api.delete(application["href"]).status == 204

        for place in (application, other):
            href = f"{place['href']}/passwordResetTokens/{id_of(token)}"
            assert api.get(href).error == (404, 404)
            assert api.post(href, {"password": "Newpass1!"}).error == (404, 404)
        assert api.post(f"/accounts/emailVerificationTokens/{id_of(token)}").error == (404, 404)

    def test_deleting_an_application_keeps_waiting_e_mails(
        self, service: Service, api: Api, atlas: tuple[Json, Json]
    ):
        application, _ = atlas
        in_the_workflows(api, application)

        api.delete(application["href"])

        assert kept(service, api.tenant_id)["outbox"] == 2


class TestOtherDeletions:
    def test_deleting_an_account_deletes_its_tokens_and_e_mails(
        self, service: Service, api: Api, atlas: tuple[Json, Json]
    ):
        application, _ = atlas
        account, reset = in_the_workflows(api, application)
        in_the_workflows(api, application, "grace")
        assert kept(service, api.tenant_id) == {"workflow_tokens": 4, "outbox": 4}

        assert api.delete(account["href"]).status == 204

        assert kept(service, api.tenant_id) == {"workflow_tokens": 2, "outbox": 2}
        assert api.get(reset["href"]).error == (404, 404)
        assert api.post(account["emailVerificationToken"]["href"]).error == (404, 404)

    def test_deleting_a_directory_deletes_tokens_and_e_mails_of_its_accounts(
        self, service: Service, api: Api, atlas: tuple[Json, Json]
    ):
        application, directory = atlas
        other = api.directory("Other")
        api.mapping(application, other)
        api.account(other, "grace")
        asked = api.post(application["passwordResetTokens"]["href"], {"email": "grace@example.com"})
        assert asked.status == 200
        _, reset = in_the_workflows(api, application)

        assert api.delete(directory["href"]).status == 204

        assert kept(service, api.tenant_id) == {"workflow_tokens": 1, "outbox": 1}
        assert api.get(reset["href"]).error == (404, 404)

    def test_deleting_a_tenant_deletes_its_tokens_and_e_mails_only(
        self, service: Service, api: Api, stranger: Api, atlas: tuple[Json, Json]
    ):
        in_the_workflows(api, atlas[0])
        their_application, their_directory = stranger.application_with_directory()
        their_account = stranger.account(their_directory)
        body = {"email": their_account["email"]}
        theirs = stranger.post(their_application["passwordResetTokens"]["href"], body).ok

        with service.database.engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM tenants WHERE id = :id"), {"id": api.tenant_id})

        assert kept(service, api.tenant_id) == {"workflow_tokens": 0, "outbox": 0}
        assert kept(service, stranger.tenant_id) == {"workflow_tokens": 1, "outbox": 1}
        assert stranger.get(theirs["href"]).status == 200
