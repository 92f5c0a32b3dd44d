"""What the service says no with.

A rule that is broken is raised as a :class:`Refusal` in the words of the API: its code, a message that is safe
for end users and one for developers. Refusals know nothing of HTTP; ``rest/errors.py`` turns them into answers.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class Code(IntEnum):
    """The error codes in use. Codes below 1000 are generic and equal their HTTP status."""

    BAD_REQUEST = 400
    UNAUTHENTICATED = 401
    FORBIDDEN = 403
    NOT_FOUND = 404
    CONFLICT = 409
    TOO_LARGE = 413
    TOO_MANY_REQUESTS = 429
    INTERNAL = 500
    UNAVAILABLE = 503
    METHOD_NOT_ALLOWED = 1100
    UNSUPPORTED_MEDIA_TYPE = 1101
    REQUIRED = 2000
    NOT_UNIQUE = 2001
    INVALID = 2002
    NOT_A_CHOICE = 2003
    WRONG_TYPE = 2004
    BAD_ENCODING = 2005
    BAD_FORMAT = 2006
    TOO_SHORT = 2007
    TOO_LONG = 2008
    BELOW_MINIMUM = 2009
    ABOVE_MAXIMUM = 2010
    OUT_OF_RANGE = 2013
    LINK_NOT_PERMITTED = 2014
    UNKNOWN_ATTRIBUTE = 2015
    NO_SUCH_TARGET = 2016
    NOT_SUPPORTED = 2017
    QUERY_MALFORMED = 2100
    QUERY_WITHOUT_VALUE = 2101
    QUERY_REPEATED = 2102
    QUERY_INVALID = 2103
    ORDER_MALFORMED = 2104
    QUERY_UNSUPPORTED = 2105
    NOT_SORTABLE = 2106
    NOT_EXPANDABLE = 2107
    RANGE_REVERSED = 2108
    CUSTOM_KEY_EMPTY = 3000
    CUSTOM_KEY_TOO_LONG = 3001
    CUSTOM_KEY_CHARACTERS = 3002
    CUSTOM_KEY_RESERVED = 3003
    CUSTOM_DATA_TOO_LARGE = 3004
    OWNER_NOT_DELETABLE = 4001
    OWNER_STATUS_FIXED = 4002
    DIRECTORY_NAME_TAKEN = 5010
    NO_DEFAULT_ACCOUNT_STORE = 5100
    DEFAULT_ACCOUNT_STORE_DISABLED = 5101
    NO_DEFAULT_GROUP_STORE = 5102
    DEFAULT_GROUP_STORE_DISABLED = 5103
    STORE_ALREADY_MAPPED = 5104
    APPLICATION_WITHOUT_STORES = 5105
    GROUP_AS_GROUP_STORE = 5112
    STORE_NOT_MAPPED = 5114
    APPLICATION_DISABLED = 5115
    LOGIN_WRONG_PASSWORD = 7100
    LOGIN_ACCOUNT_DISABLED = 7101
    LOGIN_ACCOUNT_UNVERIFIED = 7102
    LOGIN_UNKNOWN = 7104
    LOGIN_GROUP_DISABLED = 7105
    LOGIN_DIRECTORY_DISABLED = 7106


class Refusal(Exception):
    """A request that cannot be granted, with its error code and the two texts of the error body.

    ``developer_message`` says what to do; when omitted it equals ``message``. ``retry_after`` is in seconds.
    """

    def __init__(
        self,
        code: Code,
        message: str,
        developer_message: str | None = None,
        *,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.developer_message = developer_message or message
        self.retry_after = retry_after


def not_found() -> Refusal:
    """Return the refusal for an unknown URL or id, which also hides other tenants' resources."""
    return Refusal(
        Code.NOT_FOUND,
        "The requested resource does not exist.",
        "The requested resource does not exist, or belongs to another tenant. Check the href.",
    )


def shown(value: Any, limit: int = 60) -> str:
    """Return a submitted value as it may be quoted in a message: short, and on one line."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."
