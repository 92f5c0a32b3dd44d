"""Error codes, and the exception that carries one.

A rule that is broken raises an :class:`ApiError`: a code, a message that is safe for end users and one for
developers. Nothing here depends on HTTP beyond the status of a code; ``rest/errors.py`` makes the error body.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Self


class Code(IntEnum):
    """The error codes in use: number, HTTP status, and the meaning that the list of codes gives.

    ``moreInfo`` of an error body links to that list. Codes below 1000 are generic and equal their status.
    """

    status: int
    meaning: str

    def __new__(cls, number: int, status: int, meaning: str) -> Self:
        member = int.__new__(cls, number)
        member._value_ = number
        member.status = status
        member.meaning = meaning
        return member

    # One line for each code; the formatter would take the longer ones apart.
    # fmt: off
    BAD_REQUEST = 400, 400, "The request cannot be granted as it is; the message says why."
    UNAUTHENTICATED = 401, 401, "The caller did not prove who it is: send an API key's id and secret."
    FORBIDDEN = 403, 403, "The caller is known, but may not do this: the resource is protected."
    NOT_FOUND = 404, 404, "There is no such URL or resource in the caller's tenant."
    REQUEST_TIMEOUT = 408, 408, "The request did not come completely, or too slowly."
    CONFLICT = 409, 409, "The request conflicts with what is stored."
    TOO_LARGE = 413, 413, "The request body is too large."
    TOO_MANY_REQUESTS = 429, 429, "Too many requests at once: wait, then repeat."
    INTERNAL = 500, 500, "Something failed in the service itself; its log has the request id."
    UNAVAILABLE = 503, 503, "The service is busy or cannot reach its database: wait, then repeat."
    METHOD_NOT_ALLOWED = 1100, 405, "The resource does not take this HTTP method."
    UNSUPPORTED_MEDIA_TYPE = 1101, 415, "The body is not sent as application/json."
    REQUIRED = 2000, 400, "A required attribute is missing, null, empty or blank."
    NOT_UNIQUE = 2001, 409, "Another resource has this value, which must be unique."
    INVALID = 2002, 400, "A value is invalid, such as what is no href, no duration, no domain or no origin."
    NOT_A_CHOICE = 2003, 400, "A value is not one of the allowed words."
    WRONG_TYPE = 2004, 400, "A value has the wrong JSON type."
    BAD_ENCODING = 2005, 400, "A text has characters that cannot be stored."
    BAD_FORMAT = 2006, 400, (
        "A value is not in the right format. An imported password is a hash in Modular Crypt Format (mcf): "
        "bcrypt or $stormpath2$."
    )
    TOO_SHORT = 2007, 400, "A text is too short; how long a password must be, its directory says."
    TOO_LONG = 2008, 400, "A text is too long."
    BELOW_MINIMUM = 2009, 400, "A number is too small."
    ABOVE_MAXIMUM = 2010, 400, "A number is too large."
    OUT_OF_RANGE = 2013, 400, "A number is outside its range."
    LINK_NOT_PERMITTED = 2014, 400, "A link names a resource that may not be linked here."
    UNKNOWN_ATTRIBUTE = 2015, 400, "The body has an attribute that the resource does not know."
    NO_SUCH_TARGET = 2016, 400, "A link or a name matches no resource of the tenant."
    NOT_SUPPORTED = 2017, 400, "The attribute cannot be set or changed here."
    QUERY_MALFORMED = 2100, 400, "The query string cannot be read."
    QUERY_WITHOUT_VALUE = 2101, 400, "A query parameter has no value."
    QUERY_REPEATED = 2102, 400, "A query parameter is given twice."
    QUERY_INVALID = 2103, 400, "A query parameter has an invalid value."
    ORDER_MALFORMED = 2104, 400, "orderBy cannot be read."
    QUERY_UNSUPPORTED = 2105, 400, "The query parameter means nothing on this resource."
    NOT_SORTABLE = 2106, 400, "orderBy names what a list cannot be ordered by."
    NOT_EXPANDABLE = 2107, 400, "expand names what cannot be expanded."
    RANGE_REVERSED = 2108, 400, "The end of a range is not after its start."
    CUSTOM_KEY_EMPTY = 3000, 400, "A custom data key is empty."
    CUSTOM_KEY_TOO_LONG = 3001, 400, "A custom data key has more than 255 characters."
    CUSTOM_KEY_CHARACTERS = 3002, 400, "A custom data key has characters that are not allowed."
    CUSTOM_KEY_RESERVED = 3003, 400, "A custom data key is reserved by the service."
    CUSTOM_DATA_TOO_LARGE = 3004, 400, "The custom data of a resource would exceed 10 MB."
    OWNER_NOT_DELETABLE = 4001, 403, "The account that owns the tenant cannot be deleted."
    OWNER_STATUS_FIXED = 4002, 403, "The account that owns the tenant cannot be disabled."
    ORGANIZATION_DIRECTORY_NAME_TAKEN = 4520, 409, "An organization's createDirectory names one that exists."
    ORGANIZATION_NO_ACCOUNT_STORE = 4600, 409, "The organization has no store that new accounts go to."
    ORGANIZATION_ACCOUNT_STORE_DISABLED = 4601, 409, "The organization's store for new accounts is disabled."
    ORGANIZATION_NO_GROUP_STORE = 4602, 409, "The organization has no store that new groups go to."
    ORGANIZATION_GROUP_STORE_DISABLED = 4603, 409, "The organization's store for new groups is disabled."
    ORGANIZATION_STORE_ALREADY_MAPPED = 4604, 409, (
        "The account store is assigned to the organization already."
    )
    ORGANIZATION_WITHOUT_STORES = 4605, 400, "Nobody can log in: the organization has no account stores."
    ORGANIZATION_MIRROR_FOR_ACCOUNTS = 4606, 400, (
        "An organization's new accounts cannot go to a mirror directory."
    )
    ORGANIZATION_MIRROR_GROUP_FOR_ACCOUNTS = 4608, 400, (
        "An organization's new accounts cannot go to a mirror directory's group."
    )
    ORGANIZATION_MIRROR_FOR_GROUPS = 4610, 400, (
        "An organization's new groups cannot go to a mirror directory."
    )
    ORGANIZATION_GROUP_AS_GROUP_STORE = 4612, 400, "An organization's new groups cannot go to a group."
    ORGANIZATION_IN_ORGANIZATION = 4614, 400, "An organization cannot be an account store of an organization."
    ORGANIZATION_PROVIDER_TWICE = 4700, 409, "The organization has a directory of this provider already."
    DIRECTORY_NAME_TAKEN = 5010, 409, "createDirectory names a directory that exists already."
    NO_DEFAULT_ACCOUNT_STORE = 5100, 409, "The application has no store that new accounts go to."
    DEFAULT_ACCOUNT_STORE_DISABLED = 5101, 409, "The store that new accounts go to is disabled."
    NO_DEFAULT_GROUP_STORE = 5102, 409, "The application has no store that new groups go to."
    DEFAULT_GROUP_STORE_DISABLED = 5103, 409, "The store that new groups go to is disabled."
    STORE_ALREADY_MAPPED = 5104, 409, "The account store is assigned to the application already."
    APPLICATION_WITHOUT_STORES = 5105, 400, "Nobody can log in: the application has no account stores."
    MIRROR_FOR_ACCOUNTS = 5106, 400, "New accounts cannot go to a mirror directory."
    MIRROR_GROUP_FOR_ACCOUNTS = 5108, 400, "New accounts cannot go to a group of a mirror directory."
    MIRROR_FOR_GROUPS = 5110, 400, "New groups cannot go to a mirror directory."
    GROUP_AS_GROUP_STORE = 5112, 400, "A group cannot be where new groups go."
    STORE_NOT_MAPPED = 5114, 400, (
        "The account store is not assigned to the application: map it, or an organization that has it."
    )
    APPLICATION_DISABLED = 5115, 400, "Nobody can log in: the application is disabled."
    DEFAULT_ORGANIZATION_NO_ACCOUNT_STORE = 5116, 409, (
        "New accounts go to an organization, which has no store that they go to."
    )
    DEFAULT_ORGANIZATION_ACCOUNT_STORE_DISABLED = 5117, 409, (
        "New accounts go to an organization, whose store for them is disabled."
    )
    DEFAULT_ORGANIZATION_NO_GROUP_STORE = 5118, 409, (
        "New groups go to an organization, which has no store that they go to."
    )
    DEFAULT_ORGANIZATION_GROUP_STORE_DISABLED = 5119, 409, (
        "New groups go to an organization, whose store for them is disabled."
    )
    CALLBACK_NOT_AUTHORIZED = 5121, 400, "The application does not let people be sent to this callback URI."
    PROVIDER_TWICE = 5200, 409, "The application has a directory of this provider already."
    MIRROR_DIRECTORY = 6100, 400, (
        "The directory copies another system: what is in it is made and removed there."
    )
    NO_VERIFICATION_WORKFLOW = 6101, 400, "The directory does not ask new accounts to verify their address."
    CLOUD_INTO_MIRROR = 6201, 400, "A cloud directory cannot be turned into a copy of another system."
    PROVIDER_FIXED = 6202, 400, "The kind of a directory's provider cannot be changed."
    REDIRECT_URI_MISSING = 6203, 400, (
        "A code of LinkedIn is exchanged with the redirectUri to which it was sent: neither the login nor "
        "the directory's provider has one."
    )
    PASSWORD_REUSED = 6401, 400, "The new password is one of the account's latest ones (preventReuse)."
    LOGIN_WRONG_PASSWORD = 7100, 400, "Login: the password is wrong."
    LOGIN_ACCOUNT_DISABLED = 7101, 400, "Login: the account is disabled or locked."
    LOGIN_ACCOUNT_UNVERIFIED = 7102, 400, "Login: the account's e-mail address is not verified yet."
    LOGIN_UNKNOWN = 7104, 400, "Login: no account store of the application knows the login."
    LOGIN_GROUP_DISABLED = 7105, 400, "Login: the group that the account comes through is disabled."
    LOGIN_DIRECTORY_DISABLED = 7106, 400, "Login: the account's directory is disabled."
    LOGIN_ORGANIZATION_DISABLED = 7107, 400, (
        "Login: the organization that the account comes through is disabled."
    )
    PROVIDER_FAILED = 7200, 400, (
        "Login at a provider: it cannot be reached, refuses the code or token, or its answer is of no use; "
        "the developer message has the provider's words."
    )
    PROVIDER_DATA_INCOMPLETE = 7201, 400, (
        "Login at a provider: it does not tell what an account needs, such as the e-mail address."
    )
    READ_ONLY_IN_MIRROR = 7202, 400, (
        "The attribute is copied from another system and can only be changed there."
    )
    DOMAIN_BLACKLISTED = 7205, 400, (
        "The directory takes no e-mail addresses of that domain: the emailDomainBlacklist of its "
        "accountCreationPolicy has it."
    )
    DOMAIN_NOT_WHITELISTED = 7206, 400, (
        "The directory takes e-mail addresses of other domains only: those in the emailDomainWhitelist of "
        "its accountCreationPolicy."
    )
    TEMPLATE_WITHOUT_LINK = 7301, 400, "A verification or reset e-mail would have no link in it."
    ALREADY_LINKED = 7500, 409, "The two accounts are linked already; Location is their link."
    LINKED_TO_ITSELF = 7501, 400, "An account cannot be linked to itself."
    LINK_MALFORMED = 7502, 400, "An account link names something that is no account's link."
    TOO_MANY_LINKS = 7503, 400, "An account has as many links as it can have."
    LINKED_WITHIN_DIRECTORY = 7504, 400, "Two accounts of one directory cannot be linked."
    LINKED_INTO_DIRECTORY = 7505, 409, "The account is linked to another account of that directory already."
    AGENT_NOT_CONNECTED = 9000, 502, (
        "Login: the directory's agent, which tries the password, is not connected: run it. Its statusReason "
        "says more."
    )
    DIRECTORY_UNREACHABLE = 9001, 502, "Login: the agent cannot reach the LDAP or Active Directory server."
    AGENT_TOO_SLOW = 9002, 504, "Login: the directory's agent did not answer in time."
    DIRECTORY_TOO_SLOW = 9003, 504, (
        "Login: the LDAP or Active Directory server did not answer the agent in time."
    )
    AGENT_ANSWER_UNUSABLE = 9004, 502, "Login: the answer of the directory's agent is of no use."
    DIRECTORY_ANSWER_UNUSABLE = 9005, 502, (
        "Login: the answer of the LDAP or Active Directory server to the agent is of no use."
    )
    REFERRAL_FAILED = 9006, 502, (
        "Login: the server refers the agent to another server, which cannot be followed."
    )
    TOKEN_ACCOUNT_NOT_ENABLED = 10010, 400, "Token: its account is disabled, locked or unverified."
    TOKEN_EXPIRED = 10011, 400, "Token: it has expired."
    TOKEN_FROM_THE_FUTURE = 10012, 400, "Token: it says that it was issued later than now."
    TOKEN_GONE = 10013, 404, (
        "Token: there is no such token any more, or it is not of the kind that is needed here. It was "
        "revoked or spent, or has expired. Grants answer with status 400."
    )
    TOKEN_OF_ANOTHER_APPLICATION = 10014, 400, "Token: another application has issued it."
    TOKEN_APPLICATION_DISABLED = 10015, 400, "Token: the application that has issued it is disabled."
    TOKEN_ACCOUNT_NOT_REACHED = 10016, 400, (
        "Token: its account is in no enabled account store of the application any more."
    )
    TOKEN_SIGNATURE = 10017, 400, (
        "Token: it is no token that an enabled API key of this tenant has signed by HS256."
    )
    ORGANIZATION_UNKNOWN = 11001, 400, "There is no organization with this nameKey."
    ORGANIZATION_DISABLED = 11002, 400, "The organization is disabled."
    TOKEN_REUSED = 11005, 400, "A token that can be used once was used before."
    NOT_AUTHENTICATED = 12002, 401, "The assertion is not about a login that succeeded."
    SMTP_UNREACHABLE = 13000, 400, "The mail server cannot be reached."
    SMTP_CREDENTIALS = 13001, 400, "The mail server does not accept the username and password."
    SMTP_PROTOCOL = 13002, 400, "Something answers where the mail server should be, but not as one."
    SMTP_SERVER_EXISTS = 13003, 409, "A tenant has one mail server, and this one has it already."
    PHONE_NUMBER_FIXED = 13100, 400, "The number of a verified phone cannot be changed."
    PHONE_NUMBER_INVALID = 13101, 400, "The text is no phone number that can exist."
    PHONE_EXISTS = 13102, 409, "The account has a phone with this number already."
    MESSAGE_WITHOUT_CODE = 13103, 400, "The message of a challenge lacks ${code}, where the code goes."
    CODE_WRONG = 13104, 400, "The code is wrong, or was used before."
    PHONE_HAS_FACTOR = 13105, 409, "The phone belongs to a factor already."
    CODE_NOT_CHECKED = 13107, 500, (
        "The code could not be checked: the secret of the factor is encrypted under another key."
    )
    CODE_EXPIRED = 13108, 400, "The challenge is older than five minutes: make another one."
    FACTOR_DISABLED = 13109, 400, "The factor is disabled."
    PHONE_DISABLED = 13110, 400, "The phone of the factor is disabled."
    PHONE_NUMBERS_DIFFER = 13111, 400, "The phone that is linked has another number."
    CHALLENGE_ENDED = 13112, 400, "The challenge has ended: it was answered, or could not be delivered."
    TOO_MANY_CODES = 13113, 400, "Too many wrong codes for one challenge: make another one."
    # fmt: on


class ApiError(Exception):
    """A request that cannot be granted, with its error code and the two texts of the error body.

    ``developer_message`` says what to do; when omitted it equals ``message``. ``retry_after`` is in seconds.
    ``existing`` is the resource (name, id) that is there already, where one was to be created.
    ``facts`` are for the log alone: names and values that the caller is not told. No secret may be in them.
    ``status`` is the HTTP status, where it is not that of the code.
    ``is_logged`` is set where the error has its line in the log already.
    """

    def __init__(
        self,
        code: Code,
        message: str,
        developer_message: str | None = None,
        *,
        retry_after: int | None = None,
        existing: tuple[str, str] | None = None,
        facts: Mapping[str, str] | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status or code.status
        self.message = message
        self.developer_message = developer_message or message
        self.retry_after = retry_after
        self.existing = existing
        self.facts = dict(facts or {})
        self.is_logged = False

    @property
    def text_for_people(self) -> str:
        """The text that a person can act on: some messages are texts that clients compare, and say less."""
        return self.developer_message if self.code == Code.TOO_SHORT else self.message


class AttributeFault(ApiError):
    """A missing value or a wrong type. Clients compare the message: attribute first, then what is wrong.

    The check of an attribute does not know whose attribute it is; the reader of the body completes the name.
    """

    def __init__(self, code: Code, name: str, fault: str, hint: str | None = None) -> None:
        super().__init__(code, f"{name} {fault}", hint)
        self._name, self._fault, self._hint = name, fault, hint

    def of(self, subject: str) -> ApiError:
        """Return the error with the kind of resource in its message; without one, of a request's property."""
        name = f"{subject} {self._name}" if subject else f"{self._name} property"
        return ApiError(self.code, f"{name} {self._fault}", self._hint)


