"""The SAuthc1 request digest, as pure functions: no clock, no randomness, no I/O.

Signing hashes a *canonical request* (method, path, query, headers, hash of the body), and authenticates it
with a key derived from the caller's secret, the day and a nonce. The client signs with `sign`; the service
parses the header with `parse`, looks up the key, and calls `verify`. The service itself has to remember used
nonces.
"""

import hashlib
import hmac
import re
import string
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes, urlsplit

SCHEME = "SAuthc1"
ALGORITHM = "HMAC-SHA-256"
ID_TERMINATOR = "sauthc1_request"
DATE_HEADER = "X-Stormpath-Date"
TIMESTAMP_FORMAT = "%Y%m%dT%H%M%SZ"
TIME_LIMIT_SECONDS = 15 * 60

UNSIGNED_HEADERS = frozenset({"authorization", "connection", "content-length"})
# Every client family signs a path of these characters as it is.
_PLAIN_PATH = frozenset("/-._~" + string.ascii_letters + string.digits)
DEFAULT_PORTS = {"http": 80, "https": 443}

# Not compiled at import: a client only signs, and compiling would slow its start.
_AUTHORIZATION = (
    r"SAuthc1 +sauthc1Id=(?P<key_id>[^,\s]+)/(?P<date>[0-9]{8})/(?P<nonce>[^,/\s]+)/sauthc1_request,"
    r" +sauthc1SignedHeaders=(?P<names>[^,;\s]+(?:;[^,;\s]+)*),"
    r" +sauthc1Signature=(?P<signature>[0-9A-Fa-f]{64})"
)
_HEADER_NAME = r"[a-z0-9-]{1,40}"
_MOST_SHOWN = 20
_TIMESTAMP = r"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z"


class Refused(ValueError):
    """The signature of a request is not accepted. The message is for a log, not for clients."""


class Sauthc1Header(NamedTuple):
    """The parts of an ``Authorization: SAuthc1 ...`` header. ``signature`` is lower-case hex."""

    key_id: str
    date: str
    nonce: str
    signed_headers: tuple[str, ...]
    signature: str


def timestamp_at(epoch_seconds: float) -> str:
    """Return a time as SAuthc1 writes it: UTC, ``YYYYMMDDTHHMMSSZ``."""
    return time.strftime(TIMESTAMP_FORMAT, time.gmtime(epoch_seconds))


def host_value(url: str) -> str:
    """Return the ``Host`` signed for a URL: lower-case, with its port unless it is the scheme's default."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    port = parts.port
    return host if port is None or port == DEFAULT_PORTS.get(parts.scheme) else f"{host}:{port}"


def canonical_path(path: str) -> str:
    """Return the path as it is signed; the input is the path on the wire."""
    return _respell(path or "/")


def canonical_query(query: str) -> str:
    """Return the query as it is signed; the input is the raw query string without its question mark."""
    return _respell("&".join(sorted(query.split("&")))) if query else ""


def _respell(wire_text: str) -> str:
    return wire_text.replace("+", "%20").replace("*", "%2A").replace("%7E", "~")


def headers_to_sign(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return lower-case names and values in signing order, without headers that proxies may change."""
    values: dict[str, list[str]] = {}
    written: dict[str, str] = {}
    for name, value in headers:
        lower = name.lower()
        if lower not in UNSIGNED_HEADERS:
            written.setdefault(lower, name)
            values.setdefault(lower, []).append(value)
    # Sorted by the names as written: for the usual Capitalised-Names that is the alphabetical order.
    return [(lower, ",".join(values[lower])) for lower in sorted(written, key=written.__getitem__)]


def canonical_request(
    method: str, path: str, query: str, headers: Iterable[tuple[str, str]], body: bytes
) -> str:
    """Join the canonical parts. ``headers`` are lower-case names and values, in signing order."""
    return f"{method}\n{path}\n{query}\n{_after_query(list(headers), body)}"


def _after_query(headers: list[tuple[str, str]], body: bytes) -> str:
    block = "".join([f"{name}:{value}\n" for name, value in headers])
    names = ";".join([name for name, _ in headers])
    return f"{block}\n{names}\n{hashlib.sha256(body).hexdigest()}"


