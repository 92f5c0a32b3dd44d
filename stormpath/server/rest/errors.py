"""The one place where a broken rule becomes an answer: statuses, and the error body (rest-core 1.10)."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any, Final

import falcon

from stormpath.server.domain.storage import (
    Busy,
    MissingReference,
    StorageError,
)
from stormpath.server.schema.errors import (
    ApiError,
    Code,
)

_log = logging.getLogger(__name__)

_CONFLICT: Final = frozenset(
    {
        Code.NOT_UNIQUE,
        Code.DIRECTORY_NAME_TAKEN,
        Code.NO_DEFAULT_ACCOUNT_STORE,
        Code.DEFAULT_ACCOUNT_STORE_DISABLED,
        Code.NO_DEFAULT_GROUP_STORE,
        Code.DEFAULT_GROUP_STORE_DISABLED,
        Code.STORE_ALREADY_MAPPED,
        Code.ORGANIZATION_DIRECTORY_NAME_TAKEN,
        Code.ORGANIZATION_NO_ACCOUNT_STORE,
        Code.ORGANIZATION_ACCOUNT_STORE_DISABLED,
        Code.ORGANIZATION_NO_GROUP_STORE,
        Code.ORGANIZATION_GROUP_STORE_DISABLED,
        Code.ORGANIZATION_STORE_ALREADY_MAPPED,
        Code.ORGANIZATION_PROVIDER_TWICE,
        Code.DEFAULT_ORGANIZATION_NO_ACCOUNT_STORE,
        Code.DEFAULT_ORGANIZATION_ACCOUNT_STORE_DISABLED,
        Code.DEFAULT_ORGANIZATION_NO_GROUP_STORE,
        Code.DEFAULT_ORGANIZATION_GROUP_STORE_DISABLED,
        Code.PROVIDER_TWICE,
        Code.ALREADY_LINKED,
        Code.LINKED_INTO_DIRECTORY,
        Code.SMTP_SERVER_EXISTS,
    }
)
_SPECIAL: Final = {
    Code.METHOD_NOT_ALLOWED: 405,
    Code.UNSUPPORTED_MEDIA_TYPE: 415,
    Code.OWNER_NOT_DELETABLE: 403,
    Code.OWNER_STATUS_FIXED: 403,
}

#: Where ``moreInfo`` leads: the list of codes, which the service itself shows (rest/error_page.py).
_MORE_INFO: Final = "docs/errors.html#error-"


def status_of(code: Code) -> int:
    """Return the HTTP status of a code: itself below 1000, 409 for conflicts, 400 for most others."""
    if code < 1000:
        return int(code)
    if code in _CONFLICT:
        return 409
    return _SPECIAL.get(code, 400)


def api_error_for(error: BaseException) -> ApiError:
    """Return what to answer for any exception. One nobody foresaw is logged, and tells nothing."""
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
    if isinstance(error, StorageError):
        _log.error("Storage failed: %s", error)
        return ApiError(
            Code.UNAVAILABLE,
            "The service is not available. Please try again.",
            "Storage failed.",
            retry_after=1,
        )
    _log.error("A request failed.", exc_info=error)
    return ApiError(
        Code.INTERNAL,
        "Something went wrong in the service.",
        "Something went wrong in the service. The operator finds it in the log under this request id.",
    )


def body_of(refusal: ApiError, request_id: str, origin: str) -> dict[str, Any]:
    """Return the error body. ``origin`` is the service's scheme and host, with a slash."""
    return {
        "status": status_of(refusal.code),
        "code": int(refusal.code),
        "message": refusal.message,
        "developerMessage": refusal.developer_message,
        "moreInfo": f"{origin}{_MORE_INFO}{int(refusal.code)}",
        "requestId": request_id,
    }


def _from_framework(error: falcon.HTTPError) -> ApiError:
    status = error.status_code
    code = Code(status) if status in {int(each) for each in Code} else Code.BAD_REQUEST
    return ApiError(code, HTTPStatus(int(code)).phrase + ".", error.description)
