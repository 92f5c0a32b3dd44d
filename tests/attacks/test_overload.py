"""Overload: without free capacity the service answers 503 with Retry-After."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Event

import pytest

from service.calls import Api
from stormpath.server import app
from stormpath.server.app import Service, open_service
from stormpath.server.security.passwords import InsecureForTests
from stormpath.server.storage import engines


class Patient(InsecureForTests):
    """The tests' own scheme, which waits before each verification until it is released."""

    def __init__(self) -> None:
        self.may_verify = Event()
        self.may_verify.set()

    def verify(self, password: str, stored: str) -> bool:
        assert self.may_verify.wait(30)
        return super().verify(password, stored)


@pytest.fixture
def scheme(monkeypatch: pytest.MonkeyPatch) -> Patient:
    scheme = Patient()
    monkeypatch.setattr(app, "scheme_named", lambda name: scheme)
    return scheme


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, scheme: Patient) -> Iterator[Service]:
    """A service with one connection and room to hash one password at a time."""
    monkeypatch.setattr(engines, "BUSY_TIMEOUT", 0.2)
    monkeypatch.setenv("STORMPATH_HASH_SLOTS", "1")
    service = open_service("sqlite://")
    yield service
    service.close()


@pytest.fixture
def api(service: Service) -> Api:
    return Api(service, service.base_url, service.tenant_id, *service.local_api_key())


def test_without_a_free_connection_callers_get_503_with_retry_after(service: Service, api: Api):
    directory = api.directory()

    with service.database.engine.connect():
        read = api.get(directory["href"])
        written = api.post("/directories", {"name": "Late"})

    for refused in (read, written):
        assert refused.error == (503, 503)
        assert int(refused.headers["retry-after"]) > 0
    assert api.get(directory["href"]).ok == directory


def test_a_flood_of_logins_is_refused_and_leaves_everything_else_alone(api: Api, scheme: Patient):
    application, directory = api.application_with_directory()
    api.account(directory)
    crowd = 70  # One works, 64 wait, and there are more.
    scheme.may_verify.clear()

    with ThreadPoolExecutor(crowd) as threads:
        logins = [threads.submit(api.log_in, application, "ada") for _ in range(crowd)]
        refused = next(as_completed(logins)).result()
        other = api.get("/applications")
        scheme.may_verify.set()

    assert refused.error == (503, 503)
    assert int(refused.headers["retry-after"]) > 0
    assert other.status == 200
    assert {each.result().status for each in logins} == {200, 503}
    assert api.log_in(application, "ada").status == 200
