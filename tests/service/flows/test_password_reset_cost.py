"""The cost of a reset: one hash, when the password is set, outside any transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from service.calls import Api, Json
from service.clock import Clock, clocked_service
from service.password_resets import ask
from stormpath.server import parts
from stormpath.server.app import Service
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.security.passwords import InsecureForTests
from stormpath.server.storage.database import Database
from support.outbox import kinds

pytestmark = pytest.mark.both_databases

GOOD = "Another1one"


class Watched(InsecureForTests):
    """The tests' own scheme; it records its calls, and whether a transaction was open meanwhile."""

    def __init__(self) -> None:
        self.done: list[tuple[str, bool]] = []
        self.is_writing = False
        self.is_busy = False
        self.is_old = False

    def hash(self, password: str) -> str:
        if self.is_busy:
            raise ApiError(Code.UNAVAILABLE, "The service is busy.", retry_after=1)
        self.done.append(("hash", self.is_writing))
        return super().hash(password)

    def verify(self, password: str, stored: str) -> bool:
        self.done.append(("verify", self.is_writing))
        return super().verify(password, stored)

    def is_outdated(self, stored: str) -> bool:
        return self.is_old


@pytest.fixture
def scheme(monkeypatch: pytest.MonkeyPatch) -> Watched:
    scheme = Watched()
    real = Database.transaction

    @contextmanager
    def watched(database: Database, **options: bool) -> Iterator[sa.Connection]:
        with real(database, **options) as connection:
            scheme.is_writing = True
            try:
                yield connection
            finally:
                scheme.is_writing = False

    monkeypatch.setattr(parts, "scheme_named", lambda name: scheme)
    monkeypatch.setattr(Database, "transaction", watched)
    return scheme


@pytest.fixture(params=["sqlite", "postgresql"])
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, scheme: Watched
) -> Iterator[Service]:
    with clocked_service(request, tmp_path_factory, Clock()) as service:
        yield service


@pytest.fixture
def resources(api: Api, scheme: Watched) -> Json:
    application, directory = api.application_with_directory()
    account = api.account(directory)
    scheme.done.clear()
    return {"application": application, "directory": directory, "account": account}


def test_asking_for_a_reset_hashes_nothing(api: Api, resources: Json, scheme: Watched):
    asked = ask(api, resources["application"]).ok
    ask(api, resources["application"], "nobody@example.com")
    api.get(asked["href"])

    assert scheme.done == []


def test_setting_the_password_hashes_once(api: Api, resources: Json, scheme: Watched):
    href = ask(api, resources["application"]).ok["href"]

    assert api.post(href, {"password": GOOD}).status == 200

    assert scheme.done == [("hash", False)]


def test_each_password_that_may_not_come_again_is_compared_before(api: Api, resources: Json, scheme: Watched):
    strength = f"{resources['directory']['passwordPolicy']['href']}/strength"
    assert api.post(strength, {"preventReuse": 2}).status == 200
    assert api.post(resources["account"]["href"], {"password": "Second2nd"}).status == 200
    href = ask(api, resources["application"]).ok["href"]
    scheme.done.clear()

    assert api.post(href, {"password": GOOD}).status == 200

    assert scheme.done == [("verify", False), ("verify", False), ("hash", False)]


@pytest.mark.parametrize("password", ["", "short", "alllower1"])
def test_a_refused_reset_hashes_nothing(api: Api, resources: Json, scheme: Watched, password: str):
    href = ask(api, resources["application"]).ok["href"]

    assert api.post(href, {"password": password}).status == 400
    assert api.post(f"{href}x", {"password": GOOD}).status == 404

    assert scheme.done == []


def test_where_too_many_wait_for_a_hash_the_token_stays_good(
    service: Service, api: Api, resources: Json, scheme: Watched
):
    href = ask(api, resources["application"]).ok["href"]
    scheme.is_busy = True

    refused = api.post(href, {"password": GOOD})

    assert (refused.error, refused.headers["retry-after"]) == ((503, 503), "1")
    assert kinds(service, api.tenant_id) == ["reset"]
    scheme.is_busy = False
    assert api.post(href, {"password": GOOD}).status == 200


def test_a_login_that_renews_an_outdated_hash_leaves_the_tokens_as_they_are(
    api: Api, resources: Json, scheme: Watched
):
    href = ask(api, resources["application"]).ok["href"]
    scheme.is_old = True

    assert api.log_in(resources["application"], "ada").status == 200

    assert ("hash", False) in scheme.done
    assert api.get(href).status == 200
    assert api.post(href, {"password": GOOD}).status == 200