def not_found() -> ApiError:
    """Return the error for an unknown URL or id. A resource of another tenant gets the same one."""
    return ApiError(Code.NOT_FOUND, "The requested resource does not exist.")


def gone(code: Code, status: int | None = None) -> ApiError:
    """Return the error for a resource that is not there any more, or never was."""
    if code == Code.NOT_FOUND:
        return not_found()
    return ApiError(code, "The token does not exist any more.", status=status)


def no_match(
    what: str, code: Code = Code.NO_SUCH_TARGET, *, facts: Mapping[str, str] | None = None
) -> ApiError:
    """Return the error for a value that names no resource of the tenant; ``what`` says which value."""
    return ApiError(code, f"{what} does not match a known resource.", facts=facts)


def invalid_query(name: str, message: str) -> ApiError:
    """Return the error for an invalid value of a query parameter; the message says what is wrong with it."""
    return ApiError(
        Code.QUERY_INVALID, message, f"{name} query parameter value is invalid or an unexpected type."
    )


def shown(value: Any, limit: int = 60) -> str:
    """Return a submitted value as it may be quoted in a message: short, and on one line."""
    # Cut first: the value may be as long as a body.
    text = repr(value[:limit] if isinstance(value, str) else value)
    return text if len(text) <= limit else text[: limit - 3] + "..."
