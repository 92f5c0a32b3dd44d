"""Password hashes: Argon2id, a bounded queue in front of it, and a cheap stand-in for tests."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

import argon2

from stormpath import forks
from stormpath.server.logs.loggers import get_logger
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.security import imported_hashes
from stormpath.server.settings import DEFAULT_MAX_BCRYPT_COST

#: OWASP's first recommendation for Argon2id: 19 MiB, two passes, one lane.
MEMORY_KIB: Final = 19 * 1024
PASSES: Final = 2
LANES: Final = 1

FOR_TESTS: Final = "insecure-for-tests"

_log = get_logger(__name__)


class Scheme(Protocol):
    """A way to hash passwords."""

    def hash(self, password: str) -> str:
        """Return a salted hash that names its own parameters."""

    def verify(self, password: str, stored: str) -> bool:
        """Tell whether the password matches the hash."""

    def is_outdated(self, stored: str) -> bool:
        """Tell whether this scheme would hash it differently today."""


class Argon2id:
    """Argon2id (RFC 9106) through argon2-cffi."""

    def __init__(self) -> None:
        self._hasher = argon2.PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)

    def hash(self, password: str) -> str:
        """Return the hash in PHC form."""
        return self._hasher.hash(password)

    def verify(self, password: str, stored: str) -> bool:
        """Tell whether the password matches the hash; with a hash of another scheme it never does."""
        try:
            return self._hasher.verify(stored, password)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False

    def is_outdated(self, stored: str) -> bool:
        """Tell whether the hash was made with other parameters."""
        return self._hasher.check_needs_rehash(stored)


class InsecureForTests:
    """One round of SHA-256, so that a test suite does not spend its time on hashing. It protects nothing."""

    PREFIX: Final = "$insecure-for-tests$"

    def hash(self, password: str) -> str:
        """Return a salted but quick hash."""
        salt = secrets.token_hex(8)
        return f"{self.PREFIX}{salt}${self._digest(salt, password)}"

    def verify(self, password: str, stored: str) -> bool:
        """Tell whether the password matches the hash."""
        salt, _, digest = stored.removeprefix(self.PREFIX).partition("$")
        return hmac.compare_digest(digest.encode(), self._digest(salt, password).encode())

    def is_outdated(self, stored: str) -> bool:
        """Tell whether it is a hash of another scheme."""
        return not stored.startswith(self.PREFIX)

    def _digest(self, salt: str, password: str) -> str:
        return hashlib.sha256(f"{salt}{password}".encode()).hexdigest()


def scheme_named(name: str) -> Scheme:
    """Return the scheme of a setting: ``argon2id``, or the insecure one where tests run.

    Raises ``ValueError`` for an unknown name, and for the insecure one outside of tests.
    """
    if name == "argon2id":
        return Argon2id()
    if name != FOR_TESTS:
        raise ValueError(f"STORMPATH_PASSWORD_HASHING must be argon2id, not {name!r}.")
    # pytest sets this variable while a test runs, and the processes a test starts inherit it.
    if "PYTEST_CURRENT_TEST" not in os.environ:
        raise ValueError(
            f"STORMPATH_PASSWORD_HASHING={FOR_TESTS} stores passwords in a way that protects nothing. "
            "It is accepted under pytest only: unset it."
        )
    _log.warning("Passwords are hashed by %s: anyone who reads the database can read them.", FOR_TESTS)
    return InsecureForTests()


class HashGate:
    """Runs as many hashes at a time as there are ``slots`` (cores); a bounded number of others wait.

    In a flood of logins, the rest get 503 with ``Retry-After``, while other requests are served. Hashing
    releases the interpreter lock, so other threads run meanwhile. Imported hashes are verified by their own
    algorithms and are always outdated; ``max_bcrypt_cost`` is the highest cost that one may have.
    """

    def __init__(
        self, scheme: Scheme, *, slots: int, waiting: int = 64, max_bcrypt_cost: int = DEFAULT_MAX_BCRYPT_COST
    ) -> None:
        self._scheme = scheme
        self._max_bcrypt_cost = max_bcrypt_cost
        self._slots, self._waiting = slots, waiting
        self._after_fork()
        forks.renew_in_child(self)
        self._decoy = scheme.hash(secrets.token_urlsafe(16))

    def _after_fork(self) -> None:
        self._places = threading.BoundedSemaphore(self._slots + self._waiting)
        self._turns = threading.BoundedSemaphore(self._slots)

    def hash(self, password: str) -> str:
        """Return the hash to store."""
        with self._turn():
            return self._scheme.hash(password)

    def verify(self, password: str, stored: str | None) -> bool:
        """Tell whether the password matches the hash. Without a hash it does not, after the same time."""
        with self._turn():
            if stored is not None and imported_hashes.is_imported(stored):
                return imported_hashes.verify(password, stored)
            return self._scheme.verify(password, stored or self._decoy) and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Tell whether the hash should be replaced by a new one."""
        return imported_hashes.is_imported(stored) or self._scheme.is_outdated(stored)

    def check_imported(self, hashed: str) -> None:
        """Raise an error for an imported hash that cannot be verified at a login."""
        imported_hashes.check(hashed, max_bcrypt_cost=self._max_bcrypt_cost)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise ApiError(
                Code.UNAVAILABLE,
                "The service is busy. Please try again in a moment.",
                "Too many passwords are waiting to be hashed.",
                retry_after=1,
            )
        try:
            with self._turns:
                yield
        finally:
            self._places.release()
