"""Errors of requests in the log: those that are security events, and failures of the service itself."""

from __future__ import annotations

from typing import Final

from stormpath.server.logs import security
from stormpath.server.logs.loggers import get_logger
from stormpath.server.logs.security import Event, Keep
from stormpath.server.schema.errors import ApiError, Code

_log = get_logger(__name__)

_EVENTS: Final = {
    Code.UNAUTHENTICATED: Event.KEY_FAILED,
    Code.FORBIDDEN: Event.ACCESS_DENIED,
    Code.OWNER_NOT_DELETABLE: Event.ACCESS_DENIED,
    Code.OWNER_STATUS_FIXED: Event.ACCESS_DENIED,
    Code.TOO_MANY_REQUESTS: Event.RATE_LIMITED,
    Code.UNAVAILABLE: Event.OVER_CAPACITY,
    Code.SMTP_UNREACHABLE: Event.MAIL_SERVER_REFUSED,
    Code.SMTP_CREDENTIALS: Event.MAIL_SERVER_REFUSED,
    Code.SMTP_PROTOCOL: Event.MAIL_SERVER_REFUSED,
}

#: Of the errors about a token, those that a guess gets.
_TOKEN_EVENTS: Final = {Code.NOT_FOUND: Event.TOKEN_FAILED, Code.NO_SUCH_TARGET: Event.RESET_FAILED}


def report(error: ApiError, keep: Keep | None = None) -> None:
    """Write the line of an error that a request is answered with, if it is a security event without one.

    ``keep`` is told of it, too.
    """
    if error.is_logged:
        return
    event = _EVENTS.get(error.code)
    if event is None and "token" in error.facts:
        event = _TOKEN_EVENTS.get(error.code)
    if event is Event.OVER_CAPACITY:
        error.facts.setdefault("cause", error.developer_message)
    if event is not None:
        security.report(event, keep, **{"reason": int(error.code), **error.facts})


def report_failure(kind: str, reason: str, trace: BaseException | None = None) -> None:
    """Write the line of an error in the service itself, with the request id that the answer names."""
    if security.admits((kind,)):
        known = security.line({"event": kind, "error": reason, **security.request_facts()})
        _log.error("%s", known, exc_info=trace)
