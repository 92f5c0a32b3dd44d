"""`StormpathManager`: it binds the extension to apps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import flask_login
from flask import Blueprint, Flask, current_app, has_app_context, request

from flask_stormpath import commands
from flask_stormpath.applications import open_application
from flask_stormpath.clients import open_client
from flask_stormpath.context_processors import user_context_processor
from flask_stormpath.hooks import Hooks
from flask_stormpath.logins import session_cookies, sessions
from flask_stormpath.settings import YEAR, check_settings, init_settings
from flask_stormpath.state import State, state_of
from flask_stormpath.texts import LazyText, gettext, language
from flask_stormpath.tokens import token_cookies
from flask_stormpath.views import add_routes
from flask_stormpath.web.negotiation import JSON, preferred, unauthenticated
from flask_stormpath.web.redirects import next_target
from flask_stormpath.web.response_headers import set_headers

if TYPE_CHECKING:
    from flask_stormpath.models import User
    from stormpath import Client
    from stormpath.resources.application import Application


class AnonymousUser(flask_login.AnonymousUserMixin):  # type: ignore[misc]  # It carries no types.
    """The user of a request without a login. It is false, so that templates can ask ``{% if user %}``."""

    def __bool__(self) -> bool:
        return False


class LoginManager(session_cookies.RememberCookie):
    """Flask-Login's, for browsers and for programs."""

    def unauthorized(self) -> Any:
        """Return 401 to a program that wants JSON; send a person to the login page."""
        if preferred() == JSON:
            return unauthenticated()
        return super().unauthorized()

    def identify(self, user: User | None) -> None:
        """Make a user the current one for the rest of this request alone; None for an anonymous one."""
        self._update_request_context_with_user(user)

    def _load_user_from_remember_cookie(self, cookie: str) -> Any:
        # Flask-Login asks for tokens only without such a cookie, which may be left over from a session.
        return super()._load_user_from_remember_cookie(cookie) or token_cookies.load(request)


class StormpathManager(Hooks):
    """Registration, login, logout and what else the settings enable, for one app or several.

    ``StormpathManager(app)`` binds an app at once, ``init_app`` later; the settings must be in ``app.config``
    before. Binding sends no request: the client and the application are made when they are first needed. A
    manager may be shared by threads, and made before the process forks.
    """

    def __init__(self, app: Flask | None = None) -> None:
        super().__init__()
        self._apps: WeakSet[Flask] = WeakSet()
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Bind an app: its settings, logins, routes, templates and commands.

        `ConfigurationError` for a setting that is missing or wrong, ``RuntimeError`` for an app that has a
        manager already. Must be called before the first request.
        """
        if "stormpath" in app.extensions:
            raise RuntimeError(f"The app {app.name!r} has a StormpathManager already.")
        init_settings(app.config)
        check_settings(app.config)
        app.extensions["stormpath"] = State(self)
        app.stormpath_manager = self  # type: ignore[attr-defined]  # A name of 0.4, as the next two.
        app.stormpath_client = None  # type: ignore[attr-defined]
        app.stormpath_application = None  # type: ignore[attr-defined]
        self._apps.add(app)
        self.init_login(app)
        self.init_routes(app)
        app.register_blueprint(
            Blueprint(
                "flask_stormpath",
                "flask_stormpath",
                template_folder="templates",
                static_folder="static",
                static_url_path="/flask_stormpath/static",
            )
        )
        app.context_processor(user_context_processor)
        app.jinja_env.globals.update(
            stormpath_text=gettext, stormpath_language=language, stormpath_next=next_target
        )
        app.after_request(set_headers)
        app.cli.add_command(commands.group)
        app.shell_context_processor(commands.shell_context)

    def init_login(self, app: Flask) -> None:
        """Set up Flask-Login."""
        config = app.config
        duration = config["STORMPATH_COOKIE_DURATION"] or YEAR
        config["REMEMBER_COOKIE_DURATION"] = duration
        config["PERMANENT_SESSION_LIFETIME"] = duration
        config["REMEMBER_COOKIE_DOMAIN"] = config["STORMPATH_COOKIE_DOMAIN"]
        login_manager = LoginManager(app, add_context_processor=False)
        login_manager.id_attribute = "begin_login"
        login_manager.anonymous_user = AnonymousUser
        login_manager.user_loader(sessions.load)
        login_manager.request_loader(token_cookies.load)
        login_manager.login_message = LazyText("Please log in to access this page.")
        login_manager.localize_callback = str
        flask_login.user_logged_in.connect(sessions.renew, app)
        session_cookies.use_in(app)
        state_of(app).login_manager = login_manager
        if config["STORMPATH_ENABLE_LOGIN"]:
            login_manager.login_view = "stormpath.login"

    def init_routes(self, app: Flask) -> None:
        """Add the routes of the views that the settings enable."""
        add_routes(app)

    @property
    def client(self) -> Client:
        """The client of the current app. The first access makes it."""
        app: Any = self._app()
        if app.stormpath_client is None:
            with state_of(app).lock:
                if app.stormpath_client is None:
                    app.stormpath_client = open_client(app.config)
        found: Client = app.stormpath_client
        return found

    @property
    def application(self) -> Application:
        """The application of the current app. The first access looks it up; one request or two."""
        app: Any = self._app()
        if app.stormpath_application is None:
            client = self.client
            with state_of(app).lock:
                if app.stormpath_application is None:
                    app.stormpath_application = open_application(client, app.config)
        found: Application = app.stormpath_application
        return found

    @property
    def login_view(self) -> str | None:
        """The endpoint to which people are sent who must log in; None if there is none."""
        view: str | None = state_of(self._app()).login_manager.login_view
        return view

    @login_view.setter
    def login_view(self, endpoint: str | None) -> None:
        state_of(self._app()).login_manager.login_view = endpoint

    @staticmethod
    def load_user(account_href: str) -> User | None:
        """Return the account with an href as a `User`, or None; one request, unless it is cached."""
        return sessions.fetch(account_href)

    def _app(self) -> Flask:
        """Return the current app; outside of one, the only app that is bound.

        ``RuntimeError`` for an app of another manager: its client is not this manager's.
        """
        if not has_app_context() and len(bound := list(self._apps)) == 1:
            return bound[0]
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # Of the proxy.
        if state_of(app).manager is not self:
            raise RuntimeError(
                f"This StormpathManager is not bound to the app {app.name!r}, which has another one: use it "
                "in the context of an app of its own (with app.app_context(): ...)."
            )
        return app
