"""How many e-mails may be caused in an hour: beyond that 429, with the time to come back (rest-core 1.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from service.calls import Answer, Api, Json
from service.clock import HOUR, Clock, clock, service
from service.concurrency import at_once, outcomes
from service.password_resets import ask
from service.tenant_rows import dump
from service.tenant_setup import new_tenant
from stormpath.server.app import Service
from stormpath.server.settings import Settings
from stormpath.server.storage import email_counts
from support.outbox import kinds

__all__ = ["clock", "service"]

GOOD = "Another1one"
REFUSED = (429, 429)


@pytest.fixture
def caps(service: Service, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set the caps of the service; those that are not named are lifted."""

    def set_caps(*, address: int = 0, account: int = 0, directory: int = 0) -> None:
        settings = replace(
            service.settings,
            mails_per_address=address,
            mails_per_account=account,
            mails_per_directory=directory,
        )
        monkeypatch.setattr(service, "settings", settings)

    return set_caps


@pytest.fixture
def world(api: Api) -> Json:
    application, directory = api.application_with_directory()
    return {"application": application, "directory": directory, "account": api.account(directory)}


def verifies(api: Api, directory: Json, **switches: str) -> None:
    switches = switches or {"verificationEmailStatus": "ENABLED"}
    assert api.post(directory["accountCreationPolicy"]["href"], switches).status == 200


def register(api: Api, directory: Json, name: str, **query: object) -> Answer:
    body = {"email": f"{name}@example.com", "password": "Changeme1"}
    return api.post(directory["accounts"]["href"], body, **query)


class TestEach:
    def test_an_account_gets_so_many(self, api: Api, world: Json, caps: Callable[..., None]):
        caps(account=2)
        api.account(world["directory"], "grace")

        answers = [ask(api, world["application"]) for _ in range(4)]

        assert [each.status for each in answers] == [200, 200, 429, 429]
        assert answers[2].error == REFUSED
        assert "account" in answers[2]["developerMessage"]
        assert ask(api, world["application"], "grace@example.com").status == 200

    def test_an_address_gets_so_many_in_all_directories(
        self, api: Api, world: Json, caps: Callable[..., None]
    ):
        caps(address=3)
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

    def test_a_directory_gets_so_many(self, api: Api, world: Json, caps: Callable[..., None]):
        caps(directory=2)
        application, directory = api.application_with_directory("Second")
        api.account(directory)
        api.account(world["directory"], "grace")
        verifies(api, world["directory"])

        assert ask(api, world["application"]).status == 200
        assert ask(api, world["application"], "grace@example.com").status == 200

        refused = ask(api, world["application"])
        assert refused.error == REFUSED
        assert "directory" in refused["developerMessage"]
        assert register(api, world["directory"], "joe").error == REFUSED
        assert ask(api, application).status == 200

    def test_a_move_to_another_address_does_not_make_another_account(
        self, api: Api, world: Json, caps: Callable[..., None]
    ):
        caps(account=1, address=1)
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
            "joe@exam\u00adple.com",
        ],
    )
    def test_an_address_is_one_however_it_is_spelt(
        self, api: Api, world: Json, caps: Callable[..., None], spelling: str
    ):
        caps(address=1)
        verifies(api, world["directory"])
        other = api.directory("Another")
        verifies(api, other)
        assert register(api, world["directory"], "joe").status == 201

        refused = api.post(other["accounts"]["href"], {"email": spelling, "password": "Changeme1"})

        assert refused.error == REFUSED

    @pytest.mark.parametrize("cap", ["address", "directory"])
    def test_whoever_is_deleted_was_counted(self, api: Api, world: Json, caps: Callable[..., None], cap: str):
        caps(**{cap: 2})
        verifies(api, world["directory"])
        for _ in range(2):
            api.delete(register(api, world["directory"], "joe").made["href"])

        assert register(api, world["directory"], "joe").error == REFUSED

    def test_an_address_is_counted_over_directories_that_come_and_go(
        self, service: Service, api: Api, caps: Callable[..., None]
    ):
        caps(address=2)
        answers = []
        for n in range(3):
            directory = api.directory(f"Crew {n}")
            verifies(api, directory)
            answers.append(register(api, directory, "joe").status)
            api.delete(directory["href"])

        assert answers == [201, 201, 429]
        assert not [text for _, text in dump(service, api.tenant_id) if "joe@example.com" in text]

    def test_another_tenant_has_its_own(
        self, service: Service, api: Api, world: Json, caps: Callable[..., None]
    ):
        caps(address=1, account=1, directory=1)
        other = new_tenant(service)
        application, directory = other.application_with_directory()
        other.account(directory)
        ask(api, world["application"])

        assert ask(other, application).status == 200
        assert ask(other, application).error == REFUSED

    def test_none_lets_all_through(self, service: Service, api: Api, world: Json, caps: Callable[..., None]):
        caps()

        assert outcomes(ask(api, world["application"]) for _ in range(25)) == {200: 25}
        assert kinds(service, api.tenant_id) == ["reset"] * 25

    def test_unless_it_is_told_the_service_has_some(self, api: Api, world: Json):
        defaults = Settings("sqlite://")
        assert (defaults.mails_per_address, defaults.mails_per_account) == (20, 20)
        assert defaults.mails_per_directory == 5000

        answers = [ask(api, world["application"]) for _ in range(21)]

        assert outcomes(answers) == {200: 20, REFUSED: 1}

    def test_what_counts_no_more_is_forgotten(
        self,
        service: Service,
        api: Api,
        world: Json,
        caps: Callable[..., None],
        clock: Clock,
        monkeypatch: pytest.MonkeyPatch,
    ):
        monkeypatch.setattr(email_counts, "FORGET_EVERY", 1)
        caps(account=3)
        ask(api, world["application"])
        clock.moves(HOUR / 2)
        ask(api, world["application"])
        clock.moves(HOUR / 2 + 1)
        ask(api, world["application"])

        kept = [table for table, _ in dump(service, api.tenant_id) if table == "mailings"]
        assert len(kept) == 2


