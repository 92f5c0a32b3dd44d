"""The SDK's credentials: the sources they are read from, and the two ways to put them on a request."""

import os
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime as datetime
from os import environ as environ
from typing import Any
from uuid import uuid4 as uuid4

from requests import PreparedRequest
from requests.auth import AuthBase, HTTPBasicAuth

from stormpath import sauthc1

HOST_HEADER = "Host"
AUTHORIZATION_HEADER = "Authorization"
STORMPATH_DATE_HEADER = sauthc1.DATE_HEADER
ID_TERMINATOR = sauthc1.ID_TERMINATOR
ALGORITHM = sauthc1.ALGORITHM
AUTHENTICATION_SCHEME = sauthc1.SCHEME
SAUTHC1_ID = "sauthc1Id"
SAUTHC1_SIGNED_HEADERS = "sauthc1SignedHeaders"
SAUTHC1_SIGNATURE = "sauthc1Signature"
DATE_FORMAT = "%Y%m%d"
TIMESTAMP_FORMAT = sauthc1.TIMESTAMP_FORMAT
NL = "\n"

#: Signed besides ``Host`` and ``X-Stormpath-Date``, which the scheme demands: headers that change what a
#: request does, and that proxies keep. Many rewrite others, such as ``User-Agent`` and ``Accept-Encoding``.
_SIGNED_WITH_A_BODY = frozenset({"content-type", "idempotency-key"})

HOME_FILE = "~/.stormpath/apiKey.properties"

Key = tuple[str, str]


class BasicSigner(HTTPBasicAuth):
    """HTTP Basic in UTF-8; requests' own class encodes Latin-1 only."""

    def __init__(self, username: str, password: str) -> None:
        super().__init__(username, password)
        self.header = "Basic " + b64encode(f"{username}:{password}".encode()).decode("ascii")

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Add the ``Authorization`` header."""
        r.headers[AUTHORIZATION_HEADER] = self.header
        return r

    def __repr__(self) -> str:
        return f"BasicSigner({self.username!r}, '***')"


class Sauthc1Signer(AuthBase):
    """Signs each request with a new date and nonce; the secret itself is never sent.

    A text body is replaced by its UTF-8 bytes, so that the signed bytes are the bytes that are sent. Signed
    are method, path, query and body, and those headers that proxies keep: ``Host``, ``X-Stormpath-Date``, and
    with a body ``Content-Type`` and ``Idempotency-Key``.
    """

    def __init__(self, id: str, secret: str, clock: Callable[[], float] = time.time) -> None:
        self._id = id
        self._secret = secret
        self._clock = clock

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Add the ``Host``, ``X-Stormpath-Date`` and ``Authorization`` headers."""
        body = _bytes_of_body(r)
        signed = sauthc1.sign(
            r.method or "GET",
            r.url or "",
            _headers_to_sign(r) if body else (),
            body,
            key_id=self._id,
            secret=self._secret,
            timestamp=sauthc1.timestamp_at(self._clock()),
            nonce=_new_nonce(),
        )
        r.headers.update(signed)
        return r

    def __repr__(self) -> str:
        return f"Sauthc1Signer({self._id!r}, '***')"


def _new_nonce() -> str:
    # Imported for the first signature: the module inspects the operating system, which is slow.
    from uuid import uuid4

    return str(uuid4())


def _headers_to_sign(r: PreparedRequest) -> list[tuple[str, str]]:
    return [(name, _text(value)) for name, value in r.headers.items() if name.lower() in _SIGNED_WITH_A_BODY]


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _bytes_of_body(r: PreparedRequest) -> bytes:
    if isinstance(r.body, str):
        r.body = r.body.encode()
        r.headers["Content-Length"] = str(len(r.body))
    if r.body is not None and not isinstance(r.body, bytes):
        raise TypeError("SAuthc1 signs text and bytes only; this body is a stream")
    return r.body or b""


