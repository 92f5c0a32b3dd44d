"""Password resets that run at the same time as each other or as other changes of the account."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import pytest
import sqlalchemy as sa

from service.calls import Answer, Api, Json, id_of
from service.concurrency import at_once, outcomes
from service.guess_limits import limits
from service.password_resets import ask
from stormpath.server.app import Service
from stormpath.server.domain.one_time_tokens import DECOY
from stormpath.server.domain.storage import Unit
from stormpath.server.security.passwords import InsecureForTests
from support.outbox import emails, kinds

__all__ = ["limits"]

pytestmark = pytest.mark.both_databases

GOOD = "Another1one"
NOT_FOUND = (404, 404)
#: Too many passwords wait to be hashed: nothing happened, and a client tries again.
BUSY = (503, 503)


@pytest.fixture
def world(api: Api) -> Json:
    application, directory = api.application_with_directory()
    return {"application": application, "directory": directory, "account": api.account(directory)}


@pytest.fixture
def href(api: Api, world: Json) -> str:
    return str(ask(api, world["application"]).ok["href"])


def unspent(service: Service, api: Api) -> int:
    table = service.database.tables.workflow_tokens
    statement = sa.select(sa.func.count()).where(
        table.c.tenant_id == api.tenant_id, table.c.spent_at.is_(None), table.c.purpose != DECOY
    )
    with service.database.engine.connect() as connection:
        return int(connection.execute(statement).scalar_one())


class TestCompetingResets:
    def test_one_of_thirty_requests_with_one_token_sets_its_password(
        self, service: Service, api: Api, world: Json, href: str, limits: Callable[..., None]
    ):
        # It logs in with the passwords that lost, too.
        limits(account=30)
        # Of one account, not many more passwords may wait to be hashed.
        passwords = [f"Zebra-{number}-Desk7" for number in range(30)]

        answers = at_once(partial(api.post, href, {"password": each}) for each in passwords)

        assert outcomes(answers) == {200: 1, NOT_FOUND: 29}
        (winner,) = [word for word, answer in zip(passwords, answers, strict=True) if answer.status == 200]
        assert [
            each for each in passwords if api.log_in(world["application"], "ada", each).status == 200
        ] == [winner]
        assert kinds(service, api.tenant_id) == ["reset", "resetSuccess"]

    def test_one_request_wins_where_passwords_may_not_be_reused(
        self, service: Service, api: Api, world: Json, href: str
    ):
        strength = f"{world['directory']['passwordPolicy']['href']}/strength"
        assert api.post(strength, {"preventReuse": 25}).status == 200
        passwords = [f"Zebra-{number}-Desk7" for number in range(20)]

        answers = at_once(partial(api.post, href, {"password": each}) for each in passwords)

        assert outcomes(answers) == {200: 1, NOT_FOUND: 19}
        assert kinds(service, api.tenant_id) == ["reset", "resetSuccess"]

    @pytest.mark.parametrize("turn", range(3))
    def test_one_request_wins_where_an_account_has_two_tokens(
        self, service: Service, api: Api, world: Json, href: str, turn: int
    ):
        hrefs = [href, ask(api, world["application"]).ok["href"]]

        answers = at_once(
            partial(api.post, hrefs[number % 2], {"password": f"Zebra-{number}-Desk7"})
            for number in range(16)
        )

        assert outcomes(answers) == {200: 1, NOT_FOUND: 15}
        assert [api.get(each).status for each in hrefs] == [404, 404]
        (winner,) = [number for number, each in enumerate(answers) if each.status == 200]
        assert api.log_in(world["application"], "ada", f"Zebra-{winner}-Desk7").status == 200
        assert kinds(service, api.tenant_id) == ["reset", "reset", "resetSuccess"]


class TestConcurrentChanges:
    @pytest.mark.parametrize("turn", range(5))
    def test_a_concurrent_password_change_ends_the_token_and_wins(
        self, service: Service, api: Api, world: Json, href: str, turn: int
    ):
        answers = at_once(
            [
                *[lambda: api.post(href, {"password": "ByToken11"})] * 4,
                *[lambda: api.post(world["account"]["href"], {"password": "ByHand111"})] * 4,
            ]
        )

        assert set(outcomes(answers[:4])) <= {200, NOT_FOUND}
        assert outcomes(answers[4:]) == {200: 4}
        assert api.get(href).error == NOT_FOUND
        # The last change wins. When the direct change was not last, the token was still valid before it.
        right = [
            each
            for each in ("ByToken11", "ByHand111")
            if api.log_in(world["application"], "ada", each).status == 200
        ]
        assert right == ["ByHand111"]
        spent = outcomes(answers[:4])[200]
        assert spent in (0, 1)
        assert kinds(service, api.tenant_id) == ["reset", *["resetSuccess"] * spent]

    @pytest.mark.parametrize("turn", range(5))
    def test_a_concurrent_deletion_of_the_account_leaves_no_token_and_no_e_mail(
        self, service: Service, api: Api, world: Json, href: str, turn: int
    ):
        answers = at_once(
            [
                *[partial(api.post, href, {"password": GOOD})] * 4,
                *[partial(ask, api, world["application"])] * 4,
                lambda: api.delete(world["account"]["href"]),
            ]
        )

        assert set(outcomes(answers[:4])) <= {200, NOT_FOUND}
        assert set(outcomes(answers[4:8])) <= {200, (400, 2016)}
        assert answers[8].status == 204
        assert unspent(service, api) == 0
        assert emails(service, api.tenant_id) == []

    @pytest.mark.parametrize("turn", range(5))
    def test_a_concurrent_deletion_of_the_application_ends_the_token(
        self, service: Service, api: Api, world: Json, href: str, turn: int
    ):
        answers = at_once(
            [
                *[partial(api.post, href, {"password": GOOD})] * 4,
                *[partial(ask, api, world["application"])] * 4,
                lambda: api.delete(world["application"]["href"]),
            ]
        )

        assert set(outcomes(answers[:4])) <= {200, NOT_FOUND}
        # 2016: its account stores are deleted with it, and a search for the account may see that first.
        assert set(outcomes(answers[4:8])) <= {200, NOT_FOUND, (400, 2016)}
        assert answers[8].status == 204
        assert api.get(href).error == NOT_FOUND
        assert api.get(world["account"]["href"]).status == 200

    @pytest.mark.parametrize("turn", range(5))
    def test_a_concurrent_deletion_of_the_directory_leaves_no_token_and_no_e_mail(
        self, service: Service, api: Api, world: Json, href: str, turn: int
    ):
        for number in range(4):
            api.account(world["directory"], f"u{number}")

        answers = at_once(
            [
                *[partial(api.post, href, {"password": GOOD})] * 4,
                *(partial(ask, api, world["application"], f"u{number}@example.com") for number in range(4)),
                lambda: api.delete(world["directory"]["href"]),
            ]
        )

        assert set(outcomes(answers[:4])) <= {200, NOT_FOUND}
        assert set(outcomes(answers[4:8])) <= {200, (400, 2016)}
        assert answers[8].status == 204
        assert unspent(service, api) == 0
        assert emails(service, api.tenant_id) == []

    @pytest.mark.parametrize("turn", range(5))
    def test_a_concurrent_change_of_the_address_leaves_no_token(
        self, service: Service, api: Api, world: Json, turn: int
    ):
        answers = at_once(
            [
                *[partial(ask, api, world["application"])] * 6,
                lambda: api.post(world["account"]["href"], {"email": "countess@example.com"}),
            ]
        )

        assert set(outcomes(answers[:6])) <= {200, (400, 2016)}
        assert answers[6].status == 200
        assert unspent(service, api) == 0
        assert {each.address for each in emails(service, api.tenant_id)} <= {"ada@example.com"}


class TestOvertakenRequests:
    """Another request writes just before a request does."""

    @pytest.fixture
    def overtaking(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
        """Call a function before the next unit of work that writes."""

        def happens(act: Callable[[], object]) -> None:
            real = service.database.write

            def write(tenant_id: str) -> AbstractContextManager[Unit]:
                monkeypatch.setattr(service.database, "write", real)
                act()
                return real(tenant_id)

            monkeypatch.setattr(service.database, "write", write)

        return happens

    @pytest.mark.parametrize("what", ["account", "directory"])
    def test_no_reset_is_sent_to_an_account_that_was_just_deleted(
        self, service: Service, api: Api, world: Json, overtaking: Callable[..., None], what: str
    ):
        overtaking(lambda: api.delete(world[what]["href"]))

        assert ask(api, world["application"]).error == (400, 2016)
        assert emails(service, api.tenant_id) == []

    def test_no_reset_is_sent_through_an_application_that_was_just_deleted(
        self, service: Service, api: Api, world: Json, overtaking: Callable[..., None]
    ):
        overtaking(lambda: api.delete(world["application"]["href"]))

        assert ask(api, world["application"]).error == NOT_FOUND
        assert emails(service, api.tenant_id) == []

    def test_no_reset_is_sent_to_an_address_that_was_just_replaced(
        self, service: Service, api: Api, world: Json, overtaking: Callable[..., None]
    ):
        overtaking(lambda: api.post(world["account"]["href"], {"email": "countess@example.com"}))

        assert ask(api, world["application"]).error == (400, 2016)
        assert emails(service, api.tenant_id) == []

    def test_a_reset_requested_during_a_password_change_has_a_valid_token(
        self, api: Api, world: Json, overtaking: Callable[..., None]
    ):
        overtaking(lambda: api.post(world["account"]["href"], {"password": GOOD}))

        href = ask(api, world["application"]).ok["href"]

        assert api.post(href, {"password": "Third3rdd"}).status == 200

    def test_a_token_that_was_just_revoked_sets_no_password(
        self, service: Service, api: Api, world: Json, overtaking: Callable[..., None]
    ):
        account, application = world["account"]["href"], world["application"]["href"]
        deeds: list[Callable[[str], Answer]] = [
            lambda href: api.post(href, {"password": "Sooner-Than-1"}),
            lambda href: api.post(account, {"password": "Sooner-Than-2"}),
            lambda href: api.post(account, {"email": "countess@example.com"}),
            lambda href: api.delete(application),
        ]
        addresses = ["ada@example.com"] * 3 + ["countess@example.com"]
        for deed, address in zip(deeds, addresses, strict=True):
            href = ask(api, world["application"], address).ok["href"]
            before = len(emails(service, api.tenant_id))
            overtaking(partial(deed, href))

            assert api.post(href, {"password": GOOD}).error == NOT_FOUND

            told = kinds(service, api.tenant_id)[before:]
            assert told == (["resetSuccess"] if deed is deeds[0] else [])
        (found,) = api.get("/accounts", email="countess@example.com").items
        assert found["href"] == account

    def test_a_token_of_an_account_that_was_just_deleted_sets_no_password(
        self, service: Service, api: Api, world: Json, href: str, overtaking: Callable[..., None]
    ):
        overtaking(lambda: api.delete(world["account"]["href"]))

        assert api.post(href, {"password": GOOD}).error == NOT_FOUND
        assert emails(service, api.tenant_id) == []

    def test_a_password_that_was_just_set_counts_as_reused(
        self, api: Api, world: Json, overtaking: Callable[..., None]
    ):
        strength = f"{world['directory']['passwordPolicy']['href']}/strength"
        assert api.post(strength, {"preventReuse": 1}).status == 200
        account = world["account"]["href"]
        overtaking(lambda: api.post(account, {"password": GOOD}))

        assert api.post(account, {"password": GOOD}).error == (400, 6401)
        assert api.log_in(world["application"], "ada", GOOD).status == 200

    @pytest.mark.parametrize("prevent_reuse", [0, 3])
    def test_a_login_that_renews_the_hash_does_not_stop_a_reset(
        self,
        service: Service,
        api: Api,
        world: Json,
        href: str,
        overtaking: Callable[..., None],
        prevent_reuse: int,
    ):
        strength = f"{world['directory']['passwordPolicy']['href']}/strength"
        assert api.post(strength, {"preventReuse": prevent_reuse}).status == 200
        account_id = id_of(world["account"])

        def renew() -> None:
            with service.database.write(api.tenant_id) as unit:
                (old,) = unit.passwords.latest(account_id, 1)
                fresh = InsecureForTests().hash("Changeme1!")
                assert unit.passwords.replace(account_id, old, fresh)

        overtaking(renew)

        assert api.post(href, {"password": GOOD}).status == 200
        assert kinds(service, api.tenant_id) == ["reset", "resetSuccess"]
        assert api.log_in(world["application"], "ada", GOOD).status == 200
