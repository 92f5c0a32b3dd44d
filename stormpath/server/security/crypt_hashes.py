"""The hashes of crypt(3) that LDAP servers store: MD5-crypt, and SHA-crypt with 256 and 512 bits.

Python has no module for them any more. SHA-crypt is written after its specification,
https://www.akkadia.org/drepper/SHA-crypt.txt; the tests compare both with what OpenSSL computes.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Final, NamedTuple

#: The rounds of SHA-crypt: where the hash names none, the least, and the most that a login may take.
DEFAULT_ROUNDS: Final = 5000
LEAST_ROUNDS: Final = 1000
MAX_ROUNDS: Final = 200_000

_ALPHABET: Final = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MD5_ROUNDS: Final = 1000

_HASH: Final = re.compile(
    r"\$(?P<kind>1|apr1|5|6)\$(rounds=(?P<rounds>[0-9]{1,9})\$)?(?P<salt>[^$:\s]{0,16})"
    r"\$(?P<digest>[./0-9A-Za-z]+)",
    re.ASCII,
)


class _Kind(NamedTuple):
    """The longest salt, the length of the written digest, and the digest's bytes in the order of writing."""

    salt: int
    digest: int
    groups: tuple[tuple[int, ...], ...]


def _sha_groups(size: int, last: tuple[int, ...], step: int) -> tuple[tuple[int, ...], ...]:
    """Return the order of SHA-crypt: each group has the next byte of each third, beginning one third on."""
    third = size // 3
    groups = []
    for number in range(third):
        places = [number, number + third, number + 2 * third]
        turned = (number * step) % 3
        groups.append(tuple(places[turned:] + places[:turned]))
    return (*groups, last)


_MD5: Final = _Kind(8, 22, ((0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5), (11,)))
_KINDS: Final = {
    "1": _MD5,
    "apr1": _MD5,
    "5": _Kind(16, 43, _sha_groups(30, (31, 30), 2)),
    "6": _Kind(16, 86, _sha_groups(63, (63,), 1)),
}


def is_within(hashed: str) -> bool:
    """Tell whether it is such a hash, of a cost that a login may have."""
    found = _HASH.fullmatch(hashed)
    if found is None:
        return False
    kind = _KINDS[found["kind"]]
    if len(found["salt"]) > kind.salt or len(found["digest"]) != kind.digest:
        return False
    return found["rounds"] is None or (kind is not _MD5 and int(found["rounds"]) <= MAX_ROUNDS)


def verify(password: bytes, hashed: str) -> bool:
    """Tell whether the password has this hash. Takes as long as the hash says: see `is_within`."""
    found = _HASH.fullmatch(hashed)
    if found is None:
        return False
    kind, salt = found["kind"], found["salt"].encode()
    if _KINDS[kind] is _MD5:
        digest = _md5(password, salt, f"${kind}$".encode())
    else:
        rounds = max(LEAST_ROUNDS, int(found["rounds"] or DEFAULT_ROUNDS))
        digest = _sha(password, salt, rounds, "sha256" if kind == "5" else "sha512")
    return hmac.compare_digest(_written(digest, _KINDS[kind].groups), found["digest"])


def like(prefix: str) -> str:
    """Return a hash with random salt and digest, for what stands before these in a hash of that kind."""
    kind = _KINDS.get(prefix.split("$")[1], _MD5)
    salt, digest = ("".join(secrets.choice(_ALPHABET) for _ in range(each)) for each in kind[:2])
    return f"{prefix}{salt}${digest}"


def _written(digest: bytes, groups: tuple[tuple[int, ...], ...]) -> str:
    """Return the digest in the characters of crypt: three bytes are four of them, the lowest bits first."""
    text = []
    for places in groups:
        value = int.from_bytes(bytes(digest[each] for each in places))
        for _ in range(len(places) + 1):
            text.append(_ALPHABET[value & 0x3F])
            value >>= 6
    return "".join(text)


def _md5(password: bytes, salt: bytes, magic: bytes) -> bytes:
    inner = _digest("md5", password + salt + password)
    data = bytearray(password + magic + salt + _repeated(inner, len(password)))
    length = len(password)
    while length:
        data += b"\0" if length & 1 else password[:1]
        length >>= 1
    digest = _digest("md5", bytes(data))
    return _rounds("md5", digest, password, salt, _MD5_ROUNDS)


def _sha(password: bytes, salt: bytes, rounds: int, algorithm: str) -> bytes:
    inner = _digest(algorithm, password + salt + password)
    data = bytearray(password + salt + _repeated(inner, len(password)))
    length = len(password)
    while length:
        data += inner if length & 1 else password
        length >>= 1
    digest = _digest(algorithm, bytes(data))
    of_password = _repeated(_digest(algorithm, password * len(password)), len(password))
    of_salt = _repeated(_digest(algorithm, salt * (16 + digest[0])), len(salt))
    return _rounds(algorithm, digest, of_password, of_salt, rounds)


def _rounds(algorithm: str, digest: bytes, password: bytes, salt: bytes, rounds: int) -> bytes:
    """Digest the digest again and again, each time with other parts before it and after it."""
    digested = getattr(hashlib, algorithm)
    parts = []
    # What is added depends on whether a number can be divided by two, three and seven: it repeats after 42.
    for number in range(42):
        rest = (salt if number % 3 else b"") + (password if number % 7 else b"")
        parts.append((True, password, rest) if number & 1 else (False, b"", rest + password))
    for number in range(rounds):
        is_odd, before, rest = parts[number % 42]
        data = before + rest + digest if is_odd else digest + rest
        digest = digested(data, usedforsecurity=False).digest()
    return digest


def _digest(algorithm: str, data: bytes) -> bytes:
    return hashlib.new(algorithm, data, usedforsecurity=False).digest()


def _repeated(data: bytes, length: int) -> bytes:
    return (data * (length // len(data) + 1))[:length]
