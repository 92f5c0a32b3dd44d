"""Registrations: one e-mail each, none where it is refused, no cost where it is off (rest-core 6.12)."""

from dataclasses import replace
from functools import partial

import pytest

from service.calls import Api, Json
from service.concurrency import CALLERS, at_once, outcomes
from service.registration import (
    PLACES,
    SUCCESS,
    SWITCHES,
    VERIFICATION,
    WELCOME,
    Place,
    created_once,
    good_tokens,
    register,
    sent,
    sent_kinds,
    spend,
    state,
    switch,
    through_the_group_of_an_application,
    token_of,
)
from service.tenant_rows import dump
from stormpath.server.app import Service
from support.statements import on_table, statements, without_key_lookups


class TestRepeats:
    @pytest.fixture
    def directory(self, api: Api) -> Json:
        directory = api.directory()
        switch(api, directory, VERIFICATION)
        return directory

    def test_a_repeated_request_sends_no_second_e_mail(self, service: Service, api: Api, directory: Json):
        first, again = (created_once(api, directory, "a-key").made for _ in range(2))

        assert first == again
        assert [each.token for each in sent(api)] == [token_of(first)]
        assert good_tokens(service, first) == 1

    def test_a_repeat_after_the_verification_shows_the_verified_account(self, api: Api, directory: Json):
        first = created_once(api, directory, "a-key").made
        spend(api, first)

        again = created_once(api, directory, "a-key").made

        assert state(again) == ("ENABLED", "VERIFIED", False)
        assert sent_kinds(api) == [VERIFICATION]

    def test_concurrent_repeats_send_one_e_mail(self, service: Service, api: Api, directory: Json):
        answers = at_once([partial(created_once, api, directory, "a-key")] * CALLERS)

        assert outcomes(answers) == {201: CALLERS}
        assert len({each["href"] for each in answers}) == 1
        assert [each.token for each in sent(api)] == [token_of(answers[0].json)]
        assert good_tokens(service, answers[0].json) == 1

    @pytest.mark.parametrize("place", PLACES)
    @pytest.mark.parametrize("switches", [(VERIFICATION,), (WELCOME,)])
    def test_one_of_many_concurrent_registrations_gets_an_address(
        self, api: Api, place: Place, switches: tuple[str, ...]
    ):
        owner, directory = place(api)
        switch(api, directory, *switches)

        answers = at_once(partial(register, api, owner) for _ in range(CALLERS))

        assert outcomes(answers) == {201: 1, (409, 2001): CALLERS - 1}
        assert api.get(directory["accounts"]["href"]).ok["size"] == 1
        assert sent_kinds(api) == list(switches)


class TestRefusedRegistration:
    """A refused creation leaves nothing: neither account, nor token, nor e-mail."""

    @pytest.fixture
    def directory(self, api: Api) -> Json:
        directory = api.directory()
        policy = {"emailDomainBlacklist": ["*.bad"]}
        api.post(directory["accountCreationPolicy"]["href"], policy)
        switch(api, directory, VERIFICATION)
        register(api, directory, "taken")
        return directory

    @pytest.mark.parametrize(
        ("wrong", "error"),
        [
            ({"email": "Taken@example.com"}, (409, 2001)),
            ({"username": "TAKEN"}, (409, 2001)),
            ({"email": "ada@very.bad"}, (400, 7205)),
            ({"password": "short"}, (400, 2007)),
            ({"customData": {"a b": 1}}, (400, 3002)),
            ({"status": "PENDING"}, (400, 2003)),
            ({"bogus": 1}, (400, 2015)),
        ],
    )
    def test_a_refused_registration_changes_nothing(
        self, service: Service, api: Api, directory: Json, wrong: Json, error: tuple[int, int]
    ):
        before = dump(service, api.tenant_id)

        assert register(api, directory, **wrong).error == error

        assert dump(service, api.tenant_id) == before

    @pytest.mark.parametrize("switches", [(VERIFICATION,), (WELCOME,)])
    def test_a_registration_beyond_the_limit_is_refused_and_changes_nothing(
        self, service: Service, api: Api, monkeypatch: pytest.MonkeyPatch, switches: tuple[str, ...]
    ):
        application, directory = through_the_group_of_an_application(api)
        switch(api, directory, *switches)
        register(api, application, "first")
        register(api, application, "second")
        before = dump(service, api.tenant_id)
        monkeypatch.setattr(service, "settings", replace(service.settings, mails_per_directory=1))

        answer = register(api, application)

        assert answer.error == (429, 429)
        assert int(answer.headers["retry-after"]) > 0
        # Faults of the account itself are reported first.
        assert register(api, application, "first").error == (409, 2001)
        assert register(api, application, password="short").error == (400, 2007)
        assert dump(service, api.tenant_id) == before
        # It is the e-mail that is refused, not the account.
        assert register(api, application, workflow="false").status == 201


class TestCost:
    """A directory that sends no e-mail has no extra cost."""

    def test_a_registration_without_e_mails_costs_no_extra_statement(self, service: Service, api: Api):
        directory = api.directory()
        switch(api, directory, SUCCESS)
        register(api, directory, "warm")

        with statements(service) as quiet:
            assert register(api, directory, "ada").status == 201
        with statements(service) as suppressed:
            assert register(api, directory, "grace", workflow="false").status == 201

        assert without_key_lookups(quiet) == without_key_lookups(suppressed)
        assert len(on_table(quiet, "account_creation_policies")) == 1
        for table in ("workflow_tokens", "outbox", "email_templates"):
            assert on_table(quiet, table) == [], table

    def test_the_policy_is_read_once(self, service: Service, api: Api):
        application, directory = api.application_with_directory()
        switch(api, directory, *SWITCHES)
        register(api, application, "warm")

        with statements(service) as sent:
            assert register(api, application).status == 201

        assert len(on_table(sent, "account_creation_policies")) == 1
        assert len(on_table(sent, "workflow_tokens")) == 1
        assert len([each for each in on_table(sent, "outbox") if "INSERT" in each]) == 1

    def test_reading_and_logging_in_cost_the_same_for_a_pending_account(self, service: Service, api: Api):
        application, directory = api.application_with_directory()
        switch(api, directory, VERIFICATION)
        pending = register(api, application).made
        quiet = register(api, application, "grace", workflow="false").made
        # Once a minute, a login counts the kinds of hashes.
        api.log_in(application, "nobody")

        costs = []
        for account in (pending, quiet):
            with statements(service) as sent:
                assert api.get(account["href"]).status == 200
                api.log_in(application, account["username"])
            costs.append(without_key_lookups(sent))

        assert costs[0] == costs[1]
        assert len(costs[0]) == 3
