"""Concurrent requests about pending accounts: no token is spent twice, and none is left over."""

from functools import partial

import pytest

from service.calls import Api, Json, id_of
from service.concurrency import CALLERS, at_once, outcomes
from service.registration import (
    ADDRESS_CHANGED,
    PENDING,
    SUCCESS,
    SWITCHES,
    VERIFICATION,
    VERIFIED,
    WELCOME,
    good_tokens,
    now,
    register,
    sent,
    sent_kinds,
    spend,
    state,
    switch,
)
from service.tenant_rows import dump
from stormpath.server.app import Service

pytestmark = pytest.mark.both_databases

MANY = 50


class TestSpending:
    def test_one_of_many_requests_with_one_token_verifies(self, service: Service, api: Api, account: Json):
        answers = at_once([partial(spend, api, account)] * MANY)

        assert outcomes(answers) == {200: 1, (404, 404): MANY - 1}
        assert state(now(api, account)) == VERIFIED
        assert sent_kinds(api) == [VERIFICATION, SUCCESS, WELCOME]
        assert good_tokens(service, account) == 0

    def test_requests_with_different_tokens_do_not_block_each_other(self, api: Api, directory: Json):
        accounts = [register(api, directory, f"u{number}").made for number in range(CALLERS)]

        answers = at_once(partial(spend, api, each) for each in accounts)

        assert outcomes(answers) == {200: CALLERS}
        assert sorted(sent_kinds(api)) == sorted([VERIFICATION, SUCCESS, WELCOME] * CALLERS)

    @pytest.mark.parametrize("turn", range(4))
    def test_a_concurrent_deletion_of_the_account_leaves_nothing(
        self, service: Service, api: Api, account: Json, turn: int
    ):
        answers = at_once([partial(spend, api, account)] * 3 + [lambda: api.delete(account["href"])])

        assert answers[-1].status == 204
        assert outcomes(answers[:-1]) in ({200: 1, (404, 404): 2}, {(404, 404): 3})
        assert id_of(account) not in str(dump(service, api.tenant_id))
        assert sent(api) == []

    @pytest.mark.parametrize("turn", range(4))
    def test_a_concurrent_deletion_of_the_directory_leaves_nothing(
        self, service: Service, api: Api, directory: Json, turn: int
    ):
        accounts = [register(api, directory, f"u{number}").made for number in range(8)]

        answers = at_once(
            [*(partial(spend, api, each) for each in accounts), lambda: api.delete(directory["href"])]
        )

        assert set(outcomes(answers[:-1])) <= {200, (404, 404)}
        assert answers[-1].status == 204
        assert id_of(directory) not in str(dump(service, api.tenant_id))

    @pytest.mark.parametrize("turn", range(4))
    def test_the_old_token_never_verifies_a_new_address(
        self, service: Service, api: Api, account: Json, turn: int
    ):
        change = partial(api.post, account["href"], {"email": "new@example.com"})

        spent, changed = at_once([partial(spend, api, account), change])

        assert changed.status == 200
        after = now(api, account)
        if spent.status == 200:
            # Verified first, and then changed: the new address is not.
            assert state(after) == ("ENABLED", "UNVERIFIED", True)
            confirmations = [SUCCESS, WELCOME]
        else:
            # What was sent to the old address says nothing about the new one.
            assert spent.error == (404, 404)
            assert state(after) == PENDING
            confirmations = []
        assert sent_kinds(api) == [VERIFICATION, *confirmations, VERIFICATION, ADDRESS_CHANGED]
        assert good_tokens(service, account) == 1
        assert spend(api, after).status == 200
        assert state(now(api, account)) == VERIFIED

    @pytest.mark.parametrize("turn", range(4))
    def test_an_account_enabled_meanwhile_keeps_no_token(
        self, service: Service, api: Api, account: Json, turn: int
    ):
        enable = partial(api.post, account["href"], {"status": "ENABLED"})

        spent, enabled = at_once([partial(spend, api, account), enable])

        assert enabled.status == 200
        after = now(api, account)
        assert (after["status"], after["emailVerificationToken"]) == ("ENABLED", None)
        assert after["emailVerificationStatus"] == ("VERIFIED" if spent.status == 200 else "UNVERIFIED")
        assert good_tokens(service, account) == 0


class TestConcurrentRegistrations:
    def test_many_new_addresses_at_once_leave_one_good_link(self, service: Service, api: Api, account: Json):
        answers = at_once(
            partial(api.post, account["href"], {"email": f"u{number}@example.com"})
            for number in range(CALLERS)
        )

        assert outcomes(answers) == {200: CALLERS}
        after = now(api, account)
        assert good_tokens(service, account) == 1
        assert spend(api, after).status == 200
        # One each to the old and the new address, of every change.
        assert sent_kinds(api).count(ADDRESS_CHANGED) == CALLERS
        assert sent(api)[-1].address == after["email"]

    def test_registrations_during_the_deletion_of_the_directory_leave_nothing(
        self, service: Service, api: Api
    ):
        application, directory = api.application_with_directory()
        switch(api, directory, *SWITCHES)

        answers = at_once(
            [
                *(partial(register, api, application, f"u{number}") for number in range(CALLERS)),
                lambda: api.delete(directory["href"]),
            ]
        )

        assert answers[-1].status == 204
        assert set(outcomes(answers[:-1])) <= {201, (400, 2016), (404, 404), (409, 5100)}
        assert id_of(directory) not in str(dump(service, api.tenant_id))
        assert sent(api) == []

    def test_accounts_registered_during_the_deletion_of_the_application_can_be_verified(
        self, service: Service, api: Api
    ):
        application, directory = api.application_with_directory()
        switch(api, directory, *SWITCHES)

        answers = at_once(
            [
                *(partial(register, api, application, f"u{number}") for number in range(CALLERS)),
                lambda: api.delete(application["href"]),
            ]
        )

        assert answers[-1].status == 204
        made = [each for each in answers if each.status == 201]
        assert set(outcomes(answers[:-1])) <= {201, (400, 2016), (404, 404), (409, 409), (409, 5100)}
        assert len(sent(api)) == len(made) == api.get(directory["accounts"]["href"]).ok["size"]
        assert all(spend(api, each.json).status == 200 for each in made)
