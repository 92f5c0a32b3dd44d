"""The cost of the service: a read and a login in process, a read over HTTP, memory, a flood, and the start.

``python benchmarks/service.py`` prints one line per promise and ends with status 1 if one is broken. A
promise per core is measured in processor time, which other programs hardly affect; the server has one core to
itself, while the load and PostgreSQL run on another. A number is the best of its rounds, because other work
of the machine can only make it worse; a ratio is the median of alternating rounds. ``--profile`` shows where
the time of a read goes.
"""

import cProfile
import os
import pstats
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from _load import requests_a_second

from stormpath import Client, sauthc1
from stormpath.server.security.passwords import Argon2id

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support import environment, postgresql

PROGRAM = str(Path(sys.executable).with_name("stormpath"))
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]

PASSWORD = "Changeme1!"
CONNECTIONS = 16
REQUESTS = 5000
#: The logins that come at once.
FLOOD = 500


class Row(NamedTuple):
    """One measurement, compared with its goal; without a goal it is for information."""

    what: str
    measured: float
    unit: str
    goal: float | None = None
    more_is_better: bool = False

    @property
    def is_kept(self) -> bool:
        """Say whether the measurement is within the goal."""
        if self.goal is None:
            return True
        return self.measured >= self.goal if self.more_is_better else self.measured <= self.goal

    def __str__(self) -> str:
        verdict = "" if self.goal is None else f"goal {self.goal:7g}  {'ok' if self.is_kept else 'MISSED'}"
        return f"{self.what:<64} {self.measured:8.2f} {self.unit:<6} {verdict}".rstrip()


class World(NamedTuple):
    """A database with an account, and an API key to read it."""

    database: str
    application: str
    account: str
    key_id: str
    secret: str


def make_world(database: str) -> World:
    """Set up a database and create an application with an account."""
    with Client(database=database) as client:
        application = client.applications.create({"name": "Benchmark"}, create_directory=True)
        account = application.accounts.create(
            {"given_name": "Joe", "surname": "Doe", "email": "joe@example.com", "password": PASSWORD}
        )
        return World(database, application.href, account.href, client.auth.id, client.auth.secret)


def seconds(action: Callable[[], object], times: int) -> float:
    """Return the average processor time of an action over some repetitions."""
    started = time.process_time()
    for _ in range(times):
        action()
    return (time.process_time() - started) / times


def in_process(world: World) -> Iterator[Row]:
    """Measure a read and a login through the embedded executor, on one core."""
    os.sched_setaffinity(0, {SERVER_CORE})
    with Client(database=world.database) as client:
        read = min(seconds(lambda: client.accounts.get(world.account).email, 100) for _ in range(101))
        yield Row("one account read through the embedded executor", 1e6 * read, "us", 150)
        application = client.applications.get(world.application)
        scheme = Argon2id()
        stored = scheme.hash(PASSWORD)

        def log_in() -> None:
            application.authenticate_account("joe@example.com", PASSWORD)

        def verify() -> None:
            assert scheme.verify(PASSWORD, stored)

        pairs = [(seconds(log_in, 3), seconds(verify, 3)) for _ in range(21)]
        yield Row("a login, against its password hash", median(a / b for a, b in pairs), "times", 1.05)
        yield Row("logins on one core", 1 / min(login for login, _ in pairs), "a s", 40, more_is_better=True)
    os.sched_setaffinity(0, {LOAD_CORE})


class Running(NamedTuple):
    """A service in its own process."""

    process: subprocess.Popen[str]
    base_url: str
    seconds_to_first_answer: float

    def memory(self) -> tuple[float, float]:
        """Return the MiB of all its processes: with shared pages counted once, and once per process."""
        texts = [Path(f"/proc/{each}/smaps_rollup").read_text() for each in self._processes()]

        def total(field: str) -> float:
            found = (re.search(rf"^{field}:\s+(\d+) kB", each, re.MULTILINE) for each in texts)
            return sum(int(each[1]) for each in found if each) / 1024

        return total("Pss"), total("Rss")

    def processor_seconds(self) -> float:
        """Return the processor time that all its processes have used so far."""
        texts = (Path(f"/proc/{each}/stat").read_text() for each in self._processes())
        # After the name, which may contain any character, in parentheses: fields 14 and 15 of proc(5).
        fields = (each.rpartition(")")[2].split() for each in texts)
        return sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")

    def memory_now_and_at_most(self) -> tuple[float, float]:
        """Return the MiB of all its processes: as they are, and the most that each has ever had."""
        texts = [Path(f"/proc/{each}/status").read_text() for each in self._processes()]

        def total(field: str) -> float:
            found = (re.search(rf"^{field}:\s+(\d+) kB", each, re.MULTILINE) for each in texts)
            return sum(int(each[1]) for each in found if each) / 1024

        return total("VmRSS"), total("VmHWM")

    def threads(self) -> int:
        """Return how many threads all its processes have."""
        return sum(len(list(Path(f"/proc/{each}/task").iterdir())) for each in self._processes())

    def _processes(self) -> list[int]:
        return [self.process.pid, *children_of(self.process.pid)]


