"""What the service says no with.

A rule that is broken is raised as a :class:`ApiError` in the words of the API: its code, a message that is
safe for end users and one for developers. Refusals know nothing of HTTP; ``rest/errors.py`` turns them into
answers.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final


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
    ORGANIZATION_DIRECTORY_NAME_TAKEN = 4520
    ORGANIZATION_NO_ACCOUNT_STORE = 4600
    ORGANIZATION_ACCOUNT_STORE_DISABLED = 4601
    ORGANIZATION_NO_GROUP_STORE = 4602
    ORGANIZATION_GROUP_STORE_DISABLED = 4603
    ORGANIZATION_STORE_ALREADY_MAPPED = 4604
    ORGANIZATION_WITHOUT_STORES = 4605
    ORGANIZATION_MIRROR_FOR_ACCOUNTS = 4606
    ORGANIZATION_MIRROR_GROUP_FOR_ACCOUNTS = 4608
    ORGANIZATION_MIRROR_FOR_GROUPS = 4610
    ORGANIZATION_GROUP_AS_GROUP_STORE = 4612
    ORGANIZATION_IN_ORGANIZATION = 4614
    ORGANIZATION_PROVIDER_TWICE = 4700
    DIRECTORY_NAME_TAKEN = 5010
    NO_DEFAULT_ACCOUNT_STORE = 5100
    DEFAULT_ACCOUNT_STORE_DISABLED = 5101
    NO_DEFAULT_GROUP_STORE = 5102
    DEFAULT_GROUP_STORE_DISABLED = 5103
    STORE_ALREADY_MAPPED = 5104
    APPLICATION_WITHOUT_STORES = 5105
    MIRROR_FOR_ACCOUNTS = 5106
    MIRROR_GROUP_FOR_ACCOUNTS = 5108
    MIRROR_FOR_GROUPS = 5110
    GROUP_AS_GROUP_STORE = 5112
    STORE_NOT_MAPPED = 5114
    APPLICATION_DISABLED = 5115
    DEFAULT_ORGANIZATION_NO_ACCOUNT_STORE = 5116
    DEFAULT_ORGANIZATION_ACCOUNT_STORE_DISABLED = 5117
    DEFAULT_ORGANIZATION_NO_GROUP_STORE = 5118
    DEFAULT_ORGANIZATION_GROUP_STORE_DISABLED = 5119
    CALLBACK_NOT_AUTHORIZED = 5121
    PROVIDER_TWICE = 5200
    MIRROR_DIRECTORY = 6100
    NO_VERIFICATION_WORKFLOW = 6101
    CLOUD_INTO_MIRROR = 6201
    PROVIDER_FIXED = 6202
    LOGIN_WRONG_PASSWORD = 7100
    LOGIN_ACCOUNT_DISABLED = 7101
    LOGIN_ACCOUNT_UNVERIFIED = 7102
    LOGIN_UNKNOWN = 7104
    LOGIN_GROUP_DISABLED = 7105
    LOGIN_DIRECTORY_DISABLED = 7106
    LOGIN_ORGANIZATION_DISABLED = 7107
    READ_ONLY_IN_MIRROR = 7202
    DOMAIN_BLACKLISTED = 7205
    DOMAIN_NOT_WHITELISTED = 7206
    TEMPLATE_WITHOUT_LINK = 7301
    ALREADY_LINKED = 7500
    LINKED_TO_ITSELF = 7501
    LINK_MALFORMED = 7502
    TOO_MANY_LINKS = 7503
    LINKED_WITHIN_DIRECTORY = 7504
    LINKED_INTO_DIRECTORY = 7505
    ORGANIZATION_UNKNOWN = 11001
    ORGANIZATION_DISABLED = 11002
    ORGANIZATION_NOT_MAPPED = 11003
    SMTP_UNREACHABLE = 13000
    SMTP_CREDENTIALS = 13001
    SMTP_PROTOCOL = 13002
    SMTP_SERVER_EXISTS = 13003


#: What each code tells, for the list that ``moreInfo`` links to.
MEANINGS: Final[dict[Code, str]] = {
    Code.BAD_REQUEST: "The request cannot be granted as it is; the message says why.",
    Code.UNAUTHENTICATED: "The caller did not prove who it is: send an API key's id and secret.",
    Code.FORBIDDEN: "The caller is known, but may not do this: the resource is protected.",
    Code.NOT_FOUND: "There is no such URL or resource in the caller's tenant.",
    Code.CONFLICT: "The request conflicts with what is stored.",
    Code.TOO_LARGE: "The request body is too large.",
    Code.TOO_MANY_REQUESTS: "Too many requests at once: wait, then repeat.",
    Code.INTERNAL: "Something failed in the service itself; its log has the request id.",
    Code.UNAVAILABLE: "The service is busy or cannot reach its database: wait, then repeat.",
    Code.METHOD_NOT_ALLOWED: "The resource does not take this HTTP method.",
    Code.UNSUPPORTED_MEDIA_TYPE: "The body is not sent as application/json.",
    Code.REQUIRED: "A required attribute is missing, null, empty or blank.",
    Code.NOT_UNIQUE: "Another resource has this value, which must be unique.",
    Code.INVALID: "A value is invalid.",
    Code.NOT_A_CHOICE: "A value is not one of the allowed words.",
    Code.WRONG_TYPE: "A value has the wrong JSON type.",
    Code.BAD_ENCODING: "A text has characters that cannot be stored.",
    Code.BAD_FORMAT: "A value is not in the right format.",
    Code.TOO_SHORT: "A text is too short.",
    Code.TOO_LONG: "A text is too long.",
    Code.BELOW_MINIMUM: "A number is too small.",
    Code.ABOVE_MAXIMUM: "A number is too large.",
    Code.OUT_OF_RANGE: "A number is outside its range.",
    Code.LINK_NOT_PERMITTED: "A link names a resource that may not be linked here.",
    Code.UNKNOWN_ATTRIBUTE: "The body has an attribute that the resource does not know.",
    Code.NO_SUCH_TARGET: "A link or a name matches no resource of the tenant.",
    Code.NOT_SUPPORTED: "The attribute cannot be set or changed here.",
    Code.QUERY_MALFORMED: "The query string cannot be read.",
    Code.QUERY_WITHOUT_VALUE: "A query parameter has no value.",
    Code.QUERY_REPEATED: "A query parameter is given twice.",
    Code.QUERY_INVALID: "A query parameter has an invalid value.",
    Code.ORDER_MALFORMED: "orderBy cannot be read.",
    Code.QUERY_UNSUPPORTED: "The query parameter means nothing on this resource.",
    Code.NOT_SORTABLE: "orderBy names what a list cannot be ordered by.",
    Code.NOT_EXPANDABLE: "expand names what cannot be expanded.",
    Code.RANGE_REVERSED: "The end of a range is not after its start.",
    Code.CUSTOM_KEY_EMPTY: "A custom data key is empty.",
    Code.CUSTOM_KEY_TOO_LONG: "A custom data key has more than 255 characters.",
    Code.CUSTOM_KEY_CHARACTERS: "A custom data key has characters that are not allowed.",
    Code.CUSTOM_KEY_RESERVED: "A custom data key is reserved by the service.",
    Code.CUSTOM_DATA_TOO_LARGE: "The custom data of a resource would exceed 10 MB.",
    Code.OWNER_NOT_DELETABLE: "The account that owns the tenant cannot be deleted.",
    Code.OWNER_STATUS_FIXED: "The account that owns the tenant cannot be disabled.",
    Code.ORGANIZATION_DIRECTORY_NAME_TAKEN: "An organization's createDirectory names one that exists.",
    Code.ORGANIZATION_NO_ACCOUNT_STORE: "The organization has no store that new accounts go to.",
    Code.ORGANIZATION_ACCOUNT_STORE_DISABLED: "The organization's store for new accounts is disabled.",
    Code.ORGANIZATION_NO_GROUP_STORE: "The organization has no store that new groups go to.",
    Code.ORGANIZATION_GROUP_STORE_DISABLED: "The organization's store for new groups is disabled.",
    Code.ORGANIZATION_STORE_ALREADY_MAPPED: "The account store is assigned to the organization already.",
    Code.ORGANIZATION_WITHOUT_STORES: "Nobody can log in: the organization has no account stores.",
    Code.ORGANIZATION_MIRROR_FOR_ACCOUNTS: "An organization's new accounts cannot go to a mirror directory.",
    Code.ORGANIZATION_MIRROR_GROUP_FOR_ACCOUNTS: (
        "An organization's new accounts cannot go to a mirror directory's group."
    ),
    Code.ORGANIZATION_MIRROR_FOR_GROUPS: "An organization's new groups cannot go to a mirror directory.",
    Code.ORGANIZATION_GROUP_AS_GROUP_STORE: "An organization's new groups cannot go to a group.",
    Code.ORGANIZATION_IN_ORGANIZATION: "An organization cannot be an account store of an organization.",
    Code.ORGANIZATION_PROVIDER_TWICE: "The organization has a directory of this provider already.",
    Code.DIRECTORY_NAME_TAKEN: "createDirectory names a directory that exists already.",
    Code.NO_DEFAULT_ACCOUNT_STORE: "The application has no store that new accounts go to.",
    Code.DEFAULT_ACCOUNT_STORE_DISABLED: "The store that new accounts go to is disabled.",
    Code.NO_DEFAULT_GROUP_STORE: "The application has no store that new groups go to.",
    Code.DEFAULT_GROUP_STORE_DISABLED: "The store that new groups go to is disabled.",
    Code.STORE_ALREADY_MAPPED: "The account store is assigned to the application already.",
    Code.APPLICATION_WITHOUT_STORES: "Nobody can log in: the application has no account stores.",
    Code.MIRROR_FOR_ACCOUNTS: "New accounts cannot go to a mirror directory.",
    Code.MIRROR_GROUP_FOR_ACCOUNTS: "New accounts cannot go to a group of a mirror directory.",
    Code.MIRROR_FOR_GROUPS: "New groups cannot go to a mirror directory.",
    Code.GROUP_AS_GROUP_STORE: "A group cannot be where new groups go.",
    Code.STORE_NOT_MAPPED: "The account store is not assigned to the application.",
    Code.APPLICATION_DISABLED: "Nobody can log in: the application is disabled.",
    Code.DEFAULT_ORGANIZATION_NO_ACCOUNT_STORE: (
        "New accounts go to an organization, which has no store that they go to."
    ),
    Code.DEFAULT_ORGANIZATION_ACCOUNT_STORE_DISABLED: (
        "New accounts go to an organization, whose store for them is disabled."
    ),
    Code.DEFAULT_ORGANIZATION_NO_GROUP_STORE: (
        "New groups go to an organization, which has no store that they go to."
    ),
    Code.DEFAULT_ORGANIZATION_GROUP_STORE_DISABLED: (
        "New groups go to an organization, whose store for them is disabled."
    ),
    Code.CALLBACK_NOT_AUTHORIZED: "The application does not let people be sent to this callback URI.",
    Code.PROVIDER_TWICE: "The application has a directory of this provider already.",
    Code.MIRROR_DIRECTORY: "The directory copies another system: what is in it is made and removed there.",
    Code.NO_VERIFICATION_WORKFLOW: "The directory does not ask new accounts to verify their address.",
    Code.CLOUD_INTO_MIRROR: "A cloud directory cannot be turned into a copy of another system.",
    Code.PROVIDER_FIXED: "The kind of a directory's provider cannot be changed.",
    Code.LOGIN_WRONG_PASSWORD: "Login: the password is wrong.",
    Code.LOGIN_ACCOUNT_DISABLED: "Login: the account is disabled.",
    Code.LOGIN_ACCOUNT_UNVERIFIED: "Login: the account's e-mail address is not verified yet.",
    Code.LOGIN_UNKNOWN: "Login: no account store of the application knows the login.",
    Code.LOGIN_GROUP_DISABLED: "Login: the group that the account comes through is disabled.",
    Code.LOGIN_DIRECTORY_DISABLED: "Login: the account's directory is disabled.",
    Code.LOGIN_ORGANIZATION_DISABLED: "Login: the organization that the account comes through is disabled.",
    Code.READ_ONLY_IN_MIRROR: "The attribute is copied from another system and can only be changed there.",
    Code.DOMAIN_BLACKLISTED: "The directory takes no e-mail addresses of that domain.",
    Code.DOMAIN_NOT_WHITELISTED: "The directory takes e-mail addresses of other domains only.",
    Code.TEMPLATE_WITHOUT_LINK: "A verification or reset e-mail would have no link in it.",
    Code.ALREADY_LINKED: "The two accounts are linked already; Location is their link.",
    Code.LINKED_TO_ITSELF: "An account cannot be linked to itself.",
    Code.LINK_MALFORMED: "An account link names something that is no account's link.",
    Code.TOO_MANY_LINKS: "An account has as many links as it can have.",
    Code.LINKED_WITHIN_DIRECTORY: "Two accounts of one directory cannot be linked.",
    Code.LINKED_INTO_DIRECTORY: "The account is linked to another account of that directory already.",
    Code.ORGANIZATION_UNKNOWN: "There is no organization with this nameKey.",
    Code.ORGANIZATION_DISABLED: "The organization is disabled.",
    Code.ORGANIZATION_NOT_MAPPED: "The organization is not assigned to the application.",
    Code.SMTP_UNREACHABLE: "The mail server cannot be reached.",
    Code.SMTP_CREDENTIALS: "The mail server does not accept the username and password.",
    Code.SMTP_PROTOCOL: "Something answers where the mail server should be, but not as one.",
    Code.SMTP_SERVER_EXISTS: "A tenant has one mail server, and this one has it already.",
}


class ApiError(Exception):
    """A request that cannot be granted, with its error code and the two texts of the error body.

    ``developer_message`` says what to do; when omitted it equals ``message``. ``retry_after`` is in seconds.
    ``existing`` is what was found in the place of what was to be made: the name of its resource, and its id.
    """

    def __init__(
        self,
        code: Code,
        message: str,
        developer_message: str | None = None,
        *,
        retry_after: int | None = None,
        existing: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.developer_message = developer_message or message
        self.retry_after = retry_after
        self.existing = existing


def not_found() -> ApiError:
    """Return the refusal for an unknown URL or id, which also hides other tenants' resources."""
    return ApiError(
        Code.NOT_FOUND,
        "The requested resource does not exist.",
        "The requested resource does not exist, or belongs to another tenant. Check the href.",
    )


def shown(value: Any, limit: int = 60) -> str:
    """Return a submitted value as it may be quoted in a message: short, and on one line."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."