class Auth:
    """An API key and the scheme that requests are authenticated with.

    The first complete source wins: the properties file named here; ``api_key`` (a mapping with ``id`` and
    ``secret``, or ``api_key_id`` and ``api_key_secret``); ``id`` and ``secret``; ``api_key_id`` and
    ``api_key_secret``; then the environment: ``STORMPATH_API_KEY_FILE``, ``STORMPATH_API_KEY_ID`` with
    ``STORMPATH_API_KEY_SECRET``, ``STORMPATH_CLIENT_APIKEY_ID`` with ``STORMPATH_CLIENT_APIKEY_SECRET``;
    then ``~/.stormpath/apiKey.properties``. ``ValueError`` when there is none.

    ``scheme`` is ``"SAuthc1"`` or ``"basic"``, in any case; by default the value of
    ``STORMPATH_CLIENT_AUTHENTICATIONSCHEME``, or else SAuthc1. ``method`` is its older spelling.
    """

    def __init__(
        self,
        api_key_file_location: str | os.PathLike[str] | None = None,
        api_key_file: str | os.PathLike[str] | None = None,
        api_key_id_property_name: str = "apiKey.id",
        api_key_secret_property_name: str = "apiKey.secret",  # noqa: S107 - the name of a property, not a secret
        api_key: Mapping[str, str] | None = None,
        id: str | None = None,
        secret: str | None = None,
        scheme: str | None = None,
        api_key_id: str | None = None,
        api_key_secret: str | None = None,
        method: str | None = None,
    ) -> None:
        names = (api_key_id_property_name, api_key_secret_property_name)
        given = api_key or {}

        def sources() -> Iterator[tuple[Any, Any]]:
            yield _read_properties(api_key_file or api_key_file_location, names)
            yield given.get("id"), given.get("secret")
            yield given.get("api_key_id"), given.get("api_key_secret")
            yield id, secret
            yield api_key_id, api_key_secret
            yield _read_properties(environ.get("STORMPATH_API_KEY_FILE"), names)
            yield environ.get("STORMPATH_API_KEY_ID"), environ.get("STORMPATH_API_KEY_SECRET")
            yield environ.get("STORMPATH_CLIENT_APIKEY_ID"), environ.get("STORMPATH_CLIENT_APIKEY_SECRET")
            yield _read_properties(HOME_FILE, names)

        self._id, self._secret = _first_complete(sources())
        self._scheme_name = _scheme_name(scheme, method)
        self._basic = BasicSigner(self._id, self._secret)
        self._digest = Sauthc1Signer(self._id, self._secret)

    @property
    def id(self) -> str:
        """The id of the API key."""
        return self._id

    @property
    def secret(self) -> str:
        """The secret of the API key."""
        return self._secret

    @property
    def basic(self) -> HTTPBasicAuth:
        """The handler for HTTP Basic."""
        return self._basic

    @property
    def digest(self) -> Sauthc1Signer:
        """The handler for SAuthc1."""
        return self._digest

    @property
    def scheme(self) -> AuthBase:
        """The handler of the configured scheme; ``ValueError`` when the scheme is unknown."""
        handlers: dict[str, AuthBase] = {"basic": self._basic, "sauthc1": self._digest}
        try:
            return handlers[self._scheme_name.lower()]
        except KeyError:
            raise ValueError(f"Unknown scheme {self._scheme_name!r}: use 'SAuthc1' or 'basic'") from None

    @property
    def signer(self) -> AuthBase:
        """An older name of ``scheme``."""
        return self.scheme

    def __call__(self) -> AuthBase:
        """Return ``scheme``."""
        return self.scheme

    def __repr__(self) -> str:
        return f"Auth(id={self._id!r}, secret='***', scheme={self._scheme_name!r})"


def _first_complete(sources: Iterator[tuple[Any, Any]]) -> Key:
    for key_id, secret in sources:
        if key_id and secret:
            return key_id, secret
    raise ValueError("No valid authentication sources found")


def _scheme_name(scheme: str | None, method: str | None) -> str:
    if method is not None:
        return "basic" if method.lower() == "basic" else AUTHENTICATION_SCHEME
    return scheme or environ.get("STORMPATH_CLIENT_AUTHENTICATIONSCHEME") or AUTHENTICATION_SCHEME


def _read_properties(path: str | os.PathLike[str] | None, names: Key) -> tuple[str | None, str | None]:
    """Read both values from a file of ``name = value`` lines; a file that cannot be read counts as empty."""
    if not path:
        return None, None
    try:
        with open(os.path.expanduser(path), encoding="utf-8") as file:
            lines = [line.strip() for line in file]
    except (OSError, UnicodeDecodeError):
        return None, None
    pairs = [line.partition("=") for line in lines if "=" in line and not line.startswith("#")]
    found = {name.strip(): value.strip() for name, _, value in pairs}
    return found.get(names[0]), found.get(names[1])
