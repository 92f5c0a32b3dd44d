"""Two workers of a real gunicorn with ``--preload``: the app and its client are made before the forks."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from flask_extension.sites import ADDRESS, PASSWORD, Where
from support.ports import free_port
from support.programs import PROGRAMS, Program
from support.smtp_server import mail_server

TESTS = str(Path(__file__).parents[1])
APP = "support.gunicorn_site:app"
SECONDS = 30
#: The seconds after which a worker reads an account again.
AGE = 0.5
OTHER_PASSWORD = "Otherwise2!"
PERSON = {"given_name": "Joe", "surname": "Doe", "email": ADDRESS, "password": PASSWORD}
LOGIN = {"login": ADDRESS, "password": PASSWORD}

WORKERS = {"sync": ("--worker-class", "sync"), "gthread": ("--worker-class", "gthread", "--threads", "4")}


class Browser(requests.Session):
    """A person's browser. Each request goes to any of the workers."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self.trust_env = False
        self.headers["Connection"] = "close"

    def ask(self, path: str, data: Any = None) -> requests.Response:
        method = "GET" if data is None else "POST"
        return self.request(method, self._url + path, data=data, allow_redirects=False, timeout=SECONDS)

    def ask_each_worker(self, path: str) -> dict[str, requests.Response]:
        """Return the latest answer of each of the two workers."""
        return self._until(lambda answers: len(answers) == 2, path)

    def ask_until(self, path: str, status: int) -> None:
        """Ask until the latest answers of both workers have a status."""
        self._until(lambda answers: [each.status_code for each in answers.values()] == [status] * 2, path)

    def _until(
        self, is_enough: Callable[[dict[str, requests.Response]], bool], path: str
    ) -> dict[str, requests.Response]:
        answers: dict[str, requests.Response] = {}
        deadline = time.monotonic() + SECONDS
        while not is_enough(answers):
            assert time.monotonic() < deadline, answers
            time.sleep(0.02)
            answer = self.ask(path)
            answers[answer.headers["X-Worker"]] = answer
        return answers


@contextmanager
def gunicorn(log: Path, workers: str, **settings: Any) -> Iterator[str]:
    """Run gunicorn with two workers and give the URL of the site; it must stop cleanly at the end."""
    address = f"127.0.0.1:{free_port()}"
    arguments = ["--preload", "--workers", "2", *WORKERS[workers], "--bind", address, APP]
    code = "import sys\nfrom gunicorn.app.wsgiapp import run\nsys.exit(run())"
    command = [sys.executable, "-m", "gunicorn", *arguments]
    program = Program(command, "gunicorn", code, ["gunicorn", *arguments], is_test=True)
    # Newer ones keep a socket in the home folder.
    environment = {**os.environ, "HOME": str(log.parent), "SITE": json.dumps(settings), "PYTHONPATH": TESTS}
    with log.open("wb") as output:
        process = PROGRAMS.start(program, env=environment, stdout=output, stderr=output)
    try:
        browser = Browser(f"http://{address}")
        deadline = time.monotonic() + SECONDS
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            try:
                browser.ask("/")
                break
            except requests.ConnectionError:
                time.sleep(0.05)
        yield f"http://{address}"
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0, log.read_text()
        assert "Traceback" not in log.read_text(), log.read_text()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def cases(*pairs: tuple[str, str]) -> pytest.MarkDecorator:
    """Let a test run with these kinds of workers and places of the service."""
    return pytest.mark.parametrize(("run", "where"), pairs, indirect=True)


@pytest.fixture
def run(request: pytest.FixtureRequest, where: Where, tmp_path: Path) -> Callable[..., Any]:
    """``run(**settings)`` serves a site with an application of its own."""

    @contextmanager
    def serve(**settings: Any) -> Iterator[str]:
        name = f"gunicorn {tmp_path.name}"
        where.client.applications.create({"name": name}, create_directory=True)
        given = {"STORMPATH_APPLICATION": name, "STORMPATH_ACCOUNT_MAX_AGE": AGE, **where.config, **settings}
        with gunicorn(tmp_path / "gunicorn.log", request.param, **given) as url:
            yield url

    return serve


@cases(("sync", "embedded"), ("gthread", "served"))
def test_a_login_at_one_worker_counts_at_the_other_and_ends_at_both(run: Callable[..., Any]):
    with run() as url:
        registered, other = Browser(url), Browser(url)

        assert registered.ask("/register", PERSON).status_code == 302
        assert other.ask("/login", LOGIN).status_code == 302
        for browser in (registered, other):
            answers = browser.ask_each_worker("/secret")
            assert {each.text for each in answers.values()} == {f"The secret of {ADDRESS}"}

        assert registered.ask("/password", {"password": OTHER_PASSWORD}).text == "changed"
        # Much sooner than the cache would forget the account by itself, which takes minutes.
        other.ask_until("/secret", 302)
        registered.ask_until("/secret", 200)

        assert registered.ask("/logout").status_code == 302
        registered.ask_until("/secret", 302)
        assert other.ask("/login", LOGIN).status_code == 200
        assert other.ask("/login", LOGIN | {"password": OTHER_PASSWORD}).status_code == 302


@cases(("gthread", "embedded"))
def test_many_people_at_once_are_served_by_both_workers(run: Callable[..., Any]):
    def register(number: int) -> str:
        address = f"person{number}@example.com"
        browser = Browser(url)
        browser.ask("/register", PERSON | {"email": address})
        answers = [browser.ask("/secret") for _ in range(3)]
        assert {each.text for each in answers} == {f"The secret of {address}"}
        return address

    with run() as url, ThreadPoolExecutor(8) as people:
        served = {*people.map(register, range(16))}
        # Which of the two is asked is chance.
        assert len(Browser(url).ask_each_worker("/")) == 2

    assert len(served) == 16


@cases(("sync", "embedded"))
def test_each_e_mail_is_sent_once(run: Callable[..., Any]):
    with (
        mail_server() as server,
        run(
            STORMPATH_SMTP_URL=server.url,
            STORMPATH_MAIL_FROM="shop@example.com",
            STORMPATH_ENABLE_FORGOT_PASSWORD=True,
        ) as url,
    ):
        for number in range(6):
            address = f"person{number}@example.com"
            Browser(url).ask("/register", PERSON | {"email": address})
            assert Browser(url).ask("/forgot", {"email": address}).status_code == 200
        server.wait_for(6)
    # Both workers have stopped: nothing more can come.

    assert sorted(each.message["To"] for each in server.messages) == [
        f"person{number}@example.com" for number in range(6)
    ]