def children_of(process_id: int) -> list[int]:
    """Return the ids of the processes that a process has started."""
    found = []
    for each in Path("/proc").glob("[0-9]*/status"):
        # Other processes end meanwhile.
        with suppress(OSError):
            if f"\nPPid:\t{process_id}\n" in each.read_text():
                found.append(int(each.parent.name))
    return found


@contextmanager
def serving(database: str, log: int | None = None) -> Iterator[Running]:
    """Run ``stormpath serve`` on one core; its log goes to this process's own, or as ``log`` says."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [PROGRAM, "serve", "--database", database, "--bind", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}),
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().split()[4].rstrip(".")
        base_url = f"http://{address}/v1"
        requests_a_second(base_url, [b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"], 1)
        yield Running(process, base_url, time.perf_counter() - started)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()


def to_start_and_idle(world: World) -> Iterator[Row]:
    """Measure the time to the first answer, and the memory of an idle service."""
    times, memories = [], []
    for _ in range(5):
        with serving(world.database) as service:
            times.append(service.seconds_to_first_answer)
            time.sleep(0.5)
            memories.append(service.memory())
    shared_once, shared_in_each = min(memories)
    yield Row("start to first answer", min(times), "s", 1)
    yield Row("idle memory of all its processes", shared_once, "MiB", 100)
    yield Row("  counting what they share in each of them", shared_in_each, "MiB")


def basic_requests(world: World, count: int) -> list[bytes]:
    """Return requests for the account with HTTP Basic."""
    credentials = b64encode(f"{world.key_id}:{world.secret}".encode()).decode()
    return [_request(world, {"Authorization": f"Basic {credentials}"})] * count


def signed_requests(world: World, count: int) -> list[bytes]:
    """Return requests for the account, each with its own signature."""
    timestamp = sauthc1.timestamp_at(time.time())
    headers = [("Host", "localhost:8080"), ("Accept", "application/json")]
    sign = {"key_id": world.key_id, "secret": world.secret, "timestamp": timestamp}
    return [
        _request(world, sauthc1.sign("GET", world.account, headers, b"", **sign, nonce=str(uuid4())))
        for _ in range(count)
    ]


def _request(world: World, headers: dict[str, str]) -> bytes:
    path = world.account.removeprefix("http://localhost:8080")
    lines = {"Host": "localhost:8080", "Accept": "application/json", **headers}
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"GET {path} HTTP/1.1\r\n{text}\r\n".encode()


def served_reads(world: World, on: str) -> Iterator[Row]:
    """Measure reads over HTTP: per second of the server's processor time, and per second."""
    with serving(world.database) as service:
        for scheme, make, goal in (("Basic", basic_requests, 4000), ("SAuthc1", signed_requests, None)):
            rates = [read_rates(service, make(world, REQUESTS)) for _ in range(5)]
            on_a_core, in_a_second = (max(each) for each in zip(*rates, strict=True))
            what = f"served reads of one account, {scheme}, {on}"
            yield Row(f"{what}, on one core", on_a_core, "a s", goal, more_is_better=True)
            yield Row(f"  as measured beside other programs, {CONNECTIONS} at once", in_a_second, "a s")


def read_rates(service: Running, requests: list[bytes]) -> tuple[float, float]:
    """Return the requests per second of processor time, and per second."""
    before = service.processor_seconds()
    in_a_second = requests_a_second(service.base_url, requests, CONNECTIONS)
    return len(requests) / (service.processor_seconds() - before), in_a_second


