"""HTML or JSON: what a request sends, and what it wants to get."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from flask import abort, current_app, jsonify, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.wrappers import Response

from flask_stormpath.service_texts import text_for_people
from flask_stormpath.texts import gettext
from flask_stormpath.web.json_bodies import sent_object
from stormpath.error import Error
from stormpath.resources.account import Account

HTML: Final = "text/html"
JSON: Final = "application/json"
BAD_REQUEST: Final = 400
UNAUTHORIZED: Final = 401
FORBIDDEN: Final = 403
SERVER_ERROR: Final = 500

#: What JSON shows of an account, and where it is found: plain attributes only.
SHOWN: Final = {
    "href": "href",
    "username": "username",
    "email": "email",
    "givenName": "given_name",
    "middleName": "middle_name",
    "surname": "surname",
    "fullName": "full_name",
    "status": "status",
    "createdAt": "created_at",
    "modifiedAt": "modified_at",
}


def preferred() -> str | None:
    """Return the content type that the request prefers of HTML and JSON; None if it accepts neither.

    The first type of `STORMPATH_PRODUCES` where the ``Accept`` header is absent, or prefers none of them: a
    type that it names is preferred to one that it accepts with all others (``application/json, */*``).
    """
    produced = [each for each in current_app.config["STORMPATH_PRODUCES"] if each in (HTML, JSON)]
    accepted = request.accept_mimetypes
    if not produced or not accepted:
        return next(iter(produced), None)
    named = {each.partition(";")[0].lower() for each in accepted.values()}
    found = max(produced, key=lambda each: (accepted[each], each in named))
    return found if accepted[found] else None


def wants_json() -> bool:
    """Whether the answer of a view is JSON, and not HTML; 404 for a request that accepts neither."""
    found = preferred()
    if found is None:
        abort(404)
    return found == JSON


def sends_json() -> bool:
    """Whether the body is JSON: the one kind of request that needs no CSRF token."""
    return request.mimetype == JSON


def body_of_json() -> dict[str, Any]:
    """Return the JSON object that the request sends; empty without a body, and for another content type.

    400 for a body that is no JSON object, that names something twice, or nests values too deeply.
    """
    return sent_object() if sends_json() else {}


def account_json(account: Account) -> dict[str, Any]:
    """Return the plain attributes of an account, with the names and times of the API."""
    return {name: as_json(getattr(account, attribute)) for name, attribute in SHOWN.items()}


def as_json(value: Any) -> Any:
    """Return an attribute as the API writes it: times in ISO 8601."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def refusal(problem: Error | str, status: int | None = None) -> tuple[Response, int]:
    """Return an error as JSON: its status, and a message that may be shown to people."""
    if isinstance(problem, Error):
        status = status or max(problem.status, BAD_REQUEST if problem.status > 0 else SERVER_ERROR)
        problem = text_of(problem)
    status = status or BAD_REQUEST
    return jsonify(status=status, message=problem), status


def unauthenticated(error: str | None = None, status: int = UNAUTHORIZED) -> Response:
    """Return what a program gets that may not call a view: an empty body, and what it should send.

    ``error`` is a name of RFC 6750, 3.1. HTTP Basic, which views for API keys take, too, is not named: a
    browser would ask the person who reads the page for a password.
    """
    wanted: dict[str, str | None] = {"realm": current_app.name}
    if error:
        wanted["error"] = error
    return Response(
        status=status, headers={"WWW-Authenticate": WWWAuthenticate("bearer", wanted).to_header()}
    )


def text_of(problem: Error) -> str:
    """Return the text of an error that may be shown to people; nothing about what fails inside."""
    if is_outage(problem):
        return gettext("Something went wrong! Please try again.")
    return text_for_people(problem)


def is_outage(problem: Error) -> bool:
    """Whether the service could not be reached, or failed: not a refusal of what was asked."""
    return problem.status < BAD_REQUEST or problem.status >= SERVER_ERROR
