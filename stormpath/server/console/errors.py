"""Errors as pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import falcon

from stormpath.server.console import templating
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.domain.console_sessions import OPEN
from stormpath.server.rest import security_events
from stormpath.server.rest.errors import api_error_for
from stormpath.server.rest.protocols import REQUEST_ID_HEADER

if TYPE_CHECKING:
    from stormpath.server.console.app import Console


def answer(
    console: Console, req: falcon.Request, resp: falcon.Response, error: Exception, params: dict[str, Any]
) -> None:
    """Answer with the page of an error; its code and the request id lead to the log."""
    found = api_error_for(error)
    security_events.report(found, console.keep)
    if isinstance(error, falcon.HTTPMethodNotAllowed):
        resp.set_headers(error.headers or {})
    if found.retry_after is not None:
        resp.set_header("Retry-After", str(found.retry_after))
    request = ConsoleRequest(console, req, resp, {}, "")
    values = {
        "request": request,
        "notice": None,
        "error": found,
        "request_id": resp.get_header(REQUEST_ID_HEADER),
        "is_open": request.opened is not None and request.opened.session.stage == OPEN,
    }
    resp.status = falcon.code_to_http_status(found.status)
    resp.content_type = "text/html; charset=utf-8"
    resp.data = templating.render("error.html", values).encode()
