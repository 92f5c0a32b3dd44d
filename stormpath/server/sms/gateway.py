"""Gateways, which carry text messages to phones: an HTTP endpoint, or a function of the application."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, Self
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from stormpath.server.domain.outbound import Fetch, FetchError
from stormpath.server.jobs.delivery_errors import DeliveryError, in_base64, one_line
from stormpath.server.logs.loggers import get_logger
from stormpath.server.outbound import urls
from stormpath.server.outbound.exchange import check_headers
from stormpath.server.sms.message import Sms
from stormpath.server.sms.templates import BodyTemplate

_log = get_logger(__name__)

#: Sends a text to a number, or raises an exception.
SendSms = Callable[[str, str], None]

#: Answers about this message: its number or its text is not accepted, and will not be.
_ABOUT_THE_MESSAGE: Final = frozenset({400, 404, 422})

#: So much of an answer is looked at, in bytes.
_MOST: Final = 2000

_LOG_INTERVAL: Final = 60.0

_FORM: Final = "https://user:password@host/path, with special characters of user and password percent-encoded"
_HEADER: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([!-~](?:[ -~]*[!-~])?)")


class Gateway(Protocol):
    """Carries text messages to phones."""

    def send(self, sms: Sms) -> None:
        """Return when the gateway has taken the message, or raise `DeliveryError`."""


@dataclass(frozen=True, slots=True)
class HttpEndpoint:
    """The endpoint of a gateway, as the operator names it: where messages are posted, and how.

    ``secrets`` are what answers must not show: the password, the header and the query, as they are sent.
    """

    # Some gateways take their key in the query.
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: BodyTemplate
    sender: str
    secrets: tuple[str, ...] = field(repr=False)

    @classmethod
    def parse(cls, url: str, header: str | None, body: str, sender: str) -> Self:
        """Read the settings; raise ``ValueError`` with one line, which shows no secret.

        User and password in the URL are sent as HTTP Basic; ``header`` is one more header, ``Name: value``.
        """
        address, login = _read_url(url)
        headers, secrets = dict[str, str](), list[str]()
        if login is not None:
            basic = in_base64(login)
            headers["Authorization"] = f"Basic {basic}"
            secrets += [basic, login.partition(":")[2]]
        if header is not None:
            name, value = _read_header(header)
            if name.lower() == "authorization" and login is not None:
                raise ValueError(
                    "STORMPATH_SMS_HEADER and STORMPATH_SMS_URL both have a login: leave one out."
                )
            headers[name] = value
            # Of ``Bearer TOKEN``, the token alone may be repeated.
            secrets += [value, value.split()[-1]]
        try:
            template = BodyTemplate.parse(body, has_sender=bool(sender))
        except ValueError as error:
            raise ValueError(f"STORMPATH_SMS_BODY cannot be used: {error}.") from None
        headers["Content-Type"] = template.content_type
        query = urlsplit(address).query
        secrets += [query, *(value for _, value in parse_qsl(query))]
        longest_first = sorted({each for each in secrets if each}, key=len, reverse=True)
        return cls(address, headers, template, sender, tuple(longest_first))

    def __str__(self) -> str:
        return self.url.partition("?")[0]


class HttpGateway:
    """A gateway over HTTP. ``fetch`` reaches any address: the operator names it, as the mail server."""

    def __init__(self, endpoint: HttpEndpoint, fetch: Fetch) -> None:
        self._endpoint = endpoint
        self._fetch = fetch

    def __repr__(self) -> str:
        return f"<HttpGateway {self._endpoint}>"

    def send(self, sms: Sms) -> None:
        """Post a message. Any 2xx answer means that the gateway has taken it."""
        endpoint = self._endpoint
        body = endpoint.body.filled({"to": sms.to, "text": sms.text, "from": endpoint.sender})
        try:
            answer = self._fetch("POST", endpoint.url, headers=endpoint.headers, body=body)
        except FetchError as error:
            raise DeliveryError(self._without_secrets(str(error), sms), is_servers=True) from None
        if 200 <= answer.status <= 299:
            return
        said = f"{answer.status} {answer.body[:_MOST].decode(errors='replace')}"
        is_final = answer.status in _ABOUT_THE_MESSAGE
        raise DeliveryError(self._without_secrets(said, sms), is_final=is_final, is_servers=not is_final)

    def _without_secrets(self, said: str, sms: Sms) -> str:
        for each in self._endpoint.secrets:
            said = said.replace(each, "***")
        return one_line(without_quotes(said, sms))


class FunctionGateway:
    """A function of the application: ``function(to, text)`` sends a message, or raises an exception."""

    def __init__(self, function: SendSms) -> None:
        self.function = function
        self._logged_at = -math.inf

    def __repr__(self) -> str:
        return f"<FunctionGateway {self.function!r}>"

    def send(self, sms: Sms) -> None:
        """Call the function. What it raises is about this message: others are tried meanwhile."""
        try:
            self.function(sms.to, sms.text)
        except Exception as error:
            if time.monotonic() - self._logged_at >= _LOG_INTERVAL:
                self._logged_at = time.monotonic()
                _log.error("The application's gateway for text messages failed", exc_info=error)
            # Not the error's words: they may hold the text.
            raise DeliveryError(f"the application's gateway raised {type(error).__name__}") from None


def without_quotes(said: str, sms: Sms) -> str:
    """Return an error without the text of a message, and without each word of it that has a digit.

    So a code is masked also where only a part of the text is quoted, or in another notation.
    """
    said = said.replace(sms.text, "***") if sms.text else said
    words = {each for each in re.findall(r"\w+", sms.text) if len(each) >= 3 and re.search(r"\d", each)}
    for each in sorted(words, key=len, reverse=True):
        # Some group the digits.
        said = re.sub(r"[\W_]{0,3}".join(map(re.escape, each)), "***", said)
    return said


def _read_url(url: str) -> tuple[str, str | None]:
    """Return a gateway's address, and ``user:password`` if it has them."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        # Not the error's words: they may hold a piece of the password.
        raise ValueError(f"STORMPATH_SMS_URL cannot be read: write {_FORM}.") from None
    if parts.scheme not in ("http", "https") or not host or port == 0 or parts.fragment:
        raise ValueError(f"STORMPATH_SMS_URL must look like {_FORM}.")
    if not re.fullmatch(r"[!-~]+", url.strip()):
        raise ValueError(f"STORMPATH_SMS_URL must consist of printable ASCII characters: write {_FORM}.")
    if (parts.username is None) != (parts.password is None) or parts.username == "":
        raise ValueError("STORMPATH_SMS_URL must have both a user and a password, or neither.")
    at = parts.netloc.rpartition("@")[2]
    address = urlunsplit((parts.scheme, at, parts.path or "/", parts.query, ""))
    try:
        urls.parse(address)
    except FetchError as error:
        raise ValueError(f"STORMPATH_SMS_URL cannot be used: {error}.") from None
    if parts.username is None or parts.password is None:
        return address, None
    return address, f"{unquote(parts.username)}:{unquote(parts.password)}"


def _can_be_sent(headers: Mapping[str, str]) -> bool:
    try:
        check_headers(headers)
    except FetchError:
        return False
    return True


def _read_header(header: str) -> tuple[str, str]:
    found = _HEADER.fullmatch(header.strip())
    if found is None:
        raise ValueError("STORMPATH_SMS_HEADER must be one header: write Authorization: Bearer TOKEN.")
    if found[1].lower() == "content-type" or not _can_be_sent({found[1]: found[2]}):
        raise ValueError(f"STORMPATH_SMS_HEADER cannot be {found[1]}: the service writes that itself.")
    return found[1], found[2]
