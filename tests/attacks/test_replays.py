"""Replays: a signed request is accepted once, whatever the clocks do and however many processes there are."""

import os
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from uuid import uuid4

import pytest
import sqlalchemy as sa

from service.calls import Answer, Api
from service.clock import HOUR, Clock, clock, service
from stormpath import sauthc1
from stormpath.server.app import Service
from stormpath.server.security.request_auth import SignedRequest
from stormpath.server.settings import Settings
from stormpath.server.storage.nonces import ANNOUNCED, Nonces, _digest_of, _Nonce
from support.programs import PROGRAMS, text

WINDOW = 15 * 60

REPLAY = """
import sys
from concurrent.futures import ThreadPoolExecutor
from service.calls import Api
from stormpath.server.app import open_service
service = open_service(sys.argv[1])
api = Api(service, service.base_url)
print("ready", flush=True)
headers = [eval(line) for line in iter(sys.stdin.readline, "go\\n")]
with ThreadPoolExecutor(20) as threads:
    for each in headers:
        answers = threads.map(lambda _: api.request("GET", "/applications", credentials=each), range(20))
        print(*(answer.status for answer in answers), flush=True)
service.close()
"""


__all__ = ["clock", "service"]


@pytest.fixture(autouse=True)
def nothing_is_remembered(service: Service) -> None:
    """Begin each test with an empty table."""
    with service.database.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM nonces")
        connection.exec_driver_sql("DELETE FROM service_state WHERE name = 'nonces_horizon'")


@pytest.fixture
def api(service: Service) -> Api:
    return Api(service, service.base_url, service.tenant_id, *service.local_api_key())


def signed(api: Api, at_ms: float, nonce: str | None = None) -> dict[str, str]:
    return sauthc1.sign(
        "GET",
        f"{api.base_url}/applications",
        [],
        b"",
        key_id=api.key_id,
        secret=api.secret,
        timestamp=sauthc1.timestamp_at(at_ms / 1000),
        nonce=nonce or str(uuid4()),
    )


def send(api: Api, headers: dict[str, str]) -> Answer:
    return api.request("GET", "/applications", credentials=headers)


def authenticate(service: Service, headers: dict[str, str]) -> None:
    """Authenticate a request and do nothing more."""
    lower = {name.lower(): value for name, value in headers.items()}
    request = SignedRequest("GET", "/v1/applications", "", lower, lambda: b"")
    service._authenticator.authenticate(headers["Authorization"], lambda: request)


def rows(service: Service) -> int:
    with service.database.engine.connect() as connection:
        counted = sa.select(sa.func.count()).select_from(service.database.tables.nonces)
        return int(connection.execute(counted).scalar_one())


@pytest.mark.either_database
def test_no_number_of_requests_and_no_jump_of_the_clock_lets_a_replay_pass(
    service: Service, api: Api, clock: Clock
):
    headers = signed(api, clock())
    assert send(api, headers).status == 200

    clock.moves(10 * HOUR)
    for _ in range(1010):
        authenticate(service, signed(api, clock()))
    clock.moves(-10 * HOUR)

    assert send(api, headers).error == (401, 401)
    # Nor does the jump keep anyone out afterwards.
    assert send(api, signed(api, clock())).status == 200
    assert send(api, signed(api, clock() - (WINDOW - 1) * 1000)).status == 200


@pytest.mark.parametrize("days", [3])
def test_a_disabled_key_is_refused_also_when_the_clock_is_put_back(
    service: Service, api: Api, clock: Clock, days: int
):
    url = service.settings.database
    with closing(Service(Settings.from_environment(database=url))) as other:
        key = other.operator.new_api_key(other.operator.owner().account_id)
        caller = Api(service, service.base_url, service.tenant_id, key.id, key.secret)
        assert caller.get("/applications").status == 200

        clock.moves(-days * 24 * HOUR)
        through_other = Api(other, other.base_url, other.tenant_id, *other.local_api_key())
        assert through_other.post(f"/apiKeys/{key.id}", {"status": "DISABLED"}).status == 200
        time.sleep(service.settings.key_cache + 0.01)

        assert caller.get("/applications").error == (401, 401)


class Times:
    """Time that passes for the wall clock and the monotonic one, or jumps for the wall clock alone."""

    def __init__(self) -> None:
        self.wall = 1_800_000_000_000
        self.monotonic = 0.0

    def pass_by(self, seconds: float) -> None:
        self.wall += round(seconds * 1000)
        self.monotonic += seconds


@pytest.fixture
def times() -> Times:
    return Times()


@pytest.fixture
def remember(service: Service, times: Times) -> Callable[..., bool]:
    """``remember(value, age)`` remembers what was signed ``age`` seconds ago."""
    nonces = Nonces(service.database, WINDOW, lambda: times.monotonic)

    def it(value: str, age: float = 0) -> bool:
        return nonces.remember("sauthc1", value, round(times.wall - age * 1000), times.wall)

    return it


def many(remember: Callable[..., bool], number: int = 200) -> None:
    for _ in range(number):
        assert remember(str(uuid4()))


def fill(service: Service, number: int, dated: int) -> None:
    """Store values as if they had been remembered, dated so."""
    tables = service.database.tables
    expires_at = dated + WINDOW * 1000
    rows = [
        {"digest": int.from_bytes(os.urandom(8), "big", signed=True), "expires_at": expires_at}
        for _ in range(number)
    ]
    with service.database.transaction() as connection:
        connection.execute(tables.nonces.insert(), rows)


