"""The exception that the SDK raises when a request did not succeed.

    RuntimeError
      +-- Error      the service refused, could not be reached, or was not asked (status -1)

A mistake of the caller in Python (a wrong type, an unknown name, a read-only attribute) raises the standard
exception for it, never an ``Error``.
"""

from collections.abc import Mapping
from typing import Any

UNKNOWN = -1


class Error(RuntimeError):
    """A request that did not succeed, with everything the service said about it.

    Made from the body of an API error, from a plain text, or without arguments. ``message`` (also
    ``str(error)``) is the text for developers; ``user_message`` is the one that may be shown to users.
    ``status`` and ``code`` are -1 if the service named none, as when it could not be reached.
    ``more_info`` is a URL, ``request_id`` the service's id of the request, ``oauth_error`` the name that
    RFC 6749 gives to an error of a token endpoint (``invalid_grant``), ``retry_after_seconds`` the wait that
    the service asks for before another try (429 and 503); each is None when absent.
    """

    status: int
    code: int
    developer_message: str
    message: str
    user_message: str | None
    more_info: str | None
    request_id: str | None
    oauth_error: str | None
    retry_after_seconds: float | None = None

    def __init__(self, error: Any = None, http_status: int | None = None) -> None:
        body: Mapping[str, Any] = error if isinstance(error, Mapping) else {}
        self.status = _number(body.get("status"), _number(http_status, UNKNOWN))
        self.code = _number(body.get("code"), UNKNOWN)
        self.developer_message = self.message = _message(error, body, self.status)
        self.user_message = _text(body.get("message"))
        self.more_info = "" if isinstance(error, str) else _text(body.get("moreInfo"))
        self.request_id = _text(body.get("requestId"))
        self.oauth_error = _text(body.get("error"))
        super().__init__(self.message)


def _message(error: Any, body: Mapping[str, Any], status: int) -> str:
    # OAuth endpoints answer with the names of RFC 6749, which has no developerMessage.
    for name in ("developerMessage", "message", "error_description", "error"):
        if body.get(name):
            return str(body[name])
    if error is not None and not isinstance(error, Mapping) and error != "":
        return str(error)
    return "Unknown error" if status == UNKNOWN else f"Unknown error (HTTP status {status})"


def _number(value: Any, otherwise: int) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return otherwise


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
