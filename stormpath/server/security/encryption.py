"""Encryption of secrets that must be read back, such as API key secrets, under a key outside the database."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from stormpath.server.domain.private_files import create_private
from stormpath.server.domain.storage import CannotOpen, UnreadableSecret

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class SecretBox:
    """AES-256-GCM. Each ciphertext is bound to the name of its owner, so that it cannot be moved."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._root: Final = hashlib.sha256(b"stormpath signing root" + key).digest()
        # A separate key: one key is not used in two ways.
        self._digest_key = hmac.digest(key, b"stormpath digests", "sha256")
        self.fingerprint: Final = hashlib.sha256(b"stormpath secret key" + key).hexdigest()[:16]

    def seal(self, secret: str, belongs_to: str) -> bytes:
        """Encrypt a secret for the owner of that name (an API key's id, for instance)."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret.encode(), belongs_to.encode())

    def open(self, sealed: bytes, belongs_to: str) -> str:
        """Return the secret; ``ValueError`` when it was encrypted under another key or for another owner."""
        try:
            return self._cipher.decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], belongs_to.encode()
            ).decode()
        except (InvalidTag, ValueError) as error:
            raise UnreadableSecret(belongs_to) from error

    def key_for(self, purpose: str) -> bytes:
        """Return a 32-byte signing key for one purpose; the secret key cannot be derived from it."""
        return hmac.digest(self._root, purpose.encode(), "sha256")

    def digest(self, data: bytes, purpose: str) -> str:
        """Return a keyed digest (HMAC-SHA256): without the key the data cannot be found by trying."""
        return hmac.digest(self._digest_key, purpose.encode() + b"\0" + data, "sha256").hex()

    def __repr__(self) -> str:
        return f"<SecretBox {self.fingerprint}>"


def key_from_text(text: str, where: str) -> bytes:
    """Return the key written in base64 (32 bytes); ``where`` names its source in the error."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:  # Also for text that is not ASCII.
        key = b""
    if len(key) != KEY_BYTES:
        raise CannotOpen(
            f"{where} must hold {KEY_BYTES} bytes in base64: make one with `openssl rand -base64 32`."
        )
    return key


def key_from_file(path: Path, *, create: bool) -> bytes:
    """Return the key in the file. With ``create``, a missing file is first written, for its owner only."""
    if create and not path.exists():
        _write_new(path, base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() + "\n")
    try:
        text = path.read_bytes().decode("utf-8-sig", "replace")
        return key_from_text(text, f"The secret key file {path}")
    except FileNotFoundError as error:
        raise CannotOpen(
            f"The secret key file {path} is missing; the secrets in the database cannot be read without it. "
            "Restore it from a backup, or name it with STORMPATH_SECRET_KEY_FILE."
        ) from error
    except OSError as error:
        raise CannotOpen(f"The secret key file {path} cannot be read: {error.strerror}.") from error


def _write_new(path: Path, text: str) -> None:
    """Write the file whole or not at all; the file of another process that came first stays."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise CannotOpen(f"The folder {path.parent} for the secret key: {error.strerror}.") from error
    draft = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
    try:
        create_private(draft)
        draft.write_text(text)
        os.link(draft, path)
    except FileExistsError:
        pass
    except OSError as error:
        raise CannotOpen(f"The secret key file {path} cannot be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)
