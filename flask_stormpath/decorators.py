"""Decorators of views: who may call them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, TypeVar

from flask import current_app, request
from flask_login import current_user

from flask_stormpath.state import state
from flask_stormpath.tokens.api_callers import caller, names_itself
from flask_stormpath.web.negotiation import FORBIDDEN, unauthenticated
from stormpath.resources.group import Group

V = TypeVar("V", bound=Callable[..., Any])


def login_required(view: V) -> V:
    """Let a view be called only for a person who is logged in.

    Others are sent to the login page, and get 401 where there is none, or where they want JSON. Switched off
    by ``LOGIN_DISABLED``, or where that is not set by ``TESTING``; not asked of OPTIONS.
    """

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if not is_switched_off() and not current_user.is_authenticated:
            return unauthorized()
        return current_app.ensure_sync(view)(*args, **kwargs)

    return checked  # type: ignore[return-value]  # ``wraps`` keeps the signature.


def groups_required(groups: Iterable[Any], all: bool = True) -> Callable[[V], V]:
    """Let a view be called only for a member of all groups, or with ``all=False`` of one of them.

    A group is its name, its href, a `Group`, or a dictionary that is searched among the groups of the person.
    No person is a member of an unknown group, nor of the groups of an empty list. Others are treated as by
    ``login_required``, also if they are logged in. One request for each call.
    """
    wanted = list(groups)

    def decorate(view: V) -> V:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            if not is_switched_off() and not (current_user.is_authenticated and _is_member(wanted, all)):
                return unauthorized()
            return current_app.ensure_sync(view)(*args, **kwargs)

        return checked  # type: ignore[return-value]  # As above.

    return decorate


def api_authentication_required(view: V | None = None, *, scopes: Iterable[str] = ()) -> Any:
    """Let a view be called only with credentials in the ``Authorization`` header.

    HTTP Basic with an API key of an account of the application, or a bearer token: an access token of the
    application, which needs all of ``scopes``. During the call ``user`` is the account, also
    if the session is another person's, and it is not stored. A session or a cookie is not enough, so that no
    page of another site can use it.

    Others get 401 without a body, and 403 for a token without a scope. Switched off as ``login_required`` is.
    One request for an API key; none for a token that was checked a moment ago. Used as
    ``@api_authentication_required`` or ``@api_authentication_required(scopes=["orders"])``.
    """
    wanted = frozenset((scopes,) if isinstance(scopes, str) else scopes)

    def decorate(view: V) -> V:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            found = caller() if names_itself() else None
            if found is not None:
                state().login_manager.identify(found.user)
            if not is_switched_off():
                if found is None:
                    return unauthenticated("invalid_token" if names_itself() else None)
                if not found.has(wanted):
                    return unauthenticated("insufficient_scope", FORBIDDEN)
            return current_app.ensure_sync(view)(*args, **kwargs)

        return checked  # type: ignore[return-value]  # As above.

    return decorate if view is None else decorate(view)


def is_switched_off() -> bool:
    """Whether views are open to all: in tests of the app, and for OPTIONS."""
    config = current_app.config
    return request.method == "OPTIONS" or bool(config.get("LOGIN_DISABLED", config["TESTING"]))


def unauthorized() -> Any:
    """Return what a caller gets who may not call a view."""
    answer: Any = state().login_manager.unauthorized()
    return answer


def _is_member(wanted: list[Any], of_all: bool) -> bool:
    if not wanted:
        return False
    held = list(current_user.groups)
    answers = (_is_held(each, held) for each in wanted)
    return all(answers) if of_all else any(answers)


def _is_held(wanted: Any, held: list[Group]) -> bool:
    if isinstance(wanted, Mapping):
        return bool(wanted) and len(current_user.groups.search(wanted)) > 0
    href = wanted.href if isinstance(wanted, Group) else wanted
    return href is not None and any(href in (each.href, each.name) for each in held)
