"""The real ``stormpath serve`` in a process of its own."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.ports import free_port
from support.programs import PROGRAMS, Process, command_line

START_SECONDS = 30
STOP_SECONDS = 15


@contextmanager
def serving(database_url: str, log: Path, **variables: str) -> Iterator[str]:
    """Serve ``database_url`` on a free loopback port and give its base URL; its output goes to ``log``.

    ``variables`` are added to the environment.
    At the end the service gets SIGTERM and must exit with status 0.
    """
    port = free_port()
    base_url = f"http://127.0.0.1:{port}/v1"
    options = ["--database", database_url, "--bind", f"127.0.0.1:{port}", "--base-url", base_url]
    with log.open("wb") as output:
        process = PROGRAMS.start(
            command_line("serve", *options),
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_healthy(process, f"http://127.0.0.1:{port}/health", log)
        yield base_url
        _stop(process, log)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _wait_until_healthy(process: Process, url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"stormpath serve left with {process.returncode}:\n{log.read_text()}")
        if _is_healthy(url):
            return
        time.sleep(0.05)
    raise AssertionError(f"stormpath serve did not answer {url}:\n{log.read_text()}")


def _is_healthy(url: str) -> bool:
    # Not through a proxy of the developer's environment.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _stop(process: Process, log: Path) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        status = process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"stormpath serve ignored SIGTERM:\n{log.read_text()}") from None
    assert status == os.EX_OK, f"stormpath serve left with {status} after SIGTERM:\n{log.read_text()}"