def sauthc1_id(key_id: str, timestamp: str, nonce: str) -> str:
    """Return the value of the parameter ``sauthc1Id``."""
    return f"{key_id}/{timestamp[:8]}/{nonce}/{ID_TERMINATOR}"


def string_to_sign(timestamp: str, request_id: str, canonical: str) -> str:
    """Return the text that is authenticated: algorithm, time, id and the hash of the canonical request."""
    return f"{ALGORITHM}\n{timestamp}\n{request_id}\n{hashlib.sha256(canonical.encode()).hexdigest()}"


def key_chain(secret: str, date: str, nonce: str) -> tuple[bytes, bytes, bytes, bytes]:
    """Derive the key of a request from the caller's secret; the last of the chain is the signing key."""
    of_secret = (SCHEME + secret).encode()
    of_date = _mac(of_secret, date)
    of_nonce = _mac(of_date, nonce)
    return of_secret, of_date, of_nonce, _mac(of_nonce, ID_TERMINATOR)


def signature_of(key: bytes, text: str) -> str:
    """Return the signature of a string to sign, in lower-case hex."""
    return _mac(key, text).hex()


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


def sign(
    method: str,
    url: str,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    *,
    key_id: str,
    secret: str,
    timestamp: str,
    nonce: str,
) -> dict[str, str]:
    """Return the three headers that sign a request: ``Host``, ``X-Stormpath-Date`` and ``Authorization``.

    ``url``, ``headers`` and ``body`` are exactly what will be sent: any later change breaks the signature.
    """
    added = {"Host": host_value(url), DATE_HEADER: timestamp}
    kept = [(name, value) for name, value in headers if name.lower() not in ("host", "x-stormpath-date")]
    to_sign = headers_to_sign([*kept, *added.items()])
    parts = urlsplit(url)
    canonical = canonical_request(
        method, canonical_path(parts.path), canonical_query(parts.query), to_sign, body
    )
    request_id = sauthc1_id(key_id, timestamp, nonce)
    text = string_to_sign(timestamp, request_id, canonical)
    signature = signature_of(key_chain(secret, timestamp[:8], nonce)[-1], text)
    names = ";".join([name for name, _ in to_sign])
    added["Authorization"] = (
        f"{SCHEME} sauthc1Id={request_id}, sauthc1SignedHeaders={names}, sauthc1Signature={signature}"
    )
    return added


def parse(authorization: str) -> Sauthc1Header:
    """Parse an ``Authorization`` header; raise `Refused` if it deviates from the grammar."""
    match = _compiled(_AUTHORIZATION).fullmatch(authorization)
    if match is None:
        raise Refused("malformed Authorization header")
    key_id, date, nonce, names, signature = match.groups()
    return Sauthc1Header(key_id, date, nonce, _signed_names(names), signature.lower())


# Clients sign the same headers again and again, many within one second: a few of each are remembered.


@lru_cache(maxsize=8)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@lru_cache(maxsize=32)
def _signed_names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(";"))
    if len(set(names)) != len(names) or text != text.lower():
        raise Refused("signed header names must be unique and lower-case")
    if not {"host", "x-stormpath-date"} <= set(names):
        raise Refused("host and x-stormpath-date must be signed")
    return names