def flood(world: World) -> Iterator[Row]:
    """Measure reads beside password grants that come all at once, and the memory that these take.

    No two are for one name, and no account has any of the names: each is refused, or costs a hash.
    """
    with serving(world.database, subprocess.DEVNULL) as service, ExitStack() as opened:
        # All threads of the server have started before, and opened their connections.
        for _ in range(2):
            _flooded(opened, service, [_grant(f"{world.application}x", world, each) for each in range(FLOOD)])
        base, _ = service.memory_now_and_at_most()
        grants = [_grant(world.application, world, each) for each in range(FLOOD * 3)]
        parts = [grants[each::3] for each in range(3)]
        found = [_flooded(opened, service, each, _request_by_key(world)) for each in parts]
        _, most = service.memory_now_and_at_most()
        # What each thread keeps, and connections to the database, as in tests/attacks/test_hashing_memory.py.
        room = 13 + 0.1 * service.threads()
    took = sorted(each for part in found for each in part.reads)
    statuses = sum((each.statuses for each in found), Counter[str]())
    yield Row(f"a read beside {FLOOD} grants at once, of {len(took)} the median", 1e3 * median(took), "ms")
    yield Row("  99 of 100", 1e3 * took[int(0.99 * len(took))], "ms", 100)
    yield Row("  memory that the grants take, at most", most - base, "MiB", 19 * len(CORES) + room)
    for status, number in sorted(statuses.items()):
        yield Row(f"  grants answered {status}", number / len(grants) * 100, "of 100")


class Flooded(NamedTuple):
    """What a flood has shown: the seconds of the reads beside it, and its answers by status."""

    reads: list[float]
    statuses: "Counter[str]"


def _flooded(opened: ExitStack, service: Running, grants: list[bytes], read: bytes = b"") -> Flooded:
    """Send each grant on a connection of its own, all at once, and reads until every one is answered."""
    address = urlsplit(service.base_url)
    place = (address.hostname or "", address.port or 80)
    poll, reader = select.epoll(), opened.enter_context(socket.create_connection(place))
    sockets = {each.fileno(): each for each in (socket.create_connection(place) for _ in grants)}
    for each, grant in zip(sockets.values(), grants, strict=True):
        each.sendall(grant)
        poll.register(each, select.EPOLLIN)
    found = Flooded([], Counter())
    while sockets:
        if read:
            started = time.perf_counter()
            reader.sendall(read)
            assert reader.recv(65536).startswith(b"HTTP/1.1 200 ")
            found.reads.append(time.perf_counter() - started)
        for file, _ in poll.poll(0.005):
            found.statuses[sockets[file].recv(65536)[9:12].decode()] += 1
            poll.unregister(file)
            sockets.pop(file).close()
    return found


def _grant(application: str, world: World, number: int) -> bytes:
    """Return a password grant for a name that no account has."""
    body = urlencode({"grant_type": "password", "username": f"name{number}", "password": PASSWORD})
    return _sent("POST", f"{application}/oauth/token", world, body)


def _request_by_key(world: World) -> bytes:
    """Return a read of the account."""
    return _sent("GET", world.account, world)


def _sent(method: str, href: str, world: World, body: str = "") -> bytes:
    key = b64encode(f"{world.key_id}:{world.secret}".encode()).decode()
    lines = {"Host": "localhost:8080", "Authorization": f"Basic {key}"}
    if body:
        lines |= {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {urlsplit(href).path} HTTP/1.1\r\n{head}\r\n{body}".encode()


def measure(folder: Path) -> Iterator[Row]:
    """Take every measurement in turn."""
    # PostgreSQL inherits this core.
    os.sched_setaffinity(0, {LOAD_CORE})
    world = make_world(f"sqlite:///{folder / 'users.db'}")
    yield from in_process(world)
    yield from to_start_and_idle(world)
    yield from served_reads(world, "SQLite")
    yield from flood(world)
    with postgresql.running_server() as server:
        yield from served_reads(make_world(server.create_database()), "PostgreSQL")


def profile(folder: Path) -> None:
    """Show where the time of a read through the embedded executor goes."""
    world = make_world(f"sqlite:///{folder / 'users.db'}")
    with Client(database=world.database) as client:
        seconds(lambda: client.accounts.get(world.account).email, 200)
        with cProfile.Profile() as profiler:
            seconds(lambda: client.accounts.get(world.account).email, 5000)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(40)


def main() -> int:
    """Print all rows; return 1 if a promise is broken."""
    with tempfile.TemporaryDirectory() as folder:
        environment.isolate(folder)
        # Passwords are really hashed here.
        del os.environ["STORMPATH_PASSWORD_HASHING"]
        if "--profile" in sys.argv:
            profile(Path(folder))
            return 0
        kept = True
        for row in measure(Path(folder)):
            print(row, flush=True)
            kept = kept and row.is_kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
