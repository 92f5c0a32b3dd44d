"""Authentication of requests: HTTP Basic and SAuthc1 with a tenant's API key (rest-auth 1)."""

from __future__ import annotations

import base64
import binascii
import hmac
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import quote

from stormpath import forks, sauthc1
from stormpath.server.domain.api_keys import ApiKeys, Nonces
from stormpath.server.domain.storage import DamagedRow
from stormpath.server.schema import ids
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.schema.query import check_size
from stormpath.server.security.encryption import SecretBox

_DECOY_SECRET: Final = "no key has this secret"  # noqa: S105  # Not a secret.
_NONCE_PURPOSE: Final = "sauthc1"
_CACHED_KEYS: Final = 1000

#: Headers that WSGI passes without the prefix of the others.
_WITHOUT_PREFIX: Final = ("content-type", "content-length")
#: A signature names the headers that it covers, of which there are a few.
LONGEST_CREDENTIALS: Final = 4096

#: The characters of a path in RFC 3986; a path that the server passes decoded is encoded again by these.
_PATH_CHARACTERS: Final = "/~:@!$&'()*+,;="


class Addresses(Protocol):
    """The addresses of the service: a signature must be for one of them, or for ``Host`` as received."""

    @property
    def hosts(self) -> Sequence[str]:
        """The hosts of its base URL and of the aliases, as ``Host`` names them."""

    def signed(self, host: str, raw_path: str) -> Iterator[tuple[str, str]]:
        """Yield the other hosts and paths that the client of a request may have signed, a few at most."""

    def rest(self, path: str) -> str | None:
        """Return what follows the path of a base URL; ``None`` for any other path."""


class SignedRequest(NamedTuple):
    """The signed parts of a request. ``raw_path`` is percent-encoded; header names are lower-case."""

    method: str
    raw_path: str
    raw_query: str
    headers: Mapping[str, str]
    body: Callable[[], bytes]
    addresses: Addresses | None = None

    def other_addresses(self) -> Iterable[tuple[str, str]]:
        """Return the hosts and paths that may have been signed besides those received."""
        return self.addresses.signed(self.headers.get("host", ""), self.raw_path) if self.addresses else ()


# Callers sign the same few headers again and again.
@lru_cache(maxsize=64)
def _variable(name: str) -> str:
    """Return the name that WSGI gives to a header."""
    return f"HTTP_{name.upper().replace('-', '_')}"


class SentHeaders(Mapping[str, str]):
    """The headers of a WSGI request by lower-case name, without a copy: a signature needs a few of them."""

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        if "_" in name:
            # WSGI cannot tell it from the name with a hyphen, which is the one that servers pass.
            raise KeyError(name)
        value = self._environ.get(_variable(name))
        if value is None and name in _WITHOUT_PREFIX:
            value = self._environ.get(_variable(name).removeprefix("HTTP_"))
        if value is None:
            raise KeyError(name)
        return str(value)

    def __iter__(self) -> Iterator[str]:
        return iter(set(self._names()))

    def __len__(self) -> int:
        return len(set(self._names()))

    def _names(self) -> Iterator[str]:
        for variable in self._environ:
            name = variable.removeprefix("HTTP_").replace("_", "-").lower()
            if variable.startswith("HTTP_") or name in _WITHOUT_PREFIX:
                yield name


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller: its tenant, and the API key it used (the secret is never shown).

    ``is_separate`` is that of the stored key.
    """

    tenant_id: str
    key_id: str
    account_id: str
    secret: str = field(repr=False)
    is_separate: bool = False

    @property
    def identity(self) -> tuple[str, str, str, bool]:
        """The key's id, secret and account, and whether that is separate from other administrators."""
        return self.key_id, self.secret, self.account_id, self.is_separate


def raw_path(decoded: str) -> str:
    """Return the encoded path of a request, for servers that pass it only decoded (``PATH_INFO``)."""
    return quote(decoded.encode("latin-1", "replace"), safe=_PATH_CHARACTERS)


