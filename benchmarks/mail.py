"""The cost of a request that causes an e-mail: with the mail server up, slow, hanging and down.

``python benchmarks/mail.py`` asks five services for password resets in turn: one has no mail server, each of
the others has one in one of those states. If a request waited for a mail server, its ratio would be far above
one: the slow server takes eighty times as long for a message. All services share one core, so sending takes
processor time from requests, most of it where the server is up and accepts everything; the promises allow for
that. The program ends with status 1 if one is broken.
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
#: The time that the slow server takes for a message, in seconds.
SLOW_SECONDS = 0.25

GOAL = 1.5
#: The goal with the server up: the same core sends each message while it answers the next request.
GOAL_UP = 2.5


class MessageHandler:
    """Accepts every message, after a delay."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.accepted = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # aiosmtpd's name.
        """Accept a message."""
        await sleep(self.seconds)
        self.accepted += 1
        return "250 OK"


@contextmanager
def mail_server(seconds: float) -> Iterator[tuple[str, MessageHandler]]:
    """Run a mail server that accepts messages."""
    handler = MessageHandler(seconds)
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield url_of(controller.port), handler
    finally:
        controller.stop()


@contextmanager
def hanging_server() -> Iterator[str]:
    """Accept connections on a port, and never send an answer."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        yield url_of(listener.getsockname()[1])


def free_port() -> int:
    """Return a port on which no process listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def url_of(port: int) -> str:
    """Return the URL of a mail server on this machine."""
    return f"smtp://127.0.0.1:{port}"


@contextmanager
def sending_through(smtp_url: str | None, database: str) -> Iterator[Running]:
    """Serve a database with that mail server."""
    if smtp_url is not None:
        os.environ["STORMPATH_SMTP_URL"] = smtp_url
    try:
        with serving(database) as service:
            os.environ.pop("STORMPATH_SMTP_URL", None)
            yield service
    finally:
        os.environ.pop("STORMPATH_SMTP_URL", None)


def make_accounts(folder: Path) -> tuple[str, tuple[str, str]]:
    """Create a database with accounts; return its application's path and an API key."""
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


def time_resets(application: Any) -> list[float]:
    """Request a password reset for each account; return the seconds of each request."""
    times = []
    for number in range(ACCOUNTS):
        started = time.perf_counter()
        application.send_password_reset_email(address(number))
        times.append(time.perf_counter() - started)
    return times


def measure(folder: Path) -> Iterator[Row]:
    """Send requests to the services in turn, and compare each with the one that has no mail server."""
    path, key = make_accounts(folder)
    with ExitStack() as stack:
        up, up_handler = stack.enter_context(mail_server(0))
        slow, slow_handler = stack.enter_context(mail_server(SLOW_SECONDS))
        urls = {"none": None, "up": up, "slow": slow, "hanging": stack.enter_context(hanging_server())}
        urls["down"] = url_of(free_port())
        services = {
            name: stack.enter_context(sending_through(url, copied(folder, name)))
            for name, url in urls.items()
        }
        medians = median_times(services, path, key)
    plain = medians["none"]
    yield Row("a request for a password reset, no mail server", 1e3 * plain, "ms")
    for name in ("up", "slow", "hanging", "down"):
        goal = GOAL_UP if name == "up" else GOAL
        yield Row(f"the same, mail server {name}", medians[name] / plain, "times", goal)
    yield Row(f"messages sent meanwhile, of {ROUNDS * ACCOUNTS}, server up", up_handler.accepted, "")
    yield Row(f"  server slow ({SLOW_SECONDS} s a message)", slow_handler.accepted, "")


def median_times(services: dict[str, Running], path: str, key: tuple[str, str]) -> dict[str, float]:
    """Return the median time of a reset at each service; the services take turns."""
    times: dict[str, list[float]] = {name: [] for name in services}
    with ExitStack() as stack:
        applications = {}
        for name, service in services.items():
            client = Client(base_url=service.base_url, id=key[0], secret=key[1], scheme="basic")
            stack.callback(client.close)
            applications[name] = client.applications.get(service.base_url + path)
        for _ in range(ROUNDS):
            for name, application in applications.items():
                times[name] += time_resets(application)
    return {name: median(each) for name, each in times.items()}


def main() -> int:
    """Print all rows; return 1 if a promise is broken."""
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
