"""Races for tokens: what was revoked, changed or deleted leaves no live token, however requests meet.

Every round ends with the state of the database, and not with the answers alone: an answer that comes late is
no fault, a token that lives on is one.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial

import pytest

from service.assembled_tokens import assembled, assertion_of, live, parts_of
from service.calls import Answer, Api, Json, id_of
from service.concurrency import at_once, outcomes
from service.tenant_rows import dump
from service.token_calls import client_credentials, grant, password_grant, refresh, revoke, validate
from stormpath.server.app import Service

pytestmark = pytest.mark.both_databases

ExamplesOf = Callable[[int], int]


def rotate(api: Api, application: Json, status: str = "ENABLED") -> None:
    api.post(f"{api.base_url}/oAuthPolicies/{id_of(application)}", {"refreshTokenRotation": status}).ok


def rounds(examples_of: ExamplesOf, number: int) -> int:
    """Return how many of so many rounds a run takes: a usual one a part of a part, for each costs much."""
    return examples_of(examples_of(number))


def shuffled(number: int, *tasks: Callable[[], Answer]) -> list[Answer]:
    """Run tasks at once, started in an order that the number gives; return the answers in their own order."""
    order = random.Random(number).sample(range(len(tasks)), len(tasks))  # noqa: S311  # examples, not secrets
    answers = dict(zip(order, at_once([tasks[each] for each in order]), strict=True))
    return [answers[each] for each in range(len(tasks))]


def assert_no_failure(answers: Iterable[Answer]) -> None:
    """Refusals are for what has changed: none is a failure, or a wait that was given up."""
    for each in answers:
        assert each.status < 500, each.raw


class World:
    def __init__(self, api: Api) -> None:
        self.api = api
        self.application, self.directory = api.application_with_directory()
        self.account = api.account(self.directory)
        self.log_in = partial(password_grant, api, self.application)
        self.refresh = partial(refresh, api, self.application)
        self.revoke = partial(revoke, api, self.application)

    def live(self) -> set[str]:
        return live(self.api, self.account)


@pytest.fixture
def world(api: Api) -> World:
    return World(api)


class TestRotation:
    def test_fifty_refreshes_with_one_token_get_one_successor(self, api: Api, world: World):
        rotate(api, world.application)
        first = world.log_in().ok["refresh_token"]

        answers = at_once([partial(world.refresh, first)] * 50)

        assert_no_failure(answers)
        (successor,) = {each.ok["refresh_token"] for each in answers}
        assert successor != first
        assert len(api.every(f"{world.account['href']}/refreshTokens")) == 1
        # No dead end: whoever got the answer goes on with it, and with each access token.
        for each in answers[::10]:
            assert validate(api, world.application, each["access_token"]).status == 302
        assert world.refresh(successor).ok["refresh_token"] not in (first, successor)

    def test_a_rotation_and_a_repeat_of_the_one_before_end_at_one_token(self, api: Api, world: World):
        rotate(api, world.application)
        first = world.log_in().ok["refresh_token"]
        second = world.refresh(first).ok["refresh_token"]

        for number in range(3):
            answers = shuffled(number, *[partial(world.refresh, each) for each in (first, second) * 2])

            (third,) = {each.ok["refresh_token"] for each in answers} - {second}
            assert len(api.every(f"{world.account['href']}/refreshTokens")) == 1
            first, second = second, third


@pytest.mark.sampled
@pytest.mark.parametrize("rotation", ["ENABLED", "DISABLED"])
def test_no_token_lives_after_the_answer_to_a_revocation(
    api: Api, world: World, rotation: str, examples_of: ExamplesOf
):
    rotate(api, world.application, rotation)

    for number in range(rounds(examples_of, 500)):
        token = world.log_in().ok["refresh_token"]
        refreshing = [partial(world.refresh, token)] * 2
        by_href = partial(api.delete, f"{api.base_url}/refreshTokens/{parts_of(token)[1]['jti']}")

        answers = shuffled(number, *refreshing, by_href if number % 3 == 0 else partial(world.revoke, token))

        assert_no_failure(answers)
        if answers[-1].status == 404:
            # It was replaced before: there is no such resource, which the caller is told.
            world.revoke(token)
        assert world.live() == set(), outcomes(answers)
        for each in answers[:2]:
            if each.status == 200:
                assert validate(api, world.application, each["access_token"]).error == (404, 10013)
                assert world.refresh(each["refresh_token"]).status == 400


class TestPasswords:
    @pytest.mark.sampled
    @pytest.mark.parametrize("rotation", ["ENABLED", "DISABLED"])
    def test_no_token_of_an_old_password_lives_after_the_answer_to_its_change(
        self, api: Api, world: World, rotation: str, examples_of: ExamplesOf
    ):
        rotate(api, world.application, rotation)
        old = "Changeme1!"

        for number in range(rounds(examples_of, 300)):
            new = f"Changeme{number}?"
            token = world.log_in(password=old).ok["refresh_token"]
            change = partial(api.post, world.account["href"], {"password": new})

            answers = shuffled(
                number,
                *[partial(world.log_in, password=old)] * 2,
                *[partial(world.refresh, token)] * 2,
                change,
            )

            assert_no_failure(answers)
            assert answers[-1].status == 200
            assert world.live() == set(), outcomes(answers)
            old = new

    def test_so_it_is_for_one_that_is_reset_by_mail(self, api: Api, world: World):
        resets = f"{world.application['href']}/passwordResetTokens"
        old = "Changeme1!"
        for number in range(3):
            href = api.post(resets, {"email": "ada@example.com"}).ok["href"]
            token = world.log_in(password=old).ok["refresh_token"]
            new = f"Changeme{number}?"

            answers = shuffled(
                number,
                partial(world.log_in, password=old),
                partial(world.refresh, token),
                partial(api.post, href, {"password": new}),
            )

            assert_no_failure(answers)
            assert answers[-1].status == 200
            assert world.live() == set(), outcomes(answers)
            old = new


@pytest.mark.sampled
class TestDeletions:
    """A grant meets the deletion of what it is for: a refusal or tokens that go with it, and no row stays."""

    KINDS = ("account", "application", "directory", "key")

    @pytest.mark.parametrize("kind", KINDS)
    def test_no_token_outlives_what_it_is_for(
        self, service: Service, api: Api, kind: str, examples_of: ExamplesOf
    ):
        for number in range(rounds(examples_of, 144)):
            world = World(api)
            rotate(api, world.application, "DISABLED" if number % 3 == 1 else "ENABLED")
            key = api.api_key(world.account)
            token = world.log_in().ok["refresh_token"]
            deleted = {
                "account": world.account,
                "application": world.application,
                "directory": world.directory,
                "key": key,
            }[kind]

            answers = shuffled(
                number,
                world.log_in,
                *[partial(world.refresh, token)] * 2,
                *[partial(client_credentials, api, world.application, key)] * 2,
                partial(api.delete, deleted["href"]),
            )

            assert_no_failure(answers)
            assert answers[-1].status == 204
            left = [text for table, text in dump(service, api.tenant_id) if "token" in table]
            if kind == "key":
                left = [text for text in left if id_of(key) in text]
            assert left == [], outcomes(answers)
            for each in (world.application, world.directory):
                api.delete(each["href"])


@pytest.mark.sampled
def test_no_token_of_a_key_lives_after_the_answer_to_its_end(api: Api, world: World, examples_of: ExamplesOf):
    for number in range(rounds(examples_of, 300)):
        key = api.api_key(world.account)
        disable = partial(api.post, key["href"], {"status": "DISABLED"})
        end = disable if number % 2 else partial(api.delete, key["href"])

        answers = shuffled(number, *[partial(client_credentials, api, world.application, key)] * 3, end)

        assert_no_failure(answers)
        assert answers[-1].status in (200, 204)
        assert world.live() == set(), outcomes(answers)


def test_twenty_exchanges_of_an_assertion_get_one_success(api: Api, world: World):
    token = assembled(*assertion_of(api, world.application, world.account), api.secret)

    answers = at_once([partial(grant, api, world.application, "stormpath_token", token=token)] * 20)

    assert Counter(each.status for each in answers) == {200: 1, 400: 19}
    assert {each["code"] for each in answers if each.status == 400} == {11005}
    assert len(world.live()) == 2