@lru_cache(maxsize=32)
def _moment(timestamp: str) -> float:
    """Return the epoch seconds of a timestamp."""
    match = _compiled(_TIMESTAMP).fullmatch(timestamp)
    if match is None:
        raise Refused("malformed X-Stormpath-Date")
    try:
        year, month, day, hour, minute, second = (int(group) for group in match.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        raise Refused("X-Stormpath-Date is not a real date") from None


def verify(
    header: Sauthc1Header,
    secret: str,
    method: str,
    raw_path: str,
    raw_query: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: float,
    limit: float = TIME_LIMIT_SECONDS,
    old_python_clients: bool = True,
    addresses: Iterable[tuple[str, str]] = (),
) -> float:
    """Return when the request was signed, in epoch seconds.

    Raises `Refused` unless it was signed with ``secret`` within ``limit`` seconds of ``now``.

    ``raw_path`` and ``raw_query`` come from the request target as received, never decoded. ``headers`` maps
    lower-case names to received values, several values of one name joined by a comma; only signed names are
    looked up. ``now`` is in epoch seconds. With ``old_python_clients`` the signature of the first Python
    SDK is accepted too: it does not cover the parameters (after a semicolon) of the last path segment.
    ``addresses`` are pairs of a host and a raw path that may have been signed, besides those received: a
    proxy may have changed them. Each costs a digest, but only where none before it matches.
    """
    timestamp = headers.get("x-stormpath-date", "")
    signed_at = _checked_time(header, timestamp, now, limit)
    try:
        before_host, after_host = _around_host(header.signed_headers, headers, body)
        key = key_chain(secret, header.date, header.nonce)[-1]
        request_id = sauthc1_id(header.key_id, timestamp, header.nonce)
        spellings = _Spellings(raw_query, old_python_clients)
        for host, sent_path in chain(((headers["host"], raw_path),), addresses):
            rest = f"{before_host}{host}{after_host}"
            for path, query in spellings.below(sent_path):
                text = string_to_sign(timestamp, request_id, f"{method}\n{path}\n{query}\n{rest}")
                if hmac.compare_digest(signature_of(key, text), header.signature):
                    return signed_at
    except UnicodeEncodeError:
        raise Refused("the request is not valid Unicode") from None
    raise Refused("the signature does not match")


def _around_host(names: tuple[str, ...], headers: Mapping[str, str], body: bytes) -> tuple[str, str]:
    """Return the part of the canonical request after the query, before and after the value of ``Host``."""
    try:
        lines = [f"{name}:{headers[name]}\n" for name in names]
    except KeyError:
        absent = [name for name in names if name not in headers]
        raise Refused(f"signed headers are absent: {shown_names(absent)}") from None
    at = names.index("host")
    before, after = "".join(lines[:at]), "".join(lines[at + 1 :])
    digest = hashlib.sha256(body).hexdigest()
    return f"{before}host:", f"\n{after}\n{';'.join(names)}\n{digest}"


def shown_names(names: Iterable[str]) -> str:
    """Return names of headers for a log; what cannot be one is left out."""
    known = [name for name in names if _compiled(_HEADER_NAME).fullmatch(name)]
    return ",".join(known[:_MOST_SHOWN]) or "none with a usual name"


def _checked_time(header: Sauthc1Header, timestamp: str, now: float, limit: float) -> float:
    signed_at = _moment(timestamp)
    if timestamp[:8] != header.date:
        raise Refused("X-Stormpath-Date and sauthc1Id name different days")
    if abs(now - signed_at) > limit:
        raise Refused("X-Stormpath-Date is too far from the service's time")
    return signed_at


class _Spellings:
    """The canonical spellings of a query, each made once however many paths are tried with it."""

    def __init__(self, query: str, old_python_clients: bool) -> None:
        self._query = query
        self._wire = canonical_query(query)
        self._recoded: str | None = None
        self._old_python_clients = old_python_clients

    def below(self, path: str) -> Iterator[tuple[str, str]]:
        """Yield the canonical path and query of each client family, without duplicates.

        This package's own spelling is the first: the others cost their decoding only where it does not match.
        """
        wire = (canonical_path(path), self._wire)
        yield wire
        if not self._query and _PLAIN_PATH.issuperset(path):
            return
        if self._recoded is None:
            self._recoded = _recoded_query(self._query)
        recoded = (_recoded_path(path), self._recoded)
        if recoded != wire:
            yield recoded
        if self._old_python_clients:
            head, slash, last = path.rpartition("/")
            without = (canonical_path(head + slash + last.partition(";")[0]), self._wire)
            if without not in (wire, recoded):
                yield without


def _recoded_path(path: str) -> str:
    return quote(unquote_to_bytes(path or "/"), safe="/~")


def _recoded_query(query: str) -> str:
    pairs = [part.partition("=") for part in query.split("&") if part]
    decoded = sorted((_decoded(name), _decoded(value)) for name, _, value in pairs)
    return "&".join([f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in decoded])


def _decoded(text: str) -> bytes:
    return unquote_to_bytes(text.replace("+", " "))
