"""Sending the verification e-mail again (rest-core 5.24, 6.12)."""

from functools import partial
from typing import Any

import pytest

from service.calls import Answer, Api, Json, id_of, link
from service.concurrency import CALLERS, at_once, outcomes
from service.registration import (
    PENDING,
    SWITCHES,
    VERIFICATION,
    good_tokens,
    now,
    register,
    sent,
    sent_kinds,
    spend,
    state,
    switch,
    token_of,
)
from service.tenant_rows import dump
from stormpath.server.app import Service


@pytest.fixture
def resources(api: Api) -> Json:
    """An application whose directory verifies and welcomes accounts, and a pending account."""
    application, directory = api.application_with_directory()
    switch(api, directory, *SWITCHES)
    account = register(api, application).made
    return {"application": application, "directory": directory, "account": account}


def resend(api: Api, resources: Json, login: str = "ada", /, **body: Any) -> Answer:
    return api.post(resources["application"]["verificationEmails"]["href"], {"login": login, **body})


class TestSending:
    @pytest.mark.parametrize("login", ["ada", "ADA", "ada@example.com", "Ada@Example.COM"])
    def test_the_same_token_is_sent_again(self, service: Service, api: Api, resources: Json, login: str):
        answer = resend(api, resources, login)

        assert (answer.status, answer.raw) == (202, b"")
        assert sent_kinds(api) == [VERIFICATION] * 2
        assert {each.token for each in sent(api)} == {token_of(resources["account"])}
        assert sent(api)[1].address == "ada@example.com"
        assert now(api, resources["account"]) == resources["account"]
        assert good_tokens(service, resources["account"]) == 1
        assert spend(api, resources["account"]).status == 200

    def test_every_repetition_sends_the_same_token(self, service: Service, api: Api, resources: Json):
        for _ in range(3):
            assert resend(api, resources).status == 202

        assert [each.token for each in sent(api)] == [token_of(resources["account"])] * 4
        assert good_tokens(service, resources["account"]) == 1

    def test_after_a_new_address_the_new_token_goes_there(self, api: Api, resources: Json):
        changed = api.post(resources["account"]["href"], {"email": "new@example.com"}).ok

        assert resend(api, resources).status == 202

        assert (sent(api)[-1].address, sent(api)[-1].token) == ("new@example.com", token_of(changed))
        assert resend(api, resources, "ada@example.com").error == (400, 2016)

    def test_a_verified_account_gets_no_e_mail(self, api: Api, resources: Json):
        spend(api, resources["account"])
        mails = sent_kinds(api)
        verified = now(api, resources["account"])

        answer = resend(api, resources)

        assert (answer.status, answer.raw) == (202, b"")
        assert sent_kinds(api) == mails
        assert now(api, resources["account"]) == verified

    @pytest.mark.parametrize("status", ["UNVERIFIED", "ENABLED", "DISABLED", "LOCKED"])
    def test_an_account_without_a_token_gets_one(
        self, service: Service, api: Api, resources: Json, status: str
    ):
        account = register(api, resources["directory"], "grace", workflow="false", status=status).made

        assert resend(api, resources, "grace").status == 202

        asked = now(api, account)
        assert state(asked) == (status, "UNVERIFIED", True)
        assert (sent(api)[-1].address, sent(api)[-1].token) == (account["email"], token_of(asked))
        assert good_tokens(service, account) == 1
        assert spend(api, asked).ok == {"href": account["href"]}
        expected = status if status in ("DISABLED", "LOCKED") else "ENABLED"
        assert state(now(api, account)) == (expected, "VERIFIED", False)

    def test_an_account_set_back_to_unverified_gets_a_new_token(self, api: Api, resources: Json):
        api.post(resources["account"]["href"], {"status": "ENABLED"})
        api.post(resources["account"]["href"], {"status": "UNVERIFIED"})

        assert resend(api, resources).status == 202

        asked = now(api, resources["account"])
        assert state(asked) == PENDING
        assert token_of(asked) == sent(api)[-1].token != token_of(resources["account"])
        assert spend(api, resources["account"]).error == (404, 404)
        assert spend(api, asked).status == 200

    def test_a_pending_account_marked_as_verified_still_gets_its_token(self, api: Api, resources: Json):
        api.post(resources["account"]["href"], {"emailVerificationStatus": "VERIFIED"})

        assert resend(api, resources).status == 202

        assert [each.token for each in sent(api)] == [token_of(resources["account"])] * 2

    def test_only_the_switch_of_the_verification_e_mail_matters(self, api: Api, resources: Json):
        switch(api, resources["directory"], VERIFICATION)

        assert resend(api, resources).status == 202
        assert sent_kinds(api) == [VERIFICATION] * 2

    def test_macros_name_the_application_of_the_request(self, api: Api, resources: Json):
        policy = resources["directory"]["accountCreationPolicy"]["href"]
        (template,) = api.get(f"{policy}/verificationEmailTemplates").items
        api.post(template["href"], {"textBody": "<${application.name}> ${url}"})
        other = api.application("Other")
        api.mapping(other, resources["directory"])

        resend(api, resources)
        resend(api, {"application": other})

        assert ["<Atlas>" in each.body for each in sent(api)[1:]] == [True, False]
        assert "<Other>" in sent(api)[2].body


