"""Encryption of a secret in an answer, under the secret that the caller signed with (rest-auth 4.2)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from typing import Final

KEY_SIZES: Final = (128, 192, 256)
MAX_ITERATIONS: Final = 65_536

_BLOCK_BITS: Final = 128
_STANDARD: Final = str.maketrans("-_ ", "+/+")


def decode_salt(text: str) -> bytes:
    """Return the bytes of a salt in either alphabet of base64, padded or not; ``ValueError`` for other text.

    A plus sign that was not percent-encoded has become a blank in the query string.
    """
    plain = text.translate(_STANDARD).rstrip("=")
    try:
        salt = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if not salt:
        raise ValueError("empty")
    return salt


def derive_key(password: str, salt: bytes, *, bits: int, iterations: int) -> bytes:
    """Return the AES key of that many bits, by PBKDF2 with HMAC-SHA1."""
    return hashlib.pbkdf2_hmac("sha1", password.encode(), salt, iterations, bits // 8)


def encrypt(key: bytes, secret: str, initialization_vector: bytes | None = None) -> str:
    """Return base64 of the initialization vector (random unless given) and the AES-CBC ciphertext."""
    # Imported here: few requests need it.
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.padding import PKCS7

    vector = initialization_vector or secrets.token_bytes(_BLOCK_BITS // 8)
    padder = PKCS7(_BLOCK_BITS).padder()
    padded = padder.update(secret.encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    return base64.b64encode(vector + encryptor.update(padded) + encryptor.finalize()).decode()
