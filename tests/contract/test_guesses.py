"""The counters of guesses (`stormpath.server.domain.guesses`), in both databases and in Redis."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from threading import Barrier

import pytest
import sqlalchemy as sa

from stormpath.server.app import Service, open_service
from stormpath.server.domain.guesses import (
    KNOWN_MS,
    MOST_KNOWN,
    PENDING_MS,
    SKEW_MS,
    WINDOW_MS,
    Counter,
    Guesses,
    TooMany,
)
from stormpath.server.resources import RESOURCES
from stormpath.server.storage.database import Database
from stormpath.server.storage.guesses import StoredGuesses
from stormpath.server.storage.redis_guesses import RedisGuesses
from support import databases
from support.redis_server import RedisServer

NOW = 1_700_000_000_000


def key() -> str:
    return os.urandom(32).hex()


@pytest.fixture(scope="module", params=[*databases.DATABASES, "redis"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose counters are in a place of their own."""
    with ExitStack() as opened:
        if request.param == "postgresql":
            server = request.getfixturevalue("postgresql_server")
            template = request.getfixturevalue("postgresql_template")
            url = opened.enter_context(databases.postgresql_database(server, template))
        else:
            template = request.getfixturevalue("sqlite_template")
            url = databases.sqlite_copy(template, tmp_path_factory.mktemp("guesses"))
        with pytest.MonkeyPatch.context() as environment:
            if request.param == "redis":
                redis: RedisServer = request.getfixturevalue("redis_server")
                environment.setenv("STORMPATH_REDIS_URL", f"redis://127.0.0.1:{redis.port}/0")
            service = opened.enter_context(closing(open_service(url)))
        assert type(service._guesses) is (RedisGuesses if request.param == "redis" else StoredGuesses)
        yield service


@pytest.fixture
def guesses(place: Service) -> Guesses:
    return place._guesses


@pytest.fixture
def tenant() -> str:
    return key()[:22]


@pytest.fixture
def guess(guesses: Guesses, tenant: str) -> Callable[..., int]:
    """Make one wrong guess; return 0, or until when no more is taken."""

    def guess(*counters: Counter, now: int = NOW, was_wrong: bool = True) -> int:
        try:
            taken = guesses.take(tenant, counters, now)
        except TooMany as reached:
            return reached.until
        guesses.settle(tenant, taken, was_wrong=was_wrong)
        return 0

    return guess


