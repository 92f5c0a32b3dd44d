"""What the extension keeps for one app, in ``app.extensions["stormpath"]``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from flask import current_app, has_request_context, request

from flask_stormpath.checked_tokens import CheckedTokens
from stormpath.error import Error
from stormpath.forks import Lock

if TYPE_CHECKING:
    from flask import Flask

    from flask_stormpath.manager import StormpathManager
    from stormpath import Client
    from stormpath.resources.application import Application

T = TypeVar("T")

NOT_FOUND: Final = 404


@dataclass
class State:
    """The manager of an app, and what is made once for the app when it is first needed."""

    manager: StormpathManager
    login_manager: Any = None
    lock: Lock = field(default_factory=Lock)
    #: The catalogue of texts, in an app that uses Flask-Babel.
    translations: Any = None
    #: The OAuth clients of social providers.
    providers: Any = None
    #: Until when JSON tells of these account stores, and the stores.
    account_stores: tuple[float, list[dict[str, Any]]] = (0.0, [])
    #: The access tokens that were checked a moment ago.
    tokens: CheckedTokens = field(default_factory=CheckedTokens)


def state_of(app: Flask) -> State:
    """Return the state of an app; ``RuntimeError`` if no manager is bound to it."""
    found = app.extensions.get("stormpath")
    if not isinstance(found, State):
        raise RuntimeError(f"No StormpathManager is bound to the app {app.name!r}: call init_app(app).")
    return found


def state() -> State:
    """Return the state of the current app."""
    return state_of(current_app)


def client() -> Client:
    """Return the client of the current app; it is made when it is first needed."""
    # Asked for by each page: the short way first.
    made: Client | None = getattr(current_app, "stormpath_client", None)
    return state().manager.client if made is None else made


def application() -> Application:
    """Return the application of the current app; it is looked up when it is first needed."""
    return state().manager.application


def ask_application(ask: Callable[[Application], T]) -> T:
    """Return what the application of the current app answers to a login or a registration.

    One that was deleted meanwhile is looked up again, as after a restart: another one may have its name. Two
    requests more then; `ConfigurationError` if there is none.
    """
    asked = application()
    try:
        return ask(asked)
    except Error as refused:
        if refused.status != NOT_FOUND:
            raise
        app: Any = current_app
        with state().lock:
            if app.stormpath_application is asked:
                app.stormpath_application = None
    return ask(application())


def for_end_user() -> AbstractContextManager[None]:
    """Name the address of the person who sends the request, in a ``with`` block that asks the service.

    The service counts wrong passwords and codes by it. Behind proxies, ``ProxyFix`` of Werkzeug corrects the
    address. Nothing is named outside a request, or where the server knows no address (a Unix socket).
    """
    address = request.remote_addr if has_request_context() else None
    if not address:
        return nullcontext()
    try:
        return client().for_end_user(address)
    except ValueError:
        return nullcontext()
