"""Overload: without free capacity the service answers 503 with Retry-After, and serves callers by turns."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from itertools import count, repeat
from threading import Event, Thread

import pytest

from service import token_calls
from service.calls import Answer, Api, id_of
from service.guess_limits import limits
from service.tenant_setup import new_tenant
from stormpath.server import parts
from stormpath.server.app import Service, open_service
from stormpath.server.domain.context import Turn
from stormpath.server.schema.errors import ApiError
from stormpath.server.security.hash_threads import WAITING_FOR_ONE, HashThreads
from stormpath.server.security.passwords import HashGate, InsecureForTests
from stormpath.server.storage import engines

__all__ = ["limits"]


class Patient(InsecureForTests):
    """The tests' own scheme, which waits before each verification until it is released."""

    def __init__(self) -> None:
        self.may_verify = Event()
        self.may_verify.set()

    def verify(self, password: str, stored: str) -> bool:
        assert self.may_verify.wait(30)
        return super().verify(password, stored)


class Slow(InsecureForTests):
    """The tests' own scheme, which takes 5 ms and the interpreter lock for none of them, as Argon2id does."""

    def hash(self, password: str) -> str:
        time.sleep(0.005)
        return super().hash(password)

    def verify(self, password: str, stored: str) -> bool:
        time.sleep(0.005)
        return super().verify(password, stored)


@pytest.fixture
def scheme(monkeypatch: pytest.MonkeyPatch) -> Patient:
    scheme = Patient()
    monkeypatch.setattr(parts, "scheme_named", lambda name: scheme)
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


@pytest.mark.parametrize("log_in", [Api.log_in, token_calls.password_grant], ids=["attempt", "grant"])
def test_a_flood_of_logins_is_refused_and_leaves_everything_else_alone(
    api: Api, scheme: Patient, limits: Callable[..., None], log_in: Callable[..., Answer]
):
    # Those of one account are more than may be compared at a time; here the queue is what bounds them.
    limits(account=1000)
    application, directory = api.application_with_directory()
    api.account(directory)
    crowd = 70  # One works, 64 wait, and there are more.
    scheme.may_verify.clear()

    with ThreadPoolExecutor(crowd) as threads:
        logins = [threads.submit(log_in, api, application, "ada") for _ in range(crowd)]
        refused = next(as_completed(logins)).result()
        other = api.get("/applications")
        scheme.may_verify.set()

    assert (refused.status, refused["code"]) == (503, 503)
    assert int(refused.headers["retry-after"]) > 0
    assert other.status == 200
    assert {each.result().status for each in logins} == {200, 503}
    assert log_in(api, application, "ada").status == 200


#: The threads of a flood, and the logins beside it.
THREADS = 120
LOGINS = 13


@contextmanager
def flood(attempt: Callable[[], object], pause: float = 0.01) -> Iterator[Counter[str]]:
    """Attempt it from all threads until the block ends; give the numbers of outcomes.

    A thread pauses between two attempts: the way to a client and back.
    """
    outcomes: Counter[str] = Counter()
    is_over = Event()

    def again_and_again() -> None:
        while not is_over.is_set():
            outcomes[str(attempt())] += 1
            time.sleep(pause)

    threads = [Thread(target=again_and_again) for _ in range(THREADS)]
    for each in threads:
        each.start()
    try:
        while not outcomes["503"]:
            time.sleep(0.005)
        yield outcomes
    finally:
        is_over.set()
        for each in threads:
            each.join()


def logins(log_in: Callable[[], object]) -> tuple[list[str], float]:
    """Log in time after time; return the outcomes, and the seconds of the slowest login."""
    outcomes, took = [], []
    for _ in range(LOGINS):
        begun = time.perf_counter()
        outcomes.append(str(log_in()))
        took.append(time.perf_counter() - begun)
    return outcomes, max(took)


ALL_GET_IN = ["200"] * LOGINS


