"""Limits on e-mails are no weapon: a flood does not keep people from the e-mails that they need."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from service.calls import Answer, Api, Json, id_of
from service.clock import HOUR, Clock, clock, service
from service.concurrency import at_once, outcomes
from service.mail_limits import limits, world
from service.password_resets import ask
from service.registration import ADDRESS_CHANGED, VERIFICATION, register, sent, sent_kinds, spend, switch
from service.tenant_setup import new_tenant
from stormpath.server.app import Service
from stormpath.server.domain.outbox import ReachedLimit
from stormpath.server.jobs import limit_log
from stormpath.server.jobs.limit_log import LimitLog
from stormpath.server.jobs.rate_limits import RESERVE_MS, Recipient
from stormpath.server.mail.mailboxes import counted_mailbox
from support.outbox import StoredEmail

__all__ = ["clock", "limits", "service", "world"]

ADA = "ada@example.com"
REFUSED = (429, 429)
RESERVE = RESERVE_MS / 1000

#: The limit in most of these tests: the smallest beyond which there is one e-mail each five minutes.
LIMIT = 12


def resend(api: Api, world: Json, login: str) -> Answer:
    return api.post(world["application"]["verificationEmails"]["href"], {"login": login})


def flood(api: Api, world: Json, email: str = ADA, number: int = LIMIT) -> None:
    for _ in range(number):
        assert ask(api, world["application"], email).status == 200


class TestOneAddress:
    @pytest.fixture(autouse=True)
    def limit(self, limits: Callable[..., None]) -> None:
        limits(address=LIMIT, account=LIMIT)

    def test_a_stranger_delays_the_owners_own_reset_by_minutes_not_by_an_hour(
        self, api: Api, world: Json, clock: Clock
    ):
        flood(api, world)
        refused = ask(api, world["application"])
        assert refused.error == REFUSED
        assert int(refused.headers["retry-after"]) == RESERVE

        clock.moves(RESERVE)

        assert ask(api, world["application"]).status == 200

    def test_an_address_gets_at_most_the_limit_and_one_each_five_minutes(
        self, api: Api, world: Json, clock: Clock
    ):
        answers: list[Answer] = []
        for _ in range(24):
            answers += [ask(api, world["application"]) for _ in range(2)]
            clock.moves(HOUR / 24)

        # The limit within the first 15 minutes, and one each five minutes of the other 45.
        assert outcomes(answers)[200] == LIMIT + 9

    def test_each_link_of_the_flood_begins_a_fresh_budget(self, api: Api, world: Json):
        flood(api, world)
        token = sent(api)[-1].token
        href = f"{world['application']['passwordResetTokens']['href']}/{token}"
        assert ask(api, world["application"]).error == REFUSED

        assert api.post(href, {"password": "Another1one"}).status == 200

        flood(api, world)
        assert ask(api, world["application"]).error == REFUSED

    def test_a_link_that_is_only_looked_at_begins_no_budget(self, api: Api, world: Json):
        flood(api, world)
        href = f"{world['application']['passwordResetTokens']['href']}/{sent(api)[-1].token}"

        assert api.get(href).status == 200
        assert api.post(href, {"password": "short"}).status == 400

        assert ask(api, world["application"]).error == REFUSED

    def test_resets_verifications_and_notices_have_budgets_of_their_own(self, api: Api, world: Json):
        switch(api, world["directory"], VERIFICATION)
        flood(api, world)

        for _ in range(LIMIT):
            assert resend(api, world, "ada").status == 202
        assert resend(api, world, "ada").error == REFUSED

        # Refused for the new address: the account has had its verification e-mails.
        refused = api.post(world["account"]["href"], {"email": "new@example.com"})
        assert refused.error == REFUSED
        assert api.get(world["account"]["href"]).ok["email"] == ADA
        assert Counter(sent_kinds(api)) == {"reset": LIMIT, VERIFICATION: LIMIT}

    def test_a_verified_address_gets_its_notice_in_any_case(
        self, api: Api, world: Json, limits: Callable[..., None]
    ):
        limits(address=2)
        switch(api, world["directory"], VERIFICATION)
        other = api.directory("Other")
        switch(api, other, VERIFICATION)
        # A stranger uses up the notices to her address, with an account that has it now and then.
        theirs = register(api, other, "stranger").made
        for number in range(4):
            address = "grace@example.com" if number % 2 == 0 else f"away{number}@example.com"
            assert api.post(theirs["href"], {"email": address}).status == 200
        account = register(api, world["directory"], "ann", email="ann@example.com").made
        assert spend(api, account).status == 200
        api.post(account["href"], {"email": "grace@example.com", "emailVerificationStatus": "VERIFIED"})
        notices = _notices_to(api, "grace@example.com")
        assert len(notices) == 2

        assert api.post(account["href"], {"email": "new@example.com"}).status == 200

        assert len(_notices_to(api, "grace@example.com")) == 3

    def test_a_loop_of_address_changes_sends_no_more_than_a_budget_of_each_kind(self, api: Api, world: Json):
        switch(api, world["directory"], VERIFICATION)

        answers = [
            api.post(world["account"]["href"], {"email": f"victim{number % 2}@example.com"})
            for number in range(2 * LIMIT)
        ]

        assert REFUSED in outcomes(answers)
        assert Counter(sent_kinds(api)) == {VERIFICATION: LIMIT, ADDRESS_CHANGED: LIMIT}
        assert max(Counter(each.address for each in sent(api)).values()) == LIMIT

    @pytest.mark.either_database
    @pytest.mark.parametrize(
        "form", ["target+{}@example.com", '"target+{}"@example.com', "Target+{}@EXAMPLE.com"]
    )
    def test_plus_addresses_count_as_their_mailbox(self, api: Api, world: Json, form: str):
        switch(api, world["directory"], VERIFICATION)

        answers = [
            register(api, world["directory"], f"u{number}", email=form.format(number))
            for number in range(LIMIT + 2)
        ]

        assert outcomes(answers) == {201: LIMIT, REFUSED: 2}
        assert register(api, world["directory"], "target").error == REFUSED
        assert register(api, world["directory"], "targeted").status == 201


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("joe+a+b@example.com", "joe@example.com"),
        ("JOE@example.com", "joe@example.com"),
        ("+joe@example.com", "+joe@example.com"),
        ("joe@b\u00fccher.example", "joe@xn--bcher-kva.example"),
        ("joe@exam+ple.com", "joe@exam+ple.com"),
        ("no address", "@no address"),
    ],
)
def test_an_address_counts_for_its_mailbox_alone(address: str, mailbox: str):
    assert counted_mailbox(address) == mailbox


def _notices_to(api: Api, address: str) -> list[StoredEmail]:
    return [each for each in sent(api) if (each.kind, each.address) == (ADDRESS_CHANGED, address)]


class TestDirectory:
    def test_a_full_directory_still_sends_to_those_that_got_nothing(
        self, api: Api, world: Json, limits: Callable[..., None], clock: Clock
    ):
        limits(directory=10, account=20, address=20)
        api.account(world["directory"], "grace")
        flood(api, world, number=10)

        assert ask(api, world["application"]).error == REFUSED
        assert ask(api, world["application"], "grace@example.com").status == 200
        # Now she is where Ada is.
        refused = ask(api, world["application"], "grace@example.com")
        assert refused.error == REFUSED
        clock.moves(int(refused.headers["retry-after"]))
        assert ask(api, world["application"], "grace@example.com").status == 200

    def test_it_sends_to_them_also_when_a_millisecond_passes_meanwhile(
        self, api: Api, world: Json, limits: Callable[..., None], clock: Clock
    ):
        limits(directory=10, account=20, address=20)
        api.account(world["directory"], "grace")
        flood(api, world, number=10)
        clock.tick = 1

        assert ask(api, world["application"], "grace@example.com").status == 200

    def test_registrations_by_the_thousand_keep_no_account_from_its_reset(
        self, api: Api, world: Json, limits: Callable[..., None]
    ):
        limits(directory=10)
        switch(api, world["directory"], VERIFICATION)

        answers = [register(api, world["directory"], f"u{number}") for number in range(25)]

        assert outcomes(answers) == {201: 20, REFUSED: 5}
        assert ask(api, world["application"]).status == 200

    def test_twice_its_limit_is_the_most_that_a_directory_sends(
        self, service: Service, api: Api, world: Json, limits: Callable[..., None]
    ):
        limits(directory=8)
        for number in range(24):
            api.account(world["directory"], f"u{number}")

        answers = at_once(
            partial(ask, api, world["application"], f"u{number}@example.com") for number in range(24)
        )

        # Requests at the very same moment do not see each other's e-mails (PostgreSQL).
        assert 16 <= outcomes(answers)[200] <= 24
        assert ask(api, world["application"]).error == REFUSED


class TestConcurrency:
    def test_many_requests_at_once_and_a_used_link_cause_no_more_than_two_budgets(
        self, api: Api, world: Json, limits: Callable[..., None]
    ):
        limits(account=5)
        href = ask(api, world["application"]).ok["href"]

        *answers, used = at_once(
            [partial(ask, api, world["application"])] * 20
            + [lambda: api.post(href, {"password": "Another1one"})]
        )

        assert used.status == 200
        assert 4 <= outcomes(answers)[200] <= 9
        assert sent_kinds(api).count("reset") == 1 + outcomes(answers)[200]


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged about limits; each refusal is a security event besides."""
    return [each.getMessage() for each in caplog.records if each.name == limit_log.__name__]


