"""Limits on wrong passwords: for an account, a login name, an address and a calling API key."""

from __future__ import annotations

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from service.calls import Api, Json
from service.clock import Clock, clock, service
from service.concurrency import at_once, outcomes
from service.guess_limits import REFUSED, UNKNOWN, WRONG, application, at, limits, log_in, wrong
from service.password_resets import ask, token_of
from service.tenant_setup import BOX, context_of, new_tenant
from stormpath.embedded import EmbeddedExecutor
from stormpath.error import Error
from stormpath.server.app import Service
from stormpath.server.authentication import guesses
from stormpath.server.domain.guesses import KNOWN_MS, MOST_KNOWN
from stormpath.server.domain.storage import Unavailable
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.security.passwords import InsecureForTests
from stormpath.server.settings import Settings
from stormpath.server.setup.operator import Operator

__all__ = ["application", "clock", "limits", "service"]

HOME, ELSEWHERE = "203.0.113.7", "198.51.100.1"


class TestAccounts:
    def test_ten_wrong_passwords_are_compared_in_five_minutes(self, api: Api, application: Json):
        assert wrong(api, application, 12) == [WRONG] * 10 + [REFUSED] * 2

    @pytest.mark.both_databases
    def test_then_the_right_password_is_refused_too_and_accepted_after_the_stated_wait(
        self, api: Api, application: Json, clock: Clock
    ):
        wrong(api, application, 10)
        clock.moves(10)

        answer = api.log_in(application, "ada")
        assert answer.error == REFUSED
        wait = int(answer.headers["retry-after"])
        assert wait == 290
        assert f"in {wait} seconds" in answer["developerMessage"]
        assert answer["message"] == "Too many login attempts. Please try again later."

        clock.moves(wait - 0.001)
        assert log_in(api, application) == 429
        clock.moves(0.001)
        assert log_in(api, application) == 200

    def test_refused_attempts_do_not_prolong_the_wait(self, api: Api, application: Json, clock: Clock):
        wrong(api, application, 10)
        clock.moves(299)

        answer = api.log_in(application, "ada", "wrong")

        assert (answer.status, answer.headers["retry-after"]) == (429, "1")

    def test_only_wrong_passwords_count(self, api: Api, application: Json, limits: Callable[..., None]):
        limits(account=3)

        assert [log_in(api, application) for _ in range(5)] == [200] * 5
        assert wrong(api, application, 2) == [WRONG] * 2
        assert [log_in(api, application) for _ in range(5)] == [200] * 5
        assert wrong(api, application, 2) == [WRONG, REFUSED]

    def test_a_right_password_clears_no_count(self, api: Api, application: Json, limits: Callable[..., None]):
        """Else each login of a person would give an attacker a fresh count."""
        limits(account=2)
        wrong(api, application, 1)
        log_in(api, application)

        assert wrong(api, application, 2) == [WRONG, REFUSED]

    @pytest.mark.parametrize(("status", "code"), [("DISABLED", 7101), ("UNVERIFIED", 7102)])
    def test_the_right_password_of_an_account_that_may_not_log_in_does_not_count(
        self, api: Api, application: Json, limits: Callable[..., None], status: str, code: int
    ):
        limits(account=2)
        api.account(application["directory"], "bob", status=status)

        found = [api.log_in(application, "bob").error for _ in range(4)]

        assert found == [(400, code)] * 4
        assert wrong(api, application, 3, "bob") == [WRONG] * 2 + [REFUSED]

    def test_a_password_that_was_not_compared_does_not_count(
        self, service: Service, api: Api, application: Json, limits: Callable[..., None], monkeypatch
    ):
        limits(account=2)

        def busy(*_: Any) -> bool:
            raise ApiError(Code.UNAVAILABLE, "Too many passwords wait.", retry_after=1)

        with monkeypatch.context() as while_busy:
            while_busy.setattr(InsecureForTests, "verify", busy)
            assert wrong(api, application, 4) == [(503, 503)] * 4

        assert wrong(api, application, 3) == [WRONG] * 2 + [REFUSED]

    def test_all_names_of_an_account_count_together(
        self, api: Api, application: Json, limits: Callable[..., None]
    ):
        limits(account=3)

        found = [wrong(api, application, 1, each)[0] for each in ("ada", "ADA@example.com", " ada ", "ada")]

        assert found == [WRONG] * 3 + [REFUSED]

    def test_all_applications_of_an_account_count_together(
        self, api: Api, application: Json, limits: Callable[..., None]
    ):
        limits(account=3)
        second = api.application("Second")
        api.mapping(second, application["directory"])

        assert wrong(api, application, 2) + wrong(api, second, 2) == [WRONG] * 3 + [REFUSED]

    def test_a_name_that_no_account_has_is_limited_alike(
        self, api: Api, application: Json, limits: Callable[..., None], clock: Clock
    ):
        limits(account=3)

        assert wrong(api, application, 5, "nobody") == [UNKNOWN] * 3 + [REFUSED] * 2
        assert wrong(api, application, 1, "NoBody") == [REFUSED]
        wrong(api, application, 3)
        known, unknown = (api.log_in(application, each) for each in ("ada", "nobody"))
        same = ("status", "code", "message", "developerMessage")
        assert [known[each] for each in same] == [unknown[each] for each in same]
        assert known.headers["retry-after"] == unknown.headers["retry-after"]

    def test_others_log_in_meanwhile(self, api: Api, application: Json):
        api.account(application["directory"], "bob")
        wrong(api, application, 11)

        assert log_in(api, application, "bob") == 200

    def test_tenants_do_not_share_a_count(self, service: Service, api: Api, application: Json):
        wrong(api, application, 11, "nobody")
        other = new_tenant(service)
        elsewhere, _ = other.application_with_directory()

        assert wrong(other, elsewhere, 1, "nobody") == [UNKNOWN]

    def test_a_refused_login_computes_no_hash(
        self, api: Api, application: Json, limits: Callable[..., None], monkeypatch
    ):
        limits(account=1)
        wrong(api, application, 1)
        wrong(api, application, 1, "nobody")
        monkeypatch.setattr(InsecureForTests, "verify", None)

        assert wrong(api, application, 1) + wrong(api, application, 1, "nobody") == [REFUSED] * 2

    def test_a_limit_of_0_is_none(self, api: Api, application: Json, limits: Callable[..., None]):
        limits()

        assert wrong(api, application, 12) == [WRONG] * 12

    def test_the_settings_are_the_limits(self):
        settings = Settings.from_environment(
            {
                "STORMPATH_DATABASE": "sqlite://",
                "STORMPATH_GUESSES_PER_ACCOUNT": "5",
                "STORMPATH_GUESSES_PER_ADDRESS": "0",
            }
        )
        numbers = (settings.guesses_per_account, settings.guesses_per_address, settings.guesses_per_key)
        assert numbers == (5, 0, 20_000)