class TestStores:
    """The account is searched as by a login, or in the named store alone."""

    @pytest.fixture
    def two(self, api: Api, resources: Json) -> Json:
        """The resources, and after them a second directory with an account of the same name."""
        second = api.directory("Second")
        switch(api, second, VERIFICATION)
        api.mapping(resources["application"], second)
        other = register(api, second, "ada", email="lovelace@example.com").made
        return {**resources, "second": second, "other": other}

    def test_the_first_store_that_knows_the_login_decides(self, api: Api, two: Json):
        before = len(sent(api))

        resend(api, two)
        resend(api, two, "lovelace@example.com")

        assert [each.address for each in sent(api)[before:]] == ["ada@example.com", "lovelace@example.com"]

    def test_a_named_store_is_searched_alone(self, api: Api, two: Json):
        assert resend(api, two, accountStore=link(two["second"])).status == 202

        assert sent(api)[-1].address == "lovelace@example.com"
        assert resend(api, two, "ada@example.com", accountStore=link(two["second"])).error == (400, 2016)

    @pytest.mark.parametrize("name", ["accountStore", "account_store"])
    @pytest.mark.parametrize("is_bare", [True, False])
    def test_a_store_is_a_link_or_an_href_under_two_names(
        self, api: Api, two: Json, name: str, is_bare: bool
    ):
        store = two["second"]["href"] if is_bare else link(two["second"])

        assert resend(api, two, **{name: store}).status == 202

        assert sent(api)[-1].address == "lovelace@example.com"

    @pytest.mark.parametrize("name", ["accountStore", "account_store"])
    def test_a_null_store_is_as_good_as_none(self, api: Api, two: Json, name: str):
        assert resend(api, two, **{name: None}).status == 202

        assert sent(api)[-1].address == "ada@example.com"

    @pytest.mark.parametrize("name", ["accountStore", "account_store"])
    def test_an_organization_is_named_by_its_name_key_or_its_href(self, api: Api, resources: Json, name: str):
        organization, directory = api.organization_with_directory()
        switch(api, directory, VERIFICATION)
        register(api, organization, "grace")
        api.mapping(resources["application"], organization)

        for store in ({"nameKey": "acme"}, {"nameKey": "ACME"}, link(organization), organization["href"]):
            assert resend(api, resources, "grace", **{name: store}).status == 202
            assert resend(api, resources, "ada", **{name: store}).error == (400, 2016)

        assert [each.address for each in sent(api)[2:]] == ["grace@example.com"] * 4

    def test_a_group_finds_its_members_only(self, api: Api, resources: Json):
        group = api.group(resources["directory"])

        assert resend(api, resources, accountStore=group["href"]).error == (400, 2016)
        api.membership(resources["account"], group)

        assert resend(api, resources, accountStore=group["href"]).status == 202

    def test_other_endpoints_take_a_store_as_a_link_under_one_name(self, api: Api, two: Json):
        endpoints = {
            "loginAttempts": {"type": "basic", "value": "YWRhOkNoYW5nZW1lMSE="},
            "passwordResetTokens": {"email": "ada@example.com"},
        }

        for name, body in endpoints.items():
            href = two["application"][name]["href"]
            assert api.post(href, {**body, "accountStore": two["second"]["href"]}).error == (400, 2004)
            assert api.post(href, {**body, "account_store": link(two["second"])}).error == (400, 2015)


class TestConcurrentRequests:
    def test_concurrent_requests_send_the_same_token(self, service: Service, api: Api, resources: Json):
        answers = at_once([partial(resend, api, resources)] * CALLERS)

        assert outcomes(answers) == {202: CALLERS}
        assert [each.token for each in sent(api)] == [token_of(resources["account"])] * (1 + CALLERS)
        assert good_tokens(service, resources["account"]) == 1

    @pytest.mark.parametrize("turn", range(3))
    def test_concurrent_requests_make_one_token(self, service: Service, api: Api, resources: Json, turn: int):
        account = register(api, resources["directory"], "grace", workflow="false", status="UNVERIFIED").made

        answers = at_once([partial(resend, api, resources, "grace")] * CALLERS)

        assert outcomes(answers) == {202: CALLERS}
        token = token_of(now(api, account))
        assert [each.token for each in sent(api)[1:]] == [token] * CALLERS
        assert good_tokens(service, account) == 1

    @pytest.mark.parametrize("turn", range(3))
    def test_a_concurrent_verification_succeeds_and_is_not_asked_for_again(
        self, api: Api, resources: Json, turn: int
    ):
        answers = at_once([partial(spend, api, resources["account"]), *[partial(resend, api, resources)] * 4])

        assert outcomes(answers) == {200: 1, 202: 4}
        assert state(now(api, resources["account"])) == ("ENABLED", "VERIFIED", False)
        # No e-mail asks for a verification that is done.
        kinds = sent_kinds(api)
        assert kinds == [VERIFICATION] * (len(kinds) - 2) + ["verificationSuccess", "welcome"]

    @pytest.mark.parametrize("turn", range(3))
    @pytest.mark.parametrize("gone", ["account", "directory"])
    def test_a_concurrent_deletion_leaves_nothing(
        self, service: Service, api: Api, resources: Json, gone: str, turn: int
    ):
        answers = at_once(
            [*[partial(resend, api, resources)] * 4, lambda: api.delete(resources[gone]["href"])]
        )

        assert answers[-1].status == 204
        assert set(outcomes(answers[:-1])) <= {202, (400, 2016), (404, 404)}
        assert id_of(resources["account"]) not in str(dump(service, api.tenant_id))
        assert sent(api) == []
