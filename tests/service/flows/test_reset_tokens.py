"""Reset tokens: their form, their independence of the database's contents, their expiry and revocation."""

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
from support.migrated import is_text_index
from support.outbox import emails

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
    def test_a_token_is_a_jwt_that_names_its_tenant_and_its_expiry(self, api: Api, href: str, clock: Clock):
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

    def test_every_token_is_different(self, api: Api, world: Json):
        tokens = {token_of(ask(api, world["application"]).ok["href"]) for _ in range(10)}

        assert len(tokens) == 10

    def test_no_token_can_be_made_from_the_contents_of_the_database(
        self, service: Service, api: Api, world: Json
    ):
        before = set(everything(service))
        token = token_of(ask(api, world["application"]).ok["href"])
        kept = set(everything(service)) - before

        jti = jwt.decode(token, options={"verify_signature": False})["jti"]
        assert {table for table, _ in kept} >= {"workflow_tokens", "outbox"}
        for secret in [token, jti, *token.split(".")[1:]]:
            forms = [secret.encode(), base64.b64encode(secret.encode()), secret.encode().hex().encode()]
            assert not [table for table, value in kept if any(form in value for form in forms)]
        # What was sent holds it; sealed.
        assert emails(service, api.tenant_id)[0].token == token


def everything(service: Service) -> Iterator[tuple[str, bytes]]:
    """Return every value of every table, as (table, bytes)."""
    tables = sa.MetaData()
    tables.reflect(service.database.engine)
    with service.database.engine.connect() as connection:
        for table in (each for each in tables.sorted_tables if not is_text_index(each.name)):
            for row in connection.execute(sa.select(table)):
                for value in row:
                    yield table.name, value if isinstance(value, bytes) else str(value).encode()


class TestExpiry:
    @pytest.mark.parametrize("hours", [1, 24, 168])
    def test_a_token_expires_after_the_hours_of_its_directory(
        self, api: Api, world: Json, hours: int, clock: Clock
    ):
        api.post(world["directory"]["passwordPolicy"]["href"], {"resetTokenTtl": hours})
        href = ask(api, world["application"]).ok["href"]
        end = jwt.decode(token_of(href), options={"verify_signature": False})["exp"] * 1000

        clock.now = end - 1
        assert api.get(href).status == 200
        clock.now = end
        assert api.get(href).error == (404, 404)
        assert api.post(href, {"password": GOOD}).error == (404, 404)
        assert api.log_in(world["application"], "ada").status == 200

    def test_a_change_of_the_policy_applies_to_later_tokens_only(
        self, api: Api, world: Json, href: str, clock: Clock
    ):
        api.post(world["directory"]["passwordPolicy"]["href"], {"resetTokenTtl": 1})

        clock.moves(23 * HOUR)

        assert api.get(href).status == 200

    def test_a_clock_that_is_put_back_keeps_a_token_valid(self, api: Api, href: str, clock: Clock):
        clock.moves(-7 * 24 * HOUR)

        assert api.get(href).status == 200
        assert api.post(href, {"password": GOOD}).status == 200

    def test_a_clock_that_is_moved_does_not_revive_a_spent_token(self, api: Api, href: str, clock: Clock):
        api.post(href, {"password": GOOD})

        for step in (-HOUR, -24 * HOUR, 2 * HOUR):
            clock.moves(step)
            assert api.get(href).error == (404, 404)

    def test_an_expired_token_is_revoked_by_a_password_change_too(
        self, api: Api, world: Json, href: str, clock: Clock
    ):
        clock.moves(25 * HOUR)
        api.post(world["account"]["href"], {"password": GOOD})
        clock.moves(-25 * HOUR)

        assert api.get(href).error == (404, 404)


class TestReading:
    def test_reading_a_token_does_not_spend_it(self, api: Api, world: Json, href: str):
        shown = api.get(href)
        for _ in range(20):
            again, head = api.get(href), api.request("HEAD", href)
            assert again.ok == shown.ok
            assert (head.status, head.raw) == (200, b"")

        assert api.post(href, {"password": GOOD}).status == 200


class TestRevocation:
    """The events that revoke every reset token of an account, and those that do not."""

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
    def test_a_reset_revokes_all_tokens_of_the_account(
        self, api: Api, hrefs: list[str], bystander: str, number: int
    ):
        assert [api.get(each).status for each in hrefs] == [200] * 3

        assert api.post(hrefs[number], {"password": GOOD}).status == 200

        assert [api.get(each).error for each in hrefs] == [(404, 404)] * 3
        assert [api.post(each, {"password": GOOD}).error for each in hrefs] == [(404, 404)] * 3
        assert api.get(bystander).status == 200

    @pytest.mark.parametrize(
        "changes",
        [
            {"password": GOOD},
            {"password": "Changeme1!"},
            {"password": GOOD, "givenName": "Ada"},
            {"email": "countess@example.com"},
            {"email": "ada@example.org"},
        ],
    )
    def test_a_change_of_password_or_email_revokes_all_tokens_of_the_account(
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
            {"email": "ADA@example.com"},
        ],
    )
    def test_other_changes_revoke_no_token(self, api: Api, world: Json, hrefs: list[str], changes: Json):
        assert api.post(world["account"]["href"], changes).status == 200

        assert [api.get(each).status for each in hrefs] == [200] * 3

    @pytest.mark.parametrize(
        ("changes", "error"),
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
    def test_a_refused_change_revokes_no_token(
        self, api: Api, world: Json, hrefs: list[str], changes: Json, error: tuple[int, int]
    ):
        assert api.post(world["account"]["href"], changes).error == error

        assert [api.get(each).status for each in hrefs] == [200] * 3

    def test_a_login_revokes_no_token(self, api: Api, world: Json, hrefs: list[str]):
        api.log_in(world["application"], "ada", "wrong")
        assert api.log_in(world["application"], "ada").status == 200

        assert [api.get(each).status for each in hrefs] == [200] * 3

    def test_disabling_the_application_revokes_no_token(self, api: Api, world: Json, hrefs: list[str]):
        api.post(world["application"]["href"], {"status": "DISABLED"})

        assert [api.get(each).status for each in hrefs] == [200] * 3
        assert api.post(hrefs[0], {"password": GOOD}).status == 200

    def test_deleting_the_application_revokes_its_tokens_only(self, api: Api, world: Json, hrefs: list[str]):
        api.delete(world["application"]["href"])

        assert [api.get(each).status for each in hrefs] == [404, 404, 200]
        assert api.post(hrefs[0], {"password": GOOD}).error == (404, 404)
        assert api.post(hrefs[2], {"password": GOOD}).status == 200

    @pytest.mark.parametrize("what", ["account", "directory"])
    def test_deleting_the_account_or_its_directory_revokes_its_tokens(
        self, service: Service, api: Api, world: Json, hrefs: list[str], what: str
    ):
        api.delete(world[what]["href"])

        assert [api.get(each).error for each in hrefs] == [(404, 404)] * 3
        assert [api.post(each, {"password": GOOD}).error for each in hrefs] == [(404, 404)] * 3
        assert emails(service, api.tenant_id) == []