class TestNewPasswords:
    """Another password begins a fresh count: its owner gets in at once."""

    @pytest.fixture(autouse=True)
    def limited(self, api: Api, application: Json, clock: Clock) -> None:
        assert wrong(api, application, 11)[-1] == REFUSED
        clock.moves(1)

    def test_a_reset(self, api: Api, application: Json):
        token = token_of(ask(api, application).ok["href"])
        path = f"{application['passwordResetTokens']['href']}/{token}"
        assert api.post(path, {"password": "Another1one"}).status == 200

        assert log_in(api, application, password="Another1one") == 200

    def test_a_change_by_an_administrator(self, api: Api, application: Json):
        (account,) = api.get(application["accounts"]["href"]).items
        assert api.post(account["href"], {"password": "Another1one"}).status == 200

        assert log_in(api, application, password="Another1one") == 200

    def test_another_change_does_not(self, api: Api, application: Json):
        (account,) = api.get(application["accounts"]["href"]).items
        assert api.post(account["href"], {"username": "countess"}).status == 200

        assert log_in(api, application, "countess") == 429


class TestAddresses:
    def test_the_wrong_passwords_from_one_address_are_limited(
        self, api: Api, application: Json, limits: Callable[..., None]
    ):
        limits(address=4)
        names = ["ada", "nobody", "ada", "somebody", "ada", "nobody"]

        found = [wrong(at(api, ELSEWHERE), application, 1, each)[0] for each in names]

        assert found == [WRONG, UNKNOWN, WRONG, UNKNOWN, REFUSED, REFUSED]
        assert log_in(at(api, ELSEWHERE), application) == 429
        assert log_in(at(api, HOME), application) == log_in(api, application) == 200

    def test_an_attempt_that_one_limit_refuses_counts_nowhere(
        self, api: Api, application: Json, limits: Callable[..., None]
    ):
        limits(address=2, account=4)
        api.account(application["directory"], "bob")

        assert wrong(at(api, ELSEWHERE), application, 9, "bob")[1:3] == [WRONG, REFUSED]

        assert wrong(at(api, HOME), application, 2, "bob") == [WRONG] * 2

    def test_a_login_of_an_attacker_clears_no_count_of_the_address(
        self, api: Api, application: Json, limits: Callable[..., None]
    ):
        limits(address=2)
        api.account(application["directory"], "mallory")
        there = at(api, ELSEWHERE)
        wrong(there, application, 1)
        log_in(there, application, "mallory")

        assert wrong(there, application, 2) == [WRONG, REFUSED]

    @pytest.mark.both_databases
    def test_guesses_from_elsewhere_do_not_shut_the_person_out(
        self, api: Api, application: Json, clock: Clock
    ):
        """However long an attacker goes on, from however many addresses."""
        assert log_in(at(api, HOME), application) == 200
        for minute in range(7):
            attacker = at(api, f"198.51.100.{minute}")
            wrong(attacker, application, 11)

            assert log_in(attacker, application) == 429
            assert log_in(api, application) == 429
            assert log_in(at(api, HOME), application) == 200
            clock.moves(60)

    def test_the_count_of_a_known_address_has_the_same_limit(self, api: Api, application: Json):
        log_in(at(api, HOME), application)

        assert wrong(at(api, HOME), application, 11) == [WRONG] * 10 + [REFUSED]
        assert log_in(api, application) == 200

    def test_a_wrong_password_makes_no_address_known(self, api: Api, application: Json):
        wrong(at(api, HOME), application, 1)
        wrong(api, application, 10)

        assert log_in(at(api, HOME), application) == 429

    def test_an_address_is_known_for_a_month_from_the_last_login_on(
        self, api: Api, application: Json, clock: Clock
    ):
        log_in(at(api, HOME), application)
        clock.moves(KNOWN_MS / 1000 * 0.6)
        log_in(at(api, HOME), application)
        clock.moves(KNOWN_MS / 1000 * 0.6)
        wrong(api, application, 10)
        assert log_in(at(api, HOME), application) == 200

        clock.moves(KNOWN_MS / 1000)
        wrong(api, application, 10)
        assert log_in(at(api, HOME), application) == 429

    def test_another_password_makes_known_addresses_unknown(self, api: Api, application: Json, clock: Clock):
        """Whoever knew the old one may have logged in from there."""
        log_in(at(api, ELSEWHERE), application)
        (account,) = api.get(application["accounts"]["href"]).items
        clock.moves(1)
        api.post(account["href"], {"password": "Another1one"})
        wrong(api, application, 10)

        assert wrong(at(api, ELSEWHERE), application, 1) == [REFUSED]

    def test_a_person_who_resets_the_password_is_known_there(self, api: Api, application: Json, clock: Clock):
        token = token_of(ask(api, application).ok["href"])
        path = f"{application['passwordResetTokens']['href']}/{token}"
        assert at(api, HOME).post(path, {"password": "Another1one"}).status == 200
        # The attacker goes on before the person has logged in.
        wrong(at(api, ELSEWHERE), application, 10)

        assert log_in(at(api, ELSEWHERE), application, password="Another1one") == 429
        assert log_in(at(api, HOME), application, password="Another1one") == 200

    def test_of_one_account_the_latest_addresses_are_kept(
        self, service: Service, api: Api, application: Json, clock: Clock
    ):
        for number in range(MOST_KNOWN + 2):
            clock.moves(1)
            log_in(at(api, f"203.0.113.{number}"), application)
        wrong(api, application, 10)

        assert log_in(at(api, "203.0.113.1"), application) == 429
        assert log_in(at(api, "203.0.113.2"), application) == 200


