"""Wrong passwords are counted in Redis, where one is configured, and in the database while it is away."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from service.calls import Api, Json
from service.concurrency import at_once, outcomes
from service.guess_limits import REFUSED, WRONG, application, at, log_in, wrong
from service.tenant_rows import rows_of
from service.tenant_setup import new_tenant
from stormpath.server.app import CannotOpen, Service, open_service
from stormpath.server.storage.redis_guesses import RedisGuesses
from support.redis_server import RedisServer

pytestmark = pytest.mark.either_database

__all__ = ["application"]

HOME = "203.0.113.7"


@pytest.fixture
def redis(own_redis: Callable[..., RedisServer]) -> RedisServer:
    return own_redis(requirepass="secret-of-redis")


@pytest.fixture
def open_it(
    initialized_database_url: str, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Service]]:
    monkeypatch.setenv("STORMPATH_REDIS_URL", f"redis://:secret-of-redis@127.0.0.1:{redis.port}/0")
    opened: list[Service] = []

    def open_it() -> Service:
        opened.append(open_service(initialized_database_url))
        return opened[-1]

    yield open_it
    for each in opened:
        each.close()


@pytest.fixture
def service(open_it: Callable[[], Service]) -> Service:
    return open_it()


@pytest.fixture
def api(service: Service) -> Api:
    return new_tenant(service)


def stored(service: Service, api: Api) -> int:
    return len(rows_of(service, api.tenant_id)["guesses"])


def test_two_services_share_the_counts(
    service: Service, api: Api, application: Json, open_it: Callable[[], Service]
):
    there = Api(open_it(), api.base_url, api.tenant_id, api.key_id, api.secret)
    tasks = [lambda: api.log_in(application, "ada", "a"), lambda: there.log_in(application, "ada", "b")]

    assert outcomes(at_once(tasks * 10)) == {WRONG: 10, REFUSED: 10}
    assert stored(service, api) == 0


def test_a_killed_redis_lets_nobody_guess_without_a_count(
    service: Service, api: Api, application: Json, redis: RedisServer, caplog: pytest.LogCaptureFixture
):
    assert log_in(at(api, HOME), application) == 200
    assert wrong(api, application, 4) == [WRONG] * 4
    redis.kill()

    with caplog.at_level(logging.WARNING, "stormpath.server.storage"):
        assert log_in(api, application) == 200
        # The counts of Redis are gone, and those of the database begin.
        assert wrong(api, application, 12) == [WRONG] * 10 + [REFUSED] * 2
        assert log_in(at(api, HOME), application) == 200

    assert stored(service, api) > 0
    told = [each.getMessage() for each in caplog.records if "Redis" in each.getMessage()]
    assert told == ["Redis does not answer: guesses are counted in the database meanwhile (ConnectionError)"]
    assert "secret-of-redis" not in caplog.text


def test_only_one_login_waits_for_a_redis_that_is_away(
    service: Service, api: Api, application: Json, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
):
    guesses = service._guesses
    assert isinstance(guesses, RedisGuesses)
    # However slow the machine is, the logins are within one pause.
    monkeypatch.setattr(guesses, "_pause", 600.0)
    redis.pause()
    begun = time.monotonic()
    assert log_in(api, application) == 200
    assert time.monotonic() - begun > 0.4
    asked: list[object] = []
    for script in ("_check", "_take", "_settle"):
        monkeypatch.setattr(guesses, script, lambda **asks: asked.append(asks))

    for _ in range(5):
        assert log_in(api, application) == 200

    assert asked == []
    redis.resume()


def test_redis_counts_again_when_it_is_back(
    service: Service,
    api: Api,
    application: Json,
    redis: RedisServer,
    monkeypatch,
    caplog: pytest.LogCaptureFixture,
):
    assert isinstance(service._guesses, RedisGuesses)
    monkeypatch.setattr(service._guesses, "_pause", 0.0)
    redis.kill()
    assert wrong(api, application, 1) == [WRONG]
    before = stored(service, api)
    redis.restart()

    assert wrong(api, application, 11) == [WRONG] * 10 + [REFUSED]

    assert stored(service, api) == before
    assert "Redis answers again: guesses are counted there" in caplog.messages


def test_a_guess_that_was_taken_in_redis_is_not_settled_in_the_database(
    service: Service, api: Api, application: Json, redis: RedisServer, monkeypatch
):
    own = service._passwords.__class__.match

    def killing(*given, **more):
        redis.kill()
        return own(*given, **more)

    monkeypatch.setattr(service._passwords.__class__, "match", killing)

    assert log_in(api, application) == 200
    assert stored(service, api) == 0


@pytest.mark.parametrize("url", ["127.0.0.1", "http://user:hidden@127.0.0.1", "redis://:hidden@host:port"])
def test_a_url_of_another_form_is_refused_at_the_start_without_its_password(
    initialized_sqlite_url: str, monkeypatch, url: str
):
    monkeypatch.setenv("STORMPATH_REDIS_URL", url)

    with pytest.raises(CannotOpen, match="STORMPATH_REDIS_URL must look like") as refused:
        closing(open_service(initialized_sqlite_url))

    assert "hidden" not in str(refused.value)
