"""Views that answer programs: what goes wrong in them is told as JSON, too."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from flask import current_app, got_request_exception, make_response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Response

from flask_stormpath.texts import gettext as _
from flask_stormpath.web.negotiation import BAD_REQUEST, JSON, SERVER_ERROR, preferred, refusal
from stormpath.error import Error

#: In bytes: of any request to these views.
LARGEST_BODY: Final = 64 * 1024


def tells_errors(view: Callable[..., Any]) -> Callable[..., Response]:
    """Make a view answer errors as JSON, with ``status`` and ``message``, to a request that prefers JSON.

    A larger body than any form has is refused with 413: at once, or when it is read where its length is not
    told.

    An unexpected exception is logged and signalled as Flask does it, and is raised where Flask would raise it
    (``PROPAGATE_EXCEPTIONS``, tests, the debugger). Answers differ by ``Accept``, and say so to caches.
    """

    @wraps(view)
    def answered(*args: Any, **kwargs: Any) -> Response:
        request.max_content_length = LARGEST_BODY
        try:
            if (request.content_length or 0) > LARGEST_BODY:
                raise RequestEntityTooLarge
            answer = make_response(view(*args, **kwargs))
        except Exception as problem:
            if preferred() != JSON:
                raise
            answer = make_response(_told(problem))
        answer.vary.add("Accept")
        return answer

    return answered


def _told(problem: Exception) -> Any:
    if isinstance(problem, HTTPException):
        if problem.response is not None:
            raise problem
        return refusal(problem.description or problem.name, problem.code or BAD_REQUEST)
    if _is_raised_by_flask():
        raise problem
    got_request_exception.send(current_app._get_current_object(), exception=problem)  # type: ignore[attr-defined]
    current_app.log_exception(sys.exc_info())
    if isinstance(problem, Error):
        # The service has refused what the app itself asked for: that is not the caller's fault.
        return refusal(_("Something went wrong! Please try again."), max(problem.status, SERVER_ERROR))
    return refusal(_("Something went wrong! Please try again."), SERVER_ERROR)


def _is_raised_by_flask() -> bool:
    configured = current_app.config["PROPAGATE_EXCEPTIONS"]
    return bool(current_app.testing or current_app.debug) if configured is None else bool(configured)
