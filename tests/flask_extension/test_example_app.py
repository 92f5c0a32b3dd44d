"""The example application: a walk through it, and its start as a reader starts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from flask_app.app import create_app, local_settings
from flask_app.development import LIBRARIAN, add_librarian
from flask_app.pages import LIBRARIANS
from support import databases
from support.flask_pages import PASSWORD, close, send
from support.ports import free_port

ROOT = Path(__file__).parents[2]
ADDRESS = "http://127.0.0.1:5000"
PERSON = {"given_name": "Ann", "surname": "Lee", "email": "ann@example.com", "password": PASSWORD}


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database that nothing is in yet."""
    return databases.initialize(databases.sqlite_url(tmp_path_factory.mktemp("empty")))


@pytest.fixture
def room(tmp_path: Path, empty_database: str) -> Iterator[Flask]:
    databases.sqlite_copy(empty_database, tmp_path)
    app = create_app(**local_settings(tmp_path, ADDRESS))
    yield app
    close(app)


@pytest.fixture
def reader(room: Flask) -> FlaskClient:
    """The browser of a person who has registered, and opened the link of the e-mail."""
    browser = room.test_client()
    send(browser, "/register", **PERSON)
    browser.get(link_of_email(browser))
    return browser


def link_of_email(browser: FlaskClient) -> str:
    """Return the path of the link in the newest e-mail, as the outbox shows it."""
    shown = unescape(browser.get("/outbox").text)
    return found(rf'href="{ADDRESS}(\S+)"', shown)


def found(pattern: str, text: str) -> str:
    """Return what the group of a pattern matches."""
    match = re.search(pattern, text)
    assert match, pattern
    return match[1]


def test_a_person_registers_verifies_the_address_and_is_logged_in(room: Flask):
    browser = room.test_client()

    assert send(browser, "/register", **PERSON).location == "/"
    assert "You must validate your email address" in browser.get("/").text
    assert browser.get("/shelf").location == "/login?next=%2Fshelf"
    link = link_of_email(browser)
    assert link.startswith("/verify?sptoken=")
    assert browser.get(link).location == "/shelf"
    assert "Your Shelf" in browser.get("/shelf").text


def test_a_shelf_keeps_its_books_for_the_person_alone(room: Flask, reader: FlaskClient):
    send(reader, "/shelf", title="The Name of the Rose")
    send(reader, "/shelf", title="<b>Emma</b>")

    shown = reader.get("/shelf").text
    assert "The Name of the Rose" in shown
    assert "&lt;b&gt;Emma&lt;/b&gt;" in shown
    assert "Which book is it?" in send(reader, "/shelf", title="").text
    assert reader.post("/shelf", data={"title": "Forged"}).status_code == 200
    assert "Forged" not in reader.get("/shelf").text


def test_a_profile_changes_the_name(reader: FlaskClient):
    send(reader, "/profile", given_name="Anna", surname="Lee")

    assert "Your name is changed." in reader.get("/profile").text
    assert "Welcome back, Anna" in reader.get("/").text


def test_a_forgotten_password_is_replaced_and_ends_other_logins(room: Flask, reader: FlaskClient):
    other = room.test_client()

    send(other, "/forgot", email="ann@example.com")
    new = {"password": "An0ther word", "password_again": "An0ther word"}
    assert send(other, link_of_email(other), **new).status_code == 200

    assert other.get("/shelf").status_code == 200
    assert reader.get("/shelf").status_code == 302


def test_a_login_asks_for_the_second_factor_that_was_set_up(room: Flask, reader: FlaskClient):
    page = send(reader, "/factors", password=PASSWORD, action="add-app").text
    secret = re.sub(r"\s", "", found(r'stormpath-secret">([^<]+)<', page))
    factor = found(r'name="factor" value="([^"]+)"', page)
    code = pyotp.TOTP(secret).now()
    send(reader, "/factors", action="confirm", factor=factor, code=code)
    reader.post("/logout")

    asked = send(reader, "/login", login="ann@example.com", password=PASSWORD)

    assert asked.location.startswith("/login/factor")
    assert 'name="code"' in reader.get(asked.location).text
    assert reader.get("/shelf").status_code == 302