class TestCallingKeys:
    def test_the_wrong_passwords_that_one_key_sends_are_limited(
        self, api: Api, application: Json, limits: Callable[..., None]
    ):
        limits(key=3)
        second = api.application("Second")
        found = [wrong(api, application, 1, f"nobody{number}")[0] for number in range(5)]

        assert found == [UNKNOWN] * 3 + [REFUSED] * 2
        # Whichever application it calls.
        assert wrong(api, second, 1, "somebody") == [REFUSED]
        assert log_in(api, application) == 429

    def test_another_key_of_the_tenant_has_a_count_of_its_own(
        self, service: Service, api: Api, application: Json, limits: Callable[..., None]
    ):
        limits(key=3)
        operator = Operator(service.database, BOX, context_of(service, api.tenant_id))
        key = operator.new_api_key(operator.owner().account_id)
        other = Api(service, api.base_url, api.tenant_id, key.id, key.secret)
        wrong(api, application, 3)

        assert log_in(api, application) == 429
        assert log_in(other, application) == 200

    def test_it_shuts_nobody_out_from_where_they_are_known(
        self, api: Api, application: Json, limits: Callable[..., None]
    ):
        limits(key=3, account=10)
        log_in(at(api, HOME), application)
        for number in range(4):
            wrong(api, application, 1, f"nobody{number}")

        assert log_in(api, application) == 429
        assert log_in(at(api, HOME), application) == 200