class TestCounting:
    def test_a_counter_takes_as_many_wrong_guesses_as_its_limit(self, guess: Callable[..., int]):
        counter = Counter(key(), 3)

        found = [guess(counter, now=NOW + number) for number in range(5)]

        assert found == [0, 0, 0, NOW + WINDOW_MS, NOW + WINDOW_MS]

    def test_at_the_end_of_its_window_it_begins_anew(self, guess: Callable[..., int]):
        counter = Counter(key(), 1)
        guess(counter)
        until = guess(counter)

        assert guess(counter, now=until - 1) == until
        assert guess(counter, now=until) == 0
        assert guess(counter, now=until) == until + WINDOW_MS

    def test_a_right_guess_does_not_count(self, guess: Callable[..., int]):
        counter = Counter(key(), 2)

        assert [guess(counter, was_wrong=False) for _ in range(5)] == [0] * 5
        assert [guess(counter) for _ in range(3)] == [0, 0, NOW + WINDOW_MS]

    def test_a_check_refuses_where_a_guess_would_be_refused_and_counts_nothing(
        self, guess: Callable[..., int], guesses: Guesses, tenant: str
    ):
        full, other = Counter(key(), 2), Counter(key(), 2)
        for _ in range(5):
            guesses.check(tenant, [full, other], NOW)
        assert [guess(full) for _ in range(2)] == [0, 0]

        with pytest.raises(TooMany) as reached:
            guesses.check(tenant, [other, full], NOW)
        assert (reached.value.until, *reached.value.keys) == (NOW + WINDOW_MS, full.key)
        guesses.check(tenant, [other], NOW)
        guesses.check(tenant, [full, other], NOW + WINDOW_MS)

    def test_a_guess_counts_in_all_of_its_counters_or_in_none(
        self, guess: Callable[..., int], guesses: Guesses, tenant: str
    ):
        of_one, of_all = Counter(key(), 2), Counter(key(), 1)
        guess(of_all)

        assert [guess(of_one, of_all) for _ in range(5)] == [NOW + WINDOW_MS] * 5
        with pytest.raises(TooMany) as reached:
            guesses.take(tenant, [of_one, of_all], NOW)

        assert reached.value.keys == {of_all.key}
        assert [guess(of_one) for _ in range(3)] == [0, 0, NOW + WINDOW_MS]

    def test_of_several_that_are_full_the_last_one_says_when(self, guess: Callable[..., int]):
        first, second = Counter(key(), 1), Counter(key(), 1)
        guess(first)
        guess(second, now=NOW + 7)

        assert guess(second, first, now=NOW + 8) == NOW + 7 + WINDOW_MS

    def test_a_limit_counts_that_was_lowered_meanwhile(self, guess: Callable[..., int]):
        name = key()
        assert [guess(Counter(name, 5)) for _ in range(4)] == [0] * 4

        assert guess(Counter(name, 2)) == NOW + WINDOW_MS
        assert guess(Counter(name, 5)) == 0

    def test_tenants_have_counters_of_their_own(self, guesses: Guesses, tenant: str):
        counter = Counter(key(), 1)
        guesses.take(tenant, [counter], NOW)

        assert guesses.take(f"{tenant[:-1]}!", [counter], NOW)

    def test_guesses_in_comparison_take_a_place_and_are_soon_known(self, guesses: Guesses, tenant: str):
        counter = Counter(key(), 2)
        taken = [guesses.take(tenant, [counter], NOW) for _ in range(2)]
        with pytest.raises(TooMany) as reached:
            guesses.take(tenant, [counter], NOW)
        assert reached.value.until == NOW + PENDING_MS

        for each in taken:
            guesses.settle(tenant, each, was_wrong=False)

        assert guesses.take(tenant, [counter], NOW)

    def test_a_guess_that_was_never_settled_counts_until_its_window_ends(
        self, guesses: Guesses, tenant: str, guess: Callable[..., int]
    ):
        counter = Counter(key(), 2)
        guesses.take(tenant, [counter], NOW)

        assert [guess(counter) for _ in range(2)] == [0, NOW + PENDING_MS]
        assert guess(counter, now=NOW + WINDOW_MS) == 0

    @pytest.mark.parametrize("was_wrong", [True, False])
    def test_what_is_settled_late_changes_no_other_window(
        self, guesses: Guesses, tenant: str, guess: Callable[..., int], was_wrong: bool
    ):
        counter = Counter(key(), 2)
        late = guesses.take(tenant, [counter], NOW)
        guess(counter, now=NOW + WINDOW_MS)

        guesses.settle(tenant, late, was_wrong=was_wrong)

        later = NOW + WINDOW_MS
        assert [guess(counter, now=later) for _ in range(2)] == [0, later + WINDOW_MS]

    def test_a_guess_is_settled_once(self, guesses: Guesses, tenant: str, guess: Callable[..., int]):
        counter = Counter(key(), 2)
        taken = guesses.take(tenant, [counter], NOW)

        for _ in range(3):
            guesses.settle(tenant, taken, was_wrong=False)

        assert [guess(counter) for _ in range(3)] == [0, 0, NOW + WINDOW_MS]

    def test_a_clock_that_is_put_back_keeps_nobody_waiting_longer_than_a_window(
        self, guess: Callable[..., int]
    ):
        counter = Counter(key(), 1)
        guess(counter)

        # Of two machines, one may be a little behind.
        assert guess(counter, now=NOW - SKEW_MS) == NOW + WINDOW_MS
        assert guess(counter, now=NOW - SKEW_MS - 1) == 0


@pytest.fixture
def writers(place: Service, guesses: Guesses) -> Iterator[list[Guesses]]:
    """The counters as four processes have them: they share no lock, and no connection."""
    if isinstance(guesses, RedisGuesses):
        yield [guesses] * 4
        return
    with ExitStack() as opened:
        url = place.settings.database
        own = [opened.enter_context(closing(Database(url, RESOURCES))) for _ in range(4)]
        yield [StoredGuesses(each) for each in own]


