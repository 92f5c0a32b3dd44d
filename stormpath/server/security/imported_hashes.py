"""Imported password hashes: bcrypt and stormpath2 (rest-core 6.11), and those of LDAP servers.

A hash is checked when it is imported, so that every hash in the database can be verified at a login, and at a
known cost: the cost of bcrypt and the rounds of stormpath2 are bounded.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from typing import Final

import bcrypt

from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.security import ldap_hashes

#: About half a second of digesting, more than any hash of that kind was meant to take.
MAX_ROUNDS: Final = 1_000_000

#: The names of digests in stormpath2, and those in hashlib.
DIGESTS: Final = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}

_BCRYPT: Final = re.compile(
    r"\$2(?P<version>[abxy])\$(?P<cost>[0-9]{2})\$(?P<salt>[./A-Za-z0-9]{22})(?P<digest>[./A-Za-z0-9]{31})",
    re.ASCII,
)
_STORMPATH2: Final = re.compile(
    r"\$stormpath2\$(?P<algorithm>[^$]*)\$(?P<rounds>[0-9]{1,10})\$(?P<salt>[^$]*)\$(?P<digest>[^$]*)",
    re.ASCII,
)
_ALPHABET: Final = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_COSTS: Final = range(4, 32)

#: The bytes of a password that bcrypt reads; it ignores the rest.
_KEY_BYTES: Final = 72


def is_imported(stored: str) -> bool:
    """Tell whether a stored hash was imported."""
    return stored.startswith(("$2", "$stormpath2$", "{"))


def check(hashed: str, *, max_bcrypt_cost: int) -> None:
    """Raise an error for a hash of an unknown form, or of a higher cost than a login may have."""
    if found := _BCRYPT.fullmatch(hashed):
        _check_cost(int(found["cost"]), max_bcrypt_cost)
    elif found := _STORMPATH2.fullmatch(hashed):
        _check_stormpath2(found)
    else:
        raise _malformed("it is neither bcrypt ($2a$, $2b$, $2x$, $2y$) nor $stormpath2$")


def is_within(hashed: str, *, max_bcrypt_cost: int) -> bool:
    """Tell whether a stored hash still has a known form, and a cost that a login may have."""
    if ldap_hashes.is_of_ldap(hashed):
        bcrypt_hash = ldap_hashes.bcrypt_in(hashed)
        if bcrypt_hash is None:
            return ldap_hashes.is_within(hashed)
        hashed = bcrypt_hash
    try:
        check(hashed, max_bcrypt_cost=max_bcrypt_cost)
    except ApiError:
        return False
    return True


def reads_all_of(password: str, hashed: str) -> bool:
    """Tell whether no other password has this hash, as far as that can be known of its kind.

    Bcrypt reads the first 72 bytes: a password of that length may be the beginning of a longer one, and the
    end of a longer one may be anything. The faulty bcrypt of ``$2x$`` loses characters that stand before one
    beyond ASCII.
    """
    found = _BCRYPT.fullmatch(ldap_hashes.bcrypt_in(hashed) or hashed)
    if found is None:
        return True
    if found["version"] == "x" and not password.isascii():
        return False
    return len(password.encode()) < _KEY_BYTES and "\0" not in password


def verify(password: str, hashed: str) -> bool:
    """Tell whether the password matches an imported hash. Takes as long as the hash says: see `is_within`."""
    if found := _BCRYPT.fullmatch(ldap_hashes.bcrypt_in(hashed) or hashed):
        return _verify_bcrypt(password.encode(), found)
    if ldap_hashes.is_of_ldap(hashed):
        return ldap_hashes.verify(password, hashed)
    if found := _STORMPATH2.fullmatch(hashed):
        return _verify_stormpath2(password.encode(), found)
    return False


def _check_cost(cost: int, maximum: int) -> None:
    if cost not in _COSTS:
        raise _malformed(f"a bcrypt cost is between 04 and 31, not {cost:02d}")
    if cost > maximum:
        raise _malformed(
            f"its bcrypt cost is {cost}, and this service takes up to {maximum} (STORMPATH_MAX_BCRYPT_COST)"
        )


def _check_stormpath2(found: re.Match[str]) -> None:
    algorithm = DIGESTS.get(found["algorithm"])
    if algorithm is None:
        raise _malformed(f"the algorithm must be one of {', '.join(DIGESTS)}")
    if not 1 <= int(found["rounds"]) <= MAX_ROUNDS:
        raise _malformed(f"its iterations must be between 1 and {MAX_ROUNDS}")
    if _decoded(found["salt"]) is None:
        raise _malformed("its salt is not standard Base64")
    digest = _decoded(found["digest"])
    if digest is None or len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise _malformed(f"its digest is not the Base64 form of a {found['algorithm']} digest")


def _malformed(why: str) -> ApiError:
    # Never the hash itself: it is as good as a weak password.
    return ApiError(
        Code.BAD_FORMAT,
        "The imported password is in an invalid format",
        f"With passwordFormat=mcf the password is a hash in Modular Crypt Format; {why}.",
    )


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _verify_stormpath2(password: bytes, found: re.Match[str]) -> bool:
    salt, digest = _decoded(found["salt"]), _decoded(found["digest"])
    if salt is None or digest is None or found["algorithm"] not in DIGESTS:
        return False
    digested = getattr(hashlib, DIGESTS[found["algorithm"]])
    value = salt + password
    for _ in range(int(found["rounds"])):
        value = digested(value, usedforsecurity=False).digest()
    return hmac.compare_digest(value, digest)


def _verify_bcrypt(password: bytes, found: re.Match[str]) -> bool:
    # Cut here, as every bcrypt did when the hash was made: today's library raises an error for longer ones.
    key = _sign_extended(password) if found["version"] == "x" else password[:_KEY_BYTES]
    salt = found["salt"]
    # Two bits of the last character have a meaning; some programs did not write the other four as zeros.
    salt = salt[:-1] + _ALPHABET[_ALPHABET.index(salt[-1]) & 0x30]
    return bcrypt.checkpw(key, f"$2b${found['cost']}${salt}{found['digest']}".encode())


def _sign_extended(password: bytes) -> bytes:
    """Return the key with which a correct bcrypt makes the hashes of the faulty one, which ``$2x$`` marks.

    crypt_blowfish before 1.1 took characters for signed numbers: one above 127 overwrote, with ones, those
    before it in the same 32-bit word. Bcrypt makes 18 such words of the password, repeated with a NUL after
    it, and a key of 72 bytes is taken for those words as it is.
    """
    cycle = password + b"\x00"
    words = bytearray()
    for start in range(0, _KEY_BYTES, 4):
        word = 0
        for place in range(start, start + 4):
            byte = cycle[place % len(cycle)]
            word = (word << 8 | (byte - 256 if byte > 127 else byte)) & 0xFFFF_FFFF
        words += word.to_bytes(4, "big")
    return bytes(words)
