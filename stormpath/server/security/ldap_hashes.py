"""The password hashes of LDAP servers, which begin with a scheme in braces (RFC 2307 and what servers added).

They are mirrored as they are, and replaced by one of the service's own at the first login with the password:
most of these are too cheap to be kept. Each has a known form and a bounded cost, or is not mirrored at all.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from typing import Final

from argon2.exceptions import Argon2Error
from argon2.low_level import Type, verify_secret

from stormpath.server.security import crypt_hashes

#: The digests of a password, and of a password and a salt, which stands behind the digest.
_PLAIN: Final = {
    "MD5": "md5",
    "SHA": "sha1",
    "SHA256": "sha256",
    "SHA384": "sha384",
    "SHA512": "sha512",
}
_SALTED: Final = {f"S{name}": algorithm for name, algorithm in _PLAIN.items()}
_PBKDF2: Final = {
    "PBKDF2": "sha1",
    "PBKDF2-SHA1": "sha1",
    "PBKDF2-SHA256": "sha256",
    "PBKDF2-SHA512": "sha512",
}
_CRYPT: Final = "CRYPT"
_ARGON2: Final = "ARGON2"

#: What the service knows, as it tells agents. Letters in a hash may be small.
SCHEMES: Final = tuple(f"{{{each}}}" for each in (*_SALTED, *_PLAIN, _CRYPT, *_PBKDF2, _ARGON2))

#: The longest hash that is looked at, and the longest salt of a digest, in bytes.
LONGEST: Final = 1024
LONGEST_SALT: Final = 64

#: The most that a login may cost: about half a second.
MAX_PBKDF2_ROUNDS: Final = 1_000_000
MAX_ARGON2_KIB: Final = 64 * 1024
MAX_ARGON2_PASSES: Final = 16
MAX_ARGON2_LANES: Final = 4
MAX_ARGON2_WORK: Final = 4 * MAX_ARGON2_KIB

_HASH: Final = re.compile(r"\{(?P<scheme>[A-Za-z0-9-]{1,20})\}(?P<rest>[!-~]+)", re.ASCII)
_ARGON2_HASH: Final = re.compile(
    r"\$argon2(?P<type>id|i|d)\$v=(16|19)\$m=(?P<kib>[0-9]{1,7}),t=(?P<passes>[0-9]{1,3}),p=(?P<lanes>[0-9]{1,2})"
    r"\$[A-Za-z0-9+/]{11,88}\$[A-Za-z0-9+/]{16,88}",
    re.ASCII,
)
_PBKDF2_HASH: Final = re.compile(
    r"(?P<rounds>[0-9]{1,8})\$(?P<salt>[A-Za-z0-9+./]{1,172}=*)\$(?P<digest>[A-Za-z0-9+./]{20,88}=*)",
    re.ASCII,
)
_TYPES: Final = {"id": Type.ID, "i": Type.I, "d": Type.D}


def is_of_ldap(stored: str) -> bool:
    """Tell whether a stored hash is one of an LDAP server."""
    return stored.startswith("{")


def bcrypt_in(hashed: str) -> str | None:
    """Return the hash of bcrypt that one of crypt holds, ``None`` where it is another one."""
    scheme, rest = _parts(hashed)
    return rest if scheme == _CRYPT and rest.startswith("$2") else None


def is_within(hashed: str) -> bool:
    """Tell whether a hash, but for bcrypt, has a known form, and a cost that a login may have."""
    scheme, rest = _parts(hashed)
    if scheme == _CRYPT:
        return crypt_hashes.is_within(rest)
    if scheme == _ARGON2:
        return _is_argon2_within(rest)
    if scheme in _PBKDF2:
        found = _PBKDF2_HASH.fullmatch(rest)
        if found is None or not 1 <= int(found["rounds"]) <= MAX_PBKDF2_ROUNDS:
            return False
        digest = _decoded(found["digest"])
        return bool(_decoded(found["salt"])) and digest is not None and len(digest) == _size(_PBKDF2[scheme])
    data = _decoded(rest)
    if data is None:
        return False
    if scheme in _PLAIN:
        return len(data) == _size(_PLAIN[scheme])
    return scheme in _SALTED and 0 < len(data) - _size(_SALTED[scheme]) <= LONGEST_SALT


def verify(password: str, hashed: str) -> bool:
    """Tell whether the password has this hash. Takes as long as the hash says: see `is_within`.

    An empty one never has: no LDAP server takes it for a password.
    """
    scheme, rest = _parts(hashed)
    return _verify(password.encode(), scheme, rest) and password != ""


def like(kind: str) -> str:
    """Return a hash of that kind, but for bcrypt, with random salt and digest."""
    scheme, rest = _parts(kind + "!")
    if scheme == _CRYPT and rest.startswith("$"):
        return kind[: -len(rest) + 1] + crypt_hashes.like(rest[:-1])
    if scheme == _ARGON2:
        return f"{kind}{_random(16)}${_random(32)}"
    if scheme in _PBKDF2:
        return f"{kind}{_random(16)}${_random(_size(_PBKDF2[scheme]))}"
    if scheme in _SALTED:
        return kind + base64.b64encode(secrets.token_bytes(_size(_SALTED[scheme]) + 8)).decode()
    return kind + base64.b64encode(secrets.token_bytes(_size(_PLAIN.get(scheme, "sha1")))).decode()


def _verify(password: bytes, scheme: str, rest: str) -> bool:
    if scheme == _CRYPT:
        return crypt_hashes.verify(password, rest)
    if scheme == _ARGON2:
        return _verify_argon2(password, rest)
    if scheme in _PBKDF2:
        return _verify_pbkdf2(password, rest, _PBKDF2[scheme])
    algorithm = _SALTED.get(scheme) or _PLAIN.get(scheme)
    data = _decoded(rest)
    if algorithm is None or data is None:
        return False
    digest, salt = data[: _size(algorithm)], data[_size(algorithm) :]
    computed = hashlib.new(algorithm, password + salt, usedforsecurity=False).digest()
    return hmac.compare_digest(computed, digest)


def _verify_pbkdf2(password: bytes, rest: str, algorithm: str) -> bool:
    found = _PBKDF2_HASH.fullmatch(rest)
    if found is None:
        return False
    salt, digest = _decoded(found["salt"]), _decoded(found["digest"])
    if salt is None or digest is None:
        return False
    computed = hashlib.pbkdf2_hmac(algorithm, password, salt, int(found["rounds"]), len(digest))
    return hmac.compare_digest(computed, digest)


def _is_argon2_within(rest: str) -> bool:
    found = _ARGON2_HASH.fullmatch(rest)
    if found is None:
        return False
    kib, passes, lanes = int(found["kib"]), int(found["passes"]), int(found["lanes"])
    return (
        1 <= lanes <= MAX_ARGON2_LANES
        and 8 * lanes <= kib <= MAX_ARGON2_KIB
        and 1 <= passes <= MAX_ARGON2_PASSES
        and kib * passes <= MAX_ARGON2_WORK
    )


def _verify_argon2(password: bytes, rest: str) -> bool:
    found = _ARGON2_HASH.fullmatch(rest)
    if found is None:
        return False
    try:
        return verify_secret(rest.encode(), password, _TYPES[found["type"]])
    except Argon2Error:
        return False


def _parts(hashed: str) -> tuple[str, str]:
    """Return the name of the scheme, in capital letters, and what follows; empty texts for no such hash."""
    found = _HASH.fullmatch(hashed) if len(hashed) <= LONGEST else None
    return ("", "") if found is None else (found["scheme"].upper(), found["rest"])


def _decoded(text: str) -> bytes | None:
    """Return the bytes of Base64, which may have a dot for a plus and no padding at its end."""
    text = text.rstrip("=").replace(".", "+")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _size(algorithm: str) -> int:
    return hashlib.new(algorithm, usedforsecurity=False).digest_size


def _random(length: int) -> str:
    return base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=")