class TestTheSdk:
    """It repeats a request that is answered 429, if the wait is 20 seconds or less (``stormpath.retry``)."""

    @pytest.fixture
    def waits(self) -> list[float]:
        return []

    @pytest.fixture
    def executor(self, service: Service, api: Api, clock: Clock, waits: list[float]) -> EmbeddedExecutor:
        def sleep(seconds: float) -> None:
            waits.append(seconds)
            clock.moves(seconds)

        return EmbeddedExecutor(service, service.base_url, api.key_id, api.secret, sleep=sleep)

    def log_in(self, executor: EmbeddedExecutor, application: Json, password: str) -> Any:
        value = base64.b64encode(f"ada:{password}".encode()).decode()
        return executor.post(application["loginAttempts"]["href"], {"type": "basic", "value": value})

    def test_a_long_wait_is_told_at_once(
        self, api: Api, application: Json, executor: EmbeddedExecutor, waits: list[float], clock: Clock
    ):
        wrong(api, application, 10)
        clock.moves(279)

        with pytest.raises(Error) as error:
            self.log_in(executor, application, "Changeme1!")

        assert (error.value.status, error.value.code, waits) == (429, 429, [])

    def test_a_short_one_is_waited_for_and_counts_nothing(
        self, api: Api, application: Json, executor: EmbeddedExecutor, waits: list[float], clock: Clock
    ):
        wrong(api, application, 10)
        clock.moves(281)

        self.log_in(executor, application, "Changeme1!")

        assert waits == [19.0]
        assert wrong(api, application, 11) == [WRONG] * 10 + [REFUSED]

    def test_a_wrong_password_after_the_wait_is_one_guess(
        self, api: Api, application: Json, executor: EmbeddedExecutor, waits: list[float], clock: Clock
    ):
        wrong(api, application, 10)
        clock.moves(281)

        with pytest.raises(Error) as error:
            self.log_in(executor, application, "wrong")

        assert (error.value.code, waits) == (7100, [19.0])
        assert wrong(api, application, 10) == [WRONG] * 9 + [REFUSED]


@pytest.mark.both_databases
class TestConcurrency:
    def test_fifty_threads_compare_no_more_passwords_than_the_limit(
        self, api: Api, application: Json, limits: Callable[..., None]
    ):
        limits(account=10)

        answers = at_once([lambda: api.log_in(application, "ada", "wrong")] * 50)

        assert outcomes(answers) == {WRONG: 10, REFUSED: 40}

    def test_many_right_passwords_at_once_are_all_accepted(
        self, api: Api, application: Json, limits: Callable[..., None]
    ):
        """They wait for each other, a little: as long as they are compared, they may be wrong."""
        limits(account=4)

        answers = at_once([lambda: api.log_in(application, "ada")] * 16)

        assert outcomes(answers) == {200: 16}

    def test_one_that_waits_too_long_for_others_is_asked_to_come_back_in_a_second(
        self, service: Service, api: Api, application: Json, limits: Callable[..., None], monkeypatch
    ):
        monkeypatch.setattr(guesses, "_PAUSES", (0.001, 0.001))
        limits(account=1)
        is_compared, may_go_on = Event(), Event()

        def slow(*_: Any) -> bool:
            is_compared.set()
            return may_go_on.wait(10)

        monkeypatch.setattr(InsecureForTests, "verify", slow)
        with ThreadPoolExecutor(1) as threads:
            first = threads.submit(api.log_in, application, "ada")
            assert is_compared.wait(10)
            second = api.log_in(application, "ada")
            may_go_on.set()

        assert (second.error, second.headers["retry-after"]) == (REFUSED, "1")
        assert first.result().status == 200
        assert log_in(api, application) == 200


def test_no_login_is_let_through_when_nothing_can_be_counted(
    service: Service, api: Api, application: Json, monkeypatch
):
    def lost(*_: Any) -> None:
        raise Unavailable("the database is away")

    monkeypatch.setattr(service._guesses, "take", lost)

    assert api.log_in(application, "ada").error == (503, 503)


def test_a_login_does_not_fail_because_its_guess_cannot_be_given_back(
    service: Service, api: Api, application: Json, limits: Callable[..., None], monkeypatch
):
    monkeypatch.setattr(guesses, "_PAUSES", ())
    limits(account=1)

    def lost(*_: Any, **__: Any) -> None:
        raise Unavailable("the database is away")

    with monkeypatch.context() as while_away:
        while_away.setattr(service._guesses, "settle", lost)
        assert log_in(api, application) == 200

    assert log_in(api, application) == 429
