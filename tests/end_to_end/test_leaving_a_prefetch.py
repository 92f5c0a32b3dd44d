"""Programs that end, close their client or fork while the next page is being fetched."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest

SECONDS = 30
LIST = "/v1/directories/d/groups"

START = """
import os, sys
from stormpath import Client
client = Client(sys.argv[1], id="id", secret="secret", scheme="basic")
loop = iter(client.directories.get("/directories/d").groups.prefetch())
print(next(loop).name, flush=True)
sys.stdin.readline()
"""
ENDINGS = {
    "ends": "",
    "drops the loop": "del loop",
    "closes the loop": "loop.close()",
    "closes the client": "client.close()",
}
FORK = """
if child := os.fork():
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(*(each.name for each in loop), flush=True)
"""


class HeldService(ThreadingHTTPServer):
    """Two pages of one group each. The first request for the second page waits, and no later one."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.base_url = f"http://127.0.0.1:{self.server_port}/v1"
        self.was_asked = Event()
        self.may_answer = Event()
        Thread(target=self.serve_forever, daemon=True).start()

    def server_close(self) -> None:
        self.may_answer.set()
        self.shutdown()
        super().server_close()

    def page(self, path: str) -> dict[str, Any]:
        number = 2 if "after" in path else 1
        if number == 2 and not self.was_asked.is_set():
            self.was_asked.set()
            self.may_answer.wait()
        here = self.base_url.removesuffix("/v1") + LIST
        page: dict[str, Any] = {"href": here, "offset": number - 1, "limit": 1, "size": 2}
        page["items"] = [{"href": f"{self.base_url}/groups/{number}", "name": f"group {number}"}]
        return page if number == 2 else {**page, "next": {"href": f"{here}?after=1"}}


class Handler(BaseHTTPRequestHandler):
    server: HeldService

    def do_GET(self) -> None:
        body = json.dumps(self.server.page(self.path)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def handle(self) -> None:
        # The caller may be gone.
        with suppress(ConnectionError):
            super().handle()


@pytest.fixture
def service() -> Iterator[HeldService]:
    with HeldService() as service:
        yield service


def run(service: HeldService, ending: str) -> tuple[int, str, str]:
    """Run a program to its end, from the moment when its second page is being fetched."""
    program = subprocess.Popen(
        [sys.executable, "-X", "dev", "-c", START + ending, service.base_url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with program:
        try:
            assert service.was_asked.wait(SECONDS)
            out, err = program.communicate("\n", timeout=SECONDS)
        finally:
            program.kill()
    return program.returncode, out, err


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_a_program_that_ends_does_not_wait_for_a_prefetched_page(service: HeldService, ending: str) -> None:
    assert run(service, ending) == (0, "group 1\n", "")
    assert not service.may_answer.is_set()


def test_a_forked_child_requests_the_page_itself(service: HeldService) -> None:
    status, out, _ = run(service, FORK)

    assert (status, out) == (0, "group 1\ngroup 2\n")