class TestAtOnce:
    def test_fifty_threads_make_no_more_guesses_than_the_limit(
        self, writers: list[Guesses], tenant: str, guess: Callable[..., int]
    ):
        counters = [Counter(key(), limit) for limit in (10, 12, 1000)]
        ready = Barrier(52)

        def run(number: int) -> int:
            ready.wait()
            try:
                return len(writers[number % 4].take(tenant, counters, NOW))
            except TooMany:
                return 0

        with ThreadPoolExecutor(52) as threads:
            found = list(threads.map(run, range(52)))

        assert found.count(3) == 10
        # The others were refused without a count anywhere.
        assert [guess(counters[1]) for _ in range(3)] == [0, 0, NOW + PENDING_MS]

    def test_counters_in_any_order_wait_for_no_other(self, writers: list[Guesses], tenant: str):
        """Each thread has some of the same counters: in another order, they would hold each other up."""
        names = [key() for _ in range(4)]
        chance = random.Random(1)  # noqa: S311  # examples, not secrets
        orders = [chance.sample(names, 3) for _ in range(24)]
        ready = Barrier(len(orders))

        def run(number: int) -> int:
            ready.wait()
            counters, place = [Counter(each, 30) for each in orders[number]], writers[number % 4]
            taken = 0
            for _ in range(5):
                with suppress(TooMany):
                    place.settle(tenant, place.take(tenant, counters, NOW), was_wrong=True)
                    taken += 1
            return taken

        with ThreadPoolExecutor(len(orders)) as threads:
            taken = list(threads.map(run, range(len(orders))))

        numbers = [sum(n for n, order in zip(taken, orders, strict=True) if each in order) for each in names]
        assert max(numbers) == 30

    def test_a_guess_that_meets_the_last_one_that_is_allowed_is_refused_as_a_whole(
        self, place: Service, tenant: str, guess: Callable[..., int]
    ):
        """It has seen room in all of its counters, and waits for the row that another guess fills."""
        if place.database.dialect != "postgresql":
            # One writes at a time there, from the first look on: the test above tries all there is.
            return
        full, other = Counter(key(), 2), Counter(key(), 1)
        guess(full)
        table = place.database.tables.guesses
        row = (table.c.tenant_id == tenant) & (table.c.key == full.key)
        with ThreadPoolExecutor(1) as threads:
            with place.database.transaction() as connection:
                connection.execute(table.update().where(row).values(wrong=2))
                waiting = threads.submit(guess, full, other)
                _wait_for_a_lock(place)
            assert waiting.result(10) == NOW + WINDOW_MS

        assert guess(other) == 0


def _wait_for_a_lock(place: Service) -> None:
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    deadline = time.monotonic() + 10
    with place.database.connect() as connection:
        while not connection.execute(waiting).scalar_one():
            assert time.monotonic() < deadline
            time.sleep(0.002)


class TestKnownAddresses:
    def test_an_address_is_known_for_a_month(self, guesses: Guesses, tenant: str):
        account, address = key(), key()
        assert guesses.known_until(tenant, account, address, NOW) == 0

        guesses.know(tenant, account, address, NOW)

        until = NOW + KNOWN_MS
        assert guesses.known_until(tenant, account, address, NOW) == until
        assert guesses.known_until(tenant, account, address, until - 1) == until
        assert guesses.known_until(tenant, account, address, until) == 0

    def test_it_is_known_for_the_one_account_of_the_one_tenant(self, guesses: Guesses, tenant: str):
        account, address = key(), key()
        guesses.know(tenant, account, address, NOW)

        assert guesses.known_until(tenant, key(), address, NOW) == 0
        assert guesses.known_until(tenant, account, key(), NOW) == 0
        assert guesses.known_until(key(), account, address, NOW) == 0

    def test_the_latest_addresses_of_an_account_are_kept(self, guesses: Guesses, tenant: str):
        account, other = key(), key()
        addresses = [key() for _ in range(MOST_KNOWN + 3)]
        guesses.know(tenant, other, addresses[0], NOW)

        for number, each in enumerate(addresses):
            guesses.know(tenant, account, each, NOW + number)

        later = NOW + len(addresses)
        known = [bool(guesses.known_until(tenant, account, each, later)) for each in addresses]
        assert known == [False] * 3 + [True] * MOST_KNOWN
        assert guesses.known_until(tenant, other, addresses[0], NOW)


def test_counters_that_have_ended_are_deleted_with_later_guesses(place: Service, tenant: str):
    if isinstance(place._guesses, RedisGuesses):
        ((milliseconds,),) = [redis_lifetimes(place._guesses, tenant)]
        assert WINDOW_MS < milliseconds <= WINDOW_MS + SKEW_MS
        return
    table = place.database.tables.guesses
    rows = sa.select(sa.func.count()).select_from(table)
    most = 0
    for number in range(300):
        # Each window has ended before the next guess.
        now = NOW + number * WINDOW_MS
        place._guesses.take(tenant, [Counter(key(), 9) for _ in range(3)], now)
        if number % 50 == 49:
            with place.database.connect() as connection:
                most = max(most, connection.execute(rows).scalar_one())

    assert most < 100


def redis_lifetimes(guesses: RedisGuesses, tenant: str) -> list[int]:
    guesses.take(tenant, [Counter(key(), 9)], NOW)
    keys = list(guesses._redis.scan_iter(f"stormpath:guesses:{{{tenant}}}:*"))
    return [guesses._redis.pttl(each) for each in keys]
