"""`StormpathManager`: bound to one app or several, by threads at once, and before forks."""

from __future__ import annotations

import gc
import itertools
import socket
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import pytest
from flask import Blueprint, Flask, current_app

from flask_extension.sites import ADDRESS, PASSWORD, NewSite, Site, Where, secret_pages
from flask_stormpath import StormpathManager, login_required, manager, user
from stormpath import Client
from support import command
from support.programs import text

AT_ONCE = 12

_numbers = itertools.count(1)


def app_of(where: Where | None, name: str = "shop", application: str = "Shop", **settings: Any) -> Flask:
    """Return an app without a manager."""
    app = Flask(name)
    app.config.update(SECRET_KEY="k", STORMPATH_APPLICATION=application, WTF_CSRF_ENABLED=False)
    app.config.update(where.config if where else {})
    app.config.update(settings)
    return app


def close(*apps: Any) -> None:
    for each in apps:
        if each.stormpath_client is not None:
            each.stormpath_client.close()


def test_a_manager_is_bound_when_it_is_made_or_later(where: Where):
    at_once, later = app_of(where, "at once"), app_of(where, "later")

    of_one = StormpathManager(at_once)
    of_other = StormpathManager()
    of_other.init_app(later)

    for app, bound in ((at_once, of_one), (later, of_other)):
        assert app.stormpath_manager is bound
        assert app.login_manager.login_view == "stormpath.login"
        assert app.test_client().get("/login").status_code == 200
    close(at_once, later)


def test_binding_sends_no_request_and_makes_no_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def refuse(*_: object) -> NoReturn:
        raise AssertionError("A connection is opened.")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    served = Flask("served")
    served.config.update(STORMPATH_BASE_URL="http://127.0.0.1:9/v1", STORMPATH_APPLICATION="Shop")
    served.config.update(STORMPATH_API_KEY_ID="id", STORMPATH_API_KEY_SECRET="secret")
    embedded = Flask("embedded")
    embedded.config.update(
        STORMPATH_DATABASE=f"sqlite:///{tmp_path}/users.db",
        STORMPATH_APPLICATION="Shop",
        STORMPATH_CHECK_STORES=True,
    )

    StormpathManager(served)
    StormpathManager(embedded)

    assert list(tmp_path.iterdir()) == []
    assert (served.stormpath_client, embedded.stormpath_client) == (None, None)


def test_an_app_has_one_manager(where: Where):
    app = app_of(where)
    StormpathManager(app)

    with pytest.raises(RuntimeError, match=r"The app 'shop' has a StormpathManager already\."):
        StormpathManager(app)


def test_the_client_and_the_application_are_made_once_for_an_app(site: Site):
    client, application = site.manager.client, site.manager.application

    site.log_in()

    assert site.manager.client is client is site.app.stormpath_client
    assert site.manager.application is application is site.app.stormpath_application


def test_tests_of_an_app_may_reset_what_is_kept_on_it(site: Site):
    before = site.manager.client
    site.register()

    before.close()
    site.app.stormpath_client = site.app.stormpath_application = None

    assert site.is_logged_in()
    assert site.manager.client is not before


def test_threads_that_need_them_first_make_one_client_and_one_application(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
):
    made: list[str] = []

    def counted(name: str) -> None:
        real = getattr(manager, name)

        def open_it(*arguments: Any) -> Any:
            made.append(name)
            return real(*arguments)

        monkeypatch.setattr(manager, name, open_it)

    counted("open_client")
    counted("open_application")
    app = Flask("at once")
    app.config.update(SECRET_KEY="k", STORMPATH_DATABASE=sqlite_url, STORMPATH_APPLICATION="Shop")
    app.config.update(WTF_CSRF_ENABLED=False)
    bound = StormpathManager(app)
    barrier = threading.Barrier(AT_ONCE)

    def log_in(_: int) -> int:
        barrier.wait()
        return app.test_client().post("/login", data={"login": "joe", "password": PASSWORD}).status_code

    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(log_in, range(AT_ONCE)))

    assert answers == [200] * AT_ONCE
    assert sorted(made) == ["open_application", "open_client"]
    assert [each.name for each in bound.client.applications.search({"name": "Shop"})] == ["Shop"]
    bound.client.close()