class TestComingBack:
    def test_the_service_says_when(self, api: Api, world: Json, caps: Callable[..., None], clock: Clock):
        caps(account=2)
        ask(api, world["application"])
        clock.moves(600.4)
        ask(api, world["application"])
        clock.moves(60)

        refused = ask(api, world["application"])

        # The first of the two is an hour old then.
        wait = int(refused.headers["retry-after"])
        assert wait == 3600 - 660
        assert f"{wait} seconds" in refused["developerMessage"]
        clock.moves(wait - 1)
        assert ask(api, world["application"]).headers["retry-after"] == "1"
        clock.moves(1)
        assert ask(api, world["application"]).status == 200
        # The second one.
        assert ask(api, world["application"]).headers["retry-after"] == "600"

    def test_a_refusal_does_not_make_it_longer(
        self, api: Api, world: Json, caps: Callable[..., None], clock: Clock
    ):
        caps(account=1)
        ask(api, world["application"])

        waits = []
        for _ in range(3):
            clock.moves(100)
            waits.append(int(ask(api, world["application"]).headers["retry-after"]))

        assert waits == [3500, 3400, 3300]

    def test_it_is_when_nothing_stands_in_the_way_any_more(
        self, api: Api, world: Json, caps: Callable[..., None], clock: Clock
    ):
        caps(account=1, address=1, directory=2)
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
    def test_a_clock_that_is_put_back_gives_nobody_more_than_before(
        self, api: Api, world: Json, caps: Callable[..., None], clock: Clock, back: int
    ):
        caps(account=2)
        outcomes(ask(api, world["application"]) for _ in range(2))

        clock.moves(-back)

        answers = [ask(api, world["application"]) for _ in range(3)]
        assert [each.status for each in answers] == [200, 200, 429]
        assert answers[2].headers["retry-after"] == "3600"

    def test_clocks_of_two_machines_may_differ_a_little(
        self, api: Api, world: Json, caps: Callable[..., None], clock: Clock
    ):
        caps(account=1)
        ask(api, world["application"])

        clock.moves(-2)

        refused = ask(api, world["application"])
        assert (refused.error, refused.headers["retry-after"]) == (REFUSED, "3602")


