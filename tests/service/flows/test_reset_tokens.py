"""A reset token: its form, who cannot make one of what the database holds, and what ends it."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import jwt
import pytest
import sqlalchemy as sa

from service.calls import Api, Json
from service.clock import HOUR, Clock, clock, service
from service.password_resets import ask, token_of
from stormpath.server.app import Service
from support.outbox import messages

__all__ = ["clock", "service"]

GOOD = "Another1one"


@pytest.fixture
def world(api: Api) -> Json:
    application, directory = api.application_with_directory()
    return {"application": application, "directory": directory, "account": api.account(directory)}


@pytest.fixture
def href(api: Api, world: Json) -> str:
    return str(ask(api, world["application"]).ok["href"])


class TestForm:
    def test_it_is_a_jwt_that_says_whose_it_is_and_when_it_ends(self, api: Api, href: str, clock: Clock):
        token = token_of(href)

        header, claims = (
            jwt.get_unverified_header(token),
            jwt.decode(token, options={"verify_signature": False}),
        )
        assert len(token.split(".")) == 3
        assert header == {"alg": "HS256", "typ": "JWT", "kid": api.tenant_id}
        assert set(claims) == {"exp", "jti"}
        assert claims["jti"].isascii()
        assert claims["jti"].isalnum()
        assert len(claims["jti"]) == 22
        assert 0 <= claims["exp"] - clock.now / 1000 - 24 * HOUR < 1

    def test_no_two_are_alike(self, api: Api, world: Json):
        tokens = {token_of(ask(api, world["application"]).ok["href"]) for _ in range(10)}

        assert len(tokens) == 10

    def test_nobody_can_make_one_of_what_the_database_holds(self, service: Service, api: Api, world: Json):
        before = set(everything(service))
        token = token_of(ask(api, world["application"]).ok["href"])
        kept = set(everything(service)) - before

        jti = jwt.decode(token, options={"verify_signature": False})["jti"]
        assert {table for table, _ in kept} >= {"workflow_tokens", "outbox"}
        for secret in [token, jti, *token.split(".")[1:]]:
            forms = [secret.encode(), base64.b64encode(secret.encode()), secret.encode().hex().encode()]
            assert not [table for table, value in kept if any(form in value for form in forms)]
        # What was sent holds it; sealed.
        assert messages(service, api.tenant_id)[0].token == token


def everything(service: Service) -> Iterator[tuple[str, bytes]]:
    """Return every value of every table, as (table, bytes)."""
    tables = sa.MetaData()
    tables.reflect(service.database.engine)
    with service.database.engine.connect() as connection:
        for table in tables.sorted_tables:
            for row in connection.execute(sa.select(table)):
                for value in row:
                    yield table.name, value if isinstance(value, bytes) else str(value).encode()


class TestEnd:
    @pytest.mark.parametrize("hours", [1, 24, 168])
    def test_it_ends_after_the_hours_of_its_directory(self, api: Api, world: Json, hours: int, clock: Clock):
        api.post(world["directory"]["passwordPolicy"]["href"], {"resetTokenTtl": hours})
        href = ask(api, world["application"]).ok["href"]
        end = jwt.decode(token_of(href), options={"verify_signature": False})["exp"] * 1000

        clock.now = end - 1
        assert api.get(href).status == 200
        clock.now = end
        assert api.get(href).error == (404, 404)
        assert api.post(href, {"password": GOOD}).error == (404, 404)
        assert api.log_in(world["application"], "ada").status == 200

    def test_a_later_change_of_the_policy_is_for_later_tokens(
        self, api: Api, world: Json, href: str, clock: Clock
    ):
        api.post(world["directory"]["passwordPolicy"]["href"], {"resetTokenTtl": 1})

        clock.moves(23 * HOUR)

        assert api.get(href).status == 200

    def test_a_clock_that_is_put_back_leaves_it_valid(self, api: Api, href: str, clock: Clock):
        clock.moves(-7 * 24 * HOUR)

        assert api.get(href).status == 200
        assert api.post(href, {"password": GOOD}).status == 200

    def test_and_does_not_bring_back_what_was_spent(self, api: Api, href: str, clock: Clock):
        api.post(href, {"password": GOOD})

        for step in (-HOUR, -24 * HOUR, 2 * HOUR):
            clock.moves(step)
            assert api.get(href).error == (404, 404)

    def test_an_expired_one_that_a_clock_brings_back_died_with_the_password(
        self, api: Api, world: Json, href: str, clock: Clock
    ):
        clock.moves(25 * HOUR)
        api.post(world["account"]["href"], {"password": GOOD})
        clock.moves(-25 * HOUR)

        assert api.get(href).error == (404, 404)


class TestReading:
    def test_it_spends_nothing(self, api: Api, world: Json, href: str):
        shown = api.get(href)
        for _ in range(20):
            again, head = api.get(href), api.request("HEAD", href)
            assert again.ok == shown.ok
            assert (head.status, head.raw) == (200, b"")

        assert api.post(href, {"password": GOOD}).status == 200


class TestDeath:
    """What makes every reset token of an account useless, and what does not."""

    @pytest.fixture
    def hrefs(self, api: Api, world: Json) -> list[str]:
        """Two tokens of one application and one of another."""
        other = api.application("Other")
        api.mapping(other, world["directory"])
        places = [world["application"], world["application"], other]
        return [ask(api, each).ok["href"] for each in places]

    @pytest.fixture
    def bystander(self, api: Api, world: Json) -> str:
        api.account(world["directory"], "grace")
        return str(ask(api, world["application"], "grace@example.com").ok["href"])

    @pytest.mark.parametrize("number", [0, 1, 2])
    def test_a_reset(self, api: Api, hrefs: list[str], bystander: str, number: int):
        assert [api.get(each).status for each in hrefs] == [200] * 3

        assert api.post(hrefs[number], {"password": GOOD}).status == 200

        assert [api.get(each).error for each in hrefs] == [(404, 404)] * 3
        assert [api.post(each, {"password": GOOD}).error for each in hrefs] == [(404, 404)] * 3
        assert api.get(bystander).status == 200

    @pytest.mark.parametrize(
        "changes",
        [
            {"password": GOOD},
            {"password": "Changeme1"},
            {"password": GOOD, "givenName": "Ada"},
            {"email": "countess@example.com"},
            {"email": "ADA@example.com"},
        ],
    )
    def test_a_change_of_password_or_email(
        self, api: Api, world: Json, hrefs: list[str], bystander: str, changes: Json
    ):
        assert api.post(world["account"]["href"], changes).status == 200

        assert [api.get(each).error for each in hrefs] == [(404, 404)] * 3
        assert api.get(bystander).status == 200

    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"givenName": "Ada", "status": "DISABLED", "username": "countess", "customData": {"a": 1}},
            {"email": "ada@example.com"},
        ],
    )
    def test_no_other_change(self, api: Api, world: Json, hrefs: list[str], changes: Json):
        assert api.post(world["account"]["href"], changes).status == 200

        assert [api.get(each).status for each in hrefs] == [200] * 3

    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"password": "short"}, (400, 2007)),
            ({"password": "alllower1"}, (400, 400)),
            ({"email": "grace@example.com"}, (409, 2001)),
            ({"email": "grace@example.com", "password": GOOD}, (409, 2001)),
            ({"email": "none", "password": GOOD}, (400, 2006)),
            ({"password": GOOD, "customData": {"a.b": 1}}, (400, 3002)),
            ({"email": "countess@example.com", "customData": {"a.b": 1}}, (400, 3002)),
            ({"password": GOOD, "bogus": 1}, (400, 2015)),
        ],
    )
    @pytest.mark.usefixtures("bystander")
    def test_no_change_that_is_refused(
        self, api: Api, world: Json, hrefs: list[str], changes: Json, refusal: tuple[int, int]
    ):
        assert api.post(world["account"]["href"], changes).error == refusal

        assert [api.get(each).status for each in hrefs] == [200] * 3

    def test_no_login(self, api: Api, world: Json, hrefs: list[str]):
        api.log_in(world["application"], "ada", "wrong")
        assert api.log_in(world["application"], "ada").status == 200

        assert [api.get(each).status for each in hrefs] == [200] * 3

    def test_no_disabled_application(self, api: Api, world: Json, hrefs: list[str]):
        api.post(world["application"]["href"], {"status": "DISABLED"})

        assert [api.get(each).status for each in hrefs] == [200] * 3
        assert api.post(hrefs[0], {"password": GOOD}).status == 200

    def test_the_end_of_its_application(self, api: Api, world: Json, hrefs: list[str]):
        api.delete(world["application"]["href"])

        assert [api.get(each).status for each in hrefs] == [404, 404, 200]
        assert api.post(hrefs[0], {"password": GOOD}).error == (404, 404)
        assert api.post(hrefs[2], {"password": GOOD}).status == 200

    @pytest.mark.parametrize("what", ["account", "directory"])
    def test_the_end_of_its_account(
        self, service: Service, api: Api, world: Json, hrefs: list[str], what: str
    ):
        api.delete(world[what]["href"])

        assert [api.get(each).error for each in hrefs] == [(404, 404)] * 3
        assert [api.post(each, {"password": GOOD}).error for each in hrefs] == [(404, 404)] * 3
        assert messages(service, api.tenant_id) == []
