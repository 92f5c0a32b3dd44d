"""A Redis and a Memcached for one run: on free loopback ports, in memory only, stopped with the program."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

START_TIMEOUT_SECONDS = 10
MEBIBYTES = 512
HOST = "127.0.0.1"


class CacheServer(NamedTuple):
    """The address of a server."""

    host: str
    port: int

    @property
    def store_opts(self) -> dict[str, object]:
        """The options with which a store connects to it."""
        return {"host": self.host, "port": self.port}


@contextmanager
def redis_server() -> Iterator[CacheServer]:
    """Run a Redis that writes nothing to disk."""

    def command(port: int) -> list[str]:
        no_persistence = ["--save", "", "--appendonly", "no"]
        return [program("redis-server"), "--bind", HOST, "--port", str(port), *no_persistence]

    with _running(command) as server:
        yield server


@contextmanager
def memcached_server() -> Iterator[CacheServer]:
    """Run a Memcached with enough memory for all measurements."""

    def command(port: int) -> list[str]:
        # Memcached refuses to run as root: it needs the name of another user.
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        return [program("memcached"), "-l", HOST, "-p", str(port), "-U", "0", "-m", str(MEBIBYTES), *user]

    with _running(command) as server:
        yield server


def program(name: str) -> str:
    """Return the path of a program; end this one if it is not installed."""
    found = shutil.which(name)
    if found is None:
        raise SystemExit(f"{name} is not installed: this measures real servers; .ci/servers installs them")
    return found


def free_port() -> int:
    """Return a port on which no process listens."""
    with socket.create_server((HOST, 0)) as unused:
        port: int = unused.getsockname()[1]
        return port


@contextmanager
def _running(command: Callable[[int], list[str]]) -> Iterator[CacheServer]:
    server = CacheServer(HOST, free_port())
    with tempfile.TemporaryDirectory() as folder:
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command(server.port), cwd=folder, stdout=quiet, stderr=quiet)
        try:
            _wait_for(server, process)
            yield server
        finally:
            process.kill()
            process.wait()


def _wait_for(server: CacheServer, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(server, timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise SystemExit(f"{process.args!r} does not answer on port {server.port}")