@pytest.mark.either_database
class TestLog:
    """What the operator reads: once an hour for each limit, with ids, and no address."""

    @pytest.fixture(autouse=True)
    def fresh_log(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(limit_log, "report", LimitLog().report)

    def test_a_limit_is_logged_once_an_hour_however_many_requests_it_refuses(
        self,
        api: Api,
        world: Json,
        limits: Callable[..., None],
        clock: Clock,
        caplog: pytest.LogCaptureFixture,
    ):
        limits(account=2, address=20)
        api.account(world["directory"], "grace")

        with caplog.at_level(logging.WARNING, logger="stormpath"):
            for email in (ADA, "grace@example.com"):
                for _ in range(12):
                    ask(api, world["application"], email)
            first = told(caplog)
            clock.moves(HOUR + 1)
            for _ in range(12):
                ask(api, world["application"])

        assert len(first) == 2
        assert len(told(caplog)) == 3
        assert id_of(world["account"]) in first[0]
        assert id_of(world["directory"]) in first[0]
        assert "example.com" not in caplog.text

    def test_each_tenant_is_logged_by_itself(
        self,
        service: Service,
        api: Api,
        world: Json,
        limits: Callable[..., None],
        caplog: pytest.LogCaptureFixture,
    ):
        limits(address=1)
        stranger = new_tenant(service)
        application, directory = stranger.application_with_directory()
        stranger.account(directory)

        for caller, place in ((api, world["application"]), (stranger, application)):
            for _ in range(3):
                ask(caller, place)

        assert len(told(caplog)) == 2


def test_the_log_remembers_so_many_limits_and_no_more(caplog: pytest.LogCaptureFixture):
    log, account = LimitLog(remembered=100), Recipient("", "a", "d")

    for number in range(1000):
        log.report("tenant", str(number), "account", 20, "reset", account, number)

    assert len(log._reported) == 100


def test_the_operator_sees_which_limits_are_reached(
    service: Service, api: Api, world: Json, limits: Callable[..., None], clock: Clock
):
    limits(account=2, address=3, directory=4)
    grace = api.account(world["directory"], "grace")
    for email in (ADA, ADA, "grace@example.com", "grace@example.com"):
        ask(api, world["application"], email)

    reached = _reached_by(service, api)

    directory = id_of(world["directory"])
    assert {
        (each.what, each.messages, each.limit, each.directory_id, each.account_id) for each in reached
    } == {
        ("account", 2, 2, directory, id_of(world["account"])),
        ("account", 2, 2, directory, id_of(grace)),
        ("directory", 4, 4, directory, None),
    }
    assert {each.kind for each in reached} == {"reset"}
    clock.moves(HOUR + 60)
    assert _reached_by(service, api) == []


def _reached_by(service: Service, api: Api) -> list[ReachedLimit]:
    return [each for each in service.reached_limits() if each.tenant_id == api.tenant_id]
