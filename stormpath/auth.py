"""The SDK's credentials: the sources they are read from, and the two ways to put them on a request."""

import os
import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime as datetime
from os import environ as environ
from uuid import uuid4 as uuid4

from requests import PreparedRequest
from requests.auth import AuthBase, HTTPBasicAuth

from stormpath import sauthc1
from stormpath.key_files import HOME_FILE, Key, KeyFileError, read_key, trimmed
from stormpath.wire import END_USER_HEADER

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
_SIGNED_WITH_A_POST = frozenset({"content-type", "idempotency-key", END_USER_HEADER.lower()})

_ID_AND_SECRET = ("id", "secret")
_OLDER_ID_AND_SECRET = ("api_key_id", "api_key_secret")


class NoCredentials(ValueError):
    """No source of credentials is named, and the home folder has none."""


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
    with a POST ``Content-Type``, ``Idempotency-Key`` and ``Stormpath-End-User-Address``.
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
            _headers_to_sign(r) if body or r.method == "POST" else (),
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
    return [(name, _text(value)) for name, value in r.headers.items() if name.lower() in _SIGNED_WITH_A_POST]


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

    The first source that is named is used: a properties file, ``api_key_file`` or ``api_key_file_location``;
    ``api_key`` (a mapping with ``id`` and ``secret``, or ``api_key_id`` and ``api_key_secret``); ``id`` and
    ``secret``; ``api_key_id`` and ``api_key_secret``; then the environment: ``STORMPATH_API_KEY_FILE``,
    ``STORMPATH_API_KEY_ID`` with ``STORMPATH_API_KEY_SECRET``, ``STORMPATH_CLIENT_APIKEY_ID`` with
    ``STORMPATH_CLIENT_APIKEY_SECRET``. Without any of them, ``~/.stormpath/apiKey.properties`` is read.

    A named source that has no complete key is a ``ValueError`` that names it: the next one may hold the key
    of another service. An argument is named unless it is ``None``, a variable unless it is empty. Blanks and
    line ends around an id or a secret are ignored. ``ValueError`` too when there is no source at all.

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
        self._id, self._secret = (
            _from_file(api_key_file if api_key_file is not None else api_key_file_location, names)
            or _from_mapping(api_key)
            or _from_pair(_ID_AND_SECRET, id, secret)
            or _from_pair(_OLDER_ID_AND_SECRET, api_key_id, api_key_secret)
            or _from_environment(names)
            or _from_home(names)
        )
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


def _scheme_name(scheme: str | None, method: str | None) -> str:
    if method is not None:
        return "basic" if method.lower() == "basic" else AUTHENTICATION_SCHEME
    return scheme or environ.get("STORMPATH_CLIENT_AUTHENTICATIONSCHEME") or AUTHENTICATION_SCHEME


def _from_file(path: str | os.PathLike[str] | None, names: Key, variable: str = "") -> Key | None:
    """Return the key in a file that an argument or a variable names."""
    if path is None:
        return None
    if not os.fspath(path):
        raise ValueError("The API key file has an empty name: leave it out, or name the file.")
    try:
        return read_key(path, names)
    except KeyFileError as error:
        by = f" ({variable})" if variable else ""
        raise ValueError(f"The API key file {os.fspath(path)!r}{by} cannot be used: {error}.") from error


def _from_mapping(given: Mapping[str, str] | None) -> Key | None:
    if given is None:
        return None
    for names in (_ID_AND_SECRET, _OLDER_ID_AND_SECRET):
        if all(given.get(name) for name in names):
            return _from_pair([f"api_key[{name!r}]" for name in names], *(given[name] for name in names))
    raise ValueError(
        "api_key holds no complete API key: it needs 'id' and 'secret', or 'api_key_id' and 'api_key_secret'."
    )


def _from_pair(names: Sequence[str], key_id: str | None, secret: str | None) -> Key | None:
    """Return the key in two values of these names, ``None`` if neither is given."""
    if key_id is None and secret is None:
        return None
    return _value(names[0], names[1], key_id), _value(names[1], names[0], secret)


def _value(name: str, other: str, value: str | None) -> str:
    if value is None:
        raise ValueError(f"{other} is given without {name}: an API key has both.")
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text, not {type(value).__name__}.")
    text = trimmed(value)
    if not text:
        raise ValueError(f"{name} is empty: leave it out, or give the API key's.")
    if "\n" in text or "\r" in text:
        raise ValueError(f"{name} has more than one line: it is to be the API key's alone.")
    return text


def _from_environment(names: Key) -> Key | None:
    # An empty variable counts as unset: that is how many tools unset one.
    file = "STORMPATH_API_KEY_FILE"
    pairs = (
        ("STORMPATH_API_KEY_ID", "STORMPATH_API_KEY_SECRET"),
        ("STORMPATH_CLIENT_APIKEY_ID", "STORMPATH_CLIENT_APIKEY_SECRET"),
    )
    found = _from_file(environ.get(file) or None, names, file)
    for pair in pairs:
        found = found or _from_pair(pair, *(environ.get(name) or None for name in pair))
    return found


def _from_home(names: Key) -> Key:
    nothing = "No valid authentication sources found"
    try:
        return read_key(HOME_FILE, names)
    except KeyFileError as error:
        if isinstance(error.__cause__, FileNotFoundError | NotADirectoryError):
            raise NoCredentials(nothing) from None
        raise NoCredentials(f"{nothing}: {HOME_FILE} cannot be used, {error}") from error
