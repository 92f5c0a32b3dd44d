"""The cost of the Flask extension: a protected page against Flask-Login alone, and a login against its hash.

``python benchmarks/flask.py`` prints one line per promise and ends with status 1 if one is broken. Both sides
of a ratio take turns on one core; the ratio is the median over the rounds. The apps are called as a WSGI
server calls them, with the cookies of a person who has just logged in. The app of Flask-Login alone has the
same page and a dictionary of users, and its logins end with the browser, so that it writes no cookies.
``--profile`` shows where the time of the protected page goes.
"""

import argparse
import cProfile
import pstats
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from http.cookies import SimpleCookie
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

# The folder of this program is the first to import from, where this file would hide the library ``flask``.
sys.path.append(sys.path.pop(0))

import flask_login
from _measure import Action, Row, compare, on_core, seconds
from flask import Flask
from werkzeug.test import EnvironBuilder

from flask_stormpath import StormpathManager, login_required, user
from stormpath.server.security.passwords import Argon2id

ADDRESS, PASSWORD = "joe@example.com", "Changeme1!"
PERSON = {"given_name": "Joe", "surname": "Doe", "email": ADDRESS, "password": PASSWORD}
KEY = "the key of the benchmark"


class Browser:
    """Calls an app as a WSGI server does, and keeps its cookies."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.cookies: dict[str, str] = {}

    def environ(self, path: str, form: dict[str, str] | None = None) -> dict[str, Any]:
        """Return the request for a path; a POST where a form is given."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        builder = EnvironBuilder(
            path, method="POST" if form else "GET", data=form, headers={"Cookie": cookies}
        )
        return builder.get_environ()

    def call(self, environ: dict[str, Any]) -> tuple[str, str]:
        """Return the status and the body of an answer."""
        begun: list[Any] = []
        chunks = self.app(environ, lambda status, headers, _=None: begun.extend((status, headers)))
        body = b"".join(chunks).decode()
        chunks.close()
        for name, value in begun[1]:
            if name == "Set-Cookie":
                self.cookies |= {each.key: each.coded_value for each in SimpleCookie(value).values()}
        return begun[0], body

    def visit(self, path: str, form: dict[str, str] | None = None) -> str:
        """Return the body of an answer that is no error."""
        status, body = self.call(self.environ(path, form))
        assert status[0] in "23", (status, body)
        return body


def site(folder: Path, **settings: Any) -> tuple[Browser, StormpathManager]:
    """Return a browser with a person who is logged in to an app with the extension, and its manager."""
    app = Flask("site")
    app.config.update(
        SECRET_KEY=KEY, STORMPATH_DATABASE=f"sqlite:///{folder / 'users.db'}", STORMPATH_APPLICATION="Site"
    )
    app.config.update(settings)
    manager = StormpathManager(app)

    @app.get("/secret")
    @login_required
    def secret() -> str:
        return f"The secret of {user.email}"

    browser = Browser(app)
    browser.visit("/register", PERSON | {"csrf_token": csrf_token(browser.visit("/register"))})
    return browser, manager


def plain_site() -> Browser:
    """Return a browser with a person who is logged in to an app with Flask-Login alone."""
    app = Flask("plain")
    app.secret_key = KEY
    logins = flask_login.LoginManager(app)

    class User(flask_login.UserMixin):
        def __init__(self, number: str, email: str) -> None:
            self.id = number
            self.email = email

    users = {"1": User("1", ADDRESS)}
    logins.user_loader(users.get)

    @app.get("/secret")
    @flask_login.login_required
    def secret() -> str:
        return f"The secret of {flask_login.current_user.email}"

    @app.get("/login")
    def login() -> str:
        flask_login.login_user(users["1"])
        return "done"

    browser = Browser(app)
    browser.visit("/login")
    return browser


def csrf_token(page: str) -> str:
    """Return the token of a form."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page
    return found[1]


def request_of(browser: Browser, path: str, expected: str, form: dict[str, str] | None = None) -> Action:
    """Return what sends a request, which has been made before, and compares the status of the answer."""
    environ = browser.environ(path, form)
    body = environ["wsgi.input"].read()
    statuses: list[str] = []

    def ask() -> None:
        chunks = browser.app(
            {**environ, "wsgi.input": BytesIO(body)}, lambda status, *_: statuses.append(status)
        )
        assert b"".join(chunks)
        chunks.close()
        assert statuses.pop() == expected

    return ask


def protected_page(folder: Path) -> Iterator[Row]:
    """Compare the page of a person whose account is cached."""
    plain = request_of(plain_site(), "/secret", "200 OK")
    for what, settings, goal in (
        ("a protected page, against Flask-Login alone", {}, 1.3),
        ("  where logins are listed, too", {"STORMPATH_ENABLE_SESSIONS": True}, None),
    ):
        (home := folder / what.strip().split()[0]).mkdir()
        browser, manager = site(home, **settings)
        ours = request_of(browser, "/secret", "200 OK")
        seconds([ours], 100)
        comparison = compare([ours], [plain], 20, 401)
        yield Row(what, comparison.ratio, "times", goal, remark=str(comparison))
        manager.client.close()


def login(folder: Path) -> Iterator[Row]:
    """Compare the form of the login, with its CSRF token, with the hash of the password that it computes.

    In processor time: the hash is computed by another thread. It costs more there than in a loop of its own,
    which finds its memory warm; so it is timed where it happens.
    """
    (home := folder / "login").mkdir()
    browser, manager = site(home)
    visitor = Browser(browser.app)
    form = {"login": ADDRESS, "password": PASSWORD, "csrf_token": csrf_token(visitor.visit("/login"))}
    log_in = request_of(visitor, "/login", "302 FOUND", form)
    spent = 0.0
    verify = Argon2id.verify

    def timed(scheme: Argon2id, password: str, stored: str) -> bool:
        nonlocal spent
        started = time.thread_time()
        is_right = verify(scheme, password, stored)
        spent += time.thread_time() - started
        return is_right

    Argon2id.verify = timed  # type: ignore[method-assign]
    seconds([log_in], 5)
    rounds: list[tuple[float, float]] = []
    for _ in range(61):
        spent, started = 0.0, time.process_time()
        log_in()
        rounds.append((time.process_time() - started, spent))
    Argon2id.verify = verify  # type: ignore[method-assign]
    ratio = median(whole / of_hash for whole, of_hash in rounds)
    whole, of_hash = (1e3 * median(each) for each in zip(*rounds, strict=True))
    yield Row("a login, against its hash", ratio, "times", 1.1, remark=f"{whole:.1f} / {of_hash:.1f} ms")
    manager.client.close()


def profile(folder: Path) -> None:
    """Show where the time of the protected page goes."""
    browser, manager = site(folder)
    ask = request_of(browser, "/secret", "200 OK")
    seconds([ask], 200)
    with cProfile.Profile() as profiler:
        seconds([ask], 3000)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(40)
    manager.client.close()


def main() -> int:
    """Print all rows; return 1 if a promise is broken."""
    parser = argparse.ArgumentParser(description="The cost of the Flask extension.")
    parser.add_argument("--profile", action="store_true", help="show where the time of the page goes")
    options = parser.parse_args()
    kept = True
    with tempfile.TemporaryDirectory() as folder, on_core(0):
        if options.profile:
            profile(Path(folder))
            return 0
        for measure in (protected_page, login):
            for row in measure(Path(folder)):
                print(row, flush=True)
                kept = kept and row.is_kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