def test_a_person_sees_and_ends_logins(room: Flask, reader: FlaskClient):
    other = room.test_client()
    send(other, "/login", login="ann@example.com", password=PASSWORD)
    assert other.get("/shelf").status_code == 200

    assert reader.get("/sessions").status_code == 200
    send(reader, "/sessions", action="end-others")

    assert other.get("/shelf").status_code == 302
    assert reader.get("/shelf").status_code == 200


def test_members_are_for_librarians(room: Flask, reader: FlaskClient):
    password = add_librarian(room, LIBRARIANS)
    assert password
    assert add_librarian(room, LIBRARIANS) is None
    librarian = room.test_client()
    assert send(librarian, "/login", login=LIBRARIAN, password=password).location == "/shelf"

    assert reader.get("/members").location == "/login?next=%2Fmembers"
    assert "ann@example.com" in librarian.get("/members").text
    assert LIBRARIANS in librarian.get("/profile").text


def test_programs_read_the_shelf_with_a_key_and_with_a_token(room: Flask, reader: FlaskClient):
    send(reader, "/shelf", title="Emma")
    token = found(r'id="key-token"[^>]*value="([^"]+)"', reader.get("/profile").text)
    shown = reader.post("/keys", data={"csrf_token": token}).text
    id, secret = found(r"curl -u (\w+:\S+) http://localhost/api/books", shown).split(":")
    program = room.test_client()

    assert program.get("/api/books").status_code == 401
    assert reader.get("/api/books").status_code == 401
    assert program.get("/api/books", auth=(id, secret)).json == {"reader": "Ann Lee", "books": ["Emma"]}
    granted: Any = program.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, auth=(id, secret)
    ).json
    bearer = {"Authorization": f"Bearer {granted['access_token']}"}
    assert program.get("/api/books", headers=bearer).json == {"reader": "Ann Lee", "books": ["Emma"]}
    assert '"email":"ann@example.com"' in program.get("/me", headers=bearer).text
    assert reader.post("/keys").location == "/profile"


def test_the_pages_of_the_extension_look_like_the_application(reader: FlaskClient, room: Flask):
    for path in ("/login", "/register", "/forgot", "/verify"):
        shown = room.test_client().get(path).text
        assert "Reading Room" in shown
        assert "/static/reading_room.css" in shown
    assert "Log Out" in reader.get("/factors").text


def test_the_outbox_is_for_ones_own_machine_alone(tmp_path: Path):
    app = create_app(**local_settings(tmp_path, ADDRESS) | {"READING_ROOM_SHOWS_OUTBOX": False})

    assert app.test_client().get("/outbox").status_code == 404
    assert "Outbox" not in app.test_client().get("/").text
    close(app)


def test_the_secret_key_is_made_once_and_is_for_the_owner_alone(tmp_path: Path):
    first = local_settings(tmp_path, ADDRESS)["SECRET_KEY"]

    assert local_settings(tmp_path, ADDRESS)["SECRET_KEY"] == first
    assert len(first) == 64
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


def test_make_example_starts_it_with_nothing_else_running(tmp_path: Path):
    planned = subprocess.run(
        ["make", "--dry-run", "--always-make", "example"],  # noqa: S607 - of this machine
        cwd=ROOT, capture_output=True, text=True, check=True,
        # Not as a part of the make that runs the tests.
        env={name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))},
    ).stdout  # fmt: skip
    assert planned.splitlines()[-1] == "cd examples && ../.venv/bin/python -m flask_app --port 5000"
    port = free_port()
    # As in a shell: without the settings of the tests.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STORMPATH_")}

    process = subprocess.Popen(
        [sys.executable, "-m", "flask_app", "--port", str(port), "--data", str(tmp_path)],
        cwd=ROOT / "examples", env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        told = process.stdout.readline() + process.stdout.readline()
        assert f"http://127.0.0.1:{port}" in told
        assert LIBRARIAN in told
        assert "A shelf for each reader" in answer_of(f"http://127.0.0.1:{port}/")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(10)
        process.stdout.close()


def answer_of(url: str) -> str:
    """Return the page at an address that listens in a moment."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(100):
        try:
            with opener.open(url, timeout=5) as answer:
                return str(answer.read(), "utf-8")
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"no answer at {url}")
