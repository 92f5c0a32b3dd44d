"""A Redis and a Memcached for one run: on free loopback ports, in memory only, gone with the program."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

PATIENCE_SECONDS = 10
MEBIBYTES = 512
HOST = "127.0.0.1"


class CacheServer(NamedTuple):
    """Where it listens."""

    host: str
    port: int

    @property
    def store_opts(self) -> dict[str, object]:
        """What a store has to know, to find it."""
        return {"host": self.host, "port": self.port}


@contextmanager
def redis_server() -> Iterator[CacheServer]:
    """Run a Redis that writes nothing to a disk."""

    def command(port: int) -> list[str]:
        keep_nothing = ["--save", "", "--appendonly", "no"]
        return [program("redis-server"), "--bind", HOST, "--port", str(port), *keep_nothing]

    with _running(command) as server:
        yield server


@contextmanager
def memcached_server() -> Iterator[CacheServer]:
    """Run a Memcached with room for everything that is measured."""

    def command(port: int) -> list[str]:
        # It refuses to be root without being told whom to become.
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        return [program("memcached"), "-l", HOST, "-p", str(port), "-U", "0", "-m", str(MEBIBYTES), *user]

    with _running(command) as server:
        yield server


def program(name: str) -> str:
    """Return where a program lies; ends this one where it is missing."""
    found = shutil.which(name)
    if found is None:
        raise SystemExit(f"{name} is not installed: this measures real servers; .ci/servers installs them")
    return found


def free_port() -> int:
    """Return a port that nobody listens on."""
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
    gives_up = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < gives_up:
        try:
            socket.create_connection(server, timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise SystemExit(f"{process.args!r} does not answer on port {server.port}")