def test_a_first_use_that_fails_is_tried_again_at_the_next(initialized_sqlite_url: str):
    app = app_of(None, STORMPATH_DATABASE="sqlite:////no/such/folder/users.db")
    bound = StormpathManager(app)

    with pytest.raises(Exception, match="/no/such/folder"), app.app_context():
        bound.client  # The access makes it.
    app.config["STORMPATH_DATABASE"] = initialized_sqlite_url

    with app.app_context():
        assert bound.application.name == "Shop"
    close(app)


def test_one_manager_serves_two_apps_and_mixes_nothing(where: Where):
    names = ("Red", "Blue")
    for name in names:
        where.client.applications.create({"name": name}, create_directory=True)
    bound = StormpathManager()
    red, blue = (app_of(where, name, name, STORMPATH_LOGIN_URL=f"/{name}") for name in names)
    for app in (red, blue):
        bound.init_app(app)
        secret_pages(app)
    try:
        with red.app_context():
            red_client = bound.client
            assert bound.application.name == "Red"
            bound.login_view = "home"
            with blue.app_context():
                assert bound.application.name == "Blue"
                assert bound.client is not red_client
                assert bound.login_view == "stormpath.login"
            assert bound.client is red_client
        assert red.test_client().get("/Red").status_code == 200
        assert red.test_client().get("/Blue").status_code == 404
        assert blue.test_client().get("/secret").location == "/Blue?next=%2Fsecret"
        with pytest.raises(RuntimeError, match="application context"):
            bound.client  # Of which app?
    finally:
        close(red, blue)


def test_a_login_at_one_app_is_none_at_another_with_the_same_key(new_site: NewSite):
    one, other = new_site(), new_site()
    one.register()

    for cookie in ("session", "stormpath_token"):
        held = one.browser.get_cookie(cookie)
        assert held is not None
        other.browser.set_cookie(cookie, held.value)

    assert one.is_logged_in()
    assert not other.is_logged_in()


def test_a_manager_refuses_the_context_of_an_app_of_another_manager(where: Where):
    own, others, without = app_of(where, "own"), app_of(where, "others"), Flask("without")
    bound, other = StormpathManager(own), StormpathManager(others)

    with others.app_context():
        with pytest.raises(RuntimeError, match="not bound to the app 'others'"):
            bound.client  # It would be the other's.
        assert other.login_view == "stormpath.login"
    with without.app_context(), pytest.raises(RuntimeError, match=r"'without': call init_app\(app\)"):
        bound.application  # There is none.
    close(own, others)


def test_the_only_app_is_used_outside_of_a_context(site: Site):
    assert site.manager.client is site.app.stormpath_client
    assert site.manager.application.name == site.app.config["STORMPATH_APPLICATION"]
    assert site.manager.login_view == "stormpath.login"


def test_an_unbound_manager_has_no_client():
    with pytest.raises(RuntimeError, match="application context"):
        StormpathManager().client  # Of no app.


def test_an_app_that_is_not_used_any_more_is_not_kept(where: Where):
    bound = StormpathManager()
    app = app_of(where)
    bound.init_app(app)
    gone = weakref.ref(app)

    del app
    gc.collect()

    assert gone() is None


def test_an_application_factory_makes_independent_apps(new_site: NewSite, where: Where):
    bound = StormpathManager()
    name = f"Of a factory {next(_numbers)}"
    where.client.applications.create({"name": name}, create_directory=True)

    def create_app() -> Flask:
        app = app_of(where, application=name)
        bound.init_app(app)
        secret_pages(app)
        return app

    first, second = create_app(), create_app()
    form = {"given_name": "Joe", "surname": "Doe", "email": ADDRESS, "password": PASSWORD}
    browser, other = first.test_client(), second.test_client()
    browser.post("/register", data=form)
    other.post("/login", data={"login": ADDRESS, "password": PASSWORD})

    assert browser.get("/").text == other.get("/").text == f"Welcome {ADDRESS}"
    assert first.stormpath_client is not second.stormpath_client
    close(first, second)


