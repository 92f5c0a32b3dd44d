"""Argon2id (RFC 9106) in memory that belongs to the thread which hashes.

Each hash fills 19 MiB. Where the C library allocates them, they stay in a part of the heap that several
threads share; what comes to lie beside them keeps them from being used again, and a flood of logins leaves
the process with a multiple. So a thread that hashes has 19 MiB of its own, from the operating system, which
are given back when it ends.
"""

from __future__ import annotations

import base64
import hmac
import mmap
import re
import secrets
import threading
from functools import cache
from typing import Any, Final

import argon2
from argon2.low_level import ARGON2_VERSION, Type, core, error_to_str, ffi

from stormpath.server.security.stand_ins import like

#: OWASP's first recommendation for Argon2id: 19 MiB, two passes, one lane.
MEMORY_KIB: Final = 19 * 1024
PASSES: Final = 2
LANES: Final = 1

_SALT_BYTES: Final = 16
_DIGEST_BYTES: Final = 32

#: Answers to Argon2, of its argon2.h.
_OK: Final = 0
_NO_MEMORY: Final = -22

#: What stands before salt and digest in every hash of today's parameters.
_PARAMETERS: Final = f"$argon2id$v={ARGON2_VERSION}$m={MEMORY_KIB},t={PASSES},p={LANES}$"
_HASH: Final = re.compile(re.escape(_PARAMETERS) + r"([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})", re.ASCII)


class Argon2id:
    """Argon2id through argon2-cffi; hashes of other parameters are verified by its ``PasswordHasher``."""

    def __init__(self) -> None:
        self._hasher = argon2.PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)

    def hash(self, password: str) -> str:
        """Return the hash in PHC form."""
        salt = secrets.token_bytes(_SALT_BYTES)
        return f"{_PARAMETERS}{_encoded(salt)}${_encoded(_digest(password.encode(), salt))}"

    def verify(self, password: str, stored: str) -> bool:
        """Tell whether the password matches the hash; with a hash of another scheme it never does."""
        if found := _HASH.fullmatch(stored):
            digest = _digest(password.encode(), _decoded(found[1]))
            return hmac.compare_digest(digest, _decoded(found[2]))
        try:
            return self._hasher.verify(stored, password)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False

    def is_outdated(self, stored: str) -> bool:
        """Tell whether the hash was made with other parameters."""
        return self._hasher.check_needs_rehash(stored)

    def stand_in(self) -> str:
        """Return a hash of random bytes in place of a digest."""
        return like(_PARAMETERS)


class _Memory(threading.local):
    """The memory in which this thread hashes."""

    def __init__(self) -> None:
        # Private, where there are forks: else a child would share it with its parent.
        flags = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
        self.bytes = ffi.from_buffer("uint8_t[]", mmap.mmap(-1, MEMORY_KIB * 1024, **flags))


_memory = _Memory()


@cache
def _callbacks() -> dict[str, Any]:
    """Return what lets Argon2 take the thread's memory; nothing where programs may not make functions."""

    def allocate(memory: Any, size: int) -> int:
        if size > len(_memory.bytes):
            return _NO_MEMORY
        memory[0] = _memory.bytes
        return _OK

    def free(memory: Any, size: int) -> None:
        # Argon2 has overwritten it with zeros. The thread keeps it for its next hash.
        pass

    try:
        return {
            "allocate_cbk": ffi.callback("allocate_fptr", allocate, _NO_MEMORY),
            "free_cbk": ffi.callback("deallocate_fptr", free),
        }
    except (MemoryError, SystemError):
        return {}


def _digest(password: bytes, salt: bytes) -> bytes:
    out = ffi.new("uint8_t[]", _DIGEST_BYTES)
    given, salted = ffi.from_buffer("uint8_t[]", password), ffi.from_buffer("uint8_t[]", salt)
    context = ffi.new(
        "argon2_context *",
        {
            "out": out,
            "outlen": _DIGEST_BYTES,
            "pwd": given,
            "pwdlen": len(password),
            "salt": salted,
            "saltlen": len(salt),
            "t_cost": PASSES,
            "m_cost": MEMORY_KIB,
            "lanes": LANES,
            "threads": LANES,
            "version": ARGON2_VERSION,
            **_callbacks(),
        },
    )
    failed = core(context, Type.ID.value)
    if failed:
        raise argon2.exceptions.HashingError(error_to_str(failed))
    return bytes(ffi.buffer(out))


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))
