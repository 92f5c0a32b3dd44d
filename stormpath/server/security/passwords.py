"""Password hashes: the schemes, and the gate through which all of them are computed."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Hashable, Iterable
from copy import copy
from functools import partial
from typing import Final, Protocol

from stormpath.server.domain.context import Turn
from stormpath.server.domain.hash_kinds import HashKind
from stormpath.server.logs.loggers import get_logger
from stormpath.server.schema.password_forms import LONGEST_TYPED, forms, prepared
from stormpath.server.security import imported_hashes
from stormpath.server.security.argon2id import Argon2id
from stormpath.server.security.hash_threads import PATIENCE, WAITING, HashThreads
from stormpath.server.security.stand_ins import StandIns, like
from stormpath.server.settings import DEFAULT_MAX_BCRYPT_COST

FOR_TESTS: Final = "insecure-for-tests"

__all__ = ["Argon2id", "HashGate", "InsecureForTests", "Scheme", "scheme_named"]

_log = get_logger(__name__)


class Scheme(Protocol):
    """A way to hash passwords."""

    def hash(self, password: str) -> str:
        """Return a salted hash that names its own parameters."""

    def verify(self, password: str, stored: str) -> bool:
        """Tell whether the password matches the hash."""

    def is_outdated(self, stored: str) -> bool:
        """Tell whether this scheme would hash it differently today."""

    def stand_in(self) -> str:
        """Return, at once, a hash that takes as long to verify as any other, and that no password matches."""


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

    def stand_in(self) -> str:
        """Return random bytes in place of a digest."""
        return like(self.PREFIX)

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
    """Hashes in threads of its own, as many at a time as there are ``slots`` (cores); a bounded number wait.

    In a flood of logins, the rest get 503 with ``Retry-After``, while other requests are served; tenants, API
    keys and accounts are served by turns. Hashing releases the interpreter lock, so other threads run
    meanwhile. Imported hashes are verified by their own algorithms; ``max_bcrypt_cost`` is the highest cost
    that one may have, when it is imported and when it is verified.
    """

    def __init__(
        self,
        scheme: Scheme,
        *,
        slots: int,
        waiting: int = WAITING,
        patience: float = PATIENCE,
        max_bcrypt_cost: int = DEFAULT_MAX_BCRYPT_COST,
    ) -> None:
        self._scheme = scheme
        self._max_bcrypt_cost = max_bcrypt_cost
        self._threads = HashThreads(slots, waiting=waiting, patience=patience)
        self._stand_ins = StandIns(scheme.stand_in)
        self._turn = Turn()

    def queued(self, turn: Turn) -> HashGate:
        """Return the same gate, whose hashes wait in that queue."""
        gate = copy(self)
        gate._turn = turn
        return gate

    def hash(self, password: str) -> str:
        """Return the hash to store, of the prepared form of the password."""
        return self._threads.run(self._turn, partial(self._scheme.hash, prepared(password)))

    def verify(self, password: str, stored: str | None) -> bool:
        """Tell whether the password matches the hash. Without a hash it does not, after the same time."""
        return self.match(password, stored) is not None

    def match(self, password: str, stored: str | None, *, among: Iterable[str] = ()) -> str | None:
        """Return the form of the password that matches the hash; without a hash none does, in the same time.

        It computes a hash for each form (see ``password_forms``): one for ASCII, three at most. In vain it
        computes as many as for any that might have been meant: those ``among`` which it is, longest first,
        each with a colon before it in the one before.
        """
        tried = forms(password)
        if len(tried) > 1 and stored is not None and imported_hashes.is_imported(stored):
            # Other systems have hashed what was typed.
            tried = tuple(dict.fromkeys((password, *tried)))
        # What comes after a colon has no more forms than the whole.
        longest = next((each for each in among if len(each) <= LONGEST_TYPED), password)
        in_vain = 0 if longest == password else len(forms(longest)) - len(tried)
        return self._threads.run(self._turn, partial(self._match, tried, stored, in_vain))

    def stand_in(self, place: Hashable, name: str, kinds: Callable[[], Iterable[HashKind]]) -> str:
        """Return a hash that no password matches, for a name without account: see `StandIns`."""
        return self._stand_ins.choose(place, name, kinds)

    def is_outdated(self, stored: str, password: str) -> bool:
        """Tell whether the hash should be replaced by one of the password, which matches it in this form.

        A hash that reads a part of the password only stays: what was typed after that part may be wrong.
        """
        if imported_hashes.is_imported(stored):
            return imported_hashes.reads_all_of(password, stored)
        return self._scheme.is_outdated(stored) or prepared(password) != password

    def check_imported(self, hashed: str) -> None:
        """Raise an error for an imported hash that cannot be verified at a login."""
        imported_hashes.check(hashed, max_bcrypt_cost=self._max_bcrypt_cost)

    def can_verify(self, hashed: str) -> bool:
        """Tell whether a mirrored hash has a form and a cost that a login may have."""
        return imported_hashes.is_imported(hashed) and imported_hashes.is_within(
            hashed, max_bcrypt_cost=self._max_bcrypt_cost
        )

    def close(self) -> None:
        """End the threads; they start again if they are needed."""
        self._threads.close()

    def _match(self, tried: tuple[str, ...], stored: str | None, in_vain: int) -> str | None:
        for each in tried:
            if self._verify(each, stored):
                return each
        for _ in range(in_vain):
            self._verify(tried[0], stored)
        return None

    def _verify(self, password: str, stored: str | None) -> bool:
        if stored is None:
            return self._scheme.verify(password, self._scheme.stand_in()) and False
        if not imported_hashes.is_imported(stored):
            return self._scheme.verify(password, stored)
        if imported_hashes.is_within(stored, max_bcrypt_cost=self._max_bcrypt_cost):
            return imported_hashes.verify(password, stored)
        _log.warning("A password hash was not verified: it costs more than STORMPATH_MAX_BCRYPT_COST allows.")
        return self._verify(password, None)