class TestNothingIsLeft:
    def test_of_a_reset(self, service: Service, api: Api, world: Json, caps: Callable[..., None]):
        caps(account=1)
        ask(api, world["application"])
        before = dump(service, api.tenant_id)

        assert ask(api, world["application"]).error == REFUSED

        assert dump(service, api.tenant_id) == before

    @pytest.mark.parametrize("switch", ["verificationEmailStatus", "welcomeEmailStatus"])
    def test_of_a_registration(
        self, service: Service, api: Api, world: Json, caps: Callable[..., None], switch: str
    ):
        caps(directory=1)
        verifies(api, world["directory"], **{switch: "ENABLED"})
        assert register(api, world["directory"], "joe").status == 201
        before = dump(service, api.tenant_id)

        refused = register(api, world["directory"], "jim")

        assert refused.error == REFUSED
        assert refused.headers["retry-after"] == "3600"
        assert dump(service, api.tenant_id) == before

    def test_of_a_verification_email(
        self, service: Service, api: Api, world: Json, caps: Callable[..., None]
    ):
        caps(account=1)
        verifies(api, world["directory"])
        register(api, world["directory"], "joe")
        before = dump(service, api.tenant_id)

        again = api.post(world["application"]["verificationEmails"]["href"], {"login": "joe@example.com"})

        assert again.error == REFUSED
        assert dump(service, api.tenant_id) == before

    def test_a_token_is_kept_where_its_email_is_off(
        self, service: Service, api: Api, world: Json, caps: Callable[..., None]
    ):
        caps(account=1, address=1, directory=1)
        api.post(world["directory"]["passwordPolicy"]["href"], {"resetEmailStatus": "DISABLED"})

        answers = [ask(api, world["application"]) for _ in range(3)]

        assert outcomes(answers) == {200: 3}
        assert kinds(service, api.tenant_id) == []


class TestWhatIsNotCapped:
    def test_what_tells_of_a_spent_token(
        self, service: Service, api: Api, world: Json, caps: Callable[..., None]
    ):
        caps(account=1, address=1, directory=1)
        href = ask(api, world["application"]).ok["href"]

        assert api.post(href, {"password": GOOD}).status == 200

        assert kinds(service, api.tenant_id) == ["reset", "resetSuccess"]

    def test_what_tells_of_a_verified_address(
        self, service: Service, api: Api, world: Json, caps: Callable[..., None]
    ):
        caps(account=1, address=1, directory=1)
        switches = ["verificationEmailStatus", "verificationSuccessEmailStatus", "welcomeEmailStatus"]
        verifies(api, world["directory"], **dict.fromkeys(switches, "ENABLED"))
        joe = register(api, world["directory"], "joe").made

        assert api.post(joe["emailVerificationToken"]["href"]).status == 200

        assert kinds(service, api.tenant_id) == ["verification", "verificationSuccess", "welcome"]

    def test_but_it_counts(self, api: Api, world: Json, caps: Callable[..., None]):
        caps(account=2)
        api.post(ask(api, world["application"]).ok["href"], {"password": GOOD})

        assert ask(api, world["application"]).error == REFUSED

    def test_a_registration_without_the_workflow(
        self, service: Service, api: Api, world: Json, caps: Callable[..., None]
    ):
        caps(directory=1)
        verifies(api, world["directory"])

        for number in range(3):
            made = register(api, world["directory"], f"u{number}", registrationWorkflowEnabled="false")
            assert made.status == 201
        assert register(api, world["directory"], "joe").status == 201
        assert register(api, world["directory"], "jim").error == REFUSED
        assert register(api, world["directory"], "jim", registrationWorkflowEnabled="false").status == 201
        assert kinds(service, api.tenant_id) == ["verification"]

    def test_a_registration_in_a_directory_that_sends_nothing(
        self, api: Api, world: Json, caps: Callable[..., None]
    ):
        caps(directory=1)
        ask(api, world["application"])

        assert register(api, world["directory"], "joe").status == 201


class TestAtOnce:
    def test_a_crowd_that_asks_for_one_account_causes_as_many_as_it_may_get(
        self, service: Service, api: Api, world: Json, caps: Callable[..., None]
    ):
        caps(account=5)

        answers = at_once([lambda: ask(api, world["application"])] * 32)

        assert outcomes(answers) == {200: 5, REFUSED: 27}
        assert kinds(service, api.tenant_id) == ["reset"] * 5
        assert {api.get(each["href"]).status for each in answers if each.status == 200} == {200}