class TestFloodsOfTheGate:
    """What callers see of the gate while 120 threads flood it, with hashes of 5 ms, two at a time.

    The slowest of 13 hashes beside the flood, in 12 floods: 11 to 14 ms, on two busy cores.
    """

    ADA, GRACE = Turn("T", "KEY", "ada"), Turn("T", "KEY", "grace")

    @pytest.fixture
    def gate(self) -> Iterator[HashGate]:
        gate = HashGate(Slow(), slots=2)
        yield gate
        gate.close()

    def verify(self, gate: HashGate, turn: Turn) -> int:
        try:
            gate.queued(turn).verify("x", None)
        except ApiError as error:
            return error.code.status
        return 200

    def assert_all_get_in(self, gate: HashGate, turn: Turn, flooding: Iterator[Turn]) -> None:
        with flood(lambda: self.verify(gate, next(flooding))):
            outcomes, slowest = logins(lambda: self.verify(gate, turn))
        assert outcomes == ALL_GET_IN
        assert slowest < 1, f"a hash beside a flood took {slowest:.3f} s"

    def test_one_account_in_a_flood_leaves_other_accounts_of_the_caller_alone(self, gate: HashGate):
        self.assert_all_get_in(gate, self.GRACE, repeat(self.ADA))

    @pytest.mark.parametrize("beside", [Turn("T", "OTHER", "ada"), Turn("U", "KEY", "ada")], ids=str)
    def test_a_caller_that_floods_under_many_names_leaves_other_callers_alone(
        self, gate: HashGate, beside: Turn
    ):
        names = map(str, count())
        self.assert_all_get_in(gate, beside, (Turn("T", "KEY", each) for each in iter(names.__next__, "")))

    def test_a_tenant_that_floods_with_many_keys_leaves_other_tenants_alone(self, gate: HashGate):
        keys = map(str, count())
        self.assert_all_get_in(
            gate, Turn("U", "KEY", "ada"), (Turn("T", each, each) for each in iter(keys.__next__, ""))
        )

    def test_a_flood_of_one_account_takes_half_of_the_places(self, gate: HashGate):
        with flood(lambda: self.verify(gate, self.ADA)):
            most = 0
            for _ in range(50):
                most = max(most, len(gate._threads._queue))
                time.sleep(0.002)
        assert 0 < most <= WAITING_FOR_ONE


class TestAFloodOfLogins:
    """The same through the API: the slowest of 13 logins, in three floods, took 12 to 45 ms."""

    @pytest.fixture
    def service(self, monkeypatch: pytest.MonkeyPatch, initialized_sqlite_url: str) -> Iterator[Service]:
        monkeypatch.setattr(parts, "scheme_named", lambda name: Slow())
        monkeypatch.setenv("STORMPATH_HASH_SLOTS", "2")
        # They are counted, and the queue is what bounds them.
        monkeypatch.setenv("STORMPATH_GUESSES_PER_ACCOUNT", "1000000")
        monkeypatch.setenv("STORMPATH_GUESSES_PER_KEY", "1000000")
        service = open_service(initialized_sqlite_url)
        yield service
        service.close()

    def test_leaves_other_accounts_of_the_caller_and_other_callers_alone(self, service: Service, api: Api):
        application, directory = api.application_with_directory()
        api.account(directory)
        api.account(directory, "grace")
        stranger = new_tenant(service)
        other, place = stranger.application_with_directory("Other")
        stranger.account(place)

        # Python carries out some thousand requests a second, however many threads ask for more.
        with flood(lambda: api.log_in(application, "ada", "wrong").status, pause=0.2):
            of_caller, _ = logins(lambda: api.log_in(application, "grace").status)
            of_other_caller, _ = logins(lambda: stranger.log_in(other, "ada").status)

        assert of_caller == of_other_caller == ALL_GET_IN


def test_each_hash_waits_among_those_of_its_tenant_key_and_account(
    service: Service, api: Api, monkeypatch: pytest.MonkeyPatch
):
    turns: list[Turn] = []
    run = HashThreads.run

    def recorded(self: HashThreads, turn: Turn, work: Callable[[], object]) -> object:
        turns.append(turn)
        return run(self, turn, work)

    monkeypatch.setattr(HashThreads, "run", recorded)
    application, directory = api.application_with_directory()
    account = api.account(directory)
    policy = api.get(directory["passwordPolicy"]["href"], expand="strength").ok
    api.post(policy["strength"]["href"], {"preventReuse": 1})
    created, turns[:] = turns[:], []

    api.log_in(application, "ada")
    api.log_in(application, "ADA", "wrong")
    api.log_in(application, "nobody")
    logged_in, turns[:] = turns[:], []
    api.post(account["href"], {"password": "An0ther one"})

    assert created == [Turn(api.tenant_id, api.key_id, "ada@example.com")]
    assert {each[:2] for each in logged_in} == {(api.tenant_id, api.key_id)}
    of_ada, again, of_nobody = (each.account for each in logged_in)
    assert of_ada == again != of_nobody
    assert turns == [Turn(api.tenant_id, api.key_id, id_of(account))] * 2
