"""What a request costs that causes an e-mail: with the mail server up, slow, hanging and down.

``python benchmarks/mail.py`` asks five services for password resets in turn: one has no mail server, each of
the others one in one of those states. If a request waited for a mail server, its ratio would be far above
one: the slow one takes eighty times as long for a message. All services share one core, so what one of them
sends meanwhile takes processor's time from its requests, most where the server is up and takes everything;
the promises leave room for that. Ends with status 1 when one is broken.
"""

import os
import shutil
import socket
import sys
import tempfile
import time
from asyncio import sleep
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from aiosmtpd.controller import Controller

from service import LOAD_CORE, PASSWORD, Row, Running, serving
from stormpath import Client

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support import environment

ACCOUNTS = 20
ROUNDS = 25
#: How long the slow server takes for a message, in seconds.
SLOWNESS = 0.25

GOAL = 1.5
#: Where every message is sent while the next request is answered, by the same core.
GOAL_UP = 2.5


class Taking:
    """Takes every message, after a while."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.taken = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # aiosmtpd's name.
        """Take a message."""
        await sleep(self.seconds)
        self.taken += 1
        return "250 OK"


@contextmanager
def taking(seconds: float) -> Iterator[tuple[str, Taking]]:
    """Run a mail server that takes messages."""
    handler = Taking(seconds)
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield url_of(controller.port), handler
    finally:
        controller.stop()


@contextmanager
def hanging() -> Iterator[str]:
    """Listen on a port, let everybody in, and say nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        yield url_of(listener.getsockname()[1])


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def url_of(port: int) -> str:
    """Return the URL of a mail server on this machine."""
    return f"smtp://127.0.0.1:{port}"


@contextmanager
def sending_through(smtp_url: str | None, database: str) -> Iterator[Running]:
    """Serve a database, with that mail server."""
    if smtp_url is not None:
        os.environ["STORMPATH_SMTP_URL"] = smtp_url
    try:
        with serving(database) as service:
            os.environ.pop("STORMPATH_SMTP_URL", None)
            yield service
    finally:
        os.environ.pop("STORMPATH_SMTP_URL", None)


def make_accounts(folder: Path) -> tuple[str, tuple[str, str]]:
    """Make a database with accounts in it; return its application's path and an API key."""
    with Client(database=f"sqlite:///{folder / 'users.db'}") as client:
        application = client.applications.create({"name": "Benchmark"}, create_directory=True)
        for number in range(ACCOUNTS):
            application.accounts.create({"email": address(number), "password": PASSWORD})
        return application.href.rpartition("/v1")[2], (client.auth.id, client.auth.secret)


def address(number: int) -> str:
    """Return the address of an account."""
    return f"joe{number}@example.com"


def copied(folder: Path, name: str) -> str:
    """Copy the database; return the copy's URL."""
    return f"sqlite:///{shutil.copy(folder / 'users.db', folder / f'{name}.db')}"


def seconds_of_resets(application: Any) -> list[float]:
    """Ask for a password reset for each account; return how long each request took."""
    times = []
    for number in range(ACCOUNTS):
        started = time.perf_counter()
        application.send_password_reset_email(address(number))
        times.append(time.perf_counter() - started)
    return times


def measure(folder: Path) -> Iterator[Row]:
    """Let the services take turns, and compare each with the one that has no mail server."""
    path, (key_id, secret) = make_accounts(folder)
    with ExitStack() as stack:
        up, up_handler = stack.enter_context(taking(0))
        slow, slow_handler = stack.enter_context(taking(SLOWNESS))
        urls = {"none": None, "up": up, "slow": slow, "hanging": stack.enter_context(hanging())}
        urls["down"] = url_of(free_port())
        applications = {}
        for name, url in urls.items():
            service = stack.enter_context(sending_through(url, copied(folder, name)))
            client = Client(base_url=service.base_url, id=key_id, secret=secret, scheme="basic")
            stack.callback(client.close)
            applications[name] = client.applications.get(service.base_url + path)
        times: dict[str, list[float]] = {name: [] for name in urls}
        for _ in range(ROUNDS):
            for name, application in applications.items():
                times[name] += seconds_of_resets(application)
    plain = median(times["none"])
    yield Row("a request for a password reset, no mail server", 1e3 * plain, "ms")
    for name in ("up", "slow", "hanging", "down"):
        goal = GOAL_UP if name == "up" else GOAL
        yield Row(f"the same, mail server {name}", median(times[name]) / plain, "times", goal)
    yield Row(f"messages sent meanwhile, of {ROUNDS * ACCOUNTS}, server up", up_handler.taken, "")
    yield Row(f"  server slow ({SLOWNESS} s a message)", slow_handler.taken, "")


def main() -> int:
    """Print all rows; return 1 when a promise is broken."""
    with tempfile.TemporaryDirectory() as folder:
        environment.isolate(folder)
        del os.environ["STORMPATH_PASSWORD_HASHING"]
        for name in ("ADDRESS", "ACCOUNT", "DIRECTORY"):
            os.environ[f"STORMPATH_MAILS_PER_{name}"] = "0"
        os.sched_setaffinity(0, {LOAD_CORE})
        kept = True
        for row in measure(Path(folder)):
            print(row, flush=True)
            kept = kept and row.is_kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