class Authenticator:
    """Authenticates callers by their credentials. Every cause of failure gets the same 401; the log names it.

    A key that was found is cached for ``key_cache`` seconds, so that a busy caller does not cost a query and
    a decryption for each request; ``forget`` empties the cache.
    """

    def __init__(
        self,
        keys: ApiKeys,
        nonces: Nonces,
        box: SecretBox,
        now_ms: Callable[[], int],
        *,
        signature_window: int,
        key_cache: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keys = keys
        self._nonces = nonces
        self._box = box
        self._now_ms = now_ms
        self._window = signature_window
        self._key_cache = key_cache
        # The age of what is cached: the wall clock may be put back.
        self._monotonic = monotonic
        self._cached: dict[str, tuple[float, Caller]] = {}
        self._changes = 0
        self._after_fork()
        forks.renew_in_child(self)

    def _after_fork(self) -> None:
        self._lock = threading.Lock()

    def authenticate(self, authorization: str | None, request: Callable[[], SignedRequest]) -> Caller:
        """Return the caller that an ``Authorization`` header proves; raise 401 for any other header."""
        if authorization is not None and len(authorization) > LONGEST_CREDENTIALS:
            raise _unauthenticated("credentials that are too long")
        scheme, _, rest = (authorization or "").partition(" ")
        if scheme.lower() == "basic":
            return self._basic(rest)
        if scheme == sauthc1.SCHEME and authorization is not None:
            return self._sauthc1(authorization, request())
        raise _unauthenticated("no credentials" if authorization is None else "unknown scheme")

    def forget(self) -> None:
        """Empty the cache of keys: one of them has been changed."""
        with self._lock:
            self._cached.clear()
            self._changes += 1

    def _basic(self, credentials: str) -> Caller:
        pair = basic_pair(credentials)
        if pair is None:
            raise _unauthenticated("malformed Basic credentials")
        key_id, colon, secret = pair
        caller = self.caller_of(key_id) if colon else None
        expected = _DECOY_SECRET if caller is None else caller.secret
        if not hmac.compare_digest(expected.encode(), secret.encode()) or caller is None:
            raise _unauthenticated("wrong API key id or secret", key_id)
        return caller

    def _sauthc1(self, authorization: str, request: SignedRequest) -> Caller:
        # It is decoded, sorted and encoded again to be verified, for callers that are not known yet.
        check_size(request.raw_query)
        header = None
        caller = None
        try:
            header = sauthc1.parse(authorization)
            caller = self.caller_of(header.key_id)
            now_ms = self._now_ms()
            signed_at = sauthc1.verify(
                header,
                # An unknown key costs the same digest as a known one.
                _DECOY_SECRET if caller is None else caller.secret,
                request.method,
                request.raw_path,
                request.raw_query,
                request.headers,
                # Not received for an unknown key: only callers may keep the service waiting for a body.
                b"" if caller is None else request.body(),
                now=now_ms / 1000,
                limit=self._window,
                addresses=request.other_addresses(),
            )
        except sauthc1.Refused as reason:
            if header is None:
                raise _unauthenticated(str(reason)) from None
            told = "unknown API key" if caller is None else str(reason)
            raise _unauthenticated(told, header.key_id, _facts(header, request)) from None
        if caller is None:
            raise _unauthenticated("unknown API key", header.key_id)
        self._spend_nonce(caller, header.nonce, round(signed_at * 1000), now_ms)
        return caller

    def _spend_nonce(self, caller: Caller, nonce: str, signed_at_ms: int, now_ms: int) -> None:
        # After the signature is verified: an attacker without the key cannot use up nonces.
        if not self._nonces.remember(_NONCE_PURPOSE, f"{caller.key_id}/{nonce}", signed_at_ms, now_ms):
            reason = "the nonce was used before, or the date is before all that are remembered"
            raise _unauthenticated(reason, caller.key_id)

    def caller_of(self, key_id: str) -> Caller | None:
        """Return the caller that an API key stands for, if it is enabled and may call the API."""
        now = self._monotonic()
        found = self._cached.get(key_id)
        if found is not None and found[0] > now:
            return found[1]
        changes = self._changes
        stored = self._keys.find(key_id) if key_id.isascii() and key_id.isalnum() else None
        if stored is None:
            return None
        try:
            secret = self._box.open(stored.encrypted_secret, stored.id)
        except (ValueError, TypeError) as error:
            raise DamagedRow("api_keys", stored.id, "its secret cannot be decrypted") from error
        caller = Caller(stored.tenant_id, stored.id, stored.account_id, secret, stored.is_separate)
        with self._lock:
            if len(self._cached) >= _CACHED_KEYS:
                self._cached.clear()
            # A key read before a change must not be cached after it.
            if changes == self._changes:
                self._cached[key_id] = (now + self._key_cache, caller)
        return caller


def basic_pair(credentials: str) -> tuple[str, str, str] | None:
    """Return id, colon and secret of credentials of HTTP Basic; ``None`` for what is none."""
    try:
        text = base64.b64decode(credentials.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return text.partition(":")


def _facts(header: sauthc1.Sauthc1Header, request: SignedRequest) -> dict[str, str]:
    """Return what tells an operator whether a proxy changed a signed request, without a secret."""
    facts = {
        "signed_headers": sauthc1.shown_names(header.signed_headers),
        "host": request.headers.get("host", ""),
        "forwarded_host": request.headers.get("x-forwarded-host", ""),
    }
    if request.addresses is not None:
        facts["own_hosts"] = ",".join(request.addresses.hosts)
        if request.addresses.rest(request.raw_path) is None:
            facts["path"] = "not below a base URL"
    return {name: value for name, value in facts.items() if value}


def _unauthenticated(reason: str, key_id: str = "", facts: Mapping[str, str] | None = None) -> ApiError:
    # What has another form is not logged: a secret may have been put in the place of the id.
    key = key_id if ids.is_key_id(key_id) else "unknown"
    return ApiError(
        Code.UNAUTHENTICATED,
        "Authentication is required.",
        "Authenticate with the id and secret of an API key of this tenant, by HTTP Basic or SAuthc1. "
        "The key, its account, the signature or its date may be wrong. The service's log says which.",
        facts={"reason": reason, "key": key, **(facts or {})},
    )
