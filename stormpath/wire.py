"""The wire format of URLs, parameters and bodies, and the interface of an answer."""

import re
from collections.abc import Iterable, Mapping
from json import loads
from typing import Any, Protocol
from urllib.parse import urlencode

from requests.structures import CaseInsensitiveDict
from requests.utils import requote_uri

from stormpath.forks import cached_property

Params = Mapping[str, Any] | None
Headers = Mapping[str, str] | None

FORM = "application/x-www-form-urlencoded"

#: Names the IP address of the person for whom a request is sent.
END_USER_HEADER = "Stormpath-End-User-Address"

_CLEAN_URL = re.compile(r"(?:[A-Za-z0-9\-._~:/?@!$&'()*+,;=\[\]]|%[0-9A-Fa-f]{2})*").fullmatch
_FILENAME = re.compile(r'filename="?([^";]+)"?', re.IGNORECASE)


class Response(Protocol):
    """The interface of an answer; `requests.Response` has it, and so have the answers of stub sessions."""

    status_code: int

    @property
    def headers(self) -> Mapping[str, str]:
        """Header values by name, in any case."""

    @property
    def content(self) -> Any:
        """The bytes of the body."""

    @property
    def text(self) -> str:
        """The body as text."""

    def json(self) -> Any:
        """Return the body as JSON; ``ValueError`` when it is not."""


class Answer:
    """An answer with its complete body; it has the interface of `requests.Response`."""

    def __init__(
        self, status_code: int, headers: Mapping[str, str] | Iterable[tuple[str, str]], content: bytes
    ) -> None:
        self.status_code = status_code
        self.content = content
        self._given_headers = headers

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """Header values by name, in any case; made on first access: a successful answer needs none."""
        return CaseInsensitiveDict(self._given_headers)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the body as JSON; ``ValueError`` when it is not."""
        return loads(self.content)


def wire_params(params: Params) -> dict[str, Any] | None:
    """Return query parameters in their wire form: sorted by name, booleans in lower case."""
    return {name: _wire_value(value) for name, value in sorted(params.items())} if params else None


def _wire_value(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def wire_url(url: str, params: Params) -> str:
    """Return a URL with its query, percent-encoded where necessary."""
    if not _CLEAN_URL(url):
        url = requote_uri(url).partition("#")[0]
    if not params:
        return url
    given = {name: value for name, value in (wire_params(params) or {}).items() if value is not None}
    query = urlencode(given, doseq=True)
    return f"{url}{'&' if '?' in url else '?'}{query}" if query else url


def wire_body(data: Any) -> bytes | None:
    """Return the bytes of a body: text in UTF-8, a mapping as a form."""
    if data is None or isinstance(data, bytes):
        return data
    return (data if isinstance(data, str) else urlencode(data, doseq=True)).encode()


def wire_headers(data: Any, headers: Headers) -> Headers:
    """Return the headers of a request; a form gets its content type, unless the caller sets one."""
    if not isinstance(data, Mapping) or any(name.lower() == "content-type" for name in headers or ()):
        return headers
    return {**(headers or {}), "Content-Type": FORM}


def file_from(response: Response) -> dict[str, Any]:
    """Return the bytes of an answer that is not JSON, and the file name that it suggests."""
    named = _FILENAME.search(response.headers.get("Content-Disposition") or "")
    return {"content": response.content, "filename": named and named[1]}
