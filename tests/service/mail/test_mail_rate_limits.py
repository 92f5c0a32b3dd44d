"""Rate limits on e-mails, for each hour: beyond them 429, with the time to come back (rest-core 1.5)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.calls import Answer, Api, Json
from service.clock import HOUR, Clock, clock, service
from service.concurrency import at_once, outcomes
from service.mail_limits import limits, world
from service.password_resets import ask
from service.tenant_rows import dump
from service.tenant_setup import new_tenant
from stormpath.server.app import Service
from stormpath.server.settings import Settings
from stormpath.server.storage import outbox_writer
from support.outbox import kinds

pytestmark = pytest.mark.both_databases

__all__ = ["clock", "limits", "service", "world"]

GOOD = "Another1one"
REFUSED = (429, 429)


def verifies(api: Api, directory: Json, **switches: str) -> None:
    switches = switches or {"verificationEmailStatus": "ENABLED"}
    assert api.post(directory["accountCreationPolicy"]["href"], switches).status == 200


def register(api: Api, directory: Json, name: str, **query: object) -> Answer:
    body = {"email": f"{name}@example.com", "password": "Changeme1!"}
    return api.post(directory["accounts"]["href"], body, **query)


class TestLimits:
    def test_an_account_gets_no_more_emails_than_its_limit(
        self, api: Api, world: Json, limits: Callable[..., None]
    ):
        limits(account=2)
        api.account(world["directory"], "grace")

        answers = [ask(api, world["application"]) for _ in range(4)]

        assert [each.status for each in answers] == [200, 200, 429, 429]
        assert answers[2].error == REFUSED
        assert "account" in answers[2]["developerMessage"]
        assert ask(api, world["application"], "grace@example.com").status == 200

    def test_the_limit_of_an_address_counts_all_directories(
        self, api: Api, world: Json, limits: Callable[..., None]
    ):
        limits(address=3)
        application, directory = api.application_with_directory("Second")
        api.account(directory, "other", email="ADA@example.com")
        api.account(directory, "grace")

        for place in (application, world["application"], application):
            assert ask(api, place).status == 200

        for place in (application, world["application"]):
            refused = ask(api, place)
            assert refused.error == REFUSED
            assert "address" in refused["developerMessage"]
        assert ask(api, application, "grace@example.com").status == 200

    def test_a_directory_causes_no_more_emails_than_its_limit(
        self, api: Api, world: Json, limits: Callable[..., None]
    ):
        limits(directory=2)
        application, directory = api.application_with_directory("Second")
        api.account(directory)
        api.account(world["directory"], "grace")
        api.account(world["directory"], "edsger")
        api.account(world["directory"], "alan")
        api.account(world["directory"], "barbara")
        verifies(api, world["directory"])

        assert ask(api, world["application"]).status == 200
        assert ask(api, world["application"], "grace@example.com").status == 200

        refused = ask(api, world["application"])
        assert refused.error == REFUSED
        assert "directory" in refused["developerMessage"]
        # Those that got none so far, up to twice the limit.
        for name, status in (("edsger", 200), ("alan", 200), ("barbara", 429)):
            assert ask(api, world["application"], f"{name}@example.com").status == status
        # Another kind of e-mail, and another directory.
        assert register(api, world["directory"], "joe").status == 201
        assert ask(api, application).status == 200

    def test_an_account_with_a_new_address_keeps_its_count(
        self, api: Api, world: Json, limits: Callable[..., None]
    ):
        limits(account=1, address=1)
        ask(api, world["application"])
        api.post(world["account"]["href"], {"email": "countess@example.com"})

        assert ask(api, world["application"], "countess@example.com").error == REFUSED

    @pytest.mark.parametrize(
        "spelling",
        [
            '"joe"@example.com',
            r'"j\o\e"@example.com',
            "JOE@EXAMPLE.com",
            "joe@ex\uff41mple.com",
        ],
    )
    def test_all_spellings_of_an_address_share_one_limit(
        self, api: Api, world: Json, limits: Callable[..., None], spelling: str
    ):
        limits(address=1)
        verifies(api, world["directory"])
        other = api.directory("Another")
        verifies(api, other)
        assert register(api, world["directory"], "joe").status == 201

        refused = api.post(other["accounts"]["href"], {"email": spelling, "password": "Changeme1!"})

        assert refused.error == REFUSED

    @pytest.mark.parametrize("limit", ["address", "directory"])
    def test_emails_to_deleted_accounts_still_count(
        self, api: Api, world: Json, limits: Callable[..., None], limit: str
    ):
        limits(**{limit: 2})
        verifies(api, world["directory"])
        for _ in range(2):
            api.delete(register(api, world["directory"], "joe").made["href"])

        assert register(api, world["directory"], "joe").error == REFUSED

    def test_an_address_is_counted_over_directories_that_come_and_go(
        self, service: Service, api: Api, limits: Callable[..., None]
    ):
        limits(address=2)
        answers = []
        for n in range(3):
            directory = api.directory(f"Crew {n}")
            verifies(api, directory)
            answers.append(register(api, directory, "joe").status)
            api.delete(directory["href"])

        assert answers == [201, 201, 429]
        assert not [text for _, text in dump(service, api.tenant_id) if "joe@example.com" in text]

    def test_each_tenant_has_limits_of_its_own(
        self, service: Service, api: Api, world: Json, limits: Callable[..., None]
    ):
        limits(address=1, account=1, directory=1)
        other = new_tenant(service)
        application, directory = other.application_with_directory()
        other.account(directory)
        ask(api, world["application"])

        assert ask(other, application).status == 200
        assert ask(other, application).error == REFUSED

    def test_without_limits_all_emails_are_allowed(
        self, service: Service, api: Api, world: Json, limits: Callable[..., None]
    ):
        limits()

        assert outcomes(ask(api, world["application"]) for _ in range(25)) == {200: 25}
        assert kinds(service, api.tenant_id) == ["reset"] * 25

    def test_the_service_has_limits_by_default(self, api: Api, world: Json):
        defaults = Settings("sqlite://")
        assert (defaults.mails_per_address, defaults.mails_per_account) == (20, 20)
        assert defaults.mails_per_directory == 5000

        answers = [ask(api, world["application"]) for _ in range(21)]

        assert outcomes(answers) == {200: 20, REFUSED: 1}

    def test_counts_older_than_an_hour_are_removed(
        self,
        service: Service,
        api: Api,
        world: Json,
        limits: Callable[..., None],
        clock: Clock,
        monkeypatch: pytest.MonkeyPatch,
    ):
        monkeypatch.setattr(outbox_writer, "PURGE_EVERY", 1)
        limits(account=3)
        ask(api, world["application"])
        clock.moves(HOUR / 2)
        ask(api, world["application"])
        clock.moves(HOUR / 2 + 1)
        ask(api, world["application"])

        kept = [table for table, _ in dump(service, api.tenant_id) if table == "mailings"]
        assert len(kept) == 2


class TestRetryAfter:
    def test_retry_after_says_when_the_next_email_is_allowed(
        self, api: Api, world: Json, limits: Callable[..., None], clock: Clock
    ):
        limits(account=2)
        ask(api, world["application"])
        clock.moves(2400.4)
        ask(api, world["application"])
        clock.moves(60)

        refused = ask(api, world["application"])

        # The first of the two is an hour old then.
        wait = int(refused.headers["retry-after"])
        assert wait == 3600 - 2460
        assert f"{wait} seconds" in refused["developerMessage"]
        clock.moves(wait - 1)
        assert ask(api, world["application"]).headers["retry-after"] == "1"
        clock.moves(1)
        assert ask(api, world["application"]).status == 200
        # Half an hour after that one: as often as two an hour.
        assert ask(api, world["application"]).headers["retry-after"] == "1800"

    def test_a_refused_request_does_not_count(
        self, api: Api, world: Json, limits: Callable[..., None], clock: Clock
    ):
        limits(account=1)
        ask(api, world["application"])

        waits = []
        for _ in range(3):
            clock.moves(100)
            waits.append(int(ask(api, world["application"]).headers["retry-after"]))

        assert waits == [3500, 3400, 3300]

    def test_retry_after_is_when_the_last_of_the_limits_has_room(
        self, api: Api, world: Json, limits: Callable[..., None], clock: Clock
    ):
        limits(account=1, address=1, directory=2)
        api.account(world["directory"], "grace")
        ask(api, world["application"])
        clock.moves(1000)
        ask(api, world["application"], "grace@example.com")
        clock.moves(1000)

        # Her own: the address has room in 2600 seconds, the directory in 1600.
        wait = int(ask(api, world["application"], "grace@example.com").headers["retry-after"])

        assert wait == 2600
        clock.moves(wait)
        assert ask(api, world["application"], "grace@example.com").status == 200

    @pytest.mark.parametrize("back", [90, HOUR, 30 * HOUR])
    def test_a_clock_that_is_put_back_allows_no_more_than_the_limit_again(
        self, api: Api, world: Json, limits: Callable[..., None], clock: Clock, back: int
    ):
        limits(account=2)
        outcomes(ask(api, world["application"]) for _ in range(2))

        clock.moves(-back)

        answers = [ask(api, world["application"]) for _ in range(3)]
        assert [each.status for each in answers] == [200, 200, 429]
        assert answers[2].headers["retry-after"] == "1800"

    def test_clocks_of_two_machines_may_differ_a_little(
        self, api: Api, world: Json, limits: Callable[..., None], clock: Clock
    ):
        limits(account=1)
        ask(api, world["application"])

        clock.moves(-2)

        refused = ask(api, world["application"])
        assert (refused.error, refused.headers["retry-after"]) == (REFUSED, "3602")


class TestRefusals:
    def test_a_refused_reset_stores_nothing(
        self, service: Service, api: Api, world: Json, limits: Callable[..., None]
    ):
        limits(account=1)
        ask(api, world["application"])
        before = dump(service, api.tenant_id)

        assert ask(api, world["application"]).error == REFUSED

        assert dump(service, api.tenant_id) == before

    @pytest.mark.parametrize("switch", ["verificationEmailStatus", "welcomeEmailStatus"])
    def test_a_refused_registration_stores_nothing(
        self, service: Service, api: Api, world: Json, limits: Callable[..., None], switch: str
    ):
        limits(directory=1)
        verifies(api, world["directory"], **{switch: "ENABLED"})
        assert register(api, world["directory"], "joe").status == 201
        assert register(api, world["directory"], "jane").status == 201
        before = dump(service, api.tenant_id)

        refused = register(api, world["directory"], "jim")

        assert refused.error == REFUSED
        assert refused.headers["retry-after"] == "3600"
        assert dump(service, api.tenant_id) == before

    def test_a_refused_verification_email_stores_nothing(
        self, service: Service, api: Api, world: Json, limits: Callable[..., None]
    ):
        limits(account=1)
        verifies(api, world["directory"])
        register(api, world["directory"], "joe")
        before = dump(service, api.tenant_id)

        again = api.post(world["application"]["verificationEmails"]["href"], {"login": "joe@example.com"})

        assert again.error == REFUSED
        assert dump(service, api.tenant_id) == before

    def test_tokens_are_not_limited_where_their_email_is_off(
        self, service: Service, api: Api, world: Json, limits: Callable[..., None]
    ):
        limits(account=1, address=1, directory=1)
        api.post(world["directory"]["passwordPolicy"]["href"], {"resetEmailStatus": "DISABLED"})

        answers = [ask(api, world["application"]) for _ in range(3)]

        assert outcomes(answers) == {200: 3}
        assert kinds(service, api.tenant_id) == []


class TestExceptions:
    def test_the_email_about_a_spent_token_is_not_limited(
        self, service: Service, api: Api, world: Json, limits: Callable[..., None]
    ):
        limits(account=1, address=1, directory=1)
        href = ask(api, world["application"]).ok["href"]

        assert api.post(href, {"password": GOOD}).status == 200

        assert kinds(service, api.tenant_id) == ["reset", "resetSuccess"]

    def test_emails_about_a_verified_address_are_not_limited(
        self, service: Service, api: Api, world: Json, limits: Callable[..., None]
    ):
        limits(account=1, address=1, directory=1)
        switches = ["verificationEmailStatus", "verificationSuccessEmailStatus", "welcomeEmailStatus"]
        verifies(api, world["directory"], **dict.fromkeys(switches, "ENABLED"))
        joe = register(api, world["directory"], "joe").made

        assert api.post(joe["emailVerificationToken"]["href"]).status == 200

        assert kinds(service, api.tenant_id) == ["verification", "verificationSuccess", "welcome"]

    def test_emails_that_are_not_limited_are_counted_for_notices_alone(
        self, api: Api, world: Json, limits: Callable[..., None]
    ):
        limits(directory=1)
        api.account(world["directory"], "grace")
        api.post(ask(api, world["application"]).ok["href"], {"password": GOOD})

        # Beyond the limit of resets, not beyond its double: the confirmation is none.
        assert ask(api, world["application"], "grace@example.com").status == 200

    def test_a_registration_without_the_workflow_is_not_limited(
        self, service: Service, api: Api, world: Json, limits: Callable[..., None]
    ):
        limits(directory=1)
        verifies(api, world["directory"])
        register(api, world["directory"], "jane")

        for number in range(3):
            made = register(api, world["directory"], f"u{number}", registrationWorkflowEnabled="false")
            assert made.status == 201
        assert register(api, world["directory"], "joe").status == 201
        assert register(api, world["directory"], "jim").error == REFUSED
        assert register(api, world["directory"], "jim", registrationWorkflowEnabled="false").status == 201
        assert kinds(service, api.tenant_id) == ["verification"] * 2

    def test_a_registration_in_a_directory_that_sends_nothing_is_not_limited(
        self, api: Api, world: Json, limits: Callable[..., None]
    ):
        limits(directory=1)
        ask(api, world["application"])

        assert register(api, world["directory"], "joe").status == 201


class TestConcurrency:
    def test_concurrent_requests_for_one_account_cause_exactly_as_many_emails_as_its_limit(
        self, service: Service, api: Api, world: Json, limits: Callable[..., None]
    ):
        limits(account=5)

        answers = at_once([lambda: ask(api, world["application"])] * 32)

        assert outcomes(answers) == {200: 5, REFUSED: 27}
        assert kinds(service, api.tenant_id) == ["reset"] * 5
        assert {api.get(each["href"]).status for each in answers if each.status == 200} == {200}
