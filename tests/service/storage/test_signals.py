"""Signals between threads, and between services that have nothing in common but their database."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
import sqlalchemy as sa

from service.calls import Api
from service.stand_in_agent import Place
from stormpath.server.app import Service
from stormpath.server.domain.agent_logins import WaitingLogin, agent_channel
from stormpath.server.settings import Settings
from stormpath.server.storage import change_watches, signals
from support.served import eventually

SECONDS = 20.0


@pytest.fixture
def never_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who wait look when they are woken, and not by themselves."""
    monkeypatch.setattr(signals, "RARELY", SECONDS)


@pytest.fixture
def other(service: Service) -> Iterator[Service]:
    """Another service on the same database, as in another process."""
    with closing(Service(Settings.from_environment(database=service.settings.database))) as other:
        yield other


class Waiting:
    """A thread that waits for a login of an agent."""

    def __init__(self, service: Service, agent_id: str) -> None:
        self.found: list[WaitingLogin] | None = None
        self.looks = 0
        logins = service._agent_logins

        def is_there() -> list[WaitingLogin] | None:
            self.looks += 1
            return logins.take(agent_id, "p", 1, service._clock()) or None

        def wait() -> None:
            self.found = service.signals.wait(agent_channel(agent_id), SECONDS, is_there)
            self.took = time.monotonic() - begun

        begun = time.monotonic()
        self.thread = threading.Thread(target=wait)
        self.thread.start()
        eventually(lambda: self.looks)

    def is_over(self) -> float:
        """Wait for it; return after how many seconds it was over."""
        self.thread.join(SECONDS + 5)
        assert not self.thread.is_alive()
        return self.took


def add(service: Service, place: Place, id: str) -> None:
    now = service._clock()
    login = WaitingLogin(f"{place.agent_id} {id}", "entry", "cn=x", b"sealed", now + 10_000)
    assert service._agent_logins.add(place.api.tenant_id, place.agent_id, login, now)


@pytest.fixture
def place(api: Api) -> Place:
    return Place(api)


@pytest.mark.usefixtures("never_looking")
class TestWaking:
    def test_a_thread_is_woken_by_another_one(self, service: Service, place: Place):
        waiting = Waiting(service, place.agent_id)
        add(service, place, "1")

        assert waiting.is_over() < SECONDS / 2
        assert waiting.found is not None

    def test_a_process_is_woken_by_another_one(self, service: Service, other: Service, place: Place):
        for number in range(3):
            waiting = Waiting(other, place.agent_id)
            eventually(lambda: other.signals._watch.hears_others)
            add(service, place, str(number))

            assert waiting.is_over() < SECONDS / 2
            assert waiting.found is not None

    def test_what_is_there_already_is_found_at_once(self, service: Service, place: Place):
        add(service, place, "1")
        assert Waiting(service, place.agent_id).is_over() < SECONDS / 2

    def test_the_end_of_the_service_ends_the_wait(self, other: Service, place: Place):
        waiting = Waiting(other, place.agent_id)
        other.signals.close()

        assert waiting.is_over() < SECONDS / 2
        assert waiting.found is None

    def test_what_goes_wrong_in_a_look_is_raised_and_nothing_is_left(self, service: Service):
        def is_there() -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            service.signals.wait("channel", SECONDS, is_there)
        assert "channel" not in service.signals._waiting


def test_a_wait_ends_in_time(service: Service):
    begun = time.monotonic()
    assert service.signals.wait("nothing", 0.2, lambda: None) is None
    assert 0.2 <= time.monotonic() - begun < 5


def test_nothing_is_started_before_the_first_wait(other: Service):
    def threads() -> set[str]:
        return {each.name for each in threading.enumerate() if each not in before}

    before = set(threading.enumerate())
    other.signals.send("channel")
    assert threads() & {"stormpath-listener", "stormpath-changes"} == set()
    other.signals.wait("channel", 0, lambda: True)
    assert len(threads() & {"stormpath-listener", "stormpath-changes"}) == 1
    other.signals.close()
    assert threads() & {"stormpath-listener", "stormpath-changes"} == set()


def test_where_no_connection_can_be_spared_those_who_wait_look_often(
    service: Service, place: Place, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(signals, "RARELY", SECONDS)
    settings = Settings.from_environment(database=service.settings.database, database_connections=6)
    with closing(Service(settings)) as small:
        waiting = Waiting(small, place.agent_id)
        assert not small.signals._watch.hears_others
        add(service, place, "1")

        assert waiting.is_over() < SECONDS / 2
        assert small.database.engine.pool.checkedout() == 0


class TestPostgresql:
    @pytest.fixture
    def service(self, postgresql_service: Service) -> Service:
        return postgresql_service

    def test_a_listener_whose_session_ends_listens_again(
        self, service: Service, other: Service, place: Place, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(signals, "RARELY", SECONDS)
        monkeypatch.setattr(change_watches, "_PAUSE", 0.1)
        first = Waiting(other, place.agent_id)
        eventually(lambda: other.signals._watch.hears_others)

        assert _end_listeners(service) >= 1
        eventually(lambda: other.signals._watch.hears_others)
        add(service, place, "1")

        assert first.is_over() < SECONDS / 2

    def test_without_a_session_those_who_wait_look_often(
        self, service: Service, place: Place, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(signals, "RARELY", SECONDS)
        url = f"{service.settings.database}?prepare_threshold=none"
        with closing(Service(Settings.from_environment(database=url))) as pooled:
            waiting = Waiting(pooled, place.agent_id)
            add(service, place, "1")

            assert waiting.is_over() < SECONDS / 2
            assert not pooled.signals._watch.hears_others


def _end_listeners(service: Service) -> int:
    """End the sessions that wait for notifications of the service's database."""
    ended = sa.text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND query = 'LISTEN stormpath'"
    )
    with service.database.engine.connect() as connection:
        return int(connection.execute(ended).scalar_one())