def is_stored(service: Service, value: str) -> bool:
    table = service.database.tables.nonces
    found = sa.select(table).where(table.c.digest == _digest_of(f"sauthc1\0{value}".encode()))
    with service.database.engine.connect() as connection:
        return connection.execute(found).first() is not None


def test_what_is_forgotten_is_refused_by_every_process_whatever_its_clock_says(
    service: Service, times: Times, remember: Callable[..., bool]
):
    assert remember("first")
    assert is_stored(service, "first")
    signed_at = times.wall
    many(remember)

    times.pass_by(3 * WINDOW)
    many(remember)  # Announces that older ones are refused.
    times.pass_by(ANNOUNCED)
    many(remember)  # Deletes them.

    # Those of before the time passed are gone.
    assert rows(service) == 400
    assert not is_stored(service, "first")
    other_process = Nonces(service.database, WINDOW, lambda: 0.0)
    assert not other_process.remember("sauthc1", "first", signed_at, signed_at)
    assert not other_process.remember("sauthc1", "another of that time", signed_at, signed_at)


@pytest.mark.either_database
def test_the_table_holds_three_windows_and_what_is_announced(
    service: Service, times: Times, remember: Callable[..., bool]
):
    many(remember, 100)
    most = 0
    for _ in range(60):
        times.pass_by(WINDOW / 4)
        many(remember, 100)
        most = max(most, rows(service))

    assert most <= 100 * (3 * 4 + 3)


def test_nothing_is_deleted_before_it_was_announced_for_a_minute(
    service: Service, times: Times, remember: Callable[..., bool]
):
    assert remember("first")
    many(remember)
    times.pass_by(3 * WINDOW)
    many(remember)
    times.pass_by(ANNOUNCED - 1)
    many(remember)

    assert is_stored(service, "first")


@pytest.mark.both_databases
def test_a_large_table_is_looked_through_in_parts_by_a_tenth_as_many_values(
    service: Service, times: Times, remember: Callable[..., bool]
):
    many(remember, 100)
    fill(service, 10_000, times.wall)
    times.pass_by(3 * WINDOW)
    many(remember, 100)
    times.pass_by(ANNOUNCED)
    old, went = rows(service) - 100, []

    # One part more, because the first ends with the greatest digest.
    for _ in range(12):
        before = rows(service)
        many(remember, 100)
        went.append(before + 100 - rows(service))

    assert max(went) <= 1000
    assert sum(went) == old
    assert rows(service) == 13 * 100


def test_a_clock_that_jumps_ahead_refuses_nothing_once_it_is_put_back(
    times: Times, remember: Callable[..., bool]
):
    many(remember)

    for _ in range(5):
        times.wall += 24 * HOUR * 1000
        many(remember)
        times.monotonic += ANNOUNCED
        many(remember)
        times.wall -= 24 * HOUR * 1000

    assert remember("now")
    assert remember("as old as it may be", age=WINDOW - 1)


def test_of_equal_nonces_that_share_a_commit_one_is_new(service: Service, times: Times):
    nonces = Nonces(service.database, WINDOW)
    one = [_Nonce(each, times.wall + 900_000, times.wall, times.wall) for each in (-1, 2**63 - 1)]

    first = nonces._write(one * 20)

    assert list(first) == [True, True] + [False] * 38
    assert list(nonces._write(one)) == [False, False]


def test_a_nonce_dated_before_the_horizon_is_refused_beside_an_equal_one_that_is_not(
    service: Service, times: Times, remember: Callable[..., bool]
):
    many(remember)
    nonces = Nonces(service.database, WINDOW)
    early, later = (
        _Nonce(7, dated + 900_000, dated, times.wall) for dated in (times.wall - 10 * HOUR * 1000, times.wall)
    )

    assert list(nonces._write([early, later, later])) == [False, True, False]


@pytest.mark.parametrize("length", [1, 160, 161, 100_000])
def test_a_row_is_two_numbers_however_long_the_nonce_is(
    service: Service, times: Times, remember: Callable[..., bool], length: int
):
    assert remember("n" * length)
    assert not remember("n" * length)
    assert remember("n" * (length - 1) + "m")

    table = service.database.tables.nonces
    assert {column.name: column.type.python_type for column in table.columns} == {
        "digest": int,
        "expires_at": int,
    }
    assert not table.indexes


def test_of_forty_parallel_replays_on_two_processes_one_is_accepted(service: Service, api: Api):
    requests = [signed(api, time.time() * 1000) for _ in range(10)]
    url = service.settings.database
    pipe = subprocess.PIPE
    workers = [
        PROGRAMS.start(text(REPLAY, url), env=os.environ, text=True, stdin=pipe, stdout=pipe)
        for _ in range(2)
    ]
    for each in workers:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    lines = "".join(f"{each!r}\n" for each in requests) + "go\n"
    for each in workers:
        assert each.stdin is not None
        each.stdin.write(lines)
        each.stdin.flush()
    told = [each.communicate(timeout=60)[0].splitlines() for each in workers]

    for of_one, of_other in zip(*told, strict=True):
        assert Counter(f"{of_one} {of_other}".split()) == {"200": 1, "401": 39}
    assert len(told[0]) == 10
