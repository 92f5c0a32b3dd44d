"""Exceptions as errors of the API, and the error body in JSON (rest-core 1.10)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import falcon

from stormpath.server.domain.storage import Busy, DamagedRow, MissingReference, StorageError
from stormpath.server.rest.security_events import report_failure
from stormpath.server.schema.errors import ApiError, Code

#: Where ``moreInfo`` leads: the list of codes, a page of the service (rest/error_page.py).
_MORE_INFO: Final = "docs/errors.html#error-"


def api_error_for(error: BaseException) -> ApiError:
    """Return the API's error for any exception. An unexpected one is logged; its answer has no details."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, falcon.HTTPMethodNotAllowed):
        return ApiError(Code.METHOD_NOT_ALLOWED, "The request method is not supported on this resource.")
    if isinstance(error, falcon.HTTPError):
        return _from_framework(error)
    if isinstance(error, MissingReference):
        return ApiError(Code.CONFLICT, "A resource that this request refers to has just been deleted.")
    if isinstance(error, Busy):
        return ApiError(Code.UNAVAILABLE, "The service is busy. Please try again.", str(error), retry_after=1)
    if isinstance(error, DamagedRow):
        report_failure("row_damaged", str(error))
        return _internal_error()
    if isinstance(error, StorageError):
        report_failure("storage_fail", str(error))
        answer = ApiError(
            Code.UNAVAILABLE,
            "The service is not available. Please try again.",
            "Storage failed.",
            retry_after=1,
        )
        answer.is_logged = True
        return answer
    report_failure("request_fail", type(error).__name__, trace=error)
    return _internal_error()


def _internal_error() -> ApiError:
    return ApiError(
        Code.INTERNAL,
        "Something went wrong in the service.",
        "Something went wrong in the service. The operator finds it in the log under this request id.",
    )


def error_body(error: ApiError, request_id: str, origin: str) -> dict[str, Any]:
    """Return the error body. ``origin`` is the service's scheme and host, with a slash."""
    return {
        "status": error.status,
        "code": int(error.code),
        "message": error.message,
        "developerMessage": error.developer_message,
        "moreInfo": f"{origin}{_MORE_INFO}{int(error.code)}",
        "requestId": request_id,
    }


def _from_framework(error: falcon.HTTPError) -> ApiError:
    code = next((each for each in Code if each == error.status_code), Code.BAD_REQUEST)
    return ApiError(code, HTTPStatus(int(code)).phrase + ".", error.description)
