"""``stormpath console``: a link that logs in once, on this machine alone; ``serve --no-console``."""

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import requests

from support.command import SECONDS, assert_refused, in_this_process, quiet_environment
from support.programs import PROGRAMS, Process, command_line


@dataclass
class Shown:
    """A console that is running, and a browser."""

    process: Process
    link: str
    browser: requests.Session = field(default_factory=requests.Session)

    @property
    def origin(self) -> str:
        return "/".join(self.link.split("/")[:3])

    def form(self, url: str) -> dict[str, str]:
        """Return the fields of the form on a page."""
        answer = self.browser.get(url, timeout=SECONDS)
        assert answer.status_code == 200, answer.text
        return dict(re.findall(r'name="(\w+)" value="([^"]*)"', answer.text))


@contextmanager
def shown(database: str, *options: str, **variables: str) -> Iterator[Shown]:
    process = PROGRAMS.start(
        command_line("console", "--database", database, *options),
        env={**quiet_environment(), **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        assert line.startswith("Open http://localhost:"), line or process.stderr.read()
        yield Shown(process, line.split()[1])
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_the_link_logs_in_once_as_the_owner_and_ctrl_c_ends_it(initialized_sqlite_url: str):
    with shown(initialized_sqlite_url, "--no-browser") as console:
        # Reading the page spends nothing.
        console.form(console.link)
        fields = console.form(console.link)
        answer = console.browser.post(console.link.partition("?")[0], fields, timeout=SECONDS)
        assert answer.status_code == 200
        assert "Tenant" in answer.text
        assert console.browser.get(f"{console.origin}/me", timeout=SECONDS).url.endswith("/me")

        assert requests.get(console.link, timeout=SECONDS).status_code == 404
        other = Shown(console.process, console.link)
        again = {**fields, "csrf": other.form(f"{console.origin}/login")["csrf"]}
        answer = other.browser.post(console.link.partition("?")[0], again, timeout=SECONDS)
        assert answer.status_code == 404
        assert requests.get(f"{console.origin}/me", timeout=SECONDS).url.partition("?")[0].endswith("/login")

        console.process.send_signal(signal.SIGINT)
        _, errors = console.process.communicate(timeout=SECONDS)
        assert console.process.returncode == 0
        assert "Traceback" not in errors


def test_pages_of_other_hosts_get_nothing(initialized_sqlite_url: str):
    with shown(initialized_sqlite_url, "--no-browser") as console:
        answer = requests.get(console.link, headers={"Host": "evil.example.com"}, timeout=SECONDS)

    assert answer.status_code == 421
    assert "<form" not in answer.text


def test_the_browser_is_opened_with_the_link(initialized_sqlite_url: str, tmp_path):
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    browser.chmod(0o755)

    with shown(initialized_sqlite_url, BROWSER=f"{browser} %s", DISPLAY="") as console:
        for _ in range(200):
            if (tmp_path / "opened").exists() and (tmp_path / "opened").read_text():
                break
            time.sleep(0.05)

        assert (tmp_path / "opened").read_text().strip() == console.link


@pytest.mark.parametrize("bind", ["0.0.0.0:0", "[::]:0"])
def test_an_address_that_other_machines_reach_is_refused(initialized_sqlite_url: str, bind: str):
    done = in_this_process("console", "--database", initialized_sqlite_url, "--bind", bind)

    assert_refused(done, "can be reached by other machines")


def test_serve_leaves_the_console_out(serve, initialized_sqlite_url: str):
    service = serve(initialized_sqlite_url, "--no-console")

    assert requests.get(f"{service.origin}/login", timeout=SECONDS).status_code in (401, 404)
    assert requests.get(f"{service.origin}/health", timeout=SECONDS).status_code == 200
