"""Invalid reset tokens: all are refused alike, and useless ones are removed later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Thread

import jwt
import pytest
import sqlalchemy as sa

from service.calls import Answer, Api, Json
from service.clock import HOUR, Clock, clock, service
from service.password_resets import ask, token_of
from service.tenant_setup import new_tenant
from stormpath.server.app import Service
from stormpath.server.storage import one_time_tokens
from stormpath.server.storage.tables import Tables
from support.statements import statements, without_key_lookups

pytestmark = pytest.mark.either_database

__all__ = ["clock", "service"]

GOOD = "Another1one"


@pytest.fixture
def resources(api: Api) -> Json:
    application, directory = api.application_with_directory()
    return {"application": application, "directory": directory, "account": api.account(directory)}


@pytest.fixture
def href(api: Api, resources: Json) -> str:
    return str(ask(api, resources["application"]).ok["href"])


def _tampered(token: str) -> Iterator[str]:
    """Return the token with a change in each part."""
    parts = token.split(".")
    for number, part in enumerate(parts):
        other = "A" if part[5] != "A" else "B"
        yield ".".join([*parts[:number], part[:5] + other + part[6:], *parts[number + 1 :]])
    yield ".".join(parts[:2])
    yield ".".join([*parts[:2], ""])
    yield f"{token}."
    yield f"{token}="
    yield token[:-1]
    yield token.swapcase()


def _forged(token: str) -> Iterator[str]:
    """Return tokens of the same form that an attacker could make."""
    claims = jwt.decode(token, options={"verify_signature": False})
    header = jwt.get_unverified_header(token)
    yield jwt.encode(claims, "k" * 32, "HS256", headers={"kid": header["kid"]})
    yield jwt.encode({**claims, "exp": claims["exp"] + 9 * HOUR}, "k" * 32, "HS256")
    yield jwt.encode(claims, "", "none", headers={"kid": header["kid"]})
    yield jwt.encode({"exp": 1, "jti": "0" * 22}, "k" * 32, "HS256")


#: In the form that a URL contains.
ODD = [
    *("x", "0" * 22, "a.b.c", "x" * 10_000, "a%20b", "a%2Bb", "a+b", "a%00b", "%00", "Zo%C3%AB"),
    *("%F0%9F%98%80", "%ED%A0%80", "%FF", "'--", "*", "%25", "%7Btoken%7D"),
]


class TestRefusal:
    @pytest.fixture
    def useless(self, api: Api, resources: Json, href: str, clock: Clock) -> dict[str, str]:
        """Each kind of token that cannot be spent, as the href to spend it at."""
        home = resources["application"]["passwordResetTokens"]["href"]
        other = api.application("Other")
        api.mapping(other, resources["directory"])
        stranger = new_tenant(api.wsgi)  # type: ignore[arg-type]  # it is the service
        theirs = stranger.application_with_directory()
        stranger.account(theirs[1])
        clock.moves(-48 * HOUR)
        expired = token_of(ask(api, resources["application"]).ok["href"])
        clock.moves(48 * HOUR)
        foreign = token_of(ask(stranger, theirs[0]).ok["href"])
        of_another_application = token_of(ask(api, other).ok["href"])
        spent = token_of(ask(api, resources["application"]).ok["href"])
        revoked = token_of(href)
        kinds = {"expired": expired, "foreign": foreign, "revoked": revoked, "spent": spent}
        kinds |= {f"tampered {n}": each for n, each in enumerate(_tampered(of_another_application))}
        kinds |= {f"forged {n}": each for n, each in enumerate(_forged(of_another_application))}
        kinds |= {f"odd {n}": each for n, each in enumerate(ODD)}
        assert api.post(f"{home}/{spent}", {"password": GOOD}).status == 200
        kinds["of another application"] = token_of(ask(api, other).ok["href"])
        return {kind: f"{home}/{token}" for kind, token in kinds.items()}

    def test_all_invalid_tokens_get_the_same_answer(self, api: Api, resources: Json, useless: dict[str, str]):
        calls: list[Callable[[str], Answer]] = [
            api.get,
            lambda href: api.post(href, {"password": "Yetanother1"}),
            # Faults of the body are reported only for tokens that exist (rest-core 6.22).
            lambda href: api.post(href, {}),
            lambda href: api.post(href, {"password": "short", "bogus": 1}),
        ]

        for call in calls:
            answers = {kind: _without_request_id(call(href)) for kind, href in useless.items()}
            assert answers["spent"][0] == 404
            assert {kind for kind in answers if answers[kind] != answers["spent"]} == set()
        assert api.log_in(resources["application"], "ada", GOOD).status == 200

    def test_all_invalid_tokens_cost_the_same_number_of_statements(
        self, service: Service, api: Api, useless: dict[str, str]
    ):
        for method in ("GET", "POST"):
            counts = {}
            for kind, href in useless.items():
                with statements(service) as seen:
                    api.request(method, href)
                counts[kind] = len(without_key_lookups(seen))
            assert len(set(counts.values())) == 1, counts
            assert counts["spent"] > 0

    def test_earlier_checks_are_reported_before_an_invalid_token(self, api: Api, useless: dict[str, str]):
        href = useless["spent"]
        as_json = {"Content-Type": "application/json"}

        assert api.request("POST", href, b"{}", headers={"Content-Type": "text/plain"}).error == (415, 1101)
        assert api.request("POST", href, b"{", headers=as_json).error == (400, 400)
        assert api.post(href, {}, passwordFormat="mcf").error == (400, 2105)
        assert api.get(href, expand="bogus").error == (400, 2107)
        assert api.delete(href).error == (405, 1100)
        assert api.request("GET", href, credentials={}).error == (401, 401)

    @pytest.mark.parametrize("path", ["a%2Fb", "..", "a/b", "%2F"])
    def test_a_path_that_is_no_token_is_not_found(self, api: Api, resources: Json, path: str):
        home = resources["application"]["passwordResetTokens"]["href"]

        for answer in (api.get(f"{home}/x/{path}"), api.post(f"{home}/x%2F{path}", {"password": GOOD})):
            assert answer.error == (404, 404)

    def test_a_valid_token_of_another_tenant_is_not_found(self, api: Api, stranger: Api):
        application, directory = stranger.application_with_directory()
        stranger.account(directory)
        href = ask(stranger, application).ok["href"]

        assert api.get(href).error == (404, 404)
        assert api.post(href, {"password": GOOD}).error == (404, 404)
        assert stranger.get(href).status == 200


def _without_request_id(answer: Answer) -> tuple[int, Json, Json]:
    body = answer.json
    assert body.pop("requestId") == answer.headers["stormpath-request-id"]
    return answer.status, body, {**answer.headers, "stormpath-request-id": ""}


class TestRemoval:
    @pytest.fixture
    def kept(self, service: Service, api: Api) -> Callable[[], int]:
        table = service.database.tables.workflow_tokens

        def count() -> int:
            statement = sa.select(sa.func.count()).where(table.c.tenant_id == api.tenant_id)
            with service.database.engine.connect() as connection:
                return int(connection.execute(statement).scalar_one())

        return count

    def test_only_spent_revoked_and_expired_tokens_are_removed(
        self, service: Service, api: Api, resources: Json, kept: Callable[[], int], clock: Clock
    ):
        api.post(
            resources["directory"]["accountCreationPolicy"]["href"], {"verificationEmailStatus": "ENABLED"}
        )
        grace = api.account(resources["directory"], "grace")
        clock.moves(-25 * HOUR)
        ask(api, resources["application"], "grace@example.com")
        clock.moves(25 * HOUR)
        revoked, spent = (ask(api, resources["application"]).ok["href"] for _ in range(2))
        api.post(spent, {"password": GOOD})
        good = ask(api, resources["application"]).ok["href"]
        assert kept() == 5

        with service.database.transaction() as connection:
            one_time_tokens.remove_useless(connection, service.database.tables, clock.now)

        assert kept() == 2
        assert api.get(good).status == 200
        assert api.get(revoked).status == api.get(spent).status == 404
        assert api.post(grace["emailVerificationToken"]["href"]).status == 200

    def test_every_nth_new_token_removes_the_useless_ones(
        self, api: Api, resources: Json, kept: Callable[[], int], monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(one_time_tokens, "REMOVE_USELESS_EVERY", 4)
        for _ in range(4):
            api.post(ask(api, resources["application"]).ok["href"], {"password": GOOD})
        assert 0 < kept() <= 4

        for _ in range(4):
            assert ask(api, resources["application"]).status == 200

        assert kept() == 4

    def test_many_useless_tokens_are_removed_in_batches(
        self,
        service: Service,
        api: Api,
        resources: Json,
        kept: Callable[[], int],
        clock: Clock,
        monkeypatch: pytest.MonkeyPatch,
    ):
        monkeypatch.setattr(one_time_tokens, "REMOVE_AT_ONCE", 2)
        with service.database.transaction() as connection:
            connection.execute(service.database.tables.workflow_tokens.delete())
        for _ in range(5):
            ask(api, resources["application"])
        clock.moves(25 * HOUR)

        left = []
        for _ in range(3):
            with service.database.transaction() as connection:
                one_time_tokens.remove_useless(connection, service.database.tables, clock.now)
            left.append(kept())

        assert left == [3, 1, 0]

    # SQLite has one writer at a time: no other transaction can hold a lock.
    @pytest.mark.parametrize("service", ["postgresql"], indirect=True)
    def test_removing_tokens_skips_locked_rows(
        self, service: Service, api: Api, resources: Json, kept: Callable[[], int], clock: Clock
    ):
        hrefs = [ask(api, resources["application"]).ok["href"] for _ in range(3)]
        api.post(hrefs[0], {"password": GOOD})
        table = service.database.tables.workflow_tokens
        one = sa.select(table).where(table.c.tenant_id == api.tenant_id).limit(1).with_for_update()

        with service.database.transaction() as holder:
            assert holder.execute(one).first() is not None
            with service.database.transaction() as connection:
                connection.exec_driver_sql("SET LOCAL lock_timeout = '100ms'")
                one_time_tokens.remove_useless(connection, service.database.tables, clock.now)
            assert kept() == 1

        with service.database.transaction() as connection:
            one_time_tokens.remove_useless(connection, service.database.tables, clock.now)
        assert kept() == 0

    def test_removing_them_does_not_stand_in_the_way_of_the_deletion_of_their_application(
        self, api: Api, resources: Json, monkeypatch: pytest.MonkeyPatch
    ):
        """Both need the application and its spent tokens: they must not wait for each other."""
        api.post(ask(api, resources["application"]).ok["href"], {"password": GOOD})
        deletions: list[Answer] = []
        deletion = Thread(
            target=lambda: deletions.append(api.delete(resources["application"]["href"])), daemon=True
        )
        remove = one_time_tokens.remove_useless

        def remove_while_it_is_deleted(connection: sa.Connection, tables: Tables, now: int) -> None:
            remove(connection, tables, now)
            deletion.start()
            # Long enough for the deletion to come to where it waits.
            deletion.join(0.5)

        monkeypatch.setattr(one_time_tokens, "REMOVE_USELESS_EVERY", 1)
        monkeypatch.setattr(one_time_tokens, "remove_useless", remove_while_it_is_deleted)
        asked = ask(api, resources["application"])
        deletion.join(30)

        assert (asked.status, [each.status for each in deletions]) == (200, [204])