def test_views_of_blueprints_are_protected(where: Where):
    name = f"With blueprints {next(_numbers)}"
    where.client.applications.create({"name": name}, create_directory=True)
    app = app_of(where, application=name)
    admin = Blueprint("admin", __name__, url_prefix="/admin")

    @admin.route("/")
    @login_required
    def index() -> str:
        return f"{user.email} at {current_app.name}"

    StormpathManager(app)
    app.register_blueprint(admin)
    browser = app.test_client()

    assert browser.get("/admin/").location == "/login?next=%2Fadmin%2F"
    form = {"given_name": "Joe", "surname": "Doe", "email": ADDRESS, "password": PASSWORD}
    assert browser.post("/register", data=form, query_string={"next": "/admin/"}).location == "/admin/"
    assert browser.get("/admin/").text == f"{ADDRESS} at shop"
    close(app)


def test_a_manager_may_set_up_logins_and_routes_in_its_own_way(where: Where):
    called: list[str] = []

    class Own(StormpathManager):
        def init_login(self, app: Flask) -> None:
            super().init_login(app)
            called.append("login")

        def init_routes(self, app: Flask) -> None:
            app.add_url_rule("/own", "own", lambda: "own")
            called.append("routes")

    app = app_of(where)
    Own(app)

    assert called == ["login", "routes"]
    assert app.test_client().get("/own").text == "own"
    assert app.test_client().get("/login").status_code == 404


#: A client and an application that are made before the fork, by a process whose other thread holds the lock.
BEFORE_A_FORK = """
import os, sys, threading, warnings
# From Python 3.12 on: of forks beside threads, which is what is tried here, and of Flask-Login 0.6.3.
warnings.simplefilter("ignore", DeprecationWarning)
from flask import Flask
from flask_stormpath import StormpathManager

app = Flask("forks")
app.config.update(
    SECRET_KEY="k", STORMPATH_DATABASE=sys.argv[1], STORMPATH_APPLICATION="Shop", WTF_CSRF_ENABLED=False
)
manager = StormpathManager(app)
if sys.argv[2] == "made":
    manager.application
person = {"given_name": "Joe", "surname": "Doe", "email": "joe@example.com", "password": "Changeme1!"}
holding, done = threading.Event(), threading.Event()

def hold():
    with app.extensions["stormpath"].lock:
        holding.set()
        done.wait(60)

threading.Thread(target=hold).start()
holding.wait(60)
child = os.fork()
if child == 0:
    answer = app.test_client().post("/register", data=person)
    manager.client.close()
    os._exit(0 if answer.status_code == 302 else 1)
done.set()
assert os.waitpid(child, 0)[1] == 0
login = {"login": "joe@example.com", "password": "Changeme1!"}
assert app.test_client().post("/login", data=login).status_code == 302
assert len(manager.client.applications.search({"name": "Shop"})) == 1
manager.client.close()
"""


@pytest.mark.parametrize("when", ["made", "not made"])
def test_a_process_that_forks_and_its_children_share_nothing_that_breaks(
    initialized_database_url: str, when: str
):
    done = command.run(text(BEFORE_A_FORK, initialized_database_url, when))

    assert (done.returncode, done.stderr) == (0, "")


def test_the_client_says_which_program_sends(new_site: NewSite, monkeypatch: pytest.MonkeyPatch):
    given: dict[str, Any] = {}

    def note(**options: Any) -> Client:
        given.update(options)
        return Client(**options)

    monkeypatch.setattr("flask_stormpath.clients.Client", note)
    new_site(STORMPATH_AGENT="shop/2").manager.client  # The access makes it.

    assert given["user_agent"].startswith("shop/2 stormpath-flask/")
    assert " flask/3" in given["user_agent"]
