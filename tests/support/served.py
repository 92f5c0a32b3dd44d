"""``stormpath serve`` as an operator runs it: its first line, its workers and its end."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from support.command import SECONDS, quiet_environment
from support.programs import PROGRAMS, Process, command_line

T = TypeVar("T")


class Served:
    """A running service: its process, and the address from its first line."""

    def __init__(self, process: Process) -> None:
        assert process.stdout is not None
        self.process = process
        self.first_line = process.stdout.readline()
        found = re.fullmatch(r"Stormpath serves (\S+) on (\S+):(\d+)\. .+\n", self.first_line)
        assert found, self.first_line + process.communicate()[1]
        self.base_url, self.host, self.port = found[1], found[2], int(found[3])

    @property
    def origin(self) -> str:
        return f"http://{self.host}:{self.port}"

    def workers(self) -> list[int]:
        """The ids of the processes that answer requests."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(each) for each in children.read_text().split()]

    def connects(self) -> socket.socket:
        return socket.create_connection((self.host, self.port), timeout=SECONDS)

    def stops(self, with_signal: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Stop it and return its exit status and its output on standard error.

        Security events that are no failures are left out: what the tests change is logged.
        """
        self.process.send_signal(with_signal)
        lines = self.process.communicate(timeout=SECONDS)[1].splitlines(keepends=True)
        said = "".join(each for each in lines if " INFO stormpath.security: event=" not in each)
        return self.process.wait(SECONDS), said


@contextlib.contextmanager
def services() -> Iterator[Callable[..., Served]]:
    """``serve(database, *options)`` serves on a free port. Services still running at the end are killed."""
    running = []

    def start(database: str, *options: str, **variables: str) -> Served:
        if "--bind" not in options:
            options = (*options, "--bind", "127.0.0.1:0")
        process = PROGRAMS.start(
            command_line("serve", "--database", database, *options),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**quiet_environment(), **variables},
            start_new_session=True,
            text=True,
        )
        running.append(process)
        return Served(process)

    try:
        yield start
    finally:
        for each in running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(each.pid, signal.SIGKILL)
            each.communicate()


def eventually(condition: Callable[[], T]) -> T:
    """Return the value of a condition as soon as it is true."""
    deadline = time.monotonic() + SECONDS
    while not (result := condition()):
        assert time.monotonic() < deadline, "It never came true."
        time.sleep(0.02)
    return result


def is_gone(process_id: int) -> bool:
    # A zombie counts as gone, too.
    try:
        return "\nState:\tZ" in Path(f"/proc/{process_id}/status").read_text()
    except FileNotFoundError:
        return True
